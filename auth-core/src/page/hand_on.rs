//! The page whose form hands something on to another application.

use std::borrow::Cow;

use askama::Template;

use crate::text::Text;

use super::form::written;
use super::frame::Frame;
use super::{Form, Page, Pages};

/// What the page shows whose form hands something on to another application: there is no script to send it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HandOnPage<'a> {
    /// What the application is called.
    pub client: &'a str,
    /// The form, nothing but a button, which goes there.
    pub form: Form,
}

#[derive(Template)]
#[template(path = "hand_on.html")]
struct Ours<'a> {
    frame: Frame<'a>,
    page: &'a HandOnPage<'a>,
    title: Cow<'a, str>,
}

impl<'a> HandOnPage<'a> {
    pub(crate) fn new(client: &'a str, form: Form) -> Self {
        Self { client, form }
    }
}

impl Page for HandOnPage<'_> {
    fn own(&self, pages: &dyn Pages) -> Option<String> {
        pages.hand_on(self)
    }

    fn ours(&self, frame: Frame<'_>) -> String {
        let title = frame.say(Text::HandOnTitle { client: self.client.to_owned() });
        written(&Ours { frame, page: self, title })
    }

    fn forms(&self) -> Vec<&Form> {
        vec![&self.form]
    }
}
