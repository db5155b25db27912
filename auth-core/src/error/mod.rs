//! What can go wrong, and the one table from kind to reply.
//!
//! [`Error`] is opaque outside and precise inside: [`Error::kind`] is what to branch on, the source is for the log.
//! The reply of each kind (status, public code, title) stands in [`ErrorKind::reply`] and nowhere else; the sentences, under keys, in
//! `text/`.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::text::{ENGLISH, Text, Texts};

/// A source that is kept for the log.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Any failure of this crate.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    detail: Option<Words>,
    retry_after: Option<Duration>,
    violations: Vec<Violation>,
    methods: Vec<&'static str>,
    source: Option<BoxError>,
}

/// What an [`Error`] is about.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Something with that name exists already.
    AlreadyExists,
    /// The settings are wrong; the message says what to change.
    Configuration,
    /// A request that changes something came from another site.
    CsrfFailed,
    /// The guard wants a verified e-mail address.
    EmailUnverified,
    /// The token lacks a scope.
    InsufficientScope,
    /// A failure of this crate itself.
    Internal,
    /// An OAuth client could not be authenticated.
    InvalidClient,
    /// User unknown, password wrong or account disabled: never told apart.
    InvalidCredentials,
    /// The grant (a refresh token, say) is wrong, used, expired or revoked.
    InvalidGrant,
    /// The request is malformed.
    InvalidRequest,
    /// More or other scope was asked for than was granted.
    InvalidScope,
    /// The bearer token is wrong, expired, revoked or another issuer's.
    InvalidToken,
    /// The last way to log in would be removed.
    LastLoginMethod,
    /// An account with the provider's address exists: its owner logs in to it first, and links then.
    LinkRequired,
    /// The first factor was right, and another is missing: somebody is on the way in, and nobody yet. The reply, which is none of an
    /// error, says by which [methods](Error::methods) to go on.
    LoginPending,
    /// The route does not answer this method.
    MethodNotAllowed,
    /// The guard wants a second factor.
    MfaRequired,
    /// No such thing here.
    NotFound,
    /// The body is too large.
    PayloadTooLarge,
    /// The user lacks a permission, a group or a flag.
    PermissionDenied,
    /// Another provider was told by its user, or decided itself, not to go on.
    ProviderDenied,
    /// Another provider did not do its part: it refused, could not be reached, or answered what does not hold.
    ProviderError,
    /// The guard wants a more recent login.
    ReauthenticationRequired,
    /// The body took too long.
    RequestTimeout,
    /// Nobody registers by that provider here.
    SignUpClosed,
    /// A provider's answer does not belong to a login that this browser began, or that login is over.
    StateMismatch,
    /// Too many failed attempts.
    TooManyAttempts,
    /// Nobody is logged in.
    Unauthenticated,
    /// A store or the hashing pool cannot answer now.
    Unavailable,
    /// The grant type is unknown or switched off.
    UnsupportedGrantType,
    /// The body's type is not one the route takes.
    UnsupportedMediaType,
    /// The caller is a client, and the guard wants a user.
    UserRequired,
    /// The new password breaks the policy.
    WeakPassword,
}

/// How a kind answers: HTTP status, public `code`, and `title` of the problem document (RFC 9457).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// The stable word that programs branch on.
    pub code: &'static str,
    /// One plain sentence for people.
    pub title: &'static str,
}

/// A row of the table.
pub(crate) struct Row {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) title: Text,
}

const fn row(status: u16, code: &'static str, title: Text) -> Row {
    Row { status, code, title }
}

impl ErrorKind {
    /// How this kind answers, in English.
    pub fn reply(self) -> Reply {
        let Row { status, code, title } = self.row();
        Reply { status, code, title: ENGLISH.title(&title) }
    }

