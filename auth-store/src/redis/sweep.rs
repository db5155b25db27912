//! Removing what has ended before Redis does, and entries of indexes whose thing is gone.
//!
//! Redis answers others between two steps, and each of them looks at some hundred keys. What somebody changed since it was looked at
//! stays; what cannot be read stays too, until its own time is over.

use auth_core::error::{BoxError, StoreError};
use redis::{Cmd, cmd};

use super::RedisStore;
use super::index::Entry;
use super::scan::Scan;

impl RedisStore {
    /// Removes those of the pattern that `is_over` says are, with the entries in indexes that `entries` names for them, and answers how
    /// many they were.
    pub(super) async fn sweep(
        &self,
        pattern: String,
        is_over: impl Fn(&[u8]) -> Result<bool, BoxError>,
        entries: impl Fn(&[u8], &[u8]) -> Vec<(String, Entry)>,
    ) -> Result<u64, StoreError> {
        let (mut scan, mut removed) = (Scan::begin(self.link(), pattern).await?, 0);
        while let Some(names) = scan.next().await? {
            let held: Vec<Option<Vec<u8>>> = self.link().each(names.iter().map(get).collect()).await?;
            for (name, held) in names.into_iter().zip(held) {
                let Some(held) = held.filter(|held| is_over(held).unwrap_or_else(is_left)) else { continue };
                if !self.link().run(self.scripts().remove_seen.key(&name).arg(&held)).await? {
                    continue;
                }
                removed += 1;
                for (index, entry) in entries(&name, &held) {
                    self.index_remove(index.as_bytes(), &[entry]).await?;
                }
            }
        }
        Ok(removed)
    }

    /// Removes entries from the indexes of the pattern whose thing is gone.
    pub(super) async fn repair(
        &self,
        pattern: String,
        name: impl Fn(&Entry) -> String,
    ) -> Result<(), StoreError> {
        let mut scan = Scan::begin(self.link(), pattern).await?;
        while let Some(indexes) = scan.next().await? {
            for index in indexes {
                let mut entries = self.index_entries(&index).await?;
                let is_there = entries.iter().map(|entry| exists(&name(entry))).collect();
                let mut is_there = self.link().each::<bool>(is_there).await?.into_iter();
                entries.retain(|_| is_there.next() == Some(false));
                self.index_remove(&index, &entries).await?;
            }
        }
        Ok(())
    }
}

pub(super) fn get(name: impl AsRef<[u8]>) -> Cmd {
    let mut get = cmd("GET");
    get.arg(name.as_ref());
    get
}

pub(super) fn get_and_delete(name: impl AsRef<[u8]>) -> Cmd {
    let mut get_and_delete = cmd("GETDEL");
    get_and_delete.arg(name.as_ref());
    get_and_delete
}

fn exists(name: &str) -> Cmd {
    let mut exists = cmd("EXISTS");
    exists.arg(name);
    exists
}

fn is_left(error: BoxError) -> bool {
    tracing::warn!(%error, "what Redis holds cannot be read, and is left to its end");
    false
}
