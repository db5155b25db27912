//! The origin rule: which unsafe requests may act under what a browser sends by itself.
//!
//! 1. `Sec-Fetch-Site`, if present, decides (Fetch Metadata): `same-origin` and `none` pass; anything else passes only with
//!    an `Origin` on the allow-list.
//! 2. Else `Origin` (RFC 6454), if present, must be the base URL's or on the allow-list; `null` is neither.
//! 3. With neither header it is not a browser, and passes.

use crate::error::{Error, ErrorKind};

use super::RequestView;

/// The origins whose pages may send unsafe requests: the application's own, and those it lists.
#[derive(Clone, Debug)]
pub(crate) struct AllowedOrigins {
    own: String,
    listed: Vec<String>,
}

impl AllowedOrigins {
    pub(crate) fn new(own: String, listed: Vec<String>) -> Self {
        Self { own, listed }
    }

    /// Refuses a request that does not meet the rule, and logs what came and what was expected: a base URL that is not the
    /// address that browsers show has every form refused, and nothing but the log can tell why.
    pub(crate) fn enforce(&self, view: &impl RequestView) -> Result<(), Error> {
        if self.allow(view) {
            return Ok(());
        }
        tracing::warn!(
            method = view.method(),
            path = shown(view.path()),
            origin = said(view, "origin"),
            sec_fetch_site = said(view, "sec-fetch-site"),
            expected = self.own,
            "a request of another site was refused: its origin is neither the base URL's nor named by `.allow_origin(..)`"
        );
        Err(ErrorKind::CsrfFailed.into())
    }

    /// Whether the rule is met.
    pub(crate) fn allow(&self, view: &impl RequestView) -> bool {
        let mut origins = view.header_lines("origin");
        let origin = origins.next();
        if origins.next().is_some() {
            return false;
        }
        let is_listed = || self.listed.iter().any(|listed| Some(listed.as_bytes()) == origin);
        let mut sites = view.header_lines("sec-fetch-site");
        match (sites.next(), sites.next()) {
            (None, _) => origin.is_none() || origin == Some(self.own.as_bytes()) || is_listed(),
            (Some(b"same-origin" | b"none"), None) => true,
            _ => is_listed(),
        }
    }
}

/// What the lines of a header say, for the log.
fn said(view: &impl RequestView, name: &'static str) -> String {
    shown(&view.header_texts(name).collect::<Vec<_>>().join(", "))
}

/// Text of a request, no more of it than a line of the log should hold.
fn shown(text: &str) -> String {
    text.chars().take(MOST_SHOWN).collect()
}

/// More than any origin takes that somebody means: a domain name has 253 characters at most (RFC 1035 section 2.3.4).
const MOST_SHOWN: usize = 300;

/// Whether a request may change something: every method but those that RFC 9110 section 9.2.1 calls safe, and a WebSocket
/// handshake, which is a GET and opens a channel that changes things.
pub(crate) fn is_unsafe(view: &impl RequestView) -> bool {
    !matches!(view.method(), "GET" | "HEAD" | "OPTIONS" | "TRACE") || opens_websocket(view)
}

fn opens_websocket(view: &impl RequestView) -> bool {
    view.header_texts("upgrade")
        .flat_map(|line| line.split(','))
        .any(|token| token.trim().eq_ignore_ascii_case("websocket"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::request::tests::request;

    fn allows(headers: &[(&str, &str)]) -> bool {
        let origins = AllowedOrigins::new("https://app.example".into(), vec!["https://admin.example".into()]);
        origins.allow(&request("POST", "/", headers))
    }

    #[test]
    fn without_browser_headers_it_passes() {
        assert!(allows(&[]));
    }

    #[test]
    fn the_fetch_site_decides_before_the_origin() {
        assert!(allows(&[("sec-fetch-site", "same-origin")]));
        assert!(allows(&[("sec-fetch-site", "none")]));
        for site in ["same-site", "cross-site", "", "SAME-ORIGIN", "same-origin, none"] {
            assert!(!allows(&[("sec-fetch-site", site)]), "{site}");
            assert!(!allows(&[("sec-fetch-site", site), ("origin", "https://app.example")]), "{site}");
            assert!(allows(&[("sec-fetch-site", site), ("origin", "https://admin.example")]), "{site}");
        }
    }

    #[test]
    fn an_origin_passes_only_when_it_is_exactly_ours_or_listed() {
        assert!(allows(&[("origin", "https://app.example")]));
        assert!(allows(&[("origin", "https://admin.example")]));
        for origin in [
            "null",
            "https://evil.example",
            "http://app.example",
            "https://app.example:444",
            "https://app.example.evil",
            "https://app.evil",
            "",
            "HTTPS://APP.EXAMPLE",
            "https://app.example/",
        ] {
            assert!(!allows(&[("origin", origin)]), "{origin}");
        }
    }

    #[test]
    fn two_lines_of_either_header_are_refused() {
        assert!(!allows(&[("origin", "https://app.example"), ("origin", "https://app.example")]));
        assert!(!allows(&[("sec-fetch-site", "none"), ("sec-fetch-site", "none")]));
    }

    #[test]
    fn a_websocket_handshake_is_unsafe() {
        assert!(is_unsafe(&request("GET", "/", &[("upgrade", "h2c, WebSocket")])));
        assert!(!is_unsafe(&request("GET", "/", &[])));
        assert!(is_unsafe(&request("PURGE", "/", &[])));
    }
}
