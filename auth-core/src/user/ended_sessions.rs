//! What follows once all sessions of an account have ended.

use std::fmt;

use async_trait::async_trait;

use crate::error::Error;

use super::UserId;

/// Who tells others that all sessions of an account have ended, and forgets those: they are dead by its epoch already.
#[async_trait]
pub(crate) trait EndedSessions: fmt::Debug + Send + Sync {
    /// All of them have ended.
    async fn all_have_ended(&self, user: &UserId) -> Result<(), Error>;
}
