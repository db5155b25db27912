//! The page that a mailed link opens, to let a locked account in again.

use askama::Template;

use crate::text::Text;

use super::form::written;
use super::frame::Frame;
use super::{Form, Page, Pages};

/// What the page that lets a locked account in again shows.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UnlockPage {
    /// The form, which carries the token of the link, and takes nothing.
    pub form: Form,
}

#[derive(Template)]
#[template(path = "unlock.html")]
struct Ours<'a> {
    frame: Frame<'a>,
    page: &'a UnlockPage,
}

impl Page for UnlockPage {
    fn own(&self, pages: &dyn Pages) -> Option<String> {
        pages.unlock(self)
    }

    fn ours(&self, frame: Frame<'_>) -> String {
        written(&Ours { frame, page: self })
    }

    fn forms(&self) -> Vec<&Form> {
        vec![&self.form]
    }
}
