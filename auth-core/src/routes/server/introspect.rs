//! `POST /auth/introspect` (RFC 7662).

use crate::error::ErrorKind;
use crate::http::{AuthResponse, json_response};
use crate::routes::about::{About, Answer, Object, Schema, optional, required as field};
use crate::routes::exchange::{Exchange, Failure};

use super::client::{
    CLIENT_ASSERTION, CLIENT_ASSERTION_TYPE, CLIENT_ID, CLIENT_SECRET, Caller, authenticate,
};
use super::fields::{read, required};

pub(crate) const INTROSPECT: About = About::new(
    "What a token is",
    "RFC 7662. For clients that prove who they are, of tokens that were issued to them or are for one of their resources.",
)
.form(&[
    field("token", Schema::Secret, "an access or a refresh token"),
    optional("token_type_hint", Schema::Text, "what it is; not needed"),
    CLIENT_ID,
    CLIENT_SECRET,
    CLIENT_ASSERTION_TYPE,
    CLIENT_ASSERTION,
])
.answers(&[Answer::json(200, &[&INTROSPECTION], "of a token that does not count, or is another's, `active` alone")])
.refuses(&[
    (ErrorKind::InvalidClient, "the client is unknown, public, or not who it says"),
    (ErrorKind::TooManyAttempts, "too many failed attempts of clients from this network"),
]);

const INTROSPECTION: Object = Object {
    name: "Introspection",
    about: "What a token is (RFC 7662 section 2.2).",
    members: &[
        field("active", Schema::Boolean, "whether it counts now"),
        optional("scope", Schema::Text, ""),
        optional("client_id", Schema::Text, "to whom it was issued"),
        optional("token_type", Schema::Word(&["Bearer", "DPoP"]), "of an access token"),
        optional("exp", Schema::Integer, "when it ends, in seconds since 1970"),
        optional("iat", Schema::Integer, "when it was issued"),
        optional("sub", Schema::Text, "whom it stands for"),
        optional("aud", Schema::Any, "for whom it is: a text, or a list of them"),
        optional("iss", Schema::Text, ""),
        optional("jti", Schema::Text, ""),
        optional("cnf", Schema::Any, "what it is bound to: `jkt`, the thumbprint of a key (RFC 9449)"),
    ],
};

/// `POST /auth/introspect`.
pub(crate) async fn introspect(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let fields = read(&exchange.request)?;
    let token = required(&fields, "token")?;
    let Caller::Registered(client) = authenticate(exchange, &fields).await? else {
        return Err(ErrorKind::InvalidClient.into());
    };
    let server = exchange.auth.server().ok_or(ErrorKind::NotFound)?;
    let told = server.introspect(&client, token).await?;
    Ok(json_response(200, &told))
}
