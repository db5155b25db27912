//! Connections that an application has already.

use sqlx::PgPool;

/// An application's own connections, for [`SqlStore::from_pool`](crate::SqlStore::from_pool). A `PgPool` of sqlx 0.9 becomes one;
/// [`auth_store::sqlx`](crate::sqlx) is the sqlx that is meant.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SqlPool {
    /// To PostgreSQL.
    Postgres(PgPool),
}

impl From<PgPool> for SqlPool {
    fn from(pool: PgPool) -> Self {
        Self::Postgres(pool)
    }
}
