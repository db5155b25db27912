//! Quotas: how often something was used.
//!
//! A quota is a [`Counter`]: it is read, asked here, and written back by a script if no other was written meanwhile.
//!
//! # Nobody counted by a fault
//! A use that was taken without an answer (Redis hung, the connection was lost) was reported as an error, so nobody had it. Whether it
//! was counted nobody knows: the script was lost on its way, or its answer was, or a server that hangs will run it once it goes on. So
//! each reservation leaves a receipt in the same step, and what had no answer is taken back later ([`take_back`](RedisStore::take_back)):
//!
//! 1. a receipt says that the uses were counted: they are given back, in one step with the receipt;
//! 2. no receipt says that they were not: in its place comes a mark with which the script, should it still arrive, changes nothing.
//!
//! What Redis refused (it was full, say) changed nothing, and needs none of that. The rest is tried for a minute. A process that ends before leaves a count behind, and so does a Redis that is away for longer.

use std::collections::BTreeMap;
use std::time::Duration;

use auth_core::clock::Timestamp;
use auth_core::error::{BoxError, StoreError};
use auth_core::short_lived::{Counter, Quota};
use redis::cmd;
use tokio::time::{Instant, sleep};

use super::RedisStore;
use super::chance::{number, part_of};
use super::codec::{Decoder, Encoder};
use super::expiry::milliseconds;
use super::refusal;

/// How often counters are asked anew, while others change them. Each time somebody gets a turn.
const ATTEMPTS: u32 = 256;

/// After so many attempts there are pauses between them, which grow to so long.
const ATTEMPTS_AT_ONCE: u32 = 4;
const LONGEST_PAUSE: Duration = Duration::from_millis(10);

/// How many seconds lie between the attempts to take something back: a minute in all.
const TAKEN_BACK_AFTER: [f32; 9] = [0.1, 0.4, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0, 15.0];

/// How many milliseconds a receipt is kept: longer than anybody asks for it.
const RECEIPT_KEPT: u64 = 2 * 60 * 1000;

/// What a receipt says.
const TAKEN: &[u8] = b"taken";
const VOID: &[u8] = b"void";

/// What is stored for each quota, and last the receipt; `None` for nothing.
type Stored = Vec<Option<Vec<u8>>>;

/// Quotas that change in one step.
struct Step<'a> {
    quotas: &'a [Quota],
    names: BTreeMap<u64, String>,
    receipt: String,
    now: Timestamp,
}

/// What is decided about them: what they become, what the receipt says from then on (it has none unless that is said), and what is
/// answered.
struct Decision<T> {
    counters: BTreeMap<u64, Counter>,
    receipt: Option<&'static [u8]>,
    answer: T,
}

/// Why a step has no outcome.
enum Failure {
    /// Nothing was changed.
    NotDone(StoreError),
    /// Nobody knows whether it was changed.
    Unknown(StoreError),
}

impl Failure {
    fn of_script(error: StoreError) -> Self {
        match refusal::is_refusal(&error) {
            true => Self::NotDone(error),
            false => Self::Unknown(error),
        }
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::NotDone(error) | Failure::Unknown(error) => error,
        }
    }
}

impl RedisStore {
    /// [`reserve`](auth_core::short_lived::ShortLivedStore::reserve). What has no answer is taken back later.
    pub(super) async fn reserve_uses(
        &self,
        quotas: &[Quota],
        now: Timestamp,
    ) -> Result<Result<(), Duration>, StoreError> {
        let (step, began) = (self.step(quotas, now), Instant::now());
        let failure = match self.change(&step, |counters, receipt| decide(&step, counters, receipt)).await {
            Ok(answer) => return Ok(answer),
            Err(failure) => failure,
        };
        if matches!(failure, Failure::Unknown(_)) {
            let (store, quotas, receipt) = (self.clone(), quotas.to_vec(), step.receipt);
            tokio::spawn(async move { store.take_back_later(&quotas, receipt, (now, began)).await });
        }
        Err(failure.into())
    }

    /// [`has_left`](auth_core::short_lived::ShortLivedStore::has_left).
    pub(super) async fn has_uses_left(&self, quotas: &[Quota], now: Timestamp) -> Result<bool, StoreError> {
        let step = self.step(quotas, now);
        let stored: Stored =
            self.link().read(cmd("MGET").arg(step.names.values().collect::<Vec<_>>())).await?;
        let held = step.read(&stored).map_err(StoreError::unavailable)?;
        Ok(Counter::reserve_all(quotas.iter().copied(), now, |key| held.get(&key).copied()).is_ok())
    }

    /// [`refund`](auth_core::short_lived::ShortLivedStore::refund).
    pub(super) async fn refund_uses(
        &self,
        quotas: &[Quota],
        taken_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let step = self.step(quotas, now);
        let given_back = |counters, _: Option<&[u8]>| Decision {
            counters: step.given_back(counters, taken_at),
            receipt: None,
            answer: (),
        };
        Ok(self.change(&step, given_back).await?)
    }

    async fn take_back_later(
        &self,
        quotas: &[Quota],
        receipt: String,
        (taken_at, began): (Timestamp, Instant),
    ) {
        for seconds in TAKEN_BACK_AFTER {
            sleep(Duration::from_secs_f32(seconds)).await;
            let step = Step { receipt: receipt.clone(), ..self.step(quotas, taken_at + began.elapsed()) };
            if self.take_back(&step, taken_at).await.is_ok() {
                return;
            }
        }
        tracing::warn!(
            "Redis at {} did not say for a minute whether an attempt was counted: it may count as a failed one",
            self.link().name()
        );
    }

