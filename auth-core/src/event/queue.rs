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
    /// Somebody is done with a batch, or with all of it.
    is_done: Notify,
}

struct State<T> {
    waiting: VecDeque<T>,
    is_worked_on: bool,
    /// How many found no room since it was last said.
    lost: u64,
    /// How many were ever pushed, and how many of those are done, in their order.
    pushed: usize,
    done: usize,
}

/// What is worked on at once.
pub(super) const BATCH: usize = 64;

impl<T> Default for Queue<T> {
    fn default() -> Self {
        let state = State { waiting: VecDeque::new(), is_worked_on: false, lost: 0, pushed: 0, done: 0 };
        Self(Arc::new(Inner { state: Mutex::new(state), is_done: Notify::new() }))
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
        state.pushed += 1;
        if state.is_worked_on {
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        state.is_worked_on = true;
        drop(state);
        let mut worker = Worker { queue: self.clone(), in_hand: 0, is_done: false };
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

    /// Waits until what waits now was worked on, whatever comes behind it; or until nobody works on it.
    pub(super) async fn drained(&self) {
        let last = self.state().pushed;
        loop {
            let done = self.0.is_done.notified();
            tokio::pin!(done);
            done.as_mut().enable();
            {
                let state = self.state();
                if !state.is_worked_on || state.done >= last {
                    return;
                }
            }
            done.await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whoever works on a queue. One that dies with its runtime, or by a panic, leaves the rest to the next.
struct Worker<T: Send + 'static> {
    queue: Queue<T>,
    /// How many it has in hand.
    in_hand: usize,
    is_done: bool,
}

impl<T: Send + 'static> Worker<T> {
    /// The next of those that wait, and how many were lost; `None` where the work is done.
    fn next(&mut self) -> Option<(Vec<T>, u64)> {
        let queue = self.queue.clone();
        let mut state = queue.state();
        self.put_down(&mut state);
        let count = state.waiting.len().min(BATCH);
        if count == 0 {
            // While it is locked: whoever pushes after this begins anew.
            state.is_worked_on = false;
            self.is_done = true;
            return None;
        }
        let batch = state.waiting.drain(..count).collect();
        self.in_hand = count;
        Some((batch, std::mem::take(&mut state.lost)))
    }
}

impl<T: Send + 'static> Worker<T> {
    /// What it had in hand is done, or lost.
    fn put_down(&mut self, state: &mut State<T>) {
        state.done += std::mem::take(&mut self.in_hand);
        self.queue.0.is_done.notify_waiters();
    }
}

impl<T: Send + 'static> Drop for Worker<T> {
    fn drop(&mut self) {
        let queue = self.queue.clone();
        let mut state = queue.state();
        self.put_down(&mut state);
        if !self.is_done {
            state.is_worked_on = false;
        }
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
    async fn whoever_waits_does_not_wait_for_what_comes_behind() {
        let (queue, gate) = (Queue::default(), Arc::new(Notify::new()));
        let work = |gate: Arc<Notify>| {
            move |batch: Vec<usize>| {
                let gate = gate.clone();
                async move {
                    if batch.contains(&BATCH) {
                        gate.notified().await;
                    }
                }
            }
        };
        for number in 0..BATCH {
            queue.push(number, work(gate.clone()));
        }
        let first = queue.drained();
        tokio::pin!(first);
        let polled = std::future::poll_fn(|context| std::task::Poll::Ready(first.as_mut().poll(context)));
        assert!(polled.await.is_pending());
        // The next batch is stuck.
        queue.push(BATCH, work(gate.clone()));
        first.await;
        assert!(queue.state().is_worked_on);
        gate.notify_one();
        queue.drained().await;
        assert!(!queue.state().is_worked_on);
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
