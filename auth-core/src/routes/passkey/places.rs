//! What belongs to passkeys and is for everybody: the origins that share them, and the script of the pages.

use serde::Serialize;

use crate::error::ErrorKind;
use crate::http::{AuthResponse, json_response};
use crate::page;
use crate::routes::about::{About, Answer, Object, Schema, required};
use crate::routes::exchange::{Exchange, Failure};

pub(crate) const RELATED_ORIGINS: About = About::new(
    "The origins that share the passkeys",
    "Browsers ask for it (WebAuthn Level 3 section 5.11.1). There are some where the application names related ones.",
)
.answers(&[Answer::json(200, &[&RELATED], "the related ones")])
.refuses(&[(ErrorKind::NotFound, "no origin is related")]);

const RELATED: Object = Object {
    name: "RelatedOrigins",
    about: "The origins that share the passkeys.",
    members: &[required("origins", Schema::List(&Schema::Text), "")],
};

#[derive(Serialize)]
struct OriginsJson<'a> {
    origins: &'a [String],
}

/// `GET /.well-known/webauthn`.
pub(crate) async fn related_origins(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    match exchange.passkeys()?.related_origins() {
        [] => Err(ErrorKind::NotFound.into()),
        origins => Ok(json_response(200, &OriginsJson { origins })),
    }
}

pub(crate) const PASSKEY_SCRIPT: About =
    About::new("The script of the pages for passkeys", "The only one that any of them has.")
        .answers(&[Answer::script()]);

/// `GET /auth/passkeys.js`.
pub(crate) async fn passkey_script(_: &Exchange) -> Result<AuthResponse, Failure> {
    let reply = AuthResponse::new(200).with_body("text/javascript; charset=utf-8", page::PASSKEY_SCRIPT);
    Ok(reply.with_header("x-content-type-options", "nosniff"))
}
