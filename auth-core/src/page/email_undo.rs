//! The page that a mailed link opens, to take an address back.

use askama::Template;

use crate::text::Text;

use super::form::written;
use super::frame::Frame;
use super::{Form, Page, Pages};

/// What the page that takes an address back shows.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EmailUndoPage {
    /// The form, which carries the token of the link, and takes nothing.
    pub form: Form,
}

#[derive(Template)]
#[template(path = "email_undo.html")]
struct Ours<'a> {
    frame: Frame<'a>,
    page: &'a EmailUndoPage,
}

impl Page for EmailUndoPage {
    fn own(&self, pages: &dyn Pages) -> Option<String> {
        pages.email_undo(self)
    }

    fn ours(&self, frame: Frame<'_>) -> String {
        written(&Ours { frame, page: self })
    }

    fn forms(&self) -> Vec<&Form> {
        vec![&self.form]
    }
}
