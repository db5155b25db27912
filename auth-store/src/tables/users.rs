//! What logging in and guards need of accounts.

use std::sync::Arc;

use async_trait::async_trait;
use auth_core::clock::Timestamp;
use auth_core::error::{BoxError, StoreError};
use auth_core::password::PasswordHash;
use auth_core::user::{
    Account, Email, Ending, EndingCause, LanguageTag, LoginName, PersonName, User, UserId, UserStore,
    Username,
};

use crate::database::Transaction;
use crate::sql::Row;

use super::statements::users::Column;
use super::store::SqlStore;
use super::user_row::sorted;

pub(super) fn user(row: &Row<'_>) -> Result<User, BoxError> {
    let username = Username::new(row.string(Column::username)?)?;
    let mut user = User::new(UserId::new(row.string(Column::id)?), username, row.time(Column::date_joined)?);
    user.email = row.text(Column::email)?.map(Email::new).transpose()?;
    user.email_verified = row.is_set(Column::email_verified)?;
    user.is_active = row.is_set(Column::is_active)?;
    user.is_staff = row.is_set(Column::is_staff)?;
    user.is_superuser = row.is_set(Column::is_superuser)?;
    user.auth_epoch = row.number(Column::auth_epoch)?.cast_unsigned();
    user.last_login = row.optional_time(Column::last_login)?;
    user.groups = serde_json::from_str(row.string(Column::group_names)?)?;
    user.direct_permissions = serde_json::from_str(row.string(Column::direct_permissions)?)?;
    // Not every database sorts what it gathers.
    user.permissions = sorted(serde_json::from_str(row.string(Column::permissions)?)?);
    user.attributes = serde_json::from_str(row.string(Column::attributes)?)?;
    user.first_name = PersonName::from_store(row.string(Column::first_name)?);
    user.last_name = PersonName::from_store(row.string(Column::last_name)?);
    user.ending = ending(row)?;
    user.language = row.text(Column::language)?.and_then(LanguageTag::new);
    Ok(user)
}

fn ending(row: &Row<'_>) -> Result<Option<Ending>, BoxError> {
    let (Some(cause), Some(at)) = (row.text(Column::ending)?, row.optional_time(Column::ends_at)?) else {
        return Ok(None);
    };
    Ok(Some(Ending { cause: EndingCause::parse(cause), at }))
}

pub(super) fn account(row: &Row<'_>) -> Result<Account, BoxError> {
    let password = row.text(Column::password)?.map(PasswordHash::from_encoded);
    Ok(Account { user: Arc::new(user(row)?), password })
}

impl SqlStore {
    /// The account's next epoch and its password, kept from others until the transaction ends.
    async fn lock_password(
        &self,
        transaction: &mut Transaction,
        id: &UserId,
    ) -> Result<Option<(u64, Option<PasswordHash>)>, StoreError> {
        let read = |row: &Row<'_>| {
            let next = row.number(0)?.cast_unsigned().saturating_add(1);
            Ok((next, row.text(1)?.map(PasswordHash::from_encoded)))
        };
        transaction.one(&self.sql().users.lock_password, &[("id", id.as_str().into())], read).await
    }
}

#[async_trait]
impl UserStore for SqlStore {
    async fn get(&self, id: &UserId) -> Result<Option<Arc<User>>, StoreError> {
        let read = |row: &Row<'_>| user(row).map(Arc::new);
        self.database.one(&self.sql().users.by_id, &[("id", id.as_str().into())], read).await
    }

    async fn find(&self, login: &LoginName) -> Result<Option<Account>, StoreError> {
        // No name has one, and PostgreSQL takes none in a text.
        if login.canonical().contains('\0') {
            return Ok(None);
        }
        let (sql, is_address) = (&self.sql().users, login.email().is_some());
        let statement = if is_address { &sql.by_email } else { &sql.by_username };
        let params = [("name", login.canonical().into()), ("is_address", is_address.into())];
        self.database.look_up_one(statement, &params, account).await
    }

    async fn account(&self, id: &UserId) -> Result<Option<Account>, StoreError> {
        self.database.look_up_one(&self.sql().users.by_id, &[("id", id.as_str().into())], account).await
    }

    async fn rehash_password(
        &self,
        id: &UserId,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<bool, StoreError> {
        let params =
            [("id", id.as_str().into()), ("old", old.as_encoded().into()), ("new", new.as_encoded().into())];
        Ok(self.database.execute(&self.sql().users.rehash_password, &params).await? == 1)
    }

    async fn set_password(
        &self,
        id: &UserId,
        old: Option<&PasswordHash>,
        new: &PasswordHash,
    ) -> Result<Option<u64>, StoreError> {
        let sql = &self.sql().users;
        self.database
            .retried(|| async {
                let mut transaction = self.database.begin().await?;
                let locked = self.lock_password(&mut transaction, id).await?;
                let is_expected = |(_, password): &(_, Option<_>)| old.is_none() || password.as_ref() == old;
                let Some((epoch, _)) = locked.filter(is_expected) else { return Ok(None) };
                let params =
                    [("id", id.as_str().into()), ("new", new.as_encoded().into()), ("epoch", epoch.into())];
                transaction.execute(&sql.set_password, &params).await?;
                transaction.commit().await?;
                Ok(Some(epoch))
            })
            .await
    }

    async fn raise_epoch(&self, id: &UserId) -> Result<Option<u64>, StoreError> {
        let sql = &self.sql().users;
        self.database
            .retried(|| async {
                let mut transaction = self.database.begin().await?;
                let locked = self.lock_password(&mut transaction, id).await?;
                let Some((epoch, _)) = locked else { return Ok(None) };
                let params = [("id", id.as_str().into()), ("epoch", epoch.into())];
                transaction.execute(&sql.set_epoch, &params).await?;
                transaction.commit().await?;
                Ok(Some(epoch))
            })
            .await
    }

    async fn record_login(&self, id: &UserId, at: Timestamp) -> Result<(), StoreError> {
        let params = [("id", id.as_str().into()), ("at", at.into())];
        self.database.execute(&self.sql().users.record_login, &params).await.map(drop)
    }
}
