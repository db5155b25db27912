//! From checked settings to the services of an `Auth`.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, OnceLock};

use crate::account::Accounts;
use crate::arrivals::Arrivals;
use crate::auth::{Auth, Config, Inner};
use crate::error::Error;
use crate::http::{AllowedOrigins, Place};
use crate::issuer::{IssuerConfig, Issuers};
use crate::key::{ApplicationSecrets, KeyConfig, Keys, SEALED_FOR, install_backend};
use crate::login::{BasicLogins, Logins, PendingLogins};
use crate::outbound::Outbound;
use crate::password::PasswordHasher;
use crate::session::{MOST_TOUCHES, Sessions};
use crate::store::Stores;
use crate::task::Flights;
use crate::throttle::{KnownBrowsers, Throttle};
use crate::token::{Revocations, TokenVerifier, Tokens};
use crate::user::Users;

use super::AuthBuilder;
use super::base_url::{BaseUrl, check_page, check_prefix};
use super::session_cookie::check_session_cookie;

/// What the services share.
pub(super) struct Parts {
    pub(super) builder: AuthBuilder,
    pub(super) stores: Stores,
    pub(super) secrets: ApplicationSecrets,
    hasher: PasswordHasher,
    revocations: Revocations,
    keys: Arc<OnceLock<Keys>>,
    way_out: Option<(Outbound, Issuers)>,
}

impl AuthBuilder {
    /// Checks the settings and builds.
    ///
    /// # Errors
    /// `Configuration` with what to change; `Unavailable` when the store cannot be reached.
    pub async fn build(mut self) -> Result<Auth, Error> {
        install_backend();
        let base = BaseUrl::parse(self.base_url.as_deref())?;
        self.check(&base)?;
        let config = self.config(&base)?;
        let secrets = self.secrets.take().ok_or_else(missing_secret)??;
        let stores = self.take_stores()?;
        let rules = stores.users.hashing();
        base.check_weak_hashes(rules.format)?;
        let hasher = PasswordHasher::with_rules(&self.password, rules, self.random.clone())?;
        let revocations = Revocations {
            store: stores.short_lived.clone(),
            refresh: stores.refresh.clone(),
            clock: self.clock.clone(),
            access_life: self.tokens.mark_life(),
        };
        let keys = Arc::new(OnceLock::new());
        let parts = Parts { builder: self, stores, secrets, hasher, revocations, keys, way_out: None };
        let auth = Auth::new(parts.assemble(&base, config)?);
        auth.load_keys_if_migrated().await?;
        Ok(auth)
    }

