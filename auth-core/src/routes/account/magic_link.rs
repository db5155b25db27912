//! `/auth/magic-link`.

use crate::account::Mailed;
use crate::error::{Error, ErrorKind};
use crate::http::{
    AuthResponse, Fields, json_response, path, prefers_html, see_other, see_other_route, with_retry_after,
};
use crate::page::{Form, MagicLinkPage, MagicLinkStep};
use crate::routes::exchange::{Exchange, Failure};
use crate::routes::session::me::{UserJson, UserReply};
use crate::text::Text;

use super::to_login;

/// `GET /auth/magic-link`.
pub(crate) async fn ask_page(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let fields = Fields::query(&exchange.request)?;
    Ok(asking(exchange, 200, &fields, None))
}

/// `POST /auth/magic-link`.
pub(crate) async fn ask(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let fields = Fields::form_or_json(&exchange.request)?;
    match send(exchange, &fields).await {
        Err(error) if prefers_html(&exchange.request) && can_be_mended(&error) => {
            let told = error.told(exchange.auth.style().texts());
            let page = asking(exchange, error.kind().row().status, &fields, Some(&told));
            Ok(with_retry_after(page, &error))
        }
        outcome => Ok(outcome?),
    }
}

async fn send(exchange: &Exchange, fields: &Fields) -> Result<AuthResponse, Error> {
    let (email, next) = (fields.required("email")?, exchange.followed(fields.text("next")?));
    let browser = exchange.context.sign_up_browser(&exchange.request)?;
    let network = exchange.client_ip();
    exchange.auth.recovery()?.ask_for_magic_link(email, next.as_ref(), browser, network).await?;
    Ok(match prefers_html(&exchange.request) {
        true => see_other_route(&exchange.auth.style().path(path::MAGIC_LINK_CONFIRM)),
        false => AuthResponse::new(202),
    })
}

fn can_be_mended(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::InvalidRequest | ErrorKind::TooManyAttempts)
}

fn asking(exchange: &Exchange, status: u16, fields: &Fields, error: Option<&str>) -> AuthResponse {
    let email = fields.text("email").ok().flatten().unwrap_or_default();
    let next = exchange.followed(fields.text("next").ok().flatten());
    let form = Form::to(exchange.auth.style().path(path::MAGIC_LINK));
    let form = form.with_next(next.as_ref().map(|next| next.as_str()));
    shown(exchange, status, form, MagicLinkStep::Ask { email }, error)
}

/// `GET /auth/magic-link/confirm`: with a token one button, without one the form for the code. It uses nothing up.
pub(crate) async fn confirm_page(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let fields = Fields::query(&exchange.request)?;
    Ok(confirming(exchange, 200, fields.text("token")?, None))
}

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
            let told = exchange.auth.style().texts().say(&Text::MagicLinkWrong);
            Ok(confirming(exchange, error.kind().row().status, None, Some(&told)))
        }
        Err(error) if error.kind() == ErrorKind::InvalidLink => {
            let style = exchange.auth.style();
            let again = (style.path(path::MAGIC_LINK), Text::ForgottenAgain);
            Ok(style.error_with(&exchange.request, &error, Some(again)))
        }
        Err(error) => Err(error.into()),
    }
}

fn is_wrong_code(error: &Error, mailed: Mailed<'_>) -> bool {
    error.kind() == ErrorKind::InvalidLink && matches!(mailed, Mailed::Code(_))
}

fn confirming(exchange: &Exchange, status: u16, token: Option<&str>, error: Option<&str>) -> AuthResponse {
    let form = Form::to(exchange.auth.style().path(path::MAGIC_LINK_CONFIRM));
    match token {
        Some(token) => shown(exchange, status, form.with("token", token), MagicLinkStep::Confirm, error),
        None => shown(exchange, status, form, MagicLinkStep::Code, error),
    }
}

fn shown(
    exchange: &Exchange,
    status: u16,
    form: Form,
    step: MagicLinkStep<'_>,
    error: Option<&str>,
) -> AuthResponse {
    let login = to_login(exchange, Text::LoginTitle);
    exchange.auth.style().page(status, &MagicLinkPage { form, step, error, login })
}
