//! `GET /auth/me`, and the user as JSON.

use serde::Serialize;

use crate::access::login_required;
use crate::clock::Timestamp;
use crate::error::ErrorKind;
use crate::http::{AuthResponse, json_response};
use crate::identity::Identity;
use crate::user::User;

use crate::routes::about::{About, Answer, Audience, Object, Schema, USER, nullable, required};
use crate::routes::exchange::{Exchange, Failure};

/// The user as every route shows it.
#[derive(Serialize)]
pub(crate) struct UserJson<'a> {
    id: &'a str,
    username: &'a str,
    email: Option<&'a str>,
    email_verified: bool,
    is_active: bool,
    is_staff: bool,
    is_superuser: bool,
    groups: &'a [String],
    permissions: &'a [String],
    date_joined: String,
    last_login: Option<String>,
}

impl<'a> UserJson<'a> {
    pub(crate) fn of(user: &'a User) -> Self {
        Self {
            id: user.id.as_str(),
            username: user.username(),
            email: user.email.as_ref().map(|email| email.as_str()),
            email_verified: user.email_verified,
            is_active: user.is_active,
            is_staff: user.is_staff,
            is_superuser: user.is_superuser,
            groups: &user.groups,
            permissions: &user.permissions,
            date_joined: user.date_joined.rfc3339(),
            last_login: user.last_login.map(Timestamp::rfc3339),
        }
    }
}

#[derive(Serialize)]
struct MeJson<'a> {
    user: UserJson<'a>,
    auth: AuthJson<'a>,
}

#[derive(Serialize)]
struct AuthJson<'a> {
    via: &'static str,
    fresh: bool,
    auth_time: Option<i64>,
    amr: Vec<&'static str>,
    scope: &'a str,
}

/// `{"user":…}`.
#[derive(Serialize)]
pub(crate) struct UserReply<'a> {
    pub(crate) user: UserJson<'a>,
}

pub(crate) const ME: About = About::new("Who is calling", "")
    .audience(Audience::User)
    .answers(&[Answer::json(200, &[&ME_REPLY], "the user, and how that is known")]);

const ME_REPLY: Object = Object {
    name: "Me",
    about: "Who is calling, and how that is known.",
    members: &[required("user", Schema::Object(&USER), ""), required("auth", Schema::Object(&PROOF), "")],
};

const PROOF: Object = Object {
    name: "Proof",
    about: "How it is known who is calling.",
    members: &[
        required("via", Schema::Word(&["session", "access_token", "api_key", "basic"]), ""),
        required("fresh", Schema::Boolean, "whether the login is at most five minutes old"),
        nullable("auth_time", Schema::Integer, "when, in seconds since 1970"),
        required("amr", Schema::List(&Schema::Text), "by what (RFC 8176)"),
        required("scope", Schema::Text, "what the token is for, with spaces between"),
    ],
};

/// `GET /auth/me`.
pub(crate) async fn me(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let identity = exchange.require(&login_required()).await?;
    let user = identity.acting_user().ok_or(ErrorKind::Internal)?;
    let reply = MeJson { user: UserJson::of(user), auth: auth_json(&identity, exchange.now()) };
    Ok(json_response(200, &reply))
}

fn auth_json(identity: &Identity, now: Timestamp) -> AuthJson<'_> {
    AuthJson {
        via: identity.via().as_str(),
        fresh: identity.is_fresh(now),
        auth_time: identity.auth_time().map(Timestamp::unix_seconds),
        amr: identity.amr().names().collect(),
        scope: identity.scope().as_str(),
    }
}
