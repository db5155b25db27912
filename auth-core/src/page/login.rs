//! The page that asks for a user name and a password.

use std::borrow::Cow;

use askama::Template;

use crate::human::HumanChallenge;
use crate::text::Text;

use super::form::written;
use super::frame::Frame;
use super::{Form, Link, Page, Pages, PasskeyButton, ProviderButton};

/// What the login page shows.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LoginPage<'a> {
    /// The form. It takes `username`, `password` and the checkbox `remember`.
    pub form: Form,
    /// The name that was typed before; empty at first.
    pub username: &'a str,
    /// Whether the visitor had asked to stay logged in.
    pub remember: bool,
    /// Why the last attempt failed, a sentence.
    pub error: Option<&'a str>,
    /// What support finds that attempt by ([`EventId::reference`](crate::event::EventId::reference)).
    pub reference: Option<&'a str>,
    /// The providers to log in with, each a button.
    pub providers: &'a [ProviderButton<'a>],
    /// The button for a passkey; `None` where there are none. Ours has the browser offer them where the user name is typed, whose
    /// `autocomplete` says `webauthn` for that.
    pub passkey: Option<PasskeyButton>,
    /// Ways on, for whoever has no account yet or has forgotten the password; none where these pages are off.
    pub links: &'a [Link],
    /// What stands in the form, before its button, where it has to be shown that a person sends it.
    pub challenge: Option<&'a HumanChallenge>,
}

#[derive(Template)]
#[template(path = "login.html")]
struct Ours<'a> {
    frame: Frame<'a>,
    page: &'a LoginPage<'a>,
}

impl Ours<'_> {
    fn log_in_with(&self, provider: &str) -> Cow<'_, str> {
        self.frame.say(Text::LoginWith { provider: provider.to_owned() })
    }
}

impl<'a> LoginPage<'a> {
    pub(crate) fn new(form: Form, providers: &'a [ProviderButton<'a>]) -> Self {
        Self {
            form,
            username: "",
            remember: false,
            error: None,
            reference: None,
            providers,
            passkey: None,
            links: &[],
            challenge: None,
        }
    }
}

impl Page for LoginPage<'_> {
    fn own(&self, pages: &dyn Pages) -> Option<String> {
        pages.login(self)
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
        std::iter::once(&self.form).chain(self.providers.iter().map(|provider| &provider.form)).collect()
    }
}
