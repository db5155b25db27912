//! `/auth/passkeys`: the caller's passkeys.

use std::sync::Arc;

use serde::Serialize;

use crate::access::login_required;
use crate::clock::Timestamp;
use crate::error::ErrorKind;
use crate::http::{AuthResponse, Fields, SafeRedirect, json_response, path, prefers_html, see_other};
use crate::identity::Identity;
use crate::mfa::FactorId;
use crate::page::{Form, KnownPasskeys, PasskeyRow, PasskeyUse, PasskeysPage};
use crate::passkey::Passkey;
use crate::routes::about::{About, Answer, Audience, NEXT, Object, Schema, nullable, required};
use crate::routes::exchange::{Exchange, Failure};
use crate::routes::mfa::{FACTOR_MISSING, can_change, require_changer};
use crate::text::Text;
use crate::user::User;

pub(in crate::routes) const PASSKEYS: Object = Object {
    name: "Passkeys",
    about: "The passkeys of a user.",
    members: &[required("passkeys", Schema::List(&Schema::Object(&PASSKEY)), "")],
};

pub(in crate::routes) const PASSKEY: Object = Object {
    name: "Passkey",
    about: "A passkey.",
    members: &[
        required("id", Schema::Text, "its name here, not the credential id"),
        nullable("name", Schema::Text, "what its owner calls it, or else what it is"),
        required("created_at", Schema::Time, ""),
        nullable("last_used_at", Schema::Time, ""),
        required("backed_up", Schema::Boolean, "whether it is on other devices of its owner's too"),
        required("second_factor_only", Schema::Boolean, "whether nobody is logged in by it alone"),
    ],
};

#[derive(Serialize)]
pub(in crate::routes) struct PasskeysJson {
    passkeys: Vec<PasskeyJson>,
}

#[derive(Serialize)]
pub(in crate::routes) struct PasskeyJson {
    id: String,
    name: Option<String>,
    created_at: String,
    last_used_at: Option<String>,
    backed_up: bool,
    second_factor_only: bool,
}

impl PasskeyJson {
    pub(in crate::routes) fn of(passkey: &Passkey) -> Self {
        Self {
            id: passkey.id.to_string(),
            name: passkey.name.clone(),
            created_at: passkey.created_at.rfc3339(),
            last_used_at: passkey.last_used_at.map(Timestamp::rfc3339),
            backed_up: passkey.backed_up,
            second_factor_only: !passkey.works_alone,
        }
    }
}

pub(crate) const LIST_PASSKEYS: About =
    About::new("The passkeys of the caller", "A browser gets a page to make, name and remove them.")
        .audience(Audience::User)
        .query(&[NEXT])
        .answers(&[Answer::json_or_page(&PASSKEYS, "all of them, oldest first")]);

/// `GET /auth/passkeys`.
pub(crate) async fn list_passkeys(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let identity = exchange.require(&login_required()).await?;
    let user = identity.acting_user().ok_or(ErrorKind::Internal)?;
    let passkeys = exchange.passkeys()?.list(&user.id).await?;
    if prefers_html(&exchange.request) {
        let next = exchange.followed(Fields::query(&exchange.request)?.text("next")?);
        return page(exchange, &identity, (user, &passkeys), next.as_ref()).await;
    }
    let passkeys = passkeys.iter().map(PasskeyJson::of).collect();
    Ok(json_response(200, &PasskeysJson { passkeys }))
}

pub(crate) const RENAME_PASSKEY: About = About::new("Calls a passkey something else", "")
    .audience(Audience::User)
    .body(&[required("name", Schema::Text, "by nothing it is called what it is"), NEXT])
    .answers(&[Answer::json(200, &[&RENAMED], "the passkey")])
    .leads_on("renamed: to `next`")
    .refuses(&[
        (ErrorKind::NotFound, "not one of this user's"),
        (ErrorKind::InvalidField, "the name is too long, or holds what is no letter"),
    ]);

const RENAMED: Object = Object {
    name: "PasskeyReply",
    about: "A passkey, as an answer.",
    members: &[required("passkey", Schema::Object(&PASSKEY), "")],
};

#[derive(Serialize)]
struct RenamedJson {
    passkey: PasskeyJson,
}

