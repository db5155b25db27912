//! Accounts at other providers in SQLite.

use async_trait::async_trait;
use auth_core::clock::Timestamp;
use auth_core::error::{BoxError, StoreError};
use auth_core::provider::{LinkedAccount, LinkedAccountId, LinkedAccountStore, Unlinked};
use auth_core::user::UserId;
use sqlx::Sqlite;
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;

use super::columns::{Columns, all, one};
use super::statements::Statements;
use super::{SqlStore, signed, store_error};

/// Decodes the columns of `linked_account_columns!`.
fn linked_account(row: &impl Columns) -> Result<LinkedAccount, BoxError> {
    Ok(LinkedAccount {
        id: LinkedAccountId::new(row.bytes(0)?),
        provider: row.string(1)?.to_owned(),
        issuer: row.string(2)?.to_owned(),
        subject: row.string(3)?.to_owned(),
        user: UserId::new(row.string(4)?),
        email: row.text(5)?.map(str::to_owned),
        name: row.text(6)?.map(str::to_owned),
        created_at: row.time(7)?,
        last_login_at: row.optional_time(8)?,
        tokens: row.blob(9)?,
        tokens_version: row.number(10)?.cast_unsigned(),
    })
}

fn id_bytes(id: &LinkedAccountId) -> Vec<u8> {
    id.as_bytes().to_vec()
}

/// Ids as a JSON array of their written forms, for `json_each`.
fn id_list(ids: &[LinkedAccountId]) -> String {
    serde_json::Value::from_iter(ids.iter().map(ToString::to_string)).to_string()
}

impl SqlStore {
    pub(super) fn insert_linked_account(
        &self,
        account: LinkedAccount,
    ) -> Query<'static, Sqlite, SqliteArguments> {
        let insert = self.0.statements.insert_linked_account.query();
        insert
            .bind(id_bytes(&account.id))
            .bind(account.provider)
            .bind(account.issuer)
            .bind(account.subject)
            .bind(account.user.as_str().to_owned())
            .bind(account.email)
            .bind(account.name)
            .bind(account.created_at.unix_millis())
            .bind(account.last_login_at.map(Timestamp::unix_millis))
            .bind(account.tokens)
            .bind(signed(account.tokens_version))
    }
}

#[async_trait]
impl LinkedAccountStore for SqlStore {
    async fn find(&self, issuer: &str, subject: &str) -> Result<Option<LinkedAccount>, StoreError> {
        let key = [issuer.to_owned(), subject.to_owned()];
        let read = move |connection: &rusqlite::Connection, sql: &Statements| {
            let [issuer, subject] = &key;
            one(connection, sql.linked_account_by_subject.text(), [issuer, subject], |row| {
                linked_account(row)
            })
        };
        self.0.readers.read(read).await
    }

    async fn list(&self, user: &UserId) -> Result<Vec<LinkedAccount>, StoreError> {
        let user = user.clone();
        let read = move |connection: &rusqlite::Connection, sql: &Statements| {
            all(connection, sql.linked_accounts_by_user.text(), [user.as_str()], |row| linked_account(row))
        };
        self.0.readers.read(read).await
    }

    async fn link(&self, account: LinkedAccount) -> Result<(), StoreError> {
        self.insert_linked_account(account).execute(&self.0.writer).await.map_err(store_error)?;
        Ok(())
    }

    async fn unlink(
        &self,
        user: &UserId,
        id: &LinkedAccountId,
        others: Option<&[LinkedAccountId]>,
    ) -> Result<Unlinked, StoreError> {
        let sql = &self.0.statements;
        let (id, user) = (id_bytes(id), user.as_str().to_owned());
        let others = others.map(id_list);
        let mut transaction = self.0.begin().await?;
        let remove = sql.remove_linked_account.query().bind(id.clone()).bind(user.clone()).bind(others);
        let is_removed = remove.execute(&mut *transaction).await.map_err(store_error)?.rows_affected() == 1;
        if is_removed {
            transaction.commit().await.map_err(store_error)?;
            return Ok(Unlinked::Removed);
        }
        let find = sql.linked_account_of_user.query().bind(id).bind(user);
        let kept = find.fetch_optional(&mut *transaction).await.map_err(store_error)?;
        Ok(if kept.is_some() { Unlinked::Last } else { Unlinked::NotFound })
    }

    async fn record_login(
        &self,
        id: &LinkedAccountId,
        at: Timestamp,
        email: Option<&str>,
        name: Option<&str>,
    ) -> Result<(), StoreError> {
        let record = self.0.statements.record_linked_login.query();
        let record = record
            .bind(id_bytes(id))
            .bind(at.unix_millis())
            .bind(email.map(str::to_owned))
            .bind(name.map(str::to_owned));
        record.execute(&self.0.writer).await.map_err(store_error)?;
        Ok(())
    }

    async fn write_tokens(
        &self,
        id: &LinkedAccountId,
        expected: u64,
        tokens: Option<Vec<u8>>,
    ) -> Result<bool, StoreError> {
        let write = self.0.statements.write_linked_tokens.query();
        let write = write.bind(id_bytes(id)).bind(signed(expected)).bind(tokens);
        Ok(write.execute(&self.0.writer).await.map_err(store_error)?.rows_affected() == 1)
    }
}
