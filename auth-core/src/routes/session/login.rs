//! `/auth/login` and `/auth/logout`.

use crate::error::{Error, ErrorKind};
use crate::http::{
    AuthResponse, Fields, SafeRedirect, json_response, path, prefers_html, see_other, with_retry_after,
};
use crate::human::HumanForm;
use crate::login::Credentials;
use crate::outbound::OutboundUrl;
use crate::page::{Form, Link, LoginPage, PasskeyUse};
use crate::session::{Goal, SessionRecord};
use crate::text::Text;

use super::me::{UserJson, UserReply};
use crate::routes::about::{
    About, Answer, HUMAN, NEXT, NO_HUMAN, PENDING, Schema, USER_REPLY, optional, required,
};
use crate::routes::exchange::{Exchange, Failure};
use crate::routes::provider::button;

pub(crate) const LOGIN_PAGE: About = About::page("The login page", "")
    .query(&[NEXT, optional("login_hint", Schema::Text, "what the field for the name is filled in with")]);

/// The longest name that a form is filled in with, in bytes: no address is longer (RFC 5321 section 4.5.3.1.3).
const MAX_HINT: usize = 254;

/// `GET /auth/login`.
pub(crate) async fn login_page(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let fields = Fields::query(&exchange.request)?;
    let next = exchange.followed(fields.text("next")?);
    let is_asked = is_asked(exchange, &Typed::default()).await;
    let hint = fields.text("login_hint")?.filter(|hint| hint.len() <= MAX_HINT).unwrap_or_default();
    let typed = Typed { username: hint, next, ..Typed::default() };
    Ok(form(exchange, 200, &typed, None, is_asked))
}

/// What the form shows again.
#[derive(Default)]
struct Typed<'a> {
    username: &'a str,
    remember: bool,
    next: Option<SafeRedirect>,
}

impl<'a> Typed<'a> {
    /// As far as it can be read: one field may be what the error is about.
    fn of(exchange: &Exchange, fields: &'a Fields) -> Self {
        let text = |name| fields.text(name).ok().flatten();
        Self {
            username: text("username").unwrap_or_default(),
            remember: fields.flag("remember").unwrap_or_default(),
            next: exchange.followed(text("next")),
        }
    }
}

pub(crate) const LOGIN: About = About::new(
    "Logs in",
    "Sets a new session cookie, and beside it one by which the limits on guessing know this browser again.",
)
.body(&[
    required("username", Schema::Text, "the user name or the e-mail address, in any case"),
    required("password", Schema::Secret, ""),
    optional("remember", Schema::Boolean, "the session outlives the browser; in a form, a checkbox"),
    HUMAN,
    NEXT,
])
.answers(&[Answer::json(200, &[&USER_REPLY, &PENDING], "logged in, or a second factor is missing")])
.leads_on("logged in: to `next`")
.sets_cookies()
.refuses(&[
    (ErrorKind::InvalidCredentials, "unknown name, wrong password or disabled account, never told apart"),
    (ErrorKind::TooManyAttempts, "too many failed attempts for this account or from this network"),
    NO_HUMAN,
]);

/// `POST /auth/login`.
pub(crate) async fn login(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let fields = Fields::form_or_json(&exchange.request)?;
    match log_in(exchange, &fields).await {
        Err(error) if can_be_mended(&error) => {
            Ok(refused(exchange, &error, &Typed::of(exchange, &fields)).await)
        }
        outcome => Ok(outcome?),
    }
}

async fn log_in(exchange: &Exchange, fields: &Fields) -> Result<AuthResponse, Error> {
    let (login, password) = (fields.required("username")?, fields.required("password")?);
    let (remember, next) = (fields.flag("remember")?, fields.text("next")?);
    let credentials = Credentials::Password { login, password };
    let goal = Goal::login(remember).then(exchange.followed(next));
    let (humans, source) = (exchange.auth.humans(), exchange.auth.source(&exchange.request));
    let turn = humans.before_login(login, fields, &source).await?;
    let user = exchange.context.log_in(&exchange.request, credentials, goal).await;
    // What was no wrong password was no failure.
    if !user.as_ref().is_err_and(|error| error.kind() == ErrorKind::InvalidCredentials) {
        humans.after_login(turn).await;
    }
    let user = user?;
    if prefers_html(&exchange.request) {
        return Ok(see_other(&exchange.after_login(next)));
    }
    Ok(json_response(200, &UserReply { user: UserJson::of(&user) }))
}

