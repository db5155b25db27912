//! `/auth/clients`: clients that register themselves (RFC 7591), and manage that (RFC 7592).

use crate::error::{Error, ErrorKind};
use crate::http::{
    AuthRequest, AuthResponse, Fields, RequestView as _, json_response, path, split_authorization,
};
use crate::routes::about::{About, Answer, Member, Object, Schema, optional, required};
use crate::routes::exchange::{Exchange, Failure};
use crate::server::RegisteredClient;

use super::authorize::server;

/// What a client may wish for; everything else is not looked at.
const METADATA: [Member; 16] = [
    optional("redirect_uris", Schema::List(&Schema::Text), "where codes may be sent: 20 at most"),
    optional("client_name", Schema::Text, "what people read: 100 characters at most"),
    optional("grant_types", Schema::List(&Schema::Text), "`authorization_code`, if nothing is said"),
    optional("response_types", Schema::List(&Schema::Text), "`code`"),
    optional("scope", Schema::Text, "what it may ask for; if nothing is said, all that such clients may"),
    optional(
        "token_endpoint_auth_method",
        Schema::Text,
        "`client_secret_basic`, if nothing is said; of what anybody may register always `none`",
    ),
    optional("jwks", Schema::Any, "its public keys, with `private_key_jwt`"),
    optional("jwks_uri", Schema::Text, "or where they are"),
    optional(
        "post_logout_redirect_uris",
        Schema::List(&Schema::Text),
        "where people may be sent after a logout",
    ),
    optional("backchannel_logout_uri", Schema::Text, "where it is to be told of logouts"),
    optional("subject_type", Schema::Word(&["public", "pairwise"]), "by what names it knows users"),
    optional("id_token_signed_response_alg", Schema::Text, "refused where it is not ours"),
    optional("require_pushed_authorization_requests", Schema::Boolean, ""),
    optional("dpop_bound_access_tokens", Schema::Boolean, ""),
    optional("client_uri", Schema::Text, "checked, and not kept; `logo_uri`, `policy_uri` and `tos_uri` too"),
    optional("software_statement", Schema::Text, "refused: nobody's is trusted"),
];

/// The same with what says which client it is.
const REPLACEMENT: [Member; 18] = {
    let id = required("client_id", Schema::Text, "the client's own");
    let mut all = [id; 18];
    all[1] = optional("client_secret", Schema::Secret, "its own, if it is there: it stays");
    let mut at = 0;
    while at < METADATA.len() {
        all[at + 2] = METADATA[at];
        at += 1;
    }
    all
};

const CLIENT_INFORMATION: Object = Object {
    name: "ClientInformation",
    about: "What a client is registered with (RFC 7591 section 3.2.1).",
    members: &[
        required("client_id", Schema::Text, ""),
        required("client_id_issued_at", Schema::Integer, "in Unix seconds"),
        optional("client_secret", Schema::Text, "told where it is new"),
        optional("client_secret_expires_at", Schema::Integer, "0: it does not"),
        required("registration_access_token", Schema::Text, "by which it manages its registration"),
        required("registration_client_uri", Schema::Text, "where it does"),
        optional("client_name", Schema::Text, ""),
        required("redirect_uris", Schema::List(&Schema::Text), ""),
        required("grant_types", Schema::List(&Schema::Text), ""),
        required("response_types", Schema::List(&Schema::Text), ""),
        required("token_endpoint_auth_method", Schema::Text, ""),
        required("scope", Schema::Text, ""),
        optional("jwks", Schema::Any, ""),
        optional("jwks_uri", Schema::Text, ""),
        optional("post_logout_redirect_uris", Schema::List(&Schema::Text), ""),
        optional("backchannel_logout_uri", Schema::Text, ""),
        required("subject_type", Schema::Word(&["public", "pairwise"]), ""),
        optional("id_token_signed_response_alg", Schema::Text, ""),
        required("require_pushed_authorization_requests", Schema::Boolean, ""),
        required("dpop_bound_access_tokens", Schema::Boolean, ""),
    ],
};

const BAD_METADATA: (ErrorKind, &str) =
    (ErrorKind::InvalidClientMetadata, "something else of it cannot be registered");
const BAD_REDIRECT: (ErrorKind, &str) =
    (ErrorKind::InvalidRedirectUri, "a redirect URI is missing, or is none that codes are sent to");
const BAD_STATEMENT: (ErrorKind, &str) =
    (ErrorKind::UnapprovedSoftwareStatement, "there is a `software_statement`");
const NO_TOKEN: (ErrorKind, &str) =
    (ErrorKind::InvalidToken, "the client is not there, or the token is not its registration's");
