//! Configuration: the builder, the environment, and what is refused at start.

use std::collections::HashSet;
use std::env;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock};

use url::{Host, Url};

use crate::access::{GrantNothing, ScopePolicy};
use crate::auth::{Auth, Config, Inner};
use crate::clock::{Clock, SystemClock};
use crate::error::Error;
use crate::http::{AllowedOrigins, CookieConfig, ReplyStyle, TrustedProxies};
use crate::key::{ApplicationSecrets, KeyConfig, KeySource, SigningAlgorithm, SigningKey, install_backend};
use crate::login::{BasicLogins, Logins};
use crate::password::{PasswordConfig, PasswordHasher, PasswordPolicy};
use crate::random::{OsRandom, Random};
use crate::session::{SessionConfig, Sessions};
use crate::store::{Backend, Stores};
use crate::throttle::{Throttle, ThrottleConfig};
use crate::token::{Revocations, TokenConfig, TokenVerifier, Tokens};
use crate::user::{UserStore, Users};

/// Builds an [`Auth`]. What is wrong with the settings is said by [`build`](Self::build), with what to change.
#[must_use = "a configuration does nothing until it is built"]
pub struct AuthBuilder {
    base_url: Option<String>,
    app_name: Option<String>,
    prefix: String,
    secrets: Option<Result<ApplicationSecrets, Error>>,
    backend: Option<Arc<dyn Backend>>,
    stores: Option<Stores>,
    users: Option<Arc<dyn UserStore>>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    password: PasswordConfig,
    policy: PasswordPolicy,
    sessions: SessionConfig,
    tokens: TokenConfig,
    throttle: ThrottleConfig,
    algorithm: SigningAlgorithm,
    keys: KeySource,
    proxies: Result<TrustedProxies, Error>,
    origins: Vec<String>,
    has_password_grant: bool,
    scope_policy: Arc<dyn ScopePolicy>,
}

