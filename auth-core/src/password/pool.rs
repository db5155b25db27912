//! The hash threads: few, of low priority, each with one work area for its whole life.
//!
//! A thread's work area is touched at its first job and kept, as 19 MiB of fresh memory for each login cost thousands
//! of page faults. It is not wiped between jobs: wiping would cost a tenth of the hash, and the next job overwrites it.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use argon2::{Argon2, Block};
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::error::{Error, ErrorKind};
use crate::metric;

use super::params::MAX_MEMORY_KIB;

/// What a caller is told to wait when the queue is full: about the time that two threads take for a full default queue.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// How long a job waits for a thread at most, as a request to another server does: whoever asked has given up by then.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// How much lower than the rest of the process the hash threads run, in steps of nice(2): guarded requests, which take
/// microseconds, go first; hashing still gets its share of a busy machine.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

type Job = Box<dyn FnOnce(&mut WorkArea) + Send>;

/// A bounded queue and the threads that work it off. They end when the pool is dropped.
pub(super) struct Pool {
    jobs: SyncSender<Job>,
    queued: Arc<AtomicUsize>,
    threads: usize,
}

impl Pool {
    /// Starts `threads` threads that keep work areas of `blocks` KiB, with room for `queue` waiting jobs.
    pub(super) fn start(threads: usize, queue: usize, blocks: usize) -> Result<Self, Error> {
        let (jobs, receiver) = sync_channel(queue);
        let receiver = Arc::new(Mutex::new(receiver));
        let queued = Arc::new(AtomicUsize::new(0));
        for number in 0..threads {
            let (receiver, queued) = (receiver.clone(), queued.clone());
            std::thread::Builder::new()
                .name(format!("auth-hash-{number}"))
                .spawn(move || work_off(&receiver, &queued, WorkArea::new(blocks)))
                .map_err(|error| Error::new(ErrorKind::Internal).with_source(error))?;
        }
        Ok(Self { jobs, queued, threads })
    }

    /// Runs `work` on one of the threads. A caller that gives up before its turn costs nothing; what was begun is finished.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] at once when the queue is full, and after [`LONGEST_WAIT`] without a turn;
    /// [`ErrorKind::Internal`] when `work` panicked.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut WorkArea) -> T + Send + 'static,
    ) -> Result<T, Error> {
        let ((begin, begun), (answer, answered)) = (oneshot::channel(), oneshot::channel());
        self.submit(Box::new(move |area| {
            if begin.send(()).is_ok() {
                // The caller may have left during the run; then nobody wants the answer.
                let _ = answer.send(work(area));
            }
        }))?;
        timeout(LONGEST_WAIT, begun).await.map_err(|_| full())?.map_err(internal)?;
        answered.await.map_err(internal)
    }

    /// Jobs that wait for a thread.
    pub(super) fn queued(&self) -> usize {
        self.queued.load(Ordering::Relaxed)
    }

    fn submit(&self, job: Job) -> Result<(), Error> {
        // Counted before it is sent, so that the thread that takes it never counts below zero.
        metric::hashes_waiting(self.queued.fetch_add(1, Ordering::Relaxed) + 1);
        self.jobs.try_send(job).map_err(|error| {
            metric::hashes_waiting(self.queued.fetch_sub(1, Ordering::Relaxed) - 1);
            match error {
                TrySendError::Full(_) => full(),
                TrySendError::Disconnected(_) => Error::new(ErrorKind::Internal),
            }
        })
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("threads", &self.threads).field("queued", &self.queued()).finish()
    }
}

fn internal(error: oneshot::error::RecvError) -> Error {
    Error::new(ErrorKind::Internal).with_source(error)
}

fn full() -> Error {
    Error::new(ErrorKind::Unavailable).with_retry_after(RETRY_AFTER)
}

