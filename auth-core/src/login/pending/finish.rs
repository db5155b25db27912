//! What becomes of a login that waits, once a factor is shown.

use std::sync::Arc;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::clock::Timestamp;
use crate::error::Error;
use crate::login::{Admitted, Amr, Logins, PendingLogin};
use crate::metric;
use crate::short_lived::Quota;
use crate::user::{User, UserId, UserStore};

use super::{PENDING_LIFE, PendingId, PendingKey, PendingLogins, Record};

/// How often somebody may try to show the missing factor before they have to begin anew.
const MOST_TRIES: u32 = 5;

/// Why nobody is let in by what was shown to a login that waits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum NotShown {
    /// It was wrong; the login goes on waiting.
    Wrong,
    /// It was not even looked at: no try is left.
    Exhausted,
    /// No login waits there, or none of anybody who may still be let in.
    NothingWaits,
}

/// A login that waits.
#[derive(Debug)]
pub(crate) struct Waiting {
    /// Whose it is.
    pub(crate) user: Arc<User>,
    /// What was shown.
    pub(crate) amr: Amr,
    /// What stands for it elsewhere: nobody finds the cookie by that.
    pub(crate) place: String,
}

impl PendingLogins {
    /// The login that waits under this cookie, as long as the account stands as it did.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn waiting(
        &self,
        users: &dyn UserStore,
        id: &PendingId,
    ) -> Result<Option<Waiting>, Error> {
        let Some(key) = self.key(id) else { return Ok(None) };
        let sealed = self.store.get(&key.0, self.clock.now()).await?;
        let record = sealed.and_then(|sealed| self.open::<IgnoredAny>(&key, &sealed));
        let Some(record) = record else { return Ok(None) };
        let user = holder(users, &record).await?;
        Ok(user.map(|user| Waiting { user, amr: Amr::from_bits(record.amr), place: key.0 }))
    }

    /// Shows a factor to the login that waits under this cookie: takes one of its tries, has `verify` look at what was shown, and
    /// where that was right ends the wait, and answers who is in, and what they were on the way to. In this order and in one call, so
    /// that nobody is let in without a try. Of any number of callers who are right one is let in.
    ///
    /// `verify` answers what was shown, `None` where it was wrong. Its error means that it cannot tell, which is no try.
    ///
    /// # Errors
    /// What `verify` answers; `Unavailable`.
    pub(crate) async fn finish<G, F>(
        &self,
        logins: &Logins,
        id: &PendingId,
        verify: impl FnOnce(Arc<User>) -> F,
    ) -> Result<Result<(Admitted, G), NotShown>, Error>
    where
        G: for<'de> Deserialize<'de>,
        F: Future<Output = Result<Option<Amr>, Error>>,
    {
        let (users, Some(key)) = (&*logins.users, self.key(id)) else {
            return Ok(Err(NotShown::NothingWaits));
        };
        let Some(Waiting { user, .. }) = self.waiting(users, id).await? else {
            return Ok(Err(NotShown::NothingWaits));
        };
        let (tries, taken_at) = ([self.tries_of(&key)], self.clock.now());
        if self.store.reserve(&tries, taken_at).await?.is_err() {
            return Ok(Err(NotShown::Exhausted));
        }
        match verify(user).await {
            Ok(Some(shown)) => Ok(self.complete(logins, &key, shown).await?.ok_or(NotShown::NothingWaits)),
            Ok(None) => {
                self.note_wrong(&key).await?;
                Ok(Err(NotShown::Wrong))
            }
            Err(error) => {
                self.store.refund(&tries, taken_at, self.clock.now()).await?;
                Err(error)
            }
        }
    }

    /// Ends the wait. The account is looked at once more: the factor took its time.
    async fn complete<G: for<'de> Deserialize<'de>>(
        &self,
        logins: &Logins,
        key: &PendingKey,
        shown: Amr,
    ) -> Result<Option<(Admitted, G)>, Error> {
        let now = self.clock.now();
        let Some(sealed) = self.store.take(&key.0, now).await? else { return Ok(None) };
        let Some(record) = self.open::<G>(key, &sealed) else { return Ok(None) };
        let Some(mut user) = holder(&*logins.users, &record).await? else { return Ok(None) };
        let (auth_time, amr) = (Timestamp::from_unix_millis(record.auth_time), Amr::from_bits(record.amr));
        logins.note(&user, now, amr.and(shown).and(Amr::MFA)).await?;
        metric::login(metric::ADMITTED);
        let noted = Arc::make_mut(&mut user);
        noted.last_login = noted.last_login.max(Some(now));
        let pending = PendingLogin::new(user, auth_time, amr, Vec::new());
        Ok(Some((pending.complete(shown, now), record.goal)))
    }

    /// Gives the login up with its last try: nothing waits any more.
    async fn note_wrong(&self, key: &PendingKey) -> Result<(), Error> {
        let now = self.clock.now();
        let all_but_one = self.quota("wrong", key, MOST_TRIES - 1);
        if self.store.reserve(&[all_but_one], now).await?.is_err() {
            self.store.take(&key.0, now).await?;
        }
        Ok(())
    }

    fn tries_of(&self, key: &PendingKey) -> Quota {
        self.quota("tries", key, MOST_TRIES)
    }

    /// The window outlasts the login, so that no try comes back.
    fn quota(&self, what: &str, key: &PendingKey, limit: u32) -> Quota {
        let hash = self.hash.hash(format!("{what}:{}", key.0).as_bytes());
        let key = hash.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes) >> 1);
        Quota { key, limit, window: PENDING_LIFE }
    }
}

/// Whose login it is, if the account still stands as it did.
async fn holder<G>(users: &dyn UserStore, record: &Record<G>) -> Result<Option<Arc<User>>, Error> {
    let user = users.get(&UserId::new(record.user.as_str())).await?;
    Ok(user.filter(|user| user.stands_at(record.epoch)))
}
