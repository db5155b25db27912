//! The page on which somebody asks for a link to set another password.

use askama::Template;

use crate::text::Text;

use super::form::written;
use super::frame::Frame;
use super::{Form, Link, Page, Pages};

/// What the page for a forgotten password shows.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PasswordForgottenPage<'a> {
    /// The form. It takes `email`.
    pub form: Form,
    /// The address that was typed before; empty at first.
    pub email: &'a str,
    /// Why the last attempt failed, a sentence.
    pub error: Option<&'a str>,
    /// The way to the login page.
    pub login: Link,
}

#[derive(Template)]
#[template(path = "password_forgotten.html")]
struct Ours<'a> {
    frame: Frame<'a>,
    page: &'a PasswordForgottenPage<'a>,
}

impl Page for PasswordForgottenPage<'_> {
    fn own(&self, pages: &dyn Pages) -> Option<String> {
        pages.password_forgotten(self)
    }

    fn ours(&self, frame: Frame<'_>) -> String {
        written(&Ours { frame, page: self })
    }

    fn forms(&self) -> Vec<&Form> {
        vec![&self.form]
    }
}
