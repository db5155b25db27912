//! All stores that an `Auth` works on.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::error::StoreError;
use crate::key::KeyStore;
use crate::provider::LinkedAccountStore;
use crate::session::SessionStore;
use crate::short_lived::ShortLivedStore;
use crate::token::RefreshStore;
use crate::user::{UserAdmin, UserStore};

/// The stores in use. They may come from one backend or from several.
#[derive(Clone, Debug)]
pub struct Stores {
    /// Accounts.
    pub users: Arc<dyn UserStore>,
    /// Making and changing accounts; `None` when the application's own table does that.
    pub user_admin: Option<Arc<dyn UserAdmin>>,
    /// Sessions.
    pub sessions: Arc<dyn SessionStore>,
    /// Refresh families.
    pub refresh: Arc<dyn RefreshStore>,
    /// Signing keys.
    pub keys: Arc<dyn KeyStore>,
    /// Everything short-lived.
    pub short_lived: Arc<dyn ShortLivedStore>,
    /// Accounts at other providers. Those that come with a new user are written by `user_admin`, so that one has to be of the same
    /// backend; where it is `None`, these only link to users that the application made.
    pub linked_accounts: Arc<dyn LinkedAccountStore>,
}

/// A backend that serves every store.
#[async_trait]
pub trait Backend: fmt::Debug + Send + Sync {
    /// The stores it serves.
    fn stores(&self) -> Stores;

    /// Brings its tables up to date.
    ///
    /// # Errors
    /// When the backend cannot be reached, or holds tables that are newer than this program.
    async fn migrate(&self) -> Result<(), StoreError>;

    /// Whether its tables are up to date.
    ///
    /// # Errors
    /// When the backend cannot be reached.
    async fn is_migrated(&self) -> Result<bool, StoreError>;
}
