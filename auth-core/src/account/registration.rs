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
    Email, Ending, EndingCause, EventDraft, EventKind, Insertion, NewUser, SignUpEvents, SignUpWay, UserId,
    Username, Users,
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
    pub(crate) names: Arc<dyn ShortLivedStore>,
    pub(crate) clock: Arc<dyn Clock>,
    /// How long an account is there that nobody has proven or used, and a name that was signed up under.
    pub(crate) unproven_life: Duration,
}

impl Registrations {
    /// The same, writing to people in the language of this tag.
    pub(crate) fn in_language(&self, tag: &str) -> Self {
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

    /// The same, but whoever signs up is logged in at once, and told where the address is another account's.
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
    ) -> Result<Entered, Error> {
        let signed_up = self.sign_up(form, next.as_ref(), browser, visitor.network()).await?;
        let user = match signed_up {
            Some(id) => self.users.get(&id).await?.ok_or(ErrorKind::Unavailable)?,
            None => return Err(Error::new(ErrorKind::AlreadyExists).saying(Text::RegisterAddressTaken)),
        };
        let admission = self.entrance.logins().admit_known(user, Amr::PWD).await?;
        self.entrance.enter(admission, Goal::login(false).then(next), visitor).await
    }

    /// The account that was made; `None` where the address is another one's.
    async fn sign_up(
        &self,
        form: SignUpForm<'_>,
        next: Option<&SafeRedirect>,
        browser: String,
        network: Option<IpAddr>,
    ) -> Result<Option<UserId>, Error> {
        self.check_open().map_err(|error| self.refusing(error))?;
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
        new.ending = Some(Ending { cause: EndingCause::Unproven, at: self.clock.now() + self.unproven_life });
        self.welcome(&mut new, SignUpWay::Form).await?;
        let letter = Letter::signed_up(new.id.as_str(), &email, browser, next);
        let letter = self.notices.sealed(&letter)?.ok_or(ErrorKind::Internal)?;
        let (id, name) = (new.id.clone(), held(&new.username));
        if !self.names.insert_new(&name, self.unproven_life, self.clock.now()).await? {
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
            self.names.take(&name, self.clock.now()).await?;
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

pub(super) fn held(name: &Username) -> String {
    format!("signed-up-name:{}", name.canonical())
}
