//! The word that servers leave in the store for what lasts, of the Redis in which they keep the rest.
//!
//! A program that opens the database alone cannot see that: it would end sessions where there are none, and say that it did. One
//! that opens another Redis beside it would do the same. So a random name stands in both, by which they are known as a pair, under
//! whatever address.

use std::time::Duration;

use auth_core::clock::Timestamp;
use auth_core::error::StoreError;
use auth_core::random::{OsRandom, random_bytes};
use auth_core::store::Stores;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use redis::cmd;

use super::RedisStore;

/// Where the word is left: among the short-lived values of the other store, which nobody uses beside Redis.
const NAME: &str = "redis:beside";

/// The word has no end by itself: kept from the beginning of time for as long as times go.
const FROM: Timestamp = Timestamp::from_unix_millis(0);
const FOR_GOOD: Duration = Duration::MAX;

/// Where servers keep sessions, refresh families and everything short-lived, as they left word of it in the database beside: when they
/// start with [`RedisStore::beside`]. For programs that change accounts, such as the command `auth`.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct RedisMark {
    /// The server, as the servers call it: `host:port`, or the first of several.
    pub server: String,
    /// How their keys begin.
    pub key_prefix: String,
    /// What stands in that Redis too.
    identity: String,
}

impl RedisMark {
    /// The word that is left in the store for what lasts; `None` where nothing is kept in Redis.
    ///
    /// # Errors
    /// [`Unavailable`](auth_core::error::ErrorKind::Unavailable).
    pub async fn read(lasting: &Stores) -> Result<Option<Self>, StoreError> {
        let Some(word) = lasting.short_lived.get(NAME, FROM).await? else { return Ok(None) };
        let mark = std::str::from_utf8(&word).ok().and_then(Self::parse);
        mark.map(Some).ok_or_else(|| {
            StoreError::unavailable("what servers said of their Redis is damaged: start one of them anew")
        })
    }

    /// Forgets it: no server keeps anything in Redis any more.
    ///
    /// # Errors
    /// [`Unavailable`](auth_core::error::ErrorKind::Unavailable).
    pub async fn forget(lasting: &Stores) -> Result<(), StoreError> {
        lasting.short_lived.take(NAME, FROM).await.map(drop)
    }

    /// Whether these are the keys in the Redis that it speaks of, under whatever address. One that was emptied since is known by its
    /// address, until a server has left word of it again.
    ///
    /// # Errors
    /// [`Unavailable`](auth_core::error::ErrorKind::Unavailable).
    pub async fn is_of(&self, redis: &RedisStore) -> Result<bool, StoreError> {
        let is_same = match redis.identity().await? {
            Some(identity) => identity == self.identity,
            None => self.server == redis.link().name(),
        };
        Ok(is_same && self.key_prefix == redis.shared.prefix)
    }

    /// Leaves word of the Redis that a server has, and answers its identity. The last server to start is right: where it has another
    /// one than those before it, the log says so.
    pub(super) async fn leave(redis: &RedisStore, lasting: &Stores) -> Result<String, StoreError> {
        let (server, key_prefix) = (redis.link().name().to_owned(), redis.shared.prefix.clone());
        let mark = Self { server, key_prefix, identity: redis.settled_identity().await? };
        // A damaged word is replaced.
        let before = Self::read(lasting).await.ok().flatten();
        if before.as_ref() == Some(&mark) {
            return Ok(mark.identity);
        }
        if let Some(before) = before.filter(|before| before.identity != mark.identity) {
            tracing::warn!(
                "sessions and everything short-lived are in Redis at {} from now on; servers had them in another one at {}, or that was \
                 emptied: give every server, and the command `auth`, the same",
                mark.server,
                before.server
            );
        }
        lasting.short_lived.put(NAME, mark.text().as_bytes(), FOR_GOOD, FROM).await?;
        Ok(mark.identity)
    }

    /// Neither a prefix nor an identity has a space in it.
    fn text(&self) -> String {
        format!("{} {} {}", self.key_prefix, self.identity, self.server)
    }

    fn parse(text: &str) -> Option<Self> {
        let (key_prefix, rest) = text.split_once(' ')?;
        let (identity, server) = rest.split_once(' ')?;
        Some(Self {
            server: server.to_owned(),
            key_prefix: key_prefix.to_owned(),
            identity: identity.to_owned(),
        })
    }
}

impl RedisStore {
    /// What this Redis is told from others by; `None` where no server left word of it.
    pub(super) async fn identity(&self) -> Result<Option<String>, StoreError> {
        self.link().read(cmd("GET").arg(self.names().identity())).await
    }

    /// The same; servers that start together on an empty one agree.
    async fn settled_identity(&self) -> Result<String, StoreError> {
        let new = BASE64.encode(random_bytes::<16>(&OsRandom));
        let mut set = cmd("SET");
        set.arg(self.names().identity()).arg(new).arg("NX");
        self.link().query::<Option<String>>(&set).await?;
        let lost = || StoreError::unavailable(format!("Redis at {} keeps nothing", self.link().name()));
        self.identity().await?.ok_or_else(lost)
    }
}

#[cfg(test)]
mod tests {
    use auth_core::store::{Backend as _, MemoryStore};

    use super::*;

    #[tokio::test]
    async fn a_word_is_read_as_it_was_left_until_it_is_forgotten() {
        let lasting = MemoryStore::new().stores();
        assert_eq!(RedisMark::read(&lasting).await.unwrap(), None);
        let mark = RedisMark {
            server: "[::1]:6379".to_owned(),
            key_prefix: "shop:".to_owned(),
            identity: "AAEC".to_owned(),
        };
        lasting.short_lived.put(NAME, mark.text().as_bytes(), FOR_GOOD, FROM).await.unwrap();
        let far = Timestamp::from_unix_seconds(100_000_000_000);
        lasting.short_lived.remove_expired(far).await.unwrap();
        assert_eq!(RedisMark::read(&lasting).await.unwrap(), Some(mark));
        RedisMark::forget(&lasting).await.unwrap();
        assert_eq!(RedisMark::read(&lasting).await.unwrap(), None);
        lasting.short_lived.put(NAME, b"iam:", FOR_GOOD, FROM).await.unwrap();
        assert!(RedisMark::read(&lasting).await.is_err(), "what is damaged is not nothing");
    }
}
