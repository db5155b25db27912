//! Configuration: the builder, the environment, and what is refused at start.

mod accounts;
mod assemble;
mod base_url;
mod environment;
mod events;
mod outside_sessions;
mod pages;
mod passkeys;
mod providers;
mod resource;
mod server;
mod session_cookie;
#[cfg(test)]
mod tests;
mod variable;

use std::env;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::access::{GrantNothing, ScopePolicy};
use crate::account::{EmailVerification, GRACE, ProfilePolicy, Registration, UNPROVEN_LIFE};
use crate::clock::{Clock, SystemClock, Timestamp};
use crate::error::Error;
use crate::event::{EventListener, Webhook};
use crate::http::{BODY_TIMEOUT, CookieConfig, TrustedProxies};
use crate::human::Captcha;
use crate::key::{ApplicationSecrets, KeyConfig, KeySource, SigningAlgorithm, SigningKey};
use crate::login::SecondFactors;
use crate::mail::Mailer;
use crate::mfa::MfaConfig;
use crate::outbound::{HttpClient, OutboundConfig};
use crate::page::Pages;
use crate::passkey::PasskeyConfig;
use crate::password::{BreachCheck, PasswordConfig, PasswordPolicy};
use crate::provider::{ProviderConfig, SignUp};
use crate::random::{OsRandom, Random};
use crate::resource::{OutsideIssuer, OutsideUsers, SharedSecretJwt};
use crate::server::ServerConfig;
use crate::session::{OutsideSessions, SessionConfig};
use crate::store::{Backend, Stores};
use crate::throttle::ThrottleConfig;
use crate::token::TokenConfig;
use crate::user::{SignUpRules, UserStore};

use super::Auth;

use self::variable::secret_of;

/// Builds an [`Auth`]. What is wrong with the settings is said by [`build`](Self::build), with what to change.
#[must_use = "a configuration does nothing until it is built"]
pub struct AuthBuilder {
    base_url: Option<String>,
    app_name: Option<String>,
    prefix: String,
    login_redirect: String,
    session_cookie: String,
    own_variables: Vec<&'static str>,
    secrets: Option<Result<ApplicationSecrets, Error>>,
    backend: Option<Arc<dyn Backend>>,
    stores: Option<Stores>,
    users: Option<Arc<dyn UserStore>>,
    clock: Arc<dyn Clock>,
    has_own_clock: bool,
    random: Arc<dyn Random>,
    /// Another one than ours, for tests.
    factors: Option<Arc<dyn SecondFactors>>,
    mfa: MfaConfig,
    password: PasswordConfig,
    policy: PasswordPolicy,
    breach_check: Option<BreachCheck>,
    sessions: SessionConfig,
    cache_for: Duration,
    tokens: TokenConfig,
    throttle: ThrottleConfig,
    algorithm: SigningAlgorithm,
    announce_keys_for: Duration,
    keys: KeySource,
    proxies: Result<TrustedProxies, Error>,
    origins: Vec<String>,
    has_password_grant: bool,
    has_health_routes: bool,
    has_openapi_route: bool,
    scope_policy: Arc<dyn ScopePolicy>,
    passkeys: Option<PasskeyConfig>,
    providers: Vec<ProviderConfig>,
    http_client: Option<Arc<dyn HttpClient>>,
    outbound: OutboundConfig,
    sign_up: Option<Arc<dyn SignUp>>,
    server: Option<ServerConfig>,
    outside_sessions: Option<(Arc<dyn OutsideSessions>, Timestamp)>,
    outside_issuers: Vec<OutsideIssuer>,
    shared_secrets: Vec<SharedSecretJwt>,
    outside_users: Option<Arc<dyn OutsideUsers>>,
    body_timeout: Duration,
    pages: Option<Arc<dyn Pages>>,
    /// Words, each with the tag of their language.
    texts: Vec<(String, String)>,
    languages: Option<Vec<String>>,
    mailer: Option<(Arc<dyn Mailer>, String)>,
    delivers_by_hand: bool,
    has_magic_links: bool,
    registration: Registration,
    email_verification: EmailVerification,
    listeners: Vec<Arc<dyn EventListener>>,
    webhooks: Vec<Webhook>,
    keep_events_for: Duration,
    closing_grace: Duration,
    profile_policy: ProfilePolicy,
    sign_up_rules: Option<Arc<dyn SignUpRules>>,
    unproven_life: Duration,
    guest_life: Option<Duration>,
    captcha: Option<Captcha>,
}

