//! HTTP Basic: a login with every request, made bearable.
//!
//! A pair that was right is remembered for [`KEPT`], under a keyed hash, for as long as the account's epoch stays: the
//! next request costs no Argon2. A pair that was wrong is remembered likewise: a program that repeats one wrong password
//! has made one failed attempt, not hundreds. So is a right one of an account that wants a second factor: nothing can wait for it
//! here.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;

use crate::clock::{Clock, Timestamp};
use crate::error::{Error, ErrorKind};
use crate::key::KeyedHash;
use crate::password::MAX_PASSWORD_BYTES;
use crate::secret::Secret;
use crate::task::detached;
use crate::throttle::Source;
use crate::user::{LoginName, User, UserId, UserStore};

use super::Logins;

/// How long a verdict is remembered: a minute, the longest that a changed mind of the application takes to be noticed.
const KEPT: Duration = Duration::from_secs(60);
/// How many verdicts are remembered; the least used make room.
const MOST_KEPT: u64 = 10_000;

/// Logins by HTTP Basic.
#[derive(Clone, Debug)]
pub(crate) struct BasicLogins {
    logins: Logins,
    users: Arc<dyn UserStore>,
    clock: Arc<dyn Clock>,
    hash: KeyedHash,
    verdicts: Cache<[u8; 32], Verdict>,
}

/// What a pair turned out to be, and for which state of the account that holds.
#[derive(Clone, Debug)]
struct Verdict {
    at: Timestamp,
    is_right: bool,
    account: Option<(UserId, u64)>,
}

impl BasicLogins {
    pub(crate) fn new(
        logins: Logins,
        users: Arc<dyn UserStore>,
        clock: Arc<dyn Clock>,
        hash: KeyedHash,
    ) -> Self {
        let verdicts = Cache::builder().max_capacity(MOST_KEPT).time_to_live(KEPT).build();
        Self { logins, users, clock, hash, verdicts }
    }

    /// The user whose name and password these are, and when that was checked. Where the request comes from is asked only where
    /// nothing is remembered.
    ///
    /// # Errors
    /// As a login by password.
    pub(crate) async fn recognise(
        &self,
        login: &str,
        password: &str,
        source: impl FnOnce() -> Source,
    ) -> Result<(Arc<User>, Timestamp), Error> {
        if password.len() > MAX_PASSWORD_BYTES {
            return Err(ErrorKind::InvalidCredentials.into());
        }
        let pair =
            self.hash.hash(&[&login.len().to_be_bytes(), login.as_bytes(), password.as_bytes()].concat());
        if let Some(verdict) = self.verdicts.get(&pair).filter(|verdict| self.is_recent(verdict)) {
            let user = self.holder(login, &verdict).await?;
            if user.as_ref().map(state) == verdict.account {
                let user = user.filter(|user| verdict.is_right && user.is_active);
                return user
                    .map(|user| (user, verdict.at))
                    .ok_or_else(|| ErrorKind::InvalidCredentials.into());
            }
        }
        let (this, login, password, source) =
            (self.clone(), login.to_owned(), Secret::new(password), source());
        detached(async move { this.check(&login, password.expose(), &source, pair).await }).await
    }

    async fn check(
        &self,
        login: &str,
        password: &str,
        source: &Source,
        pair: [u8; 32],
    ) -> Result<(Arc<User>, Timestamp), Error> {
        let at = self.clock.now();
        let remember = |is_right, account| self.verdicts.insert(pair, Verdict { at, is_right, account });
        match self.logins.check_at_once(login, password, source).await {
            (_, Ok(admitted)) => {
                remember(true, Some(state(admitted.user())));
                Ok((admitted.user().clone(), at))
            }
            (found, Err(error)) => {
                if error.kind() == ErrorKind::InvalidCredentials {
                    remember(false, found.as_ref().map(state));
                }
                Err(error)
            }
        }
    }

    /// Whose name it is. Who gave a right pair is asked for by id, as by any guard, and waits for no login. After a wrong one the
    /// name is looked up, whether or not somebody has it: the time must not tell.
    async fn holder(&self, login: &str, verdict: &Verdict) -> Result<Option<Arc<User>>, Error> {
        if let Some((id, _)) = verdict.account.as_ref().filter(|_| verdict.is_right) {
            return Ok(self.users.get(id).await?);
        }
        Ok(self.users.find(&LoginName::parse(login)).await?.map(|account| account.user))
    }

    /// A clock that stepped back makes a verdict old, not eternal.
    fn is_recent(&self, verdict: &Verdict) -> bool {
        let now = self.clock.now();
        now.since(verdict.at) < KEPT && verdict.at.since(now) < KEPT
    }
}

fn state(user: &Arc<User>) -> (UserId, u64) {
    (user.id.clone(), user.auth_epoch)
}
