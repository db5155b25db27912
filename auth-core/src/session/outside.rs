//! Sessions of another system, honoured while people move over from it.
//!
//! A team that leaves Django keeps its users logged in: for a while a session cookie of the old system counts here, and is
//! exchanged for a session of ours at the first request that asks who is calling.
//!
//! 1. It counts until the date that was given to [`AuthBuilder::outside_sessions`](crate::AuthBuilder::outside_sessions), where
//!    no living session of ours came with the request, and where the other system still says whose it is.
//! 2. The account goes through the same admission as at any login: a disabled one stays out, and for one that has a second factor
//!    the login waits for it ([`login`](crate::login)); until it came the caller is nobody, and the cookie not exchanged. When it comes
//!    the browser has to bring that cookie still, and it has to count still.
//! 3. What is begun is a session like any other, only never fresh: nobody proved a password here.
//! 4. Each cookie is exchanged once, so a logout here is not undone by it. Parallel requests get the same session, of an account with
//!    a second factor those of a browser alone that is spared it. A logout that comes with a cookie that counts uses it up, and ends what
//!    it was exchanged for.
//! 5. It travels by itself as ours does: a request that changes something has to meet the origin rule.
//! 6. Ending sessions here ends none there: a cookie that was not exchanged yet goes on counting after
//!    [`Users::end_all_sessions`](crate::user::Users::end_all_sessions). A changed password ends both.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::clock::{Clock, Timestamp};
use crate::error::{Error, ErrorKind, StoreError};
use crate::http::{RequestView, read_cookie};
use crate::key::{ApplicationSecrets, KeyedHash};
use crate::login::{Admission, Amr, Credentials, DeviceKey, LONG_AGO, PendingId};
use crate::short_lived::ShortLivedStore;
use crate::task::Flights;
use crate::throttle::Source;
use crate::user::{User, UserId};

use super::{Begun, Entered, Entrance, Goal, SessionKey, Visitor};

/// For how long requests that were under way beside the exchange still count as the session that it began.
const GRACE: Duration = Duration::from_secs(60);

/// Under which name the short-lived store keeps the session that a cookie was exchanged for.
pub(super) const EXCHANGED: &str = "outside-session";

/// Under which name it keeps that a logout used a cookie up.
pub(super) const USED_UP: &str = "outside-session-used-up";

/// The sessions of another system that shares the users' table.
///
/// # Contract
/// - `user_of` answers a user only while the other system itself would: the cookie is genuine, the session has not ended, the
///   account is active, and its password is the one that the session began with.
/// - An error means that the answer is unknown. A cookie that is not good is `Ok(None)`.
#[async_trait]
pub trait OutsideSessions: fmt::Debug + Send + Sync {
    /// The name of the other system's session cookie.
    fn cookie_name(&self) -> &str;

    /// Whose session the cookie with this value stands for.
    async fn user_of(&self, cookie: &str, now: Timestamp) -> Result<Option<UserId>, StoreError>;
}

/// Exchanges cookies of another system for sessions.
#[derive(Debug)]
pub(crate) struct OutsideLogins {
    pub(super) source: Arc<dyn OutsideSessions>,
    until: Timestamp,
    pub(super) entrance: Entrance,
    short_lived: Arc<dyn ShortLivedStore>,
    pub(super) clock: Arc<dyn Clock>,
    hash: KeyedHash,
    flights: Flights<String, Exchanged>,
}

/// What a cookie of the other system came to.
#[derive(Clone, Debug)]
pub(crate) enum Exchanged {
    /// A session was begun.
    Begun(Arc<User>, Arc<Begun>),
    /// It was exchanged a moment ago, for this session.
    Before(SessionKey),
    /// A factor is missing: a login waits for it, under a new cookie unless the browser brought that of one.
    Pending(Option<Arc<PendingId>>),
    /// It is of no use, or no more.
    Nothing,
}

