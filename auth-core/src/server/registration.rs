//! Registering clients in the store, and changing them there.

use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind};
use crate::key::OpaqueToken;
use crate::secret::Secret;

use super::client::SecretDigest;
use super::entry::ClientEntry;
use super::{ClientAuthMethod, Clients, OAuthClient, StoredClient};

/// How often a change is tried that others make at the same time.
pub(super) const ATTEMPTS: usize = 5;

/// A client that was registered, and the secret that it got, which is told this once.
#[derive(Debug)]
#[non_exhaustive]
pub struct NewClient {
    /// The client.
    pub client: OAuthClient,
    /// Its secret; `None` for one that is public or has keys.
    pub secret: Option<Secret>,
}

/// A client of the store, and how it stands.
#[derive(Debug)]
#[non_exhaustive]
pub struct ListedClient {
    /// The client.
    pub client: OAuthClient,
    /// When it was registered.
    pub created_at: Timestamp,
    /// Since when it may do nothing.
    pub disabled_at: Option<Timestamp>,
}

impl Clients {
    /// Registers a client in the store. One that proves itself by a secret gets a random one.
    ///
    /// # Errors
    /// `AlreadyExists` for an id that is taken; `Configuration` that says what is wrong with the registration; `Unavailable`.
    pub async fn create(&self, client: OAuthClient) -> Result<NewClient, Error> {
        let is_by_secret = matches!(
            client.auth_method,
            Some(ClientAuthMethod::ClientSecretBasic | ClientAuthMethod::ClientSecretPost)
        );
        let secret = (is_by_secret && client.secrets.is_empty()).then(|| self.new_secret());
        let client = match &secret {
            Some(secret) => client.secret(secret.clone()),
            None => client,
        };
        let client = client.checked(self.longest_life)?;
        if self.is_configured(client.id()) {
            return Err(ErrorKind::AlreadyExists.into());
        }
        let now = self.clock.now();
        let stored = StoredClient {
            client_id: client.id().to_owned(),
            registration: registration(&client)?,
            secrets: client.secrets.iter().map(SecretDigest::bytes).collect(),
            registration_token: None,
            created_at: now,
            updated_at: now,
            disabled_at: None,
            expires_at: None,
            version: 1,
        };
        match self.store.insert(stored).await? {
            true => Ok(NewClient { client, secret }),
            false => Err(ErrorKind::AlreadyExists.into()),
        }
    }

    /// The clients of the store, by their ids. One that cannot be read is left out, and the log says why.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn list(&self) -> Result<Vec<ListedClient>, Error> {
        let listed = |stored: StoredClient| {
            let StoredClient { created_at, disabled_at, .. } = stored;
            let client =
                stored.client().map_err(|error| self.say_unreadable(&stored.client_id, &error)).ok()?;
            Some(ListedClient { client, created_at, disabled_at })
        };
        Ok(self.store.list().await?.into_iter().filter_map(listed).collect())
    }

    /// Gives a client of the store another secret, told this once. The one before it stays valid until this is called again, or
    /// [`drop_old_secret`](Self::drop_old_secret).
    ///
    /// # Errors
    /// `NotFound` where the store has no such client; `Configuration` for one that has no secret; `Unavailable`.
    pub async fn rotate_secret(&self, id: &str) -> Result<Secret, Error> {
        let secret = self.new_secret();
        let digest = SecretDigest::of(&secret).bytes();
        self.change(id, |stored| {
            let Some(newest) = stored.secrets.first().copied() else {
                return Err(Error::configuration(format!("the client `{id}` has no secret to follow")));
            };
            stored.secrets = vec![digest, newest];
            Ok(())
        })
        .await?;
        Ok(secret)
    }

    /// Ends the secret that the newest one follows.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable`.
    pub async fn drop_old_secret(&self, id: &str) -> Result<(), Error> {
        self.change(id, |stored| {
            stored.secrets.truncate(1);
            Ok(())
        })
        .await
    }

    /// Disables a client of the store: it proves nothing any more, and all its tokens are dead at once, until it is
    /// [enabled](Self::enable).
    ///
    /// # Errors
    /// `NotFound`, `Unavailable`.
    pub async fn disable(&self, id: &str) -> Result<(), Error> {
        let now = self.clock.now();
        self.change(id, |stored| {
            stored.disabled_at.get_or_insert(now);
            Ok(())
        })
        .await
    }

    /// Lets a disabled client be one again.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable`.
    pub async fn enable(&self, id: &str) -> Result<(), Error> {
        self.change(id, |stored| {
            stored.disabled_at = None;
            Ok(())
        })
        .await
    }

    pub(super) async fn change(
        &self,
        id: &str,
        change: impl Fn(&mut StoredClient) -> Result<(), Error>,
    ) -> Result<(), Error> {
        for _ in 0..ATTEMPTS {
            let mut stored = self.store.get(id).await?.ok_or(ErrorKind::NotFound)?;
            let expected = stored.version;
            change(&mut stored)?;
            stored.version = expected + 1;
            stored.updated_at = self.clock.now();
            if self.store.update(stored, expected).await? {
                return Ok(());
            }
        }
        Err(ErrorKind::Unavailable.into())
    }

    /// 256 bits.
    pub(super) fn new_secret(&self) -> Secret {
        Secret::new(OpaqueToken::<32>::generate(1, &*self.random).expose())
    }
}

pub(super) fn registration(client: &OAuthClient) -> Result<String, Error> {
    serde_json::to_string(&ClientEntry::of(client))
        .map_err(|error| Error::new(ErrorKind::Internal).with_source(error))
}
