//! The clients that are known: those of the settings, and those that a store keeps.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use quick_cache::sync::Cache;

use crate::clock::{Clock, Timestamp};
use crate::error::{BoxError, Error, ErrorKind};
use crate::key::MAX_TOKEN_LIFE;
use crate::outbound::OutboundUrl;
use crate::random::Random;

use super::check::may_be_an_id;
use super::client::{ClientKeys, SecretDigest};
use super::documents::is_document;
use super::dynamic::USED_LIFE;
use super::entry::ClientEntry;
use super::{ClientStore, Documents, OAuthClient, StoredClient};

/// How many clients of a store are kept as they were read, so that no key is parsed for each request. Whether they still are as they were,
/// the store is asked each time.
const READ: usize = 1_000;

/// After which time it is said again that a client cannot be read: each of its tokens is a request that would say so.
const SAID_AGAIN_AFTER: Duration = Duration::from_secs(60);
const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A client as it was kept, and what was read from that.
type Read = Arc<(StoredClient, Arc<OAuthClient>)>;

/// The registered clients; cheap to clone. Those of the settings come first: a client of the same id that is kept in the store is not seen.
#[derive(Clone)]
pub struct Clients {
    configured: Arc<HashMap<String, Arc<OAuthClient>>>,
    read: Arc<Cache<String, Read>>,
    /// When it was last said of which client that it cannot be read.
    said: Arc<Cache<String, Timestamp>>,
    /// Of clients that describe themselves; `None` where none does.
    pub(super) documents: Option<Documents>,
    pub(super) store: Arc<dyn ClientStore>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
    /// Of access tokens of the whole server.
    pub(super) longest_life: Duration,
}

/// Where clients are kept that no settings name, and by what.
pub(crate) struct Kept {
    pub(crate) store: Arc<dyn ClientStore>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
}

impl Clients {
    /// Checks the clients of the settings. `longest_life` is that of access tokens of the whole server.
    ///
    /// # Errors
    /// `Configuration` that names the client and the setting.
    pub(crate) fn new(
        clients: impl IntoIterator<Item = OAuthClient>,
        longest_life: Duration,
        kept: Kept,
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
        let Kept { store, clock, random } = kept;
        let (read, said) = (Arc::new(Cache::new(READ)), Arc::new(Cache::new(READ)));
        let (configured, documents) = (Arc::new(configured), None);
        Ok(Self { configured, read, said, documents, store, clock, random, longest_life })
    }

    /// Those that a store keeps, for a command that works on the store alone.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use auth_core::clock::SystemClock;
    /// use auth_core::random::OsRandom;
    /// use auth_core::server::Clients;
    /// use auth_core::store::{Backend as _, MemoryStore};
    ///
    /// let store = MemoryStore::new().stores().clients;
    /// let clients = Clients::of_store(store, Arc::new(SystemClock), Arc::new(OsRandom));
    /// # let _ = clients;
    /// ```
    pub fn of_store(store: Arc<dyn ClientStore>, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        let (read, said) = (Arc::new(Cache::new(READ)), Arc::new(Cache::new(READ)));
        // That of tokens here is the server's business, which looks again.
        let (configured, documents, longest_life) = (Arc::default(), None, MAX_TOKEN_LIFE);
        Self { configured, read, said, documents, store, clock, random, longest_life }
    }

    /// With clients that describe themselves.
    pub(crate) fn with_documents(self, documents: Option<Documents>) -> Self {
        Self { documents, ..self }
    }

    /// The documents, where a client of this id would describe itself.
    fn documents_of(&self, id: &str) -> Option<&Documents> {
        self.documents.as_ref().filter(|_| is_document(id))
    }

    /// Whether a client of this id describes itself, wherever that stands now.
    pub(super) fn describes_itself(&self, id: &str) -> bool {
        self.documents_of(id).is_some()
    }

