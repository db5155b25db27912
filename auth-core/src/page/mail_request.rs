//! The page on which somebody asks for a mail.

use std::borrow::Cow;

use askama::Template;

use crate::human::HumanChallenge;
use crate::text::Text;

use super::form::written;
use super::frame::Frame;
use super::{Form, Link, Page, Pages};

/// What the page on which somebody asks for a mail shows.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MailRequestPage<'a> {
    /// The form. It takes `email`.
    pub form: Form,
    /// What the mail is for.
    pub request: MailRequest,
    /// The address that was typed before; empty at first.
    pub email: &'a str,
    /// Why the last attempt failed, a sentence.
    pub error: Option<&'a str>,
    /// What support finds that attempt by ([`EventId::reference`](crate::event::EventId::reference)).
    pub reference: Option<&'a str>,
    /// The way to the login page.
    pub login: Link,
    /// What stands in the form, before its button, where it has to be shown that a person sends it.
    pub challenge: Option<&'a HumanChallenge>,
}

/// What somebody asks a mail for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum MailRequest {
    /// A link and a code to log in by.
    MagicLink,
    /// A link to set another password.
    NewPassword,
    /// A link to prove an address.
    Verification,
}

#[derive(Template)]
#[template(path = "mail_request.html")]
struct Ours<'a> {
    frame: Frame<'a>,
    page: &'a MailRequestPage<'a>,
    title: Cow<'a, str>,
    lead: Cow<'a, str>,
}

impl Page for MailRequestPage<'_> {
    fn own(&self, pages: &dyn Pages) -> Option<String> {
        pages.mail_request(self)
    }

    fn ours(&self, frame: Frame<'_>) -> String {
        let (title, lead) = match self.request {
            MailRequest::MagicLink => (Text::MagicLinkTitle, Text::MagicLinkLead),
            MailRequest::NewPassword => (Text::ForgottenTitle, Text::ForgottenLead),
            MailRequest::Verification => (Text::VerifyTitle, Text::VerifyAgainLead),
        };
        written(&Ours { frame, page: self, title: frame.say(title), lead: frame.say(lead) })
    }

    fn opened_at(&self) -> Option<String> {
        Some(self.form.opened_at())
    }

    fn challenge(&self) -> Option<&HumanChallenge> {
        self.challenge
    }

    fn reference(&self) -> Option<&str> {
        self.reference
    }

    fn forms(&self) -> Vec<&Form> {
        vec![&self.form]
    }
}
