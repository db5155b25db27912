//! Figures of what happens, for whoever watches the servers, by the facade of the crate `metrics` (feature `metrics`; without it
//! nothing is counted, and nothing costs anything).
//!
//! | name | kind | labels | what |
//! |---|---|---|---|
//! | `auth_logins_total` | counter | `outcome`: `admitted`, `mfa_required`, or the code of the refusal | credentials that were checked |
//! | `auth_events_total` | counter | `kind`: the name of an [`EventKind`](crate::event::EventKind) | what happened to accounts, and who was refused |
//! | `auth_guards_total` | counter | `outcome`: `passed`, or the code of the refusal | requirements that were decided |
//! | `auth_guard_seconds` | histogram | | how long that took, its stores included |
//! | `auth_guard_cache_bound_seconds` | gauge | | for how long a change that another server or another program makes may go unseen by guards here: `AUTH_CACHE_SECONDS`, 0 where each asks the store |
//! | `auth_guard_cache_reads_total` | counter | `outcome`: `hit` (went by what this server read before), `miss` (asked the store) | guards that may go by what was read before |
//! | `auth_refreshes_total` | counter | `outcome`: `rotated`, `repeated` (a lost reply), `reused` (the family ended), or the code of the refusal | refresh tokens that were presented |
//! | `auth_breach_checks_total` | counter | `outcome`: `breached`, `unknown`, `unanswered` (the password was taken) | new passwords that were looked for among those of breaches |
//! | `auth_human_checks_total` | counter | `outcome`: `person`, `refused`, `unanswered` (nobody could tell) | forms that had to be a person's |
//! | `auth_throttled_total` | counter | | replies 429 of the login routes |
//! | `auth_store_seconds` | histogram | `store`: `postgres`, `sqlite`, `redis` and so on · `operation`: `read` (look-ups, as guards make them), `write` (the rest) | calls to a store of `auth-store`, the wait for a connection included |
//! | `auth_store_errors_total` | counter | `store`, `operation` | those that failed: each is a 503 to somebody |
//! | `auth_hashes_waiting` | gauge | | passwords that wait for a thread of the hashing pool |
//! | `auth_ready` | gauge | | 1 while this server can take requests, 0 while not; as the route `/auth/health/ready` found it last |
//! | `auth_clock_offset_seconds` | gauge | | by how much the database's clock is ahead of this machine's |
//! | `auth_removed_total` | counter | | expired rows that housekeeping removed |
//!
//! The codes are those of [`ErrorKind::reply`](crate::error::ErrorKind::reply). No label can take more values than stand here, and no
//! figure has a name, an address, a token or anything else of a person in it. What a server logs is another matter: `tracing`.
//!
//! Whoever runs the servers chooses where the figures go, once, before the first of them: a recorder such as
//! `metrics-exporter-prometheus`. What is worth an alarm is in the guide for deployments, `examples/guides/deploying.md`.

#[cfg_attr(feature = "metrics", path = "enabled.rs")]
#[cfg_attr(not(feature = "metrics"), path = "disabled.rs")]
mod facade;
#[cfg(test)]
#[cfg(feature = "metrics")]
mod tests;

use crate::error::Error;
use crate::login::Admission;

pub(crate) use self::facade::{
    breach_check, clock_offset, described, event, guard_cache_bound, guard_cache_read, guarded,
    hashes_waiting, human_check, login, ready, refreshed, removed, throttled,
};

/// When something began that is timed.
#[doc(hidden)]
pub use self::facade::Began;
/// A call to a store that began then is over.
#[doc(hidden)]
pub use self::facade::store_call;

/// Of somebody who was let in.
pub(crate) const ADMITTED: &str = "admitted";

/// What became of credentials, as a label.
pub(crate) fn admission(outcome: &Result<Admission, Error>) -> &'static str {
    match outcome {
        Ok(Admission::Admitted(_)) => ADMITTED,
        Ok(Admission::Pending(_)) => "mfa_required",
        Err(error) => error.kind().row().code,
    }
}
