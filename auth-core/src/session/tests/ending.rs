//! Ending sessions, and what came from them.

use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;

use super::DAY;
use crate::clock::Timestamp;
use crate::error::{ErrorKind, StoreError};
use crate::session::{Amr, MaxSessions, SessionData, SessionHandle, SessionKey, SessionRecord, SessionStore};
use crate::store::{Backend as _, MemoryStore};
use crate::tests::System;
use crate::token::{Client, RefreshFamily};
use crate::user::UserId;

fn record(user: &UserId, handle: SessionHandle, now: Timestamp) -> SessionRecord {
    SessionRecord {
        handle,
        user: user.clone(),
        epoch: 0,
        created_at: now,
        last_seen_at: now,
        expires_at: now + Duration::from_secs(DAY),
        auth_time: now,
        amr: Amr::PWD,
        remember: false,
        ip: None,
        user_agent: None,
        extra: None,
    }
}

fn mark(session: SessionHandle) -> String {
    format!("revoked:{session}")
}

/// As a failover leaves it: the session is gone, and its family was not found with it.
#[tokio::test]
async fn a_family_ends_with_its_session_though_nothing_finds_it_by_that() {
    let stores = MemoryStore::new().stores();
    let system = System::with(|builder| builder.stores(stores.clone())).await;
    let (now, alice) = (system.auth.now(), &system.alice.id);
    let pair = system.auth.tokens().grant(system.admit().await, Client::FIRST_PARTY, "").await.unwrap();
    let (session, key) = (SessionHandle::new([7; 16]), SessionKey::new([8; 32]));
    let (family_key, family) = stores.refresh.list(alice).await.unwrap().remove(0);
    stores.refresh.remove(&family_key).await.unwrap();
    let family = RefreshFamily { session: Some(session), ..family };
    stores.refresh.insert(&family_key, family).await.unwrap();
    let refresh = async |token: &str| {
        let pair = system.auth.tokens().refresh(token, Client::FIRST_PARTY, None).await;
        pair.map(|pair| pair.refresh_token.expose().to_owned()).map_err(|error| error.kind())
    };
    let token = pair.refresh_token.expose();
    assert_eq!(refresh(token).await, Err(ErrorKind::InvalidGrant), "there is no session");

    stores.sessions.insert(&key, record(alice, session, now), None).await.unwrap();
    let token = refresh(token).await.unwrap();
    system.advance(DAY + 1);
    assert_eq!(refresh(&token).await, Err(ErrorKind::InvalidGrant), "it is over");
    system.clock.set(now);
    assert!(stores.sessions.remove(&key).await.unwrap());
    assert_eq!(refresh(&token).await, Err(ErrorKind::InvalidGrant), "it has ended");
    assert_eq!(stores.refresh.list(alice).await.unwrap().len(), 1, "nothing found the family");
}

/// A store whose answers to removals are lost, and in which a session begins while others are listed.
#[derive(Debug)]
struct Lossy {
    sessions: Arc<dyn SessionStore>,
    begun: Mutex<Option<(SessionKey, SessionRecord)>>,
}

#[async_trait]
impl SessionStore for Lossy {
    async fn insert(
        &self,
        key: &SessionKey,
        record: SessionRecord,
        max: MaxSessions,
    ) -> Result<Vec<SessionHandle>, StoreError> {
        self.sessions.insert(key, record, max).await
    }

    async fn get(&self, key: &SessionKey) -> Result<Option<Arc<SessionRecord>>, StoreError> {
        self.sessions.get(key).await
    }

    async fn touch(&self, key: &SessionKey, at: Timestamp) -> Result<(), StoreError> {
        self.sessions.touch(key, at).await
    }

    async fn replace(
        &self,
        old: &SessionKey,
        new: &SessionKey,
        record: SessionRecord,
    ) -> Result<bool, StoreError> {
        self.sessions.replace(old, new, record).await
    }

    async fn write_data(
        &self,
        key: &SessionKey,
        expected: u64,
        data: SessionData,
    ) -> Result<bool, StoreError> {
        self.sessions.write_data(key, expected, data).await
    }

    async fn remove(&self, key: &SessionKey) -> Result<bool, StoreError> {
        self.sessions.remove(key).await
    }

    async fn list(&self, user: &UserId) -> Result<Vec<Arc<SessionRecord>>, StoreError> {
        let listed = self.sessions.list(user).await?;
        let begun = self.begun.lock().unwrap().take();
        if let Some((key, record)) = begun {
            self.sessions.insert(&key, record, None).await?;
        }
        Ok(listed)
    }

    async fn remove_by_handle(&self, user: &UserId, handle: &SessionHandle) -> Result<bool, StoreError> {
        self.sessions.remove_by_handle(user, handle).await?;
        Ok(false)
    }

    async fn remove_by_user(
        &self,
        user: &UserId,
        keep: Option<&SessionHandle>,
    ) -> Result<Vec<SessionHandle>, StoreError> {
        self.sessions.remove_by_user(user, keep).await?;
        Ok(Vec::new())
    }

    async fn remove_expired(&self, now: Timestamp, idle_since: Timestamp) -> Result<u64, StoreError> {
        self.sessions.remove_expired(now, idle_since).await
    }
}

#[tokio::test]
async fn every_session_is_marked_before_it_goes_whatever_its_removal_answers() {
    let stores = MemoryStore::new().stores();
    let handle = |n| SessionHandle::new([n; 16]);
    let lossy = Arc::new(Lossy { sessions: stores.sessions.clone(), begun: Mutex::default() });
    let system = System::with(|builder| builder.stores(stores.clone().with_sessions(lossy.clone()))).await;
    let (now, alice) = (system.auth.now(), &system.alice.id);
    for n in [1, 2] {
        let record = record(alice, handle(n), now);
        stores.sessions.insert(&SessionKey::new([n; 32]), record, None).await.unwrap();
    }
    *lossy.begun.lock().unwrap() = Some((SessionKey::new([3; 32]), record(alice, handle(3), now)));
    system.auth.sessions().revoke_others(alice, Some(&handle(1))).await.unwrap();
    for (n, is_ended) in [(1, false), (2, true), (3, true)] {
        let marked = stores.short_lived.get(&mark(handle(n)), now).await.unwrap().is_some();
        let is_there = stores.sessions.get(&SessionKey::new([n; 32])).await.unwrap().is_some();
        assert!(marked == is_ended && is_there != is_ended, "{n}");
    }
}
