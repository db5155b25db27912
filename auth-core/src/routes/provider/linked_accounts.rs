//! `/auth/accounts`: accounts at providers that are linked to the caller's.

use serde::Serialize;

use crate::access::{fresh_login_required, login_required};
use crate::clock::Timestamp;
use crate::error::ErrorKind;
use crate::http::{AuthResponse, Fields, json_response, path, prefers_html, see_other};
use crate::identity::Identity;
use crate::page::{Form, Link, LinkedAccountRow, LinkedAccountsPage};
use crate::provider::{LinkedAccount, LinkedAccountId, LinkedWay, Provider};
use crate::routes::about::{About, Answer, Audience, NEXT, Object, Schema, nullable, required};
use crate::routes::exchange::{Exchange, Failure};
use crate::session::FRESH;
use crate::user::User;

use super::login::login_path;

#[derive(Serialize)]
pub(in crate::routes) struct AccountsJson<'a> {
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

pub(crate) const LIST_ACCOUNTS: About = About::new(
    "The providers' accounts that are connected to this one",
    "A browser gets a page to connect and disconnect.",
)
.audience(Audience::User)
.answers(&[Answer::json_or_page(&ACCOUNTS, "all of them")]);

pub(in crate::routes) const ACCOUNTS: Object = Object {
    name: "LinkedAccounts",
    about: "The providers' accounts that are connected to a user's.",
    members: &[required("accounts", Schema::List(&Schema::Object(&ACCOUNT)), "")],
};

const ACCOUNT: Object = Object {
    name: "LinkedAccount",
    about: "An account at a provider.",
    members: &[
        required("id", Schema::Text, "of the connection"),
        required("provider", Schema::Text, ""),
        required("label", Schema::Text, "what the provider is called on pages"),
        required("issuer", Schema::Text, ""),
        nullable("email", Schema::Text, "as the provider said it, proven or not"),
        nullable("name", Schema::Text, ""),
        required("created_at", Schema::Time, ""),
        nullable("last_login_at", Schema::Time, ""),
    ],
};

/// `GET /auth/accounts`.
pub(crate) async fn list_accounts(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let identity = exchange.require(&login_required()).await?;
    let user = identity.acting_user().ok_or(ErrorKind::Internal)?;
    if prefers_html(&exchange.request) {
        return accounts_page(exchange, &identity, user).await;
    }
    let accounts = exchange.auth.providers().linked_accounts(&user.id).await?;
    Ok(json_response(200, &AccountsJson::of(exchange, &accounts)))
}

impl<'a> AccountsJson<'a> {
    pub(in crate::routes) fn of(exchange: &'a Exchange, accounts: &'a [LinkedAccount]) -> Self {
        Self { accounts: accounts.iter().map(|account| account_json(exchange, account)).collect() }
    }
}

pub(crate) const UNLINK_ACCOUNT: About = About::new("Disconnects one", "The sessions that began by it end.")
    .audience(Audience::FreshUser)
    .body(&[NEXT])
    .answers(&[Answer::nothing(204, "disconnected")])
    .leads_on("disconnected: to `next`")
    .refuses(&[
        (ErrorKind::NotFound, "not one of this user's"),
        (ErrorKind::LastLoginMethod, "nothing else would be left to log in by"),
    ]);

/// `DELETE /auth/accounts/{provider}/{id}`.
pub(crate) async fn unlink_account(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let identity = exchange.require(&fresh_login_required(FRESH)).await?;
    let user = identity.acting_user().ok_or(ErrorKind::Internal)?;
    let fields = Fields::form_or_json(&exchange.request)?;
    let id = exchange.parameter("id").and_then(LinkedAccountId::parse).ok_or(ErrorKind::NotFound)?;
    let provider = exchange.parameter("provider").unwrap_or_default();
    let current = identity.session_record().map(|session| &session.handle);
    exchange.auth.providers().unlink_at(&user.id, provider, &id, current).await?;
    Ok(match prefers_html(&exchange.request) {
        true => see_other(&exchange.or_home(fields.text("next")?)),
        false => AuthResponse::new(204),
    })
}

async fn accounts_page(
    exchange: &Exchange,
    identity: &Identity,
    user: &User,
) -> Result<AuthResponse, Failure> {
    let style = exchange.style();
    let (here, is_fresh) = (style.path(path::LINKED_ACCOUNTS), identity.is_fresh(exchange.now()));
    let ways = exchange.auth.providers().ways_in(&user.id).await?;
    let disconnect = |account: &LinkedAccount| {
        let action = style.path_of(path::LINKED_ACCOUNT_DELETE, [&account.provider, &account.id.to_string()]);
        Form::to(action).with_next(Some(&here))
    };
    let rows = ways.linked.iter().map(|LinkedWay { account, can_go }| {
        let what = account.name.as_deref().or(account.email.as_deref());
        LinkedAccountRow::new(
            label(exchange, account),
            what,
            (is_fresh && *can_go).then(|| disconnect(account)),
        )
    });
    let rows: Vec<_> = rows.collect();
    let link = |provider: &&'_ Provider| {
        let link = format!("{}?link=true&next={here}", login_path(exchange, provider.id().as_str()));
        Link::new(link, provider.label())
    };
    let links: Vec<_> = ways.unlinked.iter().map(link).collect();
    let reauthenticate = style.detour_to(path::REAUTHENTICATE, &here);
    let needs_proof = !is_fresh && ways.linked.iter().any(|way| way.can_go);
    let page = LinkedAccountsPage {
        username: user.username(),
        has_password: ways.has_password,
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
