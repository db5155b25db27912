//! The page on which somebody makes an account.

use askama::Template;

use crate::human::HumanChallenge;
use crate::text::Text;

use super::form::written;
use super::frame::Frame;
use super::{Form, Link, Page, Pages, PasskeyButton};

/// What the registration page shows.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RegisterPage<'a> {
    /// The form. It takes `username`, `email` and `password`; no `email` from whoever is invited.
    pub form: Form,
    /// The address to which the invitation went that is accepted, if it is one.
    pub invited: Option<&'a str>,
    /// The name that was typed before; empty at first.
    pub username: &'a str,
    /// The address that was typed before; empty at first.
    pub email: &'a str,
    /// Why the last attempt failed: sentences.
    pub errors: &'a [String],
    /// The button that makes the account with a passkey in place of a password; `None` where that cannot be done.
    pub passkey: Option<PasskeyButton>,
    /// What support finds that attempt by ([`EventId::reference`](crate::event::EventId::reference)).
    pub reference: Option<&'a str>,
    /// The way to the login page.
    pub login: Link,
    /// What stands in the form, before its button, where it has to be shown that a person sends it.
    pub challenge: Option<&'a HumanChallenge>,
}

#[derive(Template)]
#[template(path = "register.html")]
struct Ours<'a> {
    frame: Frame<'a>,
    page: &'a RegisterPage<'a>,
}

impl Page for RegisterPage<'_> {
    fn own(&self, pages: &dyn Pages) -> Option<String> {
        pages.register(self)
    }

    fn ours(&self, frame: Frame<'_>) -> String {
        written(&Ours { frame, page: self })
    }

    fn opened_at(&self) -> Option<String> {
        Some(self.form.opened_at())
    }

    fn challenge(&self) -> Option<&HumanChallenge> {
        self.challenge
    }

    fn passkey(&self) -> Option<&PasskeyButton> {
        self.passkey.as_ref()
    }

    fn reference(&self) -> Option<&str> {
        self.reference
    }

    fn forms(&self) -> Vec<&Form> {
        vec![&self.form]
    }
}
