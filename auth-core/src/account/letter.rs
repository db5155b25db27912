//! What people are told by mail.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::http::SafeRedirect;
use crate::link::Purpose;
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
    PasswordForgotten { email: String },
    /// Somebody wants to log in to the account with this address, in this browser.
    MagicLink { email: String, browser: String, next: Option<String> },
    /// The account is to have this address.
    NewAddress { user: String, epoch: u64, email: String },
    /// The account is about to lose this address.
    AddressIsLeaving { user: String, email: String },
    /// The account takes no more passwords.
    Locked { user: String, email: String },
    /// The account has another password.
    PasswordChanged { username: String, email: String },
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

    pub(super) fn password_forgotten(email: &Email) -> Self {
        Self::PasswordForgotten { email: email.as_str().to_owned() }
    }

    pub(super) fn magic_link(email: &Email, browser: String, next: Option<&SafeRedirect>) -> Self {
        let next = next.map(|next| next.as_str().to_owned());
        Self::MagicLink { email: email.as_str().to_owned(), browser, next }
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

    /// `None` for an account without an address that its owner proved: whoever has that may know nothing of the account.
    pub(super) fn password_changed(user: &User) -> Option<Self> {
        let email = user.email.as_ref().filter(|_| user.email_verified)?.as_str().to_owned();
        Some(Self::PasswordChanged { username: user.username().to_owned(), email })
    }

    /// `None` for an account without an address that its owner proved.
    pub(super) fn locked(user: &User) -> Option<Self> {
        let email = user.email.as_ref().filter(|_| user.email_verified)?.as_str().to_owned();
        Some(Self::Locked { user: user.id.as_str().to_owned(), email })
    }

    /// For how long it is of use.
    pub(super) fn life(&self) -> Duration {
        match self {
            Self::SignedUp { .. } | Self::ProveAddress { .. } => Purpose::VerifyEmail.life(),
            Self::PasswordForgotten { .. } => Purpose::ResetPassword.life(),
            Self::MagicLink { .. } => Purpose::LogIn.life(),
            Self::NewAddress { .. } => Purpose::ChangeEmail.life(),
            Self::Locked { .. } => Purpose::Unlock.life(),
            Self::AddressIsLeaving { .. } | Self::PasswordChanged { .. } => NOTICE_LIFE,
        }
    }
}
