//! The configured system.

use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use crate::account::{Accounts, Guests, OwnAccounts, Recovery, Registrations, SelfService};
use crate::arrivals::Arrivals;
use crate::clock::{Clock, Timestamp};
use crate::error::{Error, ErrorKind};
use crate::event::{Audit, Events};
use crate::health::{Health, Readiness};
use crate::http::{RequestView, SafeRedirect};
use crate::human::Humans;
use crate::key::{KeyLoader, Keys, Resealed};
use crate::login::{Admission, BasicLogins, Credentials, Logins};
use crate::metric;
use crate::mfa::Mfa;
use crate::outbox::{Delivery, Round, UnderWay};
use crate::page::ReplyStyle;
use crate::passkey::Passkeys;
use crate::password::PasswordHasher;
use crate::provider::Providers;
use crate::resource::OutsideTokens;
use crate::server::Server;
use crate::session::{Entrance, OutsideLogins, Sessions};
use crate::short_lived::ShortLivedStore;
use crate::store::{Backend, Stores};
use crate::throttle::{KNOWN_FOR, KnownBrowsers, Source, Throttle};
use crate::token::Tokens;
use crate::user::{User, Users};

use super::config::Config;

/// The configured system: what an application builds once and clones into its layer and its login routes.
///
/// ```
/// # async fn run() -> Result<(), auth_core::error::Error> {
/// use auth_core::{Auth, store::MemoryStore};
///
/// let auth = Auth::builder()
///     .base_url("http://localhost:3000")
///     .secret_text("F3LC5Y0xefQ2BUNpGXanhcjtCWJ3ZY+aQsVW3JsKmCc=")
///     .store(MemoryStore::new())
///     .build()
///     .await?;
/// auth.migrate().await?;
/// let alice = auth.users().new_user("alice")?;
/// auth.users().create(alice, "correct horse battery staple").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Auth(Arc<Inner>);

pub(super) struct Inner {
    pub(super) config: Config,
    pub(super) arrivals: Arrivals,
    pub(super) stores: Stores,
    pub(super) backend: Option<Arc<dyn Backend>>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) hasher: PasswordHasher,
    pub(super) users: Users,
    pub(super) accounts: Accounts,
    pub(super) own_accounts: OwnAccounts,
    pub(super) guests: Guests,
    pub(super) humans: Humans,
    pub(super) mail: Option<MailServices>,
    /// Of what waits in the outbox; `None` where nothing goes out.
    pub(super) delivery: Option<Delivery>,
    pub(super) events: Events,
    pub(super) keep_events_for: Duration,
    pub(super) throttle: Throttle,
    pub(super) known_browsers: KnownBrowsers,
    pub(super) health: Health,
    pub(super) logins: Logins,
    pub(super) entrance: Entrance,
    pub(super) basic: BasicLogins,
    pub(super) mfa: Mfa,
    pub(super) sessions: Sessions,
    pub(super) tokens: Tokens,
    pub(super) passkeys: Option<Passkeys>,
    pub(super) providers: Providers,
    pub(super) server: Option<Server>,
    pub(super) outside_logins: Option<Arc<OutsideLogins>>,
    pub(super) outside_tokens: Option<OutsideTokens>,
    pub(super) keys: KeyLoader,
    pub(super) openapi: OnceLock<Vec<u8>>,
}

/// What needs mail.
pub(super) struct MailServices {
    pub(super) registrations: Registrations,
    pub(super) recovery: Recovery,
}

impl Auth {
    pub(super) fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    pub(super) fn downgrade(&self) -> Weak<Inner> {
        Arc::downgrade(&self.0)
    }

    pub(super) fn upgrade(inner: &Weak<Inner>) -> Option<Self> {
        inner.upgrade().map(Self)
    }

    pub(super) fn short_lived(&self) -> &dyn ShortLivedStore {
        &*self.0.stores.short_lived
    }

