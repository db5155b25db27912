//! `/auth/email/…`: addresses that are proven, changed and taken back.

use crate::access::fresh_login_required;
use crate::account::{Claimant, Proven};
use crate::error::{Error, ErrorKind};
use crate::http::{AuthResponse, Fields, path, prefers_html, see_other, see_other_route, with_retry_after};
use crate::identity::Identity;
use crate::page::{EmailUndoPage, EmailVerificationPage, Form};

use crate::routes::exchange::{Exchange, Failure};
use crate::session::FRESH;

/// `GET /auth/email/verify`: asks, and uses nothing up.
pub(crate) async fn verify_page(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let fields = Fields::query(&exchange.request)?;
    let token = fields.required("token")?;
    Ok(form(exchange, 200, token, None))
}

/// `POST /auth/email/verify`.
pub(crate) async fn verify(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let fields = Fields::form_or_json(&exchange.request)?;
    let token = fields.required("token")?;
    let caller = exchange.caller().await?;
    match prove(exchange, token, &fields, caller.as_deref()).await {
        Ok(proven) if prefers_html(&exchange.request) => Ok(onward(exchange, proven)),
        Ok(_) => Ok(AuthResponse::new(204)),
        Err(error) if prefers_html(&exchange.request) && is_about_the_password(&error) => {
            let style = exchange.auth.style();
            let told = error.told(style.texts());
            let page = form(exchange, error.kind().row().status, token, Some(&told));
            Ok(exchange.challenge(&exchange.public_path(), &error, with_retry_after(page, &error)))
        }
        Err(error) => Err(error.into()),
    }
}

async fn prove(
    exchange: &Exchange,
    token: &str,
    fields: &Fields,
    caller: Option<&Identity>,
) -> Result<Proven, Error> {
    // An empty field is one that was left out.
    let password = fields.text("password")?.filter(|password| !password.is_empty());
    let browser = exchange.context.known_sign_up_browser(&exchange.request);
    let claimant = Claimant {
        caller,
        password,
        browser: browser.as_deref(),
        source: &exchange.auth.source(&exchange.request),
    };
    exchange.auth.recovery()?.verify(token, claimant).await
}

fn is_about_the_password(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::InvalidCredentials | ErrorKind::TooManyAttempts)
}

/// Where a person goes on: to set a password where the old one has gone, else where they were on the way to.
fn onward(exchange: &Exchange, proven: Proven) -> AuthResponse {
    let style = exchange.auth.style();
    match (&proven.reset, proven.next) {
        (Some(token), _) => {
            see_other_route(&format!("{}?token={}", style.path(path::PASSWORD_RESET), token.expose()))
        }
        (None, Some(next)) => see_other(&next),
        (None, None) => see_other_route(&style.path(path::LOGIN)),
    }
}

fn form(exchange: &Exchange, status: u16, token: &str, error: Option<&str>) -> AuthResponse {
    let style = exchange.auth.style();
    let page = EmailVerificationPage {
        form: Form::to(style.path(path::EMAIL_VERIFY)).with("token", token),
        asks_password: exchange.context.known_sign_up_browser(&exchange.request).is_none(),
        error,
    };
    style.page(status, &page)
}

/// `POST /auth/email/resend`.
pub(crate) async fn resend(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let fields = Fields::form_or_json(&exchange.request)?;
    let email = fields.required("email")?;
    exchange.auth.recovery()?.resend(email, exchange.client_ip()).await?;
    Ok(match prefers_html(&exchange.request) {
        true => see_other_route(&exchange.auth.style().path(path::REGISTER_SENT)),
        false => AuthResponse::new(202),
    })
}

/// `POST /auth/email/change`: mails a link to the address that the account is to have.
pub(crate) async fn change(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let identity = exchange.require(&fresh_login_required(FRESH)).await?;
    let fields = Fields::form_or_json(&exchange.request)?;
    let (email, next) = (fields.required("email")?, fields.text("next")?);
    exchange.auth.recovery()?.ask_for_address(&identity, email, exchange.client_ip()).await?;
    Ok(match prefers_html(&exchange.request) {
        true => see_other(&exchange.or_home(next)),
        false => AuthResponse::new(202),
    })
}

/// `GET /auth/email/undo`: asks, and uses nothing up.
pub(crate) async fn undo_page(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let fields = Fields::query(&exchange.request)?;
    let token = fields.required("token")?;
    let style = exchange.auth.style();
    let form = Form::to(style.path(path::EMAIL_UNDO)).with("token", token);
    Ok(style.page(200, &EmailUndoPage { form }))
}

/// `POST /auth/email/undo`.
pub(crate) async fn undo(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let fields = Fields::form_or_json(&exchange.request)?;
    let token = fields.required("token")?;
    let proven = exchange.auth.recovery()?.undo_address(token, exchange.client_ip()).await?;
    Ok(match prefers_html(&exchange.request) {
        true => onward(exchange, proven),
        false => AuthResponse::new(204),
    })
}
