//! The program, run as people run it: arguments, environment and input in; output, errors and exit code out.
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod accounts;
mod audit;
mod clients;
mod django;
mod doctor;
mod factors;
mod home;
mod import_csv;
mod import_names;
mod import_sql;
mod import_text;
mod keys;
mod left_behind;
mod redis;
mod servers;
#[cfg(target_os = "linux")]
mod terminal;
mod throttle;