impl Default for AuthBuilder {
    fn default() -> Self {
        Self {
            base_url: None,
            app_name: None,
            prefix: "/auth".to_owned(),
            secrets: None,
            backend: None,
            stores: None,
            users: None,
            clock: Arc::new(SystemClock),
            random: Arc::new(OsRandom),
            password: PasswordConfig::default(),
            policy: PasswordPolicy::default(),
            sessions: SessionConfig::default(),
            tokens: TokenConfig::default(),
            throttle: ThrottleConfig::default(),
            algorithm: SigningAlgorithm::default(),
            keys: KeySource::default(),
            proxies: Ok(TrustedProxies::default()),
            origins: Vec::new(),
            has_password_grant: false,
            scope_policy: Arc::new(GrantNothing),
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
    /// Where the application is reached, scheme and host and perhaps a port: `https://app.example`. Links, the origin rule
    /// and the issuer of tokens come from here, never from request headers.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// The application's name on pages, and a word that passwords must not be made of. The host by default.
    pub fn app_name(mut self, name: impl Into<String>) -> Self {
        self.app_name = Some(name.into());
        self
    }

    /// Where the login routes live, `/auth` by default.
    pub fn route_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
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
    pub fn secret_from_env(self, variable: &str) -> Self {
        match env::var(variable) {
            Ok(text) => self.secret_text(&text),
            Err(_) => Self { secrets: Some(Err(missing_variable(variable))), ..self },
        }
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

    /// The clock, for tests.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The source of randomness, for tests.
    pub fn random(mut self, random: Arc<dyn Random>) -> Self {
        self.random = random;
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

    /// How long sessions live.
    pub fn sessions(mut self, config: SessionConfig) -> Self {
        self.sessions = config;
        self
    }

    /// How long tokens live.
    pub fn tokens(mut self, config: TokenConfig) -> Self {
        self.tokens = config;
        self
    }

    /// The limits on guessing.
    pub fn throttle(mut self, config: ThrottleConfig) -> Self {
        self.throttle = config;
        self
    }

    /// What access tokens are signed with; EdDSA by default. The key is made at the first start and kept in the store.
    pub fn signing_algorithm(mut self, algorithm: SigningAlgorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// Keys of the operator's own instead of one in the store. The first signs, all of them verify.
    pub fn signing_keys(mut self, keys: impl IntoIterator<Item = SigningKey>) -> Self {
        self.keys = KeySource::Given(keys.into_iter().collect());
        self
    }

    /// The proxies whose `X-Forwarded-For` is believed.
    pub fn trusted_proxies(mut self, proxies: TrustedProxies) -> Self {
        self.proxies = Ok(proxies);
        self
    }

    /// Lets pages of this other origin (`https://admin.example`) send requests that change something under the visitor's
    /// session.
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

    /// Which scopes users may give to clients; none by default.
    pub fn scope_policy(mut self, policy: impl ScopePolicy + 'static) -> Self {
        self.scope_policy = Arc::new(policy);
        self
    }

    /// Reads the settings that operators make from the environment; a variable that is not set leaves its setting as it is.
    ///
    /// | variable | setting |
    /// |---|---|
    /// | `AUTH_BASE_URL` | [`base_url`](Self::base_url) |
    /// | `AUTH_SECRET` | [`secret_text`](Self::secret_text) |
    /// | `AUTH_JWT_ALG` | [`signing_algorithm`](Self::signing_algorithm): `EdDSA`, `ES256`, `RS256`, `HS256` |
    /// | `AUTH_THROTTLE` | [`throttle`](Self::throttle): `on`, or `off` for load measurements |
    /// | `AUTH_TRUSTED_PROXIES` | [`trusted_proxies`](Self::trusted_proxies): addresses and CIDR ranges, separated by commas |
    ///
    /// # Errors
    /// `Configuration` for a value that makes no sense.
    pub fn from_env(self) -> Result<Self, Error> {
        self.read_variables(|name| env::var(name).ok())
    }

    fn read_variables(mut self, read: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        if let Some(url) = read("AUTH_BASE_URL") {
            self = self.base_url(url);
        }
        if let Some(secret) = read("AUTH_SECRET") {
            self = self.secret_text(&secret);
        }
        if let Some(algorithm) = read("AUTH_JWT_ALG") {
            self = self.signing_algorithm(algorithm.parse()?);
        }
        if let Some(proxies) = read("AUTH_TRUSTED_PROXIES") {
            self.proxies = TrustedProxies::parse(&proxies);
        }
        match read("AUTH_THROTTLE").as_deref() {
            None | Some("on") => Ok(self),
            Some("off") => Ok(self.throttle(ThrottleConfig::insecure_off())),
            Some(_) => Err(Error::configuration("AUTH_THROTTLE is neither `on` nor `off`")),
        }
    }

    /// Checks the settings and builds.
    ///
    /// # Errors
    /// `Configuration` with what to change; `Unavailable` when the store cannot be reached.
    pub async fn build(self) -> Result<Auth, Error> {
        install_backend();
        let base = BaseUrl::parse(self.base_url.as_deref())?;
        let prefix = check_prefix(&self.prefix)?;
        let secrets = self.secrets.ok_or_else(missing_secret)??;
        let mut stores = self.stores.ok_or_else(missing_store)?;
        if let Some(users) = self.users {
            stores.users = users;
            stores.user_admin = None;
        }
        self.sessions.check()?;
        self.tokens.check()?;
        base.check_weak_settings(&self.password, &self.throttle)?;
        let origins =
            self.origins.iter().map(|origin| base.check_origin(origin)).collect::<Result<_, _>>()?;
        let app_name = self.app_name.unwrap_or_else(|| base.host.clone());
        let policy = self.policy.app_name(app_name.clone());

        let (clock, random) = (self.clock, self.random);
        let hasher = PasswordHasher::new(&self.password, random.clone())?;
        let throttle = Throttle::new(
            self.throttle,
            stores.short_lived.clone(),
            clock.clone(),
            secrets.keyed_hash("throttle"),
        );
        let revocations = Revocations {
            store: stores.short_lived.clone(),
            refresh: stores.refresh.clone(),
            clock: clock.clone(),
            access_life: self.tokens.mark_life(),
        };
        let users = Users {
            store: stores.users.clone(),
            admin: stores.user_admin.clone(),
            hasher: hasher.clone(),
            policy,
            clock: clock.clone(),
            random: random.clone(),
        };
        let logins = Logins {
            users: stores.users.clone(),
            hasher: hasher.clone(),
            throttle: throttle.clone(),
            clock: clock.clone(),
            rehashing: Arc::new(Mutex::new(HashSet::new())),
        };
        let basic = BasicLogins::new(
            logins.clone(),
            stores.users.clone(),
            clock.clone(),
            secrets.keyed_hash("basic"),
        );
        let sessions = Sessions {
            config: self.sessions,
            store: stores.sessions.clone(),
            revocations: revocations.clone(),
            clock: clock.clone(),
            random: random.clone(),
            hash: secrets.keyed_hash("session"),
        };
        let keys = Arc::new(OnceLock::new());
        let key_config = KeyConfig {
            algorithm: self.algorithm,
            token_life: self.tokens.access_life,
            ..KeyConfig::default()
        };
        let tokens = Tokens {
            verifier: Arc::new(TokenVerifier::new(&*base.origin, &*base.origin, self.tokens.leeway)?),
            config: self.tokens,
            issuer: base.origin.as_str().into(),
            keys: keys.clone(),
            users: stores.users.clone(),
            store: stores.refresh.clone(),
            revocations,
            policy: self.scope_policy,
            clock: clock.clone(),
            random: random.clone(),
            family_hash: secrets.keyed_hash("refresh family"),
            secret_hash: secrets.keyed_hash("refresh secret"),
            successor: secrets.keyed_hash("refresh successor"),
        };
        let auth = Auth::new(Inner {
            config: Config {
                style: ReplyStyle { app_name, prefix },
                cookie: if base.is_https { CookieConfig::HTTPS } else { CookieConfig::LOCALHOST },
                origins: AllowedOrigins::new(base.origin, origins),
                proxies: self.proxies?,
                has_password_grant: self.has_password_grant,
            },
            stores,
            backend: self.backend,
            clock,
            random,
            hasher,
            users,
            throttle,
            logins,
            basic,
            sessions,
            tokens,
            keys,
            key_source: tokio::sync::Mutex::new(Some(self.keys)),
            key_config,
            key_sealer: secrets.sealer("signing key"),
        });
        auth.load_keys_if_migrated().await?;
        Ok(auth)
    }
}

impl fmt::Debug for AuthBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthBuilder").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

/// The base URL, taken apart.
struct BaseUrl {
    origin: String,
    host: String,
    is_https: bool,
}

impl BaseUrl {
    fn parse(text: Option<&str>) -> Result<Self, Error> {
        let text = text.ok_or_else(|| {
            Error::configuration("the base URL is missing: call `.base_url(\"https://app.example\")`")
        })?;
        let url = Url::parse(text).map_err(|_| {
            Error::configuration("the base URL is not a URL: write it like https://app.example")
        })?;
        let is_bare = matches!(url.path(), "" | "/")
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        if !is_bare || !matches!(url.scheme(), "http" | "https") {
            return Err(Error::configuration(
                "the base URL is more than scheme, host and port: write it like https://app.example",
            ));
        }
        let is_https = url.scheme() == "https";
        if !is_https && !is_localhost(&url) {
            return Err(Error::configuration(
                "the base URL is http on a host that is not localhost: session cookies could be read on the way, use https",
            ));
        }
        let host = url.host_str().unwrap_or_default().to_owned();
        Ok(Self { origin: url.origin().ascii_serialization(), host, is_https })
    }

    /// Settings that are for tests and development only.
    fn check_weak_settings(&self, password: &PasswordConfig, throttle: &ThrottleConfig) -> Result<(), Error> {
        if self.is_https && !throttle.is_on() {
            return Err(Error::configuration(
                "the limits on guessing are off: switch them on outside http://localhost",
            ));
        }
        if self.is_https && password.params.is_weak() {
            return Err(Error::configuration(
                "the Argon2 parameters are below OWASP's minimum: use `Argon2Params::default()` outside http://localhost",
            ));
        }
        Ok(())
    }

    /// An origin as browsers send it. They are compared whole: a `*` would match nothing, and look as if it did.
    fn check_origin(&self, origin: &str) -> Result<String, Error> {
        let url = Url::parse(origin).ok().filter(|url| url.origin().ascii_serialization() == origin);
        let url = url.filter(|_| origin != "null" && !origin.contains('*')).ok_or_else(|| {
            Error::configuration(
                "an allowed origin is scheme, host and perhaps a port, as browsers send it: https://admin.example",
            )
        })?;
        if self.is_https && url.scheme() != "https" {
            return Err(Error::configuration(
                "an allowed origin is http beside an https base URL: whoever sits on the wire could send its requests",
            ));
        }
        Ok(origin.to_owned())
    }
}

/// `localhost` and the loopback addresses, which browsers treat as trustworthy without TLS.
fn is_localhost(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn check_prefix(prefix: &str) -> Result<String, Error> {
    let is_segment = |segment: &str| {
        !segment.is_empty()
            && segment != "."
            && segment != ".."
            && segment
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~'))
    };
    match prefix.strip_prefix('/') {
        Some(rest) if rest.split('/').all(is_segment) => Ok(prefix.to_owned()),
        _ => Err(Error::configuration(
            "the prefix of the login routes is a path like /auth, without a slash at its end",
        )),
    }
}

fn missing_secret() -> Error {
    Error::configuration("the application secret is missing: call `.secret_from_env(\"AUTH_SECRET\")`")
}

fn missing_store() -> Error {
    Error::configuration("the store is missing: call `.store(..)` with a backend")
}

fn missing_variable(variable: &str) -> Error {
    Error::configuration(format!(
        "the environment variable {variable} is not set: give it 32 random bytes in base64, for instance by `openssl rand -base64 32`"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::password::Argon2Params;
    use crate::tests::builder;

    async fn refusal(builder: AuthBuilder) -> String {
        let error = builder.build().await.expect_err("these settings are wrong");
        assert_eq!(error.kind(), ErrorKind::Configuration);
        error.to_string()
    }

    #[tokio::test]
    async fn a_base_url_that_would_send_cookies_in_clear_is_refused() {
        for url in
            ["http://app.example", "http://10.0.0.1", "http://localhost.evil.example", "ftp://localhost"]
        {
            assert!(refusal(builder().base_url(url)).await.contains("base URL"), "{url}");
        }
        for url in ["http://localhost:3000", "http://127.0.0.1", "http://[::1]:80", "https://app.example/"] {
            let password = PasswordConfig::default();
            assert!(builder().password(password).base_url(url).build().await.is_ok(), "{url}");
        }
    }

    #[tokio::test]
    async fn a_base_url_is_scheme_host_and_port() {
        for url in [
            "",
            "app.example",
            "https://app.example/app",
            "https://u@app.example",
            "https://app.example/?a",
            "https://a/#b",
        ] {
            refusal(builder().base_url(url)).await;
        }
    }

    #[tokio::test]
    async fn what_is_missing_is_named_with_the_call_that_adds_it() {
        assert!(refusal(Auth::builder()).await.contains(".base_url("));
        let without_secret = Auth::builder().base_url("http://localhost");
        assert!(refusal(without_secret).await.contains("AUTH_SECRET"));
        let without_store = Auth::builder().base_url("http://localhost").secret_text(crate::tests::SECRET);
        assert!(refusal(without_store).await.contains(".store("));
        let variable = builder().secret_from_env("AUTH_SECRET_THAT_NOBODY_SETS");
        assert!(refusal(variable).await.contains("openssl rand -base64 32"));
    }

    #[tokio::test]
    async fn weak_settings_are_refused_outside_localhost() {
        let https = || builder().base_url("https://app.example");
        assert!(refusal(https()).await.contains("Argon2"));
        let unlimited = https().password(PasswordConfig::default()).throttle(ThrottleConfig::insecure_off());
        assert!(refusal(unlimited).await.contains("limits on guessing"));
        for secret in ["c2hvcnQ=", "secret", "", &"A".repeat(44)] {
            refusal(builder().secret_text(secret)).await;
        }
        assert!(Argon2Params::new(8, 1, 1).is_err());
    }

    #[tokio::test]
    async fn prefixes_and_origins_are_checked() {
        for prefix in ["", "/", "auth", "/auth/", "/a b", "/a/../b", "/{id}", "/a//b"] {
            refusal(builder().route_prefix(prefix)).await;
        }
        for origin in ["null", "*", "https://admin.example/", "admin.example", "https://*.example"] {
            refusal(builder().allow_origin(origin)).await;
        }
        let https = builder().base_url("https://app.example").password(PasswordConfig::default());
        assert!(refusal(https.allow_origin("http://admin.example")).await.contains("http beside"));
        assert!(
            builder().route_prefix("/account/v1").allow_origin("https://admin.example").build().await.is_ok()
        );
    }

    #[tokio::test]
    async fn the_environment_is_read_and_nonsense_in_it_refused() {
        let read = |name: &'static str, value: &'static str| {
            builder().read_variables(move |asked| (asked == name).then(|| value.to_owned()))
        };
        assert!(read("AUTH_THROTTLE", "off").is_ok() && read("AUTH_JWT_ALG", "ES256").is_ok());
        assert!(read("AUTH_THROTTLE", "no").is_err() && read("AUTH_JWT_ALG", "none").is_err());
        assert!(read("AUTH_TRUSTED_PROXIES", "").unwrap().build().await.is_err());
        assert!(read("AUTH_TRUSTED_PROXIES", "10.0.0.0/8").unwrap().build().await.is_ok());
        assert!(read("AUTH_BASE_URL", "http://app.example").unwrap().build().await.is_err());
    }
}