    /// Whether somebody has to be asked to find the client of this id.
    pub(super) fn has_to_be_fetched(&self, id: &str) -> bool {
        self.documents_of(id).is_some_and(|documents| documents.has_to_be_fetched(id))
    }

    /// What is known of a client without asking anybody but the store.
    pub(super) async fn find_here(&self, id: &str) -> Result<Option<Arc<OAuthClient>>, Error> {
        match self.documents_of(id) {
            Some(documents) => Ok(documents.known(id)),
            None => self.find(id).await,
        }
    }

    /// Where keys of clients of the settings are, each with whose they are.
    pub(crate) fn key_urls(&self) -> impl Iterator<Item = (&str, &OutboundUrl)> {
        self.configured.values().filter_map(|client| match &client.keys {
            Some(ClientKeys::At(url)) => Some((client.id.as_str(), url)),
            _ => None,
        })
    }

    /// Where clients of the settings are told of logouts, each with whose that is.
    pub(crate) fn logout_urls(&self) -> impl Iterator<Item = (&str, &str)> {
        let clients = self.configured.values();
        clients.filter_map(|client| Some((client.id.as_str(), client.backchannel_logout_uri.as_deref()?)))
    }

    pub(super) fn is_configured(&self, id: &str) -> bool {
        self.configured.contains_key(id)
    }

    /// The client of this id, where there is one and it is not disabled. One that describes itself is fetched where it is not known. One that
    /// cannot be read (a later version has registered it, or somebody by hand) is nobody, and the log says why.
    ///
    /// # Errors
    /// `Unavailable`; `TooManyAttempts` while too many are fetched.
    pub async fn find(&self, id: &str) -> Result<Option<Arc<OAuthClient>>, Error> {
        if let Some(client) = self.configured.get(id) {
            return Ok(Some(client.clone()));
        }
        if let Some(documents) = self.documents_of(id) {
            return documents.find(id).await;
        }
        match self.stored(id).await? {
            Some(stored) => Ok(self.read(&stored).map_err(|error| self.say_unreadable(id, &error)).ok()),
            None => Ok(None),
        }
    }

    /// The client of this id in the store, where it is neither disabled nor over.
    pub(super) async fn stored(&self, id: &str) -> Result<Option<StoredClient>, Error> {
        if self.is_configured(id) || !may_be_an_id(id) {
            return Ok(None);
        }
        let now = self.clock.now();
        let stands = |stored: &StoredClient| {
            stored.disabled_at.is_none() && stored.expires_at.is_none_or(|end| end > now)
        };
        Ok(self.store.get(id).await?.filter(stands))
    }

    /// Notes that a client was used which is gone otherwise, once a day.
    pub(crate) async fn note_use(&self, client: &OAuthClient) {
        let end = self.clock.now() + USED_LIFE;
        if client.expires_at.is_none_or(|held| held + A_DAY > end) {
            return;
        }
        let noted = self.change(client.id(), |stored| {
            stored.expires_at = stored.expires_at.map(|held| held.max(end));
            Ok(())
        });
        if let Err(error) = noted.await {
            tracing::warn!(?error, client = client.id(), "it could not be noted that a client was used");
        }
    }

    pub(super) fn say_unreadable(&self, id: &str, error: &Error) {
        let now = self.clock.now();
        let said = self.said.get(id);
        if said.is_some_and(|said| now.since(said) < SAID_AGAIN_AFTER && said.since(now) < SAID_AGAIN_AFTER) {
            return;
        }
        self.said.insert(id.to_owned(), now);
        tracing::error!(
            ?error,
            client = id,
            "a stored client cannot be read: it is nobody until it is registered anew"
        );
    }

