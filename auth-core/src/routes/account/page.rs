//! `/auth/account`: what somebody sees of their own account.

use std::cmp::Reverse;
use std::sync::Arc;

use serde::Serialize;

use super::profile::{PROFILE, PROFILE_REPLY, ProfileJson, ProfileReply};
use crate::access::{fresh_login_required, login_required};
use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind};
use crate::event::{AuditFilter, Event};
use crate::http::{
    AuthResponse, Fields, json_response, path, prefers_html, see_other_route, with_retry_after,
};
use crate::identity::Identity;
use crate::page::{AccountForm, AccountPage, AccountRefusal, Form, Link, SessionRow};
use crate::routes::about::{About, Answer, Audience, Object, Schema, nullable, optional, required};
use crate::routes::exchange::{Exchange, Failure};
use crate::routes::mfa::factors::{FACTORS, FactorsJson};
use crate::routes::provider::linked_accounts::{ACCOUNTS, AccountsJson};
#[cfg(feature = "server")]
use crate::routes::server::grants::{GRANTS, GrantsJson};
use crate::routes::session::sessions::{SESSIONS, SessionsJson, current_handle};
use crate::session::{FRESH, SessionHandle, SessionRecord};
use crate::text::Text;
use crate::token::RefreshFamily;
use crate::user::{LanguageTag, User};

pub(crate) const ACCOUNT_PAGE: About = About::new("The account", "A browser gets its page.")
    .audience(Audience::User)
    .answers(&[Answer::json_or_page(&PROFILE_REPLY, "the user")]);

/// `GET /auth/account`.
pub(crate) async fn account_page(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let identity = exchange.require(&login_required()).await?;
    let user = identity.acting_user().ok_or(ErrorKind::Internal)?;
    if !prefers_html(&exchange.request) {
        return Ok(json_response(200, &ProfileReply { user: ProfileJson::of(user) }));
    }
    Ok(shown(exchange, 200, (&identity, user), None).await?)
}

/// What answers a form of the page that was refused: in a browser the page again, where its owner can do better.
pub(super) async fn refused(
    exchange: &Exchange,
    identity: &Identity,
    (form, fields): (AccountForm, &Fields),
    error: Error,
) -> Result<AuthResponse, Failure> {
    let Some(user) = identity.acting_user() else { return Err(error.into()) };
    if !prefers_html(&exchange.request) || !can_be_mended(&error) {
        return Err(error.into());
    }
    let errors = match error.kind() {
        ErrorKind::WeakPassword => exchange.style().complaints(&error),
        _ => vec![exchange.style().told_of_password(&error)],
    };
    let typed = ["email", "username", "first_name", "last_name"]
        .map(|name| (name, fields.text(name).ok().flatten().unwrap_or_default()));
    let reference = error.reference();
    let refusal = AccountRefusal::new(form, &errors, reference.as_deref(), &typed);
    let status = error.kind().row().status;
    let page = shown(exchange, status, (identity, user), Some(refusal)).await?;
    Ok(exchange.challenge(&exchange.public_path(), &error, with_retry_after(page, &error)))
}

fn can_be_mended(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::AlreadyExists
            | ErrorKind::InvalidCredentials
            | ErrorKind::InvalidField
            | ErrorKind::InvalidRequest
            | ErrorKind::TooManyAttempts
            | ErrorKind::WeakPassword
    )
}

