//! Whom outside tokens stand for here.

use std::fmt;

use async_trait::async_trait;

use crate::error::Error;
use crate::user::UserId;

use super::OutsideToken;

/// Which account of this application an outside token stands for: none, unless the application says so.
///
/// ```
/// use auth_core::resource::{OutsideToken, OutsideUsers};
/// use auth_core::{Error, UserId};
///
/// /// People of the company's directory are here under the id that it has for them.
/// #[derive(Debug)]
/// struct Directory;
///
/// #[async_trait::async_trait]
/// impl OutsideUsers for Directory {
///     async fn user_of(&self, token: &OutsideToken) -> Result<Option<UserId>, Error> {
///         let is_directory = token.issuer() == "https://login.example";
///         Ok(token.subject().filter(|_| is_directory).map(UserId::new))
///     }
/// }
/// ```
///
/// # Security
/// Decide by issuer *and* subject: a subject means nothing without its issuer, and an address or a name can be anybody's. Whoever
/// holds the token acts as that user wherever a guard takes outside tokens and asks for a user, whichever client it was issued to:
/// look at [`OutsideToken::client_id`] if that matters.
#[async_trait]
pub trait OutsideUsers: fmt::Debug + Send + Sync {
    /// The account, if there is one. It is asked at each request; an account that is not active is refused.
    ///
    /// # Errors
    /// Whatever keeps the answer from being known: the request is refused then.
    async fn user_of(&self, token: &OutsideToken) -> Result<Option<UserId>, Error>;
}
