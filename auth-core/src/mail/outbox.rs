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

    /// A letter, to be posted or to come with a change, that is of use for so long.
    ///
    /// # Errors
    /// `Internal`, which no letter of ours makes.
    pub(crate) fn sealed(&self, letter: &impl Serialize, life: Duration) -> Result<QueuedLetter, Error> {
        let plain = serde_json::to_vec(letter).map(Zeroizing::new);
        let plain = plain.map_err(|error| Error::new(ErrorKind::Internal).with_source(error))?;
        let (id, now) = (LetterId::new(random_bytes(&*self.random)), self.clock.now());
        let sealed = self.sealer.seal(&plain, id.as_bytes(), &*self.random);
        Ok(QueuedLetter { id, due_at: now, expires_at: now + life, attempts: 0, sealed })
    }

    /// What a letter says; `None` for one that no secret of ours opens.
    pub(super) fn opened(&self, letter: &QueuedLetter) -> Option<Zeroizing<Vec<u8>>> {
        self.sealer.open(&letter.sealed, letter.id.as_bytes())
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

impl fmt::Debug for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbox").finish_non_exhaustive()
    }
}
