//! `/auth/passkeys/register/*`: making a passkey.

use serde::Serialize;

use crate::error::ErrorKind;
use crate::http::{AuthResponse, Fields, json_response};
use crate::passkey::NewlyMade;
use crate::routes::about::{About, Answer, Audience, Object, Schema, optional, required};
use crate::routes::exchange::{Exchange, Failure};
use crate::routes::mfa::totp::{OF_A_GUEST, UNPROVEN};
use crate::routes::mfa::{FACTOR_MISSING, require_changer};
use crate::secret::Secret;
use crate::text::Text;

use super::list::{PASSKEY, PasskeyJson};
use super::{OPTIONS, OptionsJson};

pub(crate) const BEGIN_MAKING_PASSKEY: About = About::new(
    "Begins to make a passkey",
    "The browser makes it of what is answered, within five minutes, in the same session.",
)
.audience(Audience::FreshUser)
.answers(&[Answer::json(200, &[&OPTIONS], "what to ask the browser")])
.refuses(&[
    FACTOR_MISSING,
    UNPROVEN,
    OF_A_GUEST,
    (ErrorKind::InvalidRequest, "the account has as many passkeys as one may have"),
    (ErrorKind::TooManyAttempts, "too many were begun from this network"),
]);

/// `POST /auth/passkeys/register/start`.
pub(crate) async fn begin_making_passkey(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let identity = require_changer(exchange).await?;
    let user = identity.acting_user().ok_or(ErrorKind::Internal)?;
    let session = identity.session_record().ok_or(ErrorKind::UserRequired)?;
    Fields::form_or_json(&exchange.request)?;
    let (whose, network) = ((&**user, &session.handle), exchange.client_ip());
    let public_key = exchange.passkeys()?.begin_making(&exchange.mfa(), whose, network).await?;
    Ok(json_response(200, &OptionsJson { public_key }))
}

pub(crate) const FINISH_MAKING_PASSKEY: About = About::new(
    "Keeps a passkey that was made",
    "One that was made without verifying its user is a second factor only. With the first factor of an account come its recovery codes.",
)
.audience(Audience::FreshUser)
.body(&[
    required("credential", Schema::Any, "what the browser made, by its `toJSON`"),
    optional("name", Schema::Text, "what its owner calls it; else it is called what it is"),
])
.answers(&[Answer::json(201, &[&MADE], "kept: the session goes on under a new id")])
.sets_cookies()
.refuses(&[
    FACTOR_MISSING,
    UNPROVEN, OF_A_GUEST,
    (ErrorKind::InvalidCredential, "it is not what was asked for, or is kept already"),
    (ErrorKind::InvalidField, "the name is too long, or holds what is no letter"),
]);

const MADE: Object = Object {
    name: "NewPasskey",
    about: "A passkey that was made.",
    members: &[
        required("passkey", Schema::Object(&PASSKEY), ""),
        optional(
            "recovery_codes",
            Schema::List(&Schema::Text),
            "with the first factor of an account, shown this once",
        ),
    ],
};

#[derive(Serialize)]
struct MadeJson<'a> {
    passkey: PasskeyJson,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    recovery_codes: Vec<&'a str>,
}

/// `POST /auth/passkeys/register/finish`.
pub(crate) async fn finish_making_passkey(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let identity = require_changer(exchange).await?;
    let fields = exchange.credential_fields()?;
    let unnamed = exchange.style().texts().say(&Text::PasskeyUnnamed);
    let told = (fields.object("credential")?, fields.text("name")?, &*unnamed);
    let visitor = exchange.context.visitor(&exchange.request);
    let made = exchange.passkeys()?.finish_making(&exchange.mfa(), &identity, told, visitor).await?;
    let NewlyMade { passkey, recovery_codes, entered } = made;
    if let Some(entered) = entered {
        exchange.context.hand_over(entered)?;
    }
    let recovery_codes = recovery_codes.iter().map(Secret::expose).collect();
    Ok(json_response(201, &MadeJson { passkey: PasskeyJson::of(&passkey), recovery_codes }))
}
