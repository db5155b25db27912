//! The page with one provider's button.

use std::borrow::Cow;

use askama::Template;

use crate::text::Text;

use super::form::written;
use super::frame::Frame;
use super::{Form, Page, Pages};

/// A provider as a button.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ProviderButton<'a> {
    /// Its name, as its users know it.
    pub label: &'a str,
    /// The form, which shows nothing but its button.
    pub form: Form,
}

/// What the page with one provider's button asks for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ProviderAction {
    /// Links the account there with the visitor's account here.
    Link,
    /// Logs in.
    Login,
    /// Has the visitor prove once more who they are.
    Reauthenticate,
}

/// What the page with one provider's button shows.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ProviderPage<'a> {
    /// The provider.
    pub provider: ProviderButton<'a>,
    /// What the button does.
    pub purpose: ProviderAction,
}

#[derive(Template)]
#[template(path = "provider.html")]
struct Ours<'a> {
    frame: Frame<'a>,
    page: &'a ProviderPage<'a>,
    title: Cow<'a, str>,
    lead: Cow<'a, str>,
}

impl<'a> ProviderButton<'a> {
    pub(crate) fn new(label: &'a str, form: Form) -> Self {
        Self { label, form }
    }
}

impl<'a> ProviderPage<'a> {
    pub(crate) fn new(provider: ProviderButton<'a>, purpose: ProviderAction) -> Self {
        Self { provider, purpose }
    }
}

impl Page for ProviderPage<'_> {
    fn own(&self, pages: &dyn Pages) -> Option<String> {
        pages.provider(self)
    }

    fn ours(&self, frame: Frame<'_>) -> String {
        let provider = self.provider.label.to_owned();
        let lead = frame.say(Text::ProviderLead { provider: provider.clone() });
        let title = frame.say(match self.purpose {
            ProviderAction::Link => Text::ProviderTitleLink { provider },
            ProviderAction::Login => Text::ProviderTitleLogin { provider },
            ProviderAction::Reauthenticate => Text::ProviderTitleReauthenticate { provider },
        });
        written(&Ours { frame, page: self, title, lead })
    }

    fn forms(&self) -> Vec<&Form> {
        vec![&self.provider.form]
    }
}
