//! What people are told by mail.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::http::SafeRedirect;
use crate::link::Purpose;
use crate::mfa::CODE_LIFE;
use crate::throttle::Owner;
use crate::user::{Email, User};

/// How long a notice is tried.
const NOTICE_LIFE: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// What people are told by mail. Whoever can be asked for by an address that somebody typed holds that alone: whose it is is looked up
/// when it is written, and never before the one who typed it is answered.
#[derive(Debug, Deserialize, Serialize)]
pub(super) enum Letter {
    /// Somebody signed up with the address; its account, unless another one has it.
    SignedUp { user: String, email: String, browser: String, next: Option<String> },
    /// Somebody wants to prove the address, and has lost the link.
    ProveAddress { email: String },
    /// Somebody has forgotten the password of the account with this address.
    PasswordForgotten {
        email: String,
        /// The account that somebody has logged in to from the browser in which it was asked for, if that had the address then.
        #[serde(default)]
        known: Option<Owner>,
    },
    /// Somebody wants to log in to the account with this address, in this browser.
    MagicLink {
        email: String,
        browser: String,
        next: Option<String>,
        #[serde(default)]
        known: Option<Owner>,
    },
    /// The account is to have this address.
    NewAddress { user: String, epoch: u64, email: String },
    /// The account is about to lose this address.
    AddressIsLeaving { user: String, email: String },
    /// Whoever has this address is invited, by the invitation of this number, for so many seconds from when it was made.
    Invitation { email: String, groups: Vec<String>, number: String, seconds: u64 },
    /// The account with this address was closed, and is erased at that time.
    AccountClosed { user: String, epoch: u64, at: i64 },
    /// The login that waits at this place can go on by a code that is mailed.
    SecondFactor { user: String, epoch: u64, email: String, place: String },
    /// The account takes no more passwords, or no more codes.
    Locked {
        user: String,
        email: String,
        #[serde(default)]
        what: Lock,
    },
    /// Something that lets people in was changed in the account with this address.
    Notice { what: Notice, user: String, email: String, name: String },
}

/// What an account takes no more of.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(super) enum Lock {
    /// Passwords.
    #[default]
    Passwords,
    /// Codes of the second factor.
    Codes,
}

/// What was changed, and what the name in a letter of it is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) enum Notice {
    /// The staff took the second factors from the account: the account's.
    FactorsReset,
    /// The staff are about to: the day.
    FactorsResetAsked,
    /// An account at a provider was connected: the provider's.
    Linked,
    /// A passkey was added: its own.
    PasskeyAdded,
    /// A passkey was removed: its own.
    PasskeyRemoved,
    /// The password: the account's.
    PasswordChanged,
    /// A recovery code was used: how many are left.
    RecoveryCodeUsed,
    /// There are other recovery codes: the account's.
    RecoveryCodesMade,
    /// The user name: the new one.
    Renamed,
    /// An authenticator app was added: the account's.
    TotpAdded,
    /// The authenticator app was removed: the account's.
    TotpRemoved,
    /// An account at a provider was disconnected: the provider's.
    Unlinked,
}

/// A letter on its way to the outbox.
#[derive(Serialize)]
pub(super) struct Enveloped<'a> {
    /// The tag of the language of whoever caused it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) language: Option<&'a str>,
    #[serde(flatten)]
    pub(super) letter: &'a Letter,
}

/// The same as it comes out of there.
#[derive(Deserialize)]
pub(super) struct Opened {
    pub(super) language: Option<String>,
    #[serde(flatten)]
    pub(super) letter: Letter,
}

impl Letter {
    pub(super) fn signed_up(user: &str, email: &Email, browser: String, next: Option<&SafeRedirect>) -> Self {
        let next = next.map(|next| next.as_str().to_owned());
        Self::SignedUp { user: user.to_owned(), email: email.as_str().to_owned(), browser, next }
    }

    pub(super) fn prove_address(email: &Email) -> Self {
        Self::ProveAddress { email: email.as_str().to_owned() }
    }