    fn check(&self, base: &BaseUrl) -> Result<(), Error> {
        self.sessions.check()?;
        self.tokens.check()?;
        self.throttle.check()?;
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
            style: self.style(app_name, base, place)?,
            browser_cookie: cookie.companion("login"),
            known_cookie: cookie.companion("known"),
            pending_cookie: cookie.apart("pending"),
            cookie,
            origins: AllowedOrigins::new(base.origin.clone(), origins),
            proxies,
            has_password_grant: self.has_password_grant,
            body_timeout: self.body_timeout,
        })
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
        let logins = self.logins(&throttle);
        let (users, sessions) = (self.users(&config.style.app_name), self.sessions());
        let tokens = self.tokens(base)?;
        let providers = self.providers(base, &config.style, &users, &logins, &sessions, &throttle)?;
        let outside_logins = self.outside_logins(&config.cookie, &logins, &sessions)?;
        let outside_tokens = self.outside_tokens(base, &throttle)?;
        Ok(Inner {
            arrivals: Arrivals::default(),
            basic: self.basic(&logins),
            accounts: Accounts::new(users.clone(), throttle.lockouts().clone())
                .beside(sessions.clone(), tokens.clone()),
            users,
            sessions,
            providers,
            outside_logins,
            outside_tokens,
            tokens,
            key_config: self.key_config(),
            key_sealer: self.secrets.sealer(SEALED_FOR),
            config,
            throttle,
            known_browsers: self.known_browsers(),
            logins,
            pending_logins: self.pending_logins(),
            stores: self.stores,
            hasher: self.hasher,
            keys: self.keys,
            backend: self.builder.backend,
            clock: self.builder.clock,
            random: self.builder.random,
            key_source: tokio::sync::Mutex::new(Some(self.builder.keys)),
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

    fn users(&self, app_name: &str) -> Users {
        Users {
            store: self.stores.users.clone(),
            admin: self.stores.user_admin.clone(),
            hasher: self.hasher.clone(),
            policy: self.builder.policy.clone().app_name(app_name),
            clock: self.builder.clock.clone(),
            random: self.builder.random.clone(),
        }
    }

    fn throttle(&self) -> Throttle {
        let hash = self.secrets.keyed_hash("throttle");
        let (config, clock) = (self.builder.throttle.clone(), self.builder.clock.clone());
        let (users, store) = (self.stores.users.clone(), self.stores.short_lived.clone());
        Throttle::new(config, users, store, clock, hash)
    }

    fn known_browsers(&self) -> KnownBrowsers {
        let (clock, random) = (self.builder.clock.clone(), self.builder.random.clone());
        KnownBrowsers { sealer: self.secrets.sealer("known browser"), clock, random }
    }

    fn logins(&self, throttle: &Throttle) -> Logins {
        Logins {
            users: self.stores.users.clone(),
            hasher: self.hasher.clone(),
            throttle: throttle.clone(),
            factors: self.builder.factors.clone(),
            clock: self.builder.clock.clone(),
            rehashing: Arc::new(Mutex::new(HashSet::new())),
        }
    }

    pub(super) fn pending_logins(&self) -> PendingLogins {
        PendingLogins {
            store: self.stores.short_lived.clone(),
            hash: self.secrets.keyed_hash("pending login"),
            sealer: self.secrets.sealer("pending login"),
            clock: self.builder.clock.clone(),
            random: self.builder.random.clone(),
        }
    }

    fn basic(&self, logins: &Logins) -> BasicLogins {
        let (users, clock) = (self.stores.users.clone(), self.builder.clock.clone());
        BasicLogins::new(logins.clone(), users, clock, self.secrets.keyed_hash("basic"))
    }

    fn sessions(&self) -> Sessions {
        Sessions {
            config: self.builder.sessions.clone(),
            store: self.stores.sessions.clone(),
            revocations: self.revocations.clone(),
            clock: self.builder.clock.clone(),
            random: self.builder.random.clone(),
            hash: self.secrets.keyed_hash("session"),
            touches: Flights::at_most(MOST_TOUCHES),
        }
    }

    fn tokens(&self, base: &BaseUrl) -> Result<Tokens, Error> {
        let (config, issuer) = (&self.builder.tokens, base.url());
        Ok(Tokens {
            verifier: Arc::new(TokenVerifier::new(&issuer, &issuer, config.leeway)?),
            config: config.clone(),
            issuer: issuer.into(),
            keys: self.keys.clone(),
            users: self.stores.users.clone(),
            store: self.stores.refresh.clone(),
            revocations: self.revocations.clone(),
            policy: self.builder.scope_policy.clone(),
            clock: self.builder.clock.clone(),
            random: self.builder.random.clone(),
            family_hash: self.secrets.keyed_hash("refresh family"),
            secret_hash: self.secrets.keyed_hash("refresh secret"),
            successor: self.secrets.keyed_hash("refresh successor"),
        })
    }

    fn key_config(&self) -> KeyConfig {
        KeyConfig {
            algorithm: self.builder.algorithm,
            announce_for: self.builder.announce_keys_for,
            token_life: self.builder.tokens.access_life,
            leeway: self.builder.tokens.leeway,
        }
    }
}

fn missing_secret() -> Error {
    Error::configuration("the application secret is missing: call `.secret_from_env(\"AUTH_SECRET\")`")
}

fn missing_store() -> Error {
    Error::configuration("the store is missing: call `.store(..)` with a backend")
}
