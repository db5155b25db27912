//! Reserving, giving back, clearing.

use std::net::IpAddr;
use std::sync::{Arc, Once};
use std::time::Duration;

use crate::clock::{Clock, Timestamp};
use crate::error::{Error, StoreError};
use crate::key::KeyedHash;
use crate::short_lived::{Quota, ShortLivedStore};
use crate::user::{Email, LoginName, User, UserId, UserStore};

use super::counters::{self, SharedCounters};
use super::known_browser::Owner;
use super::limiter::{Limiter, Taken};
use super::{Lockouts, Source, ThrottleConfig};

/// Said once: a server that knows no addresses would fill its log.
static WARNED: Once = Once::new();

/// The longest wait that is told.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// For how long a network counts as familiar after somebody logged in from it, and how often that is noted.
const FAMILIAR_FOR: Duration = Duration::from_secs(7 * 24 * 60 * 60);
const FAMILIAR_NOTED_EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// The part of a kind of credential's attempts that comes from familiar networks, once the others have used up theirs.
const FAMILIAR: &str = " of familiar networks";

/// The limits on guessing.
#[derive(Clone, Debug)]
#[doc(alias("rate_limit", "lockout"))]
pub struct Throttle {
    pub(super) config: ThrottleConfig,
    pub(super) users: Arc<dyn UserStore>,
    pub(super) store: Arc<dyn ShortLivedStore>,
    pub(super) limiter: Limiter,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) shared: SharedCounters,
    lockouts: Lockouts,
}

/// An attempt that was let through and is not decided yet.
#[derive(Debug, Default)]
#[must_use = "an attempt that is neither succeeded nor abandoned counts as a failure"]
pub(crate) struct Attempt {
    /// Given back by a success.
    reserved: Option<Taken>,
    /// Begun anew by a success.
    in_a_row: Option<Taken>,
    /// Whose browser it comes from, where it is counted as that one's.
    known: Option<Owner>,
    network: Option<IpAddr>,
    /// What is noted of the network by a success.
    familiar: Option<String>,
}

/// A turn that was taken. What is not over by the next request may keep it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Turn {
    /// When it was counted, if the store counted it.
    pub(crate) at_in_store: Option<Timestamp>,
}

impl Throttle {
    pub(crate) fn new(
        config: ThrottleConfig,
        users: Arc<dyn UserStore>,
        store: Arc<dyn ShortLivedStore>,
        clock: Arc<dyn Clock>,
        hash: KeyedHash,
    ) -> Self {
        let limiter = Limiter::new(store.clone());
        let lockouts = Lockouts::by(users.clone(), limiter.clone());
        Self { config, users, store, limiter, clock, shared: SharedCounters { hash }, lockouts }
    }

    /// Takes one attempt with a kind of credential at a name, before anybody looks whose it is.
    ///
    /// # Errors
    /// `TooManyAttempts` with the time to wait.
    pub(crate) async fn reserve(
        &self,
        credential: &'static str,
        login: &LoginName,
        source: &Source,
    ) -> Result<Attempt, Error> {
        if !self.config.is_on {
            return Ok(Attempt::default());
        }
        if source.network.is_none() {
            WARNED.call_once(|| tracing::warn!("a client's address is unknown: its network is not limited"));
        }
        let familiar = source.network.map(|address| self.shared.familiar(credential, address));
        let begun = Attempt { familiar, network: source.network, ..Attempt::default() };
        if let Some(browser) = source.known_by(login) {
            let own = counters::browser(credential, browser.id(), &self.config.known_browser);
            if let Ok(taken) = self.take(own, None).await {
                return Ok(Attempt { reserved: Some(taken), known: Some(browser.owner()), ..begun });
            }
        }
        let reserved = self.take_as_stranger(credential, login, &begun, None).await?;
        Ok(Attempt { reserved: Some(reserved), ..begun })
    }

