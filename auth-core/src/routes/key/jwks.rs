//! `/.well-known/jwks.json`.

use crate::http::AuthResponse;
use crate::key::JWKS_MAX_AGE;
use crate::routes::about::{About, Answer, Object, Schema, required};
use crate::routes::exchange::{Exchange, Failure};

pub(crate) const JWKS: About = About::new(
    "The public keys of the access tokens",
    "RFC 7517, for services that check them by themselves; `Cache-Control: public`.",
)
.answers(&[Answer::json(200, &[&KEY_SET], "empty where tokens are signed by `HS256`")]);

const KEY_SET: Object = Object {
    name: "KeySet",
    about: "Public keys (RFC 7517 section 5).",
    members: &[required("keys", Schema::List(&Schema::Any), "")],
};

/// `GET /.well-known/jwks.json` (RFC 7517 section 5).
pub(crate) async fn jwks(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let keys = exchange.auth.keys()?;
    keys.reload_if_stale().await;
    let body = keys.jwks(exchange.now());
    Ok(AuthResponse::new(200)
        .with_body("application/json", body)
        .with_header("cache-control", format!("public, max-age={}", JWKS_MAX_AGE.as_secs())))
}
