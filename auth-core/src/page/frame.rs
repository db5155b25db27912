//! What is around every page of ours.

use std::borrow::{Borrow, Cow};
use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::text::{Text, Texts};

use super::Form;

/// The one style sheet, light and dark.
const STYLE: &str = include_str!("../../templates/style.css");

/// CSP level 3: nothing is loaded, the style sheet is known by its hash (section 2.3.1), nobody frames the page.
///
/// There is no `form-action`. A form here ends at `next`, a route of the application that is free to redirect to another
/// origin, and Chromium holds `form-action` against each redirect that follows: the visitor would be logged in and stay on
/// the login page. What the directive would stop, a form that was smuggled in, the escaping stops.
pub(super) static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; frame-ancestors 'none'")
});

/// The same for a page of the application's own, which may have a style sheet, images and fonts of its origin.
pub(super) const OWN_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; base-uri 'none'; \
     frame-ancestors 'none'";

/// The application's name and the words, for the templates.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame<'a> {
    pub(super) app_name: &'a str,
    pub(super) texts: &'a Texts,
    /// The way to the same page in other languages; a mail has none.
    pub(super) switch: Option<&'a Switch<'a>>,
    /// What support finds by what went wrong.
    pub(super) reference: Option<&'a str>,
}

/// The way to the same page in other languages.
#[derive(Debug)]
pub(super) struct Switch<'a> {
    pub(super) form: Form,
    /// Each language, and whether it is the one of the page.
    pub(super) languages: Vec<(&'a Texts, bool)>,
}

impl<'a> Frame<'a> {
    pub(super) fn say(&self, text: impl Borrow<Text>) -> Cow<'a, str> {
        self.texts.say(text.borrow())
    }

    /// The tag of the language.
    pub(super) fn language(&self) -> &'a str {
        self.texts.language()
    }

    /// The way to other languages, where there are any.
    pub(super) fn switch(&self) -> Option<&'a Switch<'a>> {
        self.switch.filter(|switch| switch.languages.len() > 1)
    }

    /// What is said of how support finds what went wrong.
    pub(super) fn reference(&self) -> Option<Cow<'a, str>> {
        let reference = self.reference?.to_owned();
        Some(self.say(Text::ErrorReference { reference }))
    }

    pub(super) fn style(&self) -> &'static str {
        STYLE
    }

    /// The letter of the mark beside the application's name.
    pub(super) fn initial(&self) -> Option<String> {
        let mut letters = self.app_name.chars();
        letters.find(|letter| letter.is_alphanumeric()).map(|letter| letter.to_uppercase().collect())
    }
}

impl Switch<'_> {
    /// Each language: its tag, its name, and whether it is the one of the page.
    pub(super) fn choices(&self) -> impl Iterator<Item = (&str, Cow<'_, str>, bool)> {
        self.languages
            .iter()
            .map(|(texts, is_chosen)| (texts.language(), texts.say(&Text::LanguageName), *is_chosen))
    }
}
