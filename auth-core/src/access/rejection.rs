//! Why a guard said no, and what it answers.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, ErrorKind};
use crate::http::{
    AuthResponse, REALM, RequestView, RoutePath, is_browser_navigation, is_htmx, path, prefers_html, problem,
    sends_page_to, with_retry_after,
};
use crate::key::JwsAlgorithm;
use crate::login::Method;
use crate::page::ReplyStyle;
use crate::text::{ENGLISH, Text};

/// A guard's no, as the reply that goes out.
#[derive(Clone, Debug)]
pub struct Rejection {
    kind: ErrorKind,
    response: AuthResponse,
    /// Whether guards that ask for nobody refuse by it too, whatever its kind.
    is_binding: bool,
    /// What a handler passed on, before it is known in which form the request wants it.
    passed_on: Option<Arc<Error>>,
}

/// Which way in a guard offers to somebody who is nobody.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Challenge {
    /// A browser is sent to the login page; a program is told of bearer tokens.
    Login,
    Bearer,
    Basic,
    BearerOrBasic,
}

/// Why a guard said no, before it is known how to say it.
#[derive(Clone, Debug)]
pub(crate) enum Refusal {
    CsrfFailed,
    EmailUnverified,
    /// The account must have a second factor, and has none.
    FactorDemanded,
    InsufficientScope {
        scope: Cow<'static, str>,
    },
    Internal,
    InvalidRequest,
    InvalidToken,
    /// The login lacks a second factor, or lately.
    MfaRequired {
        /// One of these; any where there are none.
        by: Vec<Method>,
        /// How long ago it may have been shown.
        max_age: Option<Duration>,
        /// Whether the account has none of these, which is looked up once a guard has refused.
        has_none: bool,
    },
    PermissionDenied,
    ReauthenticationRequired {
        max_age: Duration,
    },
    TooManyAttempts {
        retry_after: Duration,
    },
    Unauthenticated(Challenge),
    Unavailable {
        retry_after: Option<Duration>,
    },
    /// What came under the scheme `DPoP` (RFC 9449 section 7.1).
    Unproven(Unproven),
    UserRequired,
}

/// What is wrong with an access token that should be bound to a key, or with the proof of that.
#[derive(Clone, Debug)]
pub(crate) enum Unproven {
    /// The proof has to bear this nonce.
    Nonce(String),
    Proof,
    /// It is not valid, is bound to no key or to another one, or has no proof with it.
    Token,
}

impl Refusal {
    /// What remains of an error when only a guard's answer is left to give.
    pub(crate) fn of(error: &Error) -> Self {
        match error.kind() {
            ErrorKind::InvalidToken => Self::InvalidToken,
            ErrorKind::InvalidRequest => Self::InvalidRequest,
            ErrorKind::Unavailable => Self::Unavailable { retry_after: error.retry_after() },
            ErrorKind::TooManyAttempts => {
                Self::TooManyAttempts { retry_after: error.retry_after().unwrap_or(Duration::from_secs(1)) }
            }
            _ => Self::Internal,
        }
    }

    /// What is said to nobody whose login lacks a factor: not to log in, but to show it.
    pub(crate) fn for_want_of_a_factor(self) -> Self {
        match self {
            Self::Unauthenticated(Challenge::Login) => Self::mfa_required(Vec::new(), None),
            other => other,
        }
    }

    /// The login lacks one of these factors, of at most this age.
    pub(crate) fn mfa_required(by: Vec<Method>, max_age: Option<Duration>) -> Self {
        Self::MfaRequired { by, max_age, has_none: false }
    }

    /// The same refusal of somebody who would take either of two: either factor mends it.
    pub(crate) fn or(self, other: Self) -> Self {
        match (self, other) {
            (
                Self::MfaRequired { mut by, max_age, has_none },
                Self::MfaRequired { by: others, max_age: other_age, .. },
            ) if !by.is_empty() && !others.is_empty() => {
                by.extend(others.into_iter().filter(|other| !by.contains(other)).collect::<Vec<_>>());
                Self::MfaRequired { by, max_age: max_age.into_iter().chain(other_age).min(), has_none }
            }
            (nearest, other) if other.distance() < nearest.distance() => other,
            (nearest, _) => nearest,
        }
    }

