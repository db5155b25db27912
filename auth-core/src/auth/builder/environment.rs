//! Settings from the environment.

use std::env;
use std::ffi::OsString;
use std::time::Duration;

use crate::error::Error;
use crate::http::TrustedProxies;
use crate::key::ApplicationSecrets;
use crate::password::BreachCheck;
use crate::provider::{ProviderConfig, is_provider_variable, meant_provider_variable};
use crate::session::LONGEST_CACHED;
use crate::throttle::ThrottleConfig;

use super::AuthBuilder;
use super::base_url::BaseUrl;
use super::variable::fault;

/// What our variables begin with.
const PREFIX: &str = "AUTH_";

/// Sets what a variable says.
type Set = fn(AuthBuilder, &str) -> Result<AuthBuilder, Error>;

/// Each variable, and what it sets.
const VARIABLES: [(&str, Set); 8] = [
    ("AUTH_BASE_URL", |builder, url| {
        BaseUrl::parse(Some(url))?;
        Ok(builder.base_url(url))
    }),
    ("AUTH_BREACHED_PASSWORDS", |mut builder, text| {
        builder.breach_check = BreachCheck::from_text(text)?;
        Ok(builder)
    }),
    ("AUTH_CACHE_SECONDS", |builder, text| {
        let seconds = text.parse().map(Duration::from_secs);
        let seconds = seconds.ok().filter(|time| *time <= LONGEST_CACHED);
        let refused = || Error::configuration(format!("`{}` is no number from 0 to 5", text.escape_debug()));
        Ok(builder.cache_for(seconds.ok_or_else(refused)?))
    }),
    ("AUTH_JWT_ALG", |builder, name| Ok(builder.signing_algorithm(name.parse()?))),
    ("AUTH_SECRET", |builder, text| Ok(builder.secrets(ApplicationSecrets::from_text(text)?))),
    ("AUTH_SESSION_COOKIE", |builder, name| Ok(builder.session_cookie(name))),
    ("AUTH_THROTTLE", |builder, switch| match switch {
        "on" => Ok(builder),
        "off" => Ok(builder.throttle(ThrottleConfig::insecure_off())),
        _ => Err(Error::configuration(format!("`{}` is neither `on` nor `off`", switch.escape_debug()))),
    }),
    (PROXIES, |builder, list| Ok(builder.trusted_proxies(TrustedProxies::parse(list)?))),
];

/// An empty list of proxies is refused: it could mean nobody or everybody.
const PROXIES: &str = "AUTH_TRUSTED_PROXIES";

impl AuthBuilder {
    /// Reads the settings that operators make from the environment; a variable that is not set, or
    /// empty, leaves its setting as it is. Only an empty list of proxies is refused: it could mean nobody or everybody.
    ///
    /// | variable | setting |
    /// |---|---|
    /// | `AUTH_BASE_URL` | [`base_url`](Self::base_url) |
    /// | `AUTH_BREACHED_PASSWORDS` | [`breached_passwords`](Self::breached_passwords): `on` for Have I Been Pwned, `off`, or the URL of a mirror |
    /// | `AUTH_CACHE_SECONDS` | [`cache_for`](Self::cache_for): 0 to 5 |
    /// | `AUTH_SESSION_COOKIE` | [`session_cookie`](Self::session_cookie) |
    /// | `AUTH_SECRET` | [`secret_text`](Self::secret_text) |
    /// | `AUTH_JWT_ALG` | [`signing_algorithm`](Self::signing_algorithm): `EdDSA`, `ES256`, `RS256`, `HS256` |
    /// | `AUTH_THROTTLE` | [`throttle`](Self::throttle): `on`, or `off` for load measurements |
    /// | `AUTH_TRUSTED_PROXIES` | [`trusted_proxies`](Self::trusted_proxies): addresses and CIDR ranges, separated by commas |
    /// | `AUTH_PROVIDER_<ID>_…` | [`providers`](Self::providers), beside those that are there: see [`ProviderConfig::all_from_env`] |
    ///
    /// A variable that reads like one of these and is none, `AUTH_BASEURL`, is refused with the one that was meant. Name those of
    /// the application itself by [`own_variables`](Self::own_variables) first.
    ///
    /// # Errors
    /// `Configuration` that names the variable, for a value that makes no sense or a name that is misspelt.
    pub fn from_env(self) -> Result<Self, Error> {
        self.read_variables(env::vars_os())
    }

