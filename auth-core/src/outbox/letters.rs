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
use crate::user::{LetterId, QueuedLetter};

use super::OutboxStore;

/// The outbox, in which letters are sealed.
#[derive(Clone)]
pub(crate) struct Outbox {
    pub(super) store: Arc<dyn OutboxStore>,
    sealer: Sealer,
    pub(super) clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    /// Told whenever this process posts something.
    pub(super) posted: Arc<Notify>,
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
        kind: &'static str,
        letter: &impl Serialize,
        life: Duration,
    ) -> Result<QueuedLetter, Error> {
        let mut plain = Zeroizing::new(format!("{kind}\n").into_bytes());
        let written = serde_json::to_writer(&mut *plain, letter);
        written.map_err(|error| Error::new(ErrorKind::Internal).with_source(error))?;
        let (id, now) = (LetterId::new(random_bytes(&*self.random)), self.clock.now());
        let sealed = self.sealer.seal(&plain, id.as_bytes(), &*self.random);
        Ok(QueuedLetter { id, due_at: now, expires_at: now + life, attempts: 0, sealed })
    }

    /// What a letter says; `None` for one that no secret of ours opens.
    pub(super) fn opened(&self, letter: &QueuedLetter) -> Option<Opened> {
        let plain = self.sealer.open(&letter.sealed, letter.id.as_bytes())?;
        let end = plain.iter().position(|byte| *byte == b'\n')?;
        Some(Opened { plain, end })
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
        self.posted.notify_one();
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
    /// For which kind of courier it is.
    pub(super) fn kind(&self) -> &[u8] {
        &self.plain[..self.end]
    }

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
