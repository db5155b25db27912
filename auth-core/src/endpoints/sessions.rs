//! `/auth/sessions`: where the user is logged in, and ending that.

use serde::Serialize;

use crate::access::login_required;
use crate::error::ErrorKind;
use crate::http::{AuthResponse, Fields, SafeRedirect, json_response, prefers_html, see_other};
use crate::identity::Identity;
use crate::session::{SessionHandle, SessionRecord};

use crate::exchange::{Exchange, Failure};

#[derive(Serialize)]
struct SessionsJson<'a> {
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
}

/// `GET /auth/sessions`.
pub(crate) async fn list_sessions(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let identity = exchange.require(&login_required()).await?;
    let user = identity.acting_user().ok_or(ErrorKind::Internal)?;
    let current = current_handle(&identity);
    let sessions = exchange.auth.sessions().list(user).await?;
    let sessions = sessions.iter().map(|record| session_json(record, current.as_ref())).collect();
    Ok(json_response(200, &SessionsJson { sessions }))
}

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

/// `DELETE /auth/sessions`.
pub(crate) async fn revoke_other_sessions(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let identity = exchange.require(&login_required()).await?;
    let user = identity.acting_user().ok_or(ErrorKind::Internal)?;
    let fields = Fields::form_or_json(&exchange.request)?;
    exchange.auth.sessions().revoke_others(&user.id, current_handle(&identity).as_ref()).await?;
    done(exchange, &fields)
}

/// 204, or back to a page for the POST twins.
fn done(exchange: &Exchange, fields: &Fields) -> Result<AuthResponse, Failure> {
    if !prefers_html(&exchange.request) {
        return Ok(AuthResponse::new(204));
    }
    Ok(see_other(&SafeRedirect::or_home(fields.text("next")?)))
}

fn current_handle(identity: &Identity) -> Option<SessionHandle> {
    identity.session_record().map(|record| record.handle)
}

fn session_json<'a>(record: &'a SessionRecord, current: Option<&SessionHandle>) -> SessionJson<'a> {
    SessionJson {
        id: record.handle.to_string(),
        current: Some(&record.handle) == current,
        created_at: record.created_at.rfc3339(),
        last_seen_at: record.last_seen_at.rfc3339(),
        expires_at: record.expires_at.rfc3339(),
        user_agent: record.user_agent.as_deref(),
        ip: record.ip.map(|ip| ip.to_string()),
    }
}
