//! The clients that are known.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::error::Error;

use super::OAuthClient;

/// The registered clients; cheap to clone.
#[derive(Clone, Debug)]
pub struct Clients {
    configured: Arc<HashMap<String, Arc<OAuthClient>>>,
}

impl Clients {
    /// Checks the clients.
    ///
    /// # Errors
    /// `Configuration` that names the client and the setting.
    pub(super) fn new(
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

    /// The client of this id, where there is one and it is not disabled.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn find(&self, id: &str) -> Result<Option<Arc<OAuthClient>>, Error> {
        Ok(self.configured.get(id).cloned())
    }
}
