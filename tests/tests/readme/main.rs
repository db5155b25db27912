//! The README, as a new user reads it: its manifest and its three programs are copied out of it, built as crates outside of this
//! workspace, started, and logged in to. Beside them stands a crate that takes guards wrongly, for what the compiler says then.
//!
//! All of them are one build, below the target folder of this one and with the versions of its lock file.

#![expect(clippy::unwrap_used, reason = "a README that does not hold is a test that panics")]

mod build;
mod page;
mod programs;
mod translation;
mod wrong;
