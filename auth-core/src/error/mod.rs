//! What can go wrong, and the one table from kind to reply.
//!
//! [`Error`] is opaque outside and precise inside: [`Error::kind`] is what to branch on, the source is for the log.
//! The reply of each kind (status, public code, title) stands in [`ErrorKind::reply`] and nowhere else; the sentences, under keys, in
//! `text/`.

mod kind;
mod store;
#[cfg(test)]
mod tests;
mod violation;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::event_id::EventId;
use crate::text::{ENGLISH, Text, Texts};

use self::store::sentence;

pub use self::kind::{ErrorKind, Reply};
pub use self::store::{BoxError, StoreError};
pub use self::violation::Violation;

pub(crate) use self::kind::Row;

/// Any failure of this crate.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    detail: Option<Words>,
    retry_after: Option<Duration>,
    violations: Vec<Violation>,
    methods: Vec<&'static str>,
    hint: Option<&'static str>,
    event: Option<EventId>,
    is_logged: bool,
    source: Option<BoxError>,
}

/// A sentence in English, and under which key it is found in other words: an application's own has none.
#[derive(Clone)]
struct Words {
    english: Cow<'static, str>,
    text: Option<Text>,
}

impl Error {
    /// An error of this kind, without more.
    pub fn new(kind: ErrorKind) -> Self {
        Self(Box::new(Inner {
            kind,
            detail: None,
            retry_after: None,
            violations: Vec::new(),
            methods: Vec::new(),
            hint: None,
            event: None,
            is_logged: false,
            source: None,
        }))
    }

