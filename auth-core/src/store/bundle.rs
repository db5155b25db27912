//! All stores that an `Auth` works on.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::error::{Error, StoreError};
use crate::event::AuditStore;
use crate::key::KeyStore;
use crate::mfa::FactorStore;
use crate::outbox::OutboxStore;
use crate::provider::LinkedAccountStore;
use crate::server::{ClientStore, ConsentStore};
use crate::session::{Broadcast, Change, SessionStore, SessionUserStore};
use crate::short_lived::ShortLivedStore;
use crate::token::RefreshStore;
use crate::user::{UserAdmin, UserStore};

/// The stores in use. They may come from one backend or from several: those of a backend ([`Backend::stores`]) or of a type that
/// serves them all ([`Stores::of`]), with some of them replaced.
///
/// ```
/// use auth_core::store::{Backend as _, MemoryStore, Stores};
///
/// let lasting = MemoryStore::new().stores();
/// let quick = MemoryStore::new().stores();
/// let stores = lasting.with_sessions(quick.sessions).with_short_lived(quick.short_lived);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
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
    /// backend; where it is `None`, these only link to users that the application made. The letter and the event that come with linking or
    /// unlinking are written by this one, so that `outbox` and `audit` have to be of its backend.
    pub linked_accounts: Arc<dyn LinkedAccountStore>,
    /// Factors: authenticator apps, recovery codes, passkeys, trusted devices. Those that come with a change of an account are written by
    /// `user_admin`, so that one has to be of the same backend; where it writes no letters (Django's users), or is `None`, these are
    /// written by themselves.
    pub factors: Arc<dyn FactorStore>,
    /// OAuth clients that are registered with the server, beside those of its settings.
    pub clients: Arc<dyn ClientStore>,
    /// What users have allowed clients of ours. They go with their user, so that `user_admin` has to be of the same backend, and so have
    /// `outbox` and `audit`, into which the event of a consent is written with it.
    pub consents: Arc<dyn ConsentStore>,
    /// Letters that are to go out, as mails and to webhooks. Those that come with a change of an account are written by `user_admin`, so that one has to be of
    /// the same backend.
    pub outbox: Arc<dyn OutboxStore>,
    /// What happened. Events that come with a change of an account are written by `user_admin`, so that one has to be of the same backend.
    pub audit: Arc<dyn AuditStore>,
    /// How the programs that share these stores tell each other of changes; `None` where they cannot.
    pub broadcast: Option<Arc<dyn Broadcast>>,
    pub(crate) both: Option<Both>,
}

/// One that reads sessions with their users, and the stores whose content it reads.
#[derive(Clone, Debug)]
pub(crate) struct Both {
    store: Arc<dyn SessionUserStore>,
    users: Arc<dyn UserStore>,
    sessions: Arc<dyn SessionStore>,
}

impl Stores {
    /// Those of one type that serves every store.
    pub fn of<S>(store: Arc<S>) -> Self
    where
        S: UserAdmin
            + SessionStore
            + RefreshStore
            + KeyStore
            + ShortLivedStore
            + LinkedAccountStore
            + FactorStore
            + ClientStore
            + ConsentStore
            + OutboxStore
            + AuditStore
            + 'static,
    {
        Self {
            users: store.clone(),
            user_admin: Some(store.clone()),
            sessions: store.clone(),
            refresh: store.clone(),
            keys: store.clone(),
            short_lived: store.clone(),
            linked_accounts: store.clone(),
            factors: store.clone(),
            clients: store.clone(),
            consents: store.clone(),
            outbox: store.clone(),
            audit: store,
            broadcast: None,
            both: None,
        }
    }

    /// Accounts come from a table that the application itself makes and changes them in.
    #[must_use]
    pub fn with_users(self, users: Arc<dyn UserStore>) -> Self {
        Self { users, user_admin: None, ..self }
    }

