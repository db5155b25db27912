//! Mailers that write real mails, by the crate `lettre`.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::response::Code;
use lettre::transport::smtp::{AsyncSmtpTransport, AsyncSmtpTransportBuilder};
use lettre::{Address, AsyncTransport as _, Message, Tokio1Executor};
use tokio::runtime::Handle;

use crate::error::Error;
use crate::user::Email;

use super::{Mail, MailError, Mailer};

/// How long the server may take for each command. Below what a letter is waited for in all.
const COMMAND: Duration = Duration::from_secs(20);

/// Sends mails to an SMTP server, over a few connections that are kept open.
#[derive(Clone)]
#[doc(alias("EMAIL_HOST"))]
pub struct SmtpMailer {
    builder: AsyncSmtpTransportBuilder,
    connections: Arc<OnceLock<Connections>>,
    /// Scheme, host and port.
    place: String,
}

/// The connections that are kept open, by tasks of the runtime in which the first mail was sent.
struct Connections {
    /// Always there, until it is dropped.
    transport: Option<AsyncSmtpTransport<Tokio1Executor>>,
    runtime: Handle,
}

impl Drop for Connections {
    /// Wherever that is: `lettre` closes them by a task, and panics outside of a runtime.
    fn drop(&mut self) {
        let _entered = self.runtime.enter();
        drop(self.transport.take());
    }
}

impl SmtpMailer {
    /// The server of a URL: `smtps://user:password@host` speaks TLS from the first byte (port 465 by default),
    /// `smtp://user:password@host` begins it by STARTTLS, which the server has to offer (port 587). A user name or a password that has
    /// a `@`, `:` or `/` in it is percent-encoded. Without TLS, `smtp://localhost:25`, mails go to this machine alone.
    ///
    /// # Errors
    /// `Configuration` when the URL is none of these.
    pub fn new(url: &str) -> Result<Self, Error> {
        let wrong = || {
            Error::configuration(
                "the URL of the SMTP server is none: write one like smtps://user:password@mail.example",
            )
        };
        let parsed = url::Url::parse(url).map_err(|_| wrong())?;
        let host = parsed.host_str().filter(|host| !host.is_empty()).ok_or_else(wrong)?;
        let is_here = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
        let tls = match parsed.scheme() {
            "smtps" => "",
            "smtp" if is_here => "",
            "smtp" => "?tls=required",
            _ => return Err(wrong()),
        };
        let mut plain = parsed.clone();
        plain.set_query(None);
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(&format!("{plain}{tls}"));
        let builder = builder.map_err(|_| wrong())?.timeout(Some(COMMAND));
        let port = parsed.port().map_or_else(String::new, |port| format!(":{port}"));
        let place = format!("{}://{host}{port}", parsed.scheme());
        Ok(Self { builder, connections: Arc::default(), place })
    }

    /// The way out, made at its first use.
    fn transport(&self) -> Option<&AsyncSmtpTransport<Tokio1Executor>> {
        let connections = self.connections.get_or_init(|| Connections {
            transport: Some(self.builder.clone().build()),
            runtime: Handle::current(),
        });
        connections.transport.as_ref()
    }
}

impl fmt::Debug for SmtpMailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SmtpMailer").field(&self.place).finish()
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let transport = self.transport().ok_or_else(|| MailError::later("there is no connection"))?;
        let sent = transport.send(message(mail)?).await;
        sent.map(drop).map_err(|error| match error.status().is_some_and(is_of_the_mailbox) {
            true => MailError::never(error),
            false => MailError::later(error),
        })
    }
}

/// Writes each mail into a file of its own (Django's file backend), `.eml`, which mail programs open: for tests and development.
#[derive(Debug)]
pub struct DirectoryMailer {
    directory: PathBuf,
    mark: u64,
    next: AtomicU64,
}

impl DirectoryMailer {
    /// Writes into this directory, which is made if need be.
    ///
    /// # Errors
    /// `Configuration` when it cannot be made.
    pub fn new(directory: impl AsRef<Path>) -> Result<Self, Error> {
        let directory = directory.as_ref().to_owned();
        std::fs::create_dir_all(&directory).map_err(|error| {
            let told = format!("the directory for mails, {}, cannot be made", directory.display());
            Error::configuration(told).with_source(error)
        })?;
        let started = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let mark = u64::try_from(started.as_nanos()).unwrap_or(u64::MAX);
        Ok(Self { directory, mark, next: AtomicU64::new(1) })
    }
}

