//! Making an account of one's own.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::http::SafeRedirect;
use crate::link::Links;
use crate::session::Entrance;
use crate::short_lived::ShortLivedStore;
use crate::text::Text;
use crate::throttle::Throttle;
use crate::user::{Email, Ending, EndingCause, Insertion, SignUpWay, Username, Users};

use super::Registration;
use super::letter::Letter;
use super::notices::Notices;

/// The kind of turn that signing up takes.
pub(super) const TURN: &str = "register";

/// What somebody types who signs up.
#[derive(Clone, Copy)]
pub(crate) struct SignUpForm<'a> {
    pub(crate) username: &'a str,
    pub(crate) email: &'a str,
    pub(crate) password: &'a str,
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
        match self.mode {
            Registration::Open => Ok(()),
            Registration::ByInvitation | Registration::Closed => Err(ErrorKind::RegistrationClosed.into()),
        }
    }

    /// Whether those may who are invited.
    ///
    /// # Errors
    /// `RegistrationClosed`.
    pub(crate) fn check_takes_invitations(&self) -> Result<(), Error> {
        match self.mode {
            Registration::ByInvitation | Registration::Open => Ok(()),
            Registration::Closed => Err(ErrorKind::RegistrationClosed.into()),
        }
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
        self.check_open()?;
        let (mut new, email) = (self.users.new_user(form.username)?, Email::typed(form.email)?);
        self.throttle.take_turn(TURN, network).await?;
        new.email = Some(email.clone());
        new.ending = Some(Ending { cause: EndingCause::Unproven, at: self.clock.now() + self.unproven_life });
        self.users.welcome(&mut new, SignUpWay::Form).await?;
        let letter = Letter::signed_up(new.id.as_str(), &email, browser, next);
        let letter = self.notices.sealed(&letter)?.ok_or(ErrorKind::Internal)?;
        let name = held(&new.username);
        if !self.names.insert_new(&name, self.unproven_life, self.clock.now()).await? {
            return Err(name_taken());
        }
        let outcome = self.users.sign_up(new, form.password, letter).await;
        if outcome.is_err() {
            self.names.take(&name, self.clock.now()).await?;
        }
        self.notices.wake();
        match outcome? {
            Insertion::Added | Insertion::EmailTaken => Ok(()),
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
