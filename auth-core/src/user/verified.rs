//! The proof that something belongs to its user.

use super::{Email, User};

/// A `T` whose owner proved that it is theirs. Only this crate makes one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Verified<T>(T);

impl Verified<Email> {
    /// The user's address, if its owner proved it.
    pub fn of(user: &User) -> Option<Self> {
        user.email.clone().filter(|_| user.email_verified).map(Self)
    }
}

impl<T> Verified<T> {
    /// What was proven.
    pub fn get(&self) -> &T {
        &self.0
    }
}
