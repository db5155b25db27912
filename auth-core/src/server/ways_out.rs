//! The ways to other servers.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::issuer::{IssuerConfig, Issuers};
use crate::outbound::Outbound;

use super::OAuthClient;

/// For how long whoever nobody here knows is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// How much of their answers is read, in bytes: a key set of some dozen keys.
const MOST_READ: usize = 64 * 1024;

/// The ways to clients: to those of the operator as the settings say, to everybody else on public addresses alone.
#[derive(Clone, Debug)]
pub(crate) struct WaysOut {
    ours: (Outbound, Issuers),
    strangers: (Outbound, Issuers),
}

impl WaysOut {
    pub(crate) fn new(ours: (Outbound, Issuers), clock: Arc<dyn Clock>) -> Self {
        let outbound = ours.0.for_strangers(PATIENCE, MOST_READ);
        let issuers = Issuers::new(outbound.clone(), clock, IssuerConfig::default());
        Self { ours, strangers: (outbound, issuers) }
    }

    /// The way to this client.
    pub(super) fn to(&self, client: &OAuthClient) -> &Outbound {
        match client.is_self_registered {
            true => &self.strangers.0,
            false => &self.ours.0,
        }
    }

    /// The way to its keys.
    pub(super) fn keys_of(&self, client: &OAuthClient) -> &Issuers {
        match client.is_self_registered {
            true => &self.strangers.1,
            false => &self.ours.1,
        }
    }
}
