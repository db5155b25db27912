//! How people make an account, and what they change of it.

pub(super) mod ask;
pub(super) mod close;
mod confirm;
pub(super) mod email;
pub(super) mod magic_link;
pub(super) mod page;
pub(super) mod password;
pub(super) mod profile;
pub(super) mod recover;
pub(super) mod register;
pub(super) mod unlock;

use crate::http::path;
use crate::page::Link;
use crate::text::Text;

use super::exchange::Exchange;

/// The way to the login page.
fn to_login(exchange: &Exchange, text: Text) -> Link {
    let style = exchange.style();
    Link::new(style.path(path::LOGIN), style.texts().say(&text))
}
