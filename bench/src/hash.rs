//! The raw Argon2 rate: the same parameters and threads as the examples' hash pool, and nothing around it.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use auth_core::password::Argon2Params;

use crate::program::thread_cpu;

/// The examples' hash threads run at this niceness; with another, the two would not share a busy machine alike.
const NICENESS: i32 = 10;

/// What a turn of raw hashing came to.
#[derive(Clone, Copy)]
pub(crate) struct Hashing {
    hashes: u64,
    elapsed: Duration,
    cpu: Duration,
}

impl Hashing {
    /// Hashes per second.
    pub(crate) fn rate(&self) -> f64 {
        self.hashes as f64 / self.elapsed.as_secs_f64()
    }

    /// Processor time for each, in milliseconds.
    pub(crate) fn cpu_millis(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e3 / self.hashes as f64
    }
}

/// As many as the examples' pool has: one for each core.
pub(crate) fn threads() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// What one hash takes, in bytes.
pub(crate) fn work_area() -> u64 {
    u64::from(Argon2Params::OWASP.memory_kib()) * 1024
}

/// Hashes on every thread for `length`.
pub(crate) fn turn(length: Duration) -> io::Result<Hashing> {
    let workers: Vec<_> = (0..threads()).map(|_| thread::spawn(move || hash_for(length))).collect();
    let mut total = Hashing { hashes: 0, elapsed: Duration::ZERO, cpu: Duration::ZERO };
    for worker in workers {
        let one = worker.join().map_err(|_| io::Error::other("a hash thread panicked"))??;
        total.hashes += one.hashes;
        total.cpu += one.cpu;
        total.elapsed = total.elapsed.max(one.elapsed);
    }
    Ok(total)
}

fn hash_for(length: Duration) -> io::Result<Hashing> {
    rustix::process::nice(NICENESS)?;
    let owasp = Argon2Params::OWASP;
    let params = Params::new(owasp.memory_kib(), owasp.iterations(), owasp.parallelism(), Some(32));
    let params = params.map_err(|error| io::Error::other(error.to_string()))?;
    let mut area = vec![Block::new(); params.block_count()];
    let context = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut hash = || {
        let mut output = [0; 32];
        context
            .hash_password_into_with_memory(b"correct horse battery staple", &[7; 16], &mut output, &mut area)
            .map_err(|error| io::Error::other(error.to_string()))
    };
    hash()?;
    let (start, cpu_before, mut hashes) = (Instant::now(), thread_cpu()?, 0);
    while start.elapsed() < length {
        hash()?;
        hashes += 1;
    }
    Ok(Hashing { hashes, elapsed: start.elapsed(), cpu: thread_cpu()?.saturating_sub(cpu_before) })
}
