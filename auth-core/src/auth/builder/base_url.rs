//! The base URL, and what has to fit it.

use url::{Host, Position, Url};

use crate::error::Error;
use crate::http::{Place, SafeRedirect};
use crate::password::{NewHashFormat, PasswordConfig};
use crate::throttle::ThrottleConfig;

/// The base URL, taken apart.
pub(super) struct BaseUrl {
    pub(super) origin: String,
    /// Without a slash at its end; empty where the application has its host to itself.
    pub(super) path: String,
    pub(super) host: String,
    pub(super) is_https: bool,
}

impl BaseUrl {
    pub(super) fn parse(text: Option<&str>) -> Result<Self, Error> {
        let text = text.map(str::trim).filter(|text| !text.is_empty()).ok_or_else(missing)?;
        if text.contains('@') {
            // Whatever else is wrong with it: the password is not repeated. None of the parts that stay may hold one.
            return Err(Error::configuration("the base URL holds a user name or a password: leave it out"));
        }
        if let Some(whole) = with_scheme(text) {
            return Err(wrong(text, &format!("has no scheme: write {whole}")));
        }
        let url =
            Url::parse(text).map_err(|_| wrong(text, "is no URL: write one like https://app.example"))?;
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong(text, "has a query or a fragment: leave it out"));
        }
        let is_https = match url.scheme() {
            "https" => true,
            "http" if is_localhost(&url) => false,
            "http" => {
                let host = &url[Position::BeforeHost..];
                let why =
                    "is http on a host that is not localhost: session cookies could be read on the way, use";
                return Err(wrong(text, &format!("{why} https://{}", host.trim_end_matches('/'))));
            }
            _ => return Err(wrong(text, "is neither https nor http: write one like https://app.example")),
        };
        let path = url.path().strip_suffix('/').unwrap_or(url.path());
        if !path.is_empty() && !is_plain_path(path) {
            let what = "has a path with more in it than letters, digits, `-`, `.`, `_` and `~`: use one like";
            return Err(wrong(text, &format!("{what} https://app.example/shop")));
        }
        let host = url.host_str().unwrap_or_default().to_owned();
        Ok(Self { origin: url.origin().ascii_serialization(), path: path.to_owned(), host, is_https })
    }

    /// The whole URL, without a slash at its end: the issuer of our tokens.
    pub(super) fn url(&self) -> String {
        format!("{}{}", self.origin, self.path)
    }

    /// Where our pages are, and those of the origins that are allowed beside it.
    pub(super) fn hosts_beside(&self, origins: &[String]) -> Vec<String> {
        let others =
            origins.iter().filter_map(|origin| Some(Url::parse(origin).ok()?.host_str()?.to_owned()));
        std::iter::once(self.host.clone()).chain(others).collect()
    }

    /// Where browsers send our cookies.
    pub(super) fn cookie_path(&self) -> &str {
        if self.path.is_empty() { "/" } else { &self.path }
    }

    /// Settings that are for tests and development only.
    pub(super) fn check_weak_settings(
        &self,
        password: &PasswordConfig,
        throttle: &ThrottleConfig,
    ) -> Result<(), Error> {
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

    /// What the users' store wants new hashes to be.
    pub(super) fn check_weak_hashes(&self, format: NewHashFormat) -> Result<(), Error> {
        if self.is_https && format.is_weak() {
            return Err(Error::configuration(
                "the users' store asks for hashes below OWASP's minimum: use at least 600000 iterations of PBKDF2, or bcrypt of \
                 cost 10, outside http://localhost",
            ));
        }
        Ok(())
    }

    /// An origin as browsers send it. They are compared whole: a `*` would match nothing, and look as if it did.
    pub(super) fn check_origin(&self, origin: &str) -> Result<String, Error> {
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

fn missing() -> Error {
    Error::configuration(
        "the base URL is missing: call `.base_url(\"https://app.example\")`, or set AUTH_BASE_URL",
    )
}

fn wrong(text: &str, what: &str) -> Error {
    Error::configuration(format!("the base URL `{}` {what}", text.escape_debug()))
}

/// The URL that was meant, where only its scheme is missing: `localhost:3000` reads like a URL of the scheme `localhost`.
fn with_scheme(text: &str) -> Option<String> {
    let is_spoilt = text.contains(|c: char| c.is_control() || c.is_whitespace());
    if is_spoilt || text.contains("://") || text.starts_with(['/', '\\']) {
        return None;
    }
    let url = Url::parse(&format!("https://{text}")).ok()?;
    Some(format!("{}://{text}", if is_localhost(&url) { "http" } else { "https" }))
}

/// A page of the application, if browsers read it as a path on this origin. Below the base path, unless it says so itself.
pub(super) fn check_page(path: &str, place: &Place) -> Result<SafeRedirect, Error> {
    let page = SafeRedirect::parse(path).and_then(|page| SafeRedirect::parse(&place.public(page.as_str())));
    page.ok_or_else(|| {
        Error::configuration(format!(
            "the page after a login, `{}`, is no path on this site: give `.login_redirect(..)` one like /dashboard",
            path.escape_debug()
        ))
    })
}

/// The prefix of the login routes, if every server matches it as it stands.
pub(super) fn check_prefix(prefix: &str) -> Result<&str, Error> {
    if is_plain_path(prefix) {
        return Ok(prefix);
    }
    Err(Error::configuration(format!(
        "the prefix of the login routes, `{}`, is no path like /auth: it begins with a slash, ends without one, and holds \
         letters, digits, `-`, `.`, `_` and `~`",
        prefix.escape_debug()
    )))
}

/// A path that needs no encoding and has no empty or dot segment: nobody spells it in another way.
fn is_plain_path(path: &str) -> bool {
    let is_segment = |segment: &str| {
        !matches!(segment, "" | "." | "..")
            && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
    };
    path.strip_prefix('/').is_some_and(|rest| rest.split('/').all(is_segment))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_that_asks_for_weak_hashes_is_refused_outside_localhost() {
        let check =
            |base: &str, format| BaseUrl::parse(Some(base)).unwrap().check_weak_hashes(format).is_ok();
        let (weak, weak_too) = (
            NewHashFormat::DjangoPbkdf2Sha256 { iterations: 599_999 },
            NewHashFormat::DjangoBcryptSha256 { cost: 9 },
        );
        for format in [weak, weak_too] {
            assert!(check("http://localhost:3000", format) && !check("https://app.example", format));
        }
        for format in [
            NewHashFormat::Phc,
            NewHashFormat::DjangoArgon2,
            NewHashFormat::DjangoScrypt,
            NewHashFormat::DjangoPbkdf2Sha256 { iterations: 600_000 },
            NewHashFormat::DjangoBcryptSha256 { cost: 10 },
        ] {
            assert!(check("https://app.example", format));
        }
    }
}
