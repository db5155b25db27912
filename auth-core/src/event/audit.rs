//! Reading what happened.

use std::fmt;

use crate::error::{Error, ErrorKind};
use crate::user::Event;

use super::service::Events;
use super::store::AuditFilter;

/// The audit: what happened, as long as that is kept. For administrators and support; nothing here asks who reads.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), auth_core::Error> {
/// use auth_core::event::{AuditFilter, EventKind};
/// use auth_core::login::Credentials;
/// # use auth_core::{Auth, store::MemoryStore};
/// # let auth = Auth::builder().base_url("http://localhost:3000").store(MemoryStore::new());
/// # let auth = auth.secret_text("Bivcc2MtE0an74A79Vx2zqcfbW0/7xTgN+WSE5KCiEQ=").build().await?;
/// # auth.migrate().await?;
/// # let alice = auth.users().new_user("alice")?;
/// # let alice = auth.users().create(alice, "correct horse battery staple").await?;
/// let wrong = Credentials::Password { login: "alice", password: "hunter2" };
/// let refused = auth.admit(wrong, None).await.unwrap_err();
///
/// let failures = AuditFilter::default().of_user(&alice.id).of_kind(EventKind::LoginFailed);
/// let events = auth.audit().list(&failures, 10).await?;
/// assert_eq!(Some(events[0].id), refused.event());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[doc(alias("log", "history"))]
pub struct Audit(Events);

impl Audit {
    pub(crate) fn new(events: Events) -> Self {
        Self(events)
    }

    /// The first `limit` events that the filter takes, by default the newest. What this process has yet to write is
    /// waited for, a second at most.
    ///
    /// # Errors
    /// `Unavailable`; `NotFound` where no audit is kept.
    pub async fn list(&self, filter: &AuditFilter, limit: usize) -> Result<Vec<Event>, Error> {
        let audit = self.0.audit().ok_or(ErrorKind::NotFound)?;
        self.0.written_so_far().await;
        Ok(audit.list(filter, limit).await?)
    }
}

impl fmt::Debug for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Audit").finish_non_exhaustive()
    }
}