    /// The one table from kind to reply.
    pub(crate) const fn row(self) -> Row {
        match self {
            Self::AlreadyExists => row(422, "already_exists", Text::TitleAlreadyExists),
            Self::CsrfFailed => row(403, "csrf_failed", Text::TitleCsrfFailed),
            Self::EmailUnverified => row(403, "email_unverified", Text::TitleEmailUnverified),
            Self::InsufficientScope => row(403, "insufficient_scope", Text::TitleInsufficientScope),
            // A wrong setting that shows only at run time is our failure as seen from outside.
            Self::Configuration | Self::Internal => row(500, "internal_error", Text::TitleInternalError),
            Self::InvalidClient => row(401, "invalid_client", Text::TitleInvalidClient),
            // One reply for unknown user, wrong password and disabled account: which of them it was must not show.
            Self::InvalidCredentials => row(401, "invalid_credentials", Text::TitleInvalidCredentials),
            Self::InvalidGrant => row(400, "invalid_grant", Text::TitleInvalidGrant),
            Self::InvalidRequest => row(400, "invalid_request", Text::TitleInvalidRequest),
            Self::InvalidScope => row(400, "invalid_scope", Text::TitleInvalidScope),
            Self::InvalidToken => row(401, "invalid_token", Text::TitleInvalidToken),
            Self::LastLoginMethod => row(409, "last_login_method", Text::TitleLastLoginMethod),
            Self::LinkRequired => row(409, "link_required", Text::TitleLinkRequired),
            Self::LoginPending => row(200, "mfa_required", Text::TitleMfaRequired),
            Self::MethodNotAllowed => row(405, "method_not_allowed", Text::TitleMethodNotAllowed),
            Self::MfaRequired => row(401, "mfa_required", Text::TitleMfaRequired),
            Self::NotFound => row(404, "not_found", Text::TitleNotFound),
            Self::PayloadTooLarge => row(413, "payload_too_large", Text::TitlePayloadTooLarge),
            Self::PermissionDenied => row(403, "permission_denied", Text::TitlePermissionDenied),
            // To programs the same as any other refusal of the provider's.
            Self::ProviderDenied => row(400, "provider_error", Text::TitleProviderDenied),
            Self::ProviderError => row(400, "provider_error", Text::TitleProviderError),
            Self::ReauthenticationRequired => {
                row(401, "reauthentication_required", Text::TitleReauthenticationRequired)
            }
            Self::RequestTimeout => row(408, "request_timeout", Text::TitleRequestTimeout),
            Self::SignUpClosed => row(403, "sign_up_closed", Text::TitleSignUpClosed),
            Self::StateMismatch => row(400, "state_mismatch", Text::TitleStateMismatch),
            Self::TooManyAttempts => row(429, "too_many_attempts", Text::TitleTooManyAttempts),
            Self::Unauthenticated => row(401, "unauthenticated", Text::TitleUnauthenticated),
            Self::Unavailable => row(503, "unavailable", Text::TitleUnavailable),
            Self::UnsupportedGrantType => row(400, "unsupported_grant_type", Text::TitleUnsupportedGrantType),
            Self::UnsupportedMediaType => row(415, "unsupported_media_type", Text::TitleUnsupportedMediaType),
            Self::UserRequired => row(403, "user_required", Text::TitleUserRequired),
            Self::WeakPassword => row(422, "weak_password", Text::TitleWeakPassword),
        }
    }
}

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
    pub fn with_methods(mut self, methods: Vec<&'static str>) -> Self {
        self.0.methods = methods;
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
        let Inner { kind, detail, retry_after, violations, methods, source: _ } = &*error.0;
        Self(Box::new(Inner {
            kind: *kind,
            detail: detail.clone(),
            retry_after: *retry_after,
            violations: violations.clone(),
            methods: methods.clone(),
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
        let kind = match error.0 {
            StoreFault::AlreadyExists => ErrorKind::AlreadyExists,
            StoreFault::Unavailable(_) => ErrorKind::Unavailable,
            StoreFault::Unsupported(_) => ErrorKind::Configuration,
        };
        let is_passing = kind == ErrorKind::Unavailable;
        let reply = Self::new(kind).with_source(error);
        if is_passing { reply.with_retry_after(STORE_RETRY_AFTER) } else { reply }
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

/// An error and its causes on one line, whatever they say: others write into some of them, and nobody writes lines of their own
/// into the log.
fn sentence(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let says = error.to_string();
        // Some repeat their own cause.
        if !text.contains(&says) {
            text = format!("{text}: {says}");
        }
        cause = error.source();
    }
    let words = text.split(|c: char| c.is_control() || c.is_whitespace()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
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

/// What a store answers when it cannot do what it was asked.
pub struct StoreError(StoreFault);

enum StoreFault {
    AlreadyExists,
    Unavailable(BoxError),
    Unsupported(Cow<'static, str>),
}

impl StoreError {
    /// The store cannot be reached, or its answer makes no sense.
    pub fn unavailable(source: impl Into<BoxError>) -> Self {
        Self(StoreFault::Unavailable(source.into()))
    }

    /// A unique name is taken.
    pub fn already_exists() -> Self {
        Self(StoreFault::AlreadyExists)
    }

    /// This store leaves that operation to the application.
    pub fn unsupported(operation: impl Into<Cow<'static, str>>) -> Self {
        Self(StoreFault::Unsupported(operation.into()))
    }

    /// Whether a unique name was taken.
    pub fn is_already_exists(&self) -> bool {
        matches!(self.0, StoreFault::AlreadyExists)
    }
}

/// As of [`Error`].
impl fmt::Debug for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&sentence(self))
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            StoreFault::AlreadyExists => f.write_str("that name is taken"),
            StoreFault::Unavailable(_) => f.write_str("the store cannot answer"),
            StoreFault::Unsupported(operation) => write!(f, "this store does not support {operation}"),
        }
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            StoreFault::Unavailable(source) => Some(source.as_ref()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_reads_like_a_sentence_with_its_causes() {
        let cause = || StoreError::unavailable("unable to open database file");
        assert_eq!(format!("{:?}", cause()), "the store cannot answer: unable to open database file");
        let cases = [
            (Error::new(ErrorKind::Unavailable), "This cannot be answered now, try again soon"),
            (
                Error::from(cause()),
                "This cannot be answered now, try again soon: the store cannot answer: unable to open database file",
            ),
            (
                Error::configuration("AUTH_PROVIDERS: providers.toml")
                    .with_source("line 3\n  |\n3 | id = \u{1b}[31m1"),
                "AUTH_PROVIDERS: providers.toml: line 3 | 3 | id = [31m1",
            ),
            (Error::configuration("one thing").with_source("one thing"), "one thing"),
        ];
        for (error, sentence) in cases {
            assert_eq!(format!("{error:?}"), sentence);
            assert_eq!(format!("{error:#?}"), sentence);
        }
    }

    #[test]
    fn what_is_for_the_operator_is_no_detail() {
        for kind in [ErrorKind::Configuration, ErrorKind::Internal] {
            let error = Error::new(kind).with_detail("the tokens are not kept: switch `keep_tokens` on");
            assert_eq!((error.detail(), error.client_text()), (None, "Something went wrong here"));
            assert!(error.to_string().contains("keep_tokens"));
        }
        let error = Error::invalid_request("the body is no JSON");
        assert_eq!(
            (error.detail(), error.client_text()),
            (Some("the body is no JSON"), "the body is no JSON")
        );
    }

    #[test]
    fn an_error_that_several_wait_for_is_the_same_for_each() {
        let error = Error::configuration("`work` is not there").with_retry_after(Duration::from_secs(3));
        let copy = Error::shared(Arc::new(error));
        assert_eq!(
            (copy.kind(), copy.retry_after()),
            (ErrorKind::Configuration, Some(Duration::from_secs(3)))
        );
        assert_eq!(format!("{copy:?}"), "`work` is not there");
    }
}
