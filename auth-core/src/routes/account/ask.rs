//! Where people ask for a mail: to prove an address, to set another password, to log in. The same for every address.

use crate::error::{Error, ErrorKind};
use crate::http::{AuthResponse, Fields, RoutePath, path, prefers_html, see_other_route, with_retry_after};
use crate::human::HumanForm;
use crate::page::{Form, MailRequest, MailRequestPage};
use crate::routes::about::{About, Answer, HUMAN, Member, NEXT, NO_HUMAN, Schema, required};
use crate::routes::exchange::{Exchange, Failure};
use crate::text::Text;

use super::to_login;

pub(crate) const VERIFICATION_PAGE: About =
    About::page("The page on which to ask once more for the link to prove an address", "");

/// `GET /auth/email/resend`.
pub(crate) async fn verification_page(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    asking(exchange, MailRequest::Verification)
}

pub(crate) const VERIFICATION: About = About::new(
    "Mails the link to prove an address once more",
    "If an account has the address and did not prove it.",
)
.body(&[ADDRESS, HUMAN])
.answers(&[MAILED])
.leads_on("to the page that says so")
.refuses(&[TOO_MANY_MAILS, NO_HUMAN]);

const ADDRESS: Member = required("email", Schema::Email, "");
const MAILED: Answer = Answer::nothing(202, "always the same");
const TOO_MANY_MAILS: (ErrorKind, &str) =
    (ErrorKind::TooManyAttempts, "too many mails were asked for from this network");

/// `POST /auth/email/resend`.
pub(crate) async fn verification(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    asked(exchange, MailRequest::Verification).await
}

pub(crate) const PASSWORD_PAGE: About =
    About::page("The page on which to ask for a link to set another password", "");

/// `GET /auth/password/forgot`.
pub(crate) async fn password_page(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    asking(exchange, MailRequest::NewPassword)
}

pub(crate) const PASSWORD: About =
    About::new("Mails a link to set another password", "If an account has the address.")
        .body(&[ADDRESS, HUMAN])
        .answers(&[MAILED])
        .leads_on("to the page that says so")
        .refuses(&[TOO_MANY_MAILS, NO_HUMAN]);

/// `POST /auth/password/forgot`.
pub(crate) async fn password(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    asked(exchange, MailRequest::NewPassword).await
}

pub(crate) const MAGIC_LINK_PAGE: About =
    About::page("The page on which to ask for a link to log in by", "").query(&[NEXT]);

/// `GET /auth/magic-link`.
pub(crate) async fn magic_link_page(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    asking(exchange, MailRequest::MagicLink)
}

pub(crate) const MAGIC_LINK: About = About::new(
    "Mails a link to log in by",
    "And a code that counts in this browser, if an account has the address.",
)
.body(&[ADDRESS, HUMAN, NEXT])
.answers(&[MAILED])
.leads_on("to the form for the code")
.sets_cookies()
.refuses(&[TOO_MANY_MAILS, NO_HUMAN]);

/// `POST /auth/magic-link`.
pub(crate) async fn magic_link(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    asked(exchange, MailRequest::MagicLink).await
}

fn asking(exchange: &Exchange, request: MailRequest) -> Result<AuthResponse, Failure> {
    let fields = Fields::query(&exchange.request)?;
    Ok(form(exchange, 200, request, &fields, None))
}

async fn asked(exchange: &Exchange, request: MailRequest) -> Result<AuthResponse, Failure> {
    let fields = Fields::form_or_json(&exchange.request)?;
    match send(exchange, request, &fields).await {
        Ok(()) if prefers_html(&exchange.request) => {
            Ok(see_other_route(&exchange.style().path(routes(request).1)))
        }
        Ok(()) => Ok(AuthResponse::new(202)),
        Err(error) if prefers_html(&exchange.request) && can_be_mended(&error) => {
            let page = form(exchange, error.kind().row().status, request, &fields, Some(&error));
            Ok(with_retry_after(page, &error))
        }
        Err(error) => Err(error.into()),
    }
}

async fn send(exchange: &Exchange, request: MailRequest, fields: &Fields) -> Result<(), Error> {
    let (email, recovery) = (fields.required("email")?, exchange.recovery()?);
    let source = exchange.auth.source(&exchange.request);
    exchange.check_human(human_form(request), fields).await?;
    match request {
        MailRequest::Verification => recovery.resend(email, source.network()).await,
        MailRequest::NewPassword => recovery.forgot(email, &source).await,
        MailRequest::MagicLink => {
            let next = exchange.followed(fields.text("next")?);
            let browser = exchange.context.sign_up_browser(&exchange.request)?;
            recovery.ask_for_magic_link(email, next.as_ref(), browser, &source).await
        }
    }
}

fn can_be_mended(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::HumanCheckRequired | ErrorKind::InvalidRequest | ErrorKind::TooManyAttempts
    )
}

/// Where the form is, and where somebody goes on from there.
fn routes(request: MailRequest) -> (RoutePath, RoutePath) {
    match request {
        MailRequest::Verification => (path::EMAIL_RESEND, path::REGISTER_SENT),
        MailRequest::NewPassword => (path::PASSWORD_FORGOT, path::PASSWORD_FORGOT_SENT),
        MailRequest::MagicLink => (path::MAGIC_LINK, path::MAGIC_LINK_CONFIRM),
    }
}

fn human_form(request: MailRequest) -> HumanForm {
    match request {
        MailRequest::Verification => HumanForm::EmailResend,
        MailRequest::NewPassword => HumanForm::PasswordForgot,
        MailRequest::MagicLink => HumanForm::MagicLink,
    }
}

fn form(
    exchange: &Exchange,
    status: u16,
    request: MailRequest,
    fields: &Fields,
    error: Option<&Error>,
) -> AuthResponse {
    let style = exchange.style();
    let email = fields.text("email").ok().flatten().unwrap_or_default();
    let next = exchange.followed(fields.text("next").ok().flatten());
    let form = Form::to(style.path(routes(request).0)).with_next(next.as_ref().map(|next| next.as_str()));
    let login = to_login(exchange, Text::WayBackToLoginPage);
    let challenge = exchange.auth.humans().challenge(human_form(request));
    let (told, reference) = (error.map(|error| style.told(error)), error.and_then(Error::reference));
    let page = MailRequestPage {
        form,
        request,
        email,
        error: told.as_deref(),
        reference: reference.as_deref(),
        login,
        challenge: challenge.as_ref(),
    };
    style.page(status, &page)
}
