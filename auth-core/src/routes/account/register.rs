//! `/auth/register`.

use crate::account::SignUpForm;
use crate::error::{Error, ErrorKind};
use crate::http::{AuthResponse, Fields, path, prefers_html, see_other_route, with_retry_after};
use crate::page::{Form, NoticePage, RegisterPage};
use crate::text::Text;

use super::to_login;
use crate::routes::about::{About, Answer, NEXT, Schema, required};
use crate::routes::exchange::{Exchange, Failure};

pub(crate) const REGISTER_PAGE: About =
    About::page("The page on which somebody makes an account", "").query(&[NEXT]);

/// `GET /auth/register`.
pub(crate) async fn register_page(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    exchange.registrations()?.check_open()?;
    let fields = Fields::query(&exchange.request)?;
    Ok(form(exchange, 200, &fields, &[]))
}

pub(crate) const REGISTER: About = About::new(
    "Makes an account, and mails a link to prove its address",
    "Where another account has the address the answer is the same, nothing is made, and that account's owner is told.",
)
.body(&[
    required("username", Schema::Text, "at most 150 characters, without `@` and `:`"),
    required("email", Schema::Email, ""),
    required("password", Schema::Secret, ""),
    NEXT,
])
.answers(&[Answer::nothing(202, "a mail is on its way")])
.leads_on("to the page that says so")
.sets_cookies()
.refuses(&[
    (ErrorKind::AlreadyExists, "the user name, which is public, is taken"),
    (ErrorKind::WeakPassword, "`violations` says what the policy has against the password"),
    (ErrorKind::TooManyAttempts, "too many accounts were made from this network"),
]);

/// `POST /auth/register`.
pub(crate) async fn register(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let fields = Fields::form_or_json(&exchange.request)?;
    match sign_up(exchange, &fields).await {
        Err(error) if prefers_html(&exchange.request) && can_be_mended(&error) => {
            Ok(refused(exchange, &fields, &error))
        }
        outcome => Ok(outcome?),
    }
}

async fn sign_up(exchange: &Exchange, fields: &Fields) -> Result<AuthResponse, Error> {
    let registrations = exchange.registrations()?;
    registrations.check_open()?;
    let form = SignUpForm {
        username: fields.required("username")?,
        email: fields.required("email")?,
        password: fields.required("password")?,
    };
    let next = exchange.followed(fields.text("next")?);
    let browser = exchange.context.sign_up_browser(&exchange.request)?;
    registrations.register(form, next.as_ref(), browser, exchange.client_ip()).await?;
    Ok(match prefers_html(&exchange.request) {
        true => see_other_route(&exchange.style().path(path::REGISTER_SENT)),
        false => AuthResponse::new(202),
    })
}

fn can_be_mended(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::AlreadyExists
            | ErrorKind::InvalidRequest
            | ErrorKind::TooManyAttempts
            | ErrorKind::WeakPassword
    )
}

fn refused(exchange: &Exchange, fields: &Fields, error: &Error) -> AuthResponse {
    let complaints = exchange.style().complaints(error);
    with_retry_after(form(exchange, error.kind().row().status, fields, &complaints), error)
}

fn form(exchange: &Exchange, status: u16, fields: &Fields, errors: &[String]) -> AuthResponse {
    let style = exchange.style();
    let typed = |name| fields.text(name).ok().flatten().unwrap_or_default();
    let next = exchange.followed(fields.text("next").ok().flatten());
    let page = RegisterPage {
        form: Form::to(style.path(path::REGISTER)).with_next(next.as_ref().map(|next| next.as_str())),
        username: typed("username"),
        email: typed("email"),
        errors,
        login: to_login(exchange, Text::RegisterLogin),
    };
    style.page(status, &page)
}

pub(crate) const REGISTER_SENT: About = About::page("The page that says that a mail is on its way", "");

/// `GET /auth/register/sent`.
pub(crate) async fn register_sent(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    Ok(sent(exchange, &Text::RegisterSentTitle, &Text::RegisterSentLead))
}

/// A page that says that a mail is on its way.
pub(super) fn sent(exchange: &Exchange, title: &Text, sentence: &Text) -> AuthResponse {
    let style = exchange.style();
    let (title, sentence) = (style.texts().say(title), style.texts().say(sentence));
    let way_on = to_login(exchange, Text::LoginTitle);
    style.page(200, &NoticePage { title: &title, sentence: &sentence, way_on })
}
