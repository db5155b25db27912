//! Without the cargo feature there is none, and no builder turns it on.

use std::time::Duration;

use crate::error::Error;

/// There are none.
pub(crate) enum ServerConfig {}

/// There is none.
pub(crate) enum Server {}

/// What it would be made of.
pub(crate) struct ServerParts {
    pub(crate) issuer: String,
    pub(crate) access_life: Duration,
}

impl Server {
    pub(crate) fn new(config: ServerConfig, _: ServerParts) -> Result<Self, Error> {
        match config {}
    }
}
