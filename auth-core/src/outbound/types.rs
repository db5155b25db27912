//! Requests to other servers, and their answers.

use std::fmt;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error as _};
use serde_json::error::Category;
use url::Url;

use crate::error::{BoxError, Error};
use crate::secret::Secret;

#[cfg(feature = "server")]
use super::OutboundConfig;
use super::address::is_loopback;

/// What an outbound request does; the protocols here need no more.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Method {
    /// DELETE.
    Delete,
    /// GET.
    Get,
    /// PATCH.
    Patch,
    /// POST.
    Post,
    /// PUT.
    Put,
}

/// An absolute `http` or `https` URL without user name, password and fragment.
///
/// Whether it may be called is for the [`Outbound`](super::Outbound) to say.
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct OutboundUrl(Url);

impl OutboundUrl {
    /// Takes the URL.
    ///
    /// # Errors
    /// `Configuration` when it is no such URL.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let url = Url::parse(text).map_err(|_| {
            Error::configuration(format!("`{text}` is no URL: write one like https://login.example.com"))
        })?;
        let is_plain = matches!(url.scheme(), "http" | "https")
            && url.username().is_empty()
            && url.password().is_none()
            && url.fragment().is_none()
            && url.host().is_some();
        if is_plain {
            Ok(Self(url))
        } else if url.password().is_some() || !url.username().is_empty() {
            // They are not repeated.
            let host = url.host_str().unwrap_or_default();
            Err(Error::configuration(format!(
                "the URL of `{host}` holds a user name or a password: leave it out"
            )))
        } else {
            Err(Error::configuration(format!("`{text}` must be an http or https URL without a fragment")))
        }
    }

    /// The URL's text, as the URL parser that browsers share writes it.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The host: a name in lower case, or an address.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// The URL without its query, in which values may be secret: for logs.
    pub(crate) fn without_query(&self) -> String {
        format!("{}{}", self.0.origin().ascii_serialization(), self.0.path())
    }

    /// Whether it names this very machine.
    pub(crate) fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }

    /// Whether it is of the public web, as far as its text tells: the settings may allow more than a stranger may ask for.
    #[cfg(feature = "server")]
    pub(crate) fn is_public(&self) -> bool {
        OutboundConfig::default().allows_url(&self.0)
    }

    pub(crate) fn url(&self) -> &Url {
        &self.0
    }
}

impl<'de> Deserialize<'de> for OutboundUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(D::Error::custom)
    }
}

impl fmt::Debug for OutboundUrl {
    /// Without the query: values in it may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OutboundUrl({})", self.without_query())
    }
}

/// A request to another server.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OutboundRequest {
    /// What it does.
    pub method: Method,
    /// Where it goes.
    pub url: OutboundUrl,
    /// Header lines; names are in lower case. Values are kept as secrets: one of them may be a credential.
    pub headers: Vec<(String, Secret)>,
    /// The body, if there is one.
    pub body: Option<Secret>,
}

impl OutboundRequest {
    /// A request without headers and body.
    pub fn new(method: Method, url: OutboundUrl) -> Self {
        Self { method, url, headers: Vec::new(), body: None }
    }

    /// Adds a header line. The name is in lower case.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<Secret>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sets the body and its type.
    #[must_use]
    pub fn with_body(self, content_type: &str, body: impl Into<Secret>) -> Self {
        let with_type = self.with_header("content-type", content_type);
        Self { body: Some(body.into()), ..with_type }
    }
}

/// A whole answer.
#[derive(Clone)]
#[non_exhaustive]
pub struct OutboundResponse {
    /// The HTTP status.
    pub status: u16,
    /// Header lines; names are in lower case, values that are not visible ASCII are left out.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl OutboundResponse {
    /// An answer without headers.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into() }
    }

    /// Adds a header line. The name is in lower case.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The value of the first header line of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(held, _)| held == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON, whatever type it is called by: some servers call theirs `text/html`.
    ///
    /// # Errors
    /// What is wrong with it, without quoting it.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, BoxError> {
        serde_json::from_slice(&self.body).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            // The error's own words may quote a value.
            match error.classify() {
                Category::Data => format!("JSON of another form, in line {line}, column {column}").into(),
                _ => {
                    format!("no JSON, by line {line}, column {column}; it is called {:?}", self.media_type())
                        .into()
                }
            }
        })
    }

    /// The type of the body in small letters, without its parameters; empty where none is named.
    pub(crate) fn media_type(&self) -> String {
        let named = self.header("content-type").unwrap_or_default();
        let essence = named.split(';').next().unwrap_or_default().trim();
        essence.chars().take(MAX_MEDIA_TYPE).collect::<String>().to_ascii_lowercase()
    }
}

/// The longest media type that is shown, in characters: two names of 127 each (RFC 6838 section 4.2), and more than any has.
const MAX_MEDIA_TYPE: usize = 255;

impl fmt::Debug for OutboundResponse {
    /// The status only: bodies carry tokens.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutboundResponse").field("status", &self.status).finish_non_exhaustive()
    }
}