async fn shown(
    exchange: &Exchange,
    status: u16,
    (identity, user): (&Identity, &User),
    refused: Option<AccountRefusal<'_>>,
) -> Result<AuthResponse, Error> {
    let (auth, style) = (&exchange.auth, exchange.style());
    let here = style.path(path::ACCOUNT);
    let form = |route| Form::to(style.path(route)).with_next(Some(&here));
    let link = |href: String, text| Link::new(href, style.texts().say(&text));
    let has_password = auth.providers().ways_in(&user.id).await?.has_password;
    let records = auth.sessions().list(user).await?;
    let families = auth.tokens().families(user).await?;
    let rows = rows(exchange, &records, &families, current_handle(identity), &here);
    let is_fresh = identity.is_fresh(exchange.now());
    let can_move = auth.sends_mail() && is_fresh;
    let has_providers = auth.providers().list().next().is_some();
    let policy = auth.accounts().profile_policy();
    let (takes_username, takes_names) = (policy.has_username(), policy.has_names());
    let page = AccountPage {
        username: user.username(),
        first_name: user.first_name.as_str(),
        last_name: user.last_name.as_str(),
        profile: ((takes_username || takes_names) && auth.users().are_made_here())
            .then(|| Form::to(style.path(path::ACCOUNT))),
        takes_username,
        takes_names,
        email: user.email.as_ref().map(|email| email.as_str()),
        email_verified: user.email_verified,
        password: has_password.then(|| form(path::PASSWORD_CHANGE)),
        set_password: (auth.sends_mail() && !has_password)
            .then(|| link(style.path(path::PASSWORD_FORGOT), Text::ResetTitle)),
        new_email: (can_move && !user.is_guest()).then(|| Form::to(style.path(path::EMAIL_CHANGE))),
        refused,
        sessions: &rows,
        end_others: (rows.len() > 1).then(|| form(path::SESSIONS_DELETE)),
        linked_accounts: has_providers
            .then(|| link(style.path(path::LINKED_ACCOUNTS), Text::LinkedAccountsTitle)),
        grants: auth.has_server().then(|| link(style.path(path::GRANTS), Text::GrantsTitle)),
        factors: (!user.is_guest()).then(|| link(style.path(path::FACTORS), Text::FactorsTitle)),
        passkeys: (auth.passkeys().is_some() && !user.is_guest())
            .then(|| link(style.path(path::PASSKEYS), Text::PasskeysTitle)),
        reauthenticate: (!is_fresh)
            .then(|| link(style.detour_to(path::REAUTHENTICATE, &here), Text::LinkedAccountsConfirmLink)),
        export: is_fresh.then(|| link(style.path(path::ACCOUNT_EXPORT), Text::AccountExport)),
        close: can_move.then(|| link(style.path(path::ACCOUNT_DELETE), Text::AccountClose)),
        log_out: Form::to(style.path(path::LOGOUT)),
        home: &style.home(),
    };
    Ok(style.page(status, &page))
}

/// The sessions of browsers and the refresh families of programs, the last used first.
fn rows<'a>(
    exchange: &Exchange,
    records: &'a [Arc<SessionRecord>],
    families: &'a [RefreshFamily],
    current: Option<SessionHandle>,
    here: &str,
) -> Vec<SessionRow<'a>> {
    let style = exchange.style();
    let row = |handle: SessionHandle, device: Option<&'a str>, address: Option<String>, seen: Timestamp| {
        let is_current = Some(handle) == current;
        let end = style.path_of(path::SESSION_DELETE, [&handle.to_string()]);
        let end = (!is_current).then(|| Form::to(end).with_next(Some(here)));
        (seen, SessionRow { device, address, last_seen_at: seen.rfc3339(), is_current, end })
    };
    let of_browsers = records.iter().map(|record| {
        let address = record.ip.map(|ip| ip.to_string());
        row(record.handle, record.user_agent.as_deref(), address, record.last_seen_at)
    });
    let of_programs = families
        .iter()
        .map(|family| row(family.sid, Some(&family.client_id), None, family.rotation.rotated_at));
    let mut rows: Vec<_> = of_browsers.chain(of_programs).collect();
    rows.sort_by_key(|(seen, _)| Reverse(*seen));
    rows.into_iter().map(|(_, row)| row).collect()
}

/// What is kept about an account.
#[derive(Serialize)]
struct ExportJson<'a> {
    user: ProfileJson<'a>,
    attributes: &'a serde_json::Value,
    language: Option<&'a str>,
    login_names: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    erased_at: Option<String>,
    #[serde(flatten)]
    sessions: SessionsJson<'a>,
    #[serde(flatten)]
    linked_accounts: AccountsJson<'a>,
    #[cfg(feature = "server")]
    #[serde(flatten)]
    grants: Option<GrantsJson<'a>>,
    factors: FactorsJson<'a>,
    events: Vec<Event>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    events_truncated: bool,
}

/// As its owner may see it: why somebody was not let in is the operator's to know, and from where is about somebody else.
fn exported(mut event: Event) -> Event {
    if event.kind.is_refusal() || event.kind.is_alarm() {
        (event.ip, event.user_agent) = (None, None);
    }
    event.details.reason = None;
    event
}

/// How many events an export has, the newest: what is more is asked of support.
const MOST_EVENTS: usize = 1000;

