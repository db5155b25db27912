//! Randomness that repeats.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest as _, Sha256};

use crate::random::Random;

/// Bytes that look random, differ at each call, and are the same in each run with the same seed. Clones share one
/// sequence.
///
/// # Security
/// Anybody can work out what it gives next. For tests only.
#[derive(Clone, Debug)]
pub struct SeededRandom {
    seed: u64,
    blocks: Arc<AtomicU64>,
}

impl SeededRandom {
    /// The sequence of this seed, from its beginning.
    pub fn new(seed: u64) -> Self {
        Self { seed, blocks: Arc::default() }
    }
}

impl Default for SeededRandom {
    fn default() -> Self {
        Self::new(0)
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        for part in bytes.chunks_mut(32) {
            let block = self.blocks.fetch_add(1, Ordering::SeqCst);
            let digest = Sha256::new()
                .chain_update(self.seed.to_le_bytes())
                .chain_update(block.to_le_bytes())
                .finalize();
            part.copy_from_slice(&digest[..part.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::random_bytes;

    #[test]
    fn the_same_seed_gives_the_same_bytes_and_none_twice() {
        let (one, other) = (SeededRandom::new(7), SeededRandom::new(7));
        let first: [u8; 40] = random_bytes(&one);
        assert_eq!(first, random_bytes::<40>(&other));
        assert_ne!(first, random_bytes::<40>(&one));
        assert_ne!(first, random_bytes::<40>(&SeededRandom::new(8)));
    }
}