#[async_trait]
impl Mailer for DirectoryMailer {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let message = message(mail)?.formatted();
        // In the order in which they were sent; of several programs, or of one that starts again, none overwrites another's.
        let (number, mark) = (self.next.fetch_add(1, Ordering::Relaxed), self.mark);
        let file = self.directory.join(format!("{mark:016x}-{number:06}.eml"));
        let written = file.with_extension("part");
        // Whoever watches the directory finds whole files only.
        tokio::fs::write(&written, message).await.map_err(MailError::later)?;
        tokio::fs::rename(&written, &file).await.map_err(MailError::later)
    }
}

/// Whether a refusal is of the mailbox, for good (RFC 5321 section 4.2.3). What is wrong with this server's own settings, a password
/// that was changed above all, is mended, and every mail goes out then.
fn is_of_the_mailbox(code: Code) -> bool {
    matches!(code.to_string().as_str(), "550" | "551" | "553")
}

fn message(mail: &Mail) -> Result<Message, MailError> {
    let from = Mailbox::new(Some(mail.from_name().to_owned()), address(mail.from())?);
    let message = Message::builder()
        .from(from)
        .to(Mailbox::new(None, address(mail.to())?))
        .subject(mail.subject())
        .message_id(None)
        // So that no program answers it (RFC 3834 section 5).
        .header(AutoSubmitted)
        .multipart(MultiPart::alternative_plain_html(mail.text().to_owned(), mail.html().to_owned()));
    message.map_err(MailError::never)
}

/// The address as mail programs read it: with a domain that every server understands.
fn address(email: &Email) -> Result<Address, MailError> {
    let (local, _) = email.as_str().split_once('@').unwrap_or_default();
    let (_, domain) = email.canonical().split_once('@').unwrap_or_default();
    Address::new(local, domain).map_err(MailError::never)
}

/// `Auto-Submitted: auto-generated`.
#[derive(Clone, Copy)]
struct AutoSubmitted;

impl lettre::message::header::Header for AutoSubmitted {
    fn name() -> lettre::message::header::HeaderName {
        lettre::message::header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> lettre::message::header::HeaderValue {
        lettre::message::header::HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::MailParts;

    fn mail(to: &str) -> Mail {
        let from = Email::new("accounts@app.example").unwrap();
        let to = Email::new(to).unwrap();
        let parts = MailParts { text: "plain".to_owned(), html: "<p>rich</p>".to_owned() };
        Mail::new(("Übung", &from), to, "Hello", parts)
    }

    #[test]
    fn a_mail_has_both_parts_and_says_that_no_person_wrote_it() {
        let text =
            String::from_utf8(message(&mail("alice@b\u{fc}cher.example")).unwrap().formatted()).unwrap();
        for expected in [
            "To: alice@xn--bcher-kva.example\r\n",
            "From: =?utf-8?b?",
            "<accounts@app.example>\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "multipart/alternative",
            "plain",
            "<p>rich</p>",
        ] {
            assert!(text.contains(expected), "{expected}: {text}");
        }
    }

    #[tokio::test]
    async fn each_mail_is_a_file_of_its_own() {
        let directory = std::env::temp_dir().join(format!("auth-mails-{}", std::process::id()));
        let mailer = DirectoryMailer::new(&directory).unwrap();
        mailer.send(&mail("a@x.example")).await.unwrap();
        mailer.send(&mail("b@x.example")).await.unwrap();
        let names = std::fs::read_dir(&directory).unwrap();
        let names: Vec<_> = names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        assert!(names.len() == 2 && names.iter().all(|name| name.ends_with(".eml")), "{names:?}");
        std::fs::remove_dir_all(&directory).unwrap();
    }

    #[test]
    fn it_is_made_and_dropped_outside_of_a_runtime() {
        let mailer = SmtpMailer::new("smtp://localhost:1").unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        assert!(runtime.block_on(mailer.send(&mail("alice@x.example"))).is_err());
        drop(runtime);
        drop(mailer);
    }

    #[test]
    fn a_url_that_is_none_is_refused_without_its_password() {
        for url in ["mail.example", "http://mail.example", "smtp://", "smtps://:hunter2@", "smtp:hunter2"] {
            let told = SmtpMailer::new(url).unwrap_err().to_string();
            assert!(
                told.contains("smtps://user:password@mail.example") && !told.contains("hunter2"),
                "{told}"
            );
        }
    }

    #[test]
    fn debug_shows_no_password() {
        let mailer = SmtpMailer::new("smtps://app:hunter2@mail.example:2465").unwrap();
        assert_eq!(format!("{mailer:?}"), "SmtpMailer(\"smtps://mail.example:2465\")");
    }
}
