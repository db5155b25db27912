//! Mail: what is to be told to people goes into an [outbox](crate::outbox), and from there to a [`Mailer`], never on the way of a request.
//!
//! 1. A letter says what is to be told to whom; the mail itself, and a link in it, is made when it is delivered. So the store holds
//!    nothing by which a link could be used, and a link lives from the moment at which it is sent. How letters wait, and are tried
//!    again, is told in [`outbox`](crate::outbox).
//! 2. A request that could tell who exists writes a letter for every address, and looks nobody up: whoever delivers it does that.
//! 3. A server that dies between sending a mail and noting it sends it once more, with a new link that voids the one before.
//! 4. An address is sent 6 mails of a kind an hour and 20 a day at most, whoever asks for them; what is beyond that is dropped before a
//!    link is made, so that the last one that was sent goes on working, and the log says so.
//! 5. Nothing of a mail is a header that could be broken: its address is an [`Email`](crate::user::Email), its subject a sentence of
//!    ours without control characters, and the rest is the body.
//!
//! Configured by [`AuthBuilder::mailer`](crate::AuthBuilder::mailer); without one nothing is sent, and the routes that need mail
//! answer 404. [`SmtpMailer`] and [`DirectoryMailer`] come with the feature `smtp`; [`ConsoleMailer`] is for development.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), auth_core::Error> {
//! use async_trait::async_trait;
//! use auth_core::mail::{Mail, MailError, Mailer};
//! # use auth_core::{Auth, store::MemoryStore};
//!
//! /// Sends by the service of a provider of mail.
//! #[derive(Debug)]
//! struct ByApi;
//!
//! #[async_trait]
//! impl Mailer for ByApi {
//!     async fn send(&self, mail: &Mail) -> Result<(), MailError> {
//!         let (_to, _subject, _text) = (mail.to(), mail.subject(), mail.text());
//!         Ok(()) // `MailError::later(error)` where it can be tried again
//!     }
//! }
//!
//! # let auth = Auth::builder().base_url("http://localhost:3000").store(MemoryStore::new());
//! # let auth = auth.secret_text("Bivcc2MtE0an74A79Vx2zqcfbW0/7xTgN+WSE5KCiEQ=");
//! let auth = auth.mailer(ByApi, "accounts@app.example").build().await?;
//! # Ok(())
//! # }
//! ```
//!
//! RFC 5321 (SMTP), RFC 5322 (mails).

mod courier;
mod mailer;
mod message;
#[cfg(feature = "smtp")]
mod smtp;
#[cfg(test)]
mod tests;

pub use self::mailer::{ConsoleMailer, MailError, Mailer};
pub use self::message::{Mail, MailParts};
#[cfg(feature = "smtp")]
pub use self::smtp::{DirectoryMailer, SmtpMailer};

pub(crate) use self::courier::{Correspondent, MAIL, MailCourier, Written};