    /// Brings the store's tables up to date and loads the signing keys. Call it once at start.
    ///
    /// # Errors
    /// `Unavailable` when the store cannot be reached, or a newer program has taken from it what this one needs; `Configuration` when a
    /// signing key cannot be opened with the application's secrets.
    pub async fn migrate(&self) -> Result<(), Error> {
        if let Some(backend) = &self.0.backend {
            backend.migrate().await?;
        }
        self.0.keys.load().await
    }

    /// Loads the signing keys at once where the tables are there, so that what is wrong with them shows at start.
    pub(super) async fn load_keys_if_migrated(&self) -> Result<(), Error> {
        let is_migrated = match &self.0.backend {
            Some(backend) => backend.is_migrated().await?,
            None => true,
        };
        if is_migrated { self.0.keys.load().await } else { Ok(()) }
    }

    /// The application's front page, for redirects by hand: `/`, or what the base URL's path makes of it.
    pub fn home(&self) -> SafeRedirect {
        self.0.config.home.clone()
    }

    /// Accounts.
    pub fn users(&self) -> &Users {
        &self.0.users
    }

    /// What support staff and commands do with accounts beside that: setting passwords.
    pub fn accounts(&self) -> &Accounts {
        &self.0.accounts
    }

    /// Sessions.
    pub fn sessions(&self) -> &Sessions {
        &self.0.sessions
    }

    /// Access and refresh tokens.
    pub fn tokens(&self) -> &Tokens {
        &self.0.tokens
    }

    /// Login providers, and the accounts that are linked by them.
    pub fn providers(&self) -> &Providers {
        &self.0.providers
    }

    /// The authorization server, by which others log in with us; `None` where the builder was told of none.
    #[cfg(feature = "server")]
    #[cfg_attr(docsrs, doc(cfg(feature = "server")))]
    pub fn server(&self) -> Option<&Server> {
        self.0.server.as_ref()
    }

    pub(crate) fn has_server(&self) -> bool {
        self.0.server.is_some()
    }

    /// Whether clients register themselves.
    pub(crate) fn registers_clients(&self) -> bool {
        self.0.server.as_ref().is_some_and(Server::registers_clients)
    }

    /// Passkeys, where there are any to be had.
    pub(crate) fn passkeys(&self) -> Option<&Passkeys> {
        self.0.passkeys.as_ref()
    }

    /// What happened to accounts, and who was refused.
    #[doc(alias("events", "history"))]
    pub fn audit(&self) -> Audit {
        Audit::new(self.0.events.clone())
    }

    /// Telling what happened.
    pub(crate) fn events(&self) -> &Events {
        &self.0.events
    }

    /// Limits on guessing.
    pub fn throttle(&self) -> &Throttle {
        &self.0.throttle
    }

    /// Password hashing.
    pub fn hasher(&self) -> &PasswordHasher {
        &self.0.hasher
    }

    /// The signing keys.
    ///
    /// # Errors
    /// `Unavailable` before [`migrate`](Self::migrate).
    pub fn keys(&self) -> Result<&Keys, Error> {
        self.0.tokens.keys()
    }

    /// Checks credentials from code, as every login route does, and answers who was let in, or that a factor is missing. Whoever drops the call while it waits for the hashing pool has
    /// made a failed attempt: give it a task of its own where clients can hang up.
    ///
    /// # Errors
    /// `InvalidCredentials`, `TooManyAttempts`, `Unavailable`, `InvalidRequest`.
    pub async fn admit(&self, credentials: Credentials<'_>, ip: Option<IpAddr>) -> Result<Admission, Error> {
        self.0.logins.admit(credentials, &ip.into()).await
    }

    /// Whether this server can answer requests: every store answers, the tables are up to date, the signing keys are loaded, and the
    /// clock is right. What takes longer than `within` ([`READY_WITHIN`](crate::health::READY_WITHIN) is what the route waits for) does
    /// not answer. What it says is for the operator, not for the outside.
    pub async fn readiness(&self, within: Duration) -> Readiness {
        self.0.health.readiness(within).await
    }

