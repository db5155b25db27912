//! `/auth/userinfo`: who somebody is, for a client that they let know (OpenID Connect Core 1.0 section 5.3).

use crate::access::scope_required;
use crate::error::ErrorKind;
use crate::http::{AuthResponse, json_response};
use crate::routes::about::{About, Answer, Audience, Object, Schema, optional, required};
use crate::routes::exchange::{Exchange, Failure};
use crate::token::OPENID;

use super::authorize::server;

const USER_INFO: Object = Object {
    name: "UserInfo",
    about: "What the token's scope lets its client know of the user; the application may say more.",
    members: &[
        required("sub", Schema::Text, "by what name the client knows the user"),
        optional("name", Schema::Text, ""),
        optional("given_name", Schema::Text, ""),
        optional("family_name", Schema::Text, ""),
        optional("preferred_username", Schema::Text, ""),
        optional("locale", Schema::Text, ""),
        optional("email", Schema::Email, ""),
        optional("email_verified", Schema::Boolean, ""),
    ],
};

pub(crate) const USERINFO: About = About::new(
    "Who the user is",
    "OpenID Connect Core 1.0: for a client whose access token has the scope `openid`.",
)
.audience(Audience::User)
.answers(&[Answer::json(200, &[&USER_INFO], "what the scope says")])
.refuses(&[(ErrorKind::InsufficientScope, "the token is not of the scope `openid`")]);

/// `GET /auth/userinfo`.
pub(crate) async fn userinfo(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let server = server(exchange)?;
    let identity = exchange.require(&scope_required(OPENID)).await?;
    let user = identity.user().ok_or(ErrorKind::UserRequired)?;
    let client = identity.client_id().ok_or(ErrorKind::InvalidToken)?;
    let claims = server.user_info(client, user, identity.scope()).await?;
    Ok(json_response(200, &claims))
}

/// `POST /auth/userinfo`: the same.
pub(crate) async fn userinfo_by_post(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    userinfo(exchange).await
}
