//! `/auth/token` and `/auth/revoke`: OAuth 2.0's form of request and reply (RFC 6749 sections 4.3, 5 and 6; RFC 7009).

use serde::Serialize;

use crate::auth::Auth;
use crate::error::{Error, ErrorKind};
use crate::http::{AuthRequest, AuthResponse, Fields, json_response, with_retry_after};
use crate::page::ReplyStyle;
use crate::routes::about::{About, Answer, Object, Schema, optional, required as field};
use crate::routes::exchange::{Exchange, Failure};
use crate::token::{Client, Narrowing, TokenPair};

use super::client::{
    CLIENT_ASSERTION, CLIENT_ASSERTION_TYPE, CLIENT_ID, CLIENT_SECRET, Caller, authenticate, tried_basic,
};
use super::fields::{given, read, required};
use super::holder::{held_key, with_next_nonce};

#[derive(Serialize)]
struct OAuthProblem<'a> {
    error: &'static str,
    error_description: &'a str,
}

pub(crate) const TOKEN: About = About::new(
    "Access and refresh tokens",
    "RFC 6749. Without `client_id` the caller is the application's own public client. What a registered client may ask for stands in its \
     registration. A client that holds a key shows it by a header `DPoP` (RFC 9449): what it gets is bound to that key.",
)
.form(&[
    field("grant_type", Schema::Grant, ""),
    optional("username", Schema::Text, "required with `password`"),
    optional("password", Schema::Secret, "required with `password`"),
    optional("code", Schema::Secret, "required with `authorization_code`: the code, good for one use"),
    optional("redirect_uri", Schema::Text, "required with `authorization_code`: as in the request"),
    optional("code_verifier", Schema::Secret, "required with `authorization_code` (RFC 7636)"),
    optional(
        "device_code",
        Schema::Secret,
        "required with `urn:ietf:params:oauth:grant-type:device_code`; asked with every 5 seconds",
    ),
    optional("refresh_token", Schema::Secret, "required with `refresh_token`; each is good for one use"),
    optional("scope", Schema::Text, "what is asked for, with spaces between"),
    optional("resource", Schema::Text, "for whom the token is to be (RFC 8707), of a registered client's `resources`"),
    optional("subject_token", Schema::Secret, "required with `urn:ietf:params:oauth:grant-type:token-exchange`: the access token that is exchanged"),
    optional("subject_token_type", Schema::Text, "required with it: `urn:ietf:params:oauth:token-type:access_token`"),
    optional("actor_token", Schema::Secret, "the access token of whoever is to act, where that is not the client"),
    optional("actor_token_type", Schema::Text, "its type, with it"),
    optional("requested_token_type", Schema::Text, "what is wanted in exchange: an access token"),
    optional("audience", Schema::Text, "as `resource`, in an exchange"),
    CLIENT_ID,
    CLIENT_SECRET,
    CLIENT_ASSERTION_TYPE,
    CLIENT_ASSERTION,
])
.answers(&[Answer::json(200, &[&TOKENS], "send the access token as `Authorization: Bearer`; as `DPoP` where its type says so")])
.refuses(&[
    (
        ErrorKind::InvalidGrant,
        "wrong name or password; a code or a refresh token that has ended, was revoked or was used before",
    ),
    (ErrorKind::AccessDenied, "the owner of the device has said no, or the application to an exchange"),
    (ErrorKind::AuthorizationPending, "the owner of the device has not decided yet"),
    (ErrorKind::ExpiredToken, "the time of the device's code is over"),
    (ErrorKind::SlowDown, "the device asks more often than every 5 seconds"),
    (ErrorKind::InvalidScope, "the scope is malformed, or more than the refresh token's or the client's"),
    (ErrorKind::InvalidTarget, "the resource is none of the client's"),
    (ErrorKind::UnauthorizedClient, "the client is not registered for this grant"),
    (ErrorKind::UnsupportedGrantType, "the grant is unknown, or is off"),
    (ErrorKind::InvalidClient, "the client is unknown, or is not who it says"),
    (ErrorKind::InvalidDpopProof, "the proof of the key does not hold, was used, or is missing where the client has to bring one"),
    (ErrorKind::UseDpopNonce, "the proof has to bear the nonce that comes with this answer, in `DPoP-Nonce`"),
    (ErrorKind::TooManyAttempts, "too many failed attempts"),
]);

