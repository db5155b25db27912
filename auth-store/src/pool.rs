//! Connections that an application has already.

#[cfg(feature = "mysql")]
use sqlx::MySqlPool;
#[cfg(feature = "postgres")]
use sqlx::PgPool;

/// An application's own connections, for [`SqlStore::from_pool`](crate::SqlStore::from_pool). A `PgPool` or `MySqlPool` of sqlx 0.9
/// becomes one; [`auth_store::sqlx`](crate::sqlx) is the sqlx that is meant.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SqlPool {
    /// To MySQL or MariaDB.
    #[cfg(feature = "mysql")]
    MySql(MySqlPool),
    /// To PostgreSQL.
    #[cfg(feature = "postgres")]
    Postgres(PgPool),
}

#[cfg(feature = "mysql")]
impl From<MySqlPool> for SqlPool {
    fn from(pool: MySqlPool) -> Self {
        Self::MySql(pool)
    }
}

#[cfg(feature = "postgres")]
impl From<PgPool> for SqlPool {
    fn from(pool: PgPool) -> Self {
        Self::Postgres(pool)
    }
}
