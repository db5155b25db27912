//! Refresh families in SQLite.

use async_trait::async_trait;
use auth_core::clock::Timestamp;
use auth_core::error::{BoxError, StoreError};
use auth_core::session::{Amr, SessionHandle};
use auth_core::token::{FamilyKey, Predecessor, RefreshFamily, RefreshStore, Rotation};
use auth_core::user::UserId;

use super::columns::{Columns, all, one};
use super::sessions::handle;
use super::statements::Statements;
use super::sweep::Sweep;
use super::{SqlStore, signed, store_error};

/// The column behind those of `family_columns!`.
const KEY: usize = 15;

/// Decodes the columns of `family_columns!`.
fn family(row: &impl Columns) -> Result<RefreshFamily, BoxError> {
    Ok(RefreshFamily {
        sid: SessionHandle::new(row.bytes(0)?),
        client_id: row.string(1)?.into(),
        user: UserId::new(row.string(2)?),
        epoch: row.number(3)?.cast_unsigned(),
        scope: row.string(4)?.to_owned(),
        session: row.optional_bytes(5)?.map(SessionHandle::new),
        auth_time: row.time(6)?,
        amr: Amr::from_bits(u8::try_from(row.number(7)?)?),
        created_at: row.time(8)?,
        expires_at: row.time(9)?,
        rotation: Rotation {
            current: row.bytes(10)?,
            rotated_at: row.time(11)?,
            previous: predecessor(row)?,
        },
    })
}

fn predecessor(row: &impl Columns) -> Result<Option<Predecessor>, BoxError> {
    let Some(hash) = row.optional_bytes(12)? else { return Ok(None) };
    Ok(Some(Predecessor { hash, salt: row.bytes(13)?, key_version: u8::try_from(row.number(14)?)? }))
}

/// What the columns of the predecessor hold: all three or none.
fn parts(previous: Option<&Predecessor>) -> (Option<Vec<u8>>, Option<Vec<u8>>, Option<i64>) {
    let Some(previous) = previous else { return (None, None, None) };
    (Some(previous.hash.to_vec()), Some(previous.salt.to_vec()), Some(i64::from(previous.key_version)))
}

fn key_bytes(key: &FamilyKey) -> Vec<u8> {
    key.as_bytes().to_vec()
}

#[async_trait]
impl RefreshStore for SqlStore {
    async fn insert(&self, key: &FamilyKey, family: RefreshFamily) -> Result<(), StoreError> {
        let (hash, salt, key_version) = parts(family.rotation.previous.as_ref());
        let insert = self.0.statements.insert_family.query();
        let insert = insert
            .bind(key_bytes(key))
            .bind(family.sid.as_bytes().to_vec())
            .bind(family.client_id.as_ref().to_owned())
            .bind(family.user.as_str().to_owned())
            .bind(signed(family.epoch))
            .bind(family.scope)
            .bind(family.session.map(|session| session.as_bytes().to_vec()))
            .bind(family.auth_time.unix_millis())
            .bind(i64::from(family.amr.bits()))
            .bind(family.created_at.unix_millis())
            .bind(family.expires_at.unix_millis())
            .bind(family.rotation.current.to_vec())
            .bind(family.rotation.rotated_at.unix_millis())
            .bind(hash)
            .bind(salt)
            .bind(key_version);
        insert.execute(&self.0.writer).await.map_err(store_error)?;
        Ok(())
    }

    async fn get(&self, key: &FamilyKey) -> Result<Option<RefreshFamily>, StoreError> {
        let key = *key;
        let read = move |connection: &rusqlite::Connection, sql: &Statements| {
            one(connection, sql.family_by_key.text(), [key.as_bytes()], |row| family(row))
        };
        self.0.readers.read(read).await
    }

    async fn list(&self, user: &UserId) -> Result<Vec<(FamilyKey, RefreshFamily)>, StoreError> {
        let user = user.clone();
        let read = move |connection: &rusqlite::Connection, sql: &Statements| {
            all(connection, sql.families_by_user.text(), [user.as_str()], |row| {
                Ok((FamilyKey::new(row.bytes(KEY)?), family(row)?))
            })
        };
        self.0.readers.read(read).await
    }

    async fn rotate(&self, key: &FamilyKey, expected: &[u8; 32], next: Rotation) -> Result<bool, StoreError> {
        let (hash, salt, key_version) = parts(next.previous.as_ref());
        let rotate = self.0.statements.rotate_family.query();
        let rotate = rotate
            .bind(key_bytes(key))
            .bind(expected.to_vec())
            .bind(next.current.to_vec())
            .bind(next.rotated_at.unix_millis())
            .bind(hash)
            .bind(salt)
            .bind(key_version);
        Ok(rotate.execute(&self.0.writer).await.map_err(store_error)?.rows_affected() == 1)
    }

    async fn remove(&self, key: &FamilyKey) -> Result<Option<RefreshFamily>, StoreError> {
        let remove = self.0.statements.remove_family.query().bind(key_bytes(key));
        let row = remove.fetch_optional(&self.0.writer).await.map_err(store_error)?;
        row.map(|row| family(&row)).transpose().map_err(StoreError::unavailable)
    }

    async fn remove_by_session(&self, session: &SessionHandle) -> Result<Vec<SessionHandle>, StoreError> {
        let remove = self.0.statements.remove_families_by_session.query().bind(session.as_bytes().to_vec());
        let rows = remove.fetch_all(&self.0.writer).await.map_err(store_error)?;
        rows.iter().map(handle).collect()
    }

    async fn remove_by_user(&self, user: &UserId) -> Result<Vec<SessionHandle>, StoreError> {
        let remove = self.0.statements.remove_families_by_user.query().bind(user.as_str().to_owned());
        let rows = remove.fetch_all(&self.0.writer).await.map_err(store_error)?;
        rows.iter().map(handle).collect()
    }

    async fn remove_expired(&self, now: Timestamp, idle_since: Timestamp) -> Result<u64, StoreError> {
        let sql = &self.0.statements;
        let sweep = Sweep { next: &sql.next_families, remove: &sql.remove_expired_families };
        self.0.sweep(sweep, Vec::<u8>::new(), &[now.unix_millis(), idle_since.unix_millis()]).await
    }
}
