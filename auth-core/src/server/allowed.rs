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
            let client = self.clients.find_here(&consent.client_id).await?;
            let name =
                client.map_or_else(|| consent.client_id.clone(), |client| client.display_name().to_owned());
            allowed.push(Allowed { consent, name });
        }
        Ok(allowed)
    }

    /// Takes back what a user has allowed a client: it is asked for anew, and what the client holds of the user ends, with every access
    /// token, also where nobody was asked (a client of the operator's own). False where there was nothing of either.
    ///
    /// # Errors
    /// `Unavailable`: whoever tries again finds what is left.
    pub async fn withdraw(&self, user: &UserId, client_id: &str) -> Result<bool, Error> {
        let client = Client::new(client_id);
        // What the application's own client holds are logins, which are ended as such.
        if !may_be_an_id(client_id) || client == Client::FIRST_PARTY {
            return Ok(false);
        }
        // Nobody is being asked for one that is not registered.
        if self.clients.find(client_id).await?.is_some() {
            self.withdrawals.note(user, client_id).await?;
        }
        // First what opens something: should the rest fail, the consent is still there to be withdrawn.
        let had_tokens = self.tokens.end_delegations(user, client).await?;
        let event = self.events.written(withdrawal_of(user, client_id));
        let is_withdrawn = self.consents.remove(user, client_id, self.events.attached(&event)).await?;
        // A code that was under way meanwhile.
        let got_tokens = self.tokens.end_delegations(user, client).await?;
        if is_withdrawn {
            self.events.happened(event);
        } else if had_tokens || got_tokens {
            self.events.note(withdrawal_of(user, client_id)).await;
        }
        Ok(is_withdrawn || had_tokens || got_tokens)
    }
}

fn withdrawal_of(user: &UserId, client_id: &str) -> EventDraft {
    EventDraft::of(EventKind::ConsentWithdrawn)
        .to(user)
        .with(|details| details.client = Some(client_id.to_owned()))
}
