//! What a password lacks.

use std::borrow::Cow;

use crate::text::{ENGLISH, Text, Texts};

/// One broken rule of the password policy: a stable code and a sentence.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Violation {
    /// The stable word that programs branch on, for instance `too_short`.
    pub code: &'static str,
    /// One plain sentence for people, in English.
    pub message: String,
    text: Option<Text>,
}

impl Violation {
    /// A broken rule of the application's own.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), text: None }
    }

    pub(crate) fn saying(code: &'static str, text: Text) -> Self {
        Self { code, message: ENGLISH.say(&text).into_owned(), text: Some(text) }
    }

    /// The sentence in these words.
    pub(crate) fn said<'a>(&'a self, texts: &'a Texts) -> Cow<'a, str> {
        self.text.as_ref().map_or_else(|| self.message.as_str().into(), |text| texts.say(text))
    }
}
