//! From checked settings to the services of an `Auth`.

use std::sync::{Arc, OnceLock};

use crate::account::{Accounts, EmailVerification, Guests, Notices, OwnAccounts};
use crate::arrivals::Arrivals;
use crate::clock::Clock;
use crate::dpop::{Proofs, ProofsParts};
use crate::error::Error;
use crate::event::{Endpoint, Events, Webhooks};
use crate::health::Health;
use crate::http::{AllowedOrigins, Place};
use crate::issuer::{IssuerConfig, Issuers};
use crate::key::{ApplicationSecrets, KeyConfig, KeyLoader, install_backend};
use crate::login::{BasicLogins, Logins, PendingLogins, SecondFactors};
use crate::metric;
use crate::mfa::{Factors, MailedCodes, Mfa};
use crate::outbound::Outbound;
use crate::outbox::Outbox;
use crate::password::{Breaches, PasswordHasher};
use crate::provider::ProviderStanding;
use crate::random::Random;
use crate::session::{
    Copies, Entrance, GuardCache, GuardReads, Hearing, LONGEST_CACHED, Sessions, WatchedSessions,
};
use crate::store::{StoreClock, Stores};
use crate::throttle::{KnownBrowsers, Throttle};
use crate::token::{RegisteredClients, Revocations, TokenParts, Tokens};
use crate::user::{UserAdmin, Users, WatchedUsers};

use super::super::config::Config;
use super::super::system::{Auth, Inner};
use super::AuthBuilder;
use super::base_url::{BaseUrl, check_page, check_prefix};
use super::events::recorded;
use super::server::ServerDraft;
use super::session_cookie::check_session_cookie;

/// What the services share.
pub(super) struct Parts {
    pub(super) builder: AuthBuilder,
    pub(super) stores: Stores,
    pub(super) secrets: ApplicationSecrets,
    pub(super) events: Events,
    pub(super) endpoints: Arc<[Endpoint]>,
    pub(super) outbox: Outbox,
    hasher: PasswordHasher,
    revocations: Revocations,
    keys: KeyLoader,
    cache: Option<Arc<GuardCache>>,
    way_out: Option<(Outbound, Issuers)>,
}

impl AuthBuilder {
    /// Checks the settings and builds.
    ///
    /// # Errors
    /// `Configuration` with what to change; `Unavailable` when the store cannot be reached.
    pub async fn build(mut self) -> Result<Auth, Error> {
        install_backend();
        metric::described();
        let base = BaseUrl::parse(self.base_url.as_deref())?;
        self.check(&base)?;
        let config = self.config(&base)?;
        let secrets = self.secrets.take().ok_or_else(missing_secret)??;
        let stores = self.take_stores()?;
        stores.check()?;
        metric::guard_cache_bound(self.cache_for);
        let cache = (!self.cache_for.is_zero()).then(|| Arc::new(GuardCache::new(self.cache_for)));
        let stores = match &cache {
            Some(cache) => watched(stores, cache.clone()),
            None => stores,
        };
        if let Some(backend) = self.backend.as_ref().filter(|_| !self.has_own_clock) {
            self.clock = StoreClock::start(backend).await?;
        }
        let outbox = Outbox::new(stores.outbox.clone(), &secrets, self.clock.clone(), self.random.clone());
        let endpoints = self.endpoints()?;
        let webhooks = Webhooks::new(outbox.clone(), endpoints.clone());
        let events = self.events(&stores, &secrets, webhooks);
        let stores = recorded(stores, &events);
        let rules = stores.users.hashing();
        base.check_weak_hashes(rules.format)?;
        let hasher = PasswordHasher::with_rules(&self.password, rules, self.random.clone())?;
        let (short_lived, families) = (stores.short_lived.clone(), stores.refresh.clone());
        let revocations = Revocations::new(short_lived, families, &self.tokens, self.clock.clone());
        let keys = self.key_loader(&stores, &secrets);
        let delivers_by_hand = self.delivers_by_hand;
        let parts = Parts {
            builder: self,
            stores,
            secrets,
            events,
            endpoints,
            outbox,
            hasher,
            revocations,
            keys,
            cache,
            way_out: None,
        };
        let auth = Auth::new(parts.assemble(&base, config)?);
        auth.load_keys_if_migrated().await?;
        if !delivers_by_hand {
            auth.start_delivery();
        }
        Ok(auth)
    }

