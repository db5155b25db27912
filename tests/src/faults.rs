//! Stores that fail on demand, count what they are asked for, and hold a request up where a scenario wants it.

use std::collections::HashSet;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use auth_core::clock::Timestamp;
use auth_core::error::StoreError;
use auth_core::mfa::{Factor, FactorChange, FactorId, FactorKind, FactorStore};
use auth_core::password::{HashingRules, PasswordHash};
use auth_core::session::{MaxSessions, SessionData, SessionHandle, SessionKey, SessionRecord, SessionStore};
use auth_core::short_lived::{Quota, ShortLivedStore};
use auth_core::store::{Backend as _, MemoryStore, Stores};
use auth_core::token::{FamilyKey, RefreshFamily, RefreshStore, Rotation};
use auth_core::user::{Account, LoginName, User, UserId, UserStore};
use tokio::sync::oneshot;

/// A memory backend with a switch.
#[derive(Clone)]
pub struct Faults(Arc<Inner>);

struct Inner {
    stores: Stores,
    is_down: AtomicBool,
    is_short_lived_down: AtomicBool,
    are_factors_down: AtomicBool,
    are_families_down: AtomicBool,
    session_inserts: AtomicUsize,
    session_reads: AtomicUsize,
    short_lived_values: AtomicUsize,
    families: AtomicUsize,
    counters: Mutex<HashSet<u64>>,
    gate: Mutex<Option<Closed>>,
}

/// Where a request can be held up.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Place {
    /// As it loads its user.
    User,
    /// Before it makes a session.
    BeforeSession,
    /// After it made a session.
    AfterSession,
    /// As it gives a session a new id.
    Renewal,
    /// As it notes that a session was used.
    Touch,
    /// As it ends the tokens of a session, before the session itself.
    Logout,
}

/// A gate from inside.
struct Closed {
    place: Place,
    announce: Sender<()>,
    opened: oneshot::Receiver<()>,
}

/// One request that is held up.
pub struct Gate {
    arrived: Receiver<()>,
    open: oneshot::Sender<()>,
}

impl Gate {
    /// Waits until the request stands at the gate.
    pub fn wait(&self) {
        self.arrived.recv_timeout(Duration::from_secs(30)).expect("the request comes to the gate");
    }

    /// Lets it go on.
    pub fn open(self) {
        let _ = self.open.send(());
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gate")
    }
}

impl Faults {
    /// A new memory backend that works, until it is told otherwise.
    #[expect(clippy::new_without_default, reason = "a backend is made on purpose")]
    pub fn new() -> Self {
        Self(Arc::new(Inner {
            stores: MemoryStore::new().stores(),
            is_down: AtomicBool::new(false),
            is_short_lived_down: AtomicBool::new(false),
            are_factors_down: AtomicBool::new(false),
            are_families_down: AtomicBool::new(false),
            session_inserts: AtomicUsize::new(0),
            session_reads: AtomicUsize::new(0),
            short_lived_values: AtomicUsize::new(0),
            families: AtomicUsize::new(0),
            counters: Mutex::default(),
            gate: Mutex::new(None),
        }))
    }

    /// What to build the app with.
    pub fn stores(&self) -> Stores {
        let wrapped = Arc::new(self.clone());
        let mut stores = self.0.stores.clone();
        stores.users = wrapped.clone();
        let stores = stores.with_sessions(wrapped.clone()).with_refresh(wrapped.clone());
        stores.with_factors(wrapped.clone()).with_short_lived(wrapped)
    }

    /// From now on no store answers.
    pub fn break_down(&self) {
        self.0.is_down.store(true, Ordering::SeqCst);
    }

    /// From now on the store of everything short-lived does not answer, the limits' among it; the others do.
    pub fn break_short_lived_down(&self) {
        self.0.is_short_lived_down.store(true, Ordering::SeqCst);
    }

    /// From now on the store of second factors does not answer; the others do.
    pub fn break_factors_down(&self) {
        self.0.are_factors_down.store(true, Ordering::SeqCst);
    }

    /// From now on the store of refresh tokens does not answer; the others do.
    pub fn break_families_down(&self) {
        self.0.are_families_down.store(true, Ordering::SeqCst);
    }

