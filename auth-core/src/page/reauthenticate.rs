//! The page that asks a logged-in user for a proof once more.

use std::borrow::Cow;

use askama::Template;

use crate::text::Text;

use super::form::written;
use super::frame::Frame;
use super::{Form, Page, Pages, PasskeyButton, ProviderButton};

/// What the re-authentication page shows.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ReauthenticatePage<'a> {
    /// The form for the password. It takes `password`.
    pub form: Form,
    /// Who is logged in. Our form sends it for password managers only.
    pub username: &'a str,
    /// Why the last attempt failed, a sentence.
    pub error: Option<&'a str>,
    /// Which factor in particular the page behind this one asks for, a sentence.
    pub asked: Option<&'a str>,
    /// What support finds that attempt by ([`EventId::reference`](crate::event::EventId::reference)).
    pub reference: Option<&'a str>,
    /// The form for a code of the authenticator app, of an account without a password: it takes `code`. Where it is there, it is what is
    /// asked for.
    pub code: Option<Form>,
    /// How the account is proven: by its password, or, where it has none, by one of these providers.
    pub providers: Option<&'a [ProviderButton<'a>]>,
    /// The button for a passkey; `None` where the account has none that proves it alone.
    pub passkey: Option<PasskeyButton>,
    /// The providers of such an account that cannot be asked for a new proof, and that can be logged in with anew.
    pub logins: &'a [ProviderButton<'a>],
}

#[derive(Template)]
#[template(path = "reauthenticate.html")]
struct Ours<'a> {
    frame: Frame<'a>,
    page: &'a ReauthenticatePage<'a>,
    title: Cow<'a, str>,
}

impl Ours<'_> {
    fn confirm_with(&self, provider: &str) -> Cow<'_, str> {
        self.frame.say(Text::ReauthenticateWith { provider: provider.to_owned() })
    }

    fn log_in_with(&self, provider: &str) -> Cow<'_, str> {
        self.frame.say(Text::ReauthenticateLoginWith { provider: provider.to_owned() })
    }
}

impl<'a> ReauthenticatePage<'a> {
    /// By the password.
    pub(crate) fn new(form: Form, username: &'a str) -> Self {
        Self {
            form,
            username,
            error: None,
            asked: None,
            reference: None,
            code: None,
            providers: None,
            passkey: None,
            logins: &[],
        }
    }
}

impl Page for ReauthenticatePage<'_> {
    fn own(&self, pages: &dyn Pages) -> Option<String> {
        pages.reauthenticate(self)
    }

    fn ours(&self, frame: Frame<'_>) -> String {
        let title = frame.say(match self.providers {
            Some(_) => Text::ReauthenticateTitleProvider,
            None => Text::ReauthenticateTitlePassword,
        });
        written(&Ours { frame, page: self, title })
    }

    fn opened_at(&self) -> Option<String> {
        Some(self.form.opened_at())
    }

    fn passkey(&self) -> Option<&PasskeyButton> {
        self.passkey.as_ref()
    }

    fn reference(&self) -> Option<&str> {
        self.reference
    }

    fn forms(&self) -> Vec<&Form> {
        match self.providers {
            Some(providers) => {
                let providers = providers.iter().chain(self.logins).map(|provider| &provider.form);
                self.code.iter().chain(providers).collect()
            }
            None => vec![&self.form],
        }
    }
}