    fn check(&self, base: &BaseUrl) -> Result<(), Error> {
        self.sessions.check()?;
        self.tokens.check()?;
        self.throttle.check()?;
        self.mfa.check()?;
        self.check_mail()?;
        if self.cache_for > LONGEST_CACHED {
            return Err(Error::configuration(
                "guards may go by what was read 5 seconds ago at most: give `cache_for` less",
            ));
        }
        if self.body_timeout.is_zero() {
            return Err(Error::configuration(
                "no body is there in no time: give `body_timeout` some seconds",
            ));
        }
        base.check_weak_settings(&self.password, &self.throttle)
    }

    fn config(&mut self, base: &BaseUrl) -> Result<Config, Error> {
        let origins =
            self.origins.iter().map(|origin| base.check_origin(origin)).collect::<Result<_, _>>()?;
        let app_name = self.app_name.take().unwrap_or_else(|| base.host.clone());
        let proxies = std::mem::replace(&mut self.proxies, Ok(Default::default()))?;
        let place = Place::new(&base.path, check_prefix(&self.prefix)?);
        let cookie = check_session_cookie(&self.session_cookie, base)?;
        Ok(Config {
            home: check_page("/", &place)?,
            login_redirect: check_page(&self.login_redirect, &place)?,
            style: self.style(app_name, base, (place, &cookie))?,
            browser_cookie: cookie.companion("login"),
            known_cookie: cookie.companion("known"),
            pending_cookie: cookie.apart("pending"),
            device_cookie: cookie.apart("device"),
            sign_up_cookie: cookie.companion("signup"),
            cookie,
            origins: AllowedOrigins::new(base.origin.clone(), origins),
            proxies,
            has_password_grant: self.has_password_grant,
            has_health_routes: self.has_health_routes,
            has_magic_links: self.has_magic_links,
            mails_codes: self.mfa.mails_codes(),
            trusts_devices: self.mfa.trusts_devices(),
            has_openapi_route: self.has_openapi_route,
            body_timeout: self.body_timeout,
        })
    }

    fn key_loader(&mut self, stores: &Stores, secrets: &ApplicationSecrets) -> KeyLoader {
        let config = KeyConfig {
            algorithm: self.algorithm,
            announce_for: self.announce_keys_for,
            token_life: self.tokens.access_life,
            leeway: self.tokens.leeway,
        };
        let source = std::mem::take(&mut self.keys);
        let (store, clock, random) = (stores.keys.clone(), self.clock.clone(), self.random.clone());
        KeyLoader::new(source, config, store, secrets, clock, random)
    }

    fn take_stores(&mut self) -> Result<Stores, Error> {
        let stores = self.stores.take().ok_or_else(missing_store)?;
        Ok(match self.users.take() {
            Some(users) => stores.with_users(users),
            None => stores,
        })
    }
}

impl Parts {
    fn assemble(mut self, base: &BaseUrl, config: Config) -> Result<Inner, Error> {
        let throttle = self.throttle();
        let factors = self.factors(&throttle);
        let logins = self.logins(&throttle, &factors);
        let asked = self.second_factors(&factors);
        let users = self.users(base, config.style.app_name())?;
        let server = self.server_draft(base)?;
        let sessions = self.sessions(&users).telling_by(server.as_ref().map(|_| self.outbox.clone()));
        if server.is_some() {
            users.tell_ends_to(Arc::new(sessions.clone()));
        }
        let registered = server.as_ref().map(ServerDraft::registered);
        let (tokens, entrance) = (
            self.tokens(base, &users, (&sessions, &factors), registered)?,
            self.entrance(&logins, &sessions),
        );
        let outside_logins = self.outside_logins(&config.cookie, &entrance)?;
        let outside_tokens = self.outside_tokens(base, &throttle)?;
        let mail = self.mail(&config.style, &throttle, (&users, &factors), (&entrance, &tokens))?;
        let (mail, mails) = mail.unzip();
        let notices = mail.as_ref().map_or_else(Notices::none, |mail| mail.recovery.notices.clone());
        let humans = self.humans(base, &throttle)?;
        let providers = self.providers(base, &config.style, &users, &entrance, &throttle, &notices)?;
        let short_lived = self.stores.short_lived.clone();
        let accounts = Accounts::new(users.clone(), throttle.lockouts().clone(), short_lived, self.clock())
            .with_grace(self.builder.closing_grace)
            .with_profile_policy(self.builder.profile_policy.clone())
            .noticing(notices.clone())
            .forgetting(sessions.clone(), tokens.clone())
            .with_factors(self.stores.factors.clone())
            .with_reset_delay(self.builder.mfa.delay_of_resets())
            .telling_of_resets(self.events.clone());
        let mfa = self.mfa(factors, &config, (&users, &notices), (&entrance, &tokens));
        let guests = Guests {
            users: users.clone(),
            entrance: entrance.clone(),
            throttle: throttle.clone(),
            clock: self.clock(),
            life: self.builder.guest_life.unwrap_or(sessions.longest_life()),
        };
        let passkeys = self.passkeys(base, config.style.app_name(), (&users, &providers, &throttle))?;
        let server = server
            .map(|draft| self.server(draft, base, &config.style, (&tokens, &sessions), (&throttle, asked)))
            .transpose()?;
        let delivery = self.delivery(base, mails, server.as_ref())?;
        Ok(Inner {
            server,
            passkeys,
            guests,
            mfa,
            humans,
            arrivals: Arrivals::default(),
            basic: self.basic(&logins),
            own_accounts: OwnAccounts::new(
                users.clone(),
                entrance.clone(),
                tokens.clone(),
                self.clock(),
                accounts.clone(),
            )
            .noticing(notices),
            accounts,
            mail,
            delivery,
            users,
            sessions,
            providers,
            outside_logins,
            outside_tokens,
            tokens,
            config,
            events: self.events.clone(),
            keep_events_for: self.builder.keep_events_for,
            throttle,
            known_browsers: self.known_browsers(),
            health: self.health(),
            logins,
            entrance,
            stores: self.stores,
            hasher: self.hasher,
            keys: self.keys,
            openapi: OnceLock::new(),
            backend: self.builder.backend,
            clock: self.builder.clock,
        })
    }

