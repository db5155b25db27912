//! A hash table in shards, each behind its own lock.

use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use hashbrown::HashTable;

/// Enough that a handful of cores rarely meet; a power of two.
const SHARDS: usize = 64;

/// One shard. Aligned to a cache line, so that locking one does not slow its neighbours.
#[repr(align(64))]
struct Shard<T>(RwLock<HashTable<T>>);

/// The shards. Callers bring the hash along; its middle bits choose the shard, the table uses the lowest and highest.
pub(super) struct Sharded<T>(Box<[Shard<T>]>);

impl<T> Sharded<T> {
    pub(super) fn shard_of(hash: u64) -> usize {
        (hash >> 32) as usize % SHARDS
    }

    pub(super) fn read(&self, hash: u64) -> RwLockReadGuard<'_, HashTable<T>> {
        read(&self.0[Self::shard_of(hash)].0)
    }

    pub(super) fn write(&self, hash: u64) -> RwLockWriteGuard<'_, HashTable<T>> {
        write(&self.0[Self::shard_of(hash)].0)
    }

    /// Each shard in turn, locked for writing while the caller holds it.
    pub(super) fn write_each(&self) -> impl Iterator<Item = RwLockWriteGuard<'_, HashTable<T>>> {
        self.0.iter().map(|shard| write(&shard.0))
    }
}

impl<T> Default for Sharded<T> {
    fn default() -> Self {
        Self((0..SHARDS).map(|_| Shard(RwLock::new(HashTable::new()))).collect())
    }
}

// No code panics between two changes that belong together, so what a poisoned lock guards is whole.

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
