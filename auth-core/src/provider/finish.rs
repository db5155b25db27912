//! What becomes of a provider's answer: a login, a link, or a session that is fresh again.
//!
//! The order is what keeps it safe, so it stands here once, for all three:
//!
//! 1. The attempt is taken, by the browser that began it. Whatever happens next, the answer is good for nothing more.
//! 2. Who left to link or to confirm has come back, in the session that they left in. Nothing is asked of the provider else.
//! 3. The provider vouches.
//! 4. What was true when they left is looked at again: the provider, and whoever typed a password there, took their time.
//! 5. The account is admitted, by the one way in, and only then is the login noted. Where a factor is missing there is no session yet,
//!    and the login waits instead, which stands on the same.
//! 6. Once the session is there, what it stands on is looked at: whatever ends such sessions has found it, or is found.
//! 7. The session that the browser came with is over last: a login that fails logs nobody out.

use std::sync::Arc;

use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind};
use crate::login::{Admission, Admitted, Amr, PendingLogin};
use crate::secret::Secret;
use crate::session::{Begun, FRESH, Goal, Origin, ProviderSession, SessionHandle, SessionKey, SessionRecord};
use crate::text::Text;
use crate::user::Account;

use super::LinkedAccount;
use super::attempt::Attempt;
use super::begin::{BEGUN, Visitor};
use super::callback::Answer;
use super::connection::ProviderConnection;
use super::errand::{Caller, Errand};
use super::identify::Vouched;
use super::linked_accounts::{Opened, Person, has_password, unusable};
use super::outcome::{Entered, Finished, Outcome, Unfinished, Waiting};
use super::service::{Providers, sid_key};

/// Somebody who came back, and was vouched for.
#[derive(Clone, Copy)]
struct Arrival<'a> {
    connection: &'a ProviderConnection,
    attempt: &'a Attempt,
    vouched: &'a Vouched,
}

impl<'a> Arrival<'a> {
    fn person(&self) -> Person<'a> {
        let Self { connection, vouched, .. } = *self;
        Person { provider: &connection.provider, issuer: &vouched.issuer, profile: &vouched.profile }
    }
}

/// The session of somebody who came back, and their account.
struct Returned {
    key: SessionKey,
    record: Arc<SessionRecord>,
    account: Account,
}

/// What a login becomes.
enum Entry {
    New(Origin),
    Renewed(SessionKey, SessionHandle),
}

impl Entry {
    fn goal(&self) -> Goal {
        match self {
            Self::New(_) => Goal::login(false),
            Self::Renewed(_, session) => Goal::reauthenticate(session),
        }
    }

    fn outcome(&self) -> fn(Entered) -> Outcome {
        match self {
            Self::New(_) => Outcome::LoggedIn,
            Self::Renewed(..) => Outcome::Confirmed,
        }
    }
}

impl Providers {
    /// Finishes what a browser went to a provider for.
    ///
    /// # Errors
    /// [`Unfinished`]; among what failed are `NotFound`, `ProviderError`, `StateMismatch` where somebody else came back than left,
    /// `InvalidCredentials` for an account that cannot be used, `LinkRequired`, `SignUpClosed`, `AlreadyExists`,
    /// `ReauthenticationRequired`, `Unavailable`, and what the application's own sign-up answers.
    pub(crate) async fn finish(
        &self,
        id: &str,
        answer: Answer,
        visitor: Visitor,
    ) -> Result<Finished, Unfinished> {
        let (connection, inner) = (self.connection(id)?, self.inner());
        let provider = connection.provider.id();
        let (parameters, attempt) =
            inner.attempts.answered(provider, visitor.browser.as_ref(), answer).await.map_err(stale)?;
        if let Some(left) = attempt.caller() {
            self.came_back(left, visitor.session).await?;
        }
        let vouched = match connection.identify(&attempt, parameters).await {
            Err(error) if error.kind() == ErrorKind::ProviderDenied => {
                let Attempt { errand, next, .. } = attempt;
                return Err(Unfinished::Cancelled { errand, next, error });
            }
            identified => identified?,
        };
        inner.throttle.give_turn_back(BEGUN, visitor.origin.network()).await;
        let arrival = Arrival { connection, attempt: &attempt, vouched: &vouched };
        Ok(Finished { outcome: self.welcome(arrival, visitor).await?, next: attempt.next })
    }

    async fn welcome(&self, arrival: Arrival<'_>, visitor: Visitor) -> Result<Outcome, Error> {
        match &arrival.attempt.errand {
            Errand::Login => self.log_in(arrival, visitor).await,
            Errand::Link(caller) => {
                self.link(arrival, caller, visitor.session).await.map(|()| Outcome::Linked)
            }
            Errand::Reauthenticate(caller) => self.confirm(arrival, caller, visitor.session).await,
        }
    }

