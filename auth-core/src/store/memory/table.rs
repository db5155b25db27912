//! A hash table in shards, each behind its own lock.

use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use hashbrown::HashTable;

/// Enough that a handful of cores rarely meet.
const SHARDS: u64 = 64;

/// One shard. Aligned to a cache line, so that locking one does not slow its neighbours.
#[repr(align(64))]
struct Shard<T>(RwLock<HashTable<T>>);

/// The shards. Callers bring the hash along; middle bits choose the shard, the table uses the lowest and highest.
pub(super) struct Sharded<T>(Box<[Shard<T>]>);

impl<T> Sharded<T> {
    pub(super) fn read(&self, hash: u64) -> RwLockReadGuard<'_, HashTable<T>> {
        read(&self.0[shard_of(hash)].0)
    }

    pub(super) fn write(&self, hash: u64) -> RwLockWriteGuard<'_, HashTable<T>> {
        write(&self.0[shard_of(hash)].0)
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

/// The first shard gets twice the share of the last, with even steps between: tables double when they are full, and so
/// they do it one after the other. Memory per entry stays even, and nobody waits for all of them at once.
fn shard_of(hash: u64) -> usize {
    // x in [0, 1) as a 16-bit fraction; x (2 + x) / 3 runs from 0 to 1 and its slope from 2/3 to 4/3.
    let x = (hash >> 32) & 0xffff;
    ((x * ((2 << 16) + x) * SHARDS / 3) >> 32) as usize
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shard_is_used_and_none_has_more_than_twice_the_share_of_another() {
        let mut shares = [0_u32; SHARDS as usize];
        for x in 0..=0xffff_u64 {
            shares[shard_of(x << 32 | 0xffff_0000_0000_0000)] += 1;
        }
        let (least, most) = (shares.iter().min().unwrap(), shares.iter().max().unwrap());
        assert!(*least > 700 && *most < 1550, "{least} {most}");
    }
}
