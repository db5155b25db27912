//! The page that a mailed link opens, to prove an address.

use askama::Template;

use crate::text::Text;

use super::form::written;
use super::frame::Frame;
use super::{Form, Page, Pages};

/// What the page that proves an address shows.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EmailVerificationPage<'a> {
    /// The form, which carries the token of the link. It may take `password`.
    pub form: Form,
    /// Whether this may be another browser than the one in which the account was made: then the password shows that the account is the
    /// visitor's, who otherwise gets it without what was set before, and sets a password of their own.
    pub asks_password: bool,
    /// Why the last attempt failed, a sentence.
    pub error: Option<&'a str>,
    /// What support finds that attempt by ([`EventId::reference`](crate::event::EventId::reference)).
    pub reference: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "email_verification.html")]
struct Ours<'a> {
    frame: Frame<'a>,
    page: &'a EmailVerificationPage<'a>,
}

impl Page for EmailVerificationPage<'_> {
    fn own(&self, pages: &dyn Pages) -> Option<String> {
        pages.email_verification(self)
    }

    fn ours(&self, frame: Frame<'_>) -> String {
        written(&Ours { frame, page: self })
    }

    fn opened_at(&self) -> Option<String> {
        Some(self.form.opened_at())
    }

    fn reference(&self) -> Option<&str> {
        self.reference
    }

    fn forms(&self) -> Vec<&Form> {
        vec![&self.form]
    }
}
