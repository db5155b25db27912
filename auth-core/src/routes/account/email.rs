//! `/auth/email/…`: addresses that are proven, changed and taken back.

use crate::account::{Claimant, Proven};
use crate::error::{Error, ErrorKind};
use crate::http::{AuthResponse, Fields, path, prefers_html, see_other, see_other_route, with_retry_after};
use crate::identity::Identity;
use crate::page::{AccountForm, Confirmation, EmailVerificationPage, Form};

use super::confirm::asking;
use super::page::refused;
use crate::routes::about::{About, Answer, Audience, Member, Schema, optional, required};
use crate::routes::exchange::{Exchange, Failure};
use crate::routes::mfa::{FACTOR_MISSING, require_recent};
use crate::text::Text;

pub(crate) const VERIFY_PAGE: About =
    About::page("The page that a mailed link to prove an address opens", "It uses nothing up.")
        .audience(Audience::AnybodyOrCaller)
        .query(&[TOKEN]);

const TOKEN: Member = required("token", Schema::Secret, "that of the link");

/// `GET /auth/email/verify`: asks, and uses nothing up.
pub(crate) async fn verify_page(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let fields = Fields::query(&exchange.request)?;
    let token = fields.required("token")?;
    let caller = exchange.caller().await?;
    Ok(form(exchange, 200, token, caller.as_deref(), None).await?)
}

pub(crate) const VERIFY: About = About::new(
    "Proves the address of an account, or gives it another one",
    "Where nothing shows that whoever set the account up owns the address, it goes to the owner of the address without its password, \
     sessions, tokens and linked logins.",
)
.audience(Audience::AnybodyOrCaller)
.body(&[TOKEN, optional("password", Schema::Secret, "the account's, where nothing else shows whose it is")])
.answers(&[Answer::nothing(204, "proven")])
.leads_on("proven: on to where they were going, or to set a password")
.refuses(&[
    (ErrorKind::InvalidLink, "the link was used, has expired, or a newer one was sent"),
    (ErrorKind::InvalidCredentials, "`password` is wrong, or is wanted; the link is as good as before"),
    (ErrorKind::TooManyAttempts, "too many from this network, or wrong passwords"),
]);