    /// The word that programs branch on.
    pub(crate) fn code(&self) -> &'static str {
        self.kind().row().code
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::CsrfFailed => ErrorKind::CsrfFailed,
            Self::EmailUnverified => ErrorKind::EmailUnverified,
            Self::InsufficientScope { .. } => ErrorKind::InsufficientScope,
            Self::Internal => ErrorKind::Internal,
            Self::InvalidRequest => ErrorKind::InvalidRequest,
            Self::InvalidToken => ErrorKind::InvalidToken,
            Self::FactorDemanded | Self::MfaRequired { .. } => ErrorKind::MfaRequired,
            Self::PermissionDenied => ErrorKind::PermissionDenied,
            Self::ReauthenticationRequired { .. } => ErrorKind::ReauthenticationRequired,
            Self::TooManyAttempts { .. } => ErrorKind::TooManyAttempts,
            Self::Unauthenticated(_) => ErrorKind::Unauthenticated,
            Self::Unavailable { .. } => ErrorKind::Unavailable,
            Self::Unproven(Unproven::Nonce(_)) => ErrorKind::UseDpopNonce,
            Self::Unproven(Unproven::Proof) => ErrorKind::InvalidDpopProof,
            Self::Unproven(Unproven::Token) => ErrorKind::InvalidToken,
            Self::UserRequired => ErrorKind::UserRequired,
        }
    }

    /// The `WWW-Authenticate` values that tell a program how to get in (RFC 6750 section 3, RFC 9470 section 3, RFC 7617).
    fn challenges(&self, style: &ReplyStyle) -> Vec<String> {
        let realm = style.realm();
        let bearer = |parameters: &str| format!("Bearer realm=\"{realm}\"{parameters}");
        // Where a program finds out whom to ask for a token (RFC 9728 section 5.1).
        let where_to_ask = style.resource_metadata().map(|url| format!(", resource_metadata=\"{url}\""));
        let to_nobody =
            |parameters: &str| bearer(&[parameters, where_to_ask.as_deref().unwrap_or_default()].concat());
        let basic = || format!("Basic realm=\"{realm}\", charset=\"UTF-8\"");
        match self {
            Self::Unauthenticated(Challenge::Basic) => vec![basic()],
            Self::Unauthenticated(Challenge::BearerOrBasic) => vec![to_nobody(""), basic()],
            Self::Unauthenticated(Challenge::Bearer | Challenge::Login) => vec![to_nobody("")],
            Self::InvalidToken => vec![to_nobody(", error=\"invalid_token\"")],
            Self::Unproven(_) => vec![unproven(realm, self.code(), where_to_ask.as_deref())],
            Self::InsufficientScope { scope } => {
                vec![bearer(&format!(", error=\"insufficient_scope\", scope=\"{scope}\""))]
            }
            Self::ReauthenticationRequired { max_age } => vec![stale_login(realm, *max_age)],
            Self::FactorDemanded => vec![bearer(&lacking(&[], None))],
            Self::MfaRequired { by, max_age, .. } => vec![bearer(&lacking(by, *max_age))],
            _ => Vec::new(),
        }
    }

    /// How far its caller is from being let in; see [`any_of`](super::any_of).
    pub(crate) fn distance(&self) -> u8 {
        match self {
            Self::FactorDemanded | Self::MfaRequired { .. } | Self::ReauthenticationRequired { .. } => 0,
            Self::EmailUnverified => 1,
            Self::InsufficientScope { .. } => 2,
            Self::PermissionDenied => 3,
            Self::UserRequired => 4,
            _ => 5,
        }
    }

    /// The page of the login routes that a person opening a page is sent to instead.
    fn detour(&self) -> Option<RoutePath> {
        match self {
            // No login of a browser opens what takes tokens or Basic only.
            Self::Unauthenticated(challenge) if *challenge != Challenge::Login => None,
            _ => mended_at(self.kind()).map(|(page, _)| page),
        }
    }

    fn error(&self) -> Error {
        let error = Error::new(self.kind());
        match self {
            Self::TooManyAttempts { retry_after } => error.with_retry_after(*retry_after),
            Self::Unavailable { retry_after } => error.with_retry_after(retry_after.unwrap_or(RETRY_AFTER)),
            Self::MfaRequired { has_none: true, .. } => error.saying(Text::FactorNotHeld).with_hint(NOT_HELD),
            _ => error,
        }
    }

    /// The path of a page of the login routes, with what is asked for there.
    fn asking(&self, path: String) -> String {
        match self {
            Self::MfaRequired { by, .. } if !by.is_empty() => {
                let join = if path.contains('?') { '&' } else { '?' };
                format!("{path}{join}{FACTOR}={}", words(by, "+"))
            }
            _ => path,
        }
    }

    /// Says no to this request.
    pub(crate) fn reject(&self, style: &ReplyStyle, view: &impl RequestView) -> Rejection {
        let response = match self.detour() {
            Some(page) if is_browser_navigation(view) => {
                style.sent_to(view, self.asking(style.detour(view, page)))
            }
            page => {
                let asking = |path| self.asking(path);
                let mut response = refusal(style, view, &self.error(), page.is_some().then_some(&asking));
                for challenge in self.challenges(style) {
                    response.push_header("www-authenticate", challenge);
                }
                if let Self::Unproven(Unproven::Nonce(nonce)) = self {
                    response.push_header("dpop-nonce", nonce.clone());
                }
                response
            }
        };
        let is_binding = matches!(self, Self::FactorDemanded);
        Rejection { kind: self.kind(), response, is_binding, passed_on: None }
    }
}

