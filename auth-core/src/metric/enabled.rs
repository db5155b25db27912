//! The facade, where it is compiled in.

use std::time::{Duration, Instant};

use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

/// When something began that is timed.
#[derive(Clone, Copy, Debug)]
pub struct Began(Instant);

impl Began {
    /// Now.
    #[must_use]
    pub fn now() -> Self {
        Self(Instant::now())
    }

    fn seconds(self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}

/// Says what each figure is, to a recorder that wants to know.
pub(crate) fn described() {
    describe_counter!("auth_breach_checks_total", "New passwords looked for in breaches, by outcome");
    describe_counter!("auth_human_checks_total", "Forms that had to be a person's, by outcome");
    describe_counter!("auth_logins_total", "Credentials that were checked, by outcome");
    describe_counter!("auth_events_total", "What happened to accounts, by kind");
    describe_counter!("auth_guards_total", "Requirements of guards that were decided, by outcome");
    describe_histogram!("auth_guard_seconds", "How long a guard took, its stores included");
    describe_gauge!("auth_guard_cache_bound_seconds", "How long a change elsewhere may go unseen");
    describe_counter!("auth_guard_cache_reads_total", "Guards that may go by copies, by outcome");
    describe_counter!("auth_refreshes_total", "Refresh tokens that were presented, by outcome");
    describe_counter!("auth_throttled_total", "Replies 429 of the login routes");
    describe_histogram!("auth_store_seconds", "Calls to a store, by store and operation");
    describe_counter!("auth_store_errors_total", "Calls to a store that failed");
    describe_gauge!("auth_hashes_waiting", "Passwords that wait for a thread of the hashing pool");
    describe_gauge!("auth_ready", "1 while this server can take requests, 0 while not");
    describe_gauge!("auth_clock_offset_seconds", "How far the database's clock is ahead of this machine's");
    describe_counter!("auth_removed_total", "Expired rows that housekeeping removed");
}

pub(crate) fn breach_check(outcome: &'static str) {
    counter!("auth_breach_checks_total", "outcome" => outcome).increment(1);
}

pub(crate) fn human_check(outcome: &'static str) {
    counter!("auth_human_checks_total", "outcome" => outcome).increment(1);
}

pub(crate) fn login(outcome: &'static str) {
    counter!("auth_logins_total", "outcome" => outcome).increment(1);
}

pub(crate) fn event(kind: &'static str) {
    counter!("auth_events_total", "kind" => kind).increment(1);
}

pub(crate) fn guarded(outcome: &'static str, began: Began) {
    counter!("auth_guards_total", "outcome" => outcome).increment(1);
    histogram!("auth_guard_seconds").record(began.seconds());
}

pub(crate) fn guard_cache_bound(bound: Duration) {
    gauge!("auth_guard_cache_bound_seconds").set(bound.as_secs_f64());
}

pub(crate) fn guard_cache_read(outcome: &'static str) {
    counter!("auth_guard_cache_reads_total", "outcome" => outcome).increment(1);
}

pub(crate) fn refreshed(outcome: &'static str) {
    counter!("auth_refreshes_total", "outcome" => outcome).increment(1);
}

pub(crate) fn throttled() {
    counter!("auth_throttled_total").increment(1);
}

pub(crate) fn hashes_waiting(count: usize) {
    gauge!("auth_hashes_waiting").set(count as f64);
}

pub(crate) fn ready(is_ready: bool) {
    gauge!("auth_ready").set(if is_ready { 1.0 } else { 0.0 });
}

pub(crate) fn clock_offset(behind: Duration, ahead: Duration) {
    gauge!("auth_clock_offset_seconds").set(ahead.as_secs_f64() - behind.as_secs_f64());
}

pub(crate) fn removed(rows: u64) {
    counter!("auth_removed_total").increment(rows);
}

/// A call to a store that began then is over.
pub fn store_call(store: &'static str, operation: &'static str, began: Began, is_ok: bool) {
    histogram!("auth_store_seconds", "store" => store, "operation" => operation).record(began.seconds());
    if !is_ok {
        counter!("auth_store_errors_total", "store" => store, "operation" => operation).increment(1);
    }
}