fn work_off(jobs: &Mutex<Receiver<Job>>, queued: &AtomicUsize, mut area: WorkArea) {
    lower_priority();
    while let Some(job) = next(jobs) {
        metric::hashes_waiting(queued.fetch_sub(1, Ordering::Relaxed) - 1);
        // A panic ends that job only: its caller's channel is dropped with it. The area is plain numbers, of which
        // nothing is expected at the next job.
        let _ = catch_unwind(AssertUnwindSafe(|| job(&mut area)));
        area.give_back_excess();
    }
}

/// The next job, or `None` when the pool is gone. One idle thread waits in the channel, the others for the lock; callers
/// that submit never touch it, so that a low-priority thread cannot hold up an async one.
fn next(jobs: &Mutex<Receiver<Job>>) -> Option<Job> {
    jobs.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

/// On Linux niceness belongs to the thread. Elsewhere it is the whole process's, which must not be slowed.
#[cfg(target_os = "linux")]
fn lower_priority() {
    if let Err(error) = rustix::process::nice(NICENESS) {
        tracing::debug!(%error, "hash thread keeps its priority");
    }
}

#[cfg(not(target_os = "linux"))]
fn lower_priority() {}

/// The memory that one thread hashes in.
pub(super) struct WorkArea {
    blocks: Vec<Block>,
    kept: usize,
}

impl WorkArea {
    fn new(kept: usize) -> Self {
        Self { blocks: Vec::new(), kept }
    }

    /// Fills `output` with the Argon2 hash of the password.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] when the memory cannot be had; [`ErrorKind::Internal`] when Argon2 refuses its input.
    pub(super) fn hash(
        &mut self,
        context: &Argon2<'_>,
        password: &[u8],
        salt: &[u8],
        output: &mut [u8],
    ) -> Result<(), Error> {
        let needed = context.params().block_count();
        self.make_room(needed)?;
        context
            .hash_password_into_with_memory(password, salt, output, &mut self.blocks[..needed])
            .map_err(|error| Error::new(ErrorKind::Internal).with_source(error.to_string()))
    }

    /// Makes sure that a hash with `kib` KiB of its own can be computed: the area goes where both would be more than one run
    /// may take, and memory that cannot be had is found out here, where it is no abort.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] when the memory cannot be had.
    pub(super) fn make_way(&mut self, kib: usize) -> Result<(), Error> {
        if self.blocks.len() + kib > MAX_MEMORY_KIB as usize {
            self.blocks = Vec::new();
        }
        Vec::<Block>::new().try_reserve_exact(kib).map_err(|error| full().with_source(error))
    }

    /// Its size in KiB.
    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.blocks.capacity()
    }

    /// Makes the area at least `needed` KiB large. The old one goes first: contents need no copying, and both at once
    /// would be twice the memory.
    fn make_room(&mut self, needed: usize) -> Result<(), Error> {
        if self.blocks.len() >= needed {
            return Ok(());
        }
        let target = needed.max(self.kept);
        self.blocks = Vec::new();
        self.blocks.try_reserve_exact(target).map_err(|error| full().with_source(error))?;
        self.blocks.resize(target, Block::new());
        Ok(())
    }

    /// Gives an area back that one costly stored hash made larger than the configured hash needs.
    fn give_back_excess(&mut self) {
        if self.blocks.len() > self.kept {
            self.blocks = Vec::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn whoever_gets_no_turn_in_ten_seconds_is_told_when_to_come_back_and_costs_nothing() {
        let pool = Pool::start(1, 2, 1).unwrap();
        let ((taken, is_taken), (release, is_released)) = (channel(), channel());
        pool.submit(Box::new(move |_| {
            taken.send(()).unwrap();
            is_released.recv().unwrap();
        }))
        .unwrap();
        is_taken.recv().unwrap();
        let (run, was_run) = channel();
        let began = Instant::now();
        let refused = pool.run(move |_| run.send(())).await.unwrap_err();
        assert_eq!((refused.kind(), refused.retry_after()), (ErrorKind::Unavailable, Some(RETRY_AFTER)));
        assert_eq!(began.elapsed(), LONGEST_WAIT);
        release.send(()).unwrap();
        assert!(was_run.recv().is_err(), "nobody waits for it any more");
    }
}
