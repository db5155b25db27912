//! The cookies: read from requests, written for responses.

use std::time::Duration;

use memchr::memchr;

use crate::key::OpaqueToken;

use super::RequestView;

/// A session id: 256 random bits (OWASP asks for 64 at least).
pub(crate) type SessionId = OpaqueToken<32>;

/// What ties a login that was begun to the browser that began it: 256 random bits.
pub(crate) type BrowserId = OpaqueToken<32>;

/// What a request presents under a cookie's name.
#[derive(Debug)]
pub(crate) enum PresentedCookie {
    /// No such cookie.
    Nothing,
    /// Exactly one value, and it has the form of an id.
    Id(OpaqueToken<32>),
    /// A value that is no id, or several different ones: nobody. A neighbour on the same site could have planted
    /// one of them, and no server can tell which.
    Unusable,
}

impl PresentedCookie {
    pub(crate) fn is_present(&self) -> bool {
        !matches!(self, Self::Nothing)
    }

    pub(crate) fn id(&self) -> Option<&OpaqueToken<32>> {
        match self {
            Self::Id(id) => Some(id),
            Self::Nothing | Self::Unusable => None,
        }
    }

    pub(crate) fn into_id(self) -> Option<OpaqueToken<32>> {
        match self {
            Self::Id(id) => Some(id),
            Self::Nothing | Self::Unusable => None,
        }
    }
}

/// The white space that RFC 6265 section 4.2 allows around names and values. Any wider notion of it would let a neighbouring
/// host set `<U+2000>__Host-session`, a name whose prefix browsers do not guard.
const SPACE: [char; 2] = [' ', '\t'];

/// Name and attributes of a cookie.
#[derive(Clone, Debug)]
pub(crate) struct CookieConfig {
    name: String,
    attributes: String,
}

impl CookieConfig {
    /// The name of the session cookie where nothing else is said.
    pub(crate) const SESSION: &'static str = "session";
    /// What the names of the other cookies add to the session cookie's. Some are kept for what is not built yet, so that no
    /// session cookie is ever named so.
    const COMPANIONS: [&'static str; 6] = ["login", "known", "device", "pending", "signup", "language"];
    /// Those of them that stand without the session cookie's name where that is the usual one.
    const APART: [&'static str; 2] = ["device", "pending"];

    /// A cookie of the application at `path`; `/` for one that has its host to itself.
    ///
    /// Over https its name gets a prefix by which browsers guard it (RFC 6265bis section 4.1.3): `__Host-` takes only `Secure`,
    /// `Path=/` and no `Domain`, so that no other host can set it. Below a path only `__Secure-` is left. On
    /// `http://localhost`, where not every browser takes `Secure`, there is none.
    pub(crate) fn new(name: &str, is_https: bool, path: &str) -> Self {
        let (prefix, secure) = match (is_https, path) {
            (true, "/") => ("__Host-", "; Secure"),
            (true, _) => ("__Secure-", "; Secure"),
            (false, _) => ("", ""),
        };
        Self {
            name: format!("{prefix}{name}"),
            attributes: format!("; Path={path}{secure}; HttpOnly; SameSite=Lax"),
        }
    }

    /// A further cookie of the same application: `session-login` beside `session`. Two applications on one host whose session
    /// cookies have names of their own share none of the others either.
    pub(crate) fn companion(&self, what: &'static str) -> Self {
        debug_assert!(Self::COMPANIONS.contains(&what), "{what} is not kept for us");
        Self { name: format!("{}-{what}", self.name), attributes: self.attributes.clone() }
    }

    /// Its name, with the prefix.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// A further cookie with a name of its own: `pending` beside `session`, and `shop-pending` beside `shop`.
    pub(crate) fn apart(&self, what: &'static str) -> Self {
        debug_assert!(Self::APART.contains(&what), "{what} is not kept for us");
        match self.name.strip_suffix(Self::SESSION) {
            Some(prefix @ ("" | "__Host-" | "__Secure-")) => {
                Self { name: format!("{prefix}{what}"), attributes: self.attributes.clone() }
            }
            _ => self.companion(what),
        }
    }

    /// Whether a session cookie of that name could be taken for another cookie of an application beside this one.
    pub(crate) fn is_companion(name: &str) -> bool {
        name.rsplit_once('-').is_some_and(|(_, last)| Self::COMPANIONS.contains(&last))
    }

    /// Whether another cookie of an application beside this one may be called so.
    pub(crate) fn is_apart(name: &str) -> bool {
        Self::APART.contains(&name)
    }

    /// Reads every `Cookie` line (RFC 6265 section 4.2).
    pub(crate) fn read(&self, view: &impl RequestView) -> PresentedCookie {
        match read_cookie(view, &self.name) {
            Ok(None) => PresentedCookie::Nothing,
            Ok(Some(value)) => {
                OpaqueToken::parse(value).map_or(PresentedCookie::Unusable, PresentedCookie::Id)
            }
            Err(SeveralValues) => PresentedCookie::Unusable,
        }
    }

    /// The text of a cookie that is no id; several different ones are none.
    pub(crate) fn read_text<'a>(&self, view: &'a impl RequestView) -> Option<&'a str> {
        read_cookie(view, &self.name).ok().flatten()
    }

