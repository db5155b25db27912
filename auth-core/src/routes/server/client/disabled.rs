//! Without the cargo feature there is but one client.

use crate::error::{Error, ErrorKind};
use crate::routes::exchange::Exchange;
use crate::token::Client;

use super::Brought;

/// There is none.
pub(in crate::routes::server) enum Registered {}

impl Registered {
    pub(super) fn for_tokens(&self) -> Client<'_> {
        match *self {}
    }
}

pub(super) async fn find(_: &Exchange, _: Brought<'_>) -> Result<Registered, Error> {
    Err(ErrorKind::InvalidClient.into())
}
