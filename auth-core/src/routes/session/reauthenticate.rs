//! `/auth/reauthenticate`: the password once more, for what wants a fresh login; without one, a code of the authenticator app.

use crate::access::login_required;
use crate::context::CodeProof;
use crate::error::{Error, ErrorKind};
use crate::http::{
    AuthResponse, Fields, SafeRedirect, json_response, path, prefers_html, see_other, with_retry_after,
};
use crate::identity::Identity;
use crate::login::Method;
use crate::page::{Form, PasskeyUse, ReauthenticatePage};
use crate::text::Text;
use crate::user::User;

use super::login::can_be_mended;
use super::me::{UserJson, UserReply};
use crate::routes::about::{About, Answer, Audience, NEXT, PENDING, Schema, USER_REPLY, optional};
use crate::routes::exchange::{Exchange, Failure};
use crate::routes::mfa::asked_for;
use crate::routes::mfa::challenge::FACTOR_ASKED;
use crate::routes::provider::{button, confirm_button};

pub(crate) const REAUTHENTICATE_PAGE: About =
    About::page("The page that asks for the password, or the provider, once more", "")
        .audience(Audience::User)
        .query(&[NEXT, FACTOR_ASKED]);

/// `GET /auth/reauthenticate`.
pub(crate) async fn reauthenticate_page(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let identity = exchange.require(&login_required()).await?;
    let user = identity.acting_user().ok_or(ErrorKind::Internal)?;
    let fields = Fields::query(&exchange.request)?;
    let next = exchange.followed(fields.text("next")?);
    let asked = asked_for(&fields)?.first().copied();
    Ok(form(exchange, 200, user, next.as_ref(), None, asked).await?)
}

pub(crate) const REAUTHENTICATE: About = About::new("Makes the session fresh", "It gets a new id.")
    .audience(Audience::User)
    .body(&[
        optional("password", Schema::Secret, "required without `code`"),
        optional(
            "code",
            Schema::Secret,
            "of the authenticator app, of an account without a password: the session is fresh by it where the account has no passkey and no provider either",
        ),
        NEXT,
    ])
    .answers(&[Answer::json(200, &[&USER_REPLY, &PENDING], "proven, or a second factor is missing")])
    .leads_on("proven: to `next`")
    .sets_cookies()
    .refuses(&[
        (ErrorKind::InvalidCode, "a wrong code, one that was used, or none"),
        (ErrorKind::InvalidCredentials, "the password is wrong"),
        (ErrorKind::TooManyAttempts, "too many failed attempts"),
    ]);

/// `POST /auth/reauthenticate`.
pub(crate) async fn reauthenticate(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let identity = exchange.require(&login_required()).await?;
    let user = identity.acting_user().ok_or(ErrorKind::Internal)?;
    let fields = Fields::form_or_json(&exchange.request)?;
    match confirm(exchange, &identity, &fields).await {
        Err(error) if can_be_mended(&error) || error.kind() == ErrorKind::InvalidCode => {
            refused(exchange, user, &fields, &error).await
        }
        outcome => Ok(outcome?),
    }
}

async fn confirm(exchange: &Exchange, identity: &Identity, fields: &Fields) -> Result<AuthResponse, Error> {
    let next = fields.text("next")?;
    let (context, request) = (&exchange.context, &exchange.request);
    let user = match proof_by_code(exchange, identity, fields).await? {
        Some((code, proof)) => context.confirm_by_code(request, identity, code, proof).await?,
        None => {
            let password = fields.required("password")?;
            context.confirm(request, identity, password, exchange.followed(next)).await?
        }
    };
    if prefers_html(&exchange.request) {
        return Ok(see_other(&exchange.or_home(next)));
    }
    Ok(json_response(200, &UserReply { user: UserJson::of(&user) }))
}

/// The code of somebody who has no password to show, and what it proves.
async fn proof_by_code<'a>(
    exchange: &Exchange,
    identity: &Identity,
    fields: &'a Fields,
) -> Result<Option<(&'a str, CodeProof)>, Error> {
    let (None, Some(code), Some(user)) =
        (fields.text("password")?, fields.text("code")?, identity.acting_user())
    else {
        return Ok(None);
    };
    Ok(exchange.context.code_proof(user).await?.map(|proof| (code, proof)))
}

async fn refused(
    exchange: &Exchange,
    user: &User,
    fields: &Fields,
    error: &Error,
) -> Result<AuthResponse, Failure> {
    let style = exchange.style();
    let response = if prefers_html(&exchange.request) {
        let next = exchange.followed(fields.text("next").ok().flatten());
        let status = error.kind().row().status;
        let asked = fields.text("code").ok().flatten().map(|_| Method::Totp);
        with_retry_after(form(exchange, status, user, next.as_ref(), Some(error), asked).await?, error)
    } else {
        style.error(&exchange.request, error)
    };
    Ok(exchange.challenge(&exchange.public_path(), error, response))
}

/// The page: for the password, or, where the account has none, for one of the providers that it is linked to, a passkey or a code. A
/// factor that is asked for in particular is not offered another one beside: that would lead back here.
async fn form(
    exchange: &Exchange,
    status: u16,
    user: &User,
    next: Option<&SafeRedirect>,
    error: Option<&Error>,
    asked: Option<Method>,
) -> Result<AuthResponse, Error> {
    let (style, next) = (exchange.style(), next.map(SafeRedirect::as_str));
    let ways = exchange.auth.providers().ways_to_confirm(&user.id).await?;
    let confirming: Vec<_> =
        ways.by_new_proof.iter().map(|provider| confirm_button(exchange, provider, next)).collect();
    let logging_in: Vec<_> =
        ways.by_new_login.iter().map(|provider| button(exchange, provider, next)).collect();
    let proof = exchange.context.code_proof(user).await?;
    let is_by_code = match proof {
        Some(CodeProof::Alone) => true,
        Some(CodeProof::Factor) => asked == Some(Method::Totp),
        None => false,
    };
    let is_by_passkey = !is_by_code && asked.is_none_or(|factor| factor == Method::Passkey);
    let passkey = match exchange.auth.passkeys() {
        Some(passkeys) if is_by_passkey && passkeys.has_one_alone(&user.id).await? => {
            exchange.passkey_button(PasskeyUse::Confirm, exchange.or_home(next).as_str())
        }
        _ => None,
    };
    let form = || Form::to(style.path(path::REAUTHENTICATE)).with_next(next);
    let told = error.map(|error| style.told_of_password(error));
    let reference = error.and_then(Error::reference);
    let asked = asked.map(|factor| style.texts().say(&sentence_on(factor)));
    let page = ReauthenticatePage {
        error: told.as_deref(),
        asked: asked.as_deref(),
        reference: reference.as_deref(),
        passkey,
        code: is_by_code.then(form),
        providers: (!ways.has_password).then_some(if is_by_code { &[] } else { &confirming }),
        logins: if is_by_code { &[] } else { &logging_in },
        ..ReauthenticatePage::new(form(), user.username())
    };
    Ok(style.page(status, &page))
}

/// What is said where a page asks for this factor in particular.
fn sentence_on(factor: Method) -> Text {
    match factor {
        Method::Email => Text::ReauthenticateByEmail,
        Method::Passkey => Text::ReauthenticateByPasskey,
        Method::RecoveryCode => Text::ReauthenticateByRecovery,
        Method::Totp => Text::ReauthenticateByTotp,
    }
}