    /// From now on every store answers again.
    pub fn recover(&self) {
        self.0.is_down.store(false, Ordering::SeqCst);
        self.0.is_short_lived_down.store(false, Ordering::SeqCst);
        self.0.are_factors_down.store(false, Ordering::SeqCst);
        self.0.are_families_down.store(false, Ordering::SeqCst);
    }

    /// How many sessions were ever made.
    pub fn session_inserts(&self) -> usize {
        self.0.session_inserts.load(Ordering::SeqCst)
    }

    /// How many times a session was looked up.
    pub fn session_reads(&self) -> usize {
        self.0.session_reads.load(Ordering::SeqCst)
    }

    /// How many short-lived values were ever written.
    pub fn short_lived_values(&self) -> usize {
        self.0.short_lived_values.load(Ordering::SeqCst)
    }

    /// How many refresh families were ever made.
    pub fn families(&self) -> usize {
        self.0.families.load(Ordering::SeqCst)
    }

    /// How many counters of limits were ever used.
    pub fn counters(&self) -> usize {
        self.0.counters.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// How many accounts there are, and how many at other providers are linked to them.
    pub async fn accounts(&self) -> (usize, usize) {
        let users = self.0.stores.user_admin.as_ref().unwrap().list(None, usize::MAX).await.unwrap();
        let mut linked = 0;
        for account in &users {
            linked += self.0.stores.linked_accounts.list(&account.user.id).await.unwrap().len();
        }
        (users.len(), linked)
    }

    /// Holds up the next request that loads its user.
    pub fn close_gate(&self) -> Gate {
        self.close_gate_at(Place::User)
    }

    /// Holds up the next request that comes to this place.
    pub fn close_gate_at(&self, place: Place) -> Gate {
        let (announce, arrived) = channel();
        let (open, opened) = oneshot::channel();
        let closed = Closed { place, announce, opened };
        *self.0.gate.lock().unwrap_or_else(PoisonError::into_inner) = Some(closed);
        Gate { arrived, open }
    }

    async fn pass_gate(&self, at: Place) {
        let closed = {
            let mut gate = self.0.gate.lock().unwrap_or_else(PoisonError::into_inner);
            gate.take_if(|closed| closed.place == at)
        };
        if let Some(Closed { announce, opened, .. }) = closed {
            let _ = announce.send(());
            let _ = opened.await;
        }
    }

    fn answers(&self) -> Result<&Stores, StoreError> {
        if self.0.is_down.load(Ordering::SeqCst) {
            return Err(StoreError::unavailable("switched off by a test"));
        }
        Ok(&self.0.stores)
    }

    fn factors(&self) -> Result<&dyn FactorStore, StoreError> {
        if self.0.are_factors_down.load(Ordering::SeqCst) {
            return Err(StoreError::unavailable("switched off by a test"));
        }
        Ok(&*self.answers()?.factors)
    }

    fn refresh(&self) -> Result<&dyn RefreshStore, StoreError> {
        if self.0.are_families_down.load(Ordering::SeqCst) {
            return Err(StoreError::unavailable("switched off by a test"));
        }
        Ok(&*self.answers()?.refresh)
    }

    fn short_lived(&self) -> Result<&dyn ShortLivedStore, StoreError> {
        if self.0.is_short_lived_down.load(Ordering::SeqCst) {
            return Err(StoreError::unavailable("switched off by a test"));
        }
        Ok(&*self.answers()?.short_lived)
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Faults")
    }
}

#[async_trait]
impl UserStore for Faults {
    async fn get(&self, id: &UserId) -> Result<Option<Arc<User>>, StoreError> {
        self.pass_gate(Place::User).await;
        self.answers()?.users.get(id).await
    }

    async fn find(&self, login: &LoginName) -> Result<Option<Account>, StoreError> {
        self.answers()?.users.find(login).await
    }

    async fn account(&self, id: &UserId) -> Result<Option<Account>, StoreError> {
        self.answers()?.users.account(id).await
    }

