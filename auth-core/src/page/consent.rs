//! The page on which somebody is asked whether another application may.

use std::borrow::Cow;

use askama::Template;

use crate::text::Text;

use super::form::written;
use super::frame::Frame;
use super::{Form, Page, Pages};

/// What the page shows on which somebody is asked whether another application may.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ConsentPage<'a> {
    /// What the application is called that asks.
    pub client: &'a str,
    /// Where the browser goes on afterwards: a host, or the scheme of a native app.
    pub place: &'a str,
    /// Its picture, where the operator registered one: it comes from another server, which is to learn nothing by that (`referrerpolicy`),
    /// and the policy of the page lets it, of its origin alone.
    pub logo: Option<&'a str>,
    /// Who is logged in.
    pub username: &'a str,
    /// For what it asks, each in words.
    pub scopes: &'a [Cow<'a, str>],
    /// The form, which takes `decision`: `allow` or `deny`.
    pub form: Form,
    /// The way to a login with another account.
    pub other_account: &'a str,
    opened_at: String,
}

#[derive(Template)]
#[template(path = "consent.html")]
struct Ours<'a> {
    frame: Frame<'a>,
    page: &'a ConsentPage<'a>,
    title: Cow<'a, str>,
    lead: Cow<'a, str>,
    destination: Cow<'a, str>,
}

impl<'a> ConsentPage<'a> {
    /// The page about the application of this name and place; it is opened at that path.
    pub(crate) fn new(
        (client, logo, place): (&'a str, Option<&'a str>, &'a str),
        username: &'a str,
        scopes: &'a [Cow<'a, str>],
        form: Form,
        (opened_at, other_account): (&'a str, &'a str),
    ) -> Self {
        Self { client, place, logo, username, scopes, form, other_account, opened_at: opened_at.to_owned() }
    }
}

impl Page for ConsentPage<'_> {
    fn own(&self, pages: &dyn Pages) -> Option<String> {
        pages.consent(self)
    }

    fn ours(&self, frame: Frame<'_>) -> String {
        let (client, username) = (self.client.to_owned(), self.username.to_owned());
        let lead = frame.say(match self.scopes.is_empty() {
            true => Text::ConsentLeadNothing { username, client: client.clone() },
            false => Text::ConsentLead { username, client: client.clone() },
        });
        let destination = frame.say(Text::ConsentDestination { place: self.place.to_owned() });
        let title = frame.say(Text::ConsentTitle { client });
        written(&Ours { frame, page: self, title, lead, destination })
    }

    fn opened_at(&self) -> Option<String> {
        Some(self.opened_at.clone())
    }

    fn picture_origin(&self) -> Option<String> {
        Some(url::Url::parse(self.logo?).ok()?.origin().ascii_serialization())
    }

    fn forms(&self) -> Vec<&Form> {
        vec![&self.form]
    }
}
