//! `/auth/sessions`: where the user is logged in, and ending that.

use std::cmp::Reverse;
use std::sync::Arc;

use serde::Serialize;

use crate::access::login_required;
use crate::auth::Auth;
use crate::error::ErrorKind;
use crate::http::{AuthResponse, Fields, json_response, prefers_html, see_other};
use crate::identity::Identity;
use crate::session::{SessionHandle, SessionRecord};
use crate::token::RefreshFamily;

use crate::routes::about::{About, Answer, Audience, NEXT, Object, Schema, nullable, optional, required};
use crate::routes::exchange::{Exchange, Failure};

#[derive(Serialize)]
pub(in crate::routes) struct SessionsJson<'a> {
    sessions: Vec<SessionJson<'a>>,
}

#[derive(Serialize)]
struct SessionJson<'a> {
    id: String,
    current: bool,
    created_at: String,
    last_seen_at: String,
    expires_at: String,
    user_agent: Option<&'a str>,
    ip: Option<String>,
    /// Of a refresh family only: the program that holds its tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<&'a str>,
}

pub(crate) const LIST_SESSIONS: About = About::new(
    "Where the user is logged in",
    "Browsers by a session, programs by refresh tokens, newest first.",
)
.audience(Audience::User)
.answers(&[Answer::json(200, &[&SESSIONS], "all of them")]);

pub(in crate::routes) const SESSIONS: Object = Object {
    name: "Sessions",
    about: "Where a user is logged in.",
    members: &[required("sessions", Schema::List(&Schema::Object(&SESSION)), "")],
};

const SESSION: Object = Object {
    name: "Session",
    about: "A session of a browser, or what refresh tokens of a program came from.",
    members: &[
        required("id", Schema::Text, "a handle, not the cookie's value"),
        required("current", Schema::Boolean, "whether this request is of it"),
        required("created_at", Schema::Time, ""),
        required("last_seen_at", Schema::Time, ""),
        required("expires_at", Schema::Time, ""),
        nullable("user_agent", Schema::Text, ""),
        nullable("ip", Schema::Text, ""),
        optional("client", Schema::Text, "of a program only: which"),
    ],
};

/// `GET /auth/sessions`: the sessions of browsers and the refresh families of programs, newest first.
pub(crate) async fn list_sessions(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let identity = exchange.require(&login_required()).await?;
    let user = identity.acting_user().ok_or(ErrorKind::Internal)?;
    let (auth, current) = (&exchange.auth, current_handle(&identity));
    let sessions = auth.sessions().list(user).await?;
    let families = auth.tokens().families(user).await?;
    Ok(json_response(200, &SessionsJson::of(auth, &sessions, &families, current)))
}

impl<'a> SessionsJson<'a> {
    /// The sessions of browsers and the refresh families of programs, newest first.
    pub(in crate::routes) fn of(
        auth: &Auth,
        sessions: &'a [Arc<SessionRecord>],
        families: &'a [RefreshFamily],
        current: Option<SessionHandle>,
    ) -> Self {
        let mut entries: Vec<_> = sessions
            .iter()
            .map(|record| (record.created_at, session_json(record, current)))
            .chain(families.iter().map(|family| (family.created_at, family_json(auth, family, current))))
            .collect();
        entries.sort_by_key(|(created_at, _)| Reverse(*created_at));
        Self { sessions: entries.into_iter().map(|(_, entry)| entry).collect() }
    }
}

pub(crate) const REVOKE_SESSION: About = About::new("Ends one session", "")
    .audience(Audience::User)
    .body(&[NEXT])
    .answers(&[Answer::nothing(204, "ended")])
    .leads_on("ended: to `next`")
    .refuses(&[(ErrorKind::NotFound, "no session of this user's")]);

/// `DELETE /auth/sessions/{id}`.
pub(crate) async fn revoke_session(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let identity = exchange.require(&login_required()).await?;
    let user = identity.acting_user().ok_or(ErrorKind::Internal)?;
    let fields = Fields::form_or_json(&exchange.request)?;
    let handle = exchange.parameter("id").and_then(SessionHandle::parse).ok_or(ErrorKind::NotFound)?;
    if !exchange.auth.sessions().revoke(&user.id, &handle).await? {
        return Err(ErrorKind::NotFound.into());
    }
    done(exchange, &fields)
}

pub(crate) const REVOKE_OTHER_SESSIONS: About = About::new(
    "Ends all sessions but the caller's own",
    "Other browsers that were spared the second factor are asked for it again.",
)
.audience(Audience::User)
.body(&[NEXT])
.answers(&[Answer::nothing(204, "ended")])
.leads_on("ended: to `next`");

/// `DELETE /auth/sessions`.
pub(crate) async fn revoke_other_sessions(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let identity = exchange.require(&login_required()).await?;
    let user = identity.acting_user().ok_or(ErrorKind::Internal)?;
    let fields = Fields::form_or_json(&exchange.request)?;
    exchange.auth.sessions().revoke_others(&user.id, current_handle(&identity).as_ref()).await?;
    let own = exchange.context.device(&exchange.request);
    exchange.mfa().distrust_others(user, own.as_ref()).await?;
    done(exchange, &fields)
}

/// 204, or back to a page for the POST twins.
fn done(exchange: &Exchange, fields: &Fields) -> Result<AuthResponse, Failure> {
    if !prefers_html(&exchange.request) {
        return Ok(AuthResponse::new(204));
    }
    Ok(see_other(&exchange.or_home(fields.text("next")?)))
}

/// What the caller is here by: the session of the cookie, or the session or family of the access token.
pub(in crate::routes) fn current_handle(identity: &Identity) -> Option<SessionHandle> {
    match identity.session_record() {
        Some(record) => Some(record.handle),
        None => SessionHandle::parse(identity.claims()?.sid.as_deref()?),
    }
}

fn session_json(record: &SessionRecord, current: Option<SessionHandle>) -> SessionJson<'_> {
    SessionJson {
        id: record.handle.to_string(),
        current: Some(record.handle) == current,
        created_at: record.created_at.rfc3339(),
        last_seen_at: record.last_seen_at.rfc3339(),
        expires_at: record.expires_at.rfc3339(),
        user_agent: record.user_agent.as_deref(),
        ip: record.ip.map(|ip| ip.to_string()),
        client: None,
    }
}

fn family_json<'a>(
    auth: &Auth,
    family: &'a RefreshFamily,
    current: Option<SessionHandle>,
) -> SessionJson<'a> {
    SessionJson {
        id: family.sid.to_string(),
        current: Some(family.sid) == current,
        created_at: family.created_at.rfc3339(),
        last_seen_at: family.rotation.rotated_at.rfc3339(),
        expires_at: auth.tokens().end_of(family).rfc3339(),
        user_agent: None,
        ip: None,
        client: Some(&family.client_id),
    }
}