    async fn log_in(&self, arrival: Arrival<'_>, visitor: Visitor) -> Result<Outcome, Error> {
        let opened = self.inner().linked_accounts.open(arrival.person()).await?;
        let outcome = self.enter(arrival, opened, Entry::New(visitor.origin)).await?;
        if let (Outcome::LoggedIn(_), Some(old)) = (&outcome, &visitor.session) {
            self.inner().sessions.end(old).await?;
        }
        Ok(outcome)
    }

    /// Whoever ends the session while the link is made leaves no link behind: it is looked at before, and once the link is there.
    async fn link(
        &self,
        arrival: Arrival<'_>,
        caller: &Caller,
        session: Option<SessionKey>,
    ) -> Result<(), Error> {
        self.check_fresh(caller, session).await?;
        let (accounts, user) = (&self.inner().linked_accounts, &caller.user);
        let (linked, is_new) = accounts.link(user, arrival.person()).await?;
        if let Err(over) = self.check_fresh(caller, session).await {
            if is_new {
                accounts.remove(&linked).await?;
                self.end_those_by(user, &linked.id, None).await?;
            }
            return Err(over);
        }
        self.keep_tokens(arrival, &linked).await?;
        let (provider, account) = (&linked.provider, &linked.id);
        tracing::info!(%user, %provider, %account, "an account at a provider was linked");
        Ok(())
    }

    async fn confirm(
        &self,
        arrival: Arrival<'_>,
        caller: &Caller,
        session: Option<SessionKey>,
    ) -> Result<Outcome, Error> {
        let Returned { key, record, account } = self.look_again(caller, session).await?;
        arrival.connection.provider.check_confirms(has_password(&account))?;
        let linked = self.inner().linked_accounts.find(arrival.person()).await?;
        let linked = linked
            .filter(|linked| linked.user == caller.user)
            .ok_or_else(|| Error::new(ErrorKind::ProviderError).saying(Text::ProviderOtherAccount))?;
        self.enter(arrival, Opened { linked, account }, Entry::Renewed(key, record.handle)).await
    }

    /// Through the one way in, and from there to a session that somebody may have.
    async fn enter(&self, arrival: Arrival<'_>, opened: Opened, entry: Entry) -> Result<Outcome, Error> {
        let Opened { linked, account } = opened;
        let admission = self.admit(arrival, account).await?;
        self.inner().linked_accounts.record_login(&linked, &arrival.vouched.profile).await?;
        self.keep_tokens(arrival, &linked).await?;
        let provider = self.provider_session(arrival, &linked).await?;
        let admitted = match admission {
            Admission::Admitted(admitted) => admitted,
            Admission::Pending(pending) => {
                let goal = entry.goal().by_provider(provider).then(Some(arrival.attempt.next.clone()));
                return self.wait(arrival, &linked, &pending, &goal).await.map(Outcome::Waits);
            }
        };
        let (user, outcome) = (admitted.user().clone(), entry.outcome());
        let begun = self.give_session(admitted, provider, entry).await?;
        // Nobody has its id yet.
        if let Err(over) = self.check_standing(arrival.attempt, arrival.vouched, &linked).await {
            self.inner().sessions.end(&begun.key).await?;
            return Err(over);
        }
        Ok(outcome(Entered { user, begun }))
    }

    /// Keeps a login that lacks a factor, as long as it stands as a session would.
    async fn wait(
        &self,
        arrival: Arrival<'_>,
        linked: &LinkedAccount,
        pending: &PendingLogin,
        goal: &Goal,
    ) -> Result<Waiting, Error> {
        let logins = &self.inner().pending_logins;
        let id = logins.keep(pending, goal).await?;
        if let Err(over) = self.check_standing(arrival.attempt, arrival.vouched, linked).await {
            logins.give_up(&id).await?;
            return Err(over);
        }
        Ok(Waiting { id, refusal: pending.refusal() })
    }

    async fn give_session(
        &self,
        admitted: Admitted,
        provider: ProviderSession,
        entry: Entry,
    ) -> Result<Begun, Error> {
        let sessions = &self.inner().sessions;
        match entry {
            Entry::New(origin) => {
                sessions.begin(admitted, false, origin.by_provider(Some(provider)), None).await
            }
            Entry::Renewed(key, _) => {
                let renewed = sessions.renew(&key, &admitted, Some(&provider)).await?;
                renewed.ok_or_else(|| ErrorKind::Unauthenticated.into())
            }
        }
    }