    /// An [`ErrorKind::InvalidRequest`] that says what is wrong. The text reaches the client: never put a value of the
    /// request into it.
    pub fn invalid_request(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::InvalidRequest).with_detail(detail)
    }

    /// An [`ErrorKind::InvalidRequest`] that says what is wrong, in a sentence of ours.
    pub(crate) fn invalid(text: Text) -> Self {
        Self::new(ErrorKind::InvalidRequest).saying(text)
    }

    /// An [`ErrorKind::Configuration`] that says what to change: to the operator, never to a client.
    pub fn configuration(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Configuration).with_detail(detail)
    }

    /// An [`ErrorKind::TooManyAttempts`] that ends after `retry_after`.
    pub fn too_many_attempts(retry_after: Duration) -> Self {
        Self::new(ErrorKind::TooManyAttempts).with_retry_after(retry_after)
    }

    /// Adds a sentence for the client; to an [`ErrorKind::Configuration`] or [`ErrorKind::Internal`], for the operator.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.0.detail = Some(Words { english: detail.into(), text: None });
        self
    }

    /// The same, about something else.
    #[must_use]
    pub(crate) fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    /// Adds a sentence for the client, one of ours.
    #[must_use]
    pub(crate) fn saying(mut self, text: Text) -> Self {
        self.0.detail = Some(Words { english: ENGLISH.say(&text), text: Some(text) });
        self
    }

    /// Adds the time after which another try makes sense.
    #[must_use]
    pub fn with_retry_after(mut self, retry_after: Duration) -> Self {
        self.0.retry_after = Some(retry_after);
        self
    }

    /// Adds the broken rules of the password policy.
    #[must_use]
    pub fn with_violations(mut self, violations: Vec<Violation>) -> Self {
        self.0.violations = violations;
        self
    }

    /// Adds by what a missing factor can be shown.
    #[must_use]
    pub(crate) fn with_methods(mut self, methods: Vec<&'static str>) -> Self {
        self.0.methods = methods;
        self
    }

    /// Adds a word for a program of ours that can do something about it.
    #[must_use]
    pub(crate) fn with_hint(mut self, hint: &'static str) -> Self {
        self.0.hint = Some(hint);
        self
    }

    /// Adds the event that tells of it.
    #[must_use]
    pub(crate) fn with_event(mut self, event: EventId) -> Self {
        self.0.event = Some(event);
        self
    }

    /// Says that the log has the cause, as often as it needs that.
    #[must_use]
    pub(crate) fn logged(mut self) -> Self {
        self.0.is_logged = true;
        self
    }

    /// Adds the cause, for the log only.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// What this is about.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The sentence for the client, if any, in English. What is said of a wrong setting or of our own failure is for the operator: it
    /// stands in [`Display`](fmt::Display) and in [`Debug`](fmt::Debug) only.
    pub fn detail(&self) -> Option<&str> {
        self.words().map(|words| &*words.english)
    }

    /// The sentence for the client, if any, in these words.
    pub(crate) fn said<'a>(&'a self, texts: &'a Texts) -> Option<Cow<'a, str>> {
        let Words { english, text } = self.words()?;
        Some(text.as_ref().map_or_else(|| english.as_ref().into(), |text| texts.say(text)))
    }

    fn words(&self) -> Option<&Words> {
        match self.kind() {
            ErrorKind::Configuration | ErrorKind::Internal => None,
            _ => self.0.detail.as_ref(),
        }
    }

    /// What a client is told: the sentence for it, or else the title of the kind; in English.
    pub(crate) fn client_text(&self) -> &str {
        self.detail().unwrap_or(self.kind().reply().title)
    }

    /// What a person is told, in these words: the sentence for them, or else the title of the kind.
    pub(crate) fn told<'a>(&'a self, texts: &'a Texts) -> Cow<'a, str> {
        self.said(texts).unwrap_or_else(|| texts.say(&self.kind().row().title))
    }

    /// The same error for another of those who wait for it.
    pub(crate) fn shared(error: Arc<Self>) -> Self {
        let Inner { kind, detail, retry_after, violations, methods, hint, event, is_logged, source: _ } =
            &*error.0;
        Self(Box::new(Inner {
            kind: *kind,
            detail: detail.clone(),
            retry_after: *retry_after,
            violations: violations.clone(),
            methods: methods.clone(),
            hint: *hint,
            event: *event,
            is_logged: *is_logged,
            source: Some(error.into()),
        }))
    }

    /// How long to wait before another try, if that is known.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The broken rules of the password policy.
    pub fn violations(&self) -> &[Violation] {
        &self.0.violations
    }

    /// The [event](crate::event) that tells why somebody was refused, where there is one: the client may know its id, and nothing of
    /// what it says.
    pub fn event(&self) -> Option<EventId> {
        self.0.event
    }

    /// Whether the log has the cause.
    pub(crate) fn is_logged(&self) -> bool {
        self.0.is_logged
    }

    /// What support finds that event by.
    pub(crate) fn reference(&self) -> Option<String> {
        self.event().map(|event| event.reference())
    }

    /// What a program of ours can do about it, in a word.
    pub(crate) fn hint(&self) -> Option<&'static str> {
        self.0.hint
    }

    /// By what the factor can be shown for which a login is [pending](ErrorKind::LoginPending), in the words that clients read.
    pub fn methods(&self) -> &[&'static str] {
        &self.0.methods
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self::new(kind)
    }
}

impl From<StoreError> for Error {
    /// A store that cannot answer is never "allow" and never "wrong password".
    fn from(error: StoreError) -> Self {
        let kind = error.kind();
        let reply = Self::new(kind).with_source(error);
        match kind {
            ErrorKind::Unavailable => reply.with_retry_after(STORE_RETRY_AFTER),
            _ => reply,
        }
    }
}

/// When to come back to a store that could not answer: most outages are restarts.
const STORE_RETRY_AFTER: Duration = Duration::from_secs(2);

/// Message and causes, like a sentence: a `main` that answers `Result<(), Error>` prints this.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&sentence(self))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.detail {
            Some(words) => f.write_str(&words.english),
            None => f.write_str(self.0.kind.reply().title),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