/// Whether the one who typed something can do better: then the form is shown again.
pub(super) fn can_be_mended(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::HumanCheckRequired
            | ErrorKind::InvalidCredentials
            | ErrorKind::InvalidRequest
            | ErrorKind::TooManyAttempts
    )
}

/// The page again with what was typed, or the error as JSON.
async fn refused(exchange: &Exchange, error: &Error, typed: &Typed<'_>) -> AuthResponse {
    let style = exchange.style();
    let response = if prefers_html(&exchange.request) {
        let is_asked = is_asked(exchange, typed).await;
        let page = form(exchange, error.kind().row().status, typed, Some(error), is_asked);
        with_retry_after(page, error)
    } else {
        style.error(&exchange.request, error)
    };
    exchange.challenge(&exchange.public_path(), error, response)
}

/// Whether the next attempt has to show that a person makes it.
async fn is_asked(exchange: &Exchange, typed: &Typed<'_>) -> bool {
    let source = exchange.auth.source(&exchange.request);
    exchange.auth.humans().asks_at_login(typed.username, &source).await
}

fn form(
    exchange: &Exchange,
    status: u16,
    typed: &Typed<'_>,
    error: Option<&Error>,
    is_asked: bool,
) -> AuthResponse {
    let style = exchange.style();
    let challenge = is_asked.then(|| exchange.auth.humans().challenge(HumanForm::Login)).flatten();
    let next = typed.next.as_ref().map(SafeRedirect::as_str);
    let providers = exchange.auth.providers().list();
    let providers: Vec<_> = providers.map(|provider| button(exchange, provider, next)).collect();
    let links = ways_on(exchange);
    let told = error.map(|error| style.told(error));
    let reference = error.and_then(Error::reference);
    let passkey = exchange.passkey_button(PasskeyUse::AskAndOffer, exchange.after_login(next).as_str());
    let page = LoginPage {
        challenge: challenge.as_ref(),
        links: &links,
        passkey,
        username: typed.username,
        remember: typed.remember,
        error: told.as_deref(),
        reference: reference.as_deref(),
        ..LoginPage::new(Form::to(style.path(path::LOGIN)).with_next(next), &providers)
    };
    style.page(status, &page)
}

/// Where people go from here who have no account yet, or have forgotten the password.
fn ways_on(exchange: &Exchange) -> Vec<Link> {
    let (auth, style) = (&exchange.auth, exchange.style());
    let link = |route, text| Link::new(style.path(route), style.texts().say(&text));
    let forgotten = auth.sends_mail().then(|| link(path::PASSWORD_FORGOT, Text::LoginForgotten));
    let is_open = auth.registrations().is_ok_and(|registrations| registrations.check_open().is_ok());
    let register = is_open.then(|| link(path::REGISTER, Text::LoginRegister));
    let by_mail = auth.config().has_magic_links.then(|| link(path::MAGIC_LINK, Text::LoginByMail));
    forgotten.into_iter().chain(by_mail).chain(register).collect()
}

pub(crate) const LOGOUT: About = About::new(
    "Logs out",
    "Ends the session and clears the cookie; its tokens end too. Also where nobody is logged in.",
)
.body(&[NEXT])
.answers(&[Answer::nothing(204, "logged out")])
.leads_on("logged out: to `next`, or by way of the provider")
.sets_cookies();

/// `POST /auth/logout`.
pub(crate) async fn logout(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let fields = Fields::form_or_json(&exchange.request)?;
    let next = fields.text("next")?;
    let ended = exchange.context.end(&exchange.request).await?;
    if !prefers_html(&exchange.request) {
        return Ok(AuthResponse::new(204));
    }
    if let Some(url) = provider_logout(exchange, ended.as_deref()).await {
        return Ok(AuthResponse::new(303).with_header("location", url.as_str()));
    }
    // The login page is a good place to go to from here.
    let is_logout =
        |next: &SafeRedirect| next.resolved().is_some_and(|url| url.path() == exchange.public_path());
    let next = next.and_then(SafeRedirect::parse).filter(|next| !is_logout(next));
    Ok(see_other(&next.unwrap_or_else(|| exchange.auth.home())))
}

/// Where the browser goes on to log out, if its session came from a provider that wants it so.
async fn provider_logout(exchange: &Exchange, ended: Option<&SessionRecord>) -> Option<OutboundUrl> {
    let ended = ended?;
    exchange.auth.providers().logout_url(&ended.user, ended.provider()?).await
}
