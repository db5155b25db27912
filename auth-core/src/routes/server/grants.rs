//! `/auth/grants`: what somebody has allowed other applications.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::Serialize;

use crate::access::login_required;
use crate::error::ErrorKind;
use crate::http::{AuthResponse, Fields, json_response, path, prefers_html, see_other};
use crate::page::{Form, GrantRow, GrantsPage};
use crate::routes::about::{About, Answer, Audience, NEXT, Object, Schema, required};
use crate::routes::exchange::{Exchange, Failure};
use crate::server::Allowed;

use super::authorize::server;

/// What a client's id escapes in a path: everything but the unreserved characters of RFC 3986 section 2.3.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

#[derive(Serialize)]
pub(in crate::routes) struct GrantsJson<'a> {
    grants: Vec<GrantJson<'a>>,
}

#[derive(Serialize)]
struct GrantJson<'a> {
    client_id: &'a str,
    name: &'a str,
    scope: &'a str,
    created_at: String,
    updated_at: String,
}

impl<'a> GrantsJson<'a> {
    pub(in crate::routes) fn of(allowed: &'a [Allowed]) -> Self {
        let grants = allowed.iter().map(|Allowed { consent, name }| GrantJson {
            client_id: &consent.client_id,
            name,
            scope: &consent.scope,
            created_at: consent.created_at.rfc3339(),
            updated_at: consent.updated_at.rfc3339(),
        });
        Self { grants: grants.collect() }
    }
}

pub(in crate::routes) const GRANTS: Object = Object {
    name: "Grants",
    about: "What a user has allowed other applications.",
    members: &[required("grants", Schema::List(&Schema::Object(&GRANT)), "")],
};

const GRANT: Object = Object {
    name: "Grant",
    about: "What a user has allowed a client.",
    members: &[
        required("client_id", Schema::Text, ""),
        required("name", Schema::Text, "what the client is called on pages"),
        required("scope", Schema::Text, "what it may, with spaces between"),
        required("created_at", Schema::Time, "when that was first allowed"),
        required("updated_at", Schema::Time, "when it last grew"),
    ],
};

pub(crate) const LIST_GRANTS: About =
    About::new("What was allowed to other applications", "A browser gets a page to take it back.")
        .audience(Audience::User)
        .answers(&[Answer::json_or_page(&GRANTS, "all of it")]);

/// `GET /auth/grants`.
pub(crate) async fn list_grants(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let server = server(exchange)?;
    let identity = exchange.require(&login_required()).await?;
    let user = identity.acting_user().ok_or(ErrorKind::Internal)?;
    let allowed = server.allowed_by(user).await?;
    if !prefers_html(&exchange.request) {
        return Ok(json_response(200, &GrantsJson::of(&allowed)));
    }
    let style = exchange.style();
    let here = style.path(path::GRANTS);
    let rows: Vec<_> = allowed
        .iter()
        .map(|Allowed { consent, name }| {
            let id = utf8_percent_encode(&consent.client_id, SEGMENT).to_string();
            let withdraw = Form::to(style.path_of(path::GRANT_DELETE, [&id])).with_next(Some(&here));
            let scopes = server.words(&consent.scope, style.texts());
            GrantRow::new(name, scopes, consent.created_at.rfc3339(), withdraw)
        })
        .collect();
    let home = style.home();
    Ok(style.page(200, &GrantsPage::new(user.username(), &rows, &home)))
}

pub(crate) const WITHDRAW_GRANT: About =
    About::new("Takes it back", "What the application holds of the user ends, and it has to ask again.")
        .audience(Audience::User)
        .body(&[NEXT])
        .answers(&[Answer::nothing(204, "taken back")])
        .leads_on("taken back: to `next`")
        .refuses(&[(ErrorKind::NotFound, "nothing is allowed to it")]);

/// `DELETE /auth/grants/{client}`.
pub(crate) async fn withdraw_grant(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let server = server(exchange)?;
    let identity = exchange.require(&login_required()).await?;
    let user = identity.acting_user().ok_or(ErrorKind::Internal)?;
    let fields = Fields::form_or_json(&exchange.request)?;
    let client = exchange.parameter("client").unwrap_or_default();
    let client = percent_decode_str(client).decode_utf8().map_err(|_| ErrorKind::NotFound)?;
    if !server.withdraw(&user.id, &client).await? {
        return Err(ErrorKind::NotFound.into());
    }
    Ok(match prefers_html(&exchange.request) {
        true => see_other(&exchange.or_home(fields.text("next")?)),
        false => AuthResponse::new(204),
    })
}