    /// Gives back what the receipt says was taken, and voids the receipt.
    async fn take_back(&self, step: &Step<'_>, taken_at: Timestamp) -> Result<(), StoreError> {
        let taken_back = |counters, receipt: Option<&[u8]>| match receipt {
            Some(TAKEN) => {
                Decision { counters: step.given_back(counters, taken_at), receipt: Some(VOID), answer: () }
            }
            None => Decision { counters, receipt: Some(VOID), answer: () },
            Some(_) => Decision { counters: BTreeMap::new(), receipt: None, answer: () },
        };
        Ok(self.change(step, taken_back).await?)
    }

    fn step<'a>(&self, quotas: &'a [Quota], now: Timestamp) -> Step<'a> {
        let names = quotas.iter().map(|quota| (quota.key, self.names().quota(quota.key))).collect();
        Step { quotas, names, receipt: self.names().receipt([number(), number()]), now }
    }

    /// Decides by what the counters and the receipt are, and writes what they become, unless somebody else changed them meanwhile: then
    /// it decides anew. A decision without counters and receipt writes nothing.
    async fn change<T>(
        &self,
        step: &Step<'_>,
        decide: impl Fn(BTreeMap<u64, Counter>, Option<&[u8]>) -> Decision<T>,
    ) -> Result<T, Failure> {
        let names: Vec<_> = step.all_names().collect();
        let stored = self.link().read(cmd("MGET").arg(names)).await;
        let mut stored: Stored = stored.map_err(Failure::NotDone)?;
        for attempt in 0..ATTEMPTS {
            let held =
                step.read(&stored).map_err(|error| Failure::NotDone(StoreError::unavailable(error)))?;
            let decision = decide(held, stored.last().and_then(Option::as_deref));
            if decision.counters.is_empty() && decision.receipt.is_none() {
                return Ok(decision.answer);
            }
            match self.exchange(step, &stored, &decision).await.map_err(Failure::of_script)? {
                None => return Ok(decision.answer),
                Some(moved) => stored = moved,
            }
            if let Some(met) = attempt.checked_sub(ATTEMPTS_AT_ONCE) {
                sleep(part_of(LONGEST_PAUSE.min(Duration::from_millis(1) * (met + 1)))).await;
            }
        }
        Err(Failure::NotDone(StoreError::unavailable("others kept changing the same limits")))
    }

    /// Writes the counters and the receipt if all are as they were, and answers what they are where not.
    async fn exchange<T>(
        &self,
        step: &Step<'_>,
        stored: &Stored,
        decision: &Decision<T>,
    ) -> Result<Option<Stored>, StoreError> {
        let mut script = self.scripts().exchange.prepare_invoke();
        for ((number, name), stored) in step.names.iter().zip(stored) {
            let new = decision.counters.get(number).filter(|counter| !counter.is_over(step.now));
            script.key(name).arg(stored.as_deref().unwrap_or_default());
            script.arg(new.map(encode_counter).unwrap_or_default());
            script.arg(new.map_or(0, |new| kept(new, step.now)));
        }
        let receipt = stored.last().and_then(Option::as_deref).unwrap_or_default();
        script.key(&step.receipt).arg(receipt);
        script.arg(decision.receipt.unwrap_or_default()).arg(RECEIPT_KEPT);
        self.link().run(&script).await
    }
}

impl Step<'_> {
    /// The names of the counters, and last that of the receipt.
    fn all_names(&self) -> impl Iterator<Item = &str> {
        self.names.values().map(String::as_str).chain([self.receipt.as_str()])
    }

    fn read(&self, stored: &Stored) -> Result<BTreeMap<u64, Counter>, BoxError> {
        let held = self.names.keys().zip(stored).filter_map(|(key, stored)| Some((*key, stored.as_deref()?)));
        held.map(|(key, stored)| Ok((key, decode_counter(stored)?))).collect()
    }

    fn given_back(
        &self,
        mut counters: BTreeMap<u64, Counter>,
        taken_at: Timestamp,
    ) -> BTreeMap<u64, Counter> {
        for quota in self.quotas {
            if let Some(counter) = counters.get_mut(&quota.key) {
                counter.refund(quota, taken_at, self.now);
            }
        }
        counters
    }
}

/// Takes one use of each quota, or none of any.
fn decide(
    step: &Step<'_>,
    counters: BTreeMap<u64, Counter>,
    receipt: Option<&[u8]>,
) -> Decision<Result<(), Duration>> {
    let nothing = |answer| Decision { counters: BTreeMap::new(), receipt: None, answer };
    if receipt == Some(TAKEN) {
        // The script came twice, and this is the answer to the second one.
        return nothing(Ok(()));
    }
    let held = |key| counters.get(&key).copied();
    match Counter::reserve_all(step.quotas.iter().copied(), step.now, held) {
        Ok(counters) => Decision { counters, receipt: Some(TAKEN), answer: Ok(()) },
        // The uses that were free stay so.
        Err(wait) => nothing(Err(wait)),
    }
}

fn encode_counter(counter: &Counter) -> Vec<u8> {
    let mut encoder = Encoder::new();
    encoder.time(counter.started_at).number(counter.window_ms.cast_unsigned());
    encoder.short(counter.previous).short(counter.current).finish()
}

pub(super) fn decode_counter(stored: &[u8]) -> Result<Counter, BoxError> {
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
