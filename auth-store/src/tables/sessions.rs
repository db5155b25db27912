//! Sessions.

use std::sync::Arc;

use async_trait::async_trait;
use auth_core::clock::Timestamp;
use auth_core::error::{BoxError, StoreError};
use auth_core::login::{FactorTimes, Method};
use auth_core::session::{
    Amr, MaxSessions, ProviderSession, SessionAndUser, SessionData, SessionHandle, SessionKey, SessionRecord,
    SessionStore, SessionUserStore,
};
use auth_core::user::UserId;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use serde_json::{Map, Value, json};

use crate::database::Transaction;
use crate::sql::{Param, Row};

use super::statements::sessions::Column;
use super::store::SqlStore;
use super::sweep;
use super::users::user;

fn session(row: &Row<'_>) -> Result<SessionRecord, BoxError> {
    let version = row.number(Column::data_version)?.cast_unsigned();
    Ok(SessionRecord {
        handle: SessionHandle::new(row.bytes(Column::handle)?),
        user: UserId::new(row.string(Column::user_id)?),
        epoch: row.number(Column::epoch)?.cast_unsigned(),
        created_at: row.time(Column::created_at)?,
        last_seen_at: row.time(Column::last_seen_at)?,
        expires_at: row.time(Column::expires_at)?,
        auth_time: row.time(Column::auth_time)?,
        amr: Amr::from_bits(u16::try_from(row.number(Column::amr)?)?),
        remember: row.is_set(Column::remember)?,
        ip: row.text(Column::ip)?.map(|ip| ip.parse()).transpose()?,
        user_agent: row.text(Column::user_agent)?.map(Arc::from),
        extra: row.text(Column::data)?.map(|text| read_data(text, version)).transpose()?.map(Box::new),
    })
}

fn shared(row: &Row<'_>) -> Result<Arc<SessionRecord>, BoxError> {
    session(row).map(Arc::new)
}

fn session_and_user(row: &Row<'_>) -> Result<SessionAndUser, BoxError> {
    let (record, beside) = (shared(row)?, row.starting_at(Column::LIST.len()));
    let is_there = beside.text(0)?.is_some();
    Ok((record, is_there.then(|| user(&beside).map(Arc::new)).transpose()?))
}

/// The handle in the first column.
pub(super) fn handle(row: &Row<'_>) -> Result<SessionHandle, BoxError> {
    Ok(SessionHandle::new(row.bytes(0)?))
}

fn params<'a>(key: &'a SessionKey, record: &'a SessionRecord) -> [Param<'a>; 14] {
    [
        ("session_key", key.as_bytes().into()),
        ("handle", record.handle.as_bytes().into()),
        ("user_id", record.user.as_str().into()),
        ("epoch", record.epoch.into()),
        ("created_at", record.created_at.into()),
        ("last_seen_at", record.last_seen_at.into()),
        ("expires_at", record.expires_at.into()),
        ("auth_time", record.auth_time.into()),
        ("amr", i64::from(record.amr.bits()).into()),
        ("remember", record.remember.into()),
        ("ip", record.ip.map(|ip| ip.to_string()).into()),
        ("user_agent", record.user_agent.as_deref().into()),
        ("data", record.extra.as_deref().map(write_data).into()),
        ("data_version", record.data_version().into()),
    ]
}

fn read_data(text: &str, version: u64) -> Result<SessionData, BoxError> {
    let mut parts: Map<String, Value> = serde_json::from_str(text)?;
    let mut part = |name| parts.remove(name).unwrap_or_default();
    let client: Option<String> = serde_json::from_value(part("client"))?;
    let provider = read_provider(part("provider"))?;
    let factor_times = read_factor_times(part("factors"));
    let told: Option<Vec<String>> = serde_json::from_value(part("told"))?;
    let told_clients = told.unwrap_or_default().into_iter().map(Arc::from).collect();
    let values = serde_json::from_value(part("values"))?;
    Ok(SessionData { client: client.map(Arc::from), provider, factor_times, told_clients, values, version })
}

fn write_data(data: &SessionData) -> String {
    let provider = data.provider.as_ref().map(write_provider);
    let mut parts = json!({ "client": data.client.as_deref(), "provider": provider, "values": data.values });
    if !data.factor_times.is_empty() {
        let times = data
            .factor_times
            .iter()
            .map(|(factor, at)| (factor.as_str().to_owned(), at.unix_seconds().into()));
        parts["factors"] = Value::Object(times.collect());
    }
    if !data.told_clients.is_empty() {
        parts["told"] = data.told_clients.iter().map(|client| Value::from(&**client)).collect();
    }
    parts.to_string()
}

/// By their words, in unix seconds. One that only a newer program knows is left out.
fn read_factor_times(value: Value) -> FactorTimes {
    let parts = value.as_object().into_iter().flatten();
    FactorTimes::of(
        parts.filter_map(|(word, at)| {
            Some((Method::parse(word)?, Timestamp::from_unix_seconds(at.as_i64()?)))
        }),
    )
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

fn key_param(key: &SessionKey) -> Param<'_> {
    ("key", key.as_bytes().into())
}

