//! The words of the keys.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use fluent_syntax::ast::{Entry, Message};

use super::Text;

/// The sentences as they come with this crate.
const EN: &str = include_str!("en.ftl");
const KO: &str = include_str!("ko.ftl");

/// The English words of all keys: what the log and programs are told, and whoever is answered before it is known for which
/// application.
pub(crate) static ENGLISH: LazyLock<Texts> = LazyLock::new(Texts::english);

/// The words of all keys in one language.
pub(crate) struct Texts {
    language: String,
    bundle: FluentBundle<FluentResource>,
    are_changed: bool,
    /// The keys that have words of this language.
    own: BTreeSet<String>,
}

impl Texts {
    pub(crate) fn english() -> Self {
        let texts = Self::another("en").expect("the tag of a language");
        Self { are_changed: false, own: keys(EN), ..texts }
    }

    pub(crate) fn korean() -> Self {
        let texts = Self::another("ko").expect("the tag of a language");
        texts.changed(KO).expect("our own file is well formed")
    }

    /// Those of another language, for which there are no words yet: all is said in English.
    ///
    /// # Errors
    /// When that is no tag of a language (RFC 5646).
    pub(super) fn another(tag: &str) -> Result<Self, String> {
        let locale = tag.parse().map_err(|error| format!("that is no tag of a language: {error}"))?;
        let mut bundle = FluentBundle::new_concurrent(vec![locale]);
        // Its marks around what is put in are for text of both directions, and would be copied along with a name.
        bundle.set_use_isolating(false);
        bundle.add_resource_overriding(parsed(EN).expect("our own file is well formed"));
        let language = bundle.locales[0].to_string();
        Ok(Self { language, bundle, are_changed: true, own: BTreeSet::new() })
    }

    /// These with other words for some keys.
    ///
    /// # Errors
    /// What is wrong with them, and in which line: a key that is none, something put in that its sentence does not have.
    pub(crate) fn changed(mut self, words: &str) -> Result<Self, String> {
        self.bundle.add_resource_overriding(parsed(words)?);
        self.are_changed = true;
        for key in keys(words) {
            let arguments =
                Text::KEYS.iter().find(|(known, _)| *known == key).map(|(_, arguments)| *arguments);
            self.check(&key, arguments.ok_or_else(|| format!("there is no text `{key}`"))?)?;
            self.own.insert(key);
        }
        Ok(self)
    }

    /// The tag of the language.
    pub(crate) fn language(&self) -> &str {
        &self.language
    }

    /// Names in the log what is said in English for want of words.
    pub(super) fn note_missing(&self) {
        let missing: Vec<_> =
            Text::KEYS.iter().map(|(key, _)| *key).filter(|key| !self.own.contains(*key)).collect();
        if !missing.is_empty() {
            let (language, missing) = (&self.language, missing.join(", "));
            tracing::warn!(
                language,
                missing,
                "some texts have no words in this language, and are in English"
            );
        }
    }

    fn check(&self, key: &str, arguments: &[&str]) -> Result<(), String> {
        let sample: FluentArgs<'_> = arguments.iter().map(|name| (*name, "")).collect();
        let mut errors = Vec::new();
        let words = self.bundle.get_message(key).and_then(|message| message.value());
        let words = words.ok_or_else(|| format!("`{key}` has no text"))?;
        self.bundle.format_pattern(words, Some(&sample), &mut errors);
        match errors.first() {
            Some(error) if arguments.is_empty() => Err(format!("`{key}`: {error}; it may hold none")),
            Some(error) => Err(format!("`{key}`: {error}; it may hold {}", arguments.join(", "))),
            None => Ok(()),
        }
    }

    /// Whether these are other words than the English ones that come with this crate.
    pub(crate) fn are_changed(&self) -> bool {
        self.are_changed
    }

    /// The sentence in words.
    pub(crate) fn say(&self, text: &Text) -> Cow<'_, str> {
        let message = self.bundle.get_message(text.key()).and_then(|message| message.value());
        let words =
            message.expect("every key has its words: the English file is complete, others lie above it");
        let arguments: FluentArgs<'_> = text.arguments().into_iter().collect();
        self.bundle.format_pattern(words, Some(&arguments), &mut Vec::new())
    }

    /// The words of a sentence that nothing is put into, of those that come with this crate.
    pub(crate) fn title(&self, text: &Text) -> &str {
        match self.say(text) {
            Cow::Borrowed(words) => words,
            Cow::Owned(_) => unreachable!("nothing is put into a title"),
        }
    }
}

impl fmt::Debug for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Texts").field("language", &self.language).finish_non_exhaustive()
    }
}

fn parsed(words: &str) -> Result<FluentResource, String> {
    FluentResource::try_new(words.to_owned()).map_err(|(_, errors)| {
        let error = errors.first();
        let at = error.map_or(0, |error| error.pos.start);
        let line = words.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
        format!("line {line}: {}", error.map(ToString::to_string).unwrap_or_default())
    })
}

fn keys(words: &str) -> BTreeSet<String> {
    let parsed = parsed(words);
    let messages = parsed.iter().flat_map(|resource| resource.entries()).filter_map(message);
    messages.map(|message| message.id.name.to_owned()).collect()
}

fn message<'a>(entry: &'a Entry<&'a str>) -> Option<&'a Message<&'a str>> {
    match entry {
        Entry::Message(message) => Some(message),
        _ => None,
    }
}
