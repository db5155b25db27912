//! When the signing keys are there: with the tables that they are kept in, or at the first use of those that were given.

use std::sync::{Arc, OnceLock};

use tokio::sync::Mutex;

use super::config::SEALED_FOR;
use super::{ApplicationSecrets, KeyConfig, KeySource, KeyStore, Keys, Sealer};
use crate::clock::Clock;
use crate::error::Error;
use crate::random::Random;

/// Loads the signing keys, once for all who need them.
pub(crate) struct KeyLoader {
    keys: Arc<OnceLock<Keys>>,
    /// None once they are loaded, or once given ones have failed.
    source: Mutex<Option<KeySource>>,
    config: KeyConfig,
    store: Arc<dyn KeyStore>,
    sealer: Sealer,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl KeyLoader {
    pub(crate) fn new(
        source: KeySource,
        config: KeyConfig,
        store: Arc<dyn KeyStore>,
        secrets: &ApplicationSecrets,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        let (keys, source, sealer) = (Arc::default(), Mutex::new(Some(source)), secrets.sealer(SEALED_FOR));
        Self { keys, source, config, store, sealer, clock, random }
    }

    /// Where the keys are, once they are loaded.
    pub(crate) fn keys(&self) -> Arc<OnceLock<Keys>> {
        self.keys.clone()
    }

    pub(crate) fn are_loaded(&self) -> bool {
        self.keys.get().is_some()
    }

    /// Loads them, unless they are loaded.
    ///
    /// # Errors
    /// Those of [`Keys::load`].
    pub(crate) async fn load(&self) -> Result<(), Error> {
        let mut source = self.source.lock().await;
        let Some(given) = source.take() else { return Ok(()) };
        // Given keys that fail are wrong for good: nothing else may take their place.
        if matches!(given, KeySource::Stored) {
            *source = Some(KeySource::Stored);
        }
        let (store, sealer, config) = (self.store.clone(), self.sealer.clone(), self.config.clone());
        let keys = Keys::load(given, store, sealer, config, self.clock.clone(), self.random.clone()).await?;
        *source = None;
        // The lock is held: nobody else sets them.
        let _ = self.keys.set(keys);
        Ok(())
    }
}
