//! The page of somebody's passkeys.

use std::borrow::Cow;

use askama::Template;

use crate::text::Text;

use super::form::written;
use super::frame::Frame;
use super::linked_accounts::around_link;
use super::{Form, Page, Pages, PasskeyButton};

/// What the page of somebody's passkeys shows.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PasskeysPage<'a> {
    /// Who is logged in.
    pub username: &'a str,
    /// Their passkeys, oldest first.
    pub passkeys: &'a [PasskeyRow],
    /// What makes another one, with a field for its name; `None` while that cannot be done.
    pub make: Option<PasskeyButton>,
    /// What browsers are told of the user's passkeys, so that they offer no other one; `None` where one of them cannot be read.
    pub known: Option<KnownPasskeys<'a>>,
    /// Whether the address has to be proven before one can be made.
    pub lacks_proof: bool,
    /// The way to a recent login with a second factor, where that is needed before any can be made or removed.
    pub reauthenticate: Option<&'a str>,
    /// The path of the link out.
    pub home: &'a str,
}

/// All passkeys of a user, as authenticators know them: for `PublicKeyCredential.signalAllAcceptedCredentials` (WebAuthn Level 3 section
/// 5.1.10.2). Our script reads it from the attributes of an element.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct KnownPasskeys<'a> {
    /// The relying party.
    pub rp_id: &'a str,
    /// By what authenticators know the account, base64url.
    pub user_handle: String,
    /// The credential ids, base64url, with spaces between.
    pub credential_ids: String,
}

/// One passkey.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PasskeyRow {
    /// What it is called, if it is called anything.
    pub name: Option<String>,
    /// The day on which it was made, `2026-11-30`.
    pub created_on: String,
    /// The day on which it was last used.
    pub used_on: Option<String>,
    /// Whether nobody is logged in by it alone.
    pub is_second_factor_only: bool,
    /// The form that calls it something else. It takes `name`.
    pub rename: Form,
    /// The form that removes it, nothing but a button; `None` while that cannot be done.
    pub remove: Option<Form>,
}

#[derive(Template)]
#[template(path = "passkeys.html")]
struct Ours<'a> {
    frame: Frame<'a>,
    page: &'a PasskeysPage<'a>,
    lead: Cow<'a, str>,
    /// What stands before and behind the link to a recent login.
    confirm: (String, String),
}

impl Ours<'_> {
    fn name<'a>(&'a self, row: &'a PasskeyRow) -> Cow<'a, str> {
        match &row.name {
            Some(name) => name.as_str().into(),
            None => self.frame.say(Text::PasskeyUnnamed),
        }
    }

    fn made(&self, row: &PasskeyRow) -> Cow<'_, str> {
        self.frame.say(Text::PasskeysMadeOn { day: row.created_on.clone() })
    }

    fn used(&self, row: &PasskeyRow) -> Cow<'_, str> {
        match &row.used_on {
            Some(day) => self.frame.say(Text::PasskeysUsedOn { day: day.clone() }),
            None => self.frame.say(Text::PasskeysUnused),
        }
    }
}

impl Page for PasskeysPage<'_> {
    fn own(&self, pages: &dyn Pages) -> Option<String> {
        pages.passkeys(self)
    }

    fn ours(&self, frame: Frame<'_>) -> String {
        let lead = frame.say(Text::PasskeysLead { username: self.username.to_owned() });
        let confirm = around_link(frame, |link| Text::PasskeysConfirm { link });
        written(&Ours { frame, page: self, lead, confirm })
    }

    fn forms(&self) -> Vec<&Form> {
        self.passkeys.iter().flat_map(|row| std::iter::once(&row.rename).chain(&row.remove)).collect()
    }

    fn passkey(&self) -> Option<&PasskeyButton> {
        self.make.as_ref()
    }
}
