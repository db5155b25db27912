//! `/auth/mfa/trusted-devices/{id}`.

use crate::error::ErrorKind;
use crate::http::AuthResponse;
use crate::mfa::FactorId;
use crate::routes::about::{About, Answer, Audience};
use crate::routes::exchange::{Exchange, Failure};

use super::{FACTOR_MISSING, changed, require_changer, user_of};

pub(crate) const DISTRUST: About = About::new("Has a trusted browser asked for the second factor again", "")
    .audience(Audience::FreshUser)
    .answers(&[Answer::nothing(204, "it is asked")])
    .leads_on("to the page of factors")
    .refuses(&[FACTOR_MISSING, (ErrorKind::NotFound, "not one of this user's")]);

/// `DELETE /auth/mfa/trusted-devices/{id}`.
pub(crate) async fn distrust(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let identity = require_changer(exchange).await?;
    let id = exchange.parameter("id").and_then(FactorId::parse).ok_or(ErrorKind::NotFound)?;
    exchange.mfa().distrust(user_of(&identity)?, &id).await?;
    Ok(changed(exchange))
}
