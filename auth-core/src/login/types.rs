//! What a login starts from and what it ends in.

use std::fmt;
use std::sync::Arc;

use crate::clock::Timestamp;
use crate::user::{User, UserId};

use super::{Amr, FactorTimes};

/// What somebody presents to be let in.
#[non_exhaustive]
pub enum Credentials<'a> {
    /// A user name or e-mail address, and the password.
    Password {
        /// User name or e-mail address as typed.
        login: &'a str,
        /// The password as typed.
        password: &'a str,
    },
    /// The password of a user who is known already.
    PasswordOf {
        /// The user, whose name the attempt is counted at.
        user: &'a User,
        /// The password as typed.
        password: &'a str,
    },
    /// The application's own word, for a user whom it authenticated itself (Django's `login(request, user)`).
    Vouched {
        /// The user.
        user: &'a UserId,
        /// How the application authenticated them.
        amr: Amr,
    },
}

impl fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Password { .. } => "Password([redacted])",
            Self::PasswordOf { .. } => "PasswordOf([redacted])",
            Self::Vouched { .. } => "Vouched",
        })
    }
}

/// Proof that an account passed every check of a login. Only `admit` makes one, and it is used up by what is made from it.
#[derive(Debug)]
#[must_use = "somebody who was admitted is not logged in until a session or a token is made"]
pub struct Admitted {
    user: Arc<User>,
    auth_time: Timestamp,
    amr: Amr,
    factor_times: FactorTimes,
}

impl Admitted {
    pub(super) fn new(user: Arc<User>, auth_time: Timestamp, amr: Amr) -> Self {
        Self { user, auth_time, amr, factor_times: FactorTimes::default() }
    }

    /// The same proof for an account whose epoch was raised by what its owner has just done (a password change).
    pub(crate) fn at_epoch(mut self, epoch: u64) -> Self {
        Arc::make_mut(&mut self.user).auth_epoch = epoch;
        self
    }

    /// The same proof, given at `at`, where that is earlier: by a provider that has known its user for a while.
    pub(crate) fn proven_at(self, at: Timestamp) -> Self {
        Self { auth_time: self.auth_time.min(at), ..self }
    }

    /// The same proof, where factors were shown later than the first one.
    pub(super) fn with_factor_times(self, factor_times: FactorTimes) -> Self {
        Self { factor_times, ..self }
    }

    /// Who was admitted.
    pub fn user(&self) -> &Arc<User> {
        &self.user
    }

    /// When.
    pub fn auth_time(&self) -> Timestamp {
        self.auth_time
    }

    /// By what.
    pub fn amr(&self) -> Amr {
        self.amr
    }

    /// When factors were shown, of those that were at another time.
    pub fn factor_times(&self) -> FactorTimes {
        self.factor_times
    }
}
