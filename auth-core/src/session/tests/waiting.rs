//! A login that waits, where guards of one request read in different ways.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::{Asked, cookie};
use crate::Error;
use crate::access::{fresh_login_required, login_required};
use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::login::{Amr, Method, SecondFactors};
use crate::session::OutsideSessions;
use crate::store::{Backend as _, MemoryStore};
use crate::tests::System;
use crate::user::{User, UserId, UserStore};

/// Everybody has an authenticator app.
#[derive(Debug)]
struct Everybody;

#[async_trait]
impl SecondFactors for Everybody {
    async fn missing(&self, _: &User, _: Amr) -> Result<Vec<Method>, Error> {
        Ok(vec![Method::Totp])
    }
}

/// Another system, where everybody is alice.
#[derive(Debug)]
struct OldSystem(Arc<dyn UserStore>);

#[async_trait]
impl OutsideSessions for OldSystem {
    fn cookie_name(&self) -> &str {
        "sessionid"
    }

    async fn user_of(&self, _: &str, _: Timestamp) -> Result<Option<UserId>, StoreError> {
        let alice = self.0.find(&crate::user::LoginName::parse("alice")).await?;
        Ok(alice.map(|account| account.user.id.clone()))
    }
}

/// One guard goes by what was read before, the other asks anew: the cookie of the other system is exchanged once.
#[tokio::test]
async fn two_guards_of_one_request_keep_one_login_that_waits() {
    let stores = MemoryStore::new().stores();
    let old = OldSystem(stores.users.clone());
    let system = System::with(|builder| {
        let builder = builder.stores(stores).cache_for(Duration::from_secs(5));
        builder.second_factors(Arc::new(Everybody)).outside_sessions(old, Timestamp::FAR_FUTURE)
    })
    .await;
    let (context, asked) = (system.auth.context(), Asked(Some("sessionid=old".to_owned())));
    let recent = fresh_login_required(Duration::from_secs(300));
    let refused = context.guard(&asked, &login_required()).await.unwrap_err();
    assert!(cookie(&context).is_some_and(|cookie| cookie.starts_with("pending=")));
    for requirement in [&recent, &login_required(), &recent] {
        let again = context.guard(&asked, requirement).await.unwrap_err();
        assert_eq!(again.kind(), refused.kind());
        assert_eq!(cookie(&context), None, "no other login waits");
    }
}
