//! What a request comes to, for whoever sits before the browser.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind};
use crate::http::BrowserId;
use crate::identity::Identity;
use crate::login::Amr;
use crate::session::SessionRecord;
use crate::token::ScopeSet;
use crate::user::User;

use super::super::Server;
use super::answer::Answer;
use super::consent::Proposal;
use super::read::Fault;
use super::request::{AuthorizationRequest, WantedFactor};
use super::waiting::RequestHandle;

/// What comes next.
#[must_use = "a request that is not gone on with is not answered"]
pub(crate) enum Step {
    /// Somebody has to log in.
    LogIn,
    /// They have to prove once more who they are, by all that they have.
    Prove,
    /// They have to be asked.
    Ask(Proposal),
    /// The client is answered.
    Answer(Answer),
}

/// What whoever is logged in has to do first.
enum Lacking {
    Nothing,
    /// A proof that is newer, or of more factors.
    Proof,
    /// A factor that the account has not.
    Factor,
}

impl Server {
    /// What a request comes to that has just come. A code is given out at once where nobody has to be asked.
    ///
    /// # Errors
    /// `Unavailable`; whatever keeps the [`ScopePolicy`](crate::token::ScopePolicy) from answering.
    pub(crate) async fn decide(
        &self,
        request: &AuthorizationRequest,
        caller: Option<&Identity>,
    ) -> Result<Step, Error> {
        match self.prepare(request, caller).await? {
            Ok(proposal) if self.has_to_ask(request, &proposal).await? => match request.is_silent() {
                true => Ok(Step::Answer(request.refused(&self.issuer, Fault::ConsentRequired))),
                false => self.ask(proposal).await,
            },
            Ok(proposal) => self.agree(request, &proposal).await.map(Step::Answer),
            Err(step) => Ok(step),
        }
    }

    /// What a request comes to that waits for this browser. Where it is answered it waits no more.
    ///
    /// # Errors
    /// `AuthorizationExpired` where there is none; as [`decide`](Self::decide).
    pub(crate) async fn resume(
        &self,
        handle: &RequestHandle,
        browser: Option<&BrowserId>,
        caller: &Identity,
    ) -> Result<Step, Error> {
        let request = self.waiting.find(handle, browser).await?;
        match self.prepare(&request, Some(caller)).await? {
            Ok(proposal) if self.has_to_ask(&request, &proposal).await? => self.ask(proposal).await,
            Ok(proposal) => {
                let request = self.take_waiting(handle, browser).await?;
                self.agree(&request, &proposal).await.map(Step::Answer)
            }
            Err(Step::Answer(answer)) => {
                self.take_waiting(handle, browser).await?;
                Ok(Step::Answer(answer))
            }
            Err(step) => Ok(step),
        }
    }

    /// What the client may have once its user agrees, or what has to be done before.
    pub(super) async fn prepare(
        &self,
        request: &AuthorizationRequest,
        caller: Option<&Identity>,
    ) -> Result<Result<Proposal, Step>, Error> {
        let refused = |fault| Ok(Err(Step::Answer(request.refused(&self.issuer, fault))));
        let in_session = caller.and_then(|caller| {
            Some((caller.acting_user()?, caller.session_record()?, caller.session_key()?))
        });
        // Of a guest nothing is known that could be told to anybody.
        let in_session = in_session.filter(|(user, ..)| !user.is_guest());
        let Some((user, session, session_key)) = in_session else {
            return if request.is_silent() { refused(Fault::LoginRequired) } else { Ok(Err(Step::LogIn)) };
        };
        let client = self.clients.find(&request.client_id).await?.ok_or(ErrorKind::AuthorizationExpired)?;
        if !client.is_still_answered(request) {
            return Err(ErrorKind::AuthorizationExpired.into());
        }
        if self.audience(&client, request.resource.as_deref()).is_err() {
            return refused(Fault::InvalidTarget);
        }
        if let Some(subject) = &request.subject
            && *subject != self.subject(&client, &user.id)?
        {
            return refused(Fault::LoginRequired);
        }
        match self.lacking(request, user, session).await? {
            Lacking::Nothing => {}
            Lacking::Proof if request.is_silent() => return refused(Fault::LoginRequired),
            Lacking::Proof => return Ok(Err(Step::Prove)),
            Lacking::Factor => return refused(Fault::UnmetAuthenticationRequirements),
        }
        let scope = self.tokens.grantable(user, client.for_tokens(), &request.scope).await?;
        let (user, session) = (Arc::clone(user), Arc::clone(session));
        Ok(Ok(Proposal { client, scope, user, session, withdrawn: String::new(), session_key }))
    }

    /// The answer with the code: its user agrees, or did so before.
    pub(super) async fn agree(
        &self,
        request: &AuthorizationRequest,
        proposal: &Proposal,
    ) -> Result<Answer, Error> {
        self.tell_at_end(&proposal.client, &proposal.session_key, &proposal.session).await?;
        // Of everybody else's clients a consent is kept, which is looked at when the code comes.
        let withdrawn = match proposal.client.is_first_party() {
            true => Some(self.withdrawals.latest(&proposal.user.id, proposal.client.id()).await?),
            false => None,
        };
        let code = self.codes.issue(request, proposal, withdrawn).await?;
        Ok(Answer::new(request.way_back.clone(), &self.issuer, vec![("code", code.expose().to_owned())]))
    }

    async fn lacking(
        &self,
        request: &AuthorizationRequest,
        user: &User,
        session: &SessionRecord,
    ) -> Result<Lacking, Error> {
        if is_stale(request, session.auth_time, self.clock.now()) {
            return Ok(Lacking::Proof);
        }
        if request.factor == WantedFactor::No || session.amr.contains(Amr::MFA) {
            return Ok(Lacking::Nothing);
        }
        let can_show = !self.factors.missing(user, Amr::default()).await?.is_empty();
        Ok(match (can_show, request.factor) {
            (true, _) => Lacking::Proof,
            (false, WantedFactor::Demanded) => Lacking::Factor,
            (false, _) => Lacking::Nothing,
        })
    }

    /// Whether the user has to be asked: always where the request says so, never for the operator's own clients, and else as long as
    /// they have not allowed all of it. A public client that is no website could be any program on their device (RFC 8252 section 8.6), so
    /// it asks each time, whosever it is.
    async fn has_to_ask(&self, request: &AuthorizationRequest, proposal: &Proposal) -> Result<bool, Error> {
        if request.always_asks() {
            return Ok(true);
        }
        let Proposal { client, user, scope, .. } = proposal;
        if client.is_public() && !request.way_back.redirect_uri.starts_with("https:") {
            return Ok(true);
        }
        if client.is_first_party() {
            return Ok(false);
        }
        let allowed = self.consents.get(&user.id, client.id()).await?;
        Ok(!allowed.is_some_and(|allowed| covers(&allowed.scope, scope)))
    }
}

/// Whether the user has to prove once more who they are. Whoever did so since the request came has done what it asks for, however long
/// they think about the rest.
fn is_stale(request: &AuthorizationRequest, auth_time: Timestamp, now: Timestamp) -> bool {
    if auth_time >= request.received_at() {
        return false;
    }
    let is_within = |seconds| auth_time.is_within(Duration::from_secs(seconds), now);
    request.prompt.login || request.max_age.is_some_and(|seconds| !is_within(seconds))
}

/// Whether all of the second scope is in the first.
pub(in crate::server) fn covers(allowed: &str, asked: &str) -> bool {
    let allowed = ScopeSet::of(allowed);
    ScopeSet::of(asked).iter().all(|word| allowed.contains(word))
}
