//! Sessions, refresh families and everything short-lived in Redis or Valkey.
//!
//! # Layout
//! Each session, family, value and quota is one key, whose value begins with the version of its layout ([`codec`]); so is each
//! [`index`], the list of what a user or a session has, and so is the copy of a user that guards read
//! ([`user_cache`]). A key begins with the prefix and the tenant ([`names`]). What has to happen in
//! one step is one [script](scripts), and each script touches one key, or quotas of one tenant, which share a hash tag: it runs on
//! Redis Cluster as on a single server. Every key has an end ([`expiry`]), but for values and quotas that are meant to have none, and what
//! tells this Redis from others ([`mark`]).
//!
//! # Between two steps
//! The truth about a session or a family is its own key: there it is found, changed and ended, each in one step. An index is behind it
//! by one step, always in the same direction: something is written before it is entered, and removed before its entry is. Should a
//! server die between the two,
//!
//! 1. a login or a refresh grant that was not entered yet was not answered either: nobody was told the id or the token, and Redis
//!    forgets it at its end;
//! 2. an ended session or family whose entry stayed is ended: a list leaves the entry out and removes it, and so does
//!    `remove_expired`;
//! 3. a session that was to be given a new id has the old one or the new one, never neither; where both are left, nobody was told the
//!    new one, and both end by the handle that they share;
//! 4. of a user's sessions that were to end together some are left. The call was not answered, the index still has those that are
//!    left, and the next attempt ends them. Whatever ended them for a reason that must hold (a changed password) had raised the
//!    user's epoch before, which every guard compares.
//!
//! So nobody keeps access that was revoked, and nobody is logged out who was not meant to be. A call that ends several things ends them
//! one after the other: whoever looks beside it may see some of them ended and others not yet.
//!
//! # Lost answers and lost writes
//! A write is sent once ([`cluster`] says when it is sent again on a Cluster). Where its answer is lost nobody knows whether it was done,
//! and the caller is told so: an error, never "somebody came first". An attempt that was counted so is taken back ([`quotas`]).
//!
//! What a primary had not passed on when it died is lost, acknowledged or not (`min-replicas-to-write` bounds how much): an ended session
//! may be back, a new one gone from its index. A sweep (`remove_expired`) enters anew what it finds alive; until then a list lacks it, and
//! what came from a session is asked for in the session's own key.
//!
//! # Clocks
//! Times come from the caller. Redis's own clock only clears away what has ended for every caller, an hour later ([`expiry`]): clocks of
//! primaries and replicas may differ by less.
//!
//! # Messages
//! What servers tell each other ([`broadcast`]) is published on one channel for each tenant. A user whom an ACL lets into no channel has all
//! but that.

mod address;
mod beside;
mod broadcast;
mod chance;
mod cluster;
mod codec;
mod expiry;
mod family_record;
mod index;
mod link;
mod mark;
mod names;
mod node;
mod options;
mod quotas;
mod refresh;
mod refusal;
mod scan;
mod scripts;
mod server;
mod session_record;
mod sessions;
mod short_lived;
mod sweep;
mod user_cache;
mod user_record;

use std::fmt;
use std::sync::Arc;

use auth_core::error::Error;
use auth_core::store::Backend;

pub use self::beside::RedisBackend;
pub use self::mark::RedisMark;
pub use self::options::RedisStoreOptions;

use self::link::Link;
use self::names::Names;
use self::scripts::Scripts;
use crate::tenant;