pub(crate) const EXPORT: About =
    About::new("All that is kept about the account", "For its owner: no hash, no token.")
        .audience(Audience::FreshUser)
        .answers(&[Answer::json(200, &[&ACCOUNT_EXPORT], "as a file to keep")]);

const ACCOUNT_EXPORT: Object = Object {
    name: "AccountExport",
    about: "What is kept about an account.",
    members: &[
        required("user", Schema::Object(&PROFILE), ""),
        required("attributes", Schema::Any, "what the application keeps"),
        nullable("language", Schema::Text, "in which they are addressed, if they ever said so"),
        required("login_names", Schema::List(&Schema::Text), "further names to log in by"),
        optional("erased_at", Schema::Time, "where the account goes by itself: from when on"),
        SESSIONS.members[0],
        ACCOUNTS.members[0],
        #[cfg(feature = "server")]
        optional(
            "grants",
            GRANTS.members[0].schema,
            "what was allowed to other applications, where they can ask",
        ),
        required("factors", Schema::Object(&FACTORS), "what second factors there are"),
        required("events", Schema::List(&Schema::Any), "what happened to it, the newest first"),
        optional("events_truncated", Schema::Boolean, "true where there are older ones"),
    ],
};

/// `GET /auth/account/export`.
pub(crate) async fn export(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let identity = exchange.require(&fresh_login_required(FRESH)).await?;
    let user = identity.acting_user().ok_or(ErrorKind::Internal)?;
    let auth = &exchange.auth;
    let sessions = auth.sessions().list(user).await?;
    let families = auth.tokens().families(user).await?;
    let linked = auth.providers().linked_accounts(&user.id).await?;
    #[cfg(feature = "server")]
    let allowed = match auth.server() {
        Some(server) => Some(server.allowed_by(user).await?),
        None => None,
    };
    let held = auth.mfa().held(user).await?;
    let theirs = AuditFilter::default().of_user(&user.id);
    let mut events = match auth.audit().list(&theirs, MOST_EVENTS + 1).await {
        Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
        events => events?,
    };
    let events_truncated = events.len() > MOST_EVENTS;
    events.truncate(MOST_EVENTS);
    let export = ExportJson {
        user: ProfileJson::of(user),
        attributes: &user.attributes,
        language: user.language.as_ref().map(LanguageTag::as_str),
        login_names: auth.users().login_names(&user.id).await?,
        erased_at: user.ending.and_then(|ending| ending.comes_at()).map(Timestamp::rfc3339),
        sessions: SessionsJson::of(auth, &sessions, &families, current_handle(&identity)),
        linked_accounts: AccountsJson::of(exchange, &linked),
        #[cfg(feature = "server")]
        grants: allowed.as_deref().map(GrantsJson::of),
        factors: FactorsJson::of(exchange, user, &held),
        events: events.into_iter().map(exported).collect(),
        events_truncated,
    };
    Ok(json_response(200, &export)
        .with_header("content-disposition", "attachment; filename=\"account.json\""))
}

pub(crate) const PASSWORD_MANAGERS: About =
    About::new("Where password managers send people", "To change a password.")
        .answers(&[Answer::redirect("to the account")]);

/// `GET /.well-known/change-password`: where password managers send people (W3C, A Well-Known URL for Changing Passwords).
pub(crate) async fn password_managers(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    Ok(see_other_route(&exchange.style().path(path::ACCOUNT)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Denial, EventId, EventKind};

    #[test]
    fn an_export_says_nothing_about_strangers_and_nothing_of_why_they_were_refused() {
        let of = |kind| {
            let mut event = Event::new(EventId::FIRST, Timestamp::from_unix_seconds(1_800_000_000), kind);
            event.ip = Some([192, 0, 2, 1].into());
            event.user_agent = Some("theirs".into());
            event.details.reason = Some(Denial::WrongPassword);
            let event = exported(event);
            assert_eq!(event.details.reason, None, "{kind}");
            (event.ip.is_some(), event.user_agent.is_some())
        };
        assert_eq!(of(EventKind::LoginSucceeded), (true, true), "its owner's own");
        for kind in [EventKind::LoginFailed, EventKind::AccountLocked, EventKind::TokenReused] {
            assert_eq!(of(kind), (false, false), "{kind}");
        }
    }
}
