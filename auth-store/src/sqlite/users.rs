//! Accounts in SQLite.

use std::sync::Arc;

use async_trait::async_trait;
use auth_core::clock::Timestamp;
use auth_core::error::{BoxError, StoreError};
use auth_core::password::PasswordHash;
use auth_core::user::{
    Account, Attachment, Email, Group, Insertion, LoginName, NewUser, User, UserAdmin, UserId, UserStore,
    UserUpdate, Username,
};
use sqlx::Row as _;
use sqlx::sqlite::SqliteConnection;

use super::columns::{Columns, all, one};
use super::statements::Statements;
use super::{SqlStore, signed, store_error};

/// Decodes the columns of `user_columns!`, without the password.
fn user(row: &impl Columns) -> Result<User, BoxError> {
    let username = Username::new(row.string(1)?)?;
    let mut user = User::new(UserId::new(row.string(0)?), username, row.time(8)?);
    user.email = row.text(2)?.map(Email::new).transpose()?;
    user.email_verified = row.is_set(3)?;
    user.is_active = row.is_set(4)?;
    user.is_staff = row.is_set(5)?;
    user.is_superuser = row.is_set(6)?;
    user.auth_epoch = row.number(7)?.cast_unsigned();
    user.last_login = row.optional_time(9)?;
    user.groups = serde_json::from_str(row.string(10)?)?;
    user.direct_permissions = serde_json::from_str(row.string(11)?)?;
    user.permissions = serde_json::from_str(row.string(12)?)?;
    user.attributes = serde_json::from_str(row.string(13)?)?;
    Ok(user)
}

fn account(row: &impl Columns) -> Result<Account, BoxError> {
    Ok(Account { user: Arc::new(user(row)?), password: row.text(14)?.map(PasswordHash::from_encoded) })
}

fn json(texts: &[String]) -> Result<String, StoreError> {
    serde_json::to_string(texts).map_err(StoreError::unavailable)
}

pub(super) fn sort_and_dedup(texts: &mut Vec<String>) {
    texts.sort_unstable();
    texts.dedup();
}

impl SqlStore {
    /// Within a transaction: adds an account.
    pub(super) async fn insert_user_in(
        &self,
        connection: &mut SqliteConnection,
        mut new: NewUser,
    ) -> Result<Arc<User>, StoreError> {
        let login_names = LoginName::distinct(std::mem::take(&mut new.login_names));
        let (mut user, password) = new.into_user();
        sort_and_dedup(&mut user.groups);
        sort_and_dedup(&mut user.direct_permissions);
        let insert = self.0.statements.insert_user.query();
        let insert = insert
            .bind(user.id.as_str().to_owned())
            .bind(user.username.as_str().to_owned())
            .bind(user.username.canonical().to_owned())
            .bind(user.email.as_ref().map(|email| email.as_str().to_owned()))
            .bind(user.email.as_ref().map(|email| email.canonical().to_owned()))
            .bind(user.email_verified)
            .bind(password.map(|password| password.as_encoded().to_owned()))
            .bind(user.is_active)
            .bind(user.is_staff)
            .bind(user.is_superuser)
            .bind(signed(user.auth_epoch))
            .bind(user.date_joined.unix_millis())
            .bind(user.last_login.map(Timestamp::unix_millis))
            .bind(json(&user.groups)?)
            .bind(json(&user.direct_permissions)?)
            .bind(user.attributes.to_string());
        insert.execute(&mut *connection).await.map_err(store_error)?;
        self.check_names(connection, &user).await?;
        self.add_login_names(connection, &user.id, login_names).await?;
        self.settle(connection, &user).await
    }

    /// Within a transaction: refuses a name or an address that is a further one of another account.
    async fn check_names(&self, connection: &mut SqliteConnection, user: &User) -> Result<(), StoreError> {
        let query = self.0.statements.is_further_name.query();
        let query = query
            .bind(user.id.as_str().to_owned())
            .bind(user.username.canonical().to_owned())
            .bind(user.email.as_ref().map(|email| email.canonical().to_owned()));
        let row = query.fetch_one(connection).await.map_err(store_error)?;
        match row.try_get::<bool, _>(0).map_err(store_error)? {
            true => Err(StoreError::already_exists()),
            false => Ok(()),
        }
    }

    /// Within a transaction, and with the account in its table.
    async fn add_login_names(
        &self,
        connection: &mut SqliteConnection,
        id: &UserId,
        login_names: Vec<LoginName>,
    ) -> Result<(), StoreError> {
        for name in login_names {
            let add = self.0.statements.add_login_name.query();
            let add = add
                .bind(name.canonical().to_owned())
                .bind(name.email().is_some())
                .bind(name.as_str().to_owned())
                .bind(id.as_str().to_owned());
            if add.execute(&mut *connection).await.map_err(store_error)?.rows_affected() == 0 {
                return Err(StoreError::already_exists());
            }
        }
        Ok(())
    }