/// `POST /auth/email/verify`.
pub(crate) async fn verify(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let fields = Fields::form_or_json(&exchange.request)?;
    let token = fields.required("token")?;
    let caller = exchange.caller().await?;
    match prove(exchange, token, &fields, caller.as_deref()).await {
        Ok(proven) if prefers_html(&exchange.request) => Ok(onward(exchange, proven).await?),
        Ok(_) => Ok(AuthResponse::new(204)),
        Err(error) if prefers_html(&exchange.request) && is_about_the_password(&error) => {
            let status = error.kind().row().status;
            let page = form(exchange, status, token, caller.as_deref(), Some(&error)).await?;
            Ok(exchange.challenge(&exchange.public_path(), &error, with_retry_after(page, &error)))
        }
        Err(error) if error.kind() == ErrorKind::InvalidLink => {
            let style = exchange.style();
            let another = (style.path(path::EMAIL_RESEND), Text::ForgottenAgain);
            Ok(style.error_with(&exchange.request, &error, Some(another)))
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
    let (browser, source) = (browser(exchange), exchange.auth.source(&exchange.request));
    let claimant = Claimant { caller, password, browser: browser.as_deref(), source: &source };
    exchange.recovery()?.verify(token, claimant).await
}

/// As what the browser is kept in which somebody has signed up.
fn browser(exchange: &Exchange) -> Option<String> {
    exchange.context.known_sign_up_browser(&exchange.request)
}

fn is_about_the_password(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::InvalidCredentials | ErrorKind::TooManyAttempts)
}

/// Where a person goes on: to set a password where the old one has gone, else where they were on the way to.
pub(super) async fn onward(exchange: &Exchange, proven: Proven) -> Result<AuthResponse, Error> {
    let style = exchange.style();
    if let Some(user) = &proven.lost_password
        && let Some(token) = exchange.recovery()?.reset_link(user).await?
    {
        let page = style.path(path::PASSWORD_RESET);
        return Ok(see_other_route(&format!("{page}?token={}", token.expose())));
    }
    Ok(match proven.next {
        Some(next) => see_other(&next),
        None => see_other_route(&style.path(path::LOGIN)),
    })
}

async fn form(
    exchange: &Exchange,
    status: u16,
    token: &str,
    caller: Option<&Identity>,
    error: Option<&Error>,
) -> Result<AuthResponse, Error> {
    let style = exchange.style();
    let (browser, source) = (browser(exchange), exchange.auth.source(&exchange.request));
    let claimant = Claimant { caller, password: None, browser: browser.as_deref(), source: &source };
    let asks_password = exchange.recovery()?.asks_password(token, claimant).await?;
    let form = Form::to(style.path(path::EMAIL_VERIFY)).with("token", token);
    let told = error.map(|error| style.told_of_password(error));
    let reference = error.and_then(Error::reference);
    let (error, reference) = (told.as_deref(), reference.as_deref());
    Ok(style.page(status, &EmailVerificationPage { form, asks_password, error, reference }))
}

pub(crate) const CHANGE: About = About::new(
    "Mails a link to the address that the account is to have",
    "Until it is used nothing changes. The address that it has is told, with a link by which it stays.",
)
.audience(Audience::FreshUser)
.body(&[required("email", Schema::Email, "")])
.answers(&[Answer::nothing(202, "whether or not another account has the address")])
.leads_on("to the page that says so")
.refuses(&[
    FACTOR_MISSING,
    (ErrorKind::PermissionDenied, "a guest, who registers instead"),
    (ErrorKind::TooManyAttempts, "too many mails were asked for from this network"),
]);

/// `POST /auth/email/change`: mails a link to the address that the account is to have.
pub(crate) async fn change(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    // A code could be mailed to the new address as a factor.
    let identity = require_recent(exchange).await?;
    let fields = Fields::form_or_json(&exchange.request)?;
    match ask_for_address(exchange, &identity, &fields).await {
        Ok(()) if prefers_html(&exchange.request) => {
            Ok(see_other_route(&exchange.style().path(path::REGISTER_SENT)))
        }
        Ok(()) => Ok(AuthResponse::new(202)),
        Err(error) => refused(exchange, &identity, (AccountForm::Email, &fields), error).await,
    }
}

async fn ask_for_address(exchange: &Exchange, caller: &Identity, fields: &Fields) -> Result<(), Error> {
    let email = fields.required("email")?;
    exchange.recovery()?.ask_for_address(caller, email, exchange.client_ip()).await
}

pub(crate) const UNDO_PAGE: About =
    About::page("The page that the link to the old address opens", "It uses nothing up.").query(&[TOKEN]);

/// `GET /auth/email/undo`: asks, and uses nothing up.
pub(crate) async fn undo_page(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let words = [Text::UndoTitle, Text::UndoLead, Text::UndoButton];
    asking(exchange, Confirmation::KeepAddress, path::EMAIL_UNDO, words)
}

pub(crate) const UNDO: About = About::new(
    "Gives an account the address back that it had",
    "The password goes, every session and token ends, and linked logins go.",
)
.body(&[TOKEN])
.answers(&[Answer::nothing(204, "the old address is back")])
.leads_on("to set a password")
.refuses(&[
    (ErrorKind::InvalidLink, "the link was used, has expired, or a newer one was sent"),
    (ErrorKind::TooManyAttempts, "too many from this network"),
]);

/// `POST /auth/email/undo`.
pub(crate) async fn undo(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let fields = Fields::form_or_json(&exchange.request)?;
    let token = fields.required("token")?;
    let proven = exchange.recovery()?.undo_address(token, exchange.client_ip()).await?;
    Ok(match prefers_html(&exchange.request) {
        true => onward(exchange, proven).await?,
        false => AuthResponse::new(204),
    })
}