    /// Variables of the application's own that begin with `AUTH_`: never taken for misspelt ones, and misspellings of them are
    /// refused too.
    ///
    /// ```
    /// # fn build() -> Result<(), auth_core::Error> {
    /// let builder = auth_core::Auth::builder().own_variables(["AUTH_PROVIDERS"]).from_env()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn own_variables(mut self, names: impl IntoIterator<Item = &'static str>) -> Self {
        self.own_variables.extend(names);
        self
    }

    pub(super) fn read_variables(
        self,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, Error> {
        let ours = |(name, value): (OsString, OsString)| Some((ours(name)?, value));
        let variables: Vec<_> = variables.into_iter().filter_map(ours).collect();
        let providers = ProviderConfig::all_from_variables(
            variables.iter().map(|(name, value)| (name.into(), value.clone())),
        )?;
        let mut builder = self.providers(providers);
        for (name, value) in variables {
            let value = value.into_string().map_err(|_| fault(&name, &"its value is not UTF-8"))?;
            builder = builder.read_variable(&name, &value)?;
        }
        Ok(builder)
    }

    fn read_variable(self, name: &str, value: &str) -> Result<Self, Error> {
        if value.is_empty() && name != PROXIES {
            return Ok(self);
        }
        match VARIABLES.iter().find(|(known, _)| *known == name) {
            Some((_, set)) => set(self, value).map_err(|error| fault(name, &error)),
            None => match self.meant(name) {
                Some(meant) => Err(fault(name, &misspelt(&meant))),
                None => Ok(self),
            },
        }
    }

    /// The variable that somebody meant by a name that is none.
    fn meant(&self, name: &str) -> Option<String> {
        if self.own_variables.contains(&name) || is_provider_variable(name) {
            return None;
        }
        let known = VARIABLES.iter().map(|(known, _)| *known).chain(self.own_variables.iter().copied());
        let close = known.filter(|known| is_close(name, known)).min_by_key(|known| distance(name, known));
        close.map(str::to_owned).or_else(|| meant_provider_variable(name, is_close))
    }
}

/// The name of a variable that begins as ours do, in whatever case.
fn ours(name: OsString) -> Option<String> {
    let name = name.into_string().ok()?;
    name.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX)).then_some(name)
}

/// Whether one name is the other with a slip of the keyboard or two; in a long one, three.
fn is_close(name: &str, known: &str) -> bool {
    distance(name, known) <= (known.len() / 6).max(2)
}

fn distance(name: &str, known: &str) -> usize {
    strsim::osa_distance(&name.to_ascii_uppercase(), known)
}

fn misspelt(meant: &str) -> String {
    format!(
        "there is no such setting, {meant} is meant: rename it, or name it by `.own_variables([..])` if it is the application's own"
    )
}

#[cfg(test)]
mod tests {
    use super::super::variable::secret_of;
    use super::*;
    use crate::tests::builder;

    fn read(variables: &[(&str, &str)]) -> Result<AuthBuilder, Error> {
        builder()
            .own_variables(["AUTH_PROVIDERS"])
            .read_variables(variables.iter().map(|(name, value)| (name.into(), value.into())))
    }

    #[tokio::test]
    async fn every_variable_is_heard() {
        let builder = read(&[
            ("AUTH_BASE_URL", "https://app.example/shop"),
            ("AUTH_JWT_ALG", "ES256"),
            ("AUTH_SECRET", crate::tests::SECRET),
            ("AUTH_SESSION_COOKIE", "shop"),
            ("AUTH_THROTTLE", "on"),
            ("AUTH_TRUSTED_PROXIES", "10.0.0.0/8, 192.0.2.1"),
            ("AUTH_PROVIDER_GITHUB_CLIENT_ID", "id"),
        ])
        .unwrap();
        assert_eq!(builder.base_url.as_deref(), Some("https://app.example/shop"));
        assert_eq!(builder.session_cookie, "shop");
        assert_eq!(builder.algorithm.name(), "ES256");
        assert_eq!(builder.providers.len(), 1);
        assert!(builder.throttle.is_on() && builder.proxies.is_ok());
        assert!(!read(&[("AUTH_THROTTLE", "off")]).unwrap().throttle.is_on());
        assert_eq!(read(&[("AUTH_CACHE_SECONDS", "5")]).unwrap().cache_for, Duration::from_secs(5));
        assert_eq!(read(&[("AUTH_CACHE_SECONDS", "0")]).unwrap().cache_for, Duration::ZERO);
    }

