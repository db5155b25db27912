//! The pages on which one click changes an account.

use askama::Template;

use crate::text::Text;

use super::form::written;
use super::frame::Frame;
use super::{Form, Link, Page, Pages};

/// What a click is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Confirmation {
    /// To close one's account.
    CloseAccount,
    /// To take an address back, by the link that it was mailed.
    KeepAddress,
    /// To lock everybody out of it, by the link of a notice.
    LockOut,
    /// To log out, as another application wants it.
    LogOut,
    /// To open it again, by a mailed link.
    ReopenAccount,
    /// To let it in again that failed attempts have locked, by a mailed link.
    Unlock,
}

/// What a page shows on which one click changes an account.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ConfirmPage<'a> {
    /// What the click is for.
    pub what: Confirmation,
    /// The form, nothing but a button; it may carry the token of a link.
    pub form: Form,
    /// The heading, a few words.
    pub title: &'a str,
    /// What happens then: a sentence or two.
    pub sentence: &'a str,
    /// What the button says.
    pub button: &'a str,
    /// The way back, where there is one.
    pub way_back: Option<Link>,
}

#[derive(Template)]
#[template(path = "confirm.html")]
struct Ours<'a> {
    frame: Frame<'a>,
    page: &'a ConfirmPage<'a>,
}

impl Page for ConfirmPage<'_> {
    fn own(&self, pages: &dyn Pages) -> Option<String> {
        pages.confirm(self)
    }

    fn ours(&self, frame: Frame<'_>) -> String {
        written(&Ours { frame, page: self })
    }

    fn opened_at(&self) -> Option<String> {
        Some(self.form.opened_at())
    }

    fn forms(&self) -> Vec<&Form> {
        vec![&self.form]
    }
}
