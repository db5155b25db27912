//! `/auth/magic-link/confirm`.

use crate::account::Mailed;
use crate::error::{Error, ErrorKind};
use crate::http::{AuthResponse, Fields, json_response, path, prefers_html, see_other};
use crate::page::{Form, MagicLinkPage, MagicLinkStep};
use crate::routes::about::{About, Answer, PENDING, Schema, USER_REPLY, optional};
use crate::routes::exchange::{Exchange, Failure};
use crate::routes::session::me::{UserJson, UserReply};
use crate::text::Text;

use super::to_login;

pub(crate) const CONFIRM_PAGE: About = About::page(
    "The page that a mailed link to log in opens",
    "Without a token it is the form for the code. It uses nothing up.",
)
.query(&[optional("token", Schema::Secret, "that of the link")])
.refuses(&[(ErrorKind::InvalidLink, "the link was used, has expired or is another one")]);

/// `GET /auth/magic-link/confirm`: with a token one button, without one the form for the code. It uses nothing up.
pub(crate) async fn confirm_page(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let fields = Fields::query(&exchange.request)?;
    let Some(token) = fields.text("token")? else {
        return Ok(shown(exchange, 200, MagicLinkStep::Code, None));
    };
    match exchange.recovery()?.owner_of_magic_link(token).await {
        Ok(user) => {
            let form = Form::to(exchange.style().path(path::MAGIC_LINK_CONFIRM)).with("token", token);
            let step = MagicLinkStep::Confirm { username: user.username() };
            Ok(page(exchange, 200, form, step, None))
        }
        Err(error) if error.kind() == ErrorKind::InvalidLink => Ok(again(exchange, &error)),
        Err(error) => Err(error.into()),
    }
}

pub(crate) const CONFIRM: About = About::new(
    "Logs in by what was mailed",
    "By one of the two. It proves the address: what somebody else may have set up under an unproven one goes first.",
)
.body(&[
    optional("token", Schema::Secret, "required without `code`: that of the link"),
    optional("code", Schema::Secret, "required without `token`: the code, in the browser that asked for it"),
])
.answers(&[Answer::json(200, &[&USER_REPLY, &PENDING], "logged in, or a second factor is missing")])
.leads_on("logged in: on to where they were going")
.sets_cookies()
.refuses(&[
    (ErrorKind::InvalidLink, "the link or the code was used, has expired, is another one, or there were five wrong codes"),
    (ErrorKind::TooManyAttempts, "too many from this network"),
]);

/// `POST /auth/magic-link/confirm`.
pub(crate) async fn confirm(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let fields = Fields::form_or_json(&exchange.request)?;
    let mailed = match (fields.text("token")?, fields.text("code")?) {
        (Some(token), None) => Mailed::Token(token),
        (None, Some(code)) => Mailed::Code(code),
        _ => return Err(Error::invalid(Text::MagicLinkTokenOrCode).into()),
    };
    match exchange.context.log_in_by_mail(&exchange.request, mailed).await {
        Ok((_, next)) if prefers_html(&exchange.request) => {
            Ok(see_other(&next.unwrap_or_else(|| exchange.after_login(None))))
        }
        Ok((user, _)) => Ok(json_response(200, &UserReply { user: UserJson::of(&user) })),
        Err(error) if prefers_html(&exchange.request) && is_wrong_code(&error, mailed) => {
            Ok(shown(exchange, error.kind().row().status, MagicLinkStep::Code, Some(&error)))
        }
        Err(error) if error.kind() == ErrorKind::InvalidLink => Ok(again(exchange, &error)),
        Err(error) => Err(error.into()),
    }
}

fn is_wrong_code(error: &Error, mailed: Mailed<'_>) -> bool {
    error.kind() == ErrorKind::InvalidLink && matches!(mailed, Mailed::Code(_))
}

/// The refusal of a link, with the way to another one.
fn again(exchange: &Exchange, error: &Error) -> AuthResponse {
    let style = exchange.style();
    let way_on = (style.path(path::MAGIC_LINK), Text::ForgottenAgain);
    style.error_with(&exchange.request, error, Some(way_on))
}

/// `wrong` is what a code was refused for.
fn shown(exchange: &Exchange, status: u16, step: MagicLinkStep<'_>, wrong: Option<&Error>) -> AuthResponse {
    let form = Form::to(exchange.style().path(path::MAGIC_LINK_CONFIRM));
    page(exchange, status, form, step, wrong)
}

fn page(
    exchange: &Exchange,
    status: u16,
    form: Form,
    step: MagicLinkStep<'_>,
    wrong: Option<&Error>,
) -> AuthResponse {
    let (style, login) = (exchange.style(), to_login(exchange, Text::WayBackToLoginPage));
    let told = wrong.map(|_| style.texts().say(&Text::MagicLinkWrong));
    let reference = wrong.and_then(Error::reference);
    let (error, reference) = (told.as_deref(), reference.as_deref());
    style.page(status, &MagicLinkPage { form, step, error, reference, login })
}
