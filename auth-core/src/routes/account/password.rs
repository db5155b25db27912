//! `/auth/password/change`.

use crate::access::login_required;
use crate::error::Error;
use crate::http::{AuthResponse, Fields, prefers_html, see_other};
use crate::identity::Identity;
use crate::page::AccountForm;

use super::page::refused;
use crate::routes::exchange::{Exchange, Failure};

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
