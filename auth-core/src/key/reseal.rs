//! Sealing the signing keys anew, after the application's secret was replaced.

use super::Keys;
use super::service::{associated_data, closed};
use crate::error::Error;

/// What was sealed anew with the newest secret, by [`Auth::reseal`](crate::Auth::reseal).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Resealed {
    /// Signing keys.
    pub signing_keys: u64,
    /// Accounts at providers whose tokens are kept.
    pub provider_tokens: u64,
    /// Accounts whose tokens could not be opened: by a secret that is no longer in the list, or of a provider that has left the registry
    /// or has another client now. Nobody can use these, and the next login replaces them.
    pub lost_tokens: u64,
    /// Second factors: secrets of authenticator apps, above all.
    pub factors: u64,
}

impl Keys {
    /// Seals with the newest secret every key of the store that an older one sealed, and answers how many. From then on the older one
    /// is not needed for the keys; what else was made with it (sessions, refresh tokens) ends with it. Nothing that signs or verifies
    /// changes. Harmless to repeat, and from several programs at once.
    ///
    /// [`Auth::reseal`](crate::Auth::reseal) does this, and the same to everything else that is kept for long.
    ///
    /// # Errors
    /// `Unavailable`; `Configuration` for a key that none of the secrets opens.
    pub async fn reseal(&self) -> Result<u64, Error> {
        let Some(stored) = &self.stored else { return Ok(0) };
        let now = self.clock.now();
        let mut count = 0;
        for key in stored.store.list().await? {
            let is_gone = key.gone_from.is_some_and(|gone_from| gone_from <= now);
            if is_gone || !stored.sealer.is_outdated(&key.sealed) {
                continue;
            }
            let belonging = associated_data(&key.kid, &key.algorithm);
            let plain = stored.sealer.open(&key.sealed, &belonging).ok_or_else(|| closed(&key.kid))?;
            let sealed = stored.sealer.seal(&plain, &belonging, &*self.random);
            // Where somebody else was first the key is sealed anew as well.
            count += u64::from(stored.store.reseal(&key.kid, &key.sealed, &sealed).await?);
        }
        Ok(count)
    }
}
