//! `/auth/authorize`: where other applications send people to log in (RFC 6749 section 4.1, OpenID Connect Core 1.0 section 3.1).

use std::sync::Arc;

use crate::access::session_required;
use crate::error::{Error, ErrorKind};
use crate::http::{AuthResponse, form_pairs, path, query_pairs, see_other_route};
use crate::identity::Identity;
use crate::page::{Form, HandOnPage};
use crate::routes::about::{About, Answer as Reply, Member, Schema, optional, required};
use crate::routes::exchange::{Exchange, Failure};
use crate::server::{
    Answer, AuthorizationRequest, Parameters, RequestHandle, ResponseMode, Sent, Server, Step,
};

/// The parameter that names what was posted a moment ago.
const HANDLE: &str = "handle";

const REQUEST: [Member; 20] = [
    required("client_id", Schema::Text, "the client"),
    required("redirect_uri", Schema::Text, "where the answer goes: one that the client is registered with"),
    required("response_type", Schema::Word(&["code"]), ""),
    required("code_challenge", Schema::Text, "the hash of the verifier (RFC 7636)"),
    required("code_challenge_method", Schema::Word(&["S256"]), ""),
    optional("scope", Schema::Text, "what is asked for, with spaces between"),
    optional("state", Schema::Text, "comes back as it is"),
    optional("nonce", Schema::Text, "comes back in the ID token"),
    optional("response_mode", Schema::Word(&["query", "form_post"]), "how the answer gets there"),
    optional("prompt", Schema::Text, "`none`, or of `login`, `consent` and `select_account`"),
    optional("max_age", Schema::Integer, "how many seconds ago the login may have been"),
    optional("login_hint", Schema::Text, "what the login form is filled in with"),
    optional("id_token_hint", Schema::Secret, "whom the client takes its user for"),
    optional("ui_locales", Schema::Text, "in which languages, the dearest first"),
    optional("acr_values", Schema::Text, "`mfa`: with a second factor, where the account has one"),
    optional("claims", Schema::Text, "what the ID token has to say (OpenID Connect Core 1.0 section 5.5)"),
    optional("resource", Schema::Text, "for whom the access token is to be (RFC 8707)"),
    optional(
        "dpop_jkt",
        Schema::Text,
        "the thumbprint of the key that the code is bound to (RFC 9449 section 10)",
    ),
    optional(
        "request_uri",
        Schema::Secret,
        "what the client has pushed, in place of all else but `client_id`",
    ),
    optional(HANDLE, Schema::Secret, "what was posted, in place of all else"),
];

/// The same in a form. What is missing is told to the client, where it is known which.
const POSTED: [Member; 19] = posted();

/// The same as it is pushed.
pub(super) const PUSHED: [Member; 18] = posted();

const fn posted<const N: usize>() -> [Member; N] {
    let mut posted = [REQUEST[0]; N];
    let mut at = 0;
    while at < N {
        posted[at] = optional(REQUEST[at].name, REQUEST[at].schema, REQUEST[at].about);
        at += 1;
    }
    posted
}

const TOO_MANY: (ErrorKind, &str) =
    (ErrorKind::TooManyAttempts, "too many requests of this network wait for a login");
pub(super) const EXPIRED: (ErrorKind, &str) =
    (ErrorKind::AuthorizationExpired, "the request is over, was answered, or began in another browser");

pub(crate) const AUTHORIZE: About = About::new(
    "Where a client sends its user",
    "RFC 6749, OpenID Connect Core 1.0: code flow with PKCE. Where nobody has to log in or to be asked, the answer goes at once. What is \
     wrong is told to the client, by OAuth's codes; to whoever sits before the browser where the client or its redirect URI is.",
)
.query(&REQUEST)
.answers(&[
    Reply::redirect("to the client, or to where its user goes on"),
    Reply::page_of("with `form_post`: the page that hands the answer on"),
])
.sets_cookies()
.refuses(&[TOO_MANY, EXPIRED]);

