//! The tables of ours, written once over the [toolkit](crate::sql), whatever the database: a folder of the crate that has a
//! dialect, a driver and migrations brings all of them.
//!
//! Each statement names the tenant, and the handle binds it: no statement here can read or write what is another tenant's.

mod audit;
mod broadcast;
mod clients;
mod consents;
mod factors;
mod insertion;
mod inspect;
mod keys;
mod linked_accounts;
mod outbox;
mod refresh;
mod rows;
mod sessions;
mod short_lived;
mod statements;
mod store;
mod sweep;
mod user_admin;
mod user_row;
mod users;

pub use self::inspect::MigrationScript;
pub use self::store::SqlStore;
