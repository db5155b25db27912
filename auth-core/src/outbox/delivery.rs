//! From the outbox to whoever it is for.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::error::Error;
use crate::user::QueuedLetter;

use super::Outbox;

/// How many letters are claimed and under way at the same time.
const AT_ONCE: usize = 8;

/// For how long a letter is nobody else's once it is claimed: more than a courier may take. The letters of a server that died are
/// delivered by others then, well before what they tell is of no use.
const CLAIM: Duration = Duration::from_secs(2 * 60);

/// How long a courier may take for one.
const LONGEST_DELIVERY: Duration = Duration::from_secs(90);

/// When it is looked again for what other servers posted, or what was put off.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// How long is waited after the first attempt; each further one waits three times as long as the one before.
const FIRST_WAIT: Duration = Duration::from_secs(10);
const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);

/// Brings letters of one kind to where they belong.
#[async_trait]
pub(crate) trait Courier: fmt::Debug + Send + Sync {
    /// The kind.
    fn kind(&self) -> &'static str;

    /// Delivers what a letter says, once more where that was not known to have worked.
    async fn deliver(&self, said: &[u8]) -> Fate;
}

/// Delivers what is in the outbox.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    outbox: Outbox,
    couriers: Arc<[Arc<dyn Courier>]>,
}

/// What became of a letter.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fate {
    /// Nothing is to be done any more.
    Done,
    /// It is tried again.
    Later,
}

impl Delivery {
    pub(crate) fn new(outbox: Outbox, couriers: Vec<Arc<dyn Courier>>) -> Self {
        Self { outbox, couriers: couriers.into() }
    }

    /// Delivers all that is due, and answers how many letters were looked at.
    ///
    /// # Errors
    /// `Unavailable` when the outbox cannot be read.
    pub(crate) async fn deliver_due(&self) -> Result<usize, Error> {
        let mut seen = 0;
        loop {
            let now = self.outbox.now();
            let claimed = self.outbox.store.claim(AT_ONCE, now, now + CLAIM).await?;
            if claimed.is_empty() {
                return Ok(seen);
            }
            seen += claimed.len();
            let mut under_way = JoinSet::new();
            for letter in claimed {
                under_way.spawn(self.clone().deliver(letter));
            }
            under_way.join_all().await;
        }
    }

    /// Waits until there may be something to deliver.
    pub(crate) async fn wait(&self) {
        // At its end it is looked in any case.
        let _ = timeout(LOOK_EVERY, self.outbox.posted.notified()).await;
    }

    async fn deliver(self, letter: QueuedLetter) {
        let settled = match self.fate(&letter).await {
            Fate::Done => self.outbox.store.remove(&letter.id).await,
            Fate::Later => {
                let until = self.outbox.now() + wait_after(letter.attempts);
                self.outbox.store.put_off(&letter.id, until).await
            }
        };
        if let Err(error) = settled {
            tracing::warn!(?error, "what became of a letter could not be noted: it may be sent again");
        }
    }

    async fn fate(&self, letter: &QueuedLetter) -> Fate {
        if letter.expires_at <= self.outbox.now() {
            tracing::error!(
                attempts = letter.attempts,
                "a letter could not be delivered in time and is given up"
            );
            return Fate::Done;
        }
        let Some(said) = self.outbox.opened(letter) else {
            // Another server may have a newer one.
            tracing::error!("a letter is sealed by an application secret that this server does not have");
            return Fate::Later;
        };
        let courier = self.couriers.iter().find(|courier| courier.kind().as_bytes() == said.kind());
        let Some(courier) = courier else {
            tracing::debug!("a letter is of a kind that another server delivers");
            return Fate::Later;
        };
        let delivered = timeout(LONGEST_DELIVERY, courier.deliver(said.said())).await;
        delivered.unwrap_or_else(|_| {
            tracing::warn!(kind = courier.kind(), "a letter took too long to be delivered");
            Fate::Later
        })
    }
}

/// How long until the next attempt, after so many.
fn wait_after(attempts: u32) -> Duration {
    let times = 3_u32.checked_pow(attempts.saturating_sub(1)).unwrap_or(u32::MAX);
    FIRST_WAIT.saturating_mul(times).min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wait_is_longer_than_the_one_before_up_to_an_hour() {
        let waits: Vec<_> = (1..=8).map(|attempts| wait_after(attempts).as_secs()).collect();
        assert_eq!(waits, [10, 30, 90, 270, 810, 2430, 3600, 3600]);
        assert_eq!(wait_after(u32::MAX), LONGEST_WAIT);
    }
}
