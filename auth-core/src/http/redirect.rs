//! Where a browser may be sent after a login.

use std::fmt;

use url::Url;

/// Longer targets are not worth a redirect; browsers and proxies cut request lines at 8 KiB (RFC 9110 section 4.1 asks for
/// at least 8 000 octets).
const MAX_TARGET: usize = 2048;

/// A checked target on this origin: a path, perhaps with query and fragment. Raw text cannot be redirected to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SafeRedirect(String);

impl SafeRedirect {
    /// The front page of the host, `/`. Below a path of the base URL, the application's own is
    /// [`Auth::home`](crate::Auth::home).
    pub fn home() -> Self {
        Self("/".to_owned())
    }

    /// Takes `target` if every browser reads it as a path on this origin:
    ///
    /// 1. it starts with one `/` that no `/` or `\` follows (both open another host, WHATWG URL section 4.4);
    /// 2. it holds only visible ASCII and no `\` (browsers drop tabs and line feeds, and read `\` as `/`);
    /// 3. the URL parser that browsers share finds the same origin, and no `//` in front once dot segments are gone.
    ///
    /// ```
    /// use auth_core::http::SafeRedirect;
    ///
    /// assert!(SafeRedirect::parse("/reports?page=2").is_some());
    /// assert!(SafeRedirect::parse("//evil.example").is_none());
    /// ```
    pub fn parse(target: &str) -> Option<Self> {
        let bytes = target.as_bytes();
        let is_rooted = bytes.first() == Some(&b'/') && !matches!(bytes.get(1), Some(b'/' | b'\\'));
        let is_plain = bytes.iter().all(|byte| byte.is_ascii_graphic() && *byte != b'\\');
        let is_safe = is_rooted && is_plain && target.len() <= MAX_TARGET && !opens_another_host(target);
        is_safe.then(|| Self(target.to_owned()))
    }

    /// `target` if it is safe, else the front page.
    pub fn or_home(target: Option<&str>) -> Self {
        target.and_then(Self::parse).unwrap_or_else(Self::home)
    }

    /// The target's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The target as a browser reads it: dot segments are gone. The origin is made up.
    pub(crate) fn resolved(&self) -> Option<Url> {
        resolve(&self.0)
    }
}

/// Whether a browser, or a proxy that decodes the path once more or drops dot segments, would see another host or `//host`.
fn opens_another_host(target: &str) -> bool {
    let path = target.split(['?', '#']).next().unwrap_or(target);
    let decoded = percent_encoding::percent_decode_str(path).decode_utf8_lossy();
    decoded.contains(|c: char| c.is_ascii_control() || c == '\\')
        || [target, &decoded].into_iter().any(|target| !stays_here(target))
}

/// Whether the URL parser that browsers share finds a path on this origin, once it has dropped the dot segments.
fn stays_here(target: &str) -> bool {
    resolve(target).is_some_and(|url| !url.path().starts_with("//"))
}

fn resolve(target: &str) -> Option<Url> {
    let base = Url::parse("https://origin.invalid/").ok()?;
    base.join(target).ok().filter(|url| url.origin() == base.origin())
}

impl fmt::Display for SafeRedirect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_on_this_origin_are_followed() {
        for good in [
            "/",
            "/a",
            "/a/b?c=d&e=%2F#f",
            "/a//b",
            "/private?next=https://e",
            "/.well-known/x",
            "/a:b",
            "/@me",
        ] {
            assert_eq!(SafeRedirect::parse(good).expect(good).as_str(), good);
        }
    }

    #[test]
    fn everything_else_leads_home() {
        for bad in [
            "",
            "e",
            "//e",
            "/\\e",
            "\\/\\/e",
            "\\\\e",
            "/%09/e",
            "///e",
            "https:e",
            "http:///e",
            "https://e",
            "/\t/e",
            "/\n/e",
            "@e",
            "javascript:alert(1)",
            "data:text/html,x",
            "https://app@e",
            "https://app.e",
            " /e",
            "/ e",
            "/%0d%0aSet-Cookie:x",
            "/%2f/e",
            "/%2fe",
            "/%5ce",
            "/.//e",
            "/..//e",
            "/./%2fe",
            "/a/../..//e",
            "/a/%2e%2e//e",
            "/a/..%2f/e",
            "/a/.././/e",
            "/a\u{0}",
            "/\u{e9}",
            "//e/..",
            "/\u{2044}/e",
            "?//e",
            "#/e",
            "mailto:a@b",
            "ftp://e",
            "//\\e",
            "/\\\\e",
        ] {
            assert_eq!(SafeRedirect::or_home(Some(bad)), SafeRedirect::home(), "{bad:?}");
        }
        assert!(SafeRedirect::parse(&format!("/{}", "a".repeat(MAX_TARGET))).is_none());
    }
}
