//! The word that servers leave in the store for what lasts, of the Redis in which they keep the rest.
//!
//! A program that opens the database alone cannot see that: it would end sessions where there are none, and say that it did.

use std::time::Duration;

use auth_core::clock::Timestamp;
use auth_core::error::StoreError;
use auth_core::store::Stores;

use super::RedisStore;

/// Where the word is left: among the short-lived values of the other store, which nobody uses beside Redis.
const NAME: &str = "redis:beside";

/// The word has no end by itself: kept from the beginning of time for as long as times go.
const FROM: Timestamp = Timestamp::from_unix_millis(0);
const FOR_GOOD: Duration = Duration::MAX;

/// Where servers keep sessions, refresh families and everything short-lived, as they left word of it in the database beside: by
/// `migrate` of [`RedisStore::beside`]. For programs that change accounts, such as the command `auth`.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct RedisMark {
    /// The server, as the servers call it: `host:port`, or the first of several.
    pub server: String,
    /// How their keys begin.
    pub key_prefix: String,
}

impl RedisMark {
    /// The word that is left in the store for what lasts; `None` where nothing is kept in Redis.
    ///
    /// # Errors
    /// [`Unavailable`](auth_core::error::ErrorKind::Unavailable).
    pub async fn read(lasting: &Stores) -> Result<Option<Self>, StoreError> {
        let word = lasting.short_lived.get(NAME, FROM).await?;
        Ok(word.and_then(|word| Self::parse(std::str::from_utf8(&word).ok()?)))
    }

    /// Forgets it: no server keeps anything in Redis any more.
    ///
    /// # Errors
    /// [`Unavailable`](auth_core::error::ErrorKind::Unavailable).
    pub async fn forget(lasting: &Stores) -> Result<(), StoreError> {
        lasting.short_lived.take(NAME, FROM).await.map(drop)
    }

    /// Leaves it, where it is another one than is there.
    pub(super) async fn leave(redis: &RedisStore, lasting: &Stores) -> Result<(), StoreError> {
        let mark = Self { server: redis.link().name().to_owned(), key_prefix: redis.shared.prefix.clone() };
        if Self::read(lasting).await?.as_ref() == Some(&mark) {
            return Ok(());
        }
        lasting.short_lived.put(NAME, mark.text().as_bytes(), FOR_GOOD, FROM).await
    }

    /// No prefix has a space in it.
    fn text(&self) -> String {
        format!("{} {}", self.key_prefix, self.server)
    }

    fn parse(text: &str) -> Option<Self> {
        let (key_prefix, server) = text.split_once(' ')?;
        Some(Self { server: server.to_owned(), key_prefix: key_prefix.to_owned() })
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
        let mark = RedisMark { server: "[::1]:6379".to_owned(), key_prefix: "shop:".to_owned() };
        lasting.short_lived.put(NAME, mark.text().as_bytes(), FOR_GOOD, FROM).await.unwrap();
        let far = Timestamp::from_unix_seconds(100_000_000_000);
        lasting.short_lived.remove_expired(far).await.unwrap();
        assert_eq!(RedisMark::read(&lasting).await.unwrap(), Some(mark));
        RedisMark::forget(&lasting).await.unwrap();
        assert_eq!(RedisMark::read(&lasting).await.unwrap(), None);
    }
}
