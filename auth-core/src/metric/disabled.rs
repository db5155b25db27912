//! Nothing, where the facade is not compiled in.

use std::time::Duration;

/// When something began that is timed.
#[derive(Clone, Copy, Debug)]
pub struct Began;

impl Began {
    /// Now.
    #[must_use]
    pub fn now() -> Self {
        Self
    }
}

pub(crate) fn described() {}

pub(crate) fn breach_check(_: &'static str) {}

pub(crate) fn human_check(_: &'static str) {}

pub(crate) fn login(_: &'static str) {}

pub(crate) fn event(_: &'static str) {}

pub(crate) fn guarded(_: &'static str, _: Began) {}

pub(crate) fn guard_cache_bound(_: Duration) {}

pub(crate) fn guard_cache_read(_: &'static str) {}

pub(crate) fn refreshed(_: &'static str) {}

pub(crate) fn throttled() {}

pub(crate) fn hashes_waiting(_: usize) {}

pub(crate) fn ready(_: bool) {}

pub(crate) fn clock_offset(_: Duration, _: Duration) {}

pub(crate) fn removed(_: u64) {}

/// A call to a store that began then is over.
pub fn store_call(_: &'static str, _: &'static str, _: Began, _: bool) {}
