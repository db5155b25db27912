//! User names that nobody takes because somebody signed up under them.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::error::Error;
use crate::short_lived::ShortLivedStore;

use super::Username;

/// User names that somebody signed up under, for as long as a mere registration is kept, whether or not an account was made. By whichever
/// way a name is chosen, one that is held is taken: whoever found it free after they had signed up under it would know that the address
/// was another account's.
#[derive(Clone, Debug)]
pub(crate) struct HeldNames {
    store: Arc<dyn ShortLivedStore>,
    clock: Arc<dyn Clock>,
}

impl HeldNames {
    pub(crate) fn new(store: Arc<dyn ShortLivedStore>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// Holds a name for so long; false where it is held.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn hold(&self, name: &Username, life: Duration) -> Result<bool, Error> {
        Ok(self.store.insert_new(&key(name), life, self.clock.now()).await?)
    }

    /// Whether a name is held.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn is_held(&self, name: &Username) -> Result<bool, Error> {
        Ok(self.store.get(&key(name), self.clock.now()).await?.is_some())
    }

    /// Lets go of a name.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn release(&self, name: &Username) -> Result<(), Error> {
        self.store.take(&key(name), self.clock.now()).await?;
        Ok(())
    }
}

fn key(name: &Username) -> String {
    format!("signed-up-name:{}", name.canonical())
}
