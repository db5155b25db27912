//! What users of the memory store have allowed clients.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use async_trait::async_trait;
use hashbrown::HashMap;

use crate::error::StoreError;
use crate::server::{Consent, ConsentStore};
use crate::user::{Attachment, UserId};

use super::attached::Attached;
use super::table::lock;
use super::users::MemoryUsers;

/// All consents, of each user by the ids of clients.
#[derive(Default)]
pub(super) struct Consents(HashMap<UserId, BTreeMap<String, Consent>>);

impl Consents {
    fn put(&mut self, consent: Consent) {
        let of_user = self.0.entry(consent.user.clone()).or_default();
        match of_user.entry(consent.client_id.clone()) {
            Entry::Vacant(place) => drop(place.insert(consent)),
            Entry::Occupied(mut held) => {
                let created_at = held.get().created_at;
                held.insert(Consent { created_at, ..consent });
            }
        }
    }

    pub(super) fn remove_user(&mut self, user: &UserId) {
        self.0.remove(user);
    }
}

#[async_trait]
impl ConsentStore for MemoryUsers {
    async fn get(&self, user: &UserId, client_id: &str) -> Result<Option<Consent>, StoreError> {
        let directory = lock(&self.directory);
        Ok(directory.consents.0.get(user).and_then(|consents| consents.get(client_id)).cloned())
    }

    async fn list(&self, user: &UserId) -> Result<Vec<Consent>, StoreError> {
        let directory = lock(&self.directory);
        let consents = directory.consents.0.get(user).into_iter().flat_map(BTreeMap::values);
        Ok(consents.cloned().collect())
    }

    async fn put(&self, consent: Consent, attached: Vec<Attachment>) -> Result<(), StoreError> {
        let attached = Attached::of(attached)?;
        let mut directory = lock(&self.directory);
        if attached.is_taken(&directory) {
            return Err(StoreError::already_exists());
        }
        directory.consents.put(consent);
        attached.keep(&mut directory);
        Ok(())
    }

    async fn remove(
        &self,
        user: &UserId,
        client_id: &str,
        attached: Vec<Attachment>,
    ) -> Result<bool, StoreError> {
        let attached = Attached::of(attached)?;
        let mut directory = lock(&self.directory);
        let Some(of_user) = directory.consents.0.get_mut(user) else { return Ok(false) };
        if of_user.remove(client_id).is_none() {
            return Ok(false);
        }
        attached.keep(&mut directory);
        Ok(true)
    }
}
