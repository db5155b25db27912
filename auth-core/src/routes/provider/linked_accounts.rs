//! `/auth/accounts`: accounts at providers that are linked to the caller's.

use serde::Serialize;

use crate::access::{fresh_login_required, login_required};
use crate::clock::Timestamp;
use crate::error::ErrorKind;
use crate::http::{AuthResponse, Fields, json_response, path, prefers_html, see_other};
use crate::identity::Identity;
use crate::page::{Form, Link, LinkedAccountRow, LinkedAccountsPage};
use crate::provider::{LinkedAccount, LinkedAccountId, Provider};
use crate::routes::exchange::{Exchange, Failure};
use crate::session::FRESH;
use crate::user::User;

use super::login::login_path;

#[derive(Serialize)]
struct AccountsJson<'a> {
    accounts: Vec<AccountJson<'a>>,
}

#[derive(Serialize)]
struct AccountJson<'a> {
    id: String,
    provider: &'a str,
    label: &'a str,
    issuer: &'a str,
    email: Option<&'a str>,
    name: Option<&'a str>,
    created_at: String,
    last_login_at: Option<String>,
}

/// `GET /auth/accounts`.
pub(crate) async fn list_accounts(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let identity = exchange.require(&login_required()).await?;
    let user = identity.acting_user().ok_or(ErrorKind::Internal)?;
    let accounts = exchange.auth.providers().linked_accounts(&user.id).await?;
    if prefers_html(&exchange.request) {
        return accounts_page(exchange, &identity, user, &accounts).await;
    }
    let accounts = accounts.iter().map(|account| account_json(exchange, account)).collect();
    Ok(json_response(200, &AccountsJson { accounts }))
}

/// `DELETE /auth/accounts/{provider}/{id}`.
pub(crate) async fn unlink_account(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let identity = exchange.require(&fresh_login_required(FRESH)).await?;
    let user = identity.acting_user().ok_or(ErrorKind::Internal)?;
    let fields = Fields::form_or_json(&exchange.request)?;
    let id = exchange.parameter("id").and_then(LinkedAccountId::parse).ok_or(ErrorKind::NotFound)?;
    let accounts = exchange.auth.providers().linked_accounts(&user.id).await?;
    let is_elsewhere = |account: &LinkedAccount| {
        account.id == id && Some(account.provider.as_str()) != exchange.parameter("provider")
    };
    if accounts.iter().any(is_elsewhere) {
        return Err(ErrorKind::NotFound.into());
    }
    let current = identity.session_record().map(|session| &session.handle);
    exchange.auth.providers().unlink(&user.id, &id, current).await?;
    Ok(match prefers_html(&exchange.request) {
        true => see_other(&exchange.or_home(fields.text("next")?)),
        false => AuthResponse::new(204),
    })
}

async fn accounts_page(
    exchange: &Exchange,
    identity: &Identity,
    user: &User,
    accounts: &[LinkedAccount],
) -> Result<AuthResponse, Failure> {
    let style = exchange.auth.style();
    let (here, now) = (style.path(path::LINKED_ACCOUNTS), exchange.now());
    let is_fresh = identity.auth_time().is_some_and(|at| at.is_within(FRESH, now));
    let providers = exchange.auth.providers();
    let has_password = providers.has_password(&user.id).await?;
    let can_disconnect = |account: &LinkedAccount| {
        has_password || accounts.iter().any(|other| other.id != account.id && providers.can_log_in_by(other))
    };
    let disconnect = |account: &LinkedAccount| {
        let action = style.path_of(path::LINKED_ACCOUNT_DELETE, [&account.provider, &account.id.to_string()]);
        Form::to(action).with_next(Some(&here))
    };
    let row = |account| {
        let disconnect = (is_fresh && can_disconnect(account)).then(|| disconnect(account));
        LinkedAccountRow::new(
            label(exchange, account),
            account.name.as_deref().or(account.email.as_deref()),
            disconnect,
        )
    };
    let rows: Vec<_> = accounts.iter().map(row).collect();
    let link = |provider: &'_ Provider| {
        format!("{}?link=true&next={here}", login_path(exchange, provider.id().as_str()))
    };
    let is_linked = |provider: &Provider| accounts.iter().any(|account| provider.vouches_by(&account.issuer));
    let links: Vec<_> = providers
        .list()
        .filter(|provider| !is_linked(provider))
        .map(|provider| Link::new(link(provider), provider.label()))
        .collect();
    let reauthenticate = style.detour_to(path::REAUTHENTICATE, &here);
    let needs_proof = !is_fresh && accounts.iter().any(can_disconnect);
    let page = LinkedAccountsPage {
        username: user.username(),
        has_password,
        accounts: &rows,
        providers: &links,
        reauthenticate: needs_proof.then_some(reauthenticate.as_str()),
        home: &style.home(),
    };
    Ok(style.page(200, &page))
}

fn account_json<'a>(exchange: &'a Exchange, account: &'a LinkedAccount) -> AccountJson<'a> {
    AccountJson {
        id: account.id.to_string(),
        provider: &account.provider,
        label: label(exchange, account),
        issuer: &account.issuer,
        email: account.email.as_deref(),
        name: account.name.as_deref(),
        created_at: account.created_at.rfc3339(),
        last_login_at: account.last_login_at.map(Timestamp::rfc3339),
    }
}

/// The provider's name, or its id where it has left the registry.
fn label<'a>(exchange: &'a Exchange, account: &'a LinkedAccount) -> &'a str {
    let provider = exchange.auth.providers().get(&account.provider);
    provider.map_or(account.provider.as_str(), |provider| provider.label())
}
