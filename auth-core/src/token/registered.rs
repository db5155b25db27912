//! The clients of the server, as tokens ask for them.

use std::fmt;

use async_trait::async_trait;

use crate::error::Error;
use crate::user::UserId;

use super::SessionHandle;

/// Knows the clients that are registered here.
#[async_trait]
pub(crate) trait RegisteredClients: fmt::Debug + Send + Sync {
    /// Whether this client is the operator's own, so that its tokens stand for their user; `None` for one that is not registered or is
    /// disabled, which has no tokens any more.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn is_first_party(&self, client_id: &str) -> Result<Option<bool>, Error>;

    /// By what name this client knows this user, where that is not the account's id.
    ///
    /// # Errors
    /// `Configuration` where such a name cannot be made; `Unavailable`.
    async fn pairwise_subject(&self, client_id: &str, user: &UserId) -> Result<Option<String>, Error>;

    /// By what name this client knows this session, where that is not its own.
    ///
    /// # Errors
    /// As of [`pairwise_subject`](Self::pairwise_subject).
    async fn pairwise_session(
        &self,
        client_id: &str,
        session: &SessionHandle,
    ) -> Result<Option<String>, Error>;
}
