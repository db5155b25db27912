//! Sessions in SQLite.

use std::sync::Arc;

use async_trait::async_trait;
use auth_core::clock::Timestamp;
use auth_core::error::{BoxError, StoreError};
use auth_core::session::{
    Amr, MaxSessions, ProviderSession, SessionData, SessionHandle, SessionKey, SessionRecord, SessionStore,
};
use auth_core::user::UserId;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use serde_json::{Map, Value, json};
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Row as _, Sqlite};

use super::columns::{Columns, all, one};
use super::statements::Statements;
use super::sweep::Sweep;
use super::{SqlStore, signed, store_error};

/// Decodes the columns of `session_columns!`.
fn session(row: &impl Columns) -> Result<SessionRecord, BoxError> {
    let version = row.number(12)?.cast_unsigned();
    Ok(SessionRecord {
        handle: SessionHandle::new(row.bytes(0)?),
        user: UserId::new(row.string(1)?),
        epoch: row.number(2)?.cast_unsigned(),
        created_at: row.time(3)?,
        last_seen_at: row.time(4)?,
        expires_at: row.time(5)?,
        auth_time: row.time(6)?,
        amr: Amr::from_bits(u8::try_from(row.number(7)?)?),
        remember: row.is_set(8)?,
        ip: row.text(9)?.map(|ip| ip.parse()).transpose()?,
        user_agent: row.text(10)?.map(Arc::from),
        extra: row.text(11)?.map(|text| read_data(text, version)).transpose()?.map(Box::new),
    })
}

fn read_data(text: &str, version: u64) -> Result<SessionData, BoxError> {
    let mut parts: Map<String, Value> = serde_json::from_str(text)?;
    let mut part = |name| parts.remove(name).unwrap_or_default();
    let client: Option<String> = serde_json::from_value(part("client"))?;
    let provider = read_provider(part("provider"))?;
    let values = serde_json::from_value(part("values"))?;
    Ok(SessionData { client: client.map(Arc::from), provider, values, version })
}

fn write_data(data: &SessionData) -> String {
    let provider = data.provider.as_ref().map(write_provider);
    json!({ "client": data.client.as_deref(), "provider": provider, "values": data.values }).to_string()
}

fn read_provider(value: Value) -> Result<Option<ProviderSession>, BoxError> {
    let Some(mut parts): Option<Map<String, Value>> = serde_json::from_value(value)? else { return Ok(None) };
    let mut part = |name| parts.remove(name).unwrap_or_default();
    let id_token: Option<String> = serde_json::from_value(part("id_token"))?;
    Ok(Some(ProviderSession {
        provider: serde_json::from_value(part("provider"))?,
        issuer: serde_json::from_value(part("issuer"))?,
        account: serde_json::from_value(part("account"))?,
        sid: serde_json::from_value(part("sid"))?,
        id_token: id_token.map(|text| BASE64.decode(text)).transpose()?,
    }))
}

fn write_provider(session: &ProviderSession) -> Value {
    let id_token = session.id_token.as_ref().map(|sealed| BASE64.encode(sealed));
    json!({
        "provider": session.provider, "issuer": session.issuer, "account": session.account, "sid": session.sid,
        "id_token": id_token,
    })
}

fn key_bytes(key: &SessionKey) -> Vec<u8> {
    key.as_bytes().to_vec()
}

fn handle_bytes(handle: &SessionHandle) -> Vec<u8> {
    handle.as_bytes().to_vec()
}

impl SqlStore {
    fn insert_session(
        &self,
        key: &SessionKey,
        record: &SessionRecord,
    ) -> Query<'static, Sqlite, SqliteArguments> {
        let insert = self.0.statements.insert_session.query();
        insert
            .bind(key_bytes(key))
            .bind(handle_bytes(&record.handle))
            .bind(record.user.as_str().to_owned())
            .bind(signed(record.epoch))
            .bind(record.created_at.unix_millis())
            .bind(record.last_seen_at.unix_millis())
            .bind(record.expires_at.unix_millis())
            .bind(record.auth_time.unix_millis())
            .bind(i64::from(record.amr.bits()))
            .bind(record.remember)
            .bind(record.ip.map(|ip| ip.to_string()))
            .bind(record.user_agent.as_deref().map(str::to_owned))
            .bind(record.extra.as_deref().map(write_data))
            .bind(signed(record.data_version()))
    }
}

