//! By what name a client knows a user.

use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::{Error, ErrorKind};
use crate::key::KeyedHash;
use crate::token::{FIRST_PARTY, RegisteredClients, SessionHandle};
use crate::user::UserId;

use super::{Clients, OAuthClient, Server, SubjectType};

/// What makes the names of pairwise subjects; nothing where there are none.
#[derive(Clone, Debug)]
pub(crate) struct Subjects(pub(crate) Option<KeyedHash>);

impl Subjects {
    /// Whether there can be pairwise ones.
    pub(super) fn are_pairwise(&self) -> bool {
        self.0.is_some()
    }

    /// A name of which nobody but us can tell whose it is, another one in each sector (OpenID Connect Core 1.0 section 8.1); nothing for a
    /// client that knows users by their ids.
    ///
    /// # Errors
    /// `Configuration` where such a client is kept, and nothing was given to make names from.
    fn pairwise(&self, client: &OAuthClient, user: &UserId) -> Result<Option<String>, Error> {
        self.name(client, &[user.as_str()])
    }

    /// The same for a session: by its own name two sectors could tell that they have the same user.
    fn pairwise_session(&self, client: &OAuthClient, session: &str) -> Result<Option<String>, Error> {
        self.name(client, &["session", session])
    }

    fn name(&self, client: &OAuthClient, of: &[&str]) -> Result<Option<String>, Error> {
        if client.subject == SubjectType::Public {
            return Ok(None);
        }
        let (sector, hash) = client.sector().zip(self.0.as_ref()).ok_or_else(|| {
            let id = client.id();
            Error::configuration(format!(
                "the client `{id}` has pairwise subjects, and there is nothing to make them from: call `.pairwise_secret(..)`"
            ))
        })?;
        let named = [&[sector.as_str()], of].concat().join("\n");
        Ok(Some(URL_SAFE_NO_PAD.encode(hash.hash(named.as_bytes()))))
    }
}

impl Server {
    /// By what name a client knows a user.
    ///
    /// # Errors
    /// As of [`Subjects::pairwise`].
    pub(super) fn subject(&self, client: &OAuthClient, user: &UserId) -> Result<String, Error> {
        Ok(self.subjects.pairwise(client, user)?.unwrap_or_else(|| user.as_str().to_owned()))
    }
}

impl Server {
    /// By what name a client knows a session: the `sid` of its tokens.
    ///
    /// # Errors
    /// As of [`Subjects::pairwise`].
    pub(super) fn session_name(&self, client: &OAuthClient, session: &str) -> Result<String, Error> {
        Ok(self.subjects.pairwise_session(client, session)?.unwrap_or_else(|| session.to_owned()))
    }
}

/// The clients, as tokens ask for them.
#[derive(Debug)]
pub(crate) struct Registered {
    pub(crate) clients: Clients,
    pub(crate) subjects: Subjects,
}

#[async_trait]
impl RegisteredClients for Registered {
    async fn is_first_party(&self, client_id: &str) -> Result<Option<bool>, Error> {
        if self.clients.describes_itself(client_id) {
            // No guard waits for somebody else's server, and it is nobody of ours whatever it says.
            return Ok(Some(false));
        }
        let client: Option<Arc<OAuthClient>> = self.clients.find(client_id).await?;
        Ok(client.map(|client| client.is_first_party))
    }

    async fn pairwise_subject(&self, client_id: &str, user: &UserId) -> Result<Option<String>, Error> {
        match self.registered(client_id).await? {
            Some(client) => self.subjects.pairwise(&client, user),
            None => Ok(None),
        }
    }

    async fn pairwise_session(
        &self,
        client_id: &str,
        session: &SessionHandle,
    ) -> Result<Option<String>, Error> {
        match self.registered(client_id).await? {
            Some(client) => self.subjects.pairwise_session(&client, &session.to_string()),
            None => Ok(None),
        }
    }
}

impl Registered {
    /// The client of this id; `None` for the application's own, which is built in, and registered nowhere, and for one that describes itself, which
    /// has no names of its own for anybody: no guard waits for somebody else's server.
    async fn registered(&self, client_id: &str) -> Result<Option<Arc<OAuthClient>>, Error> {
        if client_id == FIRST_PARTY || self.clients.describes_itself(client_id) {
            return Ok(None);
        }
        let client = self.clients.find(client_id).await?;
        client.map(Some).ok_or_else(|| ErrorKind::InvalidClient.into())
    }
}
