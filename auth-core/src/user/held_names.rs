//! User names that nobody takes because somebody signed up under them.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::short_lived::ShortLivedStore;

use super::{LoginName, Username};

/// User names that somebody signed up under, for as long as a mere registration is kept, whether or not an account was made. By whichever
/// way a name is chosen, one that is held is taken: whoever found it free after they had signed up under it would know that the address
/// was another account's. Imports go by the table alone: nobody chooses a name by one.
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
        Ok(self.store.insert_new(&key(name.canonical()), life, self.clock.now()).await?)
    }

    /// Whether a name is held.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn is_held(&self, name: &Username) -> Result<bool, Error> {
        self.holds(name.canonical()).await
    }

    async fn holds(&self, canonical: &str) -> Result<bool, Error> {
        Ok(self.store.get(&key(canonical), self.clock.now()).await?.is_some())
    }

    /// Refuses a name, and further names to log in by, that are held for others than whoever has the name `own`.
    ///
    /// # Errors
    /// `AlreadyExists`; `Unavailable`.
    pub(super) async fn check(
        &self,
        username: Option<&Username>,
        login_names: &[LoginName],
        own: Option<&Username>,
    ) -> Result<(), Error> {
        let further = login_names.iter().filter_map(LoginName::username);
        for name in username.map(Username::canonical).into_iter().chain(further) {
            if own.is_none_or(|own| own.canonical() != name) && self.holds(name).await? {
                return Err(ErrorKind::AlreadyExists.into());
            }
        }
        Ok(())
    }

    /// Lets go of a name.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn release(&self, name: &Username) -> Result<(), Error> {
        self.store.take(&key(name.canonical()), self.clock.now()).await?;
        Ok(())
    }
}

fn key(canonical: &str) -> String {
    format!("signed-up-name:{canonical}")
}