#[async_trait]
impl SessionStore for SqlStore {
    async fn insert(
        &self,
        key: &SessionKey,
        record: SessionRecord,
        max: MaxSessions,
    ) -> Result<(), StoreError> {
        let insert = self.insert_session(key, &record);
        let Some(max) = max else {
            insert.execute(&self.0.writer).await.map_err(store_error)?;
            return Ok(());
        };
        let others = i64::try_from(max.get() - 1).unwrap_or(i64::MAX);
        let make_room =
            self.0.statements.make_room.query().bind(record.user.as_str().to_owned()).bind(others);
        let mut transaction = self.0.begin().await?;
        make_room.execute(&mut *transaction).await.map_err(store_error)?;
        insert.execute(&mut *transaction).await.map_err(store_error)?;
        transaction.commit().await.map_err(store_error)
    }

    async fn get(&self, key: &SessionKey) -> Result<Option<Arc<SessionRecord>>, StoreError> {
        let key = *key;
        let read = move |connection: &rusqlite::Connection, sql: &Statements| {
            one(connection, sql.session_by_key.text(), [key.as_bytes()], |row| session(row).map(Arc::new))
        };
        self.0.readers.read(read).await
    }

    async fn touch(&self, key: &SessionKey, at: Timestamp) -> Result<(), StoreError> {
        let query = self.0.statements.touch_session.query().bind(key_bytes(key)).bind(at.unix_millis());
        query.execute(&self.0.writer).await.map_err(store_error)?;
        Ok(())
    }

    async fn replace(
        &self,
        old: &SessionKey,
        new: &SessionKey,
        record: SessionRecord,
    ) -> Result<bool, StoreError> {
        let remove = self.0.statements.replace_session.query();
        let remove = remove.bind(key_bytes(old)).bind(signed(record.data_version()));
        let mut transaction = self.0.begin().await?;
        if remove.execute(&mut *transaction).await.map_err(store_error)?.rows_affected() == 0 {
            return Ok(false);
        }
        self.insert_session(new, &record).execute(&mut *transaction).await.map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        Ok(true)
    }

    async fn write_data(
        &self,
        key: &SessionKey,
        expected: u64,
        data: SessionData,
    ) -> Result<bool, StoreError> {
        let write = self.0.statements.write_data.query();
        let write = write.bind(key_bytes(key)).bind(signed(expected)).bind(write_data(&data));
        Ok(write.execute(&self.0.writer).await.map_err(store_error)?.rows_affected() == 1)
    }

    async fn remove(&self, key: &SessionKey) -> Result<bool, StoreError> {
        let query = self.0.statements.remove_session.query().bind(key_bytes(key));
        Ok(query.execute(&self.0.writer).await.map_err(store_error)?.rows_affected() == 1)
    }

    async fn list(&self, user: &UserId) -> Result<Vec<Arc<SessionRecord>>, StoreError> {
        let user = user.clone();
        let read = move |connection: &rusqlite::Connection, sql: &Statements| {
            all(connection, sql.sessions_by_user.text(), [user.as_str()], |row| session(row).map(Arc::new))
        };
        self.0.readers.read(read).await
    }

    async fn remove_by_handle(&self, user: &UserId, handle: &SessionHandle) -> Result<bool, StoreError> {
        let query = self.0.statements.remove_session_by_handle.query();
        let query = query.bind(user.as_str().to_owned()).bind(handle_bytes(handle));
        Ok(query.execute(&self.0.writer).await.map_err(store_error)?.rows_affected() > 0)
    }

    async fn remove_by_user(
        &self,
        user: &UserId,
        keep: Option<&SessionHandle>,
    ) -> Result<Vec<SessionHandle>, StoreError> {
        let query = self.0.statements.remove_sessions_by_user.query();
        let query = query.bind(user.as_str().to_owned()).bind(keep.map(handle_bytes));
        let rows = query.fetch_all(&self.0.writer).await.map_err(store_error)?;
        rows.iter().map(handle).collect()
    }

    async fn remove_expired(&self, now: Timestamp, idle_since: Timestamp) -> Result<u64, StoreError> {
        let sql = &self.0.statements;
        let sweep = Sweep { next: &sql.next_sessions, remove: &sql.remove_expired_sessions };
        self.0.sweep(sweep, Vec::<u8>::new(), &[now.unix_millis(), idle_since.unix_millis()]).await
    }
}

/// The handle in the first column.
pub(super) fn handle(row: &sqlx::sqlite::SqliteRow) -> Result<SessionHandle, StoreError> {
    let bytes: Vec<u8> = row.try_get(0).map_err(store_error)?;
    let bytes =
        bytes.try_into().map_err(|_| StoreError::unavailable("a stored handle has another length"))?;
    Ok(SessionHandle::new(bytes))
}
