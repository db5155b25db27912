//! The routes: what each takes out of a request, which services it calls, and what it answers.
//!
//! This folder stands above the features: most routes need several of them.

mod accounts;
mod jwks;
mod login;
mod me;
mod password;
mod providers;
mod reauthenticate;
mod sessions;
#[cfg(test)]
mod tests;
mod token;

use crate::access::stale_login;
use crate::error::{Error, ErrorKind};
use crate::exchange::Exchange;
use crate::http::AuthResponse;

pub(crate) use self::accounts::{list_accounts, unlink_account};
pub(crate) use self::jwks::jwks;
pub(crate) use self::login::{login, login_page, logout};
pub(crate) use self::me::me;
pub(crate) use self::password::change_password;
pub(crate) use self::providers::{
    backchannel_logout, begin_provider_login, finish_provider_login, provider_page, take_provider_post,
};
pub(crate) use self::reauthenticate::{reauthenticate, reauthenticate_page};
pub(crate) use self::sessions::{list_sessions, revoke_other_sessions, revoke_session};
pub(crate) use self::token::{oauth_error, revoke, token};

/// An error as a page or as JSON, with what belongs to it: a challenge, or a way on for people.
pub(crate) fn refusal(exchange: &Exchange, error: &Error) -> AuthResponse {
    let way_on = providers::way_on(exchange, error).or_else(|| way_back(exchange, error));
    let way_on = way_on.as_ref().map(|(href, text)| (href.as_str(), *text));
    let response = exchange.auth.style().error_with(&exchange.request, error, way_on);
    challenge(exchange, error, response)
}

/// The link by which people go back to the form, when what they sent could not be read at all.
fn way_back(exchange: &Exchange, error: &Error) -> Option<(String, &'static str)> {
    let style = exchange.auth.style();
    let is_about_the_form = matches!(
        error.kind(),
        ErrorKind::InvalidRequest | ErrorKind::PayloadTooLarge | ErrorKind::UnsupportedMediaType
    );
    let form = ["/login", "/reauthenticate"].map(|route| style.path(route));
    let path = exchange.public_path();
    let form = form.into_iter().find(|form| is_about_the_form && *form == path);
    form.map(|form| (form, "Go back to the form"))
}

/// Adds what a 401 must name (RFC 9110 section 15.5.2): the form that was answered is a way to authenticate too.
pub(crate) fn challenge(exchange: &Exchange, error: &Error, response: AuthResponse) -> AuthResponse {
    let style = exchange.auth.style();
    match error.kind() {
        ErrorKind::InvalidCredentials => {}
        ErrorKind::ReauthenticationRequired => {
            return response.with_header("www-authenticate", stale_login(style.realm(), me::FRESH));
        }
        _ => return response,
    }
    let action = match exchange.parameter("provider") {
        Some(_) => style.path("/login"),
        None => exchange.public_path(),
    };
    response.with_header("www-authenticate", format!("Form realm=\"{}\", action=\"{action}\"", style.realm()))
}
