//! Copies of users: which guards go by them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;

use super::{Asked, log_in};
use crate::access::{
    Requirement, any_of, fresh_login_required, login_required, mfa_required, staff_required,
};
use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::session::{SessionAndUser, SessionKey, SessionStore, SessionUserStore};
use crate::store::{Backend as _, MemoryStore};
use crate::tests::System;
use crate::user::{User, UserUpdate};

/// Answers a copy of the user.
#[derive(Debug)]
struct Lagging {
    sessions: Arc<dyn SessionStore>,
    copy: Mutex<Option<Arc<User>>>,
}

#[async_trait]
impl SessionUserStore for Lagging {
    async fn session_and_user(
        &self,
        key: &SessionKey,
        _: Timestamp,
    ) -> Result<Option<SessionAndUser>, StoreError> {
        let session = self.sessions.get(key).await?;
        Ok(session.map(|session| (session, self.copy.lock().unwrap().clone())))
    }

    fn longest_lag(&self) -> Duration {
        Duration::from_secs(5)
    }
}

#[tokio::test]
async fn guards_that_ask_for_a_recent_proof_or_a_factor_go_by_no_copy() {
    let stores = MemoryStore::new().stores();
    let lagging = Arc::new(Lagging { sessions: stores.sessions.clone(), copy: Mutex::default() });
    let stores = stores.with_session_users(lagging.clone());
    let system = System::with(|builder| builder.stores(stores)).await;
    *lagging.copy.lock().unwrap() = Some(system.alice.clone());
    let cookie = log_in(&system, None).await;
    let disable = UserUpdate { is_active: Some(false), ..UserUpdate::default() };
    system.auth.users().update(&system.alice.id, disable).await.unwrap();

    let recent = || fresh_login_required(Duration::from_secs(300));
    let lets_in = async |requirement: Requirement| {
        let context = system.auth.context();
        context.guard(&Asked(Some(cookie.clone())), &requirement).await.is_ok()
    };
    assert!(lets_in(login_required()).await, "by the copy");
    assert!(!lets_in(recent()).await);
    assert!(!lets_in(mfa_required()).await);
    assert!(!lets_in(login_required().and(recent())).await);
    assert!(!lets_in(any_of([staff_required(), recent()])).await);

    // One behind the other in one request.
    let context = system.auth.context();
    let asked = Asked(Some(cookie.clone()));
    assert!(context.guard(&asked, &login_required()).await.is_ok());
    assert!(context.guard(&asked, &recent()).await.is_err());
    assert!(context.guard(&asked, &login_required()).await.is_ok());
}