    async fn rehash_password(
        &self,
        id: &UserId,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<bool, StoreError> {
        self.answers()?.users.rehash_password(id, old, new).await
    }

    async fn set_password(
        &self,
        id: &UserId,
        old: Option<&PasswordHash>,
        new: &PasswordHash,
    ) -> Result<Option<u64>, StoreError> {
        self.answers()?.users.set_password(id, old, new).await
    }

    async fn raise_epoch(&self, id: &UserId) -> Result<Option<u64>, StoreError> {
        self.answers()?.users.raise_epoch(id).await
    }

    async fn record_login(&self, id: &UserId, at: Timestamp) -> Result<(), StoreError> {
        self.answers()?.users.record_login(id, at).await
    }

    fn hashing(&self) -> HashingRules {
        self.0.stores.users.hashing()
    }
}

#[async_trait]
impl SessionStore for Faults {
    async fn insert(
        &self,
        key: &SessionKey,
        record: SessionRecord,
        max: MaxSessions,
    ) -> Result<Vec<SessionHandle>, StoreError> {
        self.pass_gate(Place::BeforeSession).await;
        self.0.session_inserts.fetch_add(1, Ordering::SeqCst);
        let gone = self.answers()?.sessions.insert(key, record, max).await?;
        self.pass_gate(Place::AfterSession).await;
        Ok(gone)
    }

    async fn get(&self, key: &SessionKey) -> Result<Option<Arc<SessionRecord>>, StoreError> {
        self.0.session_reads.fetch_add(1, Ordering::SeqCst);
        self.answers()?.sessions.get(key).await
    }

    async fn touch(&self, key: &SessionKey, at: Timestamp) -> Result<(), StoreError> {
        self.pass_gate(Place::Touch).await;
        self.answers()?.sessions.touch(key, at).await
    }

    async fn replace(
        &self,
        old: &SessionKey,
        new: &SessionKey,
        record: SessionRecord,
    ) -> Result<bool, StoreError> {
        self.pass_gate(Place::Renewal).await;
        self.answers()?.sessions.replace(old, new, record).await
    }

    async fn write_data(
        &self,
        key: &SessionKey,
        expected: u64,
        data: SessionData,
    ) -> Result<bool, StoreError> {
        self.answers()?.sessions.write_data(key, expected, data).await
    }

    async fn remove(&self, key: &SessionKey) -> Result<bool, StoreError> {
        self.answers()?.sessions.remove(key).await
    }

    async fn list(&self, user: &UserId) -> Result<Vec<Arc<SessionRecord>>, StoreError> {
        self.answers()?.sessions.list(user).await
    }

    async fn remove_by_handle(&self, user: &UserId, handle: &SessionHandle) -> Result<bool, StoreError> {
        self.answers()?.sessions.remove_by_handle(user, handle).await
    }

    async fn remove_by_user(
        &self,
        user: &UserId,
        keep: Option<&SessionHandle>,
    ) -> Result<Vec<SessionHandle>, StoreError> {
        self.answers()?.sessions.remove_by_user(user, keep).await
    }

    async fn remove_expired(&self, now: Timestamp, idle_since: Timestamp) -> Result<u64, StoreError> {
        self.answers()?.sessions.remove_expired(now, idle_since).await
    }
}

#[async_trait]
impl RefreshStore for Faults {
    async fn insert(&self, key: &FamilyKey, family: RefreshFamily) -> Result<(), StoreError> {
        self.0.families.fetch_add(1, Ordering::SeqCst);
        self.refresh()?.insert(key, family).await
    }

    async fn get(&self, key: &FamilyKey) -> Result<Option<RefreshFamily>, StoreError> {
        self.refresh()?.get(key).await
    }

    async fn list(&self, user: &UserId) -> Result<Vec<(FamilyKey, RefreshFamily)>, StoreError> {
        self.refresh()?.list(user).await
    }

    async fn rotate(&self, key: &FamilyKey, expected: &[u8; 32], next: Rotation) -> Result<bool, StoreError> {
        self.refresh()?.rotate(key, expected, next).await
    }

    async fn remove(&self, key: &FamilyKey) -> Result<Option<RefreshFamily>, StoreError> {
        self.refresh()?.remove(key).await
    }

