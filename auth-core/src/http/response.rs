//! A response, neutral, and what the layer's response half may do to a framework's own.

use std::borrow::Cow;
use std::fmt;

/// A whole response: adapters send it as it is.
#[derive(Clone, Eq, PartialEq)]
#[must_use = "a reply that is not sent tells nobody anything"]
pub struct AuthResponse {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl AuthResponse {
    /// A response without headers and body.
    pub fn new(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    /// The same with this status.
    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// Adds a header line. The name is in lower case.
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.push_header(name, value);
        self
    }

    /// Sets the body and its type.
    pub fn with_body(mut self, content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.with_header("content-type", content_type)
    }

    /// Adds a header line. The name is in lower case.
    pub fn push_header(&mut self, name: &'static str, value: impl Into<String>) {
        self.headers.push((name, value.into()));
    }

    /// Sets a header line in place of those of the same name. The name is in lower case.
    pub(crate) fn replace_header(&mut self, name: &'static str, value: impl Into<String>) {
        self.remove(name);
        self.push_header(name, value);
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The header lines. Values are visible ASCII.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.headers.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// The value of the first header line of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers().find(|(held, _)| *held == name).map(|(_, value)| value)
    }

    /// The body.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The body, taken over.
    pub fn into_body(self) -> Vec<u8> {
        self.body
    }
}

impl fmt::Debug for AuthResponse {
    /// Status and header names only: cookies and tokens are in the rest.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers().map(|(name, _)| name).collect();
        f.debug_struct("AuthResponse")
            .field("status", &self.status)
            .field("headers", &names)
            .finish_non_exhaustive()
    }
}

impl ResponseHead for AuthResponse {
    fn lines<'a>(&'a self, name: &'static str) -> impl Iterator<Item = &'a [u8]> {
        self.headers().filter(move |(held, _)| *held == name).map(|(_, value)| value.as_bytes())
    }

    fn append(&mut self, name: &'static str, value: Cow<'static, str>) {
        self.push_header(name, value);
    }

    fn remove(&mut self, name: &'static str) {
        self.headers.retain(|(held, _)| *held != name);
    }

    fn remove_ending(&mut self, end: &'static str) -> bool {
        let before = self.headers.len();
        self.headers.retain(|(held, _)| !held.ends_with(end));
        self.headers.len() < before
    }
}

/// The head of a framework's own response, as far as the layer touches it. Names are in lower case.
pub trait ResponseHead {
    /// The values of every header line of this name, in order.
    fn lines<'a>(&'a self, name: &'static str) -> impl Iterator<Item = &'a [u8]>;

    /// Adds a header line beside those of the same name that are there.
    fn append(&mut self, name: &'static str, value: Cow<'static, str>);

    /// Takes away every header line of this name.
    fn remove(&mut self, name: &'static str);

    /// Takes away every header line whose name, in lower case, ends so, and answers whether there was one.
    fn remove_ending(&mut self, end: &'static str) -> bool;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_cookie_and_no_token() {
        let response = AuthResponse::new(200)
            .with_header("set-cookie", "session=hunter2")
            .with_body("application/json", "{\"access_token\":\"hunter2\"}");
        assert!(!format!("{response:?}").contains("hunter2"));
    }
}
