//! Making an account of one's own.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::http::SafeRedirect;
use crate::link::Links;
use crate::login::Amr;
use crate::session::{Entered, Entrance, Goal, Visitor};
use crate::short_lived::ShortLivedStore;
use crate::text::Text;
use crate::throttle::Throttle;
use crate::user::{
    Email, Ending, EndingCause, EventDraft, EventKind, HeldNames, Insertion, NewUser, SignUpEvents,
    SignUpWay, UserId, Users,
};

use super::Registration;
use super::letter::Letter;
use super::notices::Notices;

/// The kind of turn that signing up takes.
const TURN: &str = "register";

/// What somebody types who signs up.
#[derive(Clone, Copy)]
pub(crate) struct SignUpForm<'a> {
    pub(crate) username: &'a str,
    pub(crate) email: &'a str,
    pub(crate) password: &'a str,
}

/// By what somebody logs in who signs up.
pub(super) enum NewProof<'a> {
    Password(&'a str),
    /// By a passkey, which comes with the account.
    Passkey(SignUpEvents),
}

/// Where people make accounts of their own.
#[derive(Clone, Debug)]
pub(crate) struct Registrations {
    pub(crate) mode: Registration,
    pub(crate) users: Users,
    pub(crate) notices: Notices,
    pub(crate) links: Links,
    pub(crate) throttle: Throttle,
    pub(crate) entrance: Entrance,
    pub(crate) names: HeldNames,
    pub(crate) short_lived: Arc<dyn ShortLivedStore>,
    pub(crate) clock: Arc<dyn Clock>,
    /// How long an account is there that nobody has proven or used, and a name that was signed up under.
    pub(crate) unproven_life: Duration,
}

impl Registrations {
    /// The same, writing to people in the language of this tag; in the application's first one where nobody asked for any.
    pub(crate) fn in_language(&self, tag: Option<&str>) -> Self {
        Self { notices: self.notices.in_language(tag), ..self.clone() }
    }

    /// Whether anybody may.
    ///
    /// # Errors
    /// `RegistrationClosed`.
    pub(crate) fn check_open(&self) -> Result<(), Error> {
        match self.mode.is_open() {
            true => Ok(()),
            false => Err(ErrorKind::RegistrationClosed.into()),
        }
    }

    /// The same of somebody who tries, and is told of where nobody may.
    ///
    /// # Errors
    /// As of [`check_open`](Self::check_open).
    pub(crate) fn admit(&self) -> Result<(), Error> {
        self.check_open().map_err(|error| self.refusing(error))
    }

    /// Whether whoever signs up is told whether the address is another account's, and logged in where it is not.
    pub(crate) fn tells_who_exists(&self) -> bool {
        self.mode == Registration::OpenTellingWhoExists
    }

    /// Whether those may who are invited.
    ///
    /// # Errors
    /// `RegistrationClosed`.
    pub(crate) fn check_takes_invitations(&self) -> Result<(), Error> {
        match self.mode {
            Registration::ByInvitation | Registration::Open | Registration::OpenTellingWhoExists => Ok(()),
            Registration::Closed => Err(ErrorKind::RegistrationClosed.into()),
        }
    }

    /// Takes a turn at signing up.
    ///
    /// # Errors
    /// `TooManyAttempts`.
    pub(super) async fn take_turn(&self, network: Option<IpAddr>) -> Result<(), Error> {
        self.throttle.take_turn(TURN, network).await.map(drop).map_err(|error| self.refusing(error))
    }

    /// Asks the application, and tells of it where it says no.
    pub(super) async fn welcome(&self, new: &mut NewUser, way: SignUpWay<'_>) -> Result<(), Error> {
        self.users.welcome(new, way).await.map_err(|error| self.refusing(error))
    }

    /// Tells of somebody who makes no account, once.
    pub(super) fn refusing(&self, error: Error) -> Error {
        let draft = EventDraft::of(EventKind::RegistrationRefused);
        self.entrance.logins().events().telling(draft, error)
    }

    /// Makes an account, and mails its owner. Where the address is another account's that one's owner is mailed, and nothing else is
    /// made: the two are not told apart. `browser` is the one that asked.
    ///
    /// # Errors
    /// `RegistrationClosed`; `InvalidRequest` for a name or an address that is none; `WeakPassword`; `AlreadyExists` when the name,
    /// which is public, is taken; `TooManyAttempts`; `Unavailable`.
    pub(crate) async fn register(
        &self,
        form: SignUpForm<'_>,
        next: Option<&SafeRedirect>,
        browser: String,
        network: Option<IpAddr>,
    ) -> Result<(), Error> {
        self.sign_up(form, next, browser, network).await.map(drop)
    }