    #[tokio::test]
    async fn a_value_that_makes_no_sense_is_told_with_its_variable() {
        let cases = [
            (
                ("AUTH_BASE_URL", "localhost:3000"),
                "AUTH_BASE_URL: the base URL `localhost:3000` has no scheme: write http://localhost:3000",
            ),
            (
                ("AUTH_BASE_URL", "http://app.example"),
                "AUTH_BASE_URL: the base URL `http://app.example` is http on a host that is not localhost: session cookies could be \
                 read on the way, use https://app.example",
            ),
            (
                ("AUTH_JWT_ALG", "none"),
                "AUTH_JWT_ALG: `none` is no signing algorithm of ours: use EdDSA, ES256, RS256 or HS256",
            ),
            (
                ("AUTH_SECRET", "hunter2"),
                "AUTH_SECRET: the application secret must be written in base64: make one with `openssl rand -base64 32`",
            ),
            (("AUTH_THROTTLE", "no"), "AUTH_THROTTLE: `no` is neither `on` nor `off`"),
            (
                ("AUTH_TRUSTED_PROXIES", "10.0.0.0/8, *"),
                "AUTH_TRUSTED_PROXIES: `*` among the trusted proxies is neither an address nor a CIDR range: write 10.0.0.5 or \
                 10.0.0.0/8, or leave the setting out",
            ),
            (
                ("AUTH_TRUSTED_PROXIES", ""),
                "AUTH_TRUSTED_PROXIES: `` among the trusted proxies is neither an address nor a CIDR range: write 10.0.0.5 or \
                 10.0.0.0/8, or leave the setting out",
            ),
        ];
        for (variable, sentence) in cases {
            assert_eq!(read(&[variable]).unwrap_err().to_string(), sentence);
        }
    }

    #[tokio::test]
    async fn a_misspelt_variable_is_told_with_the_one_that_was_meant() {
        for (name, meant) in [
            ("AUTH_BASEURL", "AUTH_BASE_URL"),
            ("AUTH_BASE_URI", "AUTH_BASE_URL"),
            ("auth_base_url", "AUTH_BASE_URL"),
            ("AUTH_SECERT", "AUTH_SECRET"),
            ("AUTH_SECRETS", "AUTH_SECRET"),
            ("AUTH_JWT_ALGO", "AUTH_JWT_ALG"),
            ("AUTH_TROTTLE", "AUTH_THROTTLE"),
            ("AUTH_TRUSTED_PROXY", "AUTH_TRUSTED_PROXIES"),
            ("AUTH_TRUSTED_PROXYS", "AUTH_TRUSTED_PROXIES"),
            ("AUTH_SESSIONCOOKIE", "AUTH_SESSION_COOKIE"),
            ("AUTH_PROVIDER", "AUTH_PROVIDERS"),
            ("AUTH_PROVIDRES", "AUTH_PROVIDERS"),
            ("AUTH_PROVIDERS_GITHUB_CLIENT_ID", "AUTH_PROVIDER_GITHUB_CLIENT_ID"),
            ("AUTH_PROVDER_MY_OWN_CLIENT_SECRET", "AUTH_PROVIDER_MY_OWN_CLIENT_SECRET"),
            ("auth_provider_github_client_id", "AUTH_PROVIDER_GITHUB_CLIENT_ID"),
            ("AUTH_TOKEN", ""),
            ("AUTH_DATABASE_URL", ""),
            ("AUTH_", ""),
            ("AUTHORS", ""),
            ("MY_AUTH_BASEURL", ""),
        ] {
            let told = read(&[(name, "x")]).err().map(|error| error.to_string());
            let sentence = (!meant.is_empty()).then(|| {
                format!(
                    "{name}: there is no such setting, {meant} is meant: rename it, or name it by `.own_variables([..])` if it is the \
                     application's own"
                )
            });
            assert_eq!(told, sentence, "{name}");
        }
        // Empty, it is as good as none; named as the application's own, it is that.
        assert!(read(&[("AUTH_BASEURL", "")]).is_ok());
        let own = builder().own_variables(["AUTH_SECRETS"]);
        assert!(own.read_variables([("AUTH_SECRETS".into(), "x".into())]).is_ok());
    }

    #[tokio::test]
    async fn an_empty_variable_is_as_good_as_none() {
        let empty = VARIABLES.map(|(name, _)| (name, ""));
        let empty: Vec<_> = empty.into_iter().filter(|(name, _)| *name != PROXIES).collect();
        assert!(read(&empty).unwrap().build().await.is_ok());
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_value_that_is_no_text_is_not_taken_for_none() {
        use std::os::unix::ffi::OsStringExt as _;
        let value = OsString::from_vec(vec![0xff]);
        let error = builder().read_variables([("AUTH_SECRET".into(), value.clone())]).unwrap_err();
        assert_eq!(error.to_string(), "AUTH_SECRET: its value is not UTF-8");
        let error = secret_of("APP_SECRET", Some(value)).unwrap_err();
        assert_eq!(error.to_string(), "APP_SECRET: its value is not UTF-8");
    }
}
