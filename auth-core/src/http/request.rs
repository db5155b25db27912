//! A request, neutral.

use std::fmt;
use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::secret::Secret;

use super::{RequestBody, RequestView};

/// The headers that decisions are made by.
const DECISIVE: [&str; 14] = [
    "accept",
    "authorization",
    "content-type",
    "cookie",
    "hx-boosted",
    "hx-current-url",
    "hx-history-restore-request",
    "hx-request",
    "origin",
    "referer",
    "sec-fetch-site",
    "upgrade",
    "user-agent",
    "x-forwarded-for",
];

/// A whole request to a login route, owned.
pub struct AuthRequest {
    method: String,
    path: String,
    query: Option<String>,
    headers: Vec<(String, Vec<u8>)>,
    peer: Option<IpAddr>,
    body: RequestBody,
}

impl AuthRequest {
    /// Takes over what `view` shows and the headers and body that the adapter read. Header names are in lower case.
    pub fn new(view: &impl RequestView, headers: Vec<(String, Vec<u8>)>, body: RequestBody) -> Self {
        Self {
            method: view.method().to_owned(),
            path: view.path().to_owned(),
            query: view.query().map(str::to_owned),
            headers,
            peer: view.peer(),
            body,
        }
    }

    /// What decisions are made by, to be asked when the framework's own request is out of reach.
    pub(crate) fn snapshot(view: &impl RequestView) -> Self {
        let lines = |name| view.raw_header_lines(name).map(move |value| (String::from(name), value.to_vec()));
        let headers = DECISIVE.into_iter().flat_map(lines).collect();
        Self::new(view, headers, RequestBody::Complete(Vec::new()))
    }

    /// The body as it was read.
    pub fn body(&self) -> &RequestBody {
        &self.body
    }
}

impl fmt::Debug for AuthRequest {
    /// Method, path and header names only: credentials are in the rest.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        let mut debug = f.debug_struct("AuthRequest");
        debug
            .field("method", &self.method)
            .field("path", &self.path)
            .field("headers", &names)
            .finish_non_exhaustive()
    }
}

impl RequestView for AuthRequest {
    fn method(&self) -> &str {
        &self.method
    }

    fn path(&self) -> &str {
        &self.path
    }

    fn query(&self) -> Option<&str> {
        self.query.as_deref()
    }

    fn raw_header_lines<'a>(&'a self, name: &'static str) -> impl Iterator<Item = &'a [u8]> {
        self.headers.iter().filter(move |(held, _)| held == name).map(|(_, value)| value.as_slice())
    }

    fn peer(&self) -> Option<IpAddr> {
        self.peer
    }
}

/// Scheme and credentials (RFC 9110 section 11.4).
pub(crate) fn split_authorization(value: &str) -> (&str, &str) {
    let value = value.trim();
    value.split_once(' ').map_or((value, ""), |(scheme, rest)| (scheme, rest.trim_start()))
}

/// User name and password of HTTP Basic (RFC 7617 section 2), in UTF-8 as our challenge asks for.
pub(crate) fn basic_credentials(credentials: &str) -> Option<(String, Secret)> {
    let bytes = Zeroizing::new(STANDARD.decode(credentials).ok()?);
    let (login, password) = std::str::from_utf8(&bytes).ok()?.split_once(':')?;
    Some((login.to_owned(), password.into()))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A request with these headers, without body and peer.
    pub(crate) fn request(method: &str, path_and_query: &str, headers: &[(&str, &str)]) -> AuthRequest {
        let (path, query) = match path_and_query.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (path_and_query, None),
        };
        let headers =
            headers.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect();
        AuthRequest {
            method: method.to_owned(),
            path: path.to_owned(),
            query,
            headers,
            peer: None,
            body: RequestBody::Complete(Vec::new()),
        }
    }

    /// A GET with these header lines, UTF-8 or not.
    pub(crate) fn raw_request(headers: &[(&str, &[u8])]) -> AuthRequest {
        let lines = headers.iter().map(|(name, value)| ((*name).to_owned(), value.to_vec()));
        let mut request = request("GET", "/", &[]);
        request.headers = lines.collect();
        request
    }

    /// The same, from this address.
    pub(crate) fn request_from(
        peer: &str,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
    ) -> AuthRequest {
        from(peer, request(method, target, headers))
    }

    /// That request, from this address.
    pub(crate) fn from(peer: &str, mut request: AuthRequest) -> AuthRequest {
        request.peer = peer.parse().ok();
        request
    }

    #[test]
    fn debug_shows_no_credentials() {
        let asked =
            request("GET", "/?token=hunter2", &[("cookie", "session=hunter2"), ("authorization", "hunter2")]);
        assert!(!format!("{asked:?}").contains("hunter2"));
    }

    #[test]
    fn headers_that_are_not_utf8_count_as_absent() {
        let mut asked = request("GET", "/", &[]);
        asked.headers.push(("cookie".into(), vec![0xff]));
        asked.headers.push(("cookie".into(), b"a=b".to_vec()));
        assert_eq!(asked.header_texts("cookie").collect::<Vec<_>>(), ["a=b"]);
        assert_eq!(asked.header_lines("cookie").collect::<Vec<_>>(), [b"a=b"]);
    }
}
