//! What says whether a second factor is missing.

use std::fmt;

use async_trait::async_trait;

use crate::error::{Error, ErrorKind};
use crate::user::User;

use super::Amr;

/// What a second factor can be shown by.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Method {
    /// A passkey.
    Passkey,
    /// A code of an authenticator app.
    Totp,
    /// A mailed code.
    Email,
    /// One of the codes that were written down for the day when the others are gone.
    RecoveryCode,
}

impl Method {
    /// Every one, in the order in which they are offered.
    pub(crate) const ALL: [Self; 4] = [Self::Passkey, Self::Totp, Self::Email, Self::RecoveryCode];

    /// The one of this word; `None` where there is none.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == word)
    }

    /// The word that clients read.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passkey => "passkey",
            Self::Totp => "totp",
            Self::Email => "email",
            Self::RecoveryCode => "recovery_code",
        }
    }

    /// Whether a login has shown it.
    pub(crate) fn is_among(self, shown: Amr) -> bool {
        shown.contains(Amr::MFA) && shown.contains_any(self.amr())
    }

    /// As what it stands among the methods of a login; any of these.
    pub(crate) const fn amr(self) -> Amr {
        match self {
            Self::Email => Amr::EMAIL,
            Self::Passkey => Amr::HWK.and(Amr::SWK),
            Self::RecoveryCode => Amr::RECOVERY,
            Self::Totp => Amr::OTP,
        }
    }

    /// What is answered of a login that can go on by these.
    pub(crate) fn pending(methods: &[Self]) -> Error {
        let methods = methods.iter().map(|method| method.as_str()).collect();
        Error::new(ErrorKind::LoginPending).with_methods(methods)
    }
}

/// The keyed hash of a browser's cookie, under which it is known that somebody is spared the second factor there.
pub type DeviceKey = [u8; 32];

/// What says whether an account wants more than what was shown.
///
/// Ours is [`mfa`](crate::mfa); another one stands in its place in tests.
///
/// # Contract
/// - It is asked at every login, after the first factor was right, and where a client of ours wants a login with a second factor: then
///   whether there is one at all.
/// - Whatever makes an account want more than before (its first factor, above all) raises the account's epoch
///   ([`Users::end_all_sessions`](crate::user::Users::end_all_sessions)): that ends what was begun by less, and what HTTP Basic keeps
///   of a right pair, for up to 60 seconds, without asking again.
/// - An error means that the answer is unknown: nobody is let in then.
#[async_trait]
pub trait SecondFactors: fmt::Debug + Send + Sync {
    /// By what this user can show the factor that is missing beside those of `amr`; nothing where none is.
    ///
    /// # Errors
    /// [`Unavailable`](crate::error::ErrorKind::Unavailable).
    async fn missing(&self, user: &User, amr: Amr) -> Result<Vec<Method>, Error>;

    /// Whether this user must have a second factor, has none, and may go on without no more: then nothing is given out by the password
    /// alone, where nobody can be led to adding one. Nobody is, unless said otherwise.
    ///
    /// # Errors
    /// [`Unavailable`](crate::error::ErrorKind::Unavailable).
    async fn is_unfit(&self, user: &User) -> Result<bool, Error> {
        let _ = user;
        Ok(false)
    }

    /// Takes note that somebody is in who has shown this, factors among it. Nothing waits for what becomes of that.
    async fn was_shown(&self, user: &User, amr: Amr) {
        let _ = (user, amr);
    }

    /// Whether this user is spared the missing factor in this browser; in none, unless said otherwise.
    ///
    /// # Errors
    /// [`Unavailable`](crate::error::ErrorKind::Unavailable).
    async fn is_spared(&self, user: &User, device: &DeviceKey) -> Result<bool, Error> {
        let _ = (user, device);
        Ok(false)
    }
}
