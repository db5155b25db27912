//! The routes: what each takes out of a request, which services it calls, and what it answers.
//!
//! This folder stands above the features: most routes need several of them.

mod account;
mod dispatch;
mod exchange;
mod key;
mod provider;
mod server;
mod session;
mod table;
#[cfg(test)]
mod tests;

use crate::access::stale_login;
use crate::error::{Error, ErrorKind};
use crate::http::{AuthResponse, path};
use crate::page::WayOn;
use crate::text::Text;

use self::exchange::Exchange;
use self::table::Flag;

pub use self::dispatch::Mounts;
#[cfg(any(test, feature = "testing"))]
pub(crate) use self::table::login_routes;

/// An error as a page or as JSON, with what belongs to it: a challenge, or a way on for people.
pub(crate) fn refusal(exchange: &Exchange, error: &Error) -> AuthResponse {
    let way_on = provider::way_on(exchange, error).or_else(|| way_back(exchange, error));
    let response = exchange.auth.style().error_with(&exchange.request, error, way_on);
    challenge(exchange, error, response)
}

/// The link by which people go back to the form, when what they sent could not be read at all.
fn way_back(exchange: &Exchange, error: &Error) -> Option<WayOn> {
    let is_about_the_form = matches!(
        error.kind(),
        ErrorKind::InvalidRequest | ErrorKind::PayloadTooLarge | ErrorKind::UnsupportedMediaType
    );
    let is_back = is_about_the_form && exchange.route.has(Flag::Form);
    is_back.then(|| (exchange.public_path(), Text::WayToForm))
}

/// Adds what a 401 must name (RFC 9110 section 15.5.2): the form that was answered is a way to authenticate too.
pub(crate) fn challenge(exchange: &Exchange, error: &Error, response: AuthResponse) -> AuthResponse {
    let style = exchange.auth.style();
    match error.kind() {
        ErrorKind::InvalidCredentials => {}
        ErrorKind::ReauthenticationRequired => {
            return response
                .with_header("www-authenticate", stale_login(style.realm(), crate::session::FRESH));
        }
        _ => return response,
    }
    let action = match exchange.route.has(Flag::OfProvider) {
        true => style.path(path::LOGIN),
        false => exchange.public_path(),
    };
    response.with_header("www-authenticate", format!("Form realm=\"{}\", action=\"{action}\"", style.realm()))
}
