//! `/auth/password/reset`, and the page before it.

use crate::error::{Error, ErrorKind};
use crate::http::{AuthResponse, Fields, path, prefers_html, see_other_route, with_retry_after};
use crate::page::{Form, PasswordResetPage};
use crate::text::Text;

use super::register::sent;
use crate::routes::about::{About, Answer, Schema, required};
use crate::routes::exchange::{Exchange, Failure};

fn can_be_mended(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::InvalidRequest | ErrorKind::TooManyAttempts | ErrorKind::WeakPassword)
}

pub(crate) const FORGOT_SENT: About = About::page("The page that says that a mail may be on its way", "");

/// `GET /auth/password/forgot/sent`.
pub(crate) async fn forgot_sent(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    Ok(sent(exchange, &Text::ForgottenSentTitle, &Text::ForgottenSentLead))
}

pub(crate) const RESET_PAGE: About =
    About::page("The page that a mailed link to set another password opens", "It uses nothing up.")
        .query(&[required("token", Schema::Secret, "that of the link")]);

/// `GET /auth/password/reset`: asks, and uses nothing up.
pub(crate) async fn reset_page(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let fields = Fields::query(&exchange.request)?;
    let token = fields.required("token")?;
    Ok(choosing(exchange, 200, token, None))
}

pub(crate) const RESET: About = About::new(
    "Sets another password by the mailed link",
    "Every session and token of the account ends, the address is proven by that, and nobody is logged in.",
)
.body(&[required("token", Schema::Secret, "that of the link"), required("new_password", Schema::Secret, "")])
.answers(&[Answer::nothing(204, "set")])
.leads_on("set: to the login page")
.refuses(&[
    (ErrorKind::InvalidLink, "the link was used, has expired, or was voided"),
    (
        ErrorKind::WeakPassword,
        "`violations` says what the policy has against it, and the link is as good as before",
    ),
    (ErrorKind::TooManyAttempts, "too many from this network"),
]);

/// `POST /auth/password/reset`.
pub(crate) async fn reset(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let fields = Fields::form_or_json(&exchange.request)?;
    let (token, new) = (fields.required("token")?, fields.required("new_password")?);
    match exchange.recovery()?.reset(token, new, exchange.client_ip()).await {
        Ok(()) if prefers_html(&exchange.request) => Ok(see_other_route(&exchange.style().path(path::LOGIN))),
        Ok(()) => Ok(AuthResponse::new(204)),
        Err(error) if prefers_html(&exchange.request) && can_be_mended(&error) => {
            let page = choosing(exchange, error.kind().row().status, token, Some(&error));
            Ok(with_retry_after(page, &error))
        }
        Err(error) if error.kind() == ErrorKind::InvalidLink => {
            let style = exchange.style();
            let another = (style.path(path::PASSWORD_FORGOT), Text::ForgottenAgain);
            Ok(style.error_with(&exchange.request, &error, Some(another)))
        }
        Err(error) => Err(error.into()),
    }
}

fn choosing(exchange: &Exchange, status: u16, token: &str, error: Option<&Error>) -> AuthResponse {
    let style = exchange.style();
    let form = Form::to(style.path(path::PASSWORD_RESET)).with("token", token);
    let errors = error.map(|error| style.complaints(error)).unwrap_or_default();
    let reference = error.and_then(Error::reference);
    style.page(status, &PasswordResetPage { form, errors: &errors, reference: reference.as_deref() })
}