    /// A client as it is kept.
    pub(super) fn read(&self, stored: &StoredClient) -> Result<Arc<OAuthClient>, Error> {
        // Compared whole: one that was removed and registered again counts its changes from the beginning.
        if let Some(read) = self.read.get(&stored.client_id)
            && read.0 == *stored
        {
            return Ok(read.1.clone());
        }
        let client = Arc::new(stored.client()?.checked(self.longest_life).map_err(unreadable)?);
        self.read.insert(stored.client_id.clone(), Arc::new((stored.clone(), client.clone())));
        Ok(client)
    }
}

impl StoredClient {
    /// The client, not checked.
    pub(super) fn client(&self) -> Result<OAuthClient, Error> {
        let entry: ClientEntry = serde_json::from_str(&self.registration).map_err(unreadable)?;
        let secrets = self.secrets.iter().copied().map(SecretDigest::from_bytes).collect();
        let client = entry.client(self.client_id.clone());
        let is_self_registered = self.registration_token.is_some();
        Ok(OAuthClient {
            secrets,
            is_self_registered,
            is_first_party: client.is_first_party && !is_self_registered,
            expires_at: self.expires_at,
            ..client
        })
    }
}

/// What a newer program or somebody by hand wrote there.
fn unreadable(error: impl Into<BoxError>) -> Error {
    Error::new(ErrorKind::Internal).with_source(error)
}

impl fmt::Debug for Clients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clients").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use crate::clock::SystemClock;
    use crate::random::OsRandom;
    use crate::server::GrantType;
    use crate::store::{Backend as _, MemoryStore};

    use super::*;

    fn shop(name: &str) -> OAuthClient {
        let secret = "correct horse battery staple and more";
        OAuthClient::new("shop").name(name).secret(secret).grants([GrantType::ClientCredentials])
    }

    #[tokio::test]
    async fn a_client_that_is_registered_anew_is_nothing_of_what_it_was() {
        let store = MemoryStore::new().stores().clients;
        let clients = Clients::of_store(store.clone(), Arc::new(SystemClock), Arc::new(OsRandom));
        for name in ["Shop", "Another shop"] {
            clients.create(shop(name)).await.unwrap();
            assert_eq!(clients.find("shop").await.unwrap().unwrap().name.as_deref(), Some(name));
            assert!(store.remove("shop").await.unwrap());
            assert!(clients.find("shop").await.unwrap().is_none());
        }
    }

    #[tokio::test]
    async fn one_that_cannot_be_read_is_nobody_and_the_others_are_as_they_were() {
        let store = MemoryStore::new().stores().clients;
        let clients = Clients::of_store(store.clone(), Arc::new(SystemClock), Arc::new(OsRandom));
        clients.create(shop("Shop")).await.unwrap();
        let kept = store.get("shop").await.unwrap().unwrap();
        let by_hand = [
            ("broken", "{".to_owned(), kept.secrets.clone()),
            ("later", r#"{"name":"Later","of_a_later_version":true}"#.to_owned(), kept.secrets.clone()),
            ("wrong", r#"{"redirect_uris":["javascript:alert(1)"]}"#.to_owned(), kept.secrets.clone()),
            ("secretless", kept.registration.clone(), Vec::new()),
        ];
        for (id, registration, secrets) in by_hand {
            let client = StoredClient { client_id: id.to_owned(), registration, secrets, ..kept.clone() };
            assert!(store.insert(client).await.unwrap());
            for _ in 0..2 {
                assert!(clients.find(id).await.unwrap().is_none(), "{id}");
            }
        }
        assert!(clients.find("shop").await.unwrap().is_some());
        let listed = clients.list().await.unwrap();
        assert!(listed.iter().any(|listed| listed.client.id() == "shop"));
    }

    #[tokio::test]
    async fn what_no_client_can_be_called_is_nobody() {
        let store = MemoryStore::new().stores().clients;
        let clients = Clients::of_store(store, Arc::new(SystemClock), Arc::new(OsRandom));
        for id in ["", "a\0b", "with space", "é", &"a".repeat(256)] {
            assert!(clients.find(id).await.unwrap().is_none(), "{id}");
        }
    }
}
