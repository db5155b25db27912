//! Durable stores for auth-core.
//!
//! | feature | backend |
//! |---|---|
//! | `sqlite` (default) | [`SqlStore`] on a SQLite file: nothing else has to run |

#[cfg(feature = "sqlite")]
mod sqlite;

#[cfg(feature = "sqlite")]
pub use self::sqlite::{SqlStore, SqlStoreOptions};
