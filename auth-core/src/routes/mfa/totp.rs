//! `/auth/mfa/totp`: an authenticator app.

use serde::Serialize;

use crate::error::{Error, ErrorKind};
use crate::http::{
    AuthResponse, Fields, SafeRedirect, json_response, path, prefers_html, see_other, with_retry_after,
};
use crate::identity::Identity;
use crate::mfa::TotpOffer;
use crate::page::{Form, TotpPage};
use crate::routes::about::{About, Answer, Audience, NEXT, Object, Schema, required};
use crate::routes::exchange::{Exchange, Failure};

use super::recovery_codes::{RECOVERY_CODES, shown};
use super::{FACTOR_MISSING, changed, require_changer};

#[derive(Serialize)]
struct OfferJson<'a> {
    secret: &'a str,
    otpauth_uri: &'a str,
    qr_svg: &'a str,
}

pub(crate) const OFFER: About = About::new(
    "Offers a secret for an authenticator app",
    "It becomes the account's by a code of it, within 10 minutes and in this session; until then what is there stays.",
)
.audience(Audience::FreshUser)
.body(&[NEXT])
.answers(&[Answer::json_or_page(&OFFERED, "what the app takes")])
.refuses(&[FACTOR_MISSING, UNPROVEN, OF_A_GUEST]);

pub(in crate::routes) const UNPROVEN: (ErrorKind, &str) =
    (ErrorKind::EmailUnverified, "the account's address is not proven yet");

pub(in crate::routes) const OF_A_GUEST: (ErrorKind, &str) =
    (ErrorKind::PermissionDenied, "a guest, who registers instead");

const OFFERED: Object = Object {
    name: "OfferedTotp",
    about: "What an authenticator app takes (RFC 6238).",
    members: &[
        required("secret", Schema::Secret, "to type, in base 32"),
        required("otpauth_uri", Schema::Secret, "to open on the device that has the app"),
        required("qr_svg", Schema::Secret, "to scan: an `svg` element"),
    ],
};

/// `POST /auth/mfa/totp`.
pub(crate) async fn offer_totp(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let identity = require_changer(exchange).await?;
    let next = exchange.followed(Fields::form_or_json(&exchange.request)?.text("next")?);
    let offer = exchange.mfa().offer_totp(&identity).await?;
    if prefers_html(&exchange.request) {
        return Ok(page(exchange, 200, &offer, None, next.as_ref()));
    }
    let (secret, otpauth_uri) = (offer.secret.expose(), offer.uri.expose());
    Ok(json_response(200, &OfferJson { secret, otpauth_uri, qr_svg: offer.qr_svg.expose() }))
}

pub(crate) const CONFIRM: About = About::new(
    "Makes the offered secret the account's",
    "By a code of it, which counts as showing the factor. Every other session ends, and every token; this one gets a new id. With the \
     first factor come recovery codes, which nobody shows again.",
)
.audience(Audience::FreshUser)
.body(&[required("code", Schema::Secret, "that the app shows"), NEXT])
.answers(&[Answer::json_or_page(&RECOVERY_CODES, "it is on; no codes where there are some already")])
.sets_cookies()
.refuses(&[
    FACTOR_MISSING,
    (ErrorKind::InvalidCode, "a wrong code, or no secret is offered to this session"),
    (ErrorKind::TooManyAttempts, "20 wrong codes of the account in an hour"),
]);

/// `POST /auth/mfa/totp/confirm`.
pub(crate) async fn confirm_totp(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let identity = require_changer(exchange).await?;
    let fields = Fields::form_or_json(&exchange.request)?;
    match turn_on(exchange, &identity, &fields).await {
        Err(error) if prefers_html(&exchange.request) && can_be_mended(&error) => {
            refused(exchange, &identity, &fields, error).await
        }
        outcome => Ok(outcome?),
    }
}

async fn turn_on(exchange: &Exchange, identity: &Identity, fields: &Fields) -> Result<AuthResponse, Error> {
    let code = fields.required("code")?;
    let visitor = exchange.context.visitor(&exchange.request);
    let (entered, codes) = exchange.mfa().confirm_totp(identity, code, visitor).await?;
    if let Some(entered) = entered {
        exchange.context.hand_over(entered)?;
    }
    let next = exchange.followed(fields.text("next")?);
    match next {
        Some(next) if codes.is_empty() && prefers_html(&exchange.request) => Ok(see_other(&next)),
        None if codes.is_empty() && prefers_html(&exchange.request) => Ok(changed(exchange)),
        next => Ok(shown(exchange, &codes, next.as_ref())),
    }
}

fn can_be_mended(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::InvalidCode | ErrorKind::InvalidRequest | ErrorKind::TooManyAttempts)
}

/// The page again, as long as its secret is offered.
async fn refused(
    exchange: &Exchange,
    identity: &Identity,
    fields: &Fields,
    error: Error,
) -> Result<AuthResponse, Failure> {
    let next = exchange.followed(fields.text("next").ok().flatten());
    let Some(offer) = exchange.mfa().offered_totp(identity).await? else { return Err(error.into()) };
    let page = page(exchange, error.kind().row().status, &offer, Some(&error), next.as_ref());
    Ok(exchange.challenge(&exchange.public_path(), &error, with_retry_after(page, &error)))
}

pub(crate) const REMOVE: About = About::new(
    "Removes the authenticator app",
    "Every other session ends, and every token; this one gets a new id. With the last factor go the recovery codes and trusted devices.",
)
.audience(Audience::FreshUser)
.answers(&[Answer::nothing(204, "removed")])
.leads_on("to the page of factors")
.sets_cookies()
.refuses(&[
    FACTOR_MISSING,
    (ErrorKind::LastLoginMethod, "the account must have a second factor, and this is its last"),
    (ErrorKind::NotFound, "there is none"),
]);

/// `DELETE /auth/mfa/totp`.
pub(crate) async fn remove_totp(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let identity = require_changer(exchange).await?;
    let visitor = exchange.context.visitor(&exchange.request);
    let entered = exchange.mfa().remove_totp(&identity, visitor).await?;
    exchange.context.hand_over(entered)?;
    Ok(changed(exchange))
}

fn page(
    exchange: &Exchange,
    status: u16,
    offer: &TotpOffer,
    error: Option<&Error>,
    next: Option<&SafeRedirect>,
) -> AuthResponse {
    let (style, next) = (exchange.style(), next.map(SafeRedirect::as_str));
    let (told, reference) = (error.map(|error| style.told(error)), error.and_then(Error::reference));
    let page = TotpPage {
        form: Form::to(style.path(path::TOTP_CONFIRM)).with_next(next),
        secret: offer.secret.expose(),
        otpauth_uri: offer.uri.expose(),
        qr_svg: offer.qr_svg.expose(),
        error: told.as_deref(),
        reference: reference.as_deref(),
        back: &style.page_before(path::FACTORS, next),
    };
    style.page(status, &page)
}
