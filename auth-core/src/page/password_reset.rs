//! The page that a mailed link opens, to set another password.

use askama::Template;

use crate::text::Text;

use super::form::written;
use super::frame::Frame;
use super::{Form, Page, Pages};

/// What the page for another password shows.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PasswordResetPage<'a> {
    /// The form, which carries the token of the link. It takes `new_password`.
    pub form: Form,
    /// Why the last attempt failed: sentences.
    pub errors: &'a [String],
    /// What support finds that attempt by ([`EventId::reference`](crate::event::EventId::reference)).
    pub reference: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "password_reset.html")]
struct Ours<'a> {
    frame: Frame<'a>,
    page: &'a PasswordResetPage<'a>,
}

impl Page for PasswordResetPage<'_> {
    fn own(&self, pages: &dyn Pages) -> Option<String> {
        pages.password_reset(self)
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
