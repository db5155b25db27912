//! From the outbox to whoever it is for.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::task::{JoinError, JoinSet};
use tokio::time::timeout;

use crate::error::Error;
use crate::user::{LetterKind, QueuedLetter};

use super::Outbox;

/// How many letters of a kind are claimed and under way at the same time.
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
    fn kind(&self) -> LetterKind;

    /// Delivers what a letter says, once more where that was not known to have worked.
    async fn deliver(&self, said: &[u8]) -> Fate;
}

/// What became of a letter.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fate {
    /// Nothing is to be done any more.
    Done,
    /// It is tried again.
    Later,
}

/// Delivers what is in the outbox: each courier's letters on a round of its own.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    rounds: Arc<[Round]>,
}

impl Delivery {
    pub(crate) fn new(outbox: Outbox, couriers: Vec<Arc<dyn Courier>>) -> Self {
        let round = |courier| Round { outbox: outbox.clone(), courier };
        Self { rounds: couriers.into_iter().map(round).collect() }
    }

    /// Each kind's.
    pub(crate) fn rounds(&self) -> &[Round] {
        &self.rounds
    }

    /// Delivers all that is due, one kind after the other, and answers how many letters were looked at.
    ///
    /// # Errors
    /// `Unavailable` when the outbox cannot be read.
    pub(crate) async fn deliver_due(&self) -> Result<usize, Error> {
        let mut seen = 0;
        for round in &*self.rounds {
            let mut under_way = UnderWay::default();
            let taken = round.take_on(&mut under_way).await;
            under_way.ended().await;
            seen += taken?;
        }
        Ok(seen)
    }
}

/// The letters that a courier is on the way with. Where it is dropped they are nobody's until their claim has passed.
#[derive(Debug, Default)]
pub(crate) struct UnderWay(JoinSet<()>);

impl UnderWay {
    /// How many more may be under way.
    fn room(&mut self) -> usize {
        while let Some(ended) = self.0.try_join_next() {
            log_panic(ended);
        }
        AT_ONCE.saturating_sub(self.0.len())
    }

    async fn one_ended(&mut self) {
        if let Some(ended) = self.0.join_next().await {
            log_panic(ended);
        }
    }

    /// Waits until it is known what became of each.
    pub(crate) async fn ended(&mut self) {
        while !self.0.is_empty() {
            self.one_ended().await;
        }
    }
}

/// A letter is claimed still, and is tried again when that has passed.
fn log_panic(ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "the delivery of a letter broke off");
    }
}

/// The letters of one courier.
#[derive(Clone, Debug)]
pub(crate) struct Round {
    outbox: Outbox,
    courier: Arc<dyn Courier>,
}

impl Round {
    /// Takes on all that is due, each letter as soon as there is room for it, and answers how many there were.
    ///
    /// # Errors
    /// `Unavailable` when the outbox cannot be read.
    pub(crate) async fn take_on(&self, under_way: &mut UnderWay) -> Result<usize, Error> {
        let mut seen = 0;
        loop {
            let room = under_way.room();
            if room == 0 {
                under_way.one_ended().await;
                continue;
            }
            let (kind, now) = (self.courier.kind(), self.outbox.now());
            let claimed = self.outbox.store.claim(kind, room, now, now + CLAIM).await?;
            if claimed.is_empty() {
                return Ok(seen);
            }
            seen += claimed.len();
            for letter in claimed {
                under_way.0.spawn(self.clone().deliver(letter));
            }
        }
    }

    /// Waits until there may be something to deliver.
    pub(crate) async fn wait(&self) {
        // At its end it is looked in any case.
        let _ = timeout(LOOK_EVERY, self.outbox.posted(self.courier.kind())).await;
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
        let Some(opened) = self.outbox.opened(letter) else {
            // Another server may have a newer one.
            tracing::error!("a letter is sealed by an application secret that this server does not have");
            return Fate::Later;
        };
        let (kind, courier) = (letter.kind.name(), self.courier.clone());
        // In a task of its own, which ends with this one: a panic of a mailer's is its own.
        let mut task = JoinSet::new();
        task.spawn(async move { courier.deliver(opened.said()).await });
        match timeout(LONGEST_DELIVERY, task.join_next()).await {
            Ok(Some(Ok(fate))) => return fate,
            Ok(Some(Err(error))) => tracing::error!(kind, %error, "who delivers a letter panicked"),
            _ => tracing::warn!(kind, "a letter took too long to be delivered"),
        }
        Fate::Later
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
