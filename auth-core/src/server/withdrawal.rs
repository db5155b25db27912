//! That somebody has taken back what they allowed, for as long as a page may be open that was shown before.
//!
//! Who allows something notes it, and then looks whether it was taken back since they were asked; who takes it back notes that, and then
//! removes what was allowed. So of the two one sees the other, on any number of servers, and what is taken back stays so.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::clock::Clock;
use crate::error::Error;
use crate::key::{ApplicationSecrets, KeyedHash};
use crate::random::{Random, random_bytes};
use crate::short_lived::ShortLivedStore;
use crate::user::UserId;

use super::WAITING_LIFE;

/// What users have taken back of late.
#[derive(Clone)]
pub(super) struct Withdrawals {
    store: Arc<dyn ShortLivedStore>,
    hash: KeyedHash,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl Withdrawals {
    pub(super) fn new(
        store: Arc<dyn ShortLivedStore>,
        secrets: &ApplicationSecrets,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self { store, hash: secrets.keyed_hash("withdrawal"), clock, random }
    }

    /// Notes that this user takes back what they allowed this client.
    pub(super) async fn note(&self, user: &UserId, client_id: &str) -> Result<(), Error> {
        let name: [u8; 16] = random_bytes(&*self.random);
        Ok(self.store.put(&self.key(user, client_id), &name, WAITING_LIFE, self.clock.now()).await?)
    }

    /// The name of the latest withdrawal, which differs from that of every other; empty where there was none of late.
    pub(super) async fn latest(&self, user: &UserId, client_id: &str) -> Result<String, Error> {
        let name = self.store.get(&self.key(user, client_id), self.clock.now()).await?;
        Ok(URL_SAFE_NO_PAD.encode(name.unwrap_or_default()))
    }

    fn key(&self, user: &UserId, client_id: &str) -> String {
        let hash = self.hash.hash([client_id, user.as_str()].join("\n").as_bytes());
        format!("withdrawn:{}", URL_SAFE_NO_PAD.encode(hash))
    }
}

impl fmt::Debug for Withdrawals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Withdrawals").finish_non_exhaustive()
    }
}
