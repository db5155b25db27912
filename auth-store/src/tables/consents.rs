//! What users have allowed clients.

use async_trait::async_trait;
use auth_core::error::{BoxError, StoreError};
use auth_core::server::{Consent, ConsentStore};
use auth_core::user::{Attachment, UserId};

use crate::sql::{Param, Row};

use super::statements::consents::Column;
use super::store::SqlStore;

fn consent(row: &Row<'_>) -> Result<Consent, BoxError> {
    Ok(Consent {
        user: UserId::new(row.string(Column::user_id)?),
        client_id: row.string(Column::client_id)?.to_owned(),
        scope: row.string(Column::scope)?.to_owned(),
        created_at: row.time(Column::created_at)?,
        updated_at: row.time(Column::updated_at)?,
    })
}

fn params(consent: &Consent) -> [Param<'_>; 5] {
    [
        ("user_id", consent.user.as_str().into()),
        ("client_id", consent.client_id.as_str().into()),
        ("scope", consent.scope.as_str().into()),
        ("created_at", consent.created_at.into()),
        ("updated_at", consent.updated_at.into()),
    ]
}

fn names<'a>(user: &'a UserId, client_id: &'a str) -> [Param<'a>; 2] {
    [("user_id", user.as_str().into()), ("client_id", client_id.into())]
}

#[async_trait]
impl ConsentStore for SqlStore {
    async fn get(&self, user: &UserId, client_id: &str) -> Result<Option<Consent>, StoreError> {
        self.database.look_up_one(&self.sql().consents.one, &names(user, client_id), consent).await
    }

    async fn list(&self, user: &UserId) -> Result<Vec<Consent>, StoreError> {
        let user = [("user_id", user.as_str().into())];
        self.database.look_up(&self.sql().consents.by_user, &user, consent).await
    }

    async fn put(&self, consent: Consent, attached: Vec<Attachment>) -> Result<(), StoreError> {
        self.database
            .retried(|| async {
                let mut transaction = self.database.begin().await?;
                transaction.execute(&self.sql().consents.put, &params(&consent)).await?;
                self.attach(&mut transaction, &attached).await?;
                transaction.commit().await
            })
            .await
    }

    async fn remove(
        &self,
        user: &UserId,
        client_id: &str,
        attached: Vec<Attachment>,
    ) -> Result<bool, StoreError> {
        self.database
            .retried(|| async {
                let mut transaction = self.database.begin().await?;
                let removed =
                    transaction.execute(&self.sql().consents.remove, &names(user, client_id)).await?;
                if removed == 0 {
                    return Ok(false);
                }
                self.attach(&mut transaction, &attached).await?;
                transaction.commit().await?;
                Ok(true)
            })
            .await
    }
}
