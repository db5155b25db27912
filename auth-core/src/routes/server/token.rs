//! `/auth/token` and `/auth/revoke`: OAuth 2.0's form of request and reply (RFC 6749 sections 4.3, 5 and 6; RFC 7009).

use serde::Serialize;

use crate::auth::Auth;
use crate::error::{Error, ErrorKind};
use crate::http::{
    AuthRequest, AuthResponse, Fields, RequestView as _, basic_credentials, json_response,
    split_authorization, with_retry_after,
};
use crate::page::ReplyStyle;
use crate::routes::about::{About, Answer, Member, Object, Schema, optional, required as field};
use crate::routes::exchange::{Exchange, Failure};
use crate::secret::Secret;
use crate::token::{Client, TokenPair};

#[derive(Serialize)]
struct OAuthProblem<'a> {
    error: &'static str,
    error_description: &'a str,
}

pub(crate) const TOKEN: About = About::new(
    "Access and refresh tokens",
    "RFC 6749. Without `client_id` the caller is the application's own public client.",
)
.form(&[
    field("grant_type", Schema::Grant, ""),
    optional("username", Schema::Text, "required with `password`"),
    optional("password", Schema::Secret, "required with `password`"),
    optional("refresh_token", Schema::Secret, "required with `refresh_token`; each is good for one use"),
    optional("scope", Schema::Text, "what is asked for, with spaces between"),
    CLIENT_ID,
    CLIENT_SECRET,
])
.answers(&[Answer::json(200, &[&TOKENS], "send the access token as `Authorization: Bearer`")])
.refuses(&[
    (
        ErrorKind::InvalidGrant,
        "wrong name or password; a refresh token that has ended, was revoked or was used before",
    ),
    (ErrorKind::InvalidScope, "the scope is malformed, or more than the refresh token's"),
    (ErrorKind::UnsupportedGrantType, "the grant is unknown, or is off"),
    (ErrorKind::InvalidClient, "the client is unknown, or is not who it says"),
    (ErrorKind::TooManyAttempts, "too many failed attempts"),
]);

const CLIENT_ID: Member = optional("client_id", Schema::Text, "the client; there is `first-party` only");
const CLIENT_SECRET: Member =
    optional("client_secret", Schema::Secret, "the client's secret; `first-party` has none");

/// As `TokenPair::to_json` writes them.
const TOKENS: Object = Object {
    name: "Tokens",
    about: "An access token and a refresh token (RFC 6749 section 5.1).",
    members: &[
        field("access_token", Schema::Text, ""),
        field("token_type", Schema::Word(&["Bearer"]), ""),
        field("expires_in", Schema::Integer, "for how many seconds the access token is good"),
        field("refresh_token", Schema::Text, ""),
        field("scope", Schema::Text, "what was given, which can be less than was asked for"),
    ],
};

/// `POST /auth/token`.
pub(crate) async fn token(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let Exchange { auth, request, .. } = exchange;
    let fields = read(request)?;
    let client = authenticate(request, &fields)?;
    let pair = match required(&fields, "grant_type")? {
        "password" if auth.config().has_password_grant => {
            password_grant(auth, request, &fields, client).await?
        }
        "refresh_token" => {
            let token = required(&fields, "refresh_token")?;
            auth.tokens().refresh(token, client, given(&fields, "scope")?).await?
        }
        _ => return Err(ErrorKind::UnsupportedGrantType.into()),
    };
    Ok(json_response(200, &pair.to_json()).with_header("pragma", "no-cache"))
}

pub(crate) const REVOKE: About =
    About::new("Ends a token", "RFC 7009; a refresh token with everything that came from its login.")
        .form(&[field("token", Schema::Secret, "an access or a refresh token"), CLIENT_ID, CLIENT_SECRET])
        .answers(&[Answer::nothing(200, "it is dead now, also if it was never known")])
        .refuses(&[(ErrorKind::InvalidClient, "the client is unknown, or is not who it says")]);

/// `POST /auth/revoke`.
pub(crate) async fn revoke(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let Exchange { auth, request, .. } = exchange;
    let fields = read(request)?;
    let client = authenticate(request, &fields)?;
    auth.tokens().revoke(required(&fields, "token")?, client).await?;
    Ok(AuthResponse::new(200))
}