    /// Whether a cookie of that name would be taken for this one, or for one of its companions.
    pub(crate) fn takes(&self, name: &str) -> bool {
        let is_named_after = match name.strip_prefix(&self.name) {
            Some("") => true,
            Some(rest) => rest.strip_prefix('-').is_some_and(|what| Self::COMPANIONS.contains(&what)),
            None => false,
        };
        is_named_after || Self::APART.iter().any(|what| self.apart(what).name == name)
    }

    /// The `Set-Cookie` value that hands out an id; without `max_age` it ends with the browser.
    pub(crate) fn set(&self, id: &OpaqueToken<32>, max_age: Option<Duration>) -> String {
        self.set_text(&id.expose(), max_age)
    }

    /// The `Set-Cookie` value that hands out a text, of characters that a cookie may have.
    pub(crate) fn set_text(&self, text: &str, max_age: Option<Duration>) -> String {
        let lifetime = max_age.map(|age| format!("; Max-Age={}", age.as_secs())).unwrap_or_default();
        format!("{}={text}{}{lifetime}", self.name, self.attributes)
    }

    /// The `Set-Cookie` value that takes the id away.
    pub(crate) fn clear(&self) -> String {
        format!("{}={}; Max-Age=0", self.name, self.attributes)
    }
}

/// A cookie came with different values.
#[derive(Debug)]
pub(crate) struct SeveralValues;

/// The value of the cookie with this name, from every `Cookie` line (RFC 6265 section 4.2). A pair that is not UTF-8 is left
/// out: scripts and neighbouring hosts set such ones, and it is no reason to forget who somebody is.
pub(crate) fn read_cookie<'a>(
    view: &'a impl RequestView,
    name: &str,
) -> Result<Option<&'a str>, SeveralValues> {
    let mut values = view.raw_header_lines("cookie").flat_map(pairs).filter_map(|pair| value_of(pair, name));
    let Some(first) = values.next() else { return Ok(None) };
    if values.all(|other| other == first) { Ok(Some(first)) } else { Err(SeveralValues) }
}

/// What stands between the semicolons of a line.
fn pairs(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let line = rest?;
        let (pair, behind) = match memchr(b';', line) {
            Some(end) => (&line[..end], Some(&line[end + 1..])),
            None => (line, None),
        };
        rest = behind;
        Some(pair)
    })
}

/// The value of a pair that has this name, if it is UTF-8; a name of ours is.
fn value_of<'a>(pair: &'a [u8], name: &str) -> Option<&'a str> {
    let rest = trim_start(pair).strip_prefix(name.as_bytes())?;
    let value = std::str::from_utf8(trim_start(rest).strip_prefix(b"=")?).ok()?;
    Some(value.trim_matches(SPACE))
}

