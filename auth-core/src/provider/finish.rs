//! What becomes of a provider's answer: a login, a link, or a session that is fresh again.
//!
//! The order is what keeps it safe, so it stands here once, for all three:
//!
//! 1. The attempt is taken, by the browser that began it. Whatever happens next, the answer is good for nothing more.
//! 2. Who left to link or to confirm has come back, in the session that they left in. Nothing is asked of the provider else.
//! 3. The provider vouches.
//! 4. What was true when they left is looked at again: the provider, and whoever typed a password there, took their time.
//! 5. The account is admitted, by the one way in, and only then is the login noted.
//! 6. The rest is the way of every login ([`Entrance::enter`](crate::session::Entrance::enter)), which is told what this one stands on.

use std::sync::Arc;

use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind};
use crate::login::{Admission, Amr, LONG_AGO};
use crate::secret::Secret;
use crate::session::{
    Entered, FRESH, Goal, ProviderLogin, ProviderSession, SessionKey, SessionRecord, Visitor,
};
use crate::text::Text;
use crate::user::Account;

use super::LinkedAccount;
use super::attempt::Attempt;
use super::attempts::FINISH_LIFE;
use super::begin::{BEGUN, Traveller};
use super::callback::{Answer, CallbackParameters};
use super::connection::ProviderConnection;
use super::errand::{Caller, Errand};
use super::identify::Vouched;
use super::linked_accounts::{Opened, Person, has_password, is_held_by};
use super::outcome::{Finished, Outcome, Unfinished};
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
    record: Arc<SessionRecord>,
    account: Account,
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
        traveller: Traveller,
    ) -> Result<Finished, Unfinished> {
        let connection = self.connection(id)?;
        let (Traveller { browser, visitor }, provider) = (traveller, connection.provider.id());
        let answered = self.inner().attempts.answered(provider, browser.as_ref(), answer).await;
        let (parameters, attempt) =
            answered.map_err(|error| stale(self.refusing(provider, &Errand::Login, error)))?;
        let errand = attempt.errand.clone();
        let finished = self.return_from(connection, parameters, attempt, visitor).await;
        finished.map_err(|unfinished| unfinished.told(|error| self.refusing(provider, &errand, error)))
    }

    /// Somebody has come back from an attempt, which is over now.
    async fn return_from(
        &self,
        connection: &ProviderConnection,
        parameters: CallbackParameters,
        attempt: Attempt,
        visitor: Visitor,
    ) -> Result<Finished, Unfinished> {
        if let Some(left) = attempt.caller() {
            self.came_back(left, visitor.session()).await?;
        }
        let vouched = match connection.identify(&attempt, parameters).await {
            Err(error) if error.kind() == ErrorKind::ProviderDenied => {
                let Attempt { errand, next, .. } = attempt;
                return Err(Unfinished::Cancelled { errand, next, error });
            }
            identified => identified?,
        };
        self.inner().throttle.give_turn_back(BEGUN, visitor.network(), attempt.turn).await;
        let arrival = Arrival { connection, attempt: &attempt, vouched: &vouched };
        Ok(Finished { outcome: self.welcome(arrival, visitor).await?, next: attempt.next })
    }

    async fn welcome(&self, arrival: Arrival<'_>, visitor: Visitor) -> Result<Outcome, Error> {
        match &arrival.attempt.errand {
            Errand::Login => self.log_in(arrival, visitor).await.map(Outcome::Entered),
            Errand::Link(caller) => {
                self.link(arrival, caller, visitor.session()).await.map(|()| Outcome::Linked)
            }
            Errand::Reauthenticate(caller) => {
                self.confirm(arrival, caller, visitor).await.map(Outcome::Entered)
            }
        }
    }

    async fn log_in(&self, arrival: Arrival<'_>, visitor: Visitor) -> Result<Entered, Error> {
        let opened = self.inner().linked_accounts.open(arrival.person()).await?;
        self.check_address(arrival, &opened).await?;
        self.enter(arrival, opened, Goal::login(false), visitor).await
    }

    /// An address that is no longer the account's once the link is there leaves no link behind, nor what others began by it.
    async fn check_address(&self, arrival: Arrival<'_>, opened: &Opened) -> Result<(), Error> {
        if !opened.is_by_address || is_held_by(&opened.account, arrival.person()) {
            return Ok(());
        }
        let linked = &opened.linked;
        self.inner().linked_accounts.remove(linked).await?;
        self.end_those_by(&linked.user, &linked.id, None).await?;
        Err(ErrorKind::LinkRequired.into())
    }

    /// Whoever ends the session while the link is made leaves no link behind: it is looked at before, and once the link is there.
    async fn link(
        &self,
        arrival: Arrival<'_>,
        caller: &Caller,
        session: Option<&SessionKey>,
    ) -> Result<(), Error> {
        let found = self.check_fresh(caller, session).await?;
        let (accounts, user) = (&self.inner().linked_accounts, &caller.user);
        let (linked, is_new) = accounts.link(&found.user, arrival.person()).await?;
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
        visitor: Visitor,
    ) -> Result<Entered, Error> {
        let Returned { record, account } = self.look_again(caller, visitor.session()).await?;
        arrival.connection.provider.check_confirms(has_password(&account))?;
        let linked = self.inner().linked_accounts.find(arrival.person()).await?;
        let linked = linked
            .filter(|linked| linked.user == caller.user)
            .ok_or_else(|| Error::new(ErrorKind::ProviderError).saying(Text::ProviderOtherAccount))?;
        let goal = Goal::reauthenticate(Some(&record.handle));
        self.enter(arrival, Opened { linked, account, is_by_address: false }, goal, visitor).await
    }

    /// Through the one way in, and from there to a session that somebody may have.
    async fn enter(
        &self,
        arrival: Arrival<'_>,
        opened: Opened,
        goal: Goal,
        visitor: Visitor,
    ) -> Result<Entered, Error> {
        let Opened { linked, account, .. } = opened;
        let admission = self.admit(arrival, account).await?;
        self.inner().linked_accounts.record_login(&linked, &arrival.vouched.profile).await?;
        self.keep_tokens(arrival, &linked).await?;
        let session = self.provider_session(arrival, &linked).await?;
        let Arrival { attempt, vouched, .. } = arrival;
        let (begun_at, subject) = (attempt.begun_at, &vouched.profile.subject);
        let login = ProviderLogin::new(session, subject, begun_at, begun_at + FINISH_LIFE);
        let goal = goal.by_provider(login).then(Some(attempt.next.clone()));
        self.inner().entrance.enter(admission, goal, visitor).await
    }

    /// The account was read a moment ago, and is not read again: every guard asks whether it is active and of the epoch that its
    /// session begins with.
    async fn admit(&self, arrival: Arrival<'_>, account: Account) -> Result<Admission, Error> {
        let proven_at = proven_at(arrival, &account);
        let shown = if arrival.vouched.has_shown_factor { Amr::FED.and(Amr::MFA) } else { Amr::FED };
        let admission = self.inner().logins.admit_known(account.user, shown).await;
        let admission = admission.map_err(|error| match error.kind() {
            ErrorKind::InvalidCredentials => error.saying(Text::ProviderAccountUnusable),
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
        session: Option<&SessionKey>,
    ) -> Result<(SessionKey, Arc<SessionRecord>), Error> {
        let key = *session.ok_or(ErrorKind::StateMismatch)?;
        let found = self.inner().sessions.find(&key, self.inner().clock.now()).await?;
        let found = found.filter(|record| record.user == left.user && record.handle == left.session);
        Ok((key, found.ok_or(ErrorKind::StateMismatch)?))
    }

    /// The same, once more and with the account, which is what takes a read of the users' table: what was true before the provider
    /// answered, or before a link was there, need not be true any more.
    async fn look_again(&self, left: &Caller, session: Option<&SessionKey>) -> Result<Returned, Error> {
        let (key, record) = self.came_back(left, session).await?;
        let account = self.inner().linked_accounts.account(&left.user).await?;
        let account = account.filter(|Account { user, .. }| user.stands_at(record.epoch));
        let account = account.ok_or(ErrorKind::StateMismatch)?;
        self.inner().sessions.touch(&key, (&record, &account.user), self.inner().clock.now());
        Ok(Returned { record, account })
    }

    async fn check_fresh(&self, left: &Caller, session: Option<&SessionKey>) -> Result<Account, Error> {
        let Returned { record, account } = self.look_again(left, session).await?;
        match record.auth_time.is_within(FRESH, self.inner().clock.now()) {
            true => Ok(account),
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

/// When a user proved who they are, by the provider's word. A login there that was long ago is no fresh one here, and one that is not
/// dated may have been: whoever has a password proves it by that. The word means nothing where they have none, and no newer proof can
/// be asked for: they could never become fresh.
fn proven_at(arrival: Arrival<'_>, account: &Account) -> Option<Timestamp> {
    match arrival.vouched.auth_time {
        dated if has_password(account) => Some(dated.unwrap_or(LONG_AGO)),
        dated => dated.filter(|_| arrival.connection.provider.can_reauthenticate()),
    }
}

fn stale(error: Error) -> Unfinished {
    match error.kind() {
        ErrorKind::StateMismatch => Unfinished::Stale(error),
        _ => Unfinished::Failed(error),
    }
}