    async fn remove_by_session(&self, session: &SessionHandle) -> Result<Vec<SessionHandle>, StoreError> {
        self.pass_gate(Place::Logout).await;
        self.refresh()?.remove_by_session(session).await
    }

    async fn remove_by_user(&self, user: &UserId) -> Result<Vec<SessionHandle>, StoreError> {
        self.refresh()?.remove_by_user(user).await
    }

    async fn remove_expired(&self, now: Timestamp, idle_since: Timestamp) -> Result<u64, StoreError> {
        self.refresh()?.remove_expired(now, idle_since).await
    }
}

#[async_trait]
impl ShortLivedStore for Faults {
    async fn put(&self, key: &str, value: &[u8], ttl: Duration, now: Timestamp) -> Result<(), StoreError> {
        self.0.short_lived_values.fetch_add(1, Ordering::SeqCst);
        self.short_lived()?.put(key, value, ttl, now).await
    }

    async fn get(&self, key: &str, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
        self.short_lived()?.get(key, now).await
    }

    async fn take(&self, key: &str, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
        self.short_lived()?.take(key, now).await
    }

    async fn insert_new(&self, key: &str, ttl: Duration, now: Timestamp) -> Result<bool, StoreError> {
        self.0.short_lived_values.fetch_add(1, Ordering::SeqCst);
        self.short_lived()?.insert_new(key, ttl, now).await
    }

    async fn reserve(&self, quotas: &[Quota], now: Timestamp) -> Result<Result<(), Duration>, StoreError> {
        let reserved = self.short_lived()?.reserve(quotas, now).await?;
        if reserved.is_ok() {
            let mut counters = self.0.counters.lock().unwrap_or_else(PoisonError::into_inner);
            counters.extend(quotas.iter().map(|quota| quota.key));
        }
        Ok(reserved)
    }

    async fn has_left(&self, quotas: &[Quota], now: Timestamp) -> Result<bool, StoreError> {
        self.short_lived()?.has_left(quotas, now).await
    }

    async fn refund(&self, quotas: &[Quota], taken_at: Timestamp, now: Timestamp) -> Result<(), StoreError> {
        self.short_lived()?.refund(quotas, taken_at, now).await
    }

    async fn clear(&self, quotas: &[Quota]) -> Result<(), StoreError> {
        self.short_lived()?.clear(quotas).await
    }

    async fn remove_expired(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.short_lived()?.remove_expired(now).await
    }
}

#[async_trait]
impl FactorStore for Faults {
    async fn list(&self, user: &UserId) -> Result<Vec<Factor>, StoreError> {
        self.factors()?.list(user).await
    }

    async fn find(&self, kind: FactorKind, handle: &[u8]) -> Result<Option<Factor>, StoreError> {
        self.factors()?.find(kind, handle).await
    }

    async fn page(&self, after: Option<&FactorId>, limit: usize) -> Result<Vec<Factor>, StoreError> {
        self.factors()?.page(after, limit).await
    }

    async fn apply(&self, changes: Vec<FactorChange>) -> Result<(), StoreError> {
        self.factors()?.apply(changes).await
    }

    async fn advance(&self, id: &FactorId, counter: u64, at: Timestamp) -> Result<bool, StoreError> {
        self.factors()?.advance(id, counter, at).await
    }

    async fn take(&self, user: &UserId, kind: FactorKind, handle: &[u8]) -> Result<bool, StoreError> {
        self.factors()?.take(user, kind, handle).await
    }

    async fn remove(&self, user: &UserId, id: &FactorId) -> Result<bool, StoreError> {
        self.factors()?.remove(user, id).await
    }

    async fn rename(&self, user: &UserId, id: &FactorId, name: Option<&str>) -> Result<bool, StoreError> {
        self.factors()?.rename(user, id, name).await
    }

    async fn write_data(&self, id: &FactorId, expected: &[u8], data: &[u8]) -> Result<bool, StoreError> {
        self.factors()?.write_data(id, expected, data).await
    }

    async fn remove_expired(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.factors()?.remove_expired(now).await
    }
}
