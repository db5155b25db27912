//! Authenticated encryption of what the store keeps and must not know.

use std::fmt;
use std::sync::Arc;

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind};
use crate::random::{Random, random_bytes};

/// Length of an XChaCha20 nonce, in bytes: long enough to be drawn at random (draft-irtf-cfrg-xchacha section 3.1).
const NONCE_LEN: usize = 24;

/// Authenticated encryption (XChaCha20-Poly1305) for one purpose.
///
/// A sealed value is `version || nonce || ciphertext`. The associated data is not part of it: name in it what the value
/// belongs to (the row's id, say), so that a sealed value moved to another row does not open.
#[derive(Clone)]
pub(crate) struct Sealer(Arc<[VersionedCipher]>);

struct VersionedCipher {
    version: u8,
    cipher: XChaCha20Poly1305,
}

impl Sealer {
    /// `keys` stand newest first and are at least one.
    pub(super) fn new(keys: impl Iterator<Item = (u8, Zeroizing<[u8; 32]>)>) -> Self {
        let schedule = |(version, key): (u8, Zeroizing<[u8; 32]>)| VersionedCipher {
            version,
            cipher: XChaCha20Poly1305::new_from_slice(key.as_slice()).expect("the key has 32 bytes"),
        };
        Self(keys.map(schedule).collect())
    }

    /// The version of the secret that seals.
    pub(crate) fn current_version(&self) -> u8 {
        self.0[0].version
    }

    /// Whether a value was sealed by an older secret than that.
    pub(crate) fn is_outdated(&self, sealed: &[u8]) -> bool {
        sealed.first() != Some(&self.current_version())
    }

    /// Seals `plain` under the newest key.
    pub(crate) fn seal(&self, plain: &[u8], aad: &[u8], random: &dyn Random) -> Vec<u8> {
        let newest = &self.0[0];
        let nonce: [u8; NONCE_LEN] = random_bytes(random);
        let ciphertext = newest
            .cipher
            .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad })
            .expect("what fits into memory is below the 256 GiB limit of ChaCha20");
        let mut sealed = Vec::with_capacity(1 + NONCE_LEN + ciphertext.len());
        sealed.push(newest.version);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&ciphertext);
        sealed
    }

    /// Seals a record, as JSON that is wiped again.
    ///
    /// # Errors
    /// `Internal` for one that is no JSON.
    pub(crate) fn seal_record(
        &self,
        record: &impl Serialize,
        aad: &[u8],
        random: &dyn Random,
    ) -> Result<Vec<u8>, Error> {
        let plain = serde_json::to_vec(record).map(Zeroizing::new);
        let plain = plain.map_err(|error| Error::new(ErrorKind::Internal).with_source(error))?;
        Ok(self.seal(&plain, aad, random))
    }

    /// The record; `None` where [`open`](Self::open) answers that, or it is another one.
    pub(crate) fn open_record<T: DeserializeOwned>(&self, sealed: &[u8], aad: &[u8]) -> Option<T> {
        serde_json::from_slice(&self.open(sealed, aad)?).ok()
    }

    /// The plain value; `None` when it was sealed for another purpose, under a secret that is not in the list, with
    /// other associated data, or was changed.
    pub(crate) fn open(&self, sealed: &[u8], aad: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (version, rest) = sealed.split_first()?;
        let (nonce, ciphertext) = rest.split_first_chunk::<NONCE_LEN>()?;
        let key = self.0.iter().find(|key| key.version == *version)?;
        let payload = Payload { msg: ciphertext, aad };
        key.cipher.decrypt(&XNonce::from(*nonce), payload).ok().map(Zeroizing::new)
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealer").field("current_version", &self.0[0].version).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::OsRandom;

    fn sealer(keys: &[(u8, u8)]) -> Sealer {
        Sealer::new(keys.iter().map(|(version, byte)| (*version, Zeroizing::new([*byte; 32]))))
    }

    #[test]
    fn sealed_value_opens_with_the_same_associated_data_only() {
        let sealed = sealer(&[(1, 9)]).seal(b"private", b"row 1", &OsRandom);
        assert_eq!(sealer(&[(1, 9)]).open(&sealed, b"row 1").unwrap().as_slice(), b"private");
        assert!(sealer(&[(1, 9)]).open(&sealed, b"row 2").is_none());
        assert!(sealer(&[(1, 8)]).open(&sealed, b"row 1").is_none());
    }

    #[test]
    fn older_version_opens_until_it_leaves_the_list() {
        let sealed = sealer(&[(1, 9)]).seal(b"private", b"", &OsRandom);
        assert!(sealer(&[(2, 5), (1, 9)]).open(&sealed, b"").is_some());
        assert!(sealer(&[(2, 5)]).open(&sealed, b"").is_none());
        assert_eq!(sealer(&[(2, 5), (1, 9)]).seal(b"", b"", &OsRandom)[0], 2);
    }

    #[test]
    fn any_changed_or_missing_byte_is_refused() {
        let sealer = sealer(&[(1, 9)]);
        let sealed = sealer.seal(b"private", b"", &OsRandom);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(sealer.open(&changed, b"").is_none());
            assert!(sealer.open(&sealed[..at], b"").is_none());
        }
    }
}
