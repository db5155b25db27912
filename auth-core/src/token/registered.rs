//! The clients of the server, as tokens ask for them.

use std::fmt;

use async_trait::async_trait;

use crate::error::Error;
use crate::user::UserId;

use super::SessionHandle;

/// By what names the clients of one sector know a user and their session (OpenID Connect Core 1.0 section 8.1).
#[derive(Debug)]
pub(crate) struct PairwiseNames {
    pub(crate) subject: String,
    /// `None` where there is no session.
    pub(crate) session: Option<String>,
}

/// Knows the clients that are registered here.
#[async_trait]
pub(crate) trait RegisteredClients: fmt::Debug + Send + Sync {
    /// Whether this client is the operator's own, so that its tokens stand for their user; `None` for one that is not registered or is
    /// disabled, which has no tokens any more.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn is_first_party(&self, client_id: &str) -> Result<Option<bool>, Error>;

    /// By what names this client knows this user and their session, where those are not the account's id and the session's own name.
    ///
    /// # Errors
    /// `Configuration` where such names cannot be made; `Unavailable`.
    async fn pairwise_names(
        &self,
        client_id: &str,
        user: &UserId,
        session: Option<&SessionHandle>,
    ) -> Result<Option<PairwiseNames>, Error>;
}
