//! The base URL, and what has to fit it.

use url::{Host, Url};

use crate::error::Error;
use crate::http::SafeRedirect;
use crate::password::{NewHashFormat, PasswordConfig};
use crate::throttle::ThrottleConfig;

/// The base URL, taken apart.
pub(super) struct BaseUrl {
    pub(super) origin: String,
    pub(super) host: String,
    pub(super) is_https: bool,
}

impl BaseUrl {
    pub(super) fn parse(text: Option<&str>) -> Result<Self, Error> {
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

/// Where logins end, if browsers read it as a path on this origin.
pub(super) fn check_login_redirect(path: &str) -> Result<SafeRedirect, Error> {
    SafeRedirect::parse(path).ok_or_else(|| {
        Error::configuration(
            "the page after a login is a path on this site like /dashboard: change `.login_redirect(..)`",
        )
    })
}

/// The prefix of the login routes, if every server matches it as it stands.
pub(super) fn check_prefix(prefix: &str) -> Result<String, Error> {
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
