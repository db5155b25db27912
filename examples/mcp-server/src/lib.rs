//! Notes that agents read and write by tools (Model Context Protocol, Streamable HTTP), each tool behind a scope. The application is its own
//! authorization server: a client is led from a 401 to the metadata (RFC 9728, RFC 8414), to the login and consent of its user, and to a token.

mod protocol;

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use auth_axum::{Rejection, Scoped};
use auth_core::access::{ScopeName, ScopePolicy, ScopeRequest};
use auth_core::random::{OsRandom, random_bytes};
use auth_core::server::{OAuthClient, ServerConfig};
use auth_core::store::MemoryStore;
use auth_core::{Auth, Error};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use self::protocol::{Call, tool_result};

/// The user: a name and a password, public as everything about an example is.
pub const ALICE: (&str, &str) = ("alice", "correct horse battery staple");

const READ: &str = "notes:read";
const WRITE: &str = "notes:write";

/// To see the tools and read notes.
#[derive(Debug)]
pub struct ReadNotes;

impl ScopeName for ReadNotes {
    const SCOPE: &'static str = READ;
}

/// To add a note.
#[derive(Debug)]
pub struct WriteNotes;

impl ScopeName for WriteNotes {
    const SCOPE: &'static str = WRITE;
}

/// Notes are their user's own to show.
#[derive(Debug)]
struct OwnNotes;

#[async_trait]
impl ScopePolicy for OwnNotes {
    async fn allows(&self, request: ScopeRequest<'_>) -> Result<bool, Error> {
        Ok([READ, WRITE].contains(&request.scope))
    }
}

/// A system with one user, and one client: a program on somebody's device, which can keep no secret.
///
/// # Errors
/// When the settings are wrong.
pub async fn auth(base: &str) -> Result<Auth, Error> {
    let scopes = ["openid", "profile", "email", "offline_access", READ, WRITE];
    let agent =
        OAuthClient::new("agent").name("Agent").redirect_uris(["http://127.0.0.1/callback"]).scopes(scopes);
    let server = ServerConfig::new()
        .clients([agent])
        .scope(READ, [("en", "Read your notes")])
        .scope(WRITE, [("en", "Add notes")]);
    let secret = STANDARD.encode(random_bytes::<32>(&OsRandom));
    let builder = Auth::builder().base_url(base).secret_text(&secret).store(MemoryStore::new());
    let auth = builder.server(server).scope_policy(OwnNotes).build().await?;
    auth.users().create(auth.users().new_user(ALICE.0)?, ALICE.1).await?;
    Ok(auth)
}

/// What the endpoint keeps.
#[derive(Clone, Debug)]
struct Notes {
    /// The one place from which a browser may call it.
    origin: Arc<str>,
    kept: Arc<Mutex<Vec<String>>>,
}

/// The endpoint, and every route of the login.
pub fn app(auth: &Auth, base: &str) -> Router {
    let notes = Notes { origin: base.into(), kept: Arc::default() };
    Router::new()
        .route("/mcp", post(endpoint))
        .with_state(notes)
        .merge(auth_axum::routes(auth))
        .layer(auth_axum::layer(auth))
}

/// One message, one answer, as JSON: what the transport wants at least. A GET would ask for a stream, of which there is none: 405.
async fn endpoint(
    State(notes): State<Notes>,
    _read: Scoped<ReadNotes>,
    write: Result<Scoped<WriteNotes>, Rejection>,
    headers: HeaderMap,
    Json(message): Json<Value>,
) -> Response {
    // Whoever rebinds a name to this address comes with the origin of a page of theirs.
    let is_foreign = |origin: &[u8]| origin != notes.origin.as_bytes();
    if headers.get(header::ORIGIN).is_some_and(|origin| is_foreign(origin.as_bytes())) {
        return StatusCode::FORBIDDEN.into_response();
    }
    match (Call::read(&message), write) {
        (Call::Add(_), Err(refusal)) => refusal.into_response(),
        (Call::Add(note), Ok(_)) => {
            let mut kept = notes.kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.push(note.to_owned());
            answer(&message, tool_result("added"))
        }
        (Call::List, _) => {
            let kept = notes.kept.lock().unwrap_or_else(PoisonError::into_inner);
            answer(&message, tool_result(&kept.join("\n")))
        }
        (Call::Known(result), _) => answer(&message, json!({"result": result})),
        (Call::Unknown(code, words), _) => {
            answer(&message, json!({"error": {"code": code, "message": words}}))
        }
        (Call::Notification, _) => StatusCode::ACCEPTED.into_response(),
    }
}

/// The answer to a request, under its `id`.
fn answer(message: &Value, mut body: Value) -> Response {
    body["jsonrpc"] = json!("2.0");
    body["id"] = message["id"].clone();
    Json(body).into_response()
}
