//! The page of linked accounts.

use std::borrow::Cow;

use askama::Template;

use crate::text::Text;

use super::form::written;
use super::frame::Frame;
use super::{Form, Link, Page, Pages};

/// What the page of linked accounts shows.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LinkedAccountsPage<'a> {
    /// Who is logged in.
    pub username: &'a str,
    /// Whether they can log in by a password too.
    pub has_password: bool,
    /// The linked accounts.
    pub accounts: &'a [LinkedAccountRow<'a>],
    /// The providers of which no account is linked yet: each by its name, and the page with its button.
    pub providers: &'a [Link],
    /// The way to a recent login, where one is needed before an account can be unlinked.
    pub reauthenticate: Option<&'a str>,
    /// The path of the link out.
    pub home: &'a str,
}

/// One linked account.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LinkedAccountRow<'a> {
    /// The provider's name.
    pub label: &'a str,
    /// The provider's name or address of the account, if it gave any.
    pub name: Option<&'a str>,
    /// The form that unlinks it, nothing but a button; `None` while that cannot be done.
    pub unlink: Option<Form>,
}

#[derive(Template)]
#[template(path = "linked_accounts.html")]
struct Ours<'a> {
    frame: Frame<'a>,
    page: &'a LinkedAccountsPage<'a>,
    lead: Cow<'a, str>,
    /// What stands before and behind the link to a recent login.
    confirm: (String, String),
}

impl Ours<'_> {
    fn link(&self, provider: &str) -> Cow<'_, str> {
        self.frame.say(Text::LinkedAccountsLink { provider: provider.to_owned() })
    }
}

impl<'a> LinkedAccountRow<'a> {
    pub(crate) fn new(label: &'a str, name: Option<&'a str>, unlink: Option<Form>) -> Self {
        Self { label, name, unlink }
    }
}

impl Page for LinkedAccountsPage<'_> {
    fn own(&self, pages: &dyn Pages) -> Option<String> {
        pages.linked_accounts(self)
    }

    fn ours(&self, frame: Frame<'_>) -> String {
        let username = self.username.to_owned();
        let lead = frame.say(match self.has_password {
            true => Text::LinkedAccountsLeadPassword { username },
            false => Text::LinkedAccountsLead { username },
        });
        let confirm = around_link(frame, |link| Text::LinkedAccountsConfirm { link });
        written(&Ours { frame, page: self, lead, confirm })
    }

    fn forms(&self) -> Vec<&Form> {
        self.accounts.iter().filter_map(|account| account.unlink.as_ref()).collect()
    }
}

/// A sentence that holds a link, cut at the link, wherever a language has it.
pub(super) fn around_link(frame: Frame<'_>, sentence: fn(String) -> Text) -> (String, String) {
    const LINK: &str = "\0";
    let sentence = frame.say(sentence(LINK.to_owned()));
    let (before, behind) = sentence.split_once(LINK).unwrap_or(("", &sentence));
    (before.to_owned(), behind.to_owned())
}
