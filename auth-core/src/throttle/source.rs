//! Where attempts come from.

use std::net::IpAddr;

use crate::user::{Email, LoginName};

use super::{KnownBrowser, Owner};

/// Where an attempt comes from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Source {
    pub(super) network: Option<IpAddr>,
    pub(super) browser: Option<KnownBrowser>,
}

impl Source {
    pub(crate) fn new(network: Option<IpAddr>, browser: Option<KnownBrowser>) -> Self {
        Self { network, browser }
    }

    pub(crate) fn network(&self) -> Option<IpAddr> {
        self.network
    }

    /// The account that somebody has logged in to from this browser, if it had this address then. Whether it has it still, whoever looks
    /// that up sees.
    pub(crate) fn known_as(&self, email: &Email) -> Option<Owner> {
        Some(self.known_by(&LoginName::from(email))?.owner())
    }

    pub(super) fn known_by(&self, login: &LoginName) -> Option<&KnownBrowser> {
        self.browser.as_ref().filter(|browser| browser.is_known_as(login))
    }
}

impl From<Option<IpAddr>> for Source {
    fn from(network: Option<IpAddr>) -> Self {
        Self::new(network, None)
    }
}