/// What the challenge of a guard says that wants one of these factors (RFC 9470 section 3).
fn lacking(factors: &[Method], max_age: Option<Duration>) -> String {
    let acr_values = if factors.is_empty() { "mfa".to_owned() } else { words(factors, " ") };
    let max_age = max_age.map(|age| format!(", max_age=\"{}\"", age.as_secs())).unwrap_or_default();
    format!(", error=\"insufficient_user_authentication\", acr_values=\"{acr_values}\"{max_age}")
}

fn words(factors: &[Method], between: &str) -> String {
    factors.iter().map(|factor| factor.as_str()).collect::<Vec<_>>().join(between)
}

/// By what the page that asks for a second factor is told which.
pub(crate) const FACTOR: &str = "factor";

/// What is said beside a refusal where the account has no such factor: to show one is no way on, to set one up is.
const NOT_HELD: &str = "not_set_up";

/// The challenge of a guard to which a token came that is bound to a key (RFC 9449 section 7.1).
fn unproven(realm: &str, error: &str, where_to_ask: Option<&str>) -> String {
    let algorithms = JwsAlgorithm::asymmetric().map(JwsAlgorithm::name).collect::<Vec<_>>().join(" ");
    let where_to_ask = where_to_ask.unwrap_or_default();
    format!("DPoP realm=\"{realm}\", algs=\"{algorithms}\", error=\"{error}\"{where_to_ask}")
}

/// The challenge of a guard that wants a more recent login (RFC 9470 section 3).
pub(crate) fn stale_login(realm: &str, max_age: Duration) -> String {
    let max_age = max_age.as_secs();
    format!("Bearer realm=\"{realm}\", error=\"insufficient_user_authentication\", max_age=\"{max_age}\"")
}

/// The page of the login routes on which a person mends what they are refused for, and what a link to it says.
fn mended_at(kind: ErrorKind) -> Option<(RoutePath, Text)> {
    match kind {
        ErrorKind::ReauthenticationRequired => Some((path::REAUTHENTICATE, Text::WayToReauthenticate)),
        ErrorKind::LoginExpired | ErrorKind::Unauthenticated => Some((path::LOGIN, Text::WayToLogIn)),
        ErrorKind::MfaRequired => Some((path::MFA, Text::WayToMfa)),
        _ => None,
    }
}

/// The reply to a request that opens no page: a page has a link to where that is mended, if it can be, and htmx, which shows no
/// page of an error, is sent there.
fn refusal(
    style: &ReplyStyle,
    view: &impl RequestView,
    error: &Error,
    mended_by: Option<&dyn Fn(String) -> String>,
) -> AuthResponse {
    let mended = mended_at(error.kind()).zip(mended_by).filter(|_| prefers_html(view));
    let Some(((page, text), asking)) = mended else { return style.error_with(view, error, None) };
    let href = asking(style.way_on(view, page));
    let response = style.error_with(view, error, Some((href.clone(), text)));
    if is_htmx(view) { sends_page_to(response, &href) } else { response }
}