async fn password_grant(
    auth: &Auth,
    request: &AuthRequest,
    fields: &Fields,
    client: Client<'_>,
) -> Result<TokenPair, Error> {
    let login = required(fields, "username")?;
    let password = required(fields, "password")?;
    let admitted = auth.logins().admit_at_once(login, password, &auth.source(request)).await;
    let admitted = admitted.map_err(|error| match error.kind() {
        ErrorKind::InvalidCredentials => Error::new(ErrorKind::InvalidGrant),
        _ => error,
    })?;
    auth.tokens().grant(admitted, client, given(fields, "scope")?.unwrap_or_default()).await
}

/// The fields of the body. Parameters in the query are refused: they would end up in logs (RFC 6749 section 2.3.1).
fn read(request: &AuthRequest) -> Result<Fields, Error> {
    if request.query().is_some() {
        return Err(Error::invalid_request("parameters belong into the body"));
    }
    Fields::form(request)
}

/// A parameter; one without a value counts as omitted (RFC 6749 section 3.2).
fn given<'a>(fields: &'a Fields, name: &str) -> Result<Option<&'a str>, Error> {
    Ok(fields.text(name)?.filter(|value| !value.is_empty()))
}

fn required<'a>(fields: &'a Fields, name: &'static str) -> Result<&'a str, Error> {
    given(fields, name)?.ok_or_else(|| Error::invalid_request(format!("the parameter {name} is missing")))
}

/// Who the client is. There is one without a secret, the application's own; whoever tries to be another fails.
///
/// An id or a secret that is empty is an absent one, in Basic as in the body: Swagger UI sends `Basic Og==`, a colon alone, when
/// its fields for the client are left empty, and a public client may be named without a secret (RFC 6749 section 2.3.1).
fn authenticate<'a>(request: &AuthRequest, fields: &'a Fields) -> Result<Client<'a>, Error> {
    if request.header_texts("authorization").nth(1).is_some() {
        return Err(Error::invalid_request("there are several Authorization headers"));
    }
    let (id, secret) = match tried_basic(request) {
        Some(credentials) => basic_credentials(credentials).ok_or(ErrorKind::InvalidClient)?,
        None => (String::new(), Secret::new("")),
    };
    let is_ours = |id: &str| id.is_empty() || id == Client::FIRST_PARTY.id();
    let are_ours = is_ours(&id) && given(fields, "client_id")?.is_none_or(is_ours);
    if !are_ours || !secret.expose().is_empty() || given(fields, "client_secret")?.is_some() {
        return Err(ErrorKind::InvalidClient.into());
    }
    Ok(Client::FIRST_PARTY)
}

/// The credentials by which the client tries to authenticate by HTTP Basic (RFC 6749 section 2.3.1); other schemes mean nothing
/// here.
fn tried_basic(request: &AuthRequest) -> Option<&str> {
    let (scheme, credentials) = split_authorization(request.header_text("authorization")?);
    scheme.eq_ignore_ascii_case("Basic").then_some(credentials)
}

/// An error in OAuth's form (RFC 6749 section 5.2).
pub(crate) fn oauth_error(style: &ReplyStyle, request: &AuthRequest, error: &Error) -> AuthResponse {
    let body = OAuthProblem { error: oauth_code(error.kind()), error_description: error.client_text() };
    let mut response = json_response(error.kind().reply().status, &body);
    if error.kind() == ErrorKind::InvalidClient && tried_basic(request).is_some() {
        response
            .push_header("www-authenticate", format!("Basic realm=\"{}\", charset=\"UTF-8\"", style.realm()));
    }
    with_retry_after(response, error)
}

/// The word of OAuth's for it (RFC 6749 section 5.2).
pub(crate) fn oauth_code(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::MethodNotAllowed
        | ErrorKind::PayloadTooLarge
        | ErrorKind::RequestTimeout
        | ErrorKind::UnsupportedMediaType => "invalid_request",
        // A logout token that does not hold (OpenID Connect Back-Channel Logout 1.0 section 2.8).
        ErrorKind::ProviderError => "invalid_request",
        ErrorKind::TooManyAttempts | ErrorKind::Unavailable => "temporarily_unavailable",
        ErrorKind::Internal | ErrorKind::Configuration => "server_error",
        _ => kind.reply().code,
    }
}
