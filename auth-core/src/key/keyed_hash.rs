//! HMAC-SHA-256 per purpose, with its pads computed once.

use std::fmt;
use std::sync::Arc;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::OpaqueToken;

/// A keyed hash (HMAC-SHA-256, RFC 2104) for one purpose.
///
/// The two key blocks are absorbed when it is made, so that hashing a short value is two compressions and no
/// allocation. Cloning it is cheap. Stores keep the hashes of bearer secrets, never the secrets.
#[derive(Clone)]
pub struct KeyedHash(Arc<[VersionedState]>);

struct VersionedState {
    version: u8,
    state: Hmac<Sha256>,
}

impl KeyedHash {
    /// `keys` stand newest first and are at least one.
    pub(super) fn new(keys: impl Iterator<Item = (u8, Zeroizing<[u8; 32]>)>) -> Self {
        let absorb = |(version, key): (u8, Zeroizing<[u8; 32]>)| VersionedState {
            version,
            state: Hmac::new_from_slice(key.as_slice()).expect("HMAC takes keys of any length"),
        };
        Self(keys.map(absorb).collect())
    }

    /// The version whose key [`hash`](Self::hash) uses: keep it beside the hash.
    pub fn current_version(&self) -> u8 {
        self.0[0].version
    }

    /// The hash under the newest key.
    pub fn hash(&self, data: &[u8]) -> [u8; 32] {
        self.0[0].hash(data)
    }

    /// The hash under every key, newest first: for looking up what was kept without its version.
    pub(crate) fn hashes(&self, data: &[u8]) -> impl Iterator<Item = [u8; 32]> {
        self.0.iter().map(|key| key.hash(data))
    }

    /// The hash under the key of `version`; `None` when there is no such key (any more).
    pub fn hash_with(&self, version: u8, data: &[u8]) -> Option<[u8; 32]> {
        self.0.iter().find(|key| key.version == version).map(|key| key.hash(data))
    }

    /// The hash of a token under the key that the token names; `None` when there is no such key (any more).
    pub(crate) fn hash_token<const N: usize>(&self, token: &OpaqueToken<N>) -> Option<[u8; 32]> {
        self.hash_with(token.version(), token.bytes())
    }
}

impl VersionedState {
    fn hash(&self, data: &[u8]) -> [u8; 32] {
        self.state.clone().chain_update(data).finalize().into_bytes().into()
    }
}

impl fmt::Debug for KeyedHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyedHash").field("current_version", &self.current_version()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::ApplicationSecrets;

    #[test]
    fn hash_is_hmac_sha_256() {
        // RFC 4231 section 4.4 (test case 3) with the 20-byte key filled up to 32 by zeros, which HMAC does itself.
        let mut key = [0; 32];
        key[..20].fill(0xaa);
        let hash = KeyedHash::new([(1, Zeroizing::new(key))].into_iter()).hash(&[0xdd; 50]);
        let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
    }

    #[test]
    fn purposes_are_unrelated() {
        let secrets = ApplicationSecrets::new(1, b"J\x8c\x01\xf7\x93Tq\x0e\xb6 2\xdd\x5f\xc8\x1a\x99\x40\xe3\x77\x2b\x68\xad\x04\xfb\x91\x3c\xd6\x5e\x87\x12\xca\x30").unwrap();
        assert_ne!(secrets.keyed_hash("session").hash(b"x"), secrets.keyed_hash("refresh").hash(b"x"));
        assert_eq!(secrets.keyed_hash("session").hash(b"x"), secrets.keyed_hash("session").hash(b"x"));
    }

    #[test]
    fn debug_shows_the_version_only() {
        let hash = KeyedHash::new([(3, Zeroizing::new([9; 32]))].into_iter());
        assert_eq!(format!("{hash:?}"), "KeyedHash { current_version: 3, .. }");
    }
}
