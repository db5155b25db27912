//! Sessions of another system, honoured while people move over from it.
//!
//! A team that leaves Django keeps its users logged in: for a while a session cookie of the old system counts here, and is
//! exchanged for a session of ours at the first request that asks who is calling.
//!
//! 1. It counts until the date that was given to [`AuthBuilder::outside_sessions`](crate::AuthBuilder::outside_sessions), where
//!    no living session of ours came with the request, and where the other system still says whose it is.
//! 2. The account goes through the same admission as at any login: a disabled one stays out.
//! 3. What is begun is a session like any other, only never fresh: nobody proved a password here.
//! 4. Each cookie is exchanged once, so a logout here is not undone by it. Parallel requests get the same session. A logout
//!    that comes with a cookie that was not exchanged yet uses it up.
//! 5. It travels by itself as ours does: a request that changes something has to meet the origin rule.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::clock::{Clock, Timestamp};
use crate::error::{Error, ErrorKind, StoreError};
use crate::http::{RequestView, read_cookie};
use crate::key::KeyedHash;
use crate::login::{Amr, Credentials, Logins};
use crate::short_lived::ShortLivedStore;
use crate::task::Flights;
use crate::user::{User, UserId};

use super::{Begun, Origin, SessionKey, Sessions};

/// For how long requests that were under way beside the exchange still count as the session that it began.
const GRACE: Duration = Duration::from_secs(60);

/// When the user proved who they are, as far as anybody here knows: so long ago that no guard takes it for recent.
const LONG_AGO: Timestamp = Timestamp::from_unix_seconds(0);

/// What is kept of a cookie that was used up by a logout.
const USED_UP: &[u8] = b"-";

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
    pub(crate) source: Arc<dyn OutsideSessions>,
    pub(crate) until: Timestamp,
    pub(crate) logins: Logins,
    pub(crate) sessions: Sessions,
    pub(crate) short_lived: Arc<dyn ShortLivedStore>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) hash: KeyedHash,
    pub(crate) flights: Flights<String, Exchanged>,
}

/// What a cookie of the other system came to.
#[derive(Clone, Debug)]
pub(crate) enum Exchanged {
    /// A session was begun.
    Begun(Arc<User>, Arc<Begun>),
    /// It was exchanged a moment ago, for this session.
    Before(SessionKey),
    /// It is of no use, or no more.
    Nothing,
}

impl OutsideLogins {
    /// The cookie that the request came with, while such cookies count. Several different ones are none.
    pub(crate) fn read<'a>(&self, view: &'a impl RequestView) -> Option<&'a str> {
        let is_open = self.clock.now() < self.until;
        read_cookie(view, self.source.cookie_name()).ok().flatten().filter(|_| is_open)
    }

    /// Exchanges a cookie, once for all requests that bring it at the same time.
    pub(crate) async fn exchange(self: &Arc<Self>, cookie: &str, origin: Origin) -> Result<Exchanged, Error> {
        let (this, cookie, mark) = (self.clone(), cookie.to_owned(), self.mark(cookie));
        let key = mark.clone();
        self.flights.join(key, async move { this.exchange_alone(&cookie, &mark, origin).await }).await
    }

    async fn exchange_alone(&self, cookie: &str, mark: &str, origin: Origin) -> Result<Exchanged, Error> {
        let now = self.clock.now();
        let before = self.short_lived.get(mark, now).await?;
        if let Some(before) = before.filter(|mark| !mark.is_empty()) {
            return self.exchanged_before(&before, now).await;
        }
        let Some(user) = self.source.user_of(cookie, now).await? else { return Ok(Exchanged::Nothing) };
        // Another server may be at it: then both begin one, and this mark goes by itself should neither end well.
        let is_first = self.short_lived.insert_new(mark, GRACE, now).await?;
        let credentials = Credentials::Vouched { user: &user, amr: Amr::default() };
        let admitted = match self.logins.admit(credentials, origin.ip).await {
            Ok(admitted) => admitted.proven_at(LONG_AGO),
            Err(error) if error.kind() == ErrorKind::InvalidCredentials => return Ok(Exchanged::Nothing),
            Err(error) => return Err(error),
        };
        let user = admitted.user().clone();
        let begun = self.sessions.begin(admitted, false, origin, None).await?;
        if is_first {
            let life = self.until.since(now).max(GRACE);
            self.short_lived.put(mark, begun.key.as_bytes(), life, now).await?;
        }
        Ok(Exchanged::Begun(user, Arc::new(begun)))
    }

    async fn exchanged_before(&self, mark: &[u8], now: Timestamp) -> Result<Exchanged, Error> {
        let Ok(key) = mark.try_into().map(SessionKey::new) else { return Ok(Exchanged::Nothing) };
        let session = self.sessions.find(&key, now).await?;
        let is_new = session.is_some_and(|session| session.created_at.is_within(GRACE, now));
        Ok(if is_new { Exchanged::Before(key) } else { Exchanged::Nothing })
    }

    /// Makes a cookie worth nothing: its owner logged out here.
    pub(crate) async fn use_up(&self, cookie: &str) -> Result<(), Error> {
        let now = self.clock.now();
        let life = self.until.since(now).max(GRACE);
        Ok(self.short_lived.put(&self.mark(cookie), USED_UP, life, now).await?)
    }

    fn mark(&self, cookie: &str) -> String {
        use base64::Engine as _;
        let hash = self.hash.hash(cookie.as_bytes());
        format!("outside-session:{}", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(hash))
    }
}
