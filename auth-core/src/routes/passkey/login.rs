//! `/auth/passkeys/login/*`: logging in by a passkey, alone or beside a first factor.

use serde::Serialize;

use crate::error::ErrorKind;
use crate::http::{AuthResponse, Fields, json_response, path};
use crate::routes::about::{About, Answer, NEXT, Object, PENDING, Schema, USER, optional, required};
use crate::routes::exchange::{Exchange, Failure};
use crate::routes::session::me::UserJson;
use crate::session::Goal;

use super::{OPTIONS, OptionsJson};

pub(crate) const BEGIN_PASSKEY_LOGIN: About = About::new(
    "Begins a login by a passkey",
    "In a browser in which a login waits for its second factor, that is asked for: with the passkeys of its account. Else the answer \
     names no passkey, whether or not somebody has the name.",
)
.body(&[optional("username", Schema::Text, "whose passkey it has to be: the user name or the e-mail address")])
.answers(&[Answer::json(200, &[&OPTIONS], "what to ask the browser")])
.sets_cookies()
.refuses(&[(ErrorKind::TooManyAttempts, "too many logins were begun from this network")]);

/// `POST /auth/passkeys/login/start`.
pub(crate) async fn begin_passkey_login(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let fields = Fields::form_or_json(&exchange.request)?;
    let name = fields.text("username")?;
    let public_key = exchange.context.begin_passkey(&exchange.request, exchange.passkeys()?, name).await?;
    Ok(json_response(200, &OptionsJson { public_key }))
}

pub(crate) const FINISH_PASSKEY_LOGIN: About = About::new(
    "Logs in by a passkey",
    "Or completes the login that waits in this browser, by a passkey of its account. By itself a passkey has to have verified its user.",
)
.body(&[
    required("credential", Schema::Any, "what the browser answered, by its `toJSON`"),
    optional("remember", Schema::Boolean, "the session outlives the browser"),
    NEXT,
])
.answers(&[Answer::json(200, &[&LOGGED_IN, &PENDING], "logged in, or a further factor is missing")])
.sets_cookies()
.refuses(&[
    (ErrorKind::InvalidCredentials, "it is not what was asked for; `hint` says where nobody has it"),
    (ErrorKind::LoginExpired, "no login waits any more, or it has no try left"),
]);

const LOGGED_IN: Object = Object {
    name: "PasskeyLogin",
    about: "Who was let in by a passkey.",
    members: &[
        required("user", Schema::Object(&USER), ""),
        required("next", Schema::Text, "where the login was on the way to: a path on this site"),
    ],
};

#[derive(Serialize)]
struct LoggedInJson<'a> {
    user: UserJson<'a>,
    next: &'a str,
}

/// `POST /auth/passkeys/login/finish`.
pub(crate) async fn finish_passkey_login(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let fields = exchange.credential_fields()?;
    let (credential, next) = (fields.object("credential")?, fields.text("next")?);
    let goal = Goal::login(fields.flag("remember")?).then(exchange.followed(next));
    let (context, request) = (&exchange.context, &exchange.request);
    match context.finish_passkey(request, exchange.passkeys()?, credential, goal).await {
        Ok((user, on_the_way)) => {
            let next = on_the_way.unwrap_or_else(|| exchange.after_login(next));
            Ok(json_response(200, &LoggedInJson { user: UserJson::of(&user), next: next.as_str() }))
        }
        Err(error) if error.kind() == ErrorKind::InvalidCredentials => {
            let reply = exchange.style().error(request, &error);
            Ok(exchange.challenge(&exchange.style().path(path::LOGIN), &error, reply))
        }
        Err(error) => Err(error.into()),
    }
}
