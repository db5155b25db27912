//! From an admission to the session that it was for.
//!
//! Every way in comes through here, and so does every proof that somebody gives once more. The order is what keeps it safe:
//!
//! 1. Where a factor is missing there is no session. The login is kept with its goal; a session that was to be made fresh stays as it
//!    was.
//!    A browser in which somebody is spared the factor spares it for a new session, and for none that is to be made fresh.
//! 2. Else a session is begun, or the caller's gets a new id.
//! 3. What a login by a provider stands on is looked at once there is a session, or a login that waits: whatever ends such logins has
//!    found it, or is found here. One that has waited is looked at again. For a session that is to be made fresh it is looked at before
//!    too, so that a store that cannot answer leaves that as it was.
//! 4. The session that the browser came with is over last: a login that fails logs nobody out.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::error::{Error, ErrorKind};
use crate::login::{
    Admission, Admitted, Credentials, Logins, PendingId, PendingLogin, PendingLogins, Waiting,
};
use crate::user::User;

use super::goal::Wanted;
use super::{Begun, Goal, ProviderLogin, ProviderSession, SessionHandle, SessionKey, Sessions, Visitor};

/// Says whether a login by a provider still stands.
///
/// # Contract
/// What ends such logins leaves what is looked up here before it looks for sessions. So one of the two sees the other, in any order.
#[async_trait]
pub(crate) trait Standing: fmt::Debug + Send + Sync {
    /// Whether nothing has ended the login since it was begun.
    ///
    /// # Errors
    /// `ProviderError` when it is over; `Unavailable`.
    async fn check(&self, login: &ProviderLogin) -> Result<(), Error>;
}

/// From an admission to the session that it was for.
#[derive(Clone, Debug)]
pub(crate) struct Entrance {
    logins: Logins,
    pub(super) pending_logins: PendingLogins,
    sessions: Sessions,
    standing: Arc<dyn Standing>,
}

/// What became of somebody who asked to be let in.
#[derive(Debug)]
pub(crate) enum Entered {
    /// They have a session, which has to be handed out: a new one, or their own under a new id.
    Session(Arc<User>, Begun),
    /// They have proven who they are, and go by no session that could be made fresh.
    NoSession(Arc<User>),
    /// A factor is missing. The login waits under this cookie, and this is said of it.
    Waits(PendingId, Error),
}

impl Entrance {
    pub(crate) fn new(
        logins: Logins,
        pending_logins: PendingLogins,
        sessions: Sessions,
        standing: Arc<dyn Standing>,
    ) -> Self {
        Self { logins, pending_logins, sessions, standing }
    }

    /// The admission before it.
    pub(crate) fn logins(&self) -> &Logins {
        &self.logins
    }

    /// The sessions behind it.
    pub(crate) fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// Lets somebody in by these credentials.
    ///
    /// # Errors
    /// As [`Logins::admit`] and [`enter`](Self::enter).
    pub(crate) async fn log_in(
        &self,
        credentials: Credentials<'_>,
        goal: Goal,
        visitor: Visitor,
    ) -> Result<Entered, Error> {
        let admission = self.logins.admit(credentials, visitor.source()).await?;
        self.enter(admission, goal, visitor).await
    }

    /// Makes of an admission what it was for.
    ///
    /// # Errors
    /// `Unauthenticated` when the session that was to be made fresh is not the visitor's, or is over; `LoginPending` for somebody who
    /// lacks a factor and has nothing to wait with; `ProviderError` when the login was ended where it came from; `Unavailable`.
    pub(crate) async fn enter(
        &self,
        admission: Admission,
        goal: Goal,
        visitor: Visitor,
    ) -> Result<Entered, Error> {
        match self.spared(admission, &goal, &visitor).await? {
            Admission::Admitted(admitted) => self.let_in(admitted, &goal, visitor).await,
            Admission::Pending(pending) if goal.can_wait() => self.keep(&pending, goal).await,
            Admission::Pending(pending) => Err(pending.refusal()),
        }
    }