    /// Seals with the newest of the application's secrets what an older one sealed and is kept for long: signing keys, the tokens of
    /// providers, what second factors keep. Call it once after every server has the new secret; nothing else changes, and calling it again is harmless. The
    /// older secret stays in the list for as long as sessions and refresh tokens live that it made, 90 days by default.
    ///
    /// # Errors
    /// `Unavailable`; `Configuration` for a signing key that none of the secrets opens.
    pub async fn reseal(&self) -> Result<Resealed, Error> {
        let signing_keys = self.keys()?.reseal().await?;
        let tokens = self.0.providers.reseal().await?;
        let factors = self.0.mfa.reseal().await?;
        Ok(Resealed { signing_keys, provider_tokens: tokens.resealed, lost_tokens: tokens.lost, factors })
    }

    /// Forgets sessions, refresh families, marks, counters, signing keys, trusted devices, events, accounts and clients that have ended, and answers how many (Django's
    /// `clearsessions`): at once, whoever else does so too. [`start_housekeeping`](Self::start_housekeeping) does it every hour, on one of
    /// the servers; nothing depends on it but the size of the store.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn remove_expired(&self) -> Result<u64, Error> {
        let now = self.now();
        let sessions = self.0.sessions.remove_expired().await?;
        let families = self.0.tokens.remove_expired().await?;
        let short_lived = self.0.stores.short_lived.remove_expired(now).await?;
        let keys = self.0.stores.keys.remove_gone(now).await?;
        let devices = self.0.stores.factors.remove_expired(now).await?;
        let accounts = self.0.accounts.erase_ended().await?;
        let clients = self.0.stores.clients.remove_expired(now).await?;
        let events = self.0.events.remove_before(now - self.0.keep_events_for).await?;
        let all = sessions + families + short_lived + keys + devices + accounts + clients + events;
        metric::removed(all);
        Ok(all)
    }

    /// Delivers the letters that are due, mails and what webhooks are told, and answers how many there were. A task of each server does so all the time, unless the
    /// builder was told to [deliver by hand](crate::AuthBuilder::deliver_mail_by_hand).
    ///
    /// # Errors
    /// `Unavailable` when the outbox cannot be read; `NotFound` without a mailer and without webhooks.
    pub async fn deliver_mail(&self) -> Result<usize, Error> {
        self.0.delivery.as_ref().ok_or(ErrorKind::NotFound)?.deliver_due().await
    }

    /// Delivers mail for as long as this `Auth` or a clone of it is in use.
    pub(super) fn start_delivery(&self) {
        if let Some(delivery) = &self.0.delivery {
            for round in delivery.rounds() {
                tokio::spawn(deliver(self.downgrade(), round.clone()));
            }
        }
    }

    pub(crate) fn sends_mail(&self) -> bool {
        self.0.mail.is_some()
    }

    fn mail_services(&self) -> Result<&MailServices, Error> {
        self.0.mail.as_ref().ok_or_else(|| ErrorKind::NotFound.into())
    }

    /// What people do with their accounts by mail, without HTTP.
    ///
    /// # Errors
    /// `NotFound` for an application that sends no mail ([`AuthBuilder::mailer`](crate::AuthBuilder::mailer)).
    pub fn self_service(&self) -> Result<SelfService, Error> {
        let MailServices { registrations, recovery } = self.mail_services()?;
        Ok(SelfService::new(registrations.clone(), recovery.clone()))
    }

    /// Where people make accounts of their own.
    ///
    /// # Errors
    /// `NotFound` for an application that sends no mail.
    pub(crate) fn registrations(&self) -> Result<&Registrations, Error> {
        Ok(&self.mail_services()?.registrations)
    }

    /// What people do with the links that they are mailed.
    ///
    /// # Errors
    /// As of [`registrations`](Self::registrations).
    pub(crate) fn recovery(&self) -> Result<&Recovery, Error> {
        Ok(&self.mail_services()?.recovery)
    }

    /// Notes in the log what could not be answered, and what to do about it where that is known.
    pub(crate) fn note_failure(&self, error: &Error, what: &'static str) {
        if error.is_logged() {
            return;
        }
        // The signing keys are loaded with the tables, and never forgotten.
        if error.kind() == ErrorKind::Unavailable && !self.0.keys.are_loaded() {
            tracing::error!(
                ?error,
                "{what}: the store's tables were not made, call `auth.migrate().await` at start"
            );
        } else {
            tracing::error!(?error, "{what}");
        }
    }

    /// Somebody asked for a login route, and found it.
    pub(crate) fn note_arrival(&self) {
        self.0.arrivals.arrived();
    }

    /// A guard sent a browser to this page of the login routes.
    pub(crate) fn note_detour(&self, page: &str) {
        if self.0.arrivals.sent() {
            let (home, page) = (self.style().home(), page.split('?').next().unwrap_or(page));
            tracing::warn!(
                "guards have sent browsers to `{page}`, and none has arrived: mount the login routes, `routes(&auth)` of the \
                 adapter, so that they are below `{home}`; all is well if another program answers there"
            );
        }
    }

    /// A login route was asked for at a path where there is none.
    pub(crate) fn note_stray(&self, path: &str) {
        let place = self.style().place();
        if let Some(lead) = place.elsewhere(path).filter(|_| self.0.arrivals.strayed()) {
            let home = place.home();
            tracing::warn!(
                "the login routes are mounted below `{lead}`, and the base URL says that the application is at `{home}`: end the \
                 base URL in `{lead}`, or mount them at `{home}`; until then they answer 404"
            );
        }
    }

    /// Where the text of the OpenAPI document is kept.
    pub(crate) fn kept_openapi(&self) -> &OnceLock<Vec<u8>> {
        &self.0.openapi
    }

    /// What the route answers.
    pub(crate) async fn is_ready(&self) -> bool {
        self.0.health.is_ready().await
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    pub(crate) fn config(&self) -> &Config {
        &self.0.config
    }

    pub(crate) fn style(&self) -> &ReplyStyle {
        &self.0.config.style
    }

    pub(crate) fn logins(&self) -> &Logins {
        &self.0.logins
    }

    pub(crate) fn entrance(&self) -> &Entrance {
        &self.0.entrance
    }

    pub(crate) fn guests(&self) -> &Guests {
        &self.0.guests
    }

    pub(crate) fn humans(&self) -> &Humans {
        &self.0.humans
    }

    pub(crate) fn own_accounts(&self) -> &OwnAccounts {
        &self.0.own_accounts
    }

    /// Second factors.
    pub(crate) fn mfa(&self) -> &Mfa {
        &self.0.mfa
    }

    pub(crate) fn basic(&self) -> &BasicLogins {
        &self.0.basic
    }

    /// The other system whose session cookies count; `None` where none is named.
    pub(crate) fn outside_logins(&self) -> Option<&Arc<OutsideLogins>> {
        self.0.outside_logins.as_ref()
    }

    /// The issuers whose tokens are accepted; `None` where none is named.
    pub(crate) fn outside_tokens(&self) -> Option<&OutsideTokens> {
        self.0.outside_tokens.as_ref()
    }

    /// Where a request comes from, as the limits on guessing see it.
    pub(crate) fn source(&self, view: &impl RequestView) -> Source {
        let config = &self.0.config;
        let text = config.known_cookie.read_text(view);
        let browser = text.and_then(|text| self.0.known_browsers.read(text));
        Source::new(config.proxies.client(view), browser)
    }

    /// By what a browser is known from now on, in which this user has just logged in.
    pub(crate) fn known_cookie(&self, user: &User) -> String {
        let config = &self.0.config.known_cookie;
        config.set_text(&self.0.known_browsers.issue(user), Some(KNOWN_FOR))
    }

    #[cfg(test)]
    pub(crate) fn stores(&self) -> &Stores {
        &self.0.stores
    }

    #[cfg(test)]
    pub(crate) fn user_store(&self) -> &dyn crate::user::UserStore {
        &*self.0.stores.users
    }
}

async fn deliver(auth: Weak<Inner>, round: Round) {
    let mut under_way = UnderWay::default();
    while auth.strong_count() > 0 {
        round.wait().await;
        if let Err(error) = round.take_on(&mut under_way).await {
            tracing::warn!(?error, "the outbox could not be read; it is tried again");
        }
    }
    under_way.ended().await;
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth").field("config", &self.0.config).finish_non_exhaustive()
    }
}
