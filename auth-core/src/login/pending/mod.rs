//! Logins that wait for a factor, in the short-lived store.
//!
//! A record is found by a keyed hash of a random value that only one browser's cookie holds. It is sealed, and gone after
//! [`PENDING_LIFE`]; it opens nothing once the account's epoch has moved. What the login was on the way to is the caller's to say,
//! and kept with it.

mod finish;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::key::{ApplicationSecrets, KeyedHash, OpaqueToken, Sealer};
use crate::random::Random;
use crate::short_lived::ShortLivedStore;

use super::PendingLogin;

pub(crate) use self::finish::{NotShown, Waiting};

/// How long a login waits: long enough to find a telephone, and for a mailed code to come (NIST SP 800-63B-4 section 3.1.3.2 lets one
/// live for ten minutes).
pub(crate) const PENDING_LIFE: Duration = Duration::from_secs(10 * 60);

/// The value of the cookie: 256 random bits.
pub(crate) type PendingId = OpaqueToken<32>;

/// Under what a login that waits is kept, by which nobody finds the cookie.
struct PendingKey(String);

/// The logins that wait.
#[derive(Clone)]
pub(crate) struct PendingLogins {
    store: Arc<dyn ShortLivedStore>,
    hash: KeyedHash,
    sealer: Sealer,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

/// A login as it is sealed, on the way to a goal of its caller's.
#[derive(Deserialize, Serialize)]
struct Record<G> {
    user: String,
    epoch: u64,
    auth_time: i64,
    amr: u16,
    goal: G,
}

/// What a waiting login is sealed for, and its cookie hashed.
const PURPOSE: &str = "pending login";

impl PendingLogins {
    pub(crate) fn new(
        store: Arc<dyn ShortLivedStore>,
        secrets: &ApplicationSecrets,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self { store, hash: secrets.keyed_hash(PURPOSE), sealer: secrets.sealer(PURPOSE), clock, random }
    }

    /// Keeps a login, and answers the value of the cookie.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn keep(
        &self,
        pending: &PendingLogin,
        goal: &impl Serialize,
    ) -> Result<PendingId, Error> {
        let id = PendingId::generate(self.hash.current_version(), &*self.random);
        let key = self.key(&id).ok_or(ErrorKind::Internal)?;
        let record = Record {
            user: pending.user().id.as_str().to_owned(),
            epoch: pending.user().auth_epoch,
            auth_time: pending.auth_time().unix_millis(),
            amr: pending.amr().bits(),
            goal,
        };
        let sealed = self.sealer.seal_record(&record, key.0.as_bytes(), &*self.random)?;
        self.store.put(&key.0, &sealed, PENDING_LIFE, self.clock.now()).await?;
        Ok(id)
    }

    /// Under what the login of this cookie is kept; `None` for one of an application secret that is gone.
    fn key(&self, id: &PendingId) -> Option<PendingKey> {
        let hash = self.hash.hash_token(id)?;
        Some(PendingKey(format!("pending-login:{}", URL_SAFE_NO_PAD.encode(hash))))
    }

    /// Whether a login of this user, as the account is now, waits there.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn is_of(&self, id: &PendingId, pending: &PendingLogin) -> Result<bool, Error> {
        let Some(key) = self.key(id) else { return Ok(false) };
        let sealed = self.store.get(&key.0, self.clock.now()).await?;
        let record = sealed.and_then(|sealed| self.open::<IgnoredAny>(&key, &sealed));
        let user = pending.user();
        Ok(record.is_some_and(|held| held.user == user.id.as_str() && held.epoch == user.auth_epoch))
    }

    /// Gives a login up that was kept a moment ago.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn give_up(&self, id: &PendingId) -> Result<(), Error> {
        if let Some(key) = self.key(id) {
            self.store.take(&key.0, self.clock.now()).await?;
        }
        Ok(())
    }

    fn open<G: for<'de> Deserialize<'de>>(&self, key: &PendingKey, sealed: &[u8]) -> Option<Record<G>> {
        self.sealer.open_record(sealed, key.0.as_bytes())
    }
}

impl fmt::Debug for PendingLogins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingLogins").finish_non_exhaustive()
    }
}