/// `PATCH /auth/passkeys/{id}`, and its twin for forms.
pub(crate) async fn rename_passkey(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let identity = exchange.require(&login_required()).await?;
    // No program says what its user's factors are called.
    if identity.session_record().is_none() {
        return Err(ErrorKind::UserRequired.into());
    }
    let user = identity.acting_user().ok_or(ErrorKind::Internal)?;
    let fields = Fields::form_or_json(&exchange.request)?;
    let name = fields.required("name")?;
    let passkey = exchange.passkeys()?.rename(&user.id, &id(exchange)?, name).await?;
    Ok(match prefers_html(&exchange.request) {
        true => see_other(&exchange.or_home(fields.text("next")?)),
        false => json_response(200, &RenamedJson { passkey: PasskeyJson::of(&passkey) }),
    })
}

pub(crate) const REMOVE_PASSKEY: About =
    About::new("Removes a passkey", "All other sessions end, and this one goes on under a new id.")
        .audience(Audience::FreshUser)
        .body(&[NEXT])
        .answers(&[Answer::nothing(204, "removed")])
        .leads_on("removed: to `next`")
        .sets_cookies()
        .refuses(&[
            FACTOR_MISSING,
            (ErrorKind::NotFound, "not one of this user's"),
            (ErrorKind::LastLoginMethod, "nothing else would be left to log in by"),
        ]);

/// `DELETE /auth/passkeys/{id}`.
pub(crate) async fn remove_passkey(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let identity = require_changer(exchange).await?;
    let fields = Fields::form_or_json(&exchange.request)?;
    let visitor = exchange.context.visitor(&exchange.request);
    let unnamed = exchange.style().texts().say(&Text::PasskeyUnnamed);
    let entered =
        exchange.passkeys()?.remove(&exchange.mfa(), &identity, (&id(exchange)?, &unnamed), visitor).await?;
    exchange.context.hand_over(entered)?;
    Ok(match prefers_html(&exchange.request) {
        true => see_other(&exchange.or_home(fields.text("next")?)),
        false => AuthResponse::new(204),
    })
}

fn id(exchange: &Exchange) -> Result<FactorId, Failure> {
    Ok(exchange.parameter("id").and_then(FactorId::parse).ok_or(ErrorKind::NotFound)?)
}

async fn page(
    exchange: &Exchange,
    identity: &Identity,
    (user, passkeys): (&Arc<User>, &[Passkey]),
    next: Option<&SafeRedirect>,
) -> Result<AuthResponse, Failure> {
    let (style, next) = (exchange.style(), next.map(SafeRedirect::as_str));
    let here = style.page_before(path::PASSKEYS, next);
    let can_change = can_change(exchange, identity, &exchange.mfa().held(user).await?);
    let is_proven = exchange.mfa().check_enrolling(user).is_ok();
    let row = |passkey: &Passkey| {
        let id = passkey.id.to_string();
        let to = |route| Form::to(style.path_of(route, [&id])).with_next(Some(&here));
        PasskeyRow {
            name: passkey.name.clone(),
            created_on: passkey.created_at.day(),
            used_on: passkey.last_used_at.map(Timestamp::day),
            is_second_factor_only: !passkey.works_alone,
            rename: to(path::PASSKEY_RENAME),
            remove: can_change.then(|| to(path::PASSKEY_DELETE)),
        }
    };
    let rows: Vec<_> = passkeys.iter().map(row).collect();
    let reauthenticate = style.detour_to(path::REAUTHENTICATE, &here);
    let known = exchange.passkeys()?.known(&user.id).await?.map(|known| KnownPasskeys {
        rp_id: known.rp_id,
        user_handle: known.user_handle,
        credential_ids: known.credential_ids.join(" "),
    });
    let page = PasskeysPage {
        known,
        username: user.username(),
        passkeys: &rows,
        make: exchange
            .passkey_button(PasskeyUse::Make, next.unwrap_or(&here))
            .filter(|_| can_change && is_proven),
        lacks_proof: !is_proven,
        reauthenticate: (!can_change).then_some(reauthenticate.as_str()),
        home: &style.home(),
    };
    Ok(style.page(200, &page))
}