    /// The way to other servers, and what is known of them; the same for all who ask.
    pub(super) fn way_out(&mut self, base: &BaseUrl) -> Result<(Outbound, Issuers), Error> {
        if let Some(way_out) = &self.way_out {
            return Ok(way_out.clone());
        }
        let outbound = self.builder.take_outbound(base)?;
        let issuers = Issuers::new(outbound.clone(), self.builder.clock.clone(), IssuerConfig::default());
        Ok(self.way_out.insert((outbound, issuers)).clone())
    }

    fn breaches(&mut self, base: &BaseUrl) -> Result<Breaches, Error> {
        match self.builder.breach_check.take() {
            Some(check) => check.start(|| Ok(self.way_out(base)?.0)),
            None => Ok(Breaches::default()),
        }
    }

    fn users(&mut self, base: &BaseUrl, app_name: &str) -> Result<Users, Error> {
        let breaches = self.breaches(base)?;
        let (store, admin) = (self.stores.users.clone(), self.stores.user_admin.clone());
        let (hasher, policy) = (self.hasher.clone(), self.builder.policy.clone().app_name(app_name));
        let users = Users::of_store(store, admin, hasher, policy, self.clock(), self.random());
        let (rules, chosen) = (self.builder.sign_up_rules.clone(), self.builder.profile_policy.attributes());
        let users = users.with_held_names(self.stores.short_lived.clone());
        Ok(users.asking(breaches).ruled_by(rules).letting_choose(chosen))
    }

    fn throttle(&self) -> Throttle {
        let hash = self.secrets.keyed_hash("throttle");
        let (config, clock) = (self.builder.throttle.clone(), self.builder.clock.clone());
        let (users, store) = (self.stores.users.clone(), self.stores.short_lived.clone());
        Throttle::new(config, users, store, clock, hash)
    }

    fn health(&self) -> Health {
        let (backend, keys) = (self.builder.backend.clone(), self.keys.keys());
        Health::new(self.stores.clone(), backend, keys, self.clock(), self.builder.has_own_clock)
    }

    fn known_browsers(&self) -> KnownBrowsers {
        KnownBrowsers::new(&self.secrets, self.clock(), self.random())
    }

    fn factors(&self, throttle: &Throttle) -> Factors {
        let (short_lived, config) = (self.stores.short_lived.clone(), self.builder.mfa.clone());
        let mailed = MailedCodes::new(short_lived, &self.secrets, self.clock(), self.random());
        let stores = (self.stores.factors.clone(), self.stores.short_lived.clone());
        let limits = (throttle.clone(), self.events.clone());
        Factors::new(config, stores, mailed, limits, &self.secrets, self.clock(), self.random())
    }

    /// What says whether an account lacks a factor.
    fn second_factors(&self, factors: &Factors) -> Arc<dyn SecondFactors> {
        self.builder.factors.clone().unwrap_or_else(|| Arc::new(factors.clone()))
    }

    fn mfa(
        &self,
        factors: Factors,
        config: &Config,
        (users, notices): (&Users, &Notices),
        (entrance, tokens): (&Entrance, &Tokens),
    ) -> Mfa {
        Mfa {
            factors,
            users: users.clone(),
            store: self.stores.users.clone(),
            short_lived: self.stores.short_lived.clone(),
            offers: self.secrets.sealer("offered secret"),
            entrance: entrance.clone(),
            tokens: tokens.clone(),
            notices: Arc::new(notices.clone()),
            app_name: config.style.app_name().into(),
        }
    }

