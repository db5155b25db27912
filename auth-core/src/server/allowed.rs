//! What a user has allowed, and takes back.

use crate::error::Error;
use crate::event::{EventDraft, EventKind};
use crate::token::Client;
use crate::user::{User, UserId};

use super::check::may_be_an_id;
use super::{Consent, Server};

/// What a user has allowed a client.
#[derive(Debug)]
pub(crate) struct Allowed {
    pub(crate) consent: Consent,
    /// What the client is called; its id once it is registered no more.
    pub(crate) name: String,
}

impl Server {
    /// What a user has allowed, by the ids of clients.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn allowed_by(&self, user: &User) -> Result<Vec<Allowed>, Error> {
        let mut allowed = Vec::new();
        for consent in self.consents.list(&user.id).await? {
            let client = self.clients.find(&consent.client_id).await?;
            let name =
                client.map_or_else(|| consent.client_id.clone(), |client| client.display_name().to_owned());
            allowed.push(Allowed { consent, name });
        }
        Ok(allowed)
    }

    /// Takes back what a user has allowed a client: it is asked for anew, and what the client holds of the user ends, with every access
    /// token. False where nothing was allowed.
    ///
    /// # Errors
    /// `Unavailable`: whoever tries again finds what is left.
    pub async fn withdraw(&self, user: &UserId, client_id: &str) -> Result<bool, Error> {
        if !may_be_an_id(client_id) || self.consents.get(user, client_id).await?.is_none() {
            return Ok(false);
        }
        // First what opens something: should the rest fail, the consent is still there to be withdrawn.
        self.tokens.end_delegations(user, Client::new(client_id)).await?;
        let draft = EventDraft::of(EventKind::ConsentWithdrawn)
            .to(user)
            .with(|details| details.client = Some(client_id.to_owned()));
        let event = self.events.written(draft);
        let is_withdrawn = self.consents.remove(user, client_id, self.events.attached(&event)).await?;
        if is_withdrawn {
            self.events.happened(event);
        }
        // A code that was under way meanwhile.
        self.tokens.end_delegations(user, Client::new(client_id)).await?;
        Ok(is_withdrawn)
    }
}