    /// The same, but whoever signs up is logged in at once, and told where the address is another account's. `None` where the account was
    /// made, and nobody can be let in now.
    ///
    /// # Errors
    /// As [`register`](Self::register); `AlreadyExists` also for an address that is taken, whose owner is mailed; what
    /// [`Entrance::enter`](crate::session::Entrance::enter) answers.
    pub(crate) async fn register_and_enter(
        &self,
        form: SignUpForm<'_>,
        next: Option<SafeRedirect>,
        browser: String,
        visitor: Visitor,
    ) -> Result<Option<Entered>, Error> {
        let signed_up = self.sign_up(form, next.as_ref(), browser, visitor.network()).await?;
        let id = signed_up.ok_or_else(address_taken)?;
        self.enter_made(&id, Amr::PWD, (Goal::login(false).then(next), visitor)).await
    }

    /// Lets somebody in whose account was made a moment ago; `None` where nobody can be let in now. That is no failure: the account is
    /// there, and whoever signed up once more would find their own name taken.
    pub(super) async fn enter_made(
        &self,
        id: &UserId,
        shown: Amr,
        (goal, visitor): (Goal, Visitor),
    ) -> Result<Option<Entered>, Error> {
        let entered = async {
            let user = self.users.get(id).await?.ok_or(ErrorKind::Unavailable)?;
            let admission = self.entrance.logins().admit_known(user, shown).await?;
            self.entrance.enter(admission, goal, visitor).await
        };
        match entered.await {
            Err(error) if error.kind() == ErrorKind::Unavailable => {
                tracing::warn!(?error, user = %id, "an account was made, and nobody could be let in to it");
                Ok(None)
            }
            entered => entered.map(Some),
        }
    }

    /// The account that was made; `None` where the address is another one's.
    async fn sign_up(
        &self,
        form: SignUpForm<'_>,
        next: Option<&SafeRedirect>,
        browser: String,
        network: Option<IpAddr>,
    ) -> Result<Option<UserId>, Error> {
        self.admit()?;
        let (new, email) = (self.users.new_user(form.username)?, Email::typed(form.email)?);
        self.take_turn(network).await?;
        self.sign_up_by(NewProof::Password(form.password), (new, email), next, browser).await
    }

    /// The same, by whatever they log in from then on.
    pub(super) async fn sign_up_by(
        &self,
        proof: NewProof<'_>,
        (mut new, email): (NewUser, Email),
        next: Option<&SafeRedirect>,
        browser: String,
    ) -> Result<Option<UserId>, Error> {
        (new.email, new.language) = (Some(email.clone()), self.notices.language());
        let cause = match self.tells_who_exists() {
            true => EndingCause::UnprovenEntered,
            false => EndingCause::Unproven,
        };
        new.ending = Some(Ending { cause, at: self.clock.now() + self.unproven_life });
        self.welcome(&mut new, SignUpWay::Form).await?;
        let letter = Letter::signed_up(new.id.as_str(), &email, browser, next);
        let letter = self.notices.sealed(&letter)?.ok_or(ErrorKind::Internal)?;
        let (id, name) = (new.id.clone(), new.username.clone());
        if !self.names.hold(&name, self.unproven_life).await? {
            return Err(name_taken());
        }
        let outcome = match proof {
            NewProof::Password(password) => self.users.sign_up(new, password, letter).await,
            NewProof::Passkey(beside) => self.users.sign_up_with(new, letter, beside).await,
        };
        // Where it is told that no account was made, the name need not hide it.
        let is_free =
            outcome.as_ref().map_or(true, |made| *made != Insertion::Added && self.tells_who_exists());
        if is_free {
            self.names.release(&name).await?;
        }
        self.notices.wake();
        match outcome? {
            Insertion::Added => Ok(Some(id)),
            Insertion::EmailTaken => Ok(None),
            _ => Err(name_taken()),
        }
    }
}

/// For how long an account is kept that nobody has proven or used, by default, and a name is nobody else's that somebody signed up under.
/// The two have to be the same, whether or not an account was made: else a second sign-up under the name would tell whether the first
/// one's address was taken.
pub(crate) const UNPROVEN_LIFE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Names are public, and nothing else is told to be taken.
pub(super) fn name_taken() -> Error {
    Error::new(ErrorKind::AlreadyExists).saying(Text::RegisterNameTaken)
}

pub(super) fn address_taken() -> Error {
    Error::new(ErrorKind::AlreadyExists).saying(Text::RegisterAddressTaken)
}