    fn logins(&self, throttle: &Throttle, factors: &Factors) -> Logins {
        let (users, hasher) = (self.stores.users.clone(), self.hasher.clone());
        let wants_proven_email = self.builder.email_verification == EmailVerification::BeforeLogin;
        Logins::new(
            users,
            hasher,
            throttle.clone(),
            self.second_factors(factors),
            self.clock(),
            self.events.clone(),
        )
        .wanting_proven_email(wants_proven_email)
    }

    fn entrance(&self, logins: &Logins, sessions: &Sessions) -> Entrance {
        let (linked, short_lived) = (self.stores.linked_accounts.clone(), self.stores.short_lived.clone());
        let pending = PendingLogins::new(short_lived.clone(), &self.secrets, self.clock(), self.random());
        let standing = ProviderStanding::new(linked, short_lived, self.clock());
        Entrance::new(logins.clone(), pending, sessions.clone(), Arc::new(standing))
    }

    fn basic(&self, logins: &Logins) -> BasicLogins {
        let users = self.stores.users.clone();
        BasicLogins::new(logins.clone(), users, self.clock(), self.secrets.keyed_hash("basic"))
    }

    fn sessions(&self, accounts: &Users) -> Sessions {
        let (config, store) = (self.builder.sessions.clone(), self.stores.sessions.clone());
        let both = self.stores.session_users().cloned();
        let (users, cache) = (self.stores.users.clone(), self.cache.clone());
        let hearing = cache.clone().zip(self.stores.broadcast.clone());
        let hearing = hearing.map(|(cache, broadcast)| Hearing::begin(cache, broadcast));
        let reads = GuardReads::new(both, store.clone(), users, cache, hearing);
        let revocations = self.revocations.clone();
        let ending = (revocations, self.events.clone());
        Sessions::new(
            config,
            store,
            (reads, accounts.clone()),
            ending,
            &self.secrets,
            self.clock(),
            self.random(),
        )
    }

    fn tokens(
        &self,
        base: &BaseUrl,
        users: &Users,
        (sessions, factors): (&Sessions, &Factors),
        registered: Option<Arc<dyn RegisteredClients>>,
    ) -> Result<Tokens, Error> {
        let parts = TokenParts {
            keys: self.keys.keys(),
            users: users.clone(),
            families: self.stores.refresh.clone(),
            revocations: self.revocations.clone(),
            sessions: Arc::new(sessions.clone()),
            registered,
            factors: self.second_factors(factors),
            proofs: self.proofs(base),
            events: self.events.clone(),
            secrets: &self.secrets,
            clock: self.clock(),
            random: self.random(),
        };
        let (config, policy) = (self.builder.tokens.clone(), self.builder.scope_policy.clone());
        Tokens::new(config, &base.url(), policy, parts)
    }

    /// What takes proofs of keys, which are for URLs below the base URL.
    fn proofs(&self, base: &BaseUrl) -> Proofs {
        Proofs::new(ProofsParts {
            origin: &base.origin,
            place: Place::new(&base.path, ""),
            are_nonces_wanted: self.builder.tokens.are_dpop_nonces_wanted,
            secrets: &self.secrets,
            store: self.stores.short_lived.clone(),
            clock: self.clock(),
        })
    }

    pub(super) fn clock(&self) -> Arc<dyn Clock> {
        self.builder.clock.clone()
    }

    pub(super) fn random(&self) -> Arc<dyn Random> {
        self.builder.random.clone()
    }
}

/// The stores, of whose changes the cache is told, and other servers are that have one.
fn watched(stores: Stores, cache: Arc<GuardCache>) -> Stores {
    let both = stores.session_users().cloned();
    let copies = Arc::new(Copies::new(cache, stores.broadcast.clone()));
    let mut stores = stores;
    stores.users = Arc::new(WatchedUsers::new(stores.users, copies.clone()));
    let admin = |users| Arc::new(WatchedUsers::new(users, copies.clone())) as Arc<dyn UserAdmin>;
    stores.user_admin = stores.user_admin.map(admin);
    stores.sessions = Arc::new(WatchedSessions { store: stores.sessions, copies });
    match both {
        Some(both) => stores.with_session_users(both),
        None => stores,
    }
}

fn missing_secret() -> Error {
    Error::configuration("the application secret is missing: call `.secret_from_env(\"AUTH_SECRET\")`")
}

fn missing_store() -> Error {
    Error::configuration("the store is missing: call `.store(..)` with a backend")
}