fn trim_start(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = text {
        text = rest;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::request::tests::{raw_request, request};
    use crate::random::OsRandom;

    fn localhost() -> CookieConfig {
        CookieConfig::new(CookieConfig::SESSION, false, "/")
    }

    fn id() -> SessionId {
        SessionId::generate(1, &OsRandom)
    }

    fn read(lines: &[&str]) -> PresentedCookie {
        let headers: Vec<_> = lines.iter().map(|line| ("cookie", *line)).collect();
        localhost().read(&request("GET", "/", &headers))
    }

    #[test]
    fn the_id_is_found_among_other_cookies() {
        let id = id();
        let text = id.expose().to_string();
        let found = read(&["a=b", &format!("theme=dark; session={text};xsession=1")]);
        assert_eq!(found.id().unwrap().expose().as_str(), text);
        assert!(!read(&["xsession=1; sessions=2; session"]).is_present());
    }

    #[test]
    fn a_name_in_exotic_white_space_is_another_name() {
        let id = id();
        for space in ['\u{2000}', '\u{a0}', '\u{85}', '\u{3000}', '\u{c}'] {
            let pair = format!("{space}session={}", id.expose().as_str());
            assert!(!read(&[&pair]).is_present(), "{space:?}");
            assert!(
                !read(&[&pair.replace("session=", &format!("session{space}="))]).is_present(),
                "{space:?}"
            );
        }
        assert!(read(&[&format!("a=b; \tsession = {} ", id.expose().as_str())]).id().is_some());
    }

    #[test]
    fn two_different_values_mean_nobody_and_two_equal_ones_mean_one() {
        let (one, two) = (id().expose().to_string(), id().expose().to_string());
        for lines in [
            vec![format!("session={one}; session={two}")],
            vec![format!("session={two}"), format!("session={one}")],
            vec![format!("session={one}; session=")],
        ] {
            let lines: Vec<_> = lines.iter().map(String::as_str).collect();
            assert!(read(&lines).id().is_none());
        }
        assert!(read(&[&format!("session={one}; session={one}")]).id().is_some());
    }

    #[test]
    fn a_pair_that_is_not_utf8_is_left_out_and_the_others_count() {
        let text = id().expose().to_string();
        let [latin, cut] = [b"name=bl\xe6".as_slice(), b"session=\xff"];
        let ours = format!("session={text}").into_bytes();
        for lines in [
            vec![[latin, b"; ", &ours].concat()],
            vec![[&ours, b"; ".as_slice(), latin].concat()],
            vec![[latin, b"; ", &ours, b"; ", cut].concat()],
            vec![latin.to_vec(), ours.clone()],
            vec![ours.clone(), cut.to_vec()],
        ] {
            let headers: Vec<_> = lines.iter().map(|line| ("cookie", line.as_slice())).collect();
            let presented = localhost().read(&raw_request(&headers));
            assert_eq!(presented.id().unwrap().expose().as_str(), text, "{lines:?}");
        }
        assert!(!localhost().read(&raw_request(&[("cookie", cut)])).is_present());
    }

    #[test]
    fn anything_else_is_unusable() {
        for value in ["", "x", "%00", "AAAA", &"A".repeat(16 * 1024), "\"\""] {
            assert!(matches!(read(&[&format!("session={value}")]), PresentedCookie::Unusable), "{value}");
        }
    }

    #[test]
    fn attributes_are_the_strict_ones() {
        let cookie = CookieConfig::new("session", true, "/").set(&id(), Some(Duration::from_secs(60)));
        assert!(cookie.starts_with("__Host-session="));
        assert!(cookie.ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=60"), "{cookie}");
        assert!(cookie.len() < 4096);
        assert_eq!(localhost().clear(), "session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    }

    #[test]
    fn below_a_path_it_goes_to_that_path_only() {
        let shop = CookieConfig::new("session", true, "/shop");
        assert_eq!(shop.clear(), "__Secure-session=; Path=/shop; Secure; HttpOnly; SameSite=Lax; Max-Age=0");
        let shop = CookieConfig::new("session", false, "/shop");
        assert_eq!(shop.clear(), "session=; Path=/shop; HttpOnly; SameSite=Lax; Max-Age=0");
    }

    #[test]
    fn the_other_cookies_follow_the_name_of_the_session_cookie() {
        let shop = CookieConfig::new("shop", true, "/");
        assert!(shop.companion("login").clear().starts_with("__Host-shop-login=; Path=/; Secure"));
        for (name, is_taken) in [
            ("__Host-shop", true),
            ("__Host-shop-login", true),
            ("__Host-shop-known", true),
            ("__Host-shop-pending", true),
            ("__Host-shop-basket", false),
            ("__Host-shoplogin", false),
            ("shop", false),
            ("__Host-session", false),
        ] {
            assert_eq!(shop.takes(name), is_taken, "{name}");
        }
        assert!(CookieConfig::is_companion("shop-login") && !CookieConfig::is_companion("shop-basket"));
    }

    #[test]
    fn the_cookie_of_a_login_that_waits_has_a_name_of_its_own() {
        for (session, is_https, path, pending) in [
            ("session", true, "/", "__Host-pending"),
            ("session", true, "/shop", "__Secure-pending"),
            ("session", false, "/", "pending"),
            ("shop", true, "/", "__Host-shop-pending"),
            ("my_session", false, "/", "my_session-pending"),
        ] {
            let session = CookieConfig::new(session, is_https, path);
            assert!(session.apart("pending").clear().starts_with(&format!("{pending}=;")), "{pending}");
            assert!(session.takes(pending));
        }
        assert!(!CookieConfig::new("shop", true, "/").takes("__Host-pending"));
        assert!(CookieConfig::is_apart("pending") && CookieConfig::is_companion("shop-pending"));
    }
}
