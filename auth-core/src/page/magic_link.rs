//! The pages that a mail to log in by leads to.

use std::borrow::Cow;

use askama::Template;

use crate::text::Text;

use super::form::written;
use super::frame::Frame;
use super::{Form, Link, Page, Pages};

/// What the page for logging in by mail shows.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MagicLinkPage<'a> {
    /// The form, which takes what the step says.
    pub form: Form,
    /// Where somebody is on the way.
    pub step: MagicLinkStep<'a>,
    /// Why the last attempt failed, a sentence.
    pub error: Option<&'a str>,
    /// What support finds that attempt by ([`EventId::reference`](crate::event::EventId::reference)).
    pub reference: Option<&'a str>,
    /// The way to the login page.
    pub login: Link,
}

/// Where somebody is on the way to be logged in by mail.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum MagicLinkStep<'a> {
    /// They opened the link. The form carries its token, and takes nothing.
    Confirm {
        /// Whose link it is.
        username: &'a str,
    },
    /// They wait for the mail, and may type the code. The form takes `code`.
    Code,
}

impl Ours<'_> {
    fn lead(&self) -> Cow<'_, str> {
        self.frame.say(match self.page.step {
            MagicLinkStep::Confirm { username } => {
                Text::MagicLinkConfirmLead { username: username.to_owned() }
            }
            MagicLinkStep::Code => Text::MagicLinkCodeLead,
        })
    }
}

#[derive(Template)]
#[template(path = "magic_link.html")]
struct Ours<'a> {
    frame: Frame<'a>,
    page: &'a MagicLinkPage<'a>,
}

impl Page for MagicLinkPage<'_> {
    fn own(&self, pages: &dyn Pages) -> Option<String> {
        pages.magic_link(self)
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
