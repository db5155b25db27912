//! Tokens whose signature was found to be right.

use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;

use quick_cache::UnitWeighter;
use quick_cache::sync::{Cache, DefaultLifecycle};
use sha2::{Digest as _, Sha256};

use super::AccessClaims;

/// Claims of verified tokens, by the SHA-256 of the whole token. An entry stands for the signature and the form alone:
/// times and revocation are for the caller to check, each time.
///
/// A lookup is all that a token seen before costs beyond its digest, on every thread at once: hence a cache whose reads
/// take one shared lock and no bookkeeping.
#[derive(Debug)]
pub(super) struct VerifiedTokens(Cache<TokenDigest, Entry, UnitWeighter, FirstBytes>);

/// The SHA-256 of a token.
pub(super) type TokenDigest = [u8; 32];

#[derive(Clone, Debug)]
struct Entry {
    /// The key ring it was verified with: under another it has to be verified again.
    generation: u64,
    claims: Arc<AccessClaims>,
}

impl VerifiedTokens {
    /// At most `capacity` tokens.
    pub(super) fn new(capacity: usize) -> Self {
        let lifecycle = DefaultLifecycle::default();
        Self(Cache::with(capacity, capacity as u64, UnitWeighter, FirstBytes(0), lifecycle))
    }

    pub(super) fn digest(token: &str) -> TokenDigest {
        Sha256::digest(token).into()
    }

    pub(super) fn get(&self, digest: &TokenDigest, generation: u64) -> Option<Arc<AccessClaims>> {
        self.0.get(digest).filter(|entry| entry.generation == generation).map(|entry| entry.claims)
    }

    /// Only tokens that we signed ourselves come here: nobody can fill it with made-up ones.
    pub(super) fn insert(&self, digest: TokenDigest, generation: u64, claims: &Arc<AccessClaims>) {
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
