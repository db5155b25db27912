//! `/auth/health/…`, where the application has them.

use serde::Serialize;

use crate::error::{Error, ErrorKind};
use crate::health::READY_WITHIN;
use crate::http::{AuthResponse, json_response};
use crate::routes::about::{About, Answer, Object, Schema, required};
use crate::routes::exchange::{Exchange, Failure};

/// All that the outside learns.
#[derive(Serialize)]
struct StatusJson {
    status: &'static str,
}

pub(crate) const LIVE: About = About::new("Whether the process answers", "No store is asked.")
    .answers(&[Answer::json(200, &[&STATUS], "it does")]);

const STATUS: Object = Object {
    name: "Status",
    about: "How this server is.",
    members: &[required("status", Schema::Word(&["live", "ready"]), "")],
};

/// `GET /auth/health/live`: the process answers, whatever its stores do.
pub(crate) async fn live(_: &Exchange) -> Result<AuthResponse, Failure> {
    Ok(json_response(200, &StatusJson { status: "live" }))
}

pub(crate) const READY: About = About::new(
    "Whether this server can take requests",
    "What is wrong is in the log. An answer is good for a second, so that asking often costs nothing.",
)
.answers(&[Answer::json(200, &[&STATUS], "send it requests")]);

/// `GET /auth/health/ready`. What is wrong is in the log, so it is not noted here once more for each that asks.
pub(crate) async fn ready(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    if exchange.auth.is_ready().await {
        return Ok(json_response(200, &StatusJson { status: "ready" }));
    }
    let unavailable = Error::new(ErrorKind::Unavailable).with_retry_after(READY_WITHIN);
    Ok(exchange.style().error(&exchange.request, &unavailable))
}
