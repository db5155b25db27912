//! `/auth/passkeys/step-up/*`: the session's own user proves once more who they are, by a passkey.

use crate::access::login_required;
use crate::error::ErrorKind;
use crate::http::{AuthResponse, Fields, json_response, path};
use crate::routes::about::{About, Answer, Audience, PENDING, Schema, USER_REPLY, required};
use crate::routes::exchange::{Exchange, Failure};
use crate::routes::session::me::{UserJson, UserReply};

use super::{OPTIONS, OptionsJson};

pub(crate) const BEGIN_STEP_UP: About =
    About::new("Begins to make the session fresh by a passkey", "The answer names the user's own.")
        .audience(Audience::User)
        .answers(&[Answer::json(200, &[&OPTIONS], "what to ask the browser")])
        .refuses(&[(ErrorKind::TooManyAttempts, "too many were begun from this network")]);

/// `POST /auth/passkeys/step-up/start`.
pub(crate) async fn begin_step_up(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let identity = exchange.require(&login_required()).await?;
    let user = identity.acting_user().ok_or(ErrorKind::Internal)?;
    let session = identity.session_record().ok_or(ErrorKind::UserRequired)?;
    Fields::form_or_json(&exchange.request)?;
    let public_key =
        exchange.passkeys()?.begin_step_up(&session.handle, &user.id, exchange.client_ip()).await?;
    Ok(json_response(200, &OptionsJson { public_key }))
}

pub(crate) const FINISH_STEP_UP: About = About::new(
    "Makes the session fresh by a passkey",
    "It gets a new id. Only a passkey of its own user does that, and only one that verified them.",
)
.audience(Audience::User)
.body(&[required("credential", Schema::Any, "what the browser answered, by its `toJSON`")])
.answers(&[Answer::json(200, &[&USER_REPLY, &PENDING], "proven, or a further factor is missing")])
.sets_cookies()
.refuses(&[(ErrorKind::InvalidCredentials, "it is not what was asked for, or another user's")]);

/// `POST /auth/passkeys/step-up/finish`.
pub(crate) async fn finish_step_up(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let identity = exchange.require(&login_required()).await?;
    let fields = exchange.credential_fields()?;
    let credential = fields.object("credential")?;
    let (context, request) = (&exchange.context, &exchange.request);
    match context.step_up_by_passkey(request, exchange.passkeys()?, &identity, credential).await {
        Ok(user) => Ok(json_response(200, &UserReply { user: UserJson::of(&user) })),
        Err(error) if error.kind() == ErrorKind::InvalidCredentials => {
            let reply = exchange.style().error(request, &error);
            Ok(exchange.challenge(&exchange.style().path(path::REAUTHENTICATE), &error, reply))
        }
        Err(error) => Err(error.into()),
    }
}
