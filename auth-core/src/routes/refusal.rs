//! What goes out where an endpoint has no good news.

use crate::error::{Error, ErrorKind};
use crate::http::{AuthResponse, path};
use crate::metric;
use crate::page::WayOn;
use crate::text::Text;

use super::exchange::Exchange;
use super::table::{Flag, Route};
use super::{provider, server};

/// The reply to an error, in the form that the row says.
pub(super) fn refusal(route: &Route, exchange: &Exchange, error: &Error) -> AuthResponse {
    exchange.note(error);
    if error.kind() == ErrorKind::TooManyAttempts {
        metric::throttled();
    }
    match route.has(Flag::OAuth) {
        true => {
            let response = server::oauth_error(exchange.style(), &exchange.request, error);
            server::with_missing_nonce(exchange, error, response)
        }
        false => page_or_json(route, exchange, error),
    }
}

/// An error as a page or as JSON, with what belongs to it: a challenge, or a way on for people.
fn page_or_json(route: &Route, exchange: &Exchange, error: &Error) -> AuthResponse {
    let style = exchange.style();
    let way_on = provider::way_on(exchange, error).or_else(|| way_back(route, exchange, error));
    let response = style.error_with(&exchange.request, error, way_on);
    let form = match route.has(Flag::OfProvider) || error.kind() == ErrorKind::LoginExpired {
        true => style.path(path::LOGIN),
        false => exchange.public_path(),
    };
    exchange.challenge(&form, error, response)
}

/// The link by which people go back to the form, when what they sent could not be read at all, and to the login page where that is over
/// which they were about.
fn way_back(route: &Route, exchange: &Exchange, error: &Error) -> Option<WayOn> {
    if error.kind() == ErrorKind::LoginExpired {
        return Some((exchange.style().path(path::LOGIN), Text::WayToLogIn));
    }
    let is_about_the_form = matches!(
        error.kind(),
        ErrorKind::InvalidRequest | ErrorKind::PayloadTooLarge | ErrorKind::UnsupportedMediaType
    );
    let is_back = is_about_the_form && route.has(Flag::Form);
    is_back.then(|| (exchange.public_path(), Text::WayToForm))
}