/// Sessions, refresh families and everything short-lived in Redis (6.2 or newer) or Valkey. Clones share its connection, and so do the
/// handles of its [tenants](Self::tenant).
///
/// Accounts, keys and linked accounts have to last, and stay in SQL: put it [beside](Self::beside) the store that has them.
///
/// 1. [`connect`](Self::connect) takes `redis://user:password@host:6379/0`, `rediss://` with TLS (certificates are checked against the
///    system's roots), `redis-cluster://:password@host:6379?node=host:6379` and
///    `redis-sentinel://:password@host:26379?node=host:26379&sentinelServiceName=mymaster`; the latter two with TLS as `rediss-…`.
/// 2. It refuses, with what to change: a server that drops keys when its memory is full (`maxmemory-policy` has to be `noeviction`), that
///    is too old, that is a replica, that does not let us run scripts, or cannot be reached. One that comes in its place later (after a
///    failover) is looked at in the same way: it is 503 until that is mended, and the log says what to change.
/// 3. A guard costs one round trip (two in a Cluster): its session, and a copy of the user's record. Each change of a user through this store
///    removes the copy, so the next guard on any server sees it. What another program changes in the database (an operator's `UPDATE`,
///    Django, the command `auth` without the URL of this Redis) is seen at once where there is no copy, and within 5 seconds where there
///    is one; guards that ask for a recent login or a second factor read the database itself. A copy holds no password. While Redis does
///    not answer no user is changed, save for when they last logged in.
///
///    A command that is not answered within a second is 503: never "allow", never "no such session". A
///    connection that is lost is opened again by the next call, after a pause of a second at most where that failed.
/// 4. What was written is as durable as Redis is set up to be. Without persistence (`appendonly yes`) a restart logs everybody out and
///    forgets which access tokens were revoked before their time.
///    After a failover what the lost primary had not passed on is lost too: an ended session may be back. Set `min-replicas-to-write`.
///
/// ```no_run
/// # async fn example() -> Result<(), auth_core::Error> {
/// use auth_core::Auth;
/// use auth_store::{RedisStore, SqlStore};
///
/// let redis = RedisStore::connect("redis://localhost:6379").await?;
/// let store = redis.beside(SqlStore::connect("sqlite:auth.db?mode=rwc").await?);
/// let auth = Auth::builder()
///     .base_url("https://app.example")
///     .secret_from_env("AUTH_SECRET")
///     .store(store)
///     .build()
///     .await?;
/// auth.migrate().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RedisStore {
    shared: Arc<Shared>,
    names: Arc<Names>,
    tenant: Arc<str>,
}

/// What the handles of all tenants have in common.
struct Shared {
    link: Link,
    scripts: Scripts,
    prefix: String,
}

impl RedisStore {
    /// Connects to the server that the URL names, or the servers. Keys begin with `iam:`.
    ///
    /// # Errors
    /// [`Configuration`](auth_core::error::ErrorKind::Configuration) for a URL that is none and for a server that will not do,
    /// [`Unavailable`](auth_core::error::ErrorKind::Unavailable) when it cannot be reached.
    pub async fn connect(url: &str) -> Result<Self, Error> {
        Self::connect_with(url, &RedisStoreOptions::default()).await
    }

    /// Connects with other settings.
    ///
    /// # Errors
    /// As [`connect`](Self::connect), and `Configuration` for a key prefix that is none.
    pub async fn connect_with(url: &str, options: &RedisStoreOptions) -> Result<Self, Error> {
        options.check()?;
        let (address, name) = address::parse(url, options.limits())?;
        let link = Link::new(address, name, options.limits());
        let shared = Shared { link, scripts: Scripts::new(), prefix: options.prefix().to_owned() };
        let store = Self::of_tenant(Arc::new(shared), "");
        store.check().await?;
        Ok(store)
    }

    /// The same servers for another tenant: what it stores, nobody else's handle finds. What [`connect`](Self::connect) answers is the
    /// tenant with the name `""`.
    ///
    /// # Errors
    /// `Configuration` for a name of more than 64 bytes, or with control characters in it. Names are compared byte by byte.
    pub fn tenant(&self, name: &str) -> Result<Self, Error> {
        tenant::check(name)?;
        Ok(Self::of_tenant(self.shared.clone(), name))
    }

    /// This store for sessions, refresh families and everything short-lived, and `backend` for the rest: what the builder's
    /// [`store`](auth_core::AuthBuilder::store) takes.
    pub fn beside<B: Backend + 'static>(&self, backend: B) -> RedisBackend {
        RedisBackend::new(self.clone(), Arc::new(backend))
    }

    fn of_tenant(shared: Arc<Shared>, tenant: &str) -> Self {
        let names = Arc::new(Names::new(&shared.prefix, tenant));
        Self { shared, names, tenant: tenant.into() }
    }

    fn link(&self) -> &Link {
        &self.shared.link
    }

    fn scripts(&self) -> &Scripts {
        &self.shared.scripts
    }

    fn names(&self) -> &Names {
        &self.names
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore")
            .field("server", &self.link().name())
            .field("prefix", &self.shared.prefix)
            .field("tenant", &self.tenant)
            .finish_non_exhaustive()
    }
}
