//! `/auth/unlock`: letting an account in again that failed attempts have locked.

use crate::error::ErrorKind;
use crate::http::{AuthResponse, Fields, path, prefers_html, see_other_route};
use crate::page::Confirmation;
use crate::routes::about::{About, Answer, Member, Schema, required};
use crate::routes::exchange::{Exchange, Failure};
use crate::text::Text;

use super::confirm::asking;

const TOKEN: Member = required("token", Schema::Secret, "that of the link");

pub(crate) const UNLOCK_PAGE: About =
    About::page("The page that a mailed link to let an account in again opens", "It uses nothing up.")
        .query(&[TOKEN]);

/// `GET /auth/unlock`: asks, and uses nothing up.
pub(crate) async fn unlock_page(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let words = [Text::UnlockTitle, Text::UnlockLead, Text::UnlockButton];
    asking(exchange, Confirmation::Unlock, path::UNLOCK, words)
}

pub(crate) const UNLOCK: About = About::new(
    "Lets an account in again that failed attempts have locked",
    "By the link that its owner is mailed then, once a day at most. It logs nobody in.",
)
.body(&[TOKEN])
.answers(&[Answer::nothing(204, "it takes its password again")])
.leads_on("to the login page")
.refuses(&[
    (ErrorKind::InvalidLink, "the link was used, has expired, or a newer one was sent"),
    (ErrorKind::TooManyAttempts, "too many from this network"),
]);

/// `POST /auth/unlock`.
pub(crate) async fn unlock(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let fields = Fields::form_or_json(&exchange.request)?;
    let token = fields.required("token")?;
    exchange.recovery()?.unlock(token, exchange.client_ip()).await?;
    Ok(match prefers_html(&exchange.request) {
        true => see_other_route(&exchange.style().path(path::LOGIN)),
        false => AuthResponse::new(204),
    })
}
