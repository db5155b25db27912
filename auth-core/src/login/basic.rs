//! HTTP Basic: a login with every request, made bearable.
//!
//! A pair that was right is remembered for [`KEPT`], under a keyed hash, for as long as the account's epoch stays: the
//! next request costs no Argon2. A pair that was wrong is remembered likewise: a program that repeats one wrong password
//! has made one failed attempt, not hundreds. So is a right one of an account that wants a second factor: nothing can wait for it
//! here. What is remembered as wrong takes a turn of its network each time: it costs a look-up by name.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;

use crate::circumstances::Circumstances;
use crate::clock::{Clock, Timestamp};
use crate::error::{Error, ErrorKind};
use crate::event::{EventDraft, EventKind};
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

/// What a network that repeats a wrong pair takes turns at.
const REPEATED: &str = "basic-repeated";

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
    /// no right pair is remembered.
    ///
    /// # Errors
    /// As a login by password; `TooManyAttempts` also where a network repeats wrong pairs too often.
    pub(crate) async fn recognise(
        &self,
        login: &str,
        password: &str,
        asking: impl FnOnce() -> (Source, Arc<Circumstances>),
    ) -> Result<(Arc<User>, Timestamp), Error> {
        if password.len() > MAX_PASSWORD_BYTES {
            return Err(ErrorKind::InvalidCredentials.into());
        }
        let pair =
            self.hash.hash(&[&login.len().to_be_bytes(), login.as_bytes(), password.as_bytes()].concat());
        let remembered = self.verdicts.get(&pair).filter(|verdict| self.is_recent(verdict));
        let (right, wrong) = match remembered {
            Some(verdict) if verdict.is_right => (Some(verdict), None),
            verdict => (None, verdict),
        };
        if let Some(verdict) = right
            && let Some(user) = self.holder(&verdict).await?
        {
            return if user.is_active {
                Ok((user, verdict.at))
            } else {
                Err(ErrorKind::InvalidCredentials.into())
            };
        }
        let (source, here) = asking();
        if let Some(verdict) = wrong
            && here.clone().covering(self.is_still_wrong(login, &verdict, &source)).await?
        {
            return Err(ErrorKind::InvalidCredentials.into());
        }
        let (this, login, password) = (self.clone(), login.to_owned(), Secret::new(password));
        here.covering(detached(async move { this.check(&login, password.expose(), &source, pair).await }))
            .await
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

    /// Whose right pair it is, if the account is as it was. They are asked for by id, as by any guard, and wait for no login.
    async fn holder(&self, verdict: &Verdict) -> Result<Option<Arc<User>>, Error> {
        let Some((id, _)) = &verdict.account else { return Ok(None) };
        Ok(self.users.get(id).await?.filter(|user| Some(state(user)) == verdict.account))
    }

    /// Whether a wrong pair has to be wrong, as its account is what it was. The name is looked up, whether or not somebody has it: the
    /// time must not tell.
    async fn is_still_wrong(&self, login: &str, verdict: &Verdict, source: &Source) -> Result<bool, Error> {
        let turn = self.logins.throttle.take_turn(REPEATED, source.network()).await;
        turn.map_err(|error| self.logins.events.telling(EventDraft::of(EventKind::LoginFailed), error))?;
        let found = self.users.find(&LoginName::parse(login)).await?;
        Ok(found.map(|account| state(&account.user)) == verdict.account)
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
