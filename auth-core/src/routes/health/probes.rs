//! `/auth/health/…`, where the application has them.

use serde::Serialize;

use crate::error::{Error, ErrorKind};
use crate::health::READY_WITHIN;
use crate::http::{AuthResponse, json_response};
use crate::routes::exchange::{Exchange, Failure};

/// All that the outside learns.
#[derive(Serialize)]
struct Answer {
    status: &'static str,
}

/// `GET /auth/health/live`: the process answers, whatever its stores do.
pub(crate) async fn live(_: &Exchange) -> Result<AuthResponse, Failure> {
    Ok(json_response(200, &Answer { status: "live" }))
}

/// `GET /auth/health/ready`. What is wrong is in the log, so it is not noted here once more for each that asks.
pub(crate) async fn ready(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    if exchange.auth.is_ready().await {
        return Ok(json_response(200, &Answer { status: "ready" }));
    }
    let unavailable = Error::new(ErrorKind::Unavailable).with_retry_after(READY_WITHIN);
    Ok(exchange.style().error(&exchange.request, &unavailable))
}
