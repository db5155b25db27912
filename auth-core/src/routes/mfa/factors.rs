//! `/auth/mfa/factors`: what somebody has to prove who they are.

use serde::Serialize;

use crate::access::login_required;
use crate::clock::Timestamp;
use crate::http::{AuthResponse, Fields, SafeRedirect, json_response, path, prefers_html};
use crate::identity::Identity;
use crate::mfa::{Due, Factor, Held};
use crate::page::{DeviceRow, FactorsPage, Form, Link};
use crate::passkey::Passkey;
use crate::routes::about::{About, Answer, Audience, NEXT, Object, Schema, nullable, optional, required};
use crate::routes::exchange::{Exchange, Failure};
use crate::routes::passkey::list::{PASSKEY, PasskeyJson};
use crate::text::Text;
use crate::user::User;

use super::{can_change, user_of};

#[derive(Serialize)]
pub(in crate::routes) struct FactorsJson<'a> {
    totp: bool,
    email: bool,
    recovery_codes_left: usize,
    passkeys: Vec<PasskeyJson>,
    trusted_devices: Vec<DeviceJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    required_by: Option<String>,
}

#[derive(Serialize)]
struct DeviceJson<'a> {
    id: String,
    name: Option<&'a str>,
    created_at: String,
    last_used_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
}

impl<'a> FactorsJson<'a> {
    pub(in crate::routes) fn of(exchange: &Exchange, user: &User, held: &'a Held) -> Self {
        Self {
            totp: held.totp.is_some(),
            email: exchange.auth.mfa().may_be_mailed(user),
            recovery_codes_left: held.recovery_codes,
            passkeys: held.passkeys.iter().map(|factor| passkey_json(exchange, factor)).collect(),
            trusted_devices: held.devices.iter().map(device_json).collect(),
            required_by: None,
        }
    }
}

/// As `/auth/passkeys` lists it. An application without passkeys opens none.
fn passkey_json(exchange: &Exchange, factor: &Factor) -> PasskeyJson {
    PasskeyJson::of(&match exchange.auth.passkeys() {
        Some(passkeys) => passkeys.shown(factor),
        None => Passkey::unopened(factor),
    })
}

fn device_json(factor: &Factor) -> DeviceJson<'_> {
    DeviceJson {
        id: factor.id.to_string(),
        name: factor.name.as_deref(),
        created_at: factor.created_at.rfc3339(),
        last_used_at: factor.last_used_at.map(Timestamp::rfc3339),
        expires_at: factor.expires_at.map(Timestamp::rfc3339),
    }
}

pub(crate) const LIST_FACTORS: About = About::new(
    "The second factors of the account",
    "No secret among them. A browser gets a page to change them.",
)
.audience(Audience::User)
.query(&[NEXT])
.answers(&[Answer::json_or_page(&FACTORS, "all of them")]);

pub(in crate::routes) const FACTORS: Object = Object {
    name: "Factors",
    about: "What a user has to prove who they are beside the first factor.",
    members: &[
        required("totp", Schema::Boolean, "whether there is an authenticator app"),
        required(
            "email",
            Schema::Boolean,
            "whether a login with a second factor can have a code mailed instead",
        ),
        required("recovery_codes_left", Schema::Integer, ""),
        required("passkeys", Schema::List(&Schema::Object(&PASSKEY)), ""),
        required(
            "trusted_devices",
            Schema::List(&Schema::Object(&DEVICE)),
            "browsers that are spared the second factor",
        ),
        optional(
            "required_by",
            Schema::Time,
            "by when the user, who must have a second factor and has none, has to add one",
        ),
    ],
};

const DEVICE: Object = Object {
    name: "TrustedDevice",
    about: "A browser in which its user is not asked for the second factor.",
    members: &[
        required("id", Schema::Text, ""),
        nullable("name", Schema::Text, "what it called itself"),
        required("created_at", Schema::Time, ""),
        nullable("last_used_at", Schema::Time, ""),
        required("expires_at", Schema::Time, ""),
    ],
};

/// `GET /auth/mfa/factors`.
pub(crate) async fn list_factors(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let identity = exchange.require(&login_required()).await?;
    let user = user_of(&identity)?;
    let held = exchange.mfa().held(user).await?;
    let due = exchange.mfa().factors().due(user).await?;
    if prefers_html(&exchange.request) {
        let next = exchange.followed(Fields::query(&exchange.request)?.text("next")?);
        return Ok(page(exchange, &identity, (user, &held), due, next.as_ref()));
    }
    let required_by = due.map(|due| due.at.rfc3339());
    Ok(json_response(200, &FactorsJson { required_by, ..FactorsJson::of(exchange, user, &held) }))
}

fn page(
    exchange: &Exchange,
    identity: &Identity,
    (user, held): (&User, &Held),
    due: Option<Due>,
    next: Option<&SafeRedirect>,
) -> AuthResponse {
    let (style, next) = (exchange.style(), next.map(SafeRedirect::as_str));
    let here = style.page_before(path::FACTORS, next);
    let may_add = exchange.mfa().check_enrolling(user).is_ok();
    let can_change = can_change(exchange, identity, held);
    let form = |route| can_change.then(|| Form::to(style.path(route)));
    let devices: Vec<_> =
        held.devices.iter().map(|device| device_row(exchange, device, can_change)).collect();
    let page = FactorsPage {
        username: user.username(),
        due: due.map(|due| due.at.day()),
        is_due: due.is_some_and(|due| due.is_over),
        totp_since: held.totp.as_ref().map(|totp| totp.created_at.day()),
        add_totp: form(path::TOTP).filter(|_| may_add).map(|form| form.with_next(next)),
        remove_totp: form(path::TOTP_DELETE).filter(|_| held.totp.is_some()),
        recovery_codes: held.has_factor().then_some(held.recovery_codes),
        renew_codes: form(path::RECOVERY_CODES).filter(|_| held.has_factor()),
        can_be_mailed: held.has_factor() && exchange.auth.mfa().may_be_mailed(user),
        devices: &devices,
        lacks_proof: !may_add,
        reauthenticate: (!can_change && (may_add || held.has_factor())).then(|| {
            Link::new(
                style.detour_to(path::REAUTHENTICATE, &here),
                style.texts().say(&Text::LinkedAccountsConfirmLink),
            )
        }),
        passkeys: exchange.auth.passkeys().map(|_| {
            Link::new(style.page_before(path::PASSKEYS, next), style.texts().say(&Text::FactorsPasskeys))
        }),
        account: Link::new(style.path(path::ACCOUNT), style.texts().say(&Text::AccountTitle)),
    };
    style.page(200, &page)
}

fn device_row<'a>(exchange: &Exchange, device: &'a Factor, can_change: bool) -> DeviceRow<'a> {
    let action = exchange.style().path_of(path::DEVICE_DELETE, [&device.id.to_string()]);
    let last_used_at = device.last_used_at.unwrap_or(device.created_at).rfc3339();
    DeviceRow::new(device.name.as_deref(), last_used_at, can_change.then(|| Form::to(action)))
}
