//! What is to be told, into the outbox.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio::sync::Notify;
use zeroize::Zeroizing;

use crate::clock::{Clock, Timestamp};
use crate::error::{Error, ErrorKind};
use crate::key::{ApplicationSecrets, Sealer};
use crate::random::{Random, random_bytes};
use crate::user::{LetterId, LetterKind, QueuedLetter};

use super::OutboxStore;

/// One bell each: a bell that is rung wakes one of those who wait for it.
#[derive(Default)]
struct Posted {
    logouts: Notify,
    mails: Notify,
    webhooks: Notify,
}

/// The outbox, in which letters are sealed.
#[derive(Clone)]
pub(crate) struct Outbox {
    pub(super) store: Arc<dyn OutboxStore>,
    sealer: Sealer,
    pub(super) clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    /// Told whenever this process posts something: each kind's courier.
    posted: Arc<Posted>,
}

impl Outbox {
    pub(crate) fn new(
        store: Arc<dyn OutboxStore>,
        secrets: &ApplicationSecrets,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self { store, sealer: secrets.sealer("outbox"), clock, random, posted: Arc::default() }
    }

    /// A letter for the courier of this kind, to be posted or to come with a change, that is of use for so long.
    ///
    /// # Errors
    /// `Internal`, which no letter of ours makes.
    pub(crate) fn sealed(
        &self,
        kind: LetterKind,
        letter: &impl Serialize,
        life: Duration,
    ) -> Result<QueuedLetter, Error> {
        let mut plain = Zeroizing::new(format!("{}\n", kind.name()).into_bytes());
        let written = serde_json::to_writer(&mut *plain, letter);
        written.map_err(|error| Error::new(ErrorKind::Internal).with_source(error))?;
        let (id, now) = (LetterId::new(random_bytes(&*self.random)), self.clock.now());
        let sealed = self.sealer.seal(&plain, id.as_bytes(), &*self.random);
        Ok(QueuedLetter { id, kind, due_at: now, expires_at: now + life, attempts: 0, sealed })
    }

    /// What a letter says; `None` for one that no secret of ours opens, or that is not of the kind that its row says.
    pub(super) fn opened(&self, letter: &QueuedLetter) -> Option<Opened> {
        let plain = self.sealer.open(&letter.sealed, letter.id.as_bytes())?;
        let end = plain.iter().position(|byte| *byte == b'\n')?;
        (plain[..end] == *letter.kind.name().as_bytes()).then_some(Opened { plain, end })
    }

    /// Posts a letter.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn post(&self, letter: QueuedLetter) -> Result<(), Error> {
        self.store.post(letter).await?;
        self.wake();
        Ok(())
    }

    /// Something was posted with a change.
    pub(crate) fn wake(&self) {
        self.posted.logouts.notify_one();
        self.posted.mails.notify_one();
        self.posted.webhooks.notify_one();
    }

    /// Waits until something may have been posted to a courier, which nobody else waits for.
    pub(super) async fn posted(&self, kind: LetterKind) {
        match kind {
            LetterKind::Logout => self.posted.logouts.notified().await,
            LetterKind::Mail => self.posted.mails.notified().await,
            LetterKind::Webhook => self.posted.webhooks.notified().await,
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// A letter that was opened.
pub(super) struct Opened {
    plain: Zeroizing<Vec<u8>>,
    end: usize,
}

impl Opened {
    /// What it says.
    pub(super) fn said(&self) -> &[u8] {
        &self.plain[self.end + 1..]
    }
}

impl fmt::Debug for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbox").finish_non_exhaustive()
    }
}
