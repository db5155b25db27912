//! An error of somebody else's server.

use std::fmt;
use std::time::Duration;

use crate::error::{BoxError, Error, ErrorKind};

use super::OutboundError;

/// What is wrong, as somebody else's server names it or as its answer shows.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum OutsideFault {
    /// It does not know this client, or does not let it do this.
    Client,
    /// The person who was asked said no.
    Denied,
    /// It could not be asked, or its answer does not hold.
    Failed,
    /// A code or a refresh token is wrong, used, expired or revoked.
    Grant,
    /// It does not give this scope.
    Scope,
    /// A token that it issued, or somebody in its name, does not hold.
    Token,
}

/// Why somebody else's server did not do its part, or what of ours kept it from being asked.
///
/// It is no [`Error`], and `?` does not make one of it: what a provider or an issuer says to us is no answer to whoever called us.
/// Each place says itself what it means there: [`into_provider_error`](Self::into_provider_error), [`into_named`](Self::into_named),
/// or a refusal of its own.
///
/// ```compile_fail,E0277
/// use auth_core::issuer::{IssuerId, Issuers};
///
/// async fn forgotten(issuers: &Issuers, issuer: &IssuerId) -> Result<(), auth_core::Error> {
///     issuers.metadata(issuer).await?;
///     Ok(())
/// }
/// ```
pub struct OutsideError(Box<Cause>);

enum Cause {
    Ours(Error),
    Theirs { fault: OutsideFault, source: Option<BoxError>, retry_after: Option<Duration> },
}

impl OutsideError {
    /// The other server's fault, without more.
    pub(crate) fn new(fault: OutsideFault) -> Self {
        Self::theirs(fault, None)
    }

    /// The other server did not do its part, with the reason for the log.
    pub(crate) fn failed(reason: impl Into<BoxError>) -> Self {
        Self::theirs(OutsideFault::Failed, Some(reason.into()))
    }

    /// A token does not hold, with the reason for the log.
    pub(crate) fn token(reason: impl Into<BoxError>) -> Self {
        Self::theirs(OutsideFault::Token, Some(reason.into()))
    }

    fn theirs(fault: OutsideFault, source: Option<BoxError>) -> Self {
        Self(Box::new(Cause::Theirs { fault, source, retry_after: None }))
    }

    /// Adds the cause, for the log only.
    #[must_use]
    pub(crate) fn with_source(mut self, reason: impl Into<BoxError>) -> Self {
        if let Cause::Theirs { source, .. } = &mut *self.0 {
            *source = Some(reason.into());
        }
        self
    }

    /// Adds the time after which another try makes sense.
    #[must_use]
    pub(crate) fn with_retry_after(mut self, wait: Duration) -> Self {
        if let Cause::Theirs { retry_after, .. } = &mut *self.0 {
            *retry_after = Some(wait);
        }
        self
    }

    /// What is wrong there; `None` where it is something of ours.
    pub fn fault(&self) -> Option<OutsideFault> {
        match &*self.0 {
            Cause::Ours(_) => None,
            Cause::Theirs { fault, .. } => Some(*fault),
        }
    }

    /// An error of ours in which all that the other server did is its own fault: `ProviderError`, with the reason for the log.
    /// What is ours stays what it is.
    pub fn into_provider_error(self) -> Error {
        match *self.0 {
            Cause::Theirs { fault, .. } if fault != OutsideFault::Failed => {
                Error::new(ErrorKind::ProviderError).with_source(self)
            }
            _ => self.into_named(),
        }
    }

    /// An error of ours of the kind that the other server named, for who asked it themselves: `InvalidClient`,
    /// `PermissionDenied`, `InvalidGrant`, `InvalidScope`, `InvalidToken`, or `ProviderError` for all else. What is ours stays
    /// what it is.
    pub fn into_named(self) -> Error {
        let (fault, source, retry_after) = match *self.0 {
            Cause::Ours(error) => return error,
            Cause::Theirs { fault, source, retry_after } => (fault, source, retry_after),
        };
        let error = Error::new(fault.kind());
        let error = source.into_iter().fold(error, Error::with_source);
        retry_after.into_iter().fold(error, Error::with_retry_after)
    }
}

impl OutsideFault {
    const fn kind(self) -> ErrorKind {
        match self {
            Self::Client => ErrorKind::InvalidClient,
            Self::Denied => ErrorKind::PermissionDenied,
            Self::Failed => ErrorKind::ProviderError,
            Self::Grant => ErrorKind::InvalidGrant,
            Self::Scope => ErrorKind::InvalidScope,
            Self::Token => ErrorKind::InvalidToken,
        }
    }
}

impl From<Error> for OutsideError {
    /// What of ours kept the other server from being asked.
    fn from(error: Error) -> Self {
        Self(Box::new(Cause::Ours(error)))
    }
}

impl From<OutboundError> for OutsideError {
    fn from(error: OutboundError) -> Self {
        Self::failed(error)
    }
}

impl fmt::Display for OutsideError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &*self.0 {
            Cause::Ours(error) => return write!(f, "{error}"),
            Cause::Theirs { fault, .. } => match fault {
                OutsideFault::Client => "the other server refused the client",
                OutsideFault::Denied => "the person refused",
                OutsideFault::Failed => "the other server did not do its part",
                OutsideFault::Grant => "the other server refused the grant",
                OutsideFault::Scope => "the other server refused the scope",
                OutsideFault::Token => "the other server's token does not hold",
            },
        })
    }
}

impl fmt::Debug for OutsideError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Cause::Ours(error) => write!(f, "{error:?}"),
            Cause::Theirs { source, .. } => {
                write!(f, "{self}")?;
                source.as_ref().map_or(Ok(()), |cause| write!(f, ": {cause:?}"))
            }
        }
    }
}

impl std::error::Error for OutsideError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &*self.0 {
            Cause::Ours(error) => error.source(),
            Cause::Theirs { source, .. } => source.as_deref().map(|source| source as _),
        }
    }
}
