//! A node of a Cluster, or the only server there is.

use auth_core::error::StoreError;

/// A node that takes writes.
pub(super) enum Node {
    /// Where there is no Cluster.
    Only,
    /// Of a Cluster: its host and port.
    At(String, u16),
}

impl Node {
    pub(super) fn at(address: &str) -> Result<Self, StoreError> {
        let parts = address.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
        let (host, port) =
            parts.ok_or_else(|| StoreError::unavailable("a node of the Redis Cluster has no address"))?;
        Ok(Self::At(host.to_owned(), port))
    }

    /// What it is called in messages, where there are several.
    pub(super) fn name(&self) -> Option<String> {
        match self {
            Self::Only => None,
            Self::At(host, port) => Some(format!("{host}:{port}")),
        }
    }
}
