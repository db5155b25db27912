//! The page of somebody's own account.

use askama::Template;

use crate::text::Text;

use super::device::device_name;
use super::form::written;
use super::frame::Frame;
use super::linked_accounts::around_link;
use super::{Form, Link, Page, Pages};

/// What the page of an account shows.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AccountPage<'a> {
    /// The user name.
    pub username: &'a str,
    /// The first name; it may be empty.
    pub first_name: &'a str,
    /// The last name; it may be empty.
    pub last_name: &'a str,
    /// The form for the profile; `None` where nothing of it may be changed. It takes what the two fields below say.
    pub profile: Option<Form>,
    /// Whether it takes `username`.
    pub takes_username: bool,
    /// Whether it takes `first_name` and `last_name`.
    pub takes_names: bool,
    /// The address, if there is one.
    pub email: Option<&'a str>,
    /// Whether it is proven.
    pub email_verified: bool,
    /// The form for another password, which takes `current_password` and `new_password`; `None` for an account without one.
    pub password: Option<Form>,
    /// The way to a password, for an account without one.
    pub set_password: Option<Link>,
    /// The form for another address, which takes `email`; `None` where no mail is sent, or while the login is not recent.
    pub new_email: Option<Form>,
    /// What was refused of the form that was just sent, if anything was: it is shown again.
    pub refused: Option<AccountRefusal<'a>>,
    /// Where the user is logged in, the last used first.
    pub sessions: &'a [SessionRow<'a>],
    /// The form that ends all but this one, nothing but a button; `None` where there are no others.
    pub end_others: Option<Form>,
    /// The way to the linked accounts, where there are providers.
    pub linked_accounts: Option<Link>,
    /// The way to what was allowed to other applications, where they can ask.
    pub grants: Option<Link>,
    /// The way to the second factors.
    pub factors: Option<Link>,
    /// The way to the passkeys, where there are any to be had.
    pub passkeys: Option<Link>,
    /// The way to a recent login, while this one is not.
    pub reauthenticate: Option<Link>,
    /// The way to all that is kept about the account, as a file; `None` while the login is not recent.
    pub export: Option<Link>,
    /// The way to close the account; `None` where no mail is sent, and while the login is not recent.
    pub close: Option<Link>,
    /// The form that logs out, nothing but a button.
    pub log_out: Form,
    /// The path of the link out.
    pub home: &'a str,
}

/// A form of the account page.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum AccountForm {
    /// The one for another address.
    Email,
    /// The one for another password.
    Password,
    /// The one for the profile.
    Profile,
}

/// What was refused of a form of the account page. What was typed as a password is gone.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct AccountRefusal<'a> {
    /// The form.
    pub form: AccountForm,
    /// Why: sentences.
    pub errors: &'a [String],
    /// What support finds that attempt by ([`EventId::reference`](crate::event::EventId::reference)).
    pub reference: Option<&'a str>,
    /// What was typed, by the names of the fields.
    pub typed: &'a [(&'static str, &'a str)],
}

/// A session of a browser, or the refresh tokens of a program, as their user sees them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SessionRow<'a> {
    /// What the browser called itself (`User-Agent`), or the program's client id.
    pub device: Option<&'a str>,
    /// The address that it came from last.
    pub address: Option<String>,
    /// When it was last used (RFC 3339, in UTC).
    pub last_seen_at: String,
    /// Whether it is the one that the page is seen in.
    pub is_current: bool,
    /// The form that ends it, nothing but a button.
    pub end: Option<Form>,
}

#[derive(Template)]
#[template(path = "account.html")]
struct Ours<'a> {
    frame: Frame<'a>,
    page: &'a AccountPage<'a>,
    /// What stands before and behind the link to a recent login.
    confirm: (String, String),
}

impl Ours<'_> {
    /// What was refused of a form.
    fn errors(&self, form: AccountForm) -> &[String] {
        self.refused(form).map_or(&[], |refused| refused.errors)
    }

    /// What was typed into a field, else what is kept.
    fn typed<'s>(&'s self, form: AccountForm, name: &str, kept: &'s str) -> &'s str {
        let typed =
            self.refused(form).and_then(|refused| refused.typed.iter().find(|(field, _)| *field == name));
        typed.map_or(kept, |(_, value)| value)
    }

    fn refused(&self, form: AccountForm) -> Option<&AccountRefusal<'_>> {
        self.page.refused.as_ref().filter(|refused| refused.form == form)
    }
}

impl SessionRow<'_> {
    /// The device as people know it.
    fn name(&self) -> Option<String> {
        self.device.map(device_name)
    }

    /// The time for people, to the minute: RFC 3339 is for programs.
    fn seen(&self) -> String {
        match self.last_seen_at.split_once('T') {
            Some((date, time)) => format!("{date} {} UTC", time.get(..5).unwrap_or(time)),
            None => self.last_seen_at.clone(),
        }
    }
}

impl<'a> AccountRefusal<'a> {
    pub(crate) fn new(
        form: AccountForm,
        errors: &'a [String],
        reference: Option<&'a str>,
        typed: &'a [(&'static str, &'a str)],
    ) -> Self {
        Self { form, errors, reference, typed }
    }
}

impl Page for AccountPage<'_> {
    fn own(&self, pages: &dyn Pages) -> Option<String> {
        pages.account(self)
    }

    fn ours(&self, frame: Frame<'_>) -> String {
        let confirm = around_link(frame, |link| Text::AccountConfirm { link });
        written(&Ours { frame, page: self, confirm })
    }

    fn reference(&self) -> Option<&str> {
        self.refused.as_ref()?.reference
    }

    fn forms(&self) -> Vec<&Form> {
        let ends = self.sessions.iter().filter_map(|session| session.end.as_ref());
        let others = [&self.profile, &self.password, &self.new_email, &self.end_others].into_iter().flatten();
        others.chain(ends).chain([&self.log_out]).collect()
    }
}