    /// Within a transaction: puts the user into its groups, works out what it may do, and reads it back.
    async fn settle(&self, connection: &mut SqliteConnection, user: &User) -> Result<Arc<User>, StoreError> {
        let (sql, id) = (&self.0.statements, user.id.as_str().to_owned());
        let clear = sql.clear_memberships.query().bind(id.clone());
        clear.execute(&mut *connection).await.map_err(store_error)?;
        for group in &user.groups {
            let make = sql.make_group.query().bind(group.clone());
            make.execute(&mut *connection).await.map_err(store_error)?;
            let join = sql.add_membership.query().bind(group.clone()).bind(id.clone());
            join.execute(&mut *connection).await.map_err(store_error)?;
        }
        let settle = sql.settle_user.query().bind(id);
        settle.execute(&mut *connection).await.map_err(store_error)?;
        let settled = self.load(connection, &user.id).await?;
        settled
            .map(Arc::new)
            .ok_or_else(|| StoreError::unavailable("the account vanished while it was written"))
    }

    /// The user as a transaction sees it.
    async fn load(&self, connection: &mut SqliteConnection, id: &UserId) -> Result<Option<User>, StoreError> {
        let query = self.0.statements.user_by_id.query().bind(id.as_str().to_owned());
        let row = query.fetch_optional(connection).await.map_err(store_error)?;
        row.map(|row| user(&row)).transpose().map_err(StoreError::unavailable)
    }
}

#[async_trait]
impl UserStore for SqlStore {
    async fn get(&self, id: &UserId) -> Result<Option<Arc<User>>, StoreError> {
        let id = id.clone();
        let read = move |connection: &rusqlite::Connection, sql: &Statements| {
            one(connection, sql.user_by_id.text(), [id.as_str()], |row| user(row).map(Arc::new))
        };
        self.0.readers.read(read).await
    }

    async fn find(&self, login: &LoginName) -> Result<Option<Account>, StoreError> {
        let login = login.clone();
        let read = move |connection: &rusqlite::Connection, sql: &Statements| {
            let statement = if login.email().is_some() { &sql.user_by_email } else { &sql.user_by_username };
            one(connection, statement.text(), [login.canonical()], |row| account(row))
        };
        self.0.readers.read(read).await
    }

    async fn account(&self, id: &UserId) -> Result<Option<Account>, StoreError> {
        let id = id.clone();
        let read = move |connection: &rusqlite::Connection, sql: &Statements| {
            one(connection, sql.user_by_id.text(), [id.as_str()], |row| account(row))
        };
        self.0.readers.read(read).await
    }

    async fn rehash_password(
        &self,
        id: &UserId,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<bool, StoreError> {
        let (id, old, new) = (id.as_str(), old.as_encoded().to_owned(), new.as_encoded().to_owned());
        let query = self.0.statements.rehash_password.query().bind(id.to_owned()).bind(old).bind(new);
        let done = query.execute(&self.0.writer).await.map_err(store_error)?;
        Ok(done.rows_affected() == 1)
    }

    async fn set_password(
        &self,
        id: &UserId,
        old: Option<&PasswordHash>,
        new: &PasswordHash,
    ) -> Result<Option<u64>, StoreError> {
        let (old, new) = (old.map(|old| old.as_encoded().to_owned()), new.as_encoded().to_owned());
        let query = self.0.statements.set_password.query().bind(id.as_str().to_owned()).bind(old).bind(new);
        let row = query.fetch_optional(&self.0.writer).await.map_err(store_error)?;
        row.map(|row| epoch(&row)).transpose()
    }

    async fn raise_epoch(&self, id: &UserId) -> Result<Option<u64>, StoreError> {
        let query = self.0.statements.raise_epoch.query().bind(id.as_str().to_owned());
        let row = query.fetch_optional(&self.0.writer).await.map_err(store_error)?;
        row.map(|row| epoch(&row)).transpose()
    }

    async fn record_login(&self, id: &UserId, at: Timestamp) -> Result<(), StoreError> {
        let query =
            self.0.statements.record_login.query().bind(id.as_str().to_owned()).bind(at.unix_millis());
        query.execute(&self.0.writer).await.map_err(store_error)?;
        Ok(())
    }
}

fn epoch(row: &sqlx::sqlite::SqliteRow) -> Result<u64, StoreError> {
    row.try_get::<i64, _>(0).map(i64::cast_unsigned).map_err(store_error)
}

#[async_trait]
impl UserAdmin for SqlStore {
    async fn insert_with(&self, new: NewUser, attached: Vec<Attachment>) -> Result<Arc<User>, StoreError> {
        let mut transaction = self.0.begin().await?;
        let user = self.insert_user_in(&mut transaction, new).await?;
        for attachment in attached {
            let insert = match attachment {
                Attachment::LinkedAccount(account) => self.insert_linked_account(account),
                _ => return Err(StoreError::unsupported("attachments of this kind")),
            };
            insert.execute(&mut *transaction).await.map_err(store_error)?;
        }
        transaction.commit().await.map_err(store_error)?;
        Ok(user)
    }