/// As `TokenPair::to_json` writes them.
const TOKENS: Object = Object {
    name: "Tokens",
    about: "An access token and a refresh token (RFC 6749 section 5.1).",
    members: &[
        field("access_token", Schema::Text, ""),
        field("token_type", Schema::Word(&["Bearer", "DPoP"]), "`DPoP` where it is bound to a key"),
        field("expires_in", Schema::Integer, "for how many seconds the access token is good"),
        optional("refresh_token", Schema::Text, "none for a client that acts for itself"),
        optional("id_token", Schema::Text, "who logged in, where the scope `openid` was asked for"),
        optional("issued_token_type", Schema::Text, "what was given in an exchange (RFC 8693)"),
        field("scope", Schema::Text, "what was given, which can be less than was asked for"),
    ],
};

/// `POST /auth/token`.
pub(crate) async fn token(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let fields = read(&exchange.request)?;
    let caller = authenticate(exchange, &fields).await?;
    let key = held_key(exchange).await?;
    let answer = match caller {
        Caller::FirstParty => own_grant(exchange, &fields, key.as_deref()).await?.to_json(),
        #[cfg(feature = "server")]
        Caller::Registered(client) => super::grant::grant(exchange, &fields, &client, key.as_deref()).await?,
        #[cfg(not(feature = "server"))]
        Caller::Registered(client) => match client {},
    };
    let response = json_response(200, &answer).with_header("pragma", "no-cache");
    Ok(with_next_nonce(exchange, response))
}

/// What the application's own client asks for.
async fn own_grant(exchange: &Exchange, fields: &Fields, key: Option<&str>) -> Result<TokenPair, Error> {
    let Exchange { auth, request, .. } = exchange;
    let client = Client::FIRST_PARTY.holding(key);
    match required(fields, "grant_type")? {
        "password" if auth.config().has_password_grant => password_grant(auth, request, fields, client).await,
        "refresh_token" => {
            let token = required(fields, "refresh_token")?;
            let asked = Narrowing { scope: given(fields, "scope")?, resource: given(fields, "resource")? };
            auth.tokens().refresh_for(token, client, asked).await
        }
        _ => Err(ErrorKind::UnsupportedGrantType.into()),
    }
}

pub(crate) const REVOKE: About =
    About::new("Ends a token", "RFC 7009; a refresh token with everything that came from its login.")
        .form(&[
            field("token", Schema::Secret, "an access or a refresh token"),
            CLIENT_ID,
            CLIENT_SECRET,
            CLIENT_ASSERTION_TYPE,
            CLIENT_ASSERTION,
        ])
        .answers(&[Answer::nothing(200, "it is dead now, also if it was never known")])
        .refuses(&[
            (ErrorKind::InvalidClient, "the client is unknown, or is not who it says"),
            (ErrorKind::TooManyAttempts, "too many failed attempts of clients from this network"),
        ]);

/// `POST /auth/revoke`.
pub(crate) async fn revoke(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let fields = read(&exchange.request)?;
    let caller = authenticate(exchange, &fields).await?;
    exchange.auth.tokens().revoke(required(&fields, "token")?, caller.client()).await?;
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
    let scope = given(fields, "scope")?.unwrap_or_default();
    auth.tokens().grant(admitted, client, scope).await
}

/// An error in OAuth's form (RFC 6749 section 5.2).
pub(crate) fn oauth_error(style: &ReplyStyle, request: &AuthRequest, error: &Error) -> AuthResponse {
    let body = OAuthProblem { error: oauth_code(error.kind()), error_description: error.client_text() };
    let mut response = json_response(oauth_status(error.kind()), &body);
    if error.kind() == ErrorKind::InvalidClient && tried_basic(request).is_some() {
        response
            .push_header("www-authenticate", format!("Basic realm=\"{}\", charset=\"UTF-8\"", style.realm()));
    }
    if error.kind() == ErrorKind::InvalidToken {
        // RFC 6750 section 3.
        let challenge = format!("Bearer realm=\"{}\", error=\"invalid_token\"", style.realm());
        response.push_header("www-authenticate", challenge);
    }
    with_retry_after(response, error)
}

/// A proof that does not hold is no matter of HTTP's authentication where tokens are given (RFC 9449 sections 5 and 8).
pub(crate) fn oauth_status(kind: ErrorKind) -> u16 {
    match kind {
        ErrorKind::InvalidDpopProof | ErrorKind::UseDpopNonce => 400,
        _ => kind.reply().status,
    }
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
