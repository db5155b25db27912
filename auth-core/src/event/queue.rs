//! Work that nobody waits for, in order, and never more of it than there is room for.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::listener::MOST_WAITING;

/// Things that wait for the one task that works on them, which is there while something waits.
pub(super) struct Queue<T>(Arc<Inner<T>>);

struct Inner<T> {
    state: Mutex<State<T>>,
    is_idle: Notify,
}

struct State<T> {
    waiting: VecDeque<T>,
    is_worked_on: bool,
    /// How many found no room since it was last said.
    lost: u64,
}

/// What is worked on at once.
pub(super) const BATCH: usize = 64;

impl<T> Default for Queue<T> {
    fn default() -> Self {
        let state = State { waiting: VecDeque::new(), is_worked_on: false, lost: 0 };
        Self(Arc::new(Inner { state: Mutex::new(state), is_idle: Notify::new() }))
    }
}

impl<T> Clone for Queue<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Send + 'static> Queue<T> {
    /// Adds something, and begins to work where nobody does. Outside of a Tokio runtime it waits for the next one.
    pub(super) fn push<F>(&self, item: T, work: impl Fn(Vec<T>) -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send,
    {
        let mut state = self.state();
        if state.waiting.len() >= MOST_WAITING {
            state.lost += 1;
            return;
        }
        state.waiting.push_back(item);
        if state.is_worked_on {
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        state.is_worked_on = true;
        drop(state);
        let mut worker = Worker { queue: self.clone(), is_done: false };
        runtime.spawn(async move {
            while let Some((batch, lost)) = worker.next() {
                if lost > 0 {
                    tracing::warn!(
                        lost,
                        "more events happened than could be kept up with: these are in the log alone"
                    );
                }
                work(batch).await;
            }
        });
    }

    /// Waits until nothing is waiting any more.
    pub(super) async fn drained(&self) {
        loop {
            let idle = self.0.is_idle.notified();
            tokio::pin!(idle);
            idle.as_mut().enable();
            {
                let state = self.state();
                if !state.is_worked_on {
                    return;
                }
            }
            idle.await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whoever works on a queue. One that dies with its runtime, or by a panic, leaves the rest to the next.
struct Worker<T: Send + 'static> {
    queue: Queue<T>,
    is_done: bool,
}

impl<T: Send + 'static> Worker<T> {
    /// The next of those that wait, and how many were lost; `None` where the work is done.
    fn next(&mut self) -> Option<(Vec<T>, u64)> {
        let mut state = self.queue.state();
        let count = state.waiting.len().min(BATCH);
        if count == 0 {
            // While it is locked: whoever pushes after this begins anew.
            state.is_worked_on = false;
            self.is_done = true;
            return None;
        }
        let batch = state.waiting.drain(..count).collect();
        Some((batch, std::mem::take(&mut state.lost)))
    }
}

impl<T: Send + 'static> Drop for Worker<T> {
    fn drop(&mut self) {
        if !self.is_done {
            self.queue.state().is_worked_on = false;
        }
        self.queue.0.is_idle.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn what_is_pushed_is_worked_on_in_order_and_nothing_beyond_the_room() {
        let (queue, seen) = (Queue::default(), Arc::new(Mutex::new(Vec::new())));
        for number in 0..MOST_WAITING + 5 {
            let seen = seen.clone();
            queue.push(number, move |batch| {
                seen.lock().unwrap().extend(batch);
                async {}
            });
        }
        queue.drained().await;
        assert_eq!(*seen.lock().unwrap(), (0..MOST_WAITING).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn a_panic_loses_what_it_was_about_and_no_more() {
        let (queue, done) = (Queue::default(), Arc::new(AtomicUsize::new(0)));
        queue.push(0, |_| async { panic!("on purpose") });
        queue.drained().await;
        let counted = done.clone();
        queue.push(1, move |batch| {
            counted.fetch_add(batch.len(), Ordering::SeqCst);
            async {}
        });
        queue.drained().await;
        assert_eq!(done.load(Ordering::SeqCst), 1);
    }
}
