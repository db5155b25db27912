//! The session cookie's name, after which every other cookie is named.

use crate::error::Error;
use crate::http::CookieConfig;

use super::AuthBuilder;
use super::base_url::BaseUrl;

/// Longer names are cut by nobody, but sent with every request.
const MAX_NAME: usize = 64;

impl AuthBuilder {
    /// The name of the session cookie, `session` by default; every other cookie is named after it (`session-login`).
    ///
    /// Give applications on one host names of their own, or they log each other out: browsers keep cookies by host and path, and
    /// know no ports. Applications below paths of their own ([`base_url`](Self::base_url)) need it only where one's path is below
    /// another's. Over https browsers see the name behind `__Host-`, or behind `__Secure-` below a path.
    ///
    /// Changing the name logs everybody out.
    pub fn session_cookie(mut self, name: impl Into<String>) -> Self {
        self.session_cookie = name.into();
        self
    }
}

/// The session cookie, if its name can be one.
pub(super) fn check_session_cookie(name: &str, base: &BaseUrl) -> Result<CookieConfig, Error> {
    let refuse = |what: &str| {
        Err(Error::configuration(format!(
            "the session cookie cannot be named `{}`: {what}",
            name.escape_debug()
        )))
    };
    if name.is_empty() || name.len() > MAX_NAME || !is_token(name) {
        return refuse("use 1 to 64 letters, digits, `-` and `_`");
    }
    // Browsers compare these prefixes without case (RFC 6265bis section 5.4).
    let begins =
        |prefix: &str| name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    if begins("__Host-") || begins("__Secure-") {
        return refuse("the prefix is added where it belongs, leave it out");
    }
    if CookieConfig::is_companion(name) {
        return refuse(
            "`-login`, `-known`, `-device`, `-pending`, `-signup` and `-language` are the ends of the other cookies' names",
        );
    }
    if CookieConfig::is_apart(name) {
        return refuse("an application beside this one may have another cookie of that name");
    }
    Ok(CookieConfig::new(name, base.is_https, base.cookie_path()))
}

/// A token (RFC 9110 section 5.6.2), which the name of a cookie has to be (RFC 6265 section 4.1.1).
pub(super) fn is_token(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_graphic() && !"()<>@,;:\\\"/[]?={}".contains(c))
}
