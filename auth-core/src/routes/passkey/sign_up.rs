//! `/auth/passkeys/sign-up/*`: making an account with a passkey in place of a password.

use serde::Serialize;

use crate::account::{MadePasskey, SignedUp};
use crate::error::ErrorKind;
use crate::http::{AuthResponse, Fields, json_response};
use crate::human::HumanForm;
use crate::passkey::Newcomer;
use crate::routes::about::{About, Answer, HUMAN, NEXT, NO_HUMAN, Object, Schema, USER, optional, required};
use crate::routes::account::register::{INVITATION, guest};
use crate::routes::exchange::{Exchange, Failure};
use crate::routes::session::me::UserJson;
use crate::secret::Secret;

use super::{OPTIONS, OptionsJson};

pub(crate) const BEGIN_SIGN_UP: About = About::new(
    "Begins to make an account with a passkey",
    "In place of a password. The browser makes the passkey of what is answered, within five minutes; its authenticator verifies its user. \
     Whether the address is another account's is not told.",
)
.body(&[
    required("username", Schema::Text, "at most 150 characters, without `@` and `:`"),
    optional("email", Schema::Email, "required without `invitation`"),
    INVITATION,
    HUMAN,
    NEXT,
])
.answers(&[Answer::json(200, &[&OPTIONS], "what to ask the browser")])
.sets_cookies()
.refuses(&[
    (ErrorKind::InvalidLink, "the invitation was used, revoked, has expired, or a newer one came"),
    (ErrorKind::AlreadyExists, "the user name, which is public, is taken"),
    (ErrorKind::PermissionDenied, "a guest, who registers with a password"),
    (ErrorKind::TooManyAttempts, "too many accounts were made from this network"),
    NO_HUMAN,
]);

/// `POST /auth/passkeys/sign-up/start`.
pub(crate) async fn begin_sign_up(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let fields = Fields::form_or_json(&exchange.request)?;
    if guest(exchange).await?.is_some() {
        return Err(ErrorKind::PermissionDenied.into());
    }
    let username = fields.required("username")?.to_owned();
    let invitation = fields.text("invitation")?.map(str::to_owned);
    let email = if invitation.is_some() { None } else { Some(fields.required("email")?.to_owned()) };
    let newcomer = Newcomer {
        username,
        email,
        next: exchange.followed(fields.text("next")?).map(|next| next.as_str().to_owned()),
        invitation,
    };
    let registrations = exchange.registrations()?;
    if newcomer.invitation.is_none() {
        registrations.admit()?;
        exchange.check_human(HumanForm::Register, &fields).await?;
    }
    let context = &exchange.context;
    let (browser, visitor) =
        (context.sign_up_browser(&exchange.request)?, context.visitor(&exchange.request));
    let begun = registrations.begin_by_passkey(exchange.passkeys()?, newcomer, &browser, &visitor).await?;
    Ok(json_response(200, &OptionsJson { public_key: begun }))
}

pub(crate) const FINISH_SIGN_UP: About = About::new(
    "Makes the account of a passkey that was made, and mails a link to prove its address",
    "Where another account has the address the answer is the same, nothing is made, and that account's owner is told. The recovery codes \
     are shown this once.",
)
.body(&[
    required("credential", Schema::Any, "what the browser made, by its `toJSON`"),
    optional("name", Schema::Text, "what its owner calls it; else it is called what it is"),
])
.answers(&[
    Answer::json(202, &[&SIGNED_UP], "a mail is on its way"),
    Answer::json(
        201,
        &[&ENTERED],
        "by invitation, or where the application tells who has an account: logged in at once",
    ),
])
.sets_cookies()
.refuses(&[
    (ErrorKind::InvalidCredential, "it is not what was asked for in this browser, or is kept already"),
    (ErrorKind::InvalidField, "the name is too long, or holds what is no letter"),
    (ErrorKind::InvalidLink, "the invitation was used, revoked, has expired, or a newer one came"),
    (
        ErrorKind::AlreadyExists,
        "the user name, which is public, is taken; where the application tells who has an account, the address too",
    ),
]);

const SIGNED_UP: Object = Object {
    name: "SignedUpByPasskey",
    about: "What is shown of a new account, once.",
    members: &[required("recovery_codes", Schema::List(&Schema::Secret), "")],
};

const ENTERED: Object = Object {
    name: "EnteredByPasskey",
    about: "Who has signed up and is logged in.",
    members: &[
        required("user", Schema::Object(&USER), ""),
        required("recovery_codes", Schema::List(&Schema::Secret), "shown this once"),
        required("next", Schema::Text, "where they were on the way to: a path on this site"),
    ],
};

#[derive(Serialize)]
struct SignedUpJson<'a> {
    recovery_codes: &'a [&'a str],
}

#[derive(Serialize)]
struct EnteredJson<'a> {
    user: UserJson<'a>,
    recovery_codes: &'a [&'a str],
    next: &'a str,
}

/// `POST /auth/passkeys/sign-up/finish`.
pub(crate) async fn finish_sign_up(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let fields = exchange.credential_fields()?;
    let presented = (fields.object("credential")?, fields.text("name")?);
    let (passkeys, mfa, context) = (exchange.passkeys()?, exchange.mfa(), &exchange.context);
    let browser = context.known_sign_up_browser(&exchange.request);
    let passkey = passkeys.finish_signing_up(browser.as_deref(), presented).await?;
    let made = MadePasskey { mfa: &mfa, passkeys, passkey };
    let visitor = context.visitor(&exchange.request);
    let registrations = exchange.registrations()?;
    let signed_up = registrations.finish_by_passkey(made, browser.unwrap_or_default(), visitor).await?;
    let SignedUp { recovery_codes, entered, next } = signed_up;
    let recovery_codes: Vec<_> = recovery_codes.iter().map(Secret::expose).collect();
    let Some(entered) = entered else {
        return Ok(json_response(202, &SignedUpJson { recovery_codes: &recovery_codes }));
    };
    let user = context.hand_over(entered)?;
    let next = next.unwrap_or_else(|| exchange.after_login(None));
    let reply =
        EnteredJson { user: UserJson::of(&user), recovery_codes: &recovery_codes, next: next.as_str() };
    Ok(json_response(201, &reply))
}