    pub(super) fn password_forgotten(email: &Email, known: Option<Owner>) -> Self {
        Self::PasswordForgotten { email: email.as_str().to_owned(), known }
    }

    pub(super) fn magic_link(
        email: &Email,
        browser: String,
        next: Option<&SafeRedirect>,
        known: Option<Owner>,
    ) -> Self {
        let next = next.map(|next| next.as_str().to_owned());
        Self::MagicLink { email: email.as_str().to_owned(), browser, next, known }
    }

    pub(super) fn new_address(user: &User, new: &Email) -> Self {
        let (id, email) = (user.id.as_str().to_owned(), new.as_str().to_owned());
        Self::NewAddress { user: id, epoch: user.auth_epoch, email }
    }

    /// `None` for an account without an address that its owner proved: it is nobody's to keep.
    pub(super) fn address_is_leaving(user: &User) -> Option<Self> {
        let email = user.email.as_ref().filter(|_| user.email_verified)?.as_str().to_owned();
        Some(Self::AddressIsLeaving { user: user.id.as_str().to_owned(), email })
    }

    pub(super) fn invitation(email: &Email, groups: &[String], number: &str, life: Duration) -> Self {
        Self::Invitation {
            email: email.as_str().to_owned(),
            groups: groups.to_vec(),
            number: number.to_owned(),
            seconds: life.as_secs(),
        }
    }

    /// Of an account as it is once it is closed. Whoever has the address may know nothing of it, so the letter says as little; without
    /// it, who closed an account before they proved the address could not open it again.
    pub(super) fn account_closed(closed: &User, at: Timestamp) -> Option<Self> {
        closed.email.as_ref()?;
        let user = closed.id.as_str().to_owned();
        Some(Self::AccountClosed { user, epoch: closed.auth_epoch, at: at.unix_millis() })
    }

    /// `None` for an account without an address that its owner proved: whoever has that may know nothing of the account.
    pub(super) fn notice(user: &User, what: Notice, name: &str) -> Option<Self> {
        let email = user.email.as_ref().filter(|_| user.email_verified)?.as_str().to_owned();
        Some(Self::Notice { what, user: user.id.as_str().to_owned(), email, name: name.to_owned() })
    }

    /// `None` for an account without an address that its owner proved.
    pub(super) fn second_factor(user: &User, place: &str) -> Option<Self> {
        let email = user.email.as_ref().filter(|_| user.email_verified)?.as_str().to_owned();
        let (id, place) = (user.id.as_str().to_owned(), place.to_owned());
        Some(Self::SecondFactor { user: id, epoch: user.auth_epoch, email, place })
    }

    pub(super) fn password_changed(user: &User) -> Option<Self> {
        Self::notice(user, Notice::PasswordChanged, user.username())
    }

    /// `None` for an account without an address that its owner proved.
    pub(super) fn locked(user: &User, what: Lock) -> Option<Self> {
        let email = user.email.as_ref().filter(|_| user.email_verified)?.as_str().to_owned();
        Some(Self::Locked { user: user.id.as_str().to_owned(), email, what })
    }

    /// For how long it is of use.
    pub(super) fn life(&self) -> Duration {
        match self {
            Self::SignedUp { .. } | Self::ProveAddress { .. } => Purpose::VerifyEmail.life(),
            Self::PasswordForgotten { .. } => Purpose::ResetPassword.life(),
            Self::MagicLink { .. } => Purpose::LogIn.life(),
            Self::SecondFactor { .. } => CODE_LIFE,
            Self::NewAddress { .. } => Purpose::ChangeEmail.life(),
            Self::Invitation { seconds, .. } => Duration::from_secs(*seconds),
            Self::Locked { .. } => Purpose::Unlock.life(),
            Self::AccountClosed { .. } | Self::AddressIsLeaving { .. } | Self::Notice { .. } => NOTICE_LIFE,
        }
    }
}
