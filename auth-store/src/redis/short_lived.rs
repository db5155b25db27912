//! Short-lived values and quotas.
//!
//! A value is the version of its layout, the eight bytes of its end, and what was stored. A quota is a
//! [`Counter`](auth_core::short_lived::Counter): it is read, asked here, and written back by a script if no other was written meanwhile.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use auth_core::clock::Timestamp;
use auth_core::error::{BoxError, StoreError};
use auth_core::short_lived::{Counter, Quota, ShortLivedStore};
use redis::cmd;

use super::RedisStore;
use super::codec::{Decoder, Encoder, ordered};
use super::expiry::{milliseconds, until};
use super::sweep::{get, get_and_delete};

/// How often counters are asked anew, while others change them. Each time somebody gets a turn.
const ATTEMPTS: usize = 256;

/// What is stored for each quota, `None` for nothing.
type Stored = Vec<Option<Vec<u8>>>;

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

fn encode_counter(counter: &Counter) -> Vec<u8> {
    let mut encoder = Encoder::new();
    encoder.time(counter.started_at).number(counter.window_ms.cast_unsigned());
    encoder.short(counter.previous).short(counter.current).finish()
}

fn decode_counter(stored: &[u8]) -> Result<Counter, BoxError> {
    let mut decoder = Decoder::new(stored)?;
    let counter = Counter {
        started_at: decoder.time()?,
        window_ms: decoder.number()?.cast_signed(),
        previous: decoder.short()?,
        current: decoder.short()?,
    };
    decoder.end()?;
    Ok(counter)
}

/// How long the counter is kept: until nothing of it counts any more. One whose window never ends is kept for good.
fn kept(counter: &Counter, now: Timestamp) -> u64 {
    if counter.window_ms == i64::MAX {
        return 0;
    }
    let window = Duration::from_millis(counter.window_ms.unsigned_abs());
    milliseconds((counter.started_at + window * 2).since(now))
}

/// What is decided about some counters: what they become, and what is answered.
struct Decision<T> {
    counters: BTreeMap<u64, Counter>,
    answer: T,
}

impl RedisStore {
    async fn counters(&self, keys: &[String]) -> Result<Stored, StoreError> {
        self.link().read(cmd("MGET").arg(keys)).await
    }

    /// Decides by what the counters are, and writes what they become, unless somebody else changed them meanwhile: then it decides
    /// anew. A decision without counters writes nothing.
    async fn decide<T>(
        &self,
        quotas: &[Quota],
        now: Timestamp,
        decide: impl Fn(BTreeMap<u64, Counter>) -> Decision<T>,
    ) -> Result<T, StoreError> {
        let numbers: BTreeMap<u64, String> =
            quotas.iter().map(|quota| (quota.key, self.names().quota(quota.key))).collect();
        let names: Vec<_> = numbers.values().cloned().collect();
        let mut stored = self.counters(&names).await?;
        for _ in 0..ATTEMPTS {
            let held =
                numbers.keys().zip(&stored).filter_map(|(key, stored)| Some((*key, stored.as_deref()?)));
            let held = held.map(|(key, stored)| Ok((key, decode_counter(stored)?)));
            let held = held.collect::<Result<_, BoxError>>().map_err(StoreError::unavailable)?;
            let Decision { counters, answer } = decide(held);
            if counters.is_empty() {
                return Ok(answer);
            }
            match self.exchange(&numbers, &stored, &counters, now).await? {
                None => return Ok(answer),
                Some(moved) => stored = moved,
            }
        }
        Err(StoreError::unavailable("others kept changing the same limits"))
    }

    /// Writes the counters if they are as they were, and answers what they are where not.
    async fn exchange(
        &self,
        numbers: &BTreeMap<u64, String>,
        stored: &Stored,
        counters: &BTreeMap<u64, Counter>,
        now: Timestamp,
    ) -> Result<Option<Stored>, StoreError> {
        let mut script = self.scripts().exchange.prepare_invoke();
        for ((number, name), stored) in numbers.iter().zip(stored) {
            let new = counters.get(number).filter(|counter| !counter.is_over(now));
            script.key(name).arg(stored.as_deref().unwrap_or_default());
            script.arg(new.map(encode_counter).unwrap_or_default()).arg(new.map_or(0, |new| kept(new, now)));
        }
        self.link().run(&script).await
    }
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
        let taken: Option<Vec<u8>> = self.link().query(&get_and_delete(self.names().value(key))).await?;
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
        self.decide(quotas, now, |mut counters| {
            let mut longest = None;
            for quota in quotas {
                let counter = counters.entry(quota.key).or_insert_with(|| Counter::new(quota, now));
                longest = longest.max(counter.reserve(quota, now).err());
            }
            match longest {
                None => Decision { counters, answer: Ok(()) },
                // Nothing is written: the uses that were free stay so.
                Some(wait) => Decision { counters: BTreeMap::new(), answer: Err(wait) },
            }
        })
        .await
    }

    async fn refund(&self, quotas: &[Quota], now: Timestamp) -> Result<(), StoreError> {
        if quotas.is_empty() {
            return Ok(());
        }
        self.decide(quotas, now, |mut counters| {
            for quota in quotas {
                if let Some(counter) = counters.get_mut(&quota.key) {
                    counter.refund(quota, now);
                }
            }
            Decision { counters, answer: () }
        })
        .await
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
