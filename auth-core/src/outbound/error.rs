//! Why a request to another server brought nothing.

use std::fmt;

use crate::error::BoxError;

use super::{OutboundResponse, OutboundUrl};

/// What kind of failure an [`OutboundError`] is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum OutboundFault {
    /// The address may not be called.
    AddressRefused,
    /// The server could not be reached, or the connection broke.
    Connection,
    /// The answer is not of the form that was asked for: not JSON, say, or HTML.
    Malformed,
    /// The server answered with a redirect, which is never followed.
    Redirect,
    /// The server answered with a status that is not a success.
    Status,
    /// The answer was not complete in time.
    Timeout,
    /// The answer is larger than is read.
    TooLarge,
}

/// Why a request to another server brought nothing. `Display` names the URL without its query, or where only that is known the host,
/// and the fault; never a secret. `Debug` adds the cause.
pub struct OutboundError {
    fault: OutboundFault,
    host: String,
    url: Option<String>,
    status: Option<u16>,
    is_limited: bool,
    source: Option<BoxError>,
}

impl OutboundError {
    /// A failure of a request to this host.
    pub fn new(fault: OutboundFault, host: impl Into<String>) -> Self {
        Self { fault, host: host.into(), url: None, status: None, is_limited: false, source: None }
    }

    /// Adds the URL that was asked for, without its query. [`Outbound`](super::Outbound) does, whatever its client answers.
    #[must_use]
    pub(crate) fn with_url(mut self, url: &OutboundUrl) -> Self {
        self.url = Some(url.without_query());
        self
    }

    /// Adds the status that was answered.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Adds what was answered: its status, and whether that is for now only.
    #[must_use]
    pub(super) fn with_response(self, response: &OutboundResponse) -> Self {
        Self { is_limited: is_limited(response), ..self.with_status(response.status) }
    }

    /// Adds the cause, for the log only.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Whom it was about.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// What kind of failure it is.
    pub fn fault(&self) -> OutboundFault {
        self.fault
    }

    /// The status that was answered, if that is what it is about.
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// Whether the server has had too many requests, and would answer later.
    pub(crate) fn is_limited(&self) -> bool {
        self.is_limited
    }
}

/// RFC 6585 section 4, and GitHub's 403 with the same meaning (<https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api>).
fn is_limited(response: &OutboundResponse) -> bool {
    let says_so = || {
        let left = response.header("x-ratelimit-remaining");
        response.header("retry-after").is_some() || left.is_some_and(|left| left.trim() == "0")
    };
    response.status == 429 || response.status == 403 && says_so()
}

impl fmt::Display for OutboundError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = match self.fault {
            OutboundFault::AddressRefused => "is at an address that may not be called",
            OutboundFault::Connection => "could not be reached",
            OutboundFault::Malformed => "answered in another form than was asked for",
            OutboundFault::Redirect => "answered with a redirect, which is not followed",
            OutboundFault::Status => "answered with an error",
            OutboundFault::Timeout => "did not answer in time",
            OutboundFault::TooLarge => "answered with more than is read",
        };
        write!(f, "{} {said}", self.url.as_ref().unwrap_or(&self.host))?;
        self.status.map_or(Ok(()), |status| write!(f, " (status {status})"))
    }
}

impl fmt::Debug for OutboundError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        self.source.as_ref().map_or(Ok(()), |cause| write!(f, ": {cause}"))
    }
}

impl std::error::Error for OutboundError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
