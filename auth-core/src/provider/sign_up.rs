//! The application's own way to make accounts.

use std::fmt;

use async_trait::async_trait;

use crate::error::Error;
use crate::user::{Email, UserId};

use super::{Profile, ProviderId};

/// Somebody who comes by a provider and has no account here.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Newcomer {
    /// The registry entry of the provider.
    pub provider: ProviderId,
    /// Who vouches; with `profile.subject` the key of the account there.
    pub issuer: String,
    /// What the provider says. Nothing in it is proven but the subject.
    pub profile: Profile,
    /// The address, where it is proven by a provider that is trusted with it and no account here has it.
    pub email: Option<Email>,
}

/// Makes accounts for people who come by a provider for the first time, in place of the account that is made by itself: over a
/// users' table of the application's own, or with more in it than a name.
///
/// # Contract
/// - An account is answered that belongs to this newcomer and nobody else. It is linked, and from then on they log in to it.
/// - Asked again for the same issuer and subject (two tabs, a failure right after), the answer is the same account.
#[async_trait]
pub trait SignUp: fmt::Debug + Send + Sync {
    /// Makes the account; `None` where this newcomer shall have none.
    ///
    /// # Errors
    /// Any; it is answered as it is, except [`AlreadyExists`](crate::ErrorKind::AlreadyExists): then it is asked again, without the
    /// address if still nobody is found who has it.
    async fn sign_up(&self, newcomer: &Newcomer) -> Result<Option<UserId>, Error>;
}
