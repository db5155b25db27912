//! The page of what somebody has allowed other applications.

use std::borrow::Cow;

use askama::Template;

use crate::text::Text;

use super::form::written;
use super::frame::Frame;
use super::{Form, Page, Pages};

/// What the page of allowed applications shows.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct GrantsPage<'a> {
    /// Who is logged in.
    pub username: &'a str,
    /// What they have allowed.
    pub grants: &'a [GrantRow<'a>],
    /// The path of the link out.
    pub home: &'a str,
}

/// What somebody has allowed one application.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct GrantRow<'a> {
    /// What it is called.
    pub client: &'a str,
    /// What it may, each in words.
    pub scopes: Vec<Cow<'a, str>>,
    /// Since when (RFC 3339, in UTC).
    pub since: String,
    /// The form that takes it back, nothing but a button.
    pub withdraw: Form,
}

#[derive(Template)]
#[template(path = "grants.html")]
struct Ours<'a> {
    frame: Frame<'a>,
    page: &'a GrantsPage<'a>,
    lead: Cow<'a, str>,
}

impl Ours<'_> {
    /// The day, for people.
    fn since(&self, grant: &GrantRow<'_>) -> Cow<'_, str> {
        let day = grant.since.split('T').next().unwrap_or_default().to_owned();
        self.frame.say(Text::GrantsSince { day })
    }
}

impl<'a> GrantsPage<'a> {
    pub(crate) fn new(username: &'a str, grants: &'a [GrantRow<'a>], home: &'a str) -> Self {
        Self { username, grants, home }
    }
}

impl<'a> GrantRow<'a> {
    pub(crate) fn new(client: &'a str, scopes: Vec<Cow<'a, str>>, since: String, withdraw: Form) -> Self {
        Self { client, scopes, since, withdraw }
    }
}

impl Page for GrantsPage<'_> {
    fn own(&self, pages: &dyn Pages) -> Option<String> {
        pages.grants(self)
    }

    fn ours(&self, frame: Frame<'_>) -> String {
        let lead = frame.say(Text::GrantsLead { username: self.username.to_owned() });
        written(&Ours { frame, page: self, lead })
    }

    fn forms(&self) -> Vec<&Form> {
        self.grants.iter().map(|grant| &grant.withdraw).collect()
    }
}
