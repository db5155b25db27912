//! One connection that many ask at once.

use std::error::Error as StdError;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use auth_core::error::BoxError;
use bytes::BytesMut;
use tokio::time::timeout;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Client, Config, NoTls, Row, Statement};

use crate::server::{Fault, QUIET, Trust};
use crate::sql::{Call, Columns, Value};

use super::fault;
use super::product::millis;

/// A line that is so old goes, as connections of sqlx do.
const LIFETIME: Duration = Duration::from_secs(30 * 60);

/// An open connection.
pub(super) struct Line {
    client: Client,
    made: Instant,
    /// When it was last asked something, in milliseconds after `made`.
    asked: AtomicU64,
    /// What is prepared on it: the few statements of guards, each by its text.
    statements: RwLock<Vec<(Arc<str>, Statement)>>,
}

/// Why a line has no answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// What was asked is at fault.
    Statement,
    /// The line is: it is not asked again.
    Line(Fault),
}

impl Line {
    /// Connects. The server gives up what it works on for longer than `limit`.
    pub(super) async fn open(config: &Config, limit: Duration) -> Option<Self> {
        let made = Instant::now();
        let opening = async {
            let (client, connection) = config.connect(NoTls).await.ok()?;
            tokio::spawn(connection);
            client.batch_execute(&format!("SET statement_timeout = {}", millis(limit))).await.ok()?;
            Some(client)
        };
        let client = timeout(limit, opening).await.ok()??;
        Some(Self { client, made, asked: AtomicU64::default(), statements: RwLock::default() })
    }

    /// Whether it may be asked: it is open, leads where it did, and was not silent so long that something in between may have
    /// forgotten it.
    pub(super) fn is_fit(&self, trust: &Trust) -> bool {
        let age = self.made.elapsed();
        let asked = Duration::from_millis(self.asked.load(Ordering::Relaxed));
        !self.client.is_closed() && age < LIFETIME && age.saturating_sub(asked) < QUIET && trust.covers(age)
    }

    /// Asks, beside whatever else is asked on it at the moment.
    pub(super) async fn ask(&self, call: Call<'_>) -> Result<Vec<Row>, Failure> {
        let age = u64::try_from(self.made.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.asked.store(age, Ordering::Relaxed);
        let values: Result<Vec<_>, _> = call.values().map(|value| value.map(Bound)).collect();
        let values = values.map_err(|_| Failure::Statement)?;
        let statement = match self.prepared(call.text()) {
            Some(statement) => statement,
            None => Box::pin(self.prepare(call.text(), &values)).await?,
        };
        let params: Vec<_> = values.iter().map(|value| value as &(dyn ToSql + Sync)).collect();
        self.client.query(&statement, &params).await.map_err(|error| Failure::of(&error))
    }

    fn prepared(&self, text: &Arc<str>) -> Option<Statement> {
        let statements = self.statements.read().unwrap_or_else(PoisonError::into_inner);
        let found = statements.iter().find(|(known, _)| Arc::ptr_eq(known, text))?;
        Some(found.1.clone())
    }

    /// The types are those that the values have, as sqlx tells them: PostgreSQL would guess others from where a parameter stands.
    async fn prepare(&self, text: &Arc<str>, values: &[Bound<'_>]) -> Result<Statement, Failure> {
        let types: Vec<_> = values.iter().map(Bound::sql_type).collect();
        let prepared = self.client.prepare_typed(text, &types).await;
        let prepared = prepared.map_err(|error| Failure::of(&error))?;
        let mut statements = self.statements.write().unwrap_or_else(PoisonError::into_inner);
        // Of the same text there is one, whoever wrote it.
        statements.retain(|(known, _)| known != text);
        statements.push((text.clone(), prepared.clone()));
        Ok(prepared)
    }
}

impl Failure {
    fn of(error: &tokio_postgres::Error) -> Self {
        match error.code().map(|code| fault::told(code.code())) {
            Some(Fault::Statement | Fault::Connection) => Self::Statement,
            Some(fault) => Self::Line(fault),
            None => Self::Line(Fault::Broken),
        }
    }
}

/// A value as the driver takes it.
#[derive(Debug)]
struct Bound<'a>(&'a Value<'a>);

impl Bound<'_> {
    fn sql_type(&self) -> Type {
        match self.0 {
            Value::Blob(_) => Type::BYTEA,
            Value::Bool(_) => Type::BOOL,
            Value::Int(_) => Type::INT8,
            Value::Text(_) => Type::TEXT,
        }
    }
}

impl ToSql for Bound<'_> {
    fn to_sql(&self, as_type: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        match self.0 {
            Value::Blob(bytes) => bytes.as_deref().to_sql(as_type, out),
            Value::Bool(flag) => flag.to_sql(as_type, out),
            Value::Int(number) => number.to_sql(as_type, out),
            Value::Text(text) => text.as_deref().to_sql(as_type, out),
        }
    }

    fn accepts(as_type: &Type) -> bool {
        [Type::BYTEA, Type::BOOL, Type::INT8, Type::TEXT].contains(as_type)
    }

    to_sql_checked!();
}

impl Columns for Row {
    fn int(&self, place: usize) -> Result<Option<i64>, BoxError> {
        Ok(self.try_get(place)?)
    }

    fn flag(&self, place: usize) -> Result<Option<bool>, BoxError> {
        Ok(self.try_get(place)?)
    }

    fn text(&self, place: usize) -> Result<Option<&str>, BoxError> {
        Ok(self.try_get(place)?)
    }

    fn blob(&self, place: usize) -> Result<Option<&[u8]>, BoxError> {
        Ok(self.try_get(place)?)
    }
}
