//! Refresh families.

use async_trait::async_trait;
use auth_core::clock::Timestamp;
use auth_core::error::{BoxError, StoreError};
use auth_core::session::{Amr, SessionHandle};
use auth_core::token::{FamilyKey, Predecessor, RefreshFamily, RefreshStore, Rotation};
use auth_core::user::UserId;

use crate::sql::{Param, Row};

use super::sessions::handle;
use super::statements::refresh::Column;
use super::store::SqlStore;
use super::sweep;

fn family(row: &Row<'_>) -> Result<RefreshFamily, BoxError> {
    Ok(RefreshFamily {
        sid: SessionHandle::new(row.bytes(Column::sid)?),
        client_id: row.string(Column::client_id)?.into(),
        user: UserId::new(row.string(Column::user_id)?),
        epoch: row.number(Column::epoch)?.cast_unsigned(),
        scope: row.string(Column::scope)?.to_owned(),
        session: row.optional_bytes(Column::session)?.map(SessionHandle::new),
        resource: row.text(Column::resource)?.map(Into::into),
        jkt: row.text(Column::jkt)?.map(Into::into),
        auth_time: row.time(Column::auth_time)?,
        amr: Amr::from_bits(u16::try_from(row.number(Column::amr)?)?),
        created_at: row.time(Column::created_at)?,
        expires_at: row.time(Column::expires_at)?,
        rotation: Rotation {
            current: row.bytes(Column::current)?,
            rotated_at: row.time(Column::rotated_at)?,
            previous: predecessor(row)?,
        },
    })
}

fn predecessor(row: &Row<'_>) -> Result<Option<Predecessor>, BoxError> {
    let Some(hash) = row.optional_bytes(Column::previous_hash)? else { return Ok(None) };
    Ok(Some(Predecessor {
        hash,
        salt: row.bytes(Column::previous_salt)?,
        key_version: u8::try_from(row.number(Column::previous_key_version)?)?,
    }))
}

fn keyed_family(row: &Row<'_>) -> Result<(FamilyKey, RefreshFamily), BoxError> {
    Ok((FamilyKey::new(row.bytes(Column::family_key)?), family(row)?))
}

/// The columns of the predecessor: all three are there or none.
fn rotation_params(rotation: &Rotation) -> [Param<'_>; 5] {
    let previous = rotation.previous.as_ref();
    [
        ("current", (&rotation.current).into()),
        ("rotated_at", rotation.rotated_at.into()),
        ("previous_hash", previous.map(|previous| previous.hash.as_slice()).into()),
        ("previous_salt", previous.map(|previous| previous.salt.as_slice()).into()),
        ("previous_key_version", previous.map(|previous| i64::from(previous.key_version)).into()),
    ]
}

fn params<'a>(key: &'a FamilyKey, family: &'a RefreshFamily) -> Vec<Param<'a>> {
    let mut params = vec![
        ("family_key", key.as_bytes().into()),
        ("sid", family.sid.as_bytes().into()),
        ("client_id", (*family.client_id).into()),
        ("user_id", family.user.as_str().into()),
        ("epoch", family.epoch.into()),
        ("scope", family.scope.as_str().into()),
        ("session", family.session.as_ref().map(|session| session.as_bytes().as_slice()).into()),
        ("resource", family.resource.as_deref().into()),
        ("jkt", family.jkt.as_deref().into()),
        ("auth_time", family.auth_time.into()),
        ("amr", i64::from(family.amr.bits()).into()),
        ("created_at", family.created_at.into()),
        ("expires_at", family.expires_at.into()),
    ];
    params.extend(rotation_params(&family.rotation));
    params
}

fn key_param(key: &FamilyKey) -> Param<'_> {
    ("key", key.as_bytes().into())
}

#[async_trait]
impl RefreshStore for SqlStore {
    async fn insert(&self, key: &FamilyKey, family: RefreshFamily) -> Result<(), StoreError> {
        self.database.execute(&self.sql().refresh.insert, &params(key, &family)).await.map(drop)
    }

    async fn get(&self, key: &FamilyKey) -> Result<Option<RefreshFamily>, StoreError> {
        self.database.look_up_one(&self.sql().refresh.by_key, &[key_param(key)], family).await
    }

    async fn list(&self, user: &UserId) -> Result<Vec<(FamilyKey, RefreshFamily)>, StoreError> {
        let user = [("user_id", user.as_str().into())];
        self.database.look_up(&self.sql().refresh.by_user, &user, keyed_family).await
    }

    async fn rotate(&self, key: &FamilyKey, expected: &[u8; 32], next: Rotation) -> Result<bool, StoreError> {
        let mut params = vec![key_param(key), ("expected", expected.into())];
        params.extend(rotation_params(&next));
        Ok(self.database.execute(&self.sql().refresh.rotate, &params).await? == 1)
    }

    async fn remove(&self, key: &FamilyKey) -> Result<Option<RefreshFamily>, StoreError> {
        Ok(self.database.change(&self.sql().refresh.remove, &[key_param(key)], family).await?.pop())
    }

    async fn remove_by_session(&self, session: &SessionHandle) -> Result<Vec<SessionHandle>, StoreError> {
        let session = [("session", session.as_bytes().into())];
        self.database.change(&self.sql().refresh.remove_by_session, &session, handle).await
    }

    async fn remove_by_user(&self, user: &UserId) -> Result<Vec<SessionHandle>, StoreError> {
        let user = [("user_id", user.as_str().into())];
        self.database.change(&self.sql().refresh.remove_by_user, &user, handle).await
    }

    async fn remove_expired(&self, now: Timestamp, idle_since: Timestamp) -> Result<u64, StoreError> {
        let ended = [("now", now.into()), ("idle_since", idle_since.into())];
        self.sweep(&self.sql().family_sweep, b"".into(), sweep::bytes, &ended).await
    }
}