fn user_param(user: &UserId) -> Param<'_> {
    ("user_id", user.as_str().into())
}

impl SqlStore {
    /// In turn with all that makes, moves or ends several of a user's sessions. A removal would miss a session that is given a new key
    /// beside it: it waits for the old row, and what was added meanwhile is not in what it sees.
    async fn begin_in_turn_of(&self, user: &UserId) -> Result<Transaction, StoreError> {
        self.database.begin_in_turn("sessions", user.as_str()).await
    }
}

#[async_trait]
impl SessionStore for SqlStore {
    async fn insert(
        &self,
        key: &SessionKey,
        record: SessionRecord,
        max: MaxSessions,
    ) -> Result<Vec<SessionHandle>, StoreError> {
        let (sql, params) = (&self.sql().sessions, params(key, &record));
        let Some(max) = max else {
            return self.database.execute(&sql.insert, &params).await.map(|_| Vec::new());
        };
        let newest = i64::try_from(max.get() - 1).unwrap_or(i64::MAX);
        let room = [user_param(&record.user), ("newest", newest.into())];
        self.database
            .retried(|| async {
                let mut transaction = self.begin_in_turn_of(&record.user).await?;
                let gone = transaction.all(&sql.make_room, &room, handle).await?;
                transaction.execute(&sql.insert, &params).await?;
                transaction.commit().await?;
                Ok(gone)
            })
            .await
    }

    async fn get(&self, key: &SessionKey) -> Result<Option<Arc<SessionRecord>>, StoreError> {
        self.database.one(&self.sql().sessions.by_key, &[key_param(key)], shared).await
    }

    async fn touch(&self, key: &SessionKey, at: Timestamp) -> Result<(), StoreError> {
        let params = [key_param(key), ("at", at.into())];
        self.database.execute(&self.sql().sessions.touch, &params).await.map(drop)
    }

    async fn replace(
        &self,
        old: &SessionKey,
        new: &SessionKey,
        record: SessionRecord,
    ) -> Result<bool, StoreError> {
        let sql = &self.sql().sessions;
        let expected = [key_param(old), ("expected", record.data_version().into())];
        self.database
            .retried(|| async {
                let mut transaction = self.begin_in_turn_of(&record.user).await?;
                if transaction.execute(&sql.replace, &expected).await? == 0 {
                    return Ok(false);
                }
                transaction.execute(&sql.insert, &params(new, &record)).await?;
                transaction.commit().await?;
                Ok(true)
            })
            .await
    }

    async fn write_data(
        &self,
        key: &SessionKey,
        expected: u64,
        data: SessionData,
    ) -> Result<bool, StoreError> {
        let params = [key_param(key), ("expected", expected.into()), ("data", write_data(&data).into())];
        Ok(self.database.execute(&self.sql().sessions.write_data, &params).await? == 1)
    }

    async fn remove(&self, key: &SessionKey) -> Result<bool, StoreError> {
        Ok(self.database.execute(&self.sql().sessions.remove, &[key_param(key)]).await? == 1)
    }

    async fn list(&self, user: &UserId) -> Result<Vec<Arc<SessionRecord>>, StoreError> {
        self.database.look_up(&self.sql().sessions.by_user, &[user_param(user)], shared).await
    }

    async fn remove_by_handle(&self, user: &UserId, handle: &SessionHandle) -> Result<bool, StoreError> {
        let params = [user_param(user), ("handle", handle.as_bytes().into())];
        let removed = self.database.retried(|| async {
            let mut transaction = self.begin_in_turn_of(user).await?;
            let removed =
                transaction.all(&self.sql().sessions.remove_by_handle, &params, self::handle).await?;
            transaction.commit().await?;
            Ok(removed)
        });
        Ok(!removed.await?.is_empty())
    }

    async fn remove_by_user(
        &self,
        user: &UserId,
        keep: Option<&SessionHandle>,
    ) -> Result<Vec<SessionHandle>, StoreError> {
        let sql = &self.sql().sessions;
        let kept = keep.map(|keep| ("handle", keep.as_bytes().into()));
        let statement = if keep.is_some() { &sql.remove_others } else { &sql.remove_by_user };
        let params: Vec<_> = [user_param(user)].into_iter().chain(kept).collect();
        self.database
            .retried(|| async {
                let mut transaction = self.begin_in_turn_of(user).await?;
                let ended = transaction.all(statement, &params, handle).await?;
                transaction.commit().await?;
                Ok(ended)
            })
            .await
    }

    async fn remove_expired(&self, now: Timestamp, idle_since: Timestamp) -> Result<u64, StoreError> {
        let ended = [("now", now.into()), ("idle_since", idle_since.into())];
        self.sweep(&self.sql().session_sweep, b"".into(), sweep::bytes, &ended).await
    }
}

#[async_trait]
impl SessionUserStore for SqlStore {
    async fn session_and_user(
        &self,
        key: &SessionKey,
        _: Timestamp,
    ) -> Result<Option<SessionAndUser>, StoreError> {
        let statement = &self.sql().sessions.by_key_with_user;
        self.database.one(statement, &[key_param(key)], session_and_user).await
    }
}