    /// Accounts come from there, and are made and changed there.
    #[must_use]
    pub fn with_user_admin<S: UserAdmin + 'static>(self, users: Arc<S>) -> Self {
        Self { users: users.clone(), user_admin: Some(users), ..self }
    }

    /// Sessions are kept there.
    #[must_use]
    pub fn with_sessions(self, sessions: Arc<dyn SessionStore>) -> Self {
        Self { sessions, ..self }
    }

    /// Sessions with their users are read there, by one call: those of the stores that are named at this moment. When either of these
    /// is replaced later, it is asked no more.
    #[must_use]
    pub fn with_session_users(self, store: Arc<dyn SessionUserStore>) -> Self {
        let both = Both { store, users: self.users.clone(), sessions: self.sessions.clone() };
        Self { both: Some(both), ..self }
    }

    /// What reads sessions with their users by one call, if there is one.
    pub fn session_users(&self) -> Option<&Arc<dyn SessionUserStore>> {
        let both = self.both.as_ref()?;
        let is_of_these = std::ptr::addr_eq(Arc::as_ptr(&both.users), Arc::as_ptr(&self.users))
            && std::ptr::addr_eq(Arc::as_ptr(&both.sessions), Arc::as_ptr(&self.sessions));
        is_of_these.then_some(&both.store)
    }

    /// Refresh families are kept there.
    #[must_use]
    pub fn with_refresh(self, refresh: Arc<dyn RefreshStore>) -> Self {
        Self { refresh, ..self }
    }

    /// Signing keys are kept there.
    #[must_use]
    pub fn with_keys(self, keys: Arc<dyn KeyStore>) -> Self {
        Self { keys, ..self }
    }

    /// Accounts at other providers are kept there: in the backend of `user_admin`, which writes those that come with a new user.
    #[must_use]
    pub fn with_linked_accounts(self, linked_accounts: Arc<dyn LinkedAccountStore>) -> Self {
        Self { linked_accounts, ..self }
    }

    /// Factors are kept there: in the backend of `user_admin`, which writes those that come with a change.
    #[must_use]
    pub fn with_factors(self, factors: Arc<dyn FactorStore>) -> Self {
        Self { factors, ..self }
    }

    /// OAuth clients are kept there.
    #[must_use]
    pub fn with_clients(self, clients: Arc<dyn ClientStore>) -> Self {
        Self { clients, ..self }
    }

    /// What users have allowed clients is kept there: in the backend of `user_admin`, with whose users it goes.
    #[must_use]
    pub fn with_consents(self, consents: Arc<dyn ConsentStore>) -> Self {
        Self { consents, ..self }
    }

    /// Letters that are to go out are kept there: in the backend of `user_admin`, which writes those that come with a change.
    #[must_use]
    pub fn with_outbox(self, outbox: Arc<dyn OutboxStore>) -> Self {
        Self { outbox, ..self }
    }

    /// What happened is kept there: in the backend of `user_admin`, which writes what comes with a change.
    #[must_use]
    pub fn with_audit(self, audit: Arc<dyn AuditStore>) -> Self {
        Self { audit, ..self }
    }

    /// Whether what is written with a change of an account is looked for where it is written.
    ///
    /// # Errors
    /// `Configuration`.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let Some(admin) = self.user_admin.as_ref().filter(|admin| admin.keeps_letters()) else {
            return Ok(());
        };
        let home = admin.backend_id();
        if home == self.audit.backend_id() && home == self.outbox.backend_id() {
            return Ok(());
        }
        Err(Error::configuration(
            "accounts, the audit and the outbox are of several backends, and one transaction has to write them: give \
             `.with_user_admin(..)`, `.with_audit(..)` and `.with_outbox(..)` stores of one backend, or leave them out; a store of \
             yours that stands before another one answers `backend_id` as that one does",
        ))
    }

    /// Everything short-lived is kept there.
    #[must_use]
    pub fn with_short_lived(self, short_lived: Arc<dyn ShortLivedStore>) -> Self {
        Self { short_lived, ..self }
    }

    /// Tells servers that keep copies of what guards read that anything may have been changed: for programs that change stores without an
    /// [`Auth`](crate::Auth). Where nobody can be told, servers see it once their copies are too old.
    ///
    /// # Errors
    /// Servers may not have been told.
    pub async fn announce_changes(&self) -> Result<(), StoreError> {
        match &self.broadcast {
            Some(broadcast) => broadcast.send(&Change::Everything.to_string()).await,
            None => Ok(()),
        }
    }

    /// The programs that share these stores tell each other of changes so.
    #[must_use]
    pub fn with_broadcast(self, broadcast: Arc<dyn Broadcast>) -> Self {
        Self { broadcast: Some(broadcast), ..self }
    }
}

/// A backend that serves every store.
#[async_trait]
pub trait Backend: fmt::Debug + Send + Sync {
    /// The stores it serves.
    fn stores(&self) -> Stores;

    /// Brings its tables up to date. What a newer program added to them stays.
    ///
    /// # Errors
    /// When the backend cannot be reached, or holds tables from which a newer program has taken what this one needs.
    async fn migrate(&self) -> Result<(), StoreError>;

    /// Whether its tables have all that this program needs.
    ///
    /// # Errors
    /// As [`migrate`](Self::migrate).
    async fn is_migrated(&self) -> Result<bool, StoreError>;

    /// What time it is by the clock of its server, which programs on several machines share; `None` where there is no server.
    ///
    /// # Errors
    /// When the backend cannot be reached.
    async fn time(&self) -> Result<Option<Timestamp>, StoreError> {
        Ok(None)
    }
}