const UNCLEAR: (ErrorKind, &str) = (ErrorKind::InvalidRequest, "there are several `Authorization` headers");
const TOO_MANY: (ErrorKind, &str) = (ErrorKind::TooManyAttempts, "too many wrong tokens from this network");

pub(crate) const REGISTER_CLIENT: About = About::new(
    "A client registers itself",
    "RFC 7591, JSON only. There where the settings say so: for whoever brings the initial access token as `Authorization: Bearer`, or for \
     anybody. What of the wishes is not given, the answer does not have.",
)
.json(&METADATA)
.answers(&[Answer::json(201, &[&CLIENT_INFORMATION], "what it is registered with; the secret and the token are told once")])
.refuses(&[
    BAD_METADATA,
    BAD_REDIRECT,
    BAD_STATEMENT,
    (ErrorKind::InvalidToken, "the initial access token is missing or wrong"),
    (ErrorKind::TooManyAttempts, "too many registrations or wrong tokens from this network"),
]);

/// `POST /auth/clients`.
pub(crate) async fn register_client(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let metadata = Fields::json(&exchange.request)?;
    let token = bearer(&exchange.request)?;
    let registered = server(exchange)?.register_client(&metadata, token, exchange.client_ip()).await?;
    Ok(told(exchange, 201, &registered))
}

pub(crate) const SHOW_CLIENT: About = About::new(
    "What a client is registered with",
    "RFC 7592, for whoever brings the token of the registration as `Authorization: Bearer`.",
)
.answers(&[Answer::json(200, &[&CLIENT_INFORMATION], "all but its secret")])
.refuses(&[UNCLEAR, NO_TOKEN, TOO_MANY]);

/// `GET /auth/clients/{id}`.
pub(crate) async fn show_client(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let (id, token) = managed(exchange)?;
    let registered = server(exchange)?.registration_of(id, token, exchange.client_ip()).await?;
    Ok(told(exchange, 200, &registered))
}

pub(crate) const REPLACE_CLIENT: About = About::new(
    "Another registration in the place of a client's",
    "RFC 7592, JSON only: what is not said is not kept. The id, the token and a secret that is still used stay.",
)
.json(&REPLACEMENT)
.answers(&[Answer::json(200, &[&CLIENT_INFORMATION], "what it is registered with now; a secret that is new is told once")])
.refuses(&[BAD_METADATA, BAD_REDIRECT, BAD_STATEMENT, NO_TOKEN, TOO_MANY]);

/// `PUT /auth/clients/{id}`.
pub(crate) async fn replace_client(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let metadata = Fields::json(&exchange.request)?;
    if !metadata.contains_key("client_id") {
        return Err(Error::invalid_request("the member client_id is missing").into());
    }
    let (id, token) = managed(exchange)?;
    let network = exchange.client_ip();
    let registered = server(exchange)?.replace_registration(id, &metadata, token, network).await?;
    Ok(told(exchange, 200, &registered))
}

pub(crate) const REMOVE_CLIENT: About =
    About::new("A client removes its registration", "RFC 7592. All its tokens are dead with it.")
        .answers(&[Answer::nothing(204, "gone")])
        .refuses(&[UNCLEAR, NO_TOKEN, TOO_MANY]);

/// `DELETE /auth/clients/{id}`.
pub(crate) async fn remove_client(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let (id, token) = managed(exchange)?;
    server(exchange)?.remove_registration(id, token, exchange.client_ip()).await?;
    Ok(AuthResponse::new(204))
}

fn told(exchange: &Exchange, status: u16, registered: &RegisteredClient) -> AuthResponse {
    let style = exchange.style();
    let place = format!("{}{}", style.url(path::CLIENTS, None), format_args!("/{}", registered.id()));
    json_response(status, &registered.to_json(&place)).with_header("pragma", "no-cache")
}

/// Which client it is about, and the token that is brought.
fn managed(exchange: &Exchange) -> Result<(&str, Option<&str>), Error> {
    Ok((exchange.parameter("id").unwrap_or_default(), bearer(&exchange.request)?))
}

/// The token in the header.
fn bearer(request: &AuthRequest) -> Result<Option<&str>, Error> {
    let mut lines = request.header_texts("authorization");
    let (line, another) = (lines.next(), lines.next());
    if another.is_some() {
        return Err(Error::invalid_request("there are several Authorization headers"));
    }
    let (scheme, token) = split_authorization(line.unwrap_or_default());
    Ok(scheme.eq_ignore_ascii_case("bearer").then_some(token))
}