impl Default for AuthBuilder {
    fn default() -> Self {
        Self {
            base_url: None,
            app_name: None,
            prefix: "/auth".to_owned(),
            login_redirect: "/".to_owned(),
            session_cookie: CookieConfig::SESSION.to_owned(),
            own_variables: Vec::new(),
            secrets: None,
            backend: None,
            stores: None,
            users: None,
            clock: Arc::new(SystemClock),
            has_own_clock: false,
            random: Arc::new(OsRandom),
            factors: None,
            mfa: MfaConfig::default(),
            password: PasswordConfig::default(),
            policy: PasswordPolicy::default(),
            breach_check: None,
            sessions: SessionConfig::default(),
            cache_for: Duration::ZERO,
            tokens: TokenConfig::default(),
            throttle: ThrottleConfig::default(),
            algorithm: SigningAlgorithm::default(),
            announce_keys_for: KeyConfig::default().announce_for,
            keys: KeySource::default(),
            proxies: Ok(TrustedProxies::default()),
            origins: Vec::new(),
            has_password_grant: false,
            has_health_routes: false,
            has_openapi_route: true,
            scope_policy: Arc::new(GrantNothing),
            passkeys: None,
            providers: Vec::new(),
            http_client: None,
            outbound: OutboundConfig::default(),
            sign_up: None,
            server: None,
            outside_sessions: None,
            outside_issuers: Vec::new(),
            shared_secrets: Vec::new(),
            outside_users: None,
            body_timeout: BODY_TIMEOUT,
            pages: None,
            texts: Vec::new(),
            languages: None,
            mailer: None,
            delivers_by_hand: false,
            has_magic_links: false,
            registration: Registration::default(),
            email_verification: EmailVerification::default(),
            listeners: Vec::new(),
            webhooks: Vec::new(),
            keep_events_for: events::KEPT_FOR,
            closing_grace: GRACE,
            profile_policy: ProfilePolicy::default(),
            sign_up_rules: None,
            unproven_life: UNPROVEN_LIFE,
            guest_life: None,
            captcha: None,
        }
    }
}

impl Auth {
    /// Starts a configuration.
    pub fn builder() -> AuthBuilder {
        AuthBuilder::default()
    }
}

impl AuthBuilder {
    /// Where the application is reached: `https://app.example`, with a port where there is one. Links, the origin rule and the
    /// issuer of tokens come from here, never from request headers.
    ///
    /// A path, `https://app.example/shop`, says that the application is below it: cookies go there only, and links, redirects and
    /// providers' callback URLs say so. The application mounts all of its routes, the login routes among them, below that path
    /// (`nest`, `scope`, `mount`), or at the root behind a proxy that takes the path away. See "Hosting below a path" in the
    /// README.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// The application's name on pages, and a word that passwords must not be made of. The host by default.
    pub fn app_name(mut self, name: impl Into<String>) -> Self {
        self.app_name = Some(name.into());
        self
    }

    /// Where the login routes live within the application, `/auth` by default.
    #[doc(alias("LOGIN_URL"))]
    pub fn route_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Where a login ends that was not on its way to another page, `/` by default: a path of the application (Django's
    /// `LOGIN_REDIRECT_URL`). Below a base URL with a path, `/dashboard` and `/shop/dashboard` are the same page.
    pub fn login_redirect(mut self, path: impl Into<String>) -> Self {
        self.login_redirect = path.into();
        self
    }

    /// The application's secrets.
    pub fn secrets(mut self, secrets: ApplicationSecrets) -> Self {
        self.secrets = Some(Ok(secrets));
        self
    }

    /// The application's secrets as text: base64 of 32 random bytes or more, or several with versions (see
    /// [`ApplicationSecrets::from_text`]).
    pub fn secret_text(mut self, text: &str) -> Self {
        self.secrets = Some(ApplicationSecrets::from_text(text));
        self
    }

    /// The application's secrets from an environment variable, in the form of [`secret_text`](Self::secret_text).
    #[doc(alias("SECRET_KEY"))]
    pub fn secret_from_env(mut self, variable: &str) -> Self {
        self.secrets = Some(secret_of(variable, env::var_os(variable)));
        self
    }

    /// The store for everything.
    pub fn store(mut self, backend: impl Backend + 'static) -> Self {
        self.stores = Some(backend.stores());
        self.backend = Some(Arc::new(backend));
        self
    }

    /// Stores from several backends; their tables are the application's business.
    pub fn stores(mut self, stores: Stores) -> Self {
        self.stores = Some(stores);
        self.backend = None;
        self
    }

    /// The application's own users' table, beside the store for the rest.
    pub fn user_store(mut self, users: impl UserStore + 'static) -> Self {
        self.users = Some(Arc::new(users));
        self
    }

    /// The clock, for tests. By default it is the system's, set by that of the [backend's server](crate::store::StoreClock) where it
    /// has one.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        (self.clock, self.has_own_clock) = (clock, true);
        self
    }

    /// The source of randomness, for tests.
    pub fn random(mut self, random: Arc<dyn Random>) -> Self {
        self.random = random;
        self
    }

    /// Which second factors there are beside authenticator apps, passkeys and recovery codes. See [`mfa`](crate::mfa).
    #[doc(alias("totp", "two_factor", "2fa", "ALLAUTH_MFA"))]
    pub fn mfa(mut self, config: MfaConfig) -> Self {
        self.mfa = config;
        self
    }

