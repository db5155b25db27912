//! A mail as a page: the same words as plain text and as HTML.

use std::fmt;

use askama::Template;

use crate::mail::MailParts;
use crate::text::Text;

use super::form::written;
use super::frame::Frame;
use super::{Link, Pages};

/// What a mail says. It may hold a link that lets somebody in.
pub(crate) struct Message {
    pub(crate) subject: Text,
    /// What it is about.
    pub(crate) lead: Text,
    /// What to do: a URL, and what the button says.
    pub(crate) link: (String, Text),
    /// What else there is to know.
    pub(crate) note: Text,
}

/// What a mail shows. Its words are those of the texts, so that a page of an application's own gives them another look.
#[derive(Clone)]
#[non_exhaustive]
pub struct MailPage<'a> {
    /// The application's name.
    pub app_name: &'a str,
    /// The subject.
    pub subject: &'a str,
    /// What it is about, a sentence or two.
    pub lead: &'a str,
    /// What to do: a whole URL, and what the button says. It may let somebody in: it belongs into no log.
    pub link: Link,
    /// What else there is to know.
    pub note: &'a str,
}

impl fmt::Debug for MailPage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailPage").field("subject", &self.subject).finish_non_exhaustive()
    }
}

#[derive(Template)]
#[template(path = "mail.html")]
struct Html<'a> {
    frame: Frame<'a>,
    mail: &'a MailPage<'a>,
}

#[derive(Template)]
#[template(path = "mail.txt")]
struct Plain<'a> {
    mail: &'a MailPage<'a>,
}

/// The subject and the parts: the application's own, or ours.
pub(super) fn mail(frame: Frame<'_>, pages: &dyn Pages, message: &Message) -> (String, MailParts) {
    let [subject, lead, note] = [&message.subject, &message.lead, &message.note].map(|text| frame.say(text));
    let link = Link::new(&message.link.0, frame.say(&message.link.1));
    let mail = MailPage { app_name: frame.app_name, subject: &subject, lead: &lead, link, note: &note };
    let parts = pages.mail(&mail).unwrap_or_else(|| MailParts {
        text: written(&Plain { mail: &mail }),
        html: written(&Html { frame, mail: &mail }),
    });
    (subject.into_owned(), parts)
}
