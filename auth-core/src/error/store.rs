//! What stores answer.

use std::borrow::Cow;
use std::fmt;

use super::kind::ErrorKind;

/// A source that is kept for the log.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What a store answers when it cannot do what it was asked.
pub struct StoreError(StoreFault);

enum StoreFault {
    AlreadyExists,
    Unavailable(BoxError),
    Unsupported(Cow<'static, str>),
}

impl StoreError {
    /// The store cannot be reached, or its answer makes no sense.
    pub fn unavailable(source: impl Into<BoxError>) -> Self {
        Self(StoreFault::Unavailable(source.into()))
    }

    /// A unique name is taken.
    pub fn already_exists() -> Self {
        Self(StoreFault::AlreadyExists)
    }

    /// This store leaves that operation to the application.
    pub fn unsupported(operation: impl Into<Cow<'static, str>>) -> Self {
        Self(StoreFault::Unsupported(operation.into()))
    }

    /// Whether a unique name was taken.
    pub fn is_already_exists(&self) -> bool {
        matches!(self.0, StoreFault::AlreadyExists)
    }

    pub(super) fn kind(&self) -> ErrorKind {
        match self.0 {
            StoreFault::AlreadyExists => ErrorKind::AlreadyExists,
            StoreFault::Unavailable(_) => ErrorKind::Unavailable,
            StoreFault::Unsupported(_) => ErrorKind::Configuration,
        }
    }
}

/// As of [`Error`](super::Error).
impl fmt::Debug for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&sentence(self))
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            StoreFault::AlreadyExists => f.write_str("that name is taken"),
            StoreFault::Unavailable(_) => f.write_str("the store cannot answer"),
            StoreFault::Unsupported(operation) => write!(f, "this store does not support {operation}"),
        }
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            StoreFault::Unavailable(source) => Some(source.as_ref()),
            _ => None,
        }
    }
}

/// An error and its causes on one line, whatever they say: others write into some of them, and nobody writes lines of their own
/// into the log.
pub(super) fn sentence(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let says = error.to_string();
        // Some repeat their own cause.
        if !text.contains(&says) {
            text = format!("{text}: {says}");
        }
        cause = error.source();
    }
    let words = text.split(|c: char| c.is_control() || c.is_whitespace()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}