/// `GET /auth/authorize`.
pub(crate) async fn authorize(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let server = server(exchange)?;
    let parameters = Parameters::new(query_pairs(&exchange.request)?)?;
    let request = match parameters.alone(HANDLE) {
        Some(handle) => server.fetch(&parse(handle)?).await?,
        None => match server.read_request(&parameters, Sent::ByGet, exchange.client_ip()).await? {
            Ok(request) => request,
            Err(answer) => return Ok(answered(exchange, answer)),
        },
    };
    let caller = in_session(exchange).await?;
    match server.decide(&request, caller.as_deref()).await? {
        Step::Answer(answer) => Ok(answered(exchange, answer)),
        Step::Ask(_) | Step::LogIn | Step::Prove => Ok(kept(exchange, server, &request).await?),
    }
}

pub(crate) const TAKE_AUTHORIZATION: About = About::new(
    "The same by a form",
    "It is kept, the browser is sent to fetch it, and its user is always asked.",
)
.form(&POSTED)
.answers(&[
    Reply::redirect("to the same path by GET, with a `handle`; or to the client, with what is wrong"),
    Reply::page_of("with `form_post`: the page that hands on what is wrong"),
])
.refuses(&[TOO_MANY]);

/// `POST /auth/authorize`, a form of another site's, which comes without cookies.
pub(crate) async fn take_authorization(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let server = server(exchange)?;
    let parameters = Parameters::new(form_pairs(&exchange.request)?)?;
    let request = match server.read_request(&parameters, Sent::ByPost, exchange.client_ip()).await? {
        Ok(request) => request,
        Err(answer) => return Ok(answered(exchange, answer)),
    };
    let handle = server.hand_over(&request, exchange.client_ip()).await?;
    Ok(see_other_route(&format!("{}?{HANDLE}={}", exchange.public_path(), handle.expose())))
}

/// Whoever is logged in in this browser, and may go on. Somebody who has to add a factor first is led to that where they come back to.
async fn in_session(exchange: &Exchange) -> Result<Option<Arc<Identity>>, Failure> {
    match exchange.require(&session_required()).await {
        Ok(identity) => Ok(Some(identity)),
        Err(Failure::Rejected(rejection))
            if rejection.is_nobody() || rejection.kind() == ErrorKind::MfaRequired =>
        {
            Ok(None)
        }
        Err(failure) => Err(failure),
    }
}

/// Keeps a request, and sends the browser to where it is gone on with.
async fn kept(
    exchange: &Exchange,
    server: &Server,
    request: &AuthorizationRequest,
) -> Result<AuthResponse, Error> {
    let browser = exchange.context.browser(&exchange.request);
    let (handle, browser) = server.wait(request, browser, exchange.client_ip()).await?;
    exchange.context.name_browser(&browser);
    Ok(see_other_route(&way_back(exchange, &handle)))
}

/// Where a request is gone on with.
pub(super) fn way_back(exchange: &Exchange, handle: &RequestHandle) -> String {
    format!("{}?request={}", exchange.style().path(path::CONSENT), handle.expose())
}

/// The name of a request.
pub(super) fn parse(handle: &str) -> Result<RequestHandle, Error> {
    RequestHandle::parse(handle).ok_or_else(|| ErrorKind::AuthorizationExpired.into())
}

/// The answer, on its way to the client.
pub(super) fn answered(exchange: &Exchange, answer: Answer) -> AuthResponse {
    match answer.mode() {
        ResponseMode::Query => see_other_route(&answer.location()),
        ResponseMode::FormPost => {
            let form = Form::to(answer.redirect_uri());
            let form = answer.parameters().iter().fold(form, |form, (name, value)| form.with(name, value));
            exchange.style().page(200, &HandOnPage::new(answer.place(), form))
        }
    }
}

/// The server, on whose routes this is.
pub(super) fn server(exchange: &Exchange) -> Result<&Server, Error> {
    exchange.auth.server().ok_or_else(|| ErrorKind::NotFound.into())
}
