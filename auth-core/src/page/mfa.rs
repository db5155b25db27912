//! The page that asks for the second factor of a login that waits.

use std::borrow::Cow;

use askama::Template;

use crate::text::Text;

use super::form::written;
use super::frame::Frame;
use super::{Form, Link, Page, Pages, PasskeyButton};

/// What the page that asks for the second factor shows.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MfaPage<'a> {
    /// The button for a passkey; `None` where the account has none.
    pub passkey: Option<PasskeyButton>,
    /// Whether the account has an authenticator app.
    pub has_totp: bool,
    /// The form for a code of the app, or one that was mailed: it takes `code`, and `trust_device` where that is taken. `None` where
    /// there is neither.
    pub code: Option<Form>,
    /// The form that has a code mailed, nothing but a button.
    pub mail: Option<Form>,
    /// Whether a code is on its way.
    pub is_mail_sent: bool,
    /// The form for a recovery code: it takes `recovery_code`, and `trust_device` where that is taken. `None` where none is left.
    pub recovery_code: Option<Form>,
    /// Whether the browser can be spared the second factor: a checkbox, `trust_device`.
    pub takes_trust: bool,
    /// Why the last attempt failed, a sentence.
    pub error: Option<&'a str>,
    /// What support finds that attempt by ([`EventId::reference`](crate::event::EventId::reference)).
    pub reference: Option<&'a str>,
    /// The way to log in anew.
    pub again: Link,
}

#[derive(Template)]
#[template(path = "mfa.html")]
struct Ours<'a> {
    frame: Frame<'a>,
    page: &'a MfaPage<'a>,
}

impl Ours<'_> {
    fn lead(&self) -> Cow<'_, str> {
        self.frame.say(match (self.page.is_mail_sent, self.page.has_totp, &self.page.mail) {
            (true, _, _) => Text::MfaEmailSent,
            (false, true, _) => Text::MfaLeadTotp,
            (false, false, Some(_)) => Text::MfaLeadEmail,
            (false, false, None) if self.page.passkey.is_some() => Text::MfaLeadPasskey,
            (false, false, None) => Text::MfaLeadRecovery,
        })
    }
}

impl Page for MfaPage<'_> {
    fn own(&self, pages: &dyn Pages) -> Option<String> {
        pages.mfa(self)
    }

    fn ours(&self, frame: Frame<'_>) -> String {
        written(&Ours { frame, page: self })
    }

    fn passkey(&self) -> Option<&PasskeyButton> {
        self.passkey.as_ref()
    }

    fn reference(&self) -> Option<&str> {
        self.reference
    }

    fn forms(&self) -> Vec<&Form> {
        [&self.code, &self.mail, &self.recovery_code].into_iter().flatten().collect()
    }
}
