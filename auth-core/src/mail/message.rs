//! A mail, ready to be sent.

use std::fmt;

use crate::user::Email;

/// A mail as plain text and as an HTML document, which say the same.
#[derive(Clone, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a mail has these two parts (RFC 2046 section 5.1.4)")]
pub struct MailParts {
    /// As plain text.
    pub text: String,
    /// As HTML.
    pub html: String,
}

/// A mail, ready to be sent: as plain text and as HTML, which say the same. It may hold a link that lets somebody in, so `Debug` shows
/// neither.
#[derive(Clone)]
pub struct Mail {
    from_name: String,
    from: Email,
    to: Email,
    subject: String,
    parts: MailParts,
}

impl Mail {
    pub(crate) fn new(from: (&str, &Email), to: Email, subject: &str, parts: MailParts) -> Self {
        let (from_name, from) = (one_line(from.0), from.1.clone());
        Self { from_name, from, to, subject: one_line(subject), parts }
    }

    /// The name that stands beside the sender's address: the application's.
    pub fn from_name(&self) -> &str {
        &self.from_name
    }

    /// The sender's address.
    pub fn from(&self) -> &Email {
        &self.from
    }

    /// Whom it is for.
    pub fn to(&self) -> &Email {
        &self.to
    }

    /// The subject: one line, without control characters.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// What it says, as plain text.
    pub fn text(&self) -> &str {
        &self.parts.text
    }

    /// What it says, as an HTML document.
    pub fn html(&self) -> &str {
        &self.parts.html
    }
}

impl fmt::Debug for MailParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MailParts([redacted])")
    }
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail").field("to", &self.to).field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// A line of a header: what would begin another one is a space.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> MailParts {
        MailParts { text: text.to_owned(), html: text.to_owned() }
    }

    #[test]
    fn a_header_is_one_line_whatever_the_application_is_called() {
        let address = Email::new("a@x.example").unwrap();
        let mail = Mail::new(
            ("App\r\nBcc: v@x.example", &address),
            address.clone(),
            "Hello\nBcc: v@x.example",
            parts(""),
        );
        assert_eq!(mail.from_name(), "App  Bcc: v@x.example");
        assert_eq!(mail.subject(), "Hello Bcc: v@x.example");
    }

    #[test]
    fn debug_shows_no_link() {
        let address = Email::new("a@x.example").unwrap();
        let mail = Mail::new(("App", &address), address.clone(), "Hello", parts("token"));
        assert!(!format!("{mail:?} {:?}", parts("token")).contains("token"));
    }
}