    /// Past the limit of the kind of credential, familiar networks go on by a part of their own: whoever fills the one cannot keep
    /// everybody out.
    async fn take_as_stranger(
        &self,
        credential: &'static str,
        login: &LoginName,
        begun: &Attempt,
        before: Option<&Taken>,
    ) -> Result<Taken, Error> {
        let mut own = begun.network.map_or_else(Vec::new, |address| self.networks(credential, address));
        own.extend(counters::name(credential, login, &self.config.name));
        let with = |part| [own.clone(), self.shared.route(credential, part, &self.config.route)].concat();
        let wait = match self.take(with(""), before).await {
            Ok(taken) => return Ok(taken),
            Err(wait) => wait,
        };
        if self.is_familiar(begun).await
            && let Ok(taken) = self.take(with(FAMILIAR), before).await
        {
            return Ok(taken);
        }
        Err(too_many(wait))
    }

    pub(super) async fn take(&self, quotas: Vec<Quota>, before: Option<&Taken>) -> Result<Taken, Duration> {
        self.limiter.take(quotas, before, self.clock.now()).await
    }

    /// Where the store cannot tell, no network is.
    async fn is_familiar(&self, attempt: &Attempt) -> bool {
        let Some(key) = &attempt.familiar else { return false };
        matches!(self.store.get(key, self.clock.now()).await, Ok(Some(_)))
    }

    /// Notes a login from a network, with its time, once a day at most.
    async fn note_familiar(&self, key: &str) -> Result<(), StoreError> {
        let now = self.clock.now();
        let noted = self.store.get(key, now).await?;
        let noted = noted.as_deref().and_then(<[u8]>::first_chunk).map(|at| i64::from_be_bytes(*at));
        if noted.is_none_or(|at| now >= Timestamp::from_unix_millis(at) + FAMILIAR_NOTED_EVERY) {
            self.store.put(key, &now.unix_millis().to_be_bytes(), FAMILIAR_FOR, now).await?;
        }
        Ok(())
    }

    /// Counts an attempt as a stranger's whose browser is known, but from another account of that name, or from before whatever ended
    /// the sessions of this one. What it took of its own browser's attempts stays taken: it has led to a look-up.
    async fn recognise(
        &self,
        credential: &'static str,
        attempt: &mut Attempt,
        login: &LoginName,
        account: Option<&User>,
    ) -> Result<(), Error> {
        let Some(known) = attempt.known else { return Ok(()) };
        if account.is_some_and(|user| Owner::of(user) == known) {
            return Ok(());
        }
        attempt.known = None;
        let before = attempt.reserved.take();
        attempt.reserved = Some(self.take_as_stranger(credential, login, attempt, before.as_ref()).await?);
        Ok(())
    }

    /// Counts the attempt against the account that its name led to. False when there is none, or when it takes no more: the attempt
    /// is to fail then, in the time and with the words of a wrong password.
    ///
    /// # Errors
    /// `TooManyAttempts` where a browser turns out to be another account's.
    pub(crate) async fn count(
        &self,
        credential: &'static str,
        attempt: &mut Attempt,
        login: &LoginName,
        account: Option<&User>,
    ) -> Result<bool, Error> {
        if !self.config.is_on {
            return Ok(account.is_some());
        }
        self.recognise(credential, attempt, login, account).await?;
        if let Some(User { id: user, .. }) = account {
            let most = match attempt.known {
                Some(_) => self.config.most_in_a_row,
                None => self.config.most_by_strangers(),
            };
            let in_a_row = counters::in_a_row(credential, user, most);
            if let Ok(taken) = self.take(vec![in_a_row], attempt.reserved.as_ref()).await {
                attempt.in_a_row = Some(taken);
                return Ok(true);
            }
            tracing::warn!(%user, "too many failures in a row: the account takes no password until it is let in again");
        }
        self.take(vec![counters::nobody(credential, login)], attempt.reserved.as_ref()).await.ok();
        Ok(false)
    }

