//! What becomes of a login that waits, once a factor is shown. The routes for second factors will ask for it; until there are some,
//! tests do.

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::clock::Timestamp;
use crate::error::Error;
use crate::login::{Admitted, Amr, PendingLogin};
use crate::short_lived::Quota;
use crate::user::{UserId, UserStore};

use super::{PENDING_LIFE, PendingId, PendingKey, PendingLogins, Record};

/// How often somebody may try to show the missing factor before they have to begin anew.
const MOST_TRIES: u32 = 5;

impl PendingLogins {
    /// Takes one try of the login that waits under this cookie: whether it still waits, and a try was left.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn take_try(&self, users: &dyn UserStore, id: &PendingId) -> Result<bool, Error> {
        let (Some(key), now) = (self.key(id), self.clock.now()) else { return Ok(false) };
        let Some(sealed) = self.store.get(&key.0, now).await? else { return Ok(false) };
        let Some(record) = self.open::<IgnoredAny>(&key, &sealed) else { return Ok(false) };
        if standing(users, &record).await?.is_none() {
            return Ok(false);
        }
        // The window outlasts the login, so that no try comes back.
        let tries = Quota { key: self.tries_of(&key), limit: MOST_TRIES, window: PENDING_LIFE };
        Ok(self.store.reserve(&[tries], now).await?.is_ok())
    }

    /// Ends the wait of a login for which a factor was shown in the way `shown`, and answers who is in, and what they were on the way
    /// to. Of any number of callers one is answered.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn complete<G: for<'de> Deserialize<'de>>(
        &self,
        users: &dyn UserStore,
        id: &PendingId,
        shown: Amr,
    ) -> Result<Option<(Admitted, G)>, Error> {
        let (Some(key), now) = (self.key(id), self.clock.now()) else { return Ok(None) };
        let Some(sealed) = self.store.take(&key.0, now).await? else { return Ok(None) };
        let Some(record) = self.open::<G>(&key, &sealed) else { return Ok(None) };
        let Some(pending) = standing(users, &record).await? else { return Ok(None) };
        users.record_login(&pending.user().id, now).await?;
        Ok(Some((pending.complete(shown), record.goal)))
    }

    fn tries_of(&self, key: &PendingKey) -> u64 {
        let hash = self.hash.hash(format!("tries:{}", key.0).as_bytes());
        hash.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes) >> 1)
    }
}

/// The login, if its account still stands as it did.
async fn standing<G>(users: &dyn UserStore, record: &Record<G>) -> Result<Option<PendingLogin>, Error> {
    let user = users.get(&UserId::new(record.user.as_str())).await?;
    let user = user.filter(|user| user.stands_at(record.epoch));
    let (auth_time, amr) = (Timestamp::from_unix_millis(record.auth_time), Amr::from_bits(record.amr));
    Ok(user.map(|user| PendingLogin::new(user, auth_time, amr, Vec::new())))
}