impl OutsideLogins {
    /// Exchanges cookies of `source` until `until`.
    pub(crate) fn new(
        (source, until): (Arc<dyn OutsideSessions>, Timestamp),
        entrance: Entrance,
        short_lived: Arc<dyn ShortLivedStore>,
        secrets: &ApplicationSecrets,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let (hash, flights) = (secrets.keyed_hash("outside session"), Flights::default());
        Self { source, until, entrance, short_lived, clock, hash, flights }
    }

    /// The cookie that the request came with, while such cookies count. Several different ones are none.
    pub(crate) fn read<'a>(&self, view: &'a impl RequestView) -> Option<&'a str> {
        let is_open = self.clock.now() < self.until;
        read_cookie(view, self.source.cookie_name()).ok().flatten().filter(|_| is_open)
    }

    /// Exchanges a cookie, once for all requests that bring it at the same time, with the same of what a factor is shown by.
    pub(crate) async fn exchange(
        self: &Arc<Self>,
        cookie: &str,
        visitor: Visitor,
        pending: Option<PendingId>,
    ) -> Result<Exchanged, Error> {
        let (this, cookie, hashes) = (self.clone(), cookie.to_owned(), self.hashes(cookie));
        let key = self.flight(&hashes[0], visitor.device(), pending.as_ref());
        self.flights
            .join(key, async move { this.exchange_alone(&cookie, &hashes, visitor, pending).await })
            .await
    }

    /// Another server may be at it: then both begin a session, and the later one is the one that counts as exchanged for.
    async fn exchange_alone(
        &self,
        cookie: &str,
        hashes: &[String],
        visitor: Visitor,
        pending: Option<PendingId>,
    ) -> Result<Exchanged, Error> {
        let now = self.clock.now();
        if self.noted(USED_UP, hashes, now).await?.is_some() {
            return Ok(Exchanged::Nothing);
        }
        if let Some(before) = self.noted(EXCHANGED, hashes, now).await? {
            return self.exchanged_before(&before, visitor.device(), now).await;
        }
        let Some(admission) = self.admit(cookie, now).await? else { return Ok(Exchanged::Nothing) };
        if self.waits_already(&admission, pending).await? {
            return Ok(Exchanged::Pending(None));
        }
        let goal = Goal::login(false).by_outside(hashes[0].clone());
        let (user, begun) = match self.entrance.enter(admission, goal, visitor).await? {
            Entered::Session(user, begun) => (user, begun),
            // The cookie is not used up: until the factor came, nothing was exchanged.
            Entered::Waits(id, _) => return Ok(Exchanged::Pending(Some(Arc::new(id)))),
            Entered::NoSession(_) => return Ok(Exchanged::Nothing),
        };
        match self.settle(hashes, &begun, now).await? {
            true => Ok(Exchanged::Begun(user, Arc::new(begun))),
            false => Ok(Exchanged::Nothing),
        }
    }

    /// Notes that the cookie was exchanged for a session. False where a logout has used it up: the session is ended then.
    pub(super) async fn settle(
        &self,
        hashes: &[String],
        begun: &Begun,
        now: Timestamp,
    ) -> Result<bool, Error> {
        self.note(EXCHANGED, hashes, begun.key().as_bytes(), now).await?;
        let is_used_up = self.noted(USED_UP, hashes, now).await?.is_some();
        if is_used_up {
            self.entrance.sessions().end(begun.key()).await?;
        }
        Ok(!is_used_up)
    }

    /// Admits whom the cookie stands for. The other system is asked once more after the account was read: a password that changed
    /// before is seen then, and one that changes after ends the session by the epoch that it begins with.
    async fn admit(&self, cookie: &str, now: Timestamp) -> Result<Option<Admission>, Error> {
        let Some(id) = self.source.user_of(cookie, now).await? else { return Ok(None) };
        let credentials = Credentials::Vouched { user: &id, amr: Amr::default() };
        let admission = match self.entrance.logins().admit(credentials, &Source::default()).await {
            Ok(admission) => admission.proven_at(LONG_AGO),
            Err(error) if error.kind() == ErrorKind::InvalidCredentials => return Ok(None),
            Err(error) => return Err(error),
        };
        let is_still = self.source.user_of(cookie, now).await? == Some(id);
        Ok(is_still.then_some(admission))
    }

    /// Whether a factor is missing for which the browser waits already, as this user.
    async fn waits_already(
        &self,
        admission: &Admission,
        presented: Option<PendingId>,
    ) -> Result<bool, Error> {
        match (admission, presented) {
            (Admission::Pending(pending), Some(id)) => self.entrance.waits_already(&id, pending).await,
            _ => Ok(false),
        }
    }

    /// Whoever brings the cookie alone has not shown the factor that somebody beside them did.
    async fn exchanged_before(
        &self,
        key: &[u8],
        device: Option<&DeviceKey>,
        now: Timestamp,
    ) -> Result<Exchanged, Error> {
        let Some(key) = session_key(key) else { return Ok(Exchanged::Nothing) };
        let (sessions, logins) = (self.entrance.sessions(), self.entrance.logins());
        let session = sessions.find(&key, now).await?;
        let Some(session) = session.filter(|session| session.created_at.is_within(GRACE, now)) else {
            return Ok(Exchanged::Nothing);
        };
        let Some(user) = logins.users().get(&session.user).await? else { return Ok(Exchanged::Nothing) };
        Ok(match logins.lacks_nothing(&user, device).await? {
            true => Exchanged::Before(key),
            false => Exchanged::Nothing,
        })
    }

    /// What requests have in common that are one exchange.
    fn flight(&self, cookie: &str, device: Option<&DeviceKey>, pending: Option<&PendingId>) -> String {
        let shown = [device.map(|device| &device[..]), pending.map(|id| &id.bytes()[..])];
        let parts = shown.map(|part| encoded(&self.hash.hash(part.unwrap_or_default())));
        [cookie, &parts[0], &parts[1]].join(":")
    }

    /// Makes a cookie worth nothing: its owner logged out here. An exchange beside this looks for the note once it left its own, and
    /// this looks for the exchange's after: so one of the two ends the session. Of a cookie that the other system knows nothing of,
    /// and that was exchanged for nothing, no note is made: anybody can invent as many as they like.
    pub(crate) async fn use_up(&self, cookie: &str) -> Result<(), Error> {
        let (now, hashes) = (self.clock.now(), self.hashes(cookie));
        let is_known = self.source.user_of(cookie, now).await?.is_some();
        if !is_known && self.noted(EXCHANGED, &hashes, now).await?.is_none() {
            return Ok(());
        }
        self.note(USED_UP, &hashes, &[], now).await?;
        let begun = self.noted(EXCHANGED, &hashes, now).await?;
        if let Some(key) = begun.as_deref().and_then(session_key) {
            self.entrance.sessions().end(&key).await?;
        }
        Ok(())
    }

    /// Notes something of a cookie for as long as such cookies count.
    async fn note(&self, what: &str, hashes: &[String], value: &[u8], now: Timestamp) -> Result<(), Error> {
        let life = self.until.since(now).max(GRACE);
        Ok(self.short_lived.put(&format!("{what}:{}", hashes[0]), value, life, now).await?)
    }

    /// What was noted of a cookie, under whichever secret was the newest then.
    pub(super) async fn noted(
        &self,
        what: &str,
        hashes: &[String],
        now: Timestamp,
    ) -> Result<Option<Vec<u8>>, Error> {
        for hash in hashes {
            if let Some(noted) = self.short_lived.get(&format!("{what}:{hash}"), now).await? {
                return Ok(Some(noted));
            }
        }
        Ok(None)
    }

    /// The cookie's hash under each application secret, the newest first.
    pub(super) fn hashes(&self, cookie: &str) -> Vec<String> {
        self.hash.hashes(cookie.as_bytes()).map(|hash| encoded(&hash)).collect()
    }
}

fn encoded(hash: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(hash)
}

fn session_key(bytes: &[u8]) -> Option<SessionKey> {
    bytes.try_into().map(SessionKey::new).ok()
}