    /// Says in the place of [`mfa`](crate::mfa) which accounts have a second factor: for tests of what waits for one.
    #[cfg(any(test, feature = "testing"))]
    pub fn second_factors(mut self, factors: Arc<dyn SecondFactors>) -> Self {
        self.factors = Some(factors);
        self
    }

    /// How passwords are hashed.
    pub fn password(mut self, config: PasswordConfig) -> Self {
        self.password = config;
        self
    }

    /// Which passwords are accepted.
    pub fn password_policy(mut self, policy: PasswordPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Looks for every new password among those that are known from breaches, and refuses it there; nobody is asked by default. See
    /// [`BreachCheck`] for what is told, and what happens where nobody answers.
    #[doc(alias("hibp", "pwned", "validate_password"))]
    pub fn breached_passwords(mut self, check: BreachCheck) -> Self {
        self.breach_check = Some(check);
        self
    }

    /// How long sessions live.
    #[doc(alias("cookie", "remember_me", "SESSION_COOKIE_AGE"))]
    pub fn sessions(mut self, config: SessionConfig) -> Self {
        self.sessions = config;
        self
    }

    /// Lets guards go by what this process read at most so long ago: 5 seconds at most, and not at all by default, where every request
    /// asks the store. It spares that question for whoever sends several requests at once.
    ///
    /// What is changed through this `Auth` (a logout, a changed password, a disabled account) is seen by its next guard all the same. Other
    /// servers with a cache are told, where the stores can carry that ([`Stores::broadcast`]), and see it a moment later; where they
    /// cannot, while the way is cut, and where another program makes the change, it is seen once that time is over, at the latest. Guards
    /// that ask for a recent login or a second factor always ask the store.
    #[doc(alias("cache"))]
    pub fn cache_for(mut self, time: Duration) -> Self {
        self.cache_for = time;
        self
    }

    /// How long tokens live.
    pub fn tokens(mut self, config: TokenConfig) -> Self {
        self.tokens = config;
        self
    }

    /// The limits on guessing.
    #[doc(alias("rate_limit", "lockout", "axes"))]
    pub fn throttle(mut self, config: ThrottleConfig) -> Self {
        self.throttle = config;
        self
    }

    /// What access tokens are signed with; EdDSA by default. The key is made at the first start and kept in the store.
    pub fn signing_algorithm(mut self, algorithm: SigningAlgorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// For how long a new signing key is published before it signs (see [`crate::key::Keys::rotate`]); 10 minutes by default, 6 at
    /// least.
    pub fn announce_keys_for(mut self, time: Duration) -> Self {
        self.announce_keys_for = time;
        self
    }

    /// Keys of the operator's own instead of one in the store. The first signs, all of them verify.
    pub fn signing_keys(mut self, keys: impl IntoIterator<Item = SigningKey>) -> Self {
        self.keys = KeySource::Given(keys.into_iter().collect());
        self
    }

    /// How long a login route waits for the body of a request, 10 seconds by default. What is not there by then is answered with 408.
    /// For an application's own routes its framework has limits of its own.
    pub fn body_timeout(mut self, timeout: Duration) -> Self {
        self.body_timeout = timeout;
        self
    }

    /// The proxies whose `X-Forwarded-For` is believed.
    #[doc(alias("ProxyFix", "X-Forwarded-For"))]
    pub fn trusted_proxies(mut self, proxies: TrustedProxies) -> Self {
        self.proxies = Ok(proxies);
        self
    }

    /// Lets pages of this other origin (`https://admin.example`) send requests that change something under the visitor's
    /// session.
    #[doc(alias("cors", "csrf", "CSRF_TRUSTED_ORIGINS"))]
    pub fn allow_origin(mut self, origin: impl Into<String>) -> Self {
        self.origins.push(origin.into());
        self
    }

    /// Switches the `password` grant of `/auth/token` on: for the application's own programs (FastAPI's login form). RFC
    /// 9700 section 2.4 advises against it for anybody else's.
    pub fn password_grant(mut self, is_on: bool) -> Self {
        self.has_password_grant = is_on;
        self
    }

    /// Switches `GET /auth/health/live` and `GET /auth/health/ready` on, for proxies and orchestrators: see [`health`](crate::health).
    /// They answer whoever asks, without a word of what is wrong.
    #[doc(alias("healthcheck", "liveness", "readiness"))]
    pub fn health_routes(mut self, is_on: bool) -> Self {
        self.has_health_routes = is_on;
        self
    }

    /// Whether `GET /auth/openapi.json` answers with the OpenAPI document of the login routes; it does by default (FastAPI's
    /// `openapi_url`). From code it is [`Auth::openapi`] in any case.
    #[doc(alias("openapi_url", "swagger"))]
    pub fn openapi_route(mut self, is_on: bool) -> Self {
        self.has_openapi_route = is_on;
        self
    }

    /// Which scopes users may give to clients; none by default.
    pub fn scope_policy(mut self, policy: impl ScopePolicy + 'static) -> Self {
        self.scope_policy = Arc::new(policy);
        self
    }
}

impl fmt::Debug for AuthBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthBuilder").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}
