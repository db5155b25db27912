//! Accounts at other providers.

use async_trait::async_trait;
use auth_core::clock::Timestamp;
use auth_core::error::{BoxError, StoreError};
use auth_core::mfa::FactorId;
use auth_core::provider::{LinkedAccount, LinkedAccountId, LinkedAccountStore, Unlinked};
use auth_core::user::{Attachment, UserId};

use crate::database::Transaction;
use crate::sql::{Param, Row};

use super::statements::linked_accounts::Column;
use super::store::SqlStore;

fn linked_account(row: &Row<'_>) -> Result<LinkedAccount, BoxError> {
    Ok(LinkedAccount {
        id: id(row)?,
        provider: row.string(Column::provider)?.to_owned(),
        issuer: row.string(Column::issuer)?.to_owned(),
        subject: row.string(Column::subject)?.to_owned(),
        user: UserId::new(row.string(Column::user_id)?),
        email: row.text(Column::email)?.map(str::to_owned),
        name: row.text(Column::name)?.map(str::to_owned),
        created_at: row.time(Column::created_at)?,
        last_login_at: row.optional_time(Column::last_login_at)?,
        tokens: row.blob(Column::tokens)?.map(<[u8]>::to_vec),
        tokens_version: row.number(Column::tokens_version)?.cast_unsigned(),
    })
}

pub(super) fn id(row: &Row<'_>) -> Result<LinkedAccountId, BoxError> {
    Ok(LinkedAccountId::new(row.bytes(Column::id)?))
}

fn params(account: &LinkedAccount) -> [Param<'_>; 11] {
    [
        ("id", account.id.as_bytes().into()),
        ("provider", account.provider.as_str().into()),
        ("issuer", account.issuer.as_str().into()),
        ("subject", account.subject.as_str().into()),
        ("user_id", account.user.as_str().into()),
        ("email", account.email.as_deref().into()),
        ("name", account.name.as_deref().into()),
        ("created_at", account.created_at.into()),
        ("last_login_at", account.last_login_at.into()),
        ("tokens", account.tokens.as_deref().into()),
        ("tokens_version", account.tokens_version.into()),
    ]
}

impl SqlStore {
    /// Within a transaction: links an account.
    pub(super) async fn insert_linked_account(
        &self,
        transaction: &mut Transaction,
        account: &LinkedAccount,
    ) -> Result<(), StoreError> {
        transaction.execute(&self.sql().linked_accounts.insert, &params(account)).await.map(drop)
    }
}

#[async_trait]
impl LinkedAccountStore for SqlStore {
    async fn find(&self, issuer: &str, subject: &str) -> Result<Option<LinkedAccount>, StoreError> {
        let params = [("issuer", issuer.into()), ("subject", subject.into())];
        self.database.look_up_one(&self.sql().linked_accounts.by_subject, &params, linked_account).await
    }

    async fn list(&self, user: &UserId) -> Result<Vec<LinkedAccount>, StoreError> {
        let user = [("user_id", user.as_str().into())];
        self.database.look_up(&self.sql().linked_accounts.by_user, &user, linked_account).await
    }

    async fn page(
        &self,
        after: Option<&LinkedAccountId>,
        limit: usize,
    ) -> Result<Vec<LinkedAccount>, StoreError> {
        // No id is empty, so all of them are behind that.
        let after = after.map_or(&[][..], |id| id.as_bytes());
        let params = [("after", after.into()), ("limit", i64::try_from(limit).unwrap_or(i64::MAX).into())];
        self.database.look_up(&self.sql().linked_accounts.page, &params, linked_account).await
    }

    async fn link(&self, account: LinkedAccount, attached: Vec<Attachment>) -> Result<(), StoreError> {
        self.database
            .retried(|| async {
                let mut transaction = self.database.begin().await?;
                self.insert_linked_account(&mut transaction, &account).await?;
                self.attach(&mut transaction, &attached).await?;
                transaction.commit().await
            })
            .await
    }

    async fn unlink(
        &self,
        user: &UserId,
        id: &LinkedAccountId,
        others: Option<(&[LinkedAccountId], &[FactorId])>,
        attached: Vec<Attachment>,
    ) -> Result<Unlinked, StoreError> {
        let sql = &self.sql().linked_accounts;
        let user = [("user_id", user.as_str().into())];
        self.database
            .retried(|| async {
                let mut transaction = self.database.begin().await?;
                let linked = transaction.all(&sql.lock, &user, self::id).await?;
                if !linked.contains(id) {
                    return Ok(Unlinked::NotFound);
                }
                let is_left = |other: &LinkedAccountId| other != id && linked.contains(other);
                if let Some((accounts, factors)) = others
                    && !accounts.iter().any(is_left)
                    && !self.has_one_of(&mut transaction, &user, factors).await?
                {
                    return Ok(Unlinked::Last);
                }
                transaction.execute(&sql.remove, &[("id", id.as_bytes().into())]).await?;
                self.attach(&mut transaction, &attached).await?;
                transaction.commit().await?;
                Ok(Unlinked::Removed)
            })
            .await
    }

    async fn record_login(
        &self,
        id: &LinkedAccountId,
        at: Timestamp,
        email: Option<&str>,
        name: Option<&str>,
    ) -> Result<(), StoreError> {
        let params =
            [("id", id.as_bytes().into()), ("at", at.into()), ("email", email.into()), ("name", name.into())];
        self.database.execute(&self.sql().linked_accounts.record_login, &params).await.map(drop)
    }

    async fn write_tokens(
        &self,
        id: &LinkedAccountId,
        expected: u64,
        tokens: Option<Vec<u8>>,
    ) -> Result<bool, StoreError> {
        let params = [
            ("id", id.as_bytes().into()),
            ("expected", expected.into()),
            ("tokens", tokens.as_deref().into()),
        ];
        Ok(self.database.execute(&self.sql().linked_accounts.write_tokens, &params).await? == 1)
    }
}
