//! Tokens whose signature was found to be right.

use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;

use quick_cache::UnitWeighter;
use quick_cache::sync::{Cache, DefaultLifecycle};
use sha2::{Digest as _, Sha256};

/// Claims of verified tokens, by the SHA-256 of the whole token. An entry stands for the signature and the form alone:
/// times and revocation are for the caller to check, each time.
///
/// A lookup is all that a token seen before costs beyond its digest, on every thread at once: hence a cache whose reads
/// take one shared lock and no bookkeeping.
#[derive(Debug)]
pub(crate) struct VerifiedTokens<C>(Cache<TokenDigest, Entry<C>, UnitWeighter, FirstBytes>);

/// The SHA-256 of a token.
pub(crate) type TokenDigest = [u8; 32];

#[derive(Debug)]
struct Entry<C> {
    /// The keys it was verified with: under others it has to be verified again.
    generation: u64,
    claims: Arc<C>,
}

impl<C> Clone for Entry<C> {
    fn clone(&self) -> Self {
        Self { generation: self.generation, claims: Arc::clone(&self.claims) }
    }
}

impl<C> VerifiedTokens<C> {
    /// At most `capacity` tokens.
    pub(crate) fn new(capacity: usize) -> Self {
        let lifecycle = DefaultLifecycle::default();
        Self(Cache::with(capacity, capacity as u64, UnitWeighter, FirstBytes(0), lifecycle))
    }

    pub(crate) fn digest(token: &str) -> TokenDigest {
        Sha256::digest(token).into()
    }

    pub(crate) fn get(&self, digest: &TokenDigest, generation: u64) -> Option<Arc<C>> {
        self.0.get(digest).filter(|entry| entry.generation == generation).map(|entry| entry.claims)
    }

    /// Only tokens whose signature is right come here: nobody can fill it with made-up ones.
    pub(crate) fn insert(&self, digest: TokenDigest, generation: u64, claims: &Arc<C>) {
        self.0.insert(digest, Entry { generation, claims: Arc::clone(claims) });
    }
}

/// Takes the hash from the key, which is one already.
#[derive(Clone, Copy, Debug)]
struct FirstBytes(u64);

impl Hasher for FirstBytes {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk() {
            self.0 = u64::from_le_bytes(*first);
        }
    }

    /// The length in front of an array: the same for all keys.
    fn write_usize(&mut self, _: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}

impl BuildHasher for FirstBytes {
    type Hasher = Self;

    fn build_hasher(&self) -> Self {
        *self
    }
}