    /// Takes one turn at something that costs no guess and yet costs: room in a store, say. It is the network that is limited, so
    /// that no other one can use up everybody's turns; without a network, all together.
    ///
    /// # Errors
    /// `TooManyAttempts` with the time to wait.
    pub(crate) async fn take_turn(&self, kind: &'static str, network: Option<IpAddr>) -> Result<Turn, Error> {
        if !self.config.is_on {
            return Ok(Turn::default());
        }
        let taken = self.take(self.turns(kind, network), None).await.map_err(too_many)?;
        Ok(Turn { at_in_store: taken.at_in_store() })
    }

    /// Gives a turn back to whom it served: an office that logs in by one provider every morning is no flood. One that was counted
    /// elsewhere than in the store stays counted: whoever comes back may have come to another server.
    pub(crate) async fn give_turn_back(&self, kind: &'static str, network: Option<IpAddr>, turn: Turn) {
        if let Some(at) = turn.at_in_store {
            self.limiter.give_back(Taken::in_store(self.turns(kind, network), at), &self.clock).await;
        }
    }

    fn turns(&self, kind: &'static str, network: Option<IpAddr>) -> Vec<Quota> {
        match network {
            Some(address) => self.networks(kind, address),
            None => self.shared.route(kind, "", &self.config.route),
        }
    }

    pub(super) fn networks(&self, kind: &'static str, address: IpAddr) -> Vec<Quota> {
        self.shared.network(kind, address, &self.config)
    }

    /// Counts a mail of a kind to this address, if it may be sent one more. Each kind has its own: what strangers can ask for keeps
    /// nothing else from its owner.
    pub(crate) async fn take_mail(&self, kind: &'static str, to: &Email) -> Option<Postage> {
        if !self.config.is_on {
            return Some(Postage::default());
        }
        let quotas = self.shared.mail(kind, to, &self.config.mail);
        self.take(quotas, None).await.ok().map(|taken| Postage(Some(taken)))
    }

    /// The mail was not sent.
    pub(crate) async fn give_mail_back(&self, Postage(taken): Postage) {
        if let Some(taken) = taken {
            self.limiter.give_back(taken, &self.clock).await;
        }
    }

    /// Notes a success: the account's failures in a row are over, and the attempt is given back. What counts in windows of time
    /// stays counted, or whoever logs in every minute opens the account to guesses of somebody else.
    pub(crate) async fn succeeded(&self, attempt: Attempt) {
        let is_in_store = attempt.reserved.as_ref().is_some_and(Taken::is_in_store);
        if let Some(in_a_row) = attempt.in_a_row {
            self.limiter.begin_anew(in_a_row, &self.clock).await;
        }
        if let Some(reserved) = attempt.reserved {
            self.limiter.give_back(reserved, &self.clock).await;
        }
        if let Some(key) = attempt.familiar.filter(|_| is_in_store)
            && let Err(error) = self.note_familiar(&key).await
        {
            tracing::warn!(?error, "it could not be noted that somebody logged in from a network");
        }
    }

    /// Notes that the attempt was never evaluated: a store or the hashing pool could not answer.
    pub(crate) async fn abandoned(&self, attempt: Attempt) {
        for taken in attempt.reserved.into_iter().chain(attempt.in_a_row) {
            self.limiter.give_back(taken, &self.clock).await;
        }
    }

    /// Lets an account in again that was locked by failed attempts, by user name and by address; for support staff.
    ///
    /// # Errors
    /// [`Unavailable`](crate::error::ErrorKind::Unavailable).
    pub async fn clear(&self, user: &UserId) -> Result<(), Error> {
        self.lockouts.clear(user).await.map(|_| ())
    }

    /// The same, also by what somebody types for a name.
    pub fn lockouts(&self) -> &Lockouts {
        &self.lockouts
    }
}

/// That a mail was counted.
#[derive(Debug, Default)]
pub(crate) struct Postage(Option<Taken>);

pub(super) fn too_many(wait: Duration) -> Error {
    Error::too_many_attempts(wait.min(LONGEST_WAIT))
}
