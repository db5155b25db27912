//! What goes wrong, in sentences, and the exit code.

use std::error::Error as StdError;
use std::fmt::Write as _;
use std::io;
use std::process::ExitCode;

use auth_core::Error;
use auth_core::error::StoreError;

/// Why a command ended early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It could not be done: exit code 1.
    Failed(String),
    /// It was called in a wrong way: exit code 2, as clap's.
    Usage(String),
    /// Nobody reads the output any more (`auth user list | head`).
    NoReader,
}

impl Failure {
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::Failed(message.into())
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::Usage(message.into())
    }

    /// Puts what was tried before the reason.
    pub(crate) fn while_trying(self, what: &str) -> Self {
        match self {
            Self::Failed(message) => Self::Failed(format!("{what}: {message}")),
            other => other,
        }
    }

    /// What went wrong, in a sentence.
    pub(crate) fn into_message(self) -> String {
        match self {
            Self::Failed(message) | Self::Usage(message) => message,
            Self::NoReader => "nobody reads the output".to_owned(),
        }
    }

    pub(crate) fn report(self) -> ExitCode {
        match self {
            Self::Failed(message) => {
                eprintln!("auth: {message}");
                ExitCode::FAILURE
            }
            Self::Usage(message) => {
                eprintln!("auth: {message}");
                ExitCode::from(2)
            }
            Self::NoReader => ExitCode::SUCCESS,
        }
    }
}

/// An error and what it comes from, each said once.
fn sentence(error: &dyn StdError) -> String {
    let mut sentence = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let text = error.to_string();
        if !sentence.contains(&text) {
            let _ = write!(sentence, ": {text}");
        }
        source = error.source();
    }
    sentence
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let violations: Vec<_> = error.violations().iter().map(|broken| broken.message.to_string()).collect();
        if violations.is_empty() {
            Self::Failed(sentence(&error))
        } else {
            Self::Failed(violations.join("; "))
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Failed(sentence(&error))
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(sentence(&error))
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::NoReader,
            _ => Self::Failed(sentence(&error)),
        }
    }
}
