//! Asking somebody whether a client may, and what comes of the answer.
//!
//! The page carries a ticket: a hash over the request's name, the session and what is asked. Whoever sends it from another session, for
//! another request or for more than was shown brings a wrong one.

use std::borrow::Cow;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq as _;

use crate::error::{Error, ErrorKind};
use crate::event::{EventDraft, EventKind};
use crate::http::BrowserId;
use crate::identity::Identity;
use crate::session::{SessionKey, SessionRecord};
use crate::text::Texts;
use crate::token::ScopeSet;
use crate::user::User;

use super::super::{Consent, OAuthClient, Server};
use super::decide::{Step, covers};
use super::read::Fault;
use super::waiting::RequestHandle;

/// What a client may have once its user agrees.
pub(crate) struct Proposal {
    pub(in crate::server) client: Arc<OAuthClient>,
    /// What of the scope that was asked for the user may give.
    pub(in crate::server) scope: String,
    pub(in crate::server) user: Arc<User>,
    pub(in crate::server) session: Arc<SessionRecord>,
    /// What they had [taken back](super::super::withdrawal) last when they were asked; empty before they are.
    pub(super) withdrawn: String,
    pub(in crate::server) session_key: SessionKey,
}

/// What they answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Decision {
    Allow,
    Deny,
}

impl Decision {
    /// The decision of a form.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "allow" => Some(Self::Allow),
            "deny" => Some(Self::Deny),
            _ => None,
        }
    }
}

impl Proposal {
    /// Who asks.
    pub(crate) fn client(&self) -> &OAuthClient {
        &self.client
    }

    /// Who is asked.
    pub(crate) fn user(&self) -> &User {
        &self.user
    }

    /// For what, in words.
    pub(crate) fn words<'a>(&'a self, server: &'a Server, texts: &'a Texts) -> Vec<Cow<'a, str>> {
        server.words(&self.scope, texts)
    }
}

impl Server {
    /// What a scope allows, in words.
    pub(crate) fn words<'a>(&'a self, scope: &'a str, texts: &'a Texts) -> Vec<Cow<'a, str>> {
        ScopeSet::of(scope).iter().map(|scope| self.scopes.say(scope, texts)).collect()
    }

    /// Has somebody asked.
    pub(super) async fn ask(&self, mut proposal: Proposal) -> Result<Step, Error> {
        proposal.withdrawn = self.withdrawals.latest(&proposal.user.id, proposal.client.id()).await?;
        Ok(Step::Ask(proposal))
    }

    /// What the page carries on which somebody is asked about the request of this name.
    pub(crate) fn ticket(&self, proposal: &Proposal, handle: &RequestHandle) -> String {
        let hash = URL_SAFE_NO_PAD.encode(self.ticket_of(proposal, handle, &proposal.withdrawn));
        [&hash, &*proposal.withdrawn].join(".")
    }

    fn ticket_of(&self, proposal: &Proposal, handle: &RequestHandle, withdrawn: &str) -> [u8; 32] {
        let Proposal { client, scope, user, session, .. } = proposal;
        let ids = [client.id(), user.id.as_str(), scope, withdrawn].join("\n");
        let named = [handle.bytes().as_slice(), session.handle.as_bytes(), ids.as_bytes()].concat();
        self.ticket_hash.hash(&named)
    }

    /// What they had taken back last when they were asked; `None` where something else was shown to them.
    fn read_ticket<'t>(
        &self,
        ticket: &'t str,
        proposal: &Proposal,
        handle: &RequestHandle,
    ) -> Option<&'t str> {
        let (hash, withdrawn) = ticket.split_once('.')?;
        let hash = URL_SAFE_NO_PAD.decode(hash).ok()?;
        let is_ours: bool = hash.ct_eq(&self.ticket_of(proposal, handle, withdrawn)).into();
        is_ours.then_some(withdrawn)
    }

    /// Takes the answer of whoever was asked about the request of this name. Who has taken back meanwhile what they allowed the client is
    /// asked once more.
    ///
    /// # Errors
    /// `AuthorizationExpired` where it waits no more, or waits for another browser; `CsrfFailed` where something else was shown to them;
    /// `Unavailable`.
    pub(crate) async fn take_decision(
        &self,
        (handle, browser): (&RequestHandle, Option<&BrowserId>),
        caller: &Identity,
        (decision, ticket): (Decision, &str),
    ) -> Result<Step, Error> {
        let request = self.waiting.find(handle, browser).await?;
        let proposal = match self.prepare(&request, Some(caller)).await? {
            Ok(proposal) => proposal,
            Err(Step::Answer(answer)) => {
                self.take_waiting(handle, browser).await?;
                return Ok(Step::Answer(answer));
            }
            Err(step) => return Ok(step),
        };
        let withdrawn = self.read_ticket(ticket, &proposal, handle).ok_or(ErrorKind::CsrfFailed)?;
        let is_allowed = decision == Decision::Allow;
        if is_allowed && self.withdrawals.latest(&proposal.user.id, proposal.client.id()).await? != withdrawn
        {
            return self.ask(proposal).await;
        }
        let request = self.take_waiting(handle, browser).await?;
        if is_allowed && self.remember(&proposal.client, (&proposal.user, withdrawn), &proposal.scope).await?
        {
            return self.agree(&request, &proposal).await.map(Step::Answer);
        }
        Ok(Step::Answer(request.refused(&self.issuer, Fault::AccessDenied)))
    }

    /// Keeps what somebody has allowed, beside what they had before, and answers whether that stands: not where they have taken it back
    /// since they were asked.
    pub(in crate::server) async fn remember(
        &self,
        client: &OAuthClient,
        (user, withdrawn): (&User, &str),
        scope: &str,
    ) -> Result<bool, Error> {
        self.keep_consent(client, user, scope).await?;
        if self.withdrawals.latest(&user.id, client.id()).await? == withdrawn {
            return Ok(true);
        }
        self.withdraw(&user.id, client.id()).await?;
        Ok(false)
    }

    async fn keep_consent(&self, client: &OAuthClient, user: &User, scope: &str) -> Result<(), Error> {
        if client.is_first_party() {
            return Ok(());
        }
        let before = self.consents.get(&user.id, client.id()).await?;
        if before.as_ref().is_some_and(|before| covers(&before.scope, scope)) {
            return Ok(());
        }
        let now = self.clock.now();
        let consent = Consent {
            user: user.id.clone(),
            client_id: client.id().to_owned(),
            scope: both(before.as_ref().map_or("", |before| &before.scope), scope),
            created_at: now,
            updated_at: now,
        };
        let draft = EventDraft::of(EventKind::ConsentGiven)
            .to(&user.id)
            .with(|details| details.client = Some(client.id().to_owned()));
        let event = self.events.written(draft);
        self.consents.put(consent, self.events.attached(&event)).await?;
        self.events.happened(event);
        Ok(())
    }
}

/// The words of both, each once.
fn both(one: &str, other: &str) -> String {
    let held = ScopeSet::of(one);
    let more = ScopeSet::of(other).iter().filter(|word| !held.contains(word));
    held.iter().chain(more).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_allowed_grows_by_what_is_new() {
        assert_eq!(both("", "openid email"), "openid email");
        assert_eq!(both("openid email", "email a"), "openid email a");
    }
}
