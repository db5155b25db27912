//! Who sends mails.

use std::fmt;
use std::io::Write as _;

use async_trait::async_trait;

use crate::error::BoxError;

use super::Mail;

/// Sends mails: an SMTP server, the service of a provider.
///
/// # Contract
/// - What is answered `Ok` was taken by somebody who delivers it or says that it cannot. It may come twice: a server may die before
///   it has noted that it was sent.
/// - It answers within a minute: what takes longer is given up, and tried again.
#[async_trait]
pub trait Mailer: fmt::Debug + Send + Sync {
    /// Sends a mail.
    ///
    /// # Errors
    /// When it was not taken: [for now](MailError::later), or [for good](MailError::never).
    async fn send(&self, mail: &Mail) -> Result<(), MailError>;
}

/// Why a mail was not sent.
#[derive(Debug)]
pub struct MailError {
    is_final: bool,
    source: BoxError,
}

impl MailError {
    /// It can be tried again: the server is away, or asks for patience.
    pub fn later(source: impl Into<BoxError>) -> Self {
        Self { is_final: false, source: source.into() }
    }

    /// It makes no sense to try again: the server takes no mail for that address.
    pub fn never(source: impl Into<BoxError>) -> Self {
        Self { is_final: true, source: source.into() }
    }

    /// Whether trying again makes no sense.
    pub fn is_final(&self) -> bool {
        self.is_final
    }
}

impl fmt::Display for MailError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_final { "the mail was refused" } else { "the mail could not be sent" })
    }
}

impl std::error::Error for MailError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.source)
    }
}

/// Writes mails to the standard output (Django's console backend): for development, where whoever reads the terminal is whom they are
/// for.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
#[doc(alias("EmailBackend", "EMAIL_BACKEND"))]
pub struct ConsoleMailer;

impl ConsoleMailer {
    /// Writes to the standard output.
    pub const fn new() -> Self {
        Self
    }
}

#[async_trait]
impl Mailer for ConsoleMailer {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let (to, subject, text) = (mail.to(), mail.subject(), mail.text());
        let page = format!("--- mail to {to} ---\n{subject}\n\n{text}\n---\n");
        std::io::stdout().lock().write_all(page.as_bytes()).map_err(MailError::later)
    }
}