    /// The account was read a moment ago, and is not read again: every guard asks whether it is active and of the epoch that its
    /// session begins with.
    async fn admit(&self, arrival: Arrival<'_>, account: Account) -> Result<Admission, Error> {
        let proven_at = proven_at(arrival, &account);
        let admission = self.inner().logins.admit_known(account.user, Amr::FED).await;
        let admission = admission.map_err(|error| match error.kind() {
            ErrorKind::InvalidCredentials => unusable(),
            _ => error,
        })?;
        Ok(match proven_at {
            Some(at) => admission.proven_at(at),
            None => admission,
        })
    }

    /// Who left to link or to confirm has to come back: the same user, in the same session.
    async fn came_back(
        &self,
        left: &Caller,
        session: Option<SessionKey>,
    ) -> Result<(SessionKey, Arc<SessionRecord>), Error> {
        let key = session.ok_or(ErrorKind::StateMismatch)?;
        let found = self.inner().sessions.find(&key, self.inner().clock.now()).await?;
        let found = found.filter(|record| record.user == left.user && record.handle == left.session);
        Ok((key, found.ok_or(ErrorKind::StateMismatch)?))
    }

    /// The same, once more and with the account, which is what takes a read of the users' table: what was true before the provider
    /// answered, or before a link was there, need not be true any more.
    async fn look_again(&self, left: &Caller, session: Option<SessionKey>) -> Result<Returned, Error> {
        let (key, record) = self.came_back(left, session).await?;
        let account = self.inner().linked_accounts.account(&left.user).await?;
        let account = account.filter(|Account { user, .. }| user.stands_at(record.epoch));
        let account = account.ok_or(ErrorKind::StateMismatch)?;
        self.inner().sessions.touch(&key, &record, self.inner().clock.now());
        Ok(Returned { key, record, account })
    }

    async fn check_fresh(&self, left: &Caller, session: Option<SessionKey>) -> Result<(), Error> {
        let Returned { record, .. } = self.look_again(left, session).await?;
        match record.auth_time.is_within(FRESH, self.inner().clock.now()) {
            true => Ok(()),
            false => Err(Error::new(ErrorKind::ReauthenticationRequired).saying(Text::ProviderLoginTooOld)),
        }
    }

    /// Keeps what the provider issued, where that is asked for.
    async fn keep_tokens(&self, arrival: Arrival<'_>, linked: &LinkedAccount) -> Result<(), Error> {
        let Arrival { connection, vouched, .. } = arrival;
        // An account that was linked by another entry is that one's, with the tokens that its client was issued.
        let is_its_own = linked.provider == connection.provider.id().as_str();
        match is_its_own && connection.provider.keeps_tokens() {
            true => self.inner().tokens.keep(connection, linked, &vouched.tokens).await,
            false => Ok(()),
        }
    }

    /// The provider's session, as the session here remembers it, and so that a logout there finds it.
    async fn provider_session(
        &self,
        arrival: Arrival<'_>,
        linked: &LinkedAccount,
    ) -> Result<ProviderSession, Error> {
        let (inner, vouched, provider) = (self.inner(), arrival.vouched, &arrival.connection.provider);
        let user = linked.user.as_str().as_bytes();
        if let Some(sid) = &vouched.sid {
            let key = sid_key(&vouched.issuer, sid);
            inner.short_lived.put(&key, user, inner.sessions.longest_life(), inner.clock.now()).await?;
        }
        let hint = vouched.tokens.id_token.as_ref().filter(|_| provider.has_rp_initiated_logout());
        let seal = |token: &Secret| inner.sealer.seal(token.expose().as_bytes(), user, &*inner.random);
        Ok(ProviderSession {
            provider: provider.id().to_string(),
            issuer: vouched.issuer.clone(),
            account: linked.id.to_string(),
            sid: vouched.sid.clone(),
            id_token: hint.map(seal),
        })
    }
}

/// When a user proved who they are, by the provider's word. A login there that was long ago is no fresh one here. The word means nothing
/// where they have no password and no newer proof can be asked for: they could never become fresh.
fn proven_at(arrival: Arrival<'_>, account: &Account) -> Option<Timestamp> {
    let counts = arrival.connection.provider.can_reauthenticate() || has_password(account);
    arrival.vouched.auth_time.filter(|_| counts)
}

fn stale(error: Error) -> Unfinished {
    match error.kind() {
        ErrorKind::StateMismatch => Unfinished::Stale(error),
        _ => Unfinished::Failed(error),
    }
}
