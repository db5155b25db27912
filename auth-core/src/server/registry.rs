//! The clients that are known.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::error::Error;
use crate::outbound::OutboundUrl;

use super::OAuthClient;
use super::client::ClientKeys;

/// The registered clients; cheap to clone.
#[derive(Clone, Debug)]
pub struct Clients {
    configured: Arc<HashMap<String, Arc<OAuthClient>>>,
}

impl Clients {
    /// Checks the clients. `longest_life` is that of access tokens of the whole server.
    ///
    /// # Errors
    /// `Configuration` that names the client and the setting.
    pub(crate) fn new(
        clients: impl IntoIterator<Item = OAuthClient>,
        longest_life: Duration,
    ) -> Result<Self, Error> {
        let mut configured = HashMap::new();
        for client in clients {
            let client = Arc::new(client.checked(longest_life)?);
            if let Some(other) = configured.insert(client.id.clone(), client) {
                return Err(Error::configuration(format!(
                    "there are two clients with the id `{}`",
                    other.id
                )));
            }
        }
        Ok(Self { configured: Arc::new(configured) })
    }

    /// Where keys of clients are, each with whose they are.
    pub(crate) fn key_urls(&self) -> impl Iterator<Item = (&str, &OutboundUrl)> {
        self.configured.values().filter_map(|client| match &client.keys {
            Some(ClientKeys::At(url)) => Some((client.id.as_str(), url)),
            _ => None,
        })
    }

    /// The client of this id, where there is one and it is not disabled.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn find(&self, id: &str) -> Result<Option<Arc<OAuthClient>>, Error> {
        Ok(self.configured.get(id).cloned())
    }
}
