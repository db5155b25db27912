//! Guests: accounts that nobody has said anything of yet, and that become one of somebody's own in place.
//!
//! 1. A guest is a user like any other, of whom nothing is known: no address, no password, no way to log in again. What the application
//!    keeps of them is kept under their id, and goes with the account once its time is over.
//! 2. Whoever registers out of a guest's session keeps that account: the same id, all that belongs to it, the values of the session, under
//!    a new session id. The address is theirs once they prove it: whether another account has it is not told, and what the application
//!    gives for an address it does not give for one that was typed. Where addresses are proven before anybody logs in, they stay a guest
//!    until then, and so does their session.
//! 3. So does whoever connects an account at a provider, where it may sign people up.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::identity::Identity;
use crate::login::Amr;
use crate::session::{Entered, Entrance, Goal, Visitor};
use crate::throttle::Throttle;
use crate::user::{
    AccountChange, Denial, Email, Ending, EndingCause, EventDraft, EventKind, LoginName, NewUser, SignUpWay,
    User, UserUpdate, Users,
};

use super::letter::Letter;
use super::notices::attached;
use super::own::confirming;
use super::registration::{address_taken, name_taken};
use super::{Registrations, SignUpForm};

/// The kind of turn that a guest's account takes.
const ENTER: &str = "guest";

/// How often another name is tried: each of them has 64 random bits.
const TRIES: usize = 3;

/// Lets guests in.
#[derive(Clone, Debug)]
pub(crate) struct Guests {
    pub(crate) users: Users,
    pub(crate) entrance: Entrance,
    pub(crate) throttle: Throttle,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) life: Duration,
}

impl Guests {
    /// Makes a guest's account, and lets them in.
    ///
    /// # Errors
    /// `Configuration` over a table that makes no accounts, or keeps no endings; `TooManyAttempts`; `Unavailable`.
    pub(crate) async fn enter(&self, visitor: Visitor) -> Result<Entered, Error> {
        let turn = self.throttle.take_turn(ENTER, visitor.network()).await;
        let refused = EventDraft::of(EventKind::RegistrationRefused);
        turn.map_err(|error| self.entrance.logins().events().telling(refused, error))?;
        let guest = self.make().await?;
        let admission = self.entrance.logins().admit_known(guest, Amr::default()).await?;
        self.entrance.enter(admission, Goal::login(true), visitor).await
    }

    async fn make(&self) -> Result<Arc<User>, Error> {
        for _ in 0..TRIES {
            let mut new = self.users.new_user(&self.users.spare_name("guest"))?;
            new.ending = Some(Ending { cause: EndingCause::Guest, at: self.clock.now() + self.life });
            match self.users.create_with(new, Vec::new()).await {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                made => return made,
            }
        }
        Err(Error::new(ErrorKind::Unavailable).with_source("no free user name was found"))
    }
}

impl Registrations {
    /// Makes a guest's account one of their own, and their session fresh under a new id; `None` where the account was made theirs, and
    /// nobody can be let in now.
    ///
    /// # Errors
    /// `RegistrationClosed`; `Unauthenticated` for a caller who is no guest any more; `InvalidRequest`, `WeakPassword`, `AlreadyExists`
    /// and `TooManyAttempts` as for anybody who registers; `Unavailable`.
    pub(crate) async fn keep_guest(
        &self,
        caller: &Identity,
        form: SignUpForm<'_>,
        visitor: Visitor,
    ) -> Result<Option<Entered>, Error> {
        self.admit()?;
        let (mut new, email) = (self.users.new_user(form.username)?, Email::typed(form.email)?);
        self.take_turn(visitor.network()).await?;
        // Nothing is known of the address yet, and nothing is given for it.
        self.welcome(&mut new, SignUpWay::Guest).await?;
        (new.email, new.language) = (Some(email.clone()), self.notices.language());
        new.password = Some(self.users.hashed_for(&new, form.password).await?);
        if self.tells_who_exists() {
            self.check_address(caller, &email).await?;
        }
        let name = new.username.clone();
        if !self.names.hold(&name, self.unproven_life).await? {
            return Err(name_taken());
        }
        let kept = self.write_guest(caller, new, &email).await;
        // An account has it now, or nobody.
        self.names.release(&name).await?;
        self.enter_made(&kept?.id, Amr::PWD, confirming(caller, None, visitor)).await
    }

    /// Where it is told who exists: whether the address is another account's, whose owner is mailed.
    async fn check_address(&self, guest: &Identity, email: &Email) -> Result<(), Error> {
        if self.users.account_of(&LoginName::from(email)).await?.is_none() {
            return Ok(());
        }
        let guest = guest.acting_user().ok_or(ErrorKind::UserRequired)?;
        self.notices.post(&Letter::signed_up(guest.id.as_str(), email, String::new(), None)).await?;
        let refused = EventDraft::of(EventKind::RegistrationRefused).because(Denial::AddressTaken);
        Err(self.entrance.logins().events().stray(refused, address_taken()))
    }

    async fn write_guest(&self, caller: &Identity, new: NewUser, email: &Email) -> Result<Arc<User>, Error> {
        let guest = caller.acting_user().ok_or(ErrorKind::UserRequired)?;
        let read = self.users.get(&guest.id).await?;
        let read = read.filter(|read| read.is_guest() && read.stands_at(guest.auth_epoch));
        let read = read.ok_or(ErrorKind::Unauthenticated)?;
        // Where nobody logs in before that, it is theirs once the address is proven.
        let is_kept = !self.entrance.logins().wants_proven_email();
        let update = UserUpdate {
            username: Some(new.username),
            // What a guest has chosen counts for more than what their browser asks for.
            language: read.language.is_none().then_some(new.language),
            ending: is_kept.then_some(None),
            ..read.begun_with(new.groups, new.attributes)
        };
        let mut change = AccountChange {
            update,
            password: Some(new.password),
            ends_sessions: true,
            ..AccountChange::of(read.clone())
        };
        let mut kept = (*read).clone();
        change.apply(&mut kept);
        change.attached = attached(self.notices.sealed(&Letter::new_address(&kept, email))?);
        let changed = self.users.change(&read.id, change).await;
        self.notices.wake();
        match changed {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(name_taken()),
            changed => changed?.ok_or_else(|| ErrorKind::Unauthenticated.into()),
        }
    }
}
