//! How much is written of what anybody can make happen.

use std::sync::{Mutex, PoisonError};

use crate::clock::Timestamp;

/// So many at once, and then one every so often.
#[derive(Debug)]
pub(crate) struct Budget {
    most: u64,
    every_ms: u64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// How much of the time that is saved up was spent, in milliseconds.
    spent_until: i64,
    /// How many were refused since one was granted.
    refused: u64,
}

impl Budget {
    pub(crate) fn new(most: u64, every_ms: u64) -> Self {
        Self { most, every_ms, state: Mutex::default() }
    }

    /// Takes one, and answers how many were refused before it; `None` where there is none.
    pub(crate) fn take(&self, now: Timestamp) -> Option<u64> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (now, cost) = (now.unix_millis(), self.every_ms.cast_signed());
        let from = self.spent_until(&state, now);
        if from.saturating_add(cost) > now {
            state.refused = state.refused.saturating_add(1);
            return None;
        }
        state.spent_until = from.saturating_add(cost);
        Some(std::mem::take(&mut state.refused))
    }

    /// Spends one more for what was granted a moment ago, ahead of time where nothing is saved up: the next has to wait for both.
    pub(crate) fn spend(&self, now: Timestamp) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let from = self.spent_until(&state, now.unix_millis());
        state.spent_until = from.saturating_add(self.every_ms.cast_signed());
    }

    /// A clock that steps back finds what it has saved up, and no more: nothing is spent further ahead than one.
    fn spent_until(&self, state: &State, now: i64) -> i64 {
        let begin = now.saturating_sub(self.most.saturating_mul(self.every_ms).cast_signed());
        state.spent_until.clamp(begin, now.saturating_add(self.every_ms.cast_signed()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(millis: i64) -> Timestamp {
        Timestamp::from_unix_millis(1_800_000_000_000 + millis)
    }

    #[test]
    fn so_many_are_granted_at_once_and_then_one_every_so_often() {
        let budget = Budget::new(3, 1000);
        let granted = (0..5).filter(|_| budget.take(at(0)).is_some()).count();
        assert_eq!(granted, 3);
        assert_eq!(budget.take(at(999)), None);
        assert_eq!(budget.take(at(1000)), Some(3), "and it is known how many were not");
        assert_eq!(budget.take(at(1000)), None);
        assert_eq!(budget.take(at(-5_000)), None, "a clock that steps back grants nothing");
    }

    #[test]
    fn what_is_spent_beside_a_grant_is_waited_for() {
        let budget = Budget::new(2, 1000);
        assert!(budget.take(at(0)).is_some());
        budget.spend(at(0));
        assert_eq!(budget.take(at(0)), None);
        assert!(budget.take(at(1000)).is_some());
        budget.spend(at(1000));
        assert_eq!(budget.take(at(2000)), None, "that was spent ahead of time");
        assert_eq!(budget.take(at(3000)), Some(1));
    }
}
