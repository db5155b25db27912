//! `/auth/password/change`.

use crate::access::login_required;
use crate::error::{Error, ErrorKind};
use crate::http::{AuthResponse, Fields, prefers_html, see_other};
use crate::identity::Identity;
use crate::page::AccountForm;

use super::page::refused;
use crate::routes::about::{About, Answer, Audience, NEXT, Schema, required};
use crate::routes::exchange::{Exchange, Failure};

pub(crate) const CHANGE_PASSWORD: About = About::new(
    "Sets another password",
    "This session gets a new id; all others end, and all refresh tokens.",
)
.audience(Audience::User)
.body(&[required("current_password", Schema::Secret, ""), required("new_password", Schema::Secret, ""), NEXT])
.answers(&[Answer::nothing(204, "changed")])
.leads_on("changed: to `next`")
.sets_cookies()
.refuses(&[
    (ErrorKind::InvalidCredentials, "`current_password` is wrong"),
    (ErrorKind::WeakPassword, "`violations` says what the policy has against `new_password`"),
    (ErrorKind::TooManyAttempts, "too many failed attempts"),
]);

/// `POST /auth/password/change`.
pub(crate) async fn change_password(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let identity = exchange.require(&login_required()).await?;
    let fields = Fields::form_or_json(&exchange.request)?;
    match change(exchange, &identity, &fields).await {
        Ok(reply) => Ok(reply),
        Err(error) => refused(exchange, &identity, (AccountForm::Password, &fields), error).await,
    }
}

async fn change(exchange: &Exchange, caller: &Identity, fields: &Fields) -> Result<AuthResponse, Error> {
    let current = fields.required("current_password")?;
    let new = fields.required("new_password")?;
    let next = fields.text("next")?;

    let (context, request) = (&exchange.context, &exchange.request);
    context.change_own_password(request, caller, (current, new), exchange.followed(next)).await?;
    Ok(match prefers_html(&exchange.request) {
        true => see_other(&exchange.or_home(next)),
        false => AuthResponse::new(204),
    })
}
