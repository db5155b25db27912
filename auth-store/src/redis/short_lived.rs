//! Short-lived values, and [quotas](super::quotas).
//!
//! A value is the version of its layout, the eight bytes of its end, and what was stored.

use std::time::Duration;

use async_trait::async_trait;
use auth_core::clock::Timestamp;
use auth_core::error::{BoxError, StoreError};
use auth_core::short_lived::{Quota, ShortLivedStore};
use redis::cmd;

use super::RedisStore;
use super::codec::{Decoder, Encoder, ordered};
use super::expiry::until;
use super::quotas::decode_counter;
use super::sweep::get;

fn encode_value(value: &[u8], expires_at: Timestamp) -> Vec<u8> {
    Encoder::new().time(expires_at).bytes(value).finish()
}

/// A value, and when it ends.
fn decode_value(stored: &[u8]) -> Result<(&[u8], Timestamp), BoxError> {
    let mut decoder = Decoder::new(stored)?;
    let expires_at = decoder.time()?;
    Ok((decoder.rest(), expires_at))
}

/// The value, unless it has ended.
fn living(stored: &[u8], now: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
    let (value, expires_at) = decode_value(stored).map_err(StoreError::unavailable)?;
    Ok((now < expires_at).then(|| value.to_vec()))
}

#[async_trait]
impl ShortLivedStore for RedisStore {
    async fn put(&self, key: &str, value: &[u8], ttl: Duration, now: Timestamp) -> Result<(), StoreError> {
        let mut set = cmd("SET");
        set.arg(self.names().value(key)).arg(encode_value(value, now + ttl));
        match until(now + ttl, now) {
            0 => self.link().query(&set).await,
            kept => self.link().query(set.arg("PX").arg(kept)).await,
        }
    }

    async fn get(&self, key: &str, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
        let name = self.names().value(key);
        let stored: Option<Vec<u8>> = self.link().read(&get(&name)).await?;
        let Some(stored) = stored else { return Ok(None) };
        let living = living(&stored, now)?;
        if living.is_none() {
            // Forgotten now, so that a clock that steps back does not bring it to life again.
            self.link().run::<()>(self.scripts().remove_seen.key(name).arg(stored)).await?;
        }
        Ok(living)
    }

    async fn take(&self, key: &str, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
        let taken: Option<Vec<u8>> =
            self.link().run(&self.scripts().take.key(self.names().value(key))).await?;
        Ok(taken.map(|stored| living(&stored, now)).transpose()?.flatten())
    }

    async fn insert_new(&self, key: &str, ttl: Duration, now: Timestamp) -> Result<bool, StoreError> {
        let mut script = self.scripts().put_new.key(self.names().value(key));
        script.arg(encode_value(&[], now + ttl)).arg(&ordered(now)[..]).arg(until(now + ttl, now));
        self.link().run(&script).await
    }

    async fn reserve(&self, quotas: &[Quota], now: Timestamp) -> Result<Result<(), Duration>, StoreError> {
        if quotas.is_empty() {
            return Ok(Ok(()));
        }
        self.reserve_uses(quotas, now).await
    }

    async fn has_left(&self, quotas: &[Quota], now: Timestamp) -> Result<bool, StoreError> {
        if quotas.is_empty() {
            return Ok(true);
        }
        self.has_uses_left(quotas, now).await
    }

    async fn refund(&self, quotas: &[Quota], taken_at: Timestamp, now: Timestamp) -> Result<(), StoreError> {
        if quotas.is_empty() {
            return Ok(());
        }
        self.refund_uses(quotas, taken_at, now).await
    }

    async fn clear(&self, quotas: &[Quota]) -> Result<(), StoreError> {
        if quotas.is_empty() {
            return Ok(());
        }
        let names: Vec<_> = quotas.iter().map(|quota| self.names().quota(quota.key)).collect();
        self.link().query(cmd("DEL").arg(names)).await
    }

    async fn remove_expired(&self, now: Timestamp) -> Result<u64, StoreError> {
        let is_over = |stored: &[u8]| Ok(decode_value(stored)?.1 <= now);
        let values = self.sweep(self.names().every_value(), is_over, |_, _| Vec::new()).await?;
        let is_over = |stored: &[u8]| Ok(decode_counter(stored)?.is_over(now));
        Ok(values + self.sweep(self.names().every_quota(), is_over, |_, _| Vec::new()).await?)
    }
}
