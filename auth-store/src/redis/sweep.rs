//! Removing what has ended before Redis does, and entries of indexes whose thing is gone; entering anew what a failover cut out of them.
//!
//! Redis answers others between two steps, and each of them looks at some hundred keys. What somebody changed since it was looked at
//! stays; what cannot be read stays too, until its own time is over.

use auth_core::error::{BoxError, StoreError};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use redis::{Cmd, cmd};

use super::RedisStore;
use super::index::{Entry, Place};
use super::link::AT_ONCE;
use super::scan::Scan;

impl RedisStore {
    /// Removes those of the pattern that `is_over` says are, with their `places` in indexes, and answers how many they were. What is
    /// left is entered where it has its places.
    pub(super) async fn sweep(
        &self,
        pattern: String,
        is_over: impl Fn(&[u8]) -> Result<bool, BoxError>,
        places: impl Fn(&[u8], &[u8]) -> Vec<Place>,
    ) -> Result<u64, StoreError> {
        let (mut scan, mut removed) = (Scan::begin(self.link(), pattern).await?, 0);
        while let Some(names) = scan.next().await? {
            let held: Vec<Option<Vec<u8>>> = self.link().each(names.iter().map(get).collect()).await?;
            let mut left = Vec::new();
            for (name, held) in names.into_iter().zip(held) {
                let Some(held) = held else { continue };
                if !is_over(&held).unwrap_or_else(is_left) {
                    left.append(&mut places(&name, &held));
                } else if self.link().run(self.scripts().remove_seen.key(&name).arg(&held)).await? {
                    removed += 1;
                    for Place { index, entry, .. } in places(&name, &held) {
                        self.index_remove(index.as_bytes(), &[entry]).await?;
                    }
                }
            }
            self.enter_missing(left).await?;
        }
        Ok(removed)
    }

    /// Enters what is there and does not stand in its place. An entry whose thing ends at this moment is one without a thing, which
    /// [`repair`](Self::repair) removes.
    async fn enter_missing(&self, places: Vec<Place>) -> Result<(), StoreError> {
        let stands: Vec<Option<f64>> = self.link().each(places.iter().map(Place::score).collect()).await?;
        let missing = places.into_iter().zip(stands).filter(|(_, stands)| stands.is_none());
        let entered = missing.map(|(place, _)| async move {
            self.index_add(&place.index, &place.entry, place.age, place.kept, None).await.map(drop)
        });
        stream::iter(entered).buffer_unordered(AT_ONCE).try_collect().await
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

pub(super) fn exists(name: &str) -> Cmd {
    let mut exists = cmd("EXISTS");
    exists.arg(name);
    exists
}

fn is_left(error: BoxError) -> bool {
    tracing::warn!(%error, "what Redis holds cannot be read, and is left to its end");
    false
}
