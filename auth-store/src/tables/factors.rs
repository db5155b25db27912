//! Factors: authenticator apps, recovery codes, passkeys, trusted devices.

use async_trait::async_trait;
use auth_core::clock::Timestamp;
use auth_core::error::{BoxError, StoreError};
use auth_core::mfa::{Factor, FactorChange, FactorId, FactorKind, FactorStore};
use auth_core::user::UserId;

use crate::database::Transaction;
use crate::sql::{Param, Row};

use super::statements::factors::Column;
use super::store::SqlStore;
use super::sweep;

/// `None` for one of a kind that only a newer program knows: to this one it is none.
fn factor(row: &Row<'_>) -> Result<Option<Factor>, BoxError> {
    let Some(kind) = FactorKind::parse(row.string(Column::kind)?) else { return Ok(None) };
    Ok(Some(Factor {
        id: FactorId::new(row.bytes(Column::id)?),
        user: UserId::new(row.string(Column::user_id)?),
        kind,
        handle: row.blob(Column::handle)?.ok_or("a factor has no handle")?.to_vec(),
        name: row.text(Column::name)?.map(str::to_owned),
        data: row.blob(Column::data)?.ok_or("a factor has no data")?.to_vec(),
        counter: row.number(Column::counter)?.cast_unsigned(),
        created_at: row.time(Column::created_at)?,
        last_used_at: row.optional_time(Column::last_used_at)?,
        expires_at: row.optional_time(Column::expires_at)?,
    }))
}

fn params(factor: &Factor) -> [Param<'_>; 10] {
    [
        ("id", factor.id.as_bytes().into()),
        ("user_id", factor.user.as_str().into()),
        ("kind", factor.kind.name().into()),
        ("handle", factor.handle.as_slice().into()),
        ("name", factor.name.as_deref().into()),
        ("data", factor.data.as_slice().into()),
        ("counter", factor.counter.into()),
        ("created_at", factor.created_at.into()),
        ("last_used_at", factor.last_used_at.into()),
        ("expires_at", factor.expires_at.into()),
    ]
}

fn own<'a>(user: &'a UserId, id: &'a FactorId) -> [Param<'a>; 2] {
    [("id", id.as_bytes().into()), ("user_id", user.as_str().into())]
}

impl SqlStore {
    /// Within a transaction: whether one of these factors is this user's, which keeps it from going beside that.
    pub(super) async fn has_one_of(
        &self,
        transaction: &mut Transaction,
        user: &[Param<'_>],
        factors: &[FactorId],
    ) -> Result<bool, StoreError> {
        if factors.is_empty() {
            return Ok(false);
        }
        let id = |row: &Row<'_>| Ok(FactorId::new(row.bytes(0)?));
        let held = transaction.all(&self.sql().factors.lock, user, id).await?;
        Ok(held.iter().any(|id| factors.contains(id)))
    }

    /// Within a transaction: makes a change.
    pub(super) async fn change_factor(
        &self,
        transaction: &mut Transaction,
        change: &FactorChange,
    ) -> Result<(), StoreError> {
        let sql = &self.sql().factors;
        let done = match change {
            FactorChange::Add(factor) => transaction.execute(&sql.insert, &params(factor)).await,
            FactorChange::Remove { user, id } => transaction.execute(&sql.remove, &own(user, id)).await,
            FactorChange::RemoveAll { user, kind } => {
                let of_kind = [("user_id", user.as_str().into()), ("kind", kind.name().into())];
                transaction.execute(&sql.remove_of_kind, &of_kind).await
            }
            FactorChange::RemoveSince { user, since } => {
                let young = [("user_id", user.as_str().into()), ("since", (*since).into())];
                transaction.execute(&sql.remove_since, &young).await
            }
            _ => Err(StoreError::unsupported("changes of factors of this kind")),
        };
        done.map(drop)
    }
}

#[async_trait]
impl FactorStore for SqlStore {
    async fn list(&self, user: &UserId) -> Result<Vec<Factor>, StoreError> {
        let user = [("user_id", user.as_str().into())];
        let factors = self.database.look_up(&self.sql().factors.by_user, &user, factor).await?;
        Ok(factors.into_iter().flatten().collect())
    }

    async fn find(&self, kind: FactorKind, handle: &[u8]) -> Result<Option<Factor>, StoreError> {
        let params = [("kind", kind.name().into()), ("handle", handle.into())];
        let found = self.database.look_up_one(&self.sql().factors.by_handle, &params, factor).await?;
        Ok(found.flatten())
    }

    async fn page(&self, after: Option<&FactorId>, limit: usize) -> Result<Vec<Factor>, StoreError> {
        // No id is empty, so all of them are behind that.
        let after = after.map_or(&[][..], |id| id.as_bytes());
        let params = [("after", after.into()), ("limit", i64::try_from(limit).unwrap_or(i64::MAX).into())];
        let page = self.database.look_up(&self.sql().factors.page, &params, factor).await?;
        Ok(page.into_iter().flatten().collect())
    }

    async fn apply(&self, changes: Vec<FactorChange>) -> Result<(), StoreError> {
        self.database
            .retried(|| async {
                let mut transaction = self.database.begin().await?;
                for change in &changes {
                    self.change_factor(&mut transaction, change).await?;
                }
                transaction.commit().await
            })
            .await
    }

    async fn advance(&self, id: &FactorId, counter: u64, at: Timestamp) -> Result<bool, StoreError> {
        let params = [("id", id.as_bytes().into()), ("counter", counter.into()), ("at", at.into())];
        Ok(self.database.execute(&self.sql().factors.advance, &params).await? == 1)
    }

    async fn take(&self, user: &UserId, kind: FactorKind, handle: &[u8]) -> Result<bool, StoreError> {
        let params =
            [("user_id", user.as_str().into()), ("kind", kind.name().into()), ("handle", handle.into())];
        Ok(self.database.execute(&self.sql().factors.take, &params).await? == 1)
    }

    async fn remove(&self, user: &UserId, id: &FactorId) -> Result<bool, StoreError> {
        Ok(self.database.execute(&self.sql().factors.remove, &own(user, id)).await? == 1)
    }

    async fn rename(&self, user: &UserId, id: &FactorId, name: Option<&str>) -> Result<bool, StoreError> {
        let [id, user] = own(user, id);
        Ok(self.database.execute(&self.sql().factors.rename, &[id, user, ("name", name.into())]).await? == 1)
    }

    async fn write_data(&self, id: &FactorId, expected: &[u8], data: &[u8]) -> Result<bool, StoreError> {
        let params = [("id", id.as_bytes().into()), ("expected", expected.into()), ("data", data.into())];
        Ok(self.database.execute(&self.sql().factors.write_data, &params).await? == 1)
    }

    async fn remove_expired(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.sweep(&self.sql().factor_sweep, b"".into(), sweep::bytes, &[("now", now.into())]).await
    }
}