    async fn insert_many(&self, new: Vec<NewUser>) -> Result<Vec<Insertion>, StoreError> {
        self.insert_batch(new).await
    }

    async fn list(&self, after: Option<&UserId>, limit: usize) -> Result<Vec<Account>, StoreError> {
        let after = after.map(|after| after.as_str().to_owned());
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let read = move |connection: &rusqlite::Connection, sql: &Statements| {
            all(connection, sql.list_users.text(), (after.as_deref(), limit), |row| account(row))
        };
        self.0.readers.read_patiently(read).await
    }

    async fn update(&self, id: &UserId, mut update: UserUpdate) -> Result<Option<Arc<User>>, StoreError> {
        let mut transaction = self.0.begin().await?;
        let Some(mut user) = self.load(&mut transaction, id).await? else { return Ok(None) };
        let login_names = update.login_names.take();
        update.apply(&mut user);
        sort_and_dedup(&mut user.groups);
        sort_and_dedup(&mut user.direct_permissions);
        let write = self.0.statements.update_user.query();
        let write = write
            .bind(user.id.as_str().to_owned())
            .bind(user.username.as_str().to_owned())
            .bind(user.username.canonical().to_owned())
            .bind(user.email.as_ref().map(|email| email.as_str().to_owned()))
            .bind(user.email.as_ref().map(|email| email.canonical().to_owned()))
            .bind(user.email_verified)
            .bind(user.is_active)
            .bind(user.is_staff)
            .bind(user.is_superuser)
            .bind(signed(user.auth_epoch))
            .bind(json(&user.groups)?)
            .bind(json(&user.direct_permissions)?)
            .bind(user.attributes.to_string());
        write.execute(&mut *transaction).await.map_err(store_error)?;
        self.check_names(&mut transaction, &user).await?;
        if let Some(login_names) = login_names {
            let clear = self.0.statements.clear_login_names.query().bind(id.as_str().to_owned());
            clear.execute(&mut *transaction).await.map_err(store_error)?;
            self.add_login_names(&mut transaction, id, LoginName::distinct(login_names)).await?;
        }
        let user = self.settle(&mut transaction, &user).await?;
        transaction.commit().await.map_err(store_error)?;
        Ok(Some(user))
    }

    async fn remove(&self, id: &UserId) -> Result<bool, StoreError> {
        let query = self.0.statements.remove_user.query().bind(id.as_str().to_owned());
        let done = query.execute(&self.0.writer).await.map_err(store_error)?;
        Ok(done.rows_affected() == 1)
    }

    async fn login_names(&self, id: &UserId) -> Result<Vec<LoginName>, StoreError> {
        let id = id.clone();
        let read = move |connection: &rusqlite::Connection, sql: &Statements| {
            all(connection, sql.login_names.text(), [id.as_str()], |row| Ok(LoginName::parse(row.string(0)?)))
        };
        self.0.readers.read(read).await
    }

    async fn groups(&self) -> Result<Vec<Group>, StoreError> {
        let read = |connection: &rusqlite::Connection, sql: &Statements| {
            all(connection, sql.list_groups.text(), (), |row| {
                Ok(Group::new(row.string(0)?, serde_json::from_str(row.string(1)?)?))
            })
        };
        self.0.readers.read_patiently(read).await
    }

    async fn put_group(&self, group: &str, permissions: &[String]) -> Result<(), StoreError> {
        let mut permissions = permissions.to_vec();
        sort_and_dedup(&mut permissions);
        let put = self.0.statements.put_group.query().bind(group.to_owned()).bind(json(&permissions)?);
        let settle = self.0.statements.settle_group.query().bind(group.to_owned());
        let mut transaction = self.0.begin().await?;
        put.execute(&mut *transaction).await.map_err(store_error)?;
        settle.execute(&mut *transaction).await.map_err(store_error)?;
        transaction.commit().await.map_err(store_error)
    }

    async fn add_group(&self, group: &str, permissions: &[String]) -> Result<bool, StoreError> {
        let mut permissions = permissions.to_vec();
        sort_and_dedup(&mut permissions);
        let add = self.0.statements.add_group.query().bind(group.to_owned()).bind(json(&permissions)?);
        Ok(add.execute(&self.0.writer).await.map_err(store_error)?.rows_affected() == 1)
    }
}