/// What `?` makes of an error in a handler that answers `Result<_, Rejection>`: the reply of the one table. It is JSON, or a page
/// where the handler has taken the context and the request prefers one. What is our own failure goes into the log.
impl From<Error> for Rejection {
    fn from(error: Error) -> Self {
        let kind = error.kind();
        let is_ours = matches!(kind, ErrorKind::Configuration | ErrorKind::Internal | ErrorKind::Unavailable);
        if is_ours && !error.is_logged() {
            tracing::error!(?error, "a handler could not answer");
        }
        let response = with_way_in(with_retry_after(problem(&error, &ENGLISH), &error), kind);
        Self { kind, response, is_binding: false, passed_on: Some(Arc::new(error)) }
    }
}

/// Adds the way in that a 401 names (RFC 9110 section 15.5.2).
fn with_way_in(response: AuthResponse, kind: ErrorKind) -> AuthResponse {
    let scheme = match kind {
        ErrorKind::InvalidCredentials => "Form",
        ErrorKind::InvalidToken | ErrorKind::Unauthenticated => "Bearer",
        _ => return response,
    };
    response.with_header("www-authenticate", format!("{scheme} realm=\"{REALM}\""))
}

/// How long to wait for a store that cannot answer, when nothing better is known.
const RETRY_AFTER: Duration = Duration::from_secs(1);

impl Rejection {
    /// The failure of an application that uses an extractor without the layer. The log says what to add.
    pub(crate) fn missing_layer(fix: &'static str) -> Self {
        tracing::error!("a guard found no authentication layer in front of it: {fix}");
        Self::internal()
    }

    /// The failure of a [`Guard`](super::Guard) that does not take a caller who meets its own requirement.
    pub(crate) fn broken_guard(guard: &'static str) -> Self {
        tracing::error!("the guard {guard} met its requirement, and its `from_identity` gave nothing");
        Self::internal()
    }

    fn internal() -> Self {
        let response = problem(&ErrorKind::Internal.into(), &ENGLISH);
        Self { kind: ErrorKind::Internal, response, is_binding: false, passed_on: None }
    }

    /// What it is about.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The HTTP status of the reply.
    pub fn status(&self) -> u16 {
        self.response.status()
    }

    /// Whether it only says that nobody fit is there, so that an optional guard may go on without a user. A credential
    /// that is there and bad, a user who has to add a second factor first, and a store that cannot answer, are refusals for optional
    /// guards too.
    pub fn is_nobody(&self) -> bool {
        let is_refusal = matches!(
            self.kind,
            ErrorKind::CsrfFailed
                | ErrorKind::Internal
                | ErrorKind::InvalidRequest
                | ErrorKind::InvalidDpopProof
                | ErrorKind::InvalidToken
                | ErrorKind::TooManyAttempts
                | ErrorKind::Unavailable
                | ErrorKind::UseDpopNonce
        );
        !is_refusal && !self.is_binding
    }

    /// Whether a handler passed on an error by `?`, so that the reply's form is still to be settled.
    pub(crate) fn is_passed_on(&self) -> bool {
        self.passed_on.is_some()
    }

    /// What stands for an error which a handler passed on, once the application and the request are known: a page where the request
    /// prefers one, and JSON where the application has words of its own, or the visitor another language.
    pub(crate) fn page(&self, style: &ReplyStyle, view: &impl RequestView) -> Option<AuthResponse> {
        let are_other_words = || style.texts().are_changed();
        let error = self.passed_on.as_ref().filter(|_| prefers_html(view) || are_other_words())?;
        Some(with_way_in(refusal(style, view, error, Some(&|path| path)), self.kind))
    }

    /// The reply.
    pub fn response(&self) -> &AuthResponse {
        &self.response
    }

    /// The reply, taken over.
    pub fn into_response(self) -> AuthResponse {
        self.response
    }
}
