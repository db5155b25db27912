//! `/.well-known/jwks.json`.

use crate::http::AuthResponse;
use crate::key::JWKS_MAX_AGE;
use crate::routes::exchange::{Exchange, Failure};

/// `GET /.well-known/jwks.json` (RFC 7517 section 5).
pub(crate) async fn jwks(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let keys = exchange.auth.keys()?;
    keys.reload_if_stale().await;
    let body = keys.jwks(exchange.now());
    Ok(AuthResponse::new(200)
        .with_body("application/json", body)
        .with_header("cache-control", format!("public, max-age={}", JWKS_MAX_AGE.as_secs())))
}
