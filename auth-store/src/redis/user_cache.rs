//! Users' records beside the sessions, so that a guard costs one script.
//!
//! The truth about a user is in the store for the rest. What is kept here is a copy of at most [`KEPT`], counted from before it was
//! read, by Redis's clock and by the servers':
//!
//! 1. Whoever finds no record leaves a lease in its place, in the same step, reads the user, and fills the record in if the lease still
//!    is there. The record ends when the lease would have.
//! 2. Whoever changes a user removes the record, or the lease, before and after ([`UserWatcher`]): a copy that was read
//!    before the change is not filled in after it. So what is changed through us is seen by the next guard, on every server.
//! 3. What another program changes is seen once the record has ended, and at once where there is none.
//! 4. Should Redis's clock be set back, the record stays there for as much longer: whoever finds it too old by the clock of the servers, or
//!    to be of the future, removes it. A clock that all of them share, set back by some seconds, adds these.
//! 5. Where Redis cannot be asked before a change, the change is not made. Where it cannot be asked after, or the server dies in between,
//!    the record ends by itself.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use auth_core::clock::Timestamp;
use auth_core::error::StoreError;
use auth_core::session::{SessionAndUser, SessionKey, SessionStore, SessionUserStore};
use auth_core::user::{User, UserId, UserStore, UserWatcher};
use redis::{Cmd, cmd};
use tokio::time::sleep;

use super::RedisStore;
use super::chance::number;
use super::scan::Scan;
use super::session_record;
use super::user_record::{decode, encode};

/// How much older than a guard's request what it knows of the user may be, if another program changed it.
pub(super) const KEPT: Duration = Duration::from_secs(5);

/// By how much the clocks of two servers differ at most: each may be a second away from that of their database
/// ([`StoreClock`](auth_core::store::StoreClock)).
const CLOCKS_DIFFER: Duration = Duration::from_secs(2);

/// How long after a change whose record could not be removed that is tried again: later it has ended by itself.
const REMOVED_AFTER: [f32; 4] = [0.1, 0.4, 1.0, 2.5];

/// What a lease begins with: no record does.
const LEASE: u8 = 0;

/// Sessions in Redis with users from elsewhere, whose records it keeps.
#[derive(Debug)]
pub(super) struct SessionUsers {
    pub(super) redis: RedisStore,
    pub(super) users: Arc<dyn UserStore>,
}

/// What was found in the place of a user's record.
enum Found {
    Record(Arc<User>),
    /// Nothing, and this lease was left there.
    Nothing(Vec<u8>),
    /// Somebody else is about to fill it in, or what is there is not for us.
    Taken,
    /// What Redis should have forgotten.
    TooOld,
}

impl SessionUsers {
    async fn user(&self, id: &UserId, found: Found, now: Timestamp) -> Result<Option<Arc<User>>, StoreError> {
        let lease = match found {
            Found::Record(user) => return Ok(Some(user)),
            Found::Nothing(lease) => Some(lease),
            Found::Taken => None,
            Found::TooOld => {
                if let Err(error) = self.redis.forget(Some(id)).await {
                    tracing::warn!(?error, "a user's record in Redis that is too old could not be removed");
                }
                None
            }
        };
        let user = self.users.get(id).await?;
        if let (Some(lease), Some(user)) = (lease, &user)
            && let Err(error) = self.redis.fill(&lease, user, now).await
        {
            tracing::warn!(?error, "a user's record could not be kept in Redis");
        }
        Ok(user)
    }
}

#[async_trait]
impl SessionUserStore for SessionUsers {
    async fn session_and_user(
        &self,
        key: &SessionKey,
        now: Timestamp,
    ) -> Result<Option<SessionAndUser>, StoreError> {
        let lease = new_lease();
        if self.redis.link().is_cluster() {
            let Some(record) = SessionStore::get(&self.redis, key).await? else { return Ok(None) };
            let mut script = self.redis.scripts().user.key(self.redis.names().user(&record.user));
            let held = self.redis.link().run_again(script.arg(&lease).arg(milliseconds())).await?;
            let user = self.user(&record.user, found(&record.user, held, lease, now), now).await?;
            return Ok(Some((record, user)));
        }
        let mut script = self.redis.scripts().session_and_user.key(self.redis.names().session(key));
        script.arg(self.redis.names().users()).arg(&lease).arg(milliseconds());
        let held: Option<(Vec<u8>, Option<Vec<u8>>)> = self.redis.link().run_again(&script).await?;
        let Some((session, record)) = held else { return Ok(None) };
        let session = Arc::new(session_record::decode(&session).map_err(StoreError::unavailable)?);
        let user = self.user(&session.user, found(&session.user, record, lease, now), now).await?;
        Ok(Some((session, user)))
    }

    fn longest_lag(&self) -> Duration {
        KEPT
    }
}

#[async_trait]
impl UserWatcher for RedisStore {
    async fn before(&self, user: Option<&UserId>) -> Result<(), StoreError> {
        self.forget(user).await
    }

    async fn after(&self, user: Option<&UserId>) {
        let Err(error) = self.forget(user).await else { return };
        tracing::warn!(?error, "a change of a user may be seen by guards only {KEPT:?} later");
        let (store, user) = (self.clone(), user.cloned());
        tokio::spawn(async move {
            for seconds in REMOVED_AFTER {
                sleep(Duration::from_secs_f32(seconds)).await;
                if store.forget(user.as_ref()).await.is_ok() {
                    return;
                }
            }
        });
    }
}

impl RedisStore {
    /// Of a user who was read after `now`.
    async fn fill(&self, lease: &[u8], user: &User, now: Timestamp) -> Result<(), StoreError> {
        let mut script = self.scripts().fill.key(self.names().user(&user.id));
        self.link().run(script.arg(lease).arg(encode(user, now).map_err(StoreError::unavailable)?)).await
    }

    /// Removes what is kept of a user, or of all.
    async fn forget(&self, user: Option<&UserId>) -> Result<(), StoreError> {
        if let Some(user) = user {
            return self.link().read(&unlink(self.names().user(user).as_bytes())).await;
        }
        let mut scan = Scan::begin(self.link(), self.names().every_user()).await?;
        while let Some(names) = scan.next().await? {
            self.link().each::<()>(names.iter().map(|name| unlink(name)).collect()).await?;
        }
        Ok(())
    }
}

fn new_lease() -> Vec<u8> {
    [&[LEASE][..], &number().to_be_bytes(), &number().to_be_bytes()].concat()
}

fn milliseconds() -> u64 {
    u64::try_from(KEPT.as_millis()).unwrap_or(u64::MAX)
}

/// What another layout says is not guessed at: the user is read where the truth is.
fn found(id: &UserId, held: Option<Vec<u8>>, lease: Vec<u8>, now: Timestamp) -> Found {
    match held {
        Some(held) if held == lease => Found::Nothing(lease),
        Some(held) => decode(id, &held).map_or(Found::Taken, |(user, read_at)| {
            let is_good = now.since(read_at) < KEPT && read_at.since(now) <= CLOCKS_DIFFER;
            if is_good { Found::Record(Arc::new(user)) } else { Found::TooOld }
        }),
        None => Found::Taken,
    }
}

fn unlink(name: &[u8]) -> Cmd {
    let mut unlink = cmd("UNLINK");
    unlink.arg(name);
    unlink
}
