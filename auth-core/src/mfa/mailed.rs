//! Codes that are mailed to a login that waits.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use subtle::ConstantTimeEq as _;

use crate::clock::Clock;
use crate::error::Error;
use crate::key::{ApplicationSecrets, KeyedHash};
use crate::random::{Random, random_bytes};
use crate::secret::Secret;
use crate::short_lived::ShortLivedStore;

use super::digits;

/// How many digits a code has.
pub(super) const DIGITS: usize = 8;

/// How long a code counts (NIST SP 800-63B-4 section 3.1.3.2: ten minutes at most).
pub(crate) const CODE_LIFE: Duration = Duration::from_secs(10 * 60);

/// The mailed codes that count: the newest of each login that waits. How often somebody may guess is a matter of that login and of the
/// account.
#[derive(Clone)]
pub(crate) struct MailedCodes {
    store: Arc<dyn ShortLivedStore>,
    hash: KeyedHash,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl MailedCodes {
    pub(crate) fn new(
        store: Arc<dyn ShortLivedStore>,
        secrets: &ApplicationSecrets,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self { store, hash: secrets.keyed_hash("mailed code"), clock, random }
    }

    /// Makes a code for the login that waits at this place; one that was mailed before counts no more.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn make(&self, place: &str) -> Result<Secret, Error> {
        let number = u64::from_be_bytes(random_bytes(&*self.random)) % 10_u64.pow(DIGITS as u32);
        let code = Secret::new(format!("{number:0width$}", width = DIGITS));
        let hash = self.hash.hash(&hashed(place, &code));
        self.store.put(&key(place), &hash, CODE_LIFE, self.clock.now()).await?;
        Ok(code)
    }

    /// Whether this is the code of the login that waits at this place. Of any number of callers who bring it, one is told so.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(super) async fn take(&self, place: &str, typed: &str) -> Result<bool, Error> {
        let Some(code) = digits::read(typed, DIGITS..=DIGITS) else { return Ok(false) };
        let (key, now) = (key(place), self.clock.now());
        let Some(kept) = self.store.get(&key, now).await? else { return Ok(false) };
        let is_it = self.hash.hashes(&hashed(place, &code)).any(|hash| bool::from(hash.ct_eq(&kept)));
        Ok(is_it && self.store.take(&key, now).await?.is_some_and(|taken| taken == kept))
    }
}

impl fmt::Debug for MailedCodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailedCodes").finish_non_exhaustive()
    }
}

fn key(place: &str) -> String {
    format!("mailed-code:{place}")
}

fn hashed(place: &str, code: &Secret) -> Vec<u8> {
    [place.as_bytes(), b"\0", code.expose().as_bytes()].concat()
}
