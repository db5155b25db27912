//! Which core is whose.
//!
//! Where load and server share cores, the scheduler moves both about, and a reply that wakes a sleeping client costs the server
//! an interrupt: microseconds that come and go, and are nobody's guard. So while guards are measured, the load has one core
//! to itself, and the programs under load another. Those programs count one core, and start as many workers.

use std::io;

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// A core for the load, and another for the programs under load.
pub(crate) struct Cores {
    pub(crate) load: CpuSet,
    pub(crate) programs: CpuSet,
}

impl Cores {
    /// The first two that this program may use.
    pub(crate) fn split() -> io::Result<Self> {
        let all = sched_getaffinity(None)?;
        let mut cores = (0..CpuSet::MAX_CPU).filter(|&core| all.is_set(core)).map(only);
        match (cores.next(), cores.next()) {
            (Some(load), Some(programs)) => Ok(Self { load, programs }),
            _ => Err(io::Error::other(
                "guards are measured on two cores: one for the load, one for the server",
            )),
        }
    }
}

/// Does the work on these cores. Threads and programs that it starts stay there.
pub(crate) fn on<T>(cores: &CpuSet, work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    let before = sched_getaffinity(None)?;
    sched_setaffinity(None, cores)?;
    let done = work();
    sched_setaffinity(None, &before)?;
    done
}

fn only(core: usize) -> CpuSet {
    let mut cores = CpuSet::new();
    cores.set(core);
    cores
}
