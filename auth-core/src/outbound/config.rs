//! Limits of outbound requests.

use std::time::Duration;

/// Limits of outbound requests.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct OutboundConfig {
    /// How long a connection may take to be made.
    pub connect_timeout: Duration,
    /// How long a request may take in all, from the first byte sent to the last one read.
    pub timeout: Duration,
    /// The largest answer that is read, in bytes.
    pub max_body: usize,
    /// Whether loopback hosts may be called, over plain `http` too: providers on the developer's own machine.
    pub allows_loopback: bool,
    /// Whether private and link-local addresses may be called, over `https`: an identity provider inside the company's network.
    pub allows_private_addresses: bool,
}

impl Default for OutboundConfig {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(3),
            timeout: Duration::from_secs(10),
            max_body: 1024 * 1024,
            allows_loopback: false,
            allows_private_addresses: false,
        }
    }
}
