//! The application's table of people, and what authentication needs of it.

use std::sync::Arc;

use async_trait::async_trait;
use auth_core::clock::Timestamp;
use auth_core::error::{Error, StoreError};
use auth_core::password::{Password, PasswordHash, PasswordHasher};
use auth_core::user::{Account, LoginName, User, UserId, UserStore, Username};
use sqlx::sqlite::{SqlitePool, SqliteRow};
use sqlx::{FromRow, Row as _};

/// The table as the application has had it for years, and two columns that authentication needs: `login`, the name in
/// its canonical form (binary comparison, unique), and `auth_epoch`.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS people (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    login TEXT NOT NULL COLLATE BINARY UNIQUE,
    password TEXT NOT NULL,
    is_librarian INTEGER NOT NULL,
    left_at INTEGER,
    joined_at INTEGER NOT NULL,
    seen_at INTEGER,
    auth_epoch INTEGER NOT NULL DEFAULT 0
)";

const BY_ID: &str = "SELECT * FROM people WHERE id = ?";
const BY_LOGIN: &str = "SELECT * FROM people WHERE login = ?";

/// The people of a library.
#[derive(Clone, Debug)]
pub struct People(SqlitePool);

/// A row of the table.
struct Person {
    id: i64,
    name: String,
    password: String,
    is_librarian: bool,
    left_at: Option<i64>,
    joined_at: i64,
    seen_at: Option<i64>,
    auth_epoch: i64,
}

impl FromRow<'_, SqliteRow> for Person {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            password: row.try_get("password")?,
            is_librarian: row.try_get("is_librarian")?,
            left_at: row.try_get("left_at")?,
            joined_at: row.try_get("joined_at")?,
            seen_at: row.try_get("seen_at")?,
            auth_epoch: row.try_get("auth_epoch")?,
        })
    }
}

impl Person {
    /// The row as a user. What the application calls a librarian holds a permission; who has left is not active.
    fn into_account(self) -> Result<Account, StoreError> {
        let username = Username::new(&self.name).map_err(StoreError::unavailable)?;
        let joined_at = Timestamp::from_unix_millis(self.joined_at);
        let mut user = User::new(UserId::new(self.id.to_string()), username, joined_at);
        user.is_active = self.left_at.is_none();
        user.is_staff = self.is_librarian;
        user.last_login = self.seen_at.map(Timestamp::from_unix_millis);
        user.auth_epoch = self.auth_epoch.unsigned_abs();
        if self.is_librarian {
            user.permissions = vec!["books.lend_book".to_owned()];
        }
        Ok(Account { user: Arc::new(user), password: Some(PasswordHash::from_encoded(self.password)) })
    }
}

impl People {
    /// Opens the table in this database.
    ///
    /// # Errors
    /// When the database cannot be opened.
    pub async fn open(url: &str) -> Result<Self, sqlx::Error> {
        let pool = SqlitePool::connect(url).await?;
        sqlx::query(TABLE).execute(&pool).await?;
        Ok(Self(pool))
    }

    /// Adds a person.
    ///
    /// # Errors
    /// When the name or password cannot be used, or the table cannot be written.
    pub async fn add(
        &self,
        hasher: &PasswordHasher,
        name: &str,
        password: &str,
        is_librarian: bool,
    ) -> Result<(), Error> {
        let username = Username::new(name)?;
        let hash = hasher.hash(&Password::new(password)?).await?;
        let sql = "INSERT INTO people (name, login, password, is_librarian, joined_at) VALUES (?, ?, ?, ?, 0)
                   ON CONFLICT (login) DO NOTHING";
        let insert =
            sqlx::query(sql).bind(name).bind(username.canonical()).bind(hash.as_encoded()).bind(is_librarian);
        insert.execute(&self.0).await.map_err(StoreError::unavailable)?;
        Ok(())
    }

    async fn one(&self, id: &UserId) -> Result<Option<Account>, StoreError> {
        let Some(id) = row_id(id) else { return Ok(None) };
        let row: Option<Person> =
            sqlx::query_as(BY_ID).bind(id).fetch_optional(&self.0).await.map_err(StoreError::unavailable)?;
        row.map(Person::into_account).transpose()
    }
}

/// Ids of this table are numbers; an id that is none belongs to nobody here.
fn row_id(id: &UserId) -> Option<i64> {
    id.as_str().parse().ok()
}

#[async_trait]
impl UserStore for People {
    async fn get(&self, id: &UserId) -> Result<Option<Arc<User>>, StoreError> {
        Ok(self.one(id).await?.map(|account| account.user))
    }

    /// People of this library have no e-mail address to log in with.
    async fn find(&self, login: &LoginName) -> Result<Option<Account>, StoreError> {
        let Some(login) = login.username() else { return Ok(None) };
        let row: Option<Person> = sqlx::query_as(BY_LOGIN)
            .bind(login)
            .fetch_optional(&self.0)
            .await
            .map_err(StoreError::unavailable)?;
        row.map(Person::into_account).transpose()
    }

    async fn account(&self, id: &UserId) -> Result<Option<Account>, StoreError> {
        self.one(id).await
    }

    async fn rehash_password(
        &self,
        id: &UserId,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE people SET password = ? WHERE id = ? AND password = ?";
        let update = sqlx::query(sql).bind(new.as_encoded()).bind(row_id(id)).bind(old.as_encoded());
        let done = update.execute(&self.0).await.map_err(StoreError::unavailable)?;
        Ok(done.rows_affected() == 1)
    }

    async fn set_password(
        &self,
        id: &UserId,
        old: Option<&PasswordHash>,
        new: &PasswordHash,
    ) -> Result<Option<u64>, StoreError> {
        let sql = "UPDATE people SET password = ?1, auth_epoch = auth_epoch + 1
                   WHERE id = ?2 AND (?3 IS NULL OR password = ?3) RETURNING auth_epoch";
        let update = sqlx::query_scalar(sql)
            .bind(new.as_encoded())
            .bind(row_id(id))
            .bind(old.map(PasswordHash::as_encoded));
        let epoch: Option<i64> = update.fetch_optional(&self.0).await.map_err(StoreError::unavailable)?;
        Ok(epoch.map(i64::unsigned_abs))
    }

    async fn raise_epoch(&self, id: &UserId) -> Result<Option<u64>, StoreError> {
        let sql = "UPDATE people SET auth_epoch = auth_epoch + 1 WHERE id = ? RETURNING auth_epoch";
        let update = sqlx::query_scalar(sql).bind(row_id(id));
        let epoch: Option<i64> = update.fetch_optional(&self.0).await.map_err(StoreError::unavailable)?;
        Ok(epoch.map(i64::unsigned_abs))
    }

    async fn record_login(&self, id: &UserId, at: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE people SET seen_at = max(coalesce(seen_at, 0), ?) WHERE id = ?";
        let update = sqlx::query(sql).bind(at.unix_millis()).bind(row_id(id));
        update.execute(&self.0).await.map_err(StoreError::unavailable)?;
        Ok(())
    }
}
