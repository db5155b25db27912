//! What happened.

use async_trait::async_trait;
use auth_core::error::{BoxError, StoreError};
use auth_core::event::{AuditFilter, AuditStore, Event, EventId, EventKind};
use auth_core::user::{Attachment, BackendId, UserId};

use crate::database::Transaction;
use crate::sql::{Param, Row, Statement};

use super::statements::audit::Column;
use super::store::SqlStore;
use super::sweep;

fn event(row: &Row<'_>) -> Result<Event, BoxError> {
    let kind = EventKind::of_store(row.string(Column::kind)?);
    let mut event = Event::new(EventId::new(row.bytes(Column::id)?), row.time(Column::happened_at)?, kind);
    event.user = row.text(Column::user_id)?.map(UserId::new);
    event.ip = row.text(Column::ip)?.map(str::parse).transpose()?;
    event.user_agent = row.text(Column::user_agent)?.map(Into::into);
    event.route = row.text(Column::route)?.map(Into::into);
    event.details = serde_json::from_str(row.string(Column::details)?)?;
    Ok(event)
}

fn params(event: &Event) -> Result<[Param<'_>; 8], StoreError> {
    let details = serde_json::to_string(&event.details).map_err(StoreError::unavailable)?;
    Ok([
        ("id", event.id.as_bytes().into()),
        ("happened_at", event.at.into()),
        ("kind", event.kind.name().into()),
        ("user_id", event.user.as_ref().map(UserId::as_str).into()),
        ("ip", event.ip.map(|ip| ip.to_string()).into()),
        ("user_agent", event.user_agent.as_deref().into()),
        ("route", event.route.as_deref().into()),
        ("details", details.into()),
    ])
}

impl SqlStore {
    /// Within a transaction: writes an event.
    pub(super) async fn insert_event(
        &self,
        transaction: &mut Transaction,
        event: &Event,
    ) -> Result<(), StoreError> {
        transaction.execute(&self.sql().audit.insert, &params(event)?).await.map(drop)
    }

    /// Within a transaction: gives the events of an account a pseudonym in its place.
    pub(super) async fn pseudonymise_within(
        &self,
        transaction: &mut Transaction,
        user: &UserId,
        pseudonym: &UserId,
    ) -> Result<(), StoreError> {
        let params = [("user_id", user.as_str().into()), ("pseudonym", pseudonym.as_str().into())];
        transaction.execute(&self.sql().audit.pseudonymise, &params).await.map(drop)
    }

    fn listing(&self, filter: &AuditFilter) -> &Statement {
        let sql = &self.sql().audit;
        match (&filter.user, filter.kind, filter.newest_first) {
            (None, None, false) => &sql.oldest,
            (None, None, true) => &sql.newest,
            (Some(_), None, false) => &sql.oldest_of_user,
            (Some(_), None, true) => &sql.newest_of_user,
            (None, Some(_), false) => &sql.oldest_of_kind,
            (None, Some(_), true) => &sql.newest_of_kind,
            (Some(_), Some(_), false) => &sql.oldest_of_both,
            (Some(_), Some(_), true) => &sql.newest_of_both,
        }
    }
}

#[async_trait]
impl AuditStore for SqlStore {
    fn backend_id(&self) -> BackendId {
        self.id()
    }

    async fn record(&self, attached: Vec<Attachment>) -> Result<(), StoreError> {
        if let [Attachment::Event(event)] = &*attached {
            return self.database.execute(&self.sql().audit.insert, &params(event)?).await.map(drop);
        }
        self.database
            .retried(|| async {
                let mut transaction = self.database.begin().await?;
                self.attach(&mut transaction, &attached).await?;
                transaction.commit().await
            })
            .await
    }

    async fn list(&self, filter: &AuditFilter, limit: usize) -> Result<Vec<Event>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut params: Vec<Param<'_>> = vec![
            ("first", filter.from.as_bytes().into()),
            ("end", filter.to.as_bytes().into()),
            ("limit", limit.into()),
        ];
        params.extend(filter.user.as_ref().map(|user| ("user_id", user.as_str().into())));
        params.extend(filter.kind.map(|kind| ("kind", kind.name().into())));
        self.database.look_up(self.listing(filter), &params, event).await
    }

    async fn pseudonymise(&self, user: &UserId, pseudonym: &UserId) -> Result<(), StoreError> {
        let params = [("user_id", user.as_str().into()), ("pseudonym", pseudonym.as_str().into())];
        self.database.execute(&self.sql().audit.pseudonymise, &params).await.map(drop)
    }

    async fn remove_before(&self, end: EventId) -> Result<u64, StoreError> {
        let gone = [("gone", end.as_bytes().into())];
        self.sweep(&self.sql().audit_sweep, b"".into(), sweep::bytes, &gone).await
    }
}