    /// Lets somebody in without the second factor whom this browser spares it. That is for a new session alone: who they are is proven
    /// once more by all that they have.
    async fn spared(&self, admission: Admission, goal: &Goal, visitor: &Visitor) -> Result<Admission, Error> {
        match (admission, goal.wanted()) {
            (Admission::Pending(pending), Wanted::Session { .. }) => {
                self.logins.spare(pending, visitor.device()).await
            }
            (admission, _) => Ok(admission),
        }
    }

    /// The login that waits under this cookie.
    ///
    /// # Errors
    /// `LoginExpired` where none does; `Unavailable`.
    pub(crate) async fn waiting(&self, id: &PendingId) -> Result<Waiting, Error> {
        let waiting = self.pending_logins.waiting(self.logins.users(), id).await?;
        waiting.ok_or_else(|| ErrorKind::LoginExpired.into())
    }

    /// Whether a login of the same user, as the account is now, waits under this cookie already.
    pub(super) async fn waits_already(&self, id: &PendingId, pending: &PendingLogin) -> Result<bool, Error> {
        self.pending_logins.is_of(id, pending).await
    }

    async fn let_in(&self, admitted: Admitted, goal: &Goal, visitor: Visitor) -> Result<Entered, Error> {
        let (user, came_with) = (admitted.user().clone(), visitor.session().copied());
        let provider = goal.provider().map(ProviderLogin::session);
        let (begun, over) = match goal.wanted() {
            Wanted::Session { remember } => {
                let origin = visitor.into_origin().by_provider(provider.cloned());
                (self.sessions.begin(admitted, *remember, origin).await?, came_with)
            }
            Wanted::Freshness { session: None } => return Ok(Entered::NoSession(user)),
            Wanted::Freshness { session: Some(handle) } => {
                self.check_standing(goal).await?;
                (self.renew(came_with, handle, &admitted, provider).await?, None)
            }
        };
        if let Err(error) = self.check_standing(goal).await {
            self.take_back(goal, &begun, error).await?;
        }
        if let Some(over) = over {
            self.sessions.end(&over).await?;
        }
        Ok(Entered::Session(user, begun))
    }

    /// Ends a session whose login does not stand: nobody has its id yet. One that was its user's before stays theirs while that cannot
    /// be asked: the old id is dead, and the login stood a moment ago.
    async fn take_back(&self, goal: &Goal, begun: &Begun, error: Error) -> Result<(), Error> {
        let is_renewed = matches!(goal.wanted(), Wanted::Freshness { .. });
        if is_renewed && error.kind() != ErrorKind::ProviderError {
            tracing::warn!(%error, "whether a login by a provider still stands could not be asked again");
            return Ok(());
        }
        self.sessions.end(begun.key()).await?;
        Err(error)
    }

    async fn renew(
        &self,
        came_with: Option<SessionKey>,
        handle: &str,
        admitted: &Admitted,
        provider: Option<&ProviderSession>,
    ) -> Result<Begun, Error> {
        let meant = came_with.zip(SessionHandle::parse(handle));
        let (key, handle) = meant.ok_or(ErrorKind::Unauthenticated)?;
        let renewed = self.sessions.renew(&key, &handle, admitted, provider).await?;
        renewed.ok_or_else(|| ErrorKind::Unauthenticated.into())
    }

    /// Keeps a login that lacks a factor, as long as it stands as a session would.
    async fn keep(&self, pending: &PendingLogin, goal: Goal) -> Result<Entered, Error> {
        let (refusal, kept) = (pending.refusal(), goal.clone().kept());
        let id = self.pending_logins.keep(pending, &kept).await?;
        if let Err(ended) = self.check_standing(&goal).await {
            self.pending_logins.give_up(&id).await?;
            return Err(ended);
        }
        Ok(Entered::Waits(id, refusal))
    }

    async fn check_standing(&self, goal: &Goal) -> Result<(), Error> {
        match goal.provider() {
            Some(login) => self.standing.check(login).await,
            None => Ok(()),
        }
    }
}
