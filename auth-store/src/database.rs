//! A database, whichever it is: the statements of `tables/` and `django/` in, rows out.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use auth_core::error::StoreError;
use tokio::time::{Instant, timeout_at};

#[cfg(feature = "django")]
use crate::postgres;
use crate::sql::{Begun, Call, Decode, Dialect, Driver, Param, Statement, Value, Writer, too_late};
#[cfg(feature = "sqlite")]
use crate::sqlite;

/// A database that is open, as one tenant sees it. What it is asked it answers within the time limit, a transaction as a whole.
/// Clones share its connections.
#[derive(Clone)]
pub(crate) struct Database {
    any: Arc<Any>,
    tenant: Arc<Value<'static>>,
    take_turns: Option<Statement>,
    timeout: Duration,
}

/// The databases that there are: each is a folder of its own, and a line here and in [`AnyBegun`].
pub(crate) enum Any {
    #[cfg(feature = "django")]
    Postgres(postgres::Server),
    #[cfg(feature = "sqlite")]
    Sqlite(sqlite::Sqlite),
}

enum AnyBegun {
    #[cfg(feature = "django")]
    Postgres(<postgres::Server as Driver>::Begun),
    #[cfg(feature = "sqlite")]
    Sqlite(<sqlite::Sqlite as Driver>::Begun),
}

/// The same for each of them.
macro_rules! each {
    ($any:ident, $value:expr, $it:ident => $work:expr) => {
        match $value {
            #[cfg(feature = "django")]
            $any::Postgres($it) => $work,
            #[cfg(feature = "sqlite")]
            $any::Sqlite($it) => $work,
        }
    };
}

impl Database {
    /// As the tenant without a name sees it.
    pub(crate) fn new(any: Any, timeout: Duration) -> Self {
        let dialect = each!(Any, &any, driver => driver.dialect());
        let take_turns = dialect.take_turns().map(|words| Writer { dialect, prefix: "" }.statement(words));
        Self { any: Arc::new(any), tenant: Arc::new(Value::from("")), take_turns, timeout }
    }

    /// The same database, as this tenant sees it.
    #[cfg(feature = "sqlite")]
    pub(crate) fn of_tenant(&self, name: &str) -> Self {
        Self { tenant: Arc::new(Value::from(name.to_owned())), ..self.clone() }
    }

    pub(crate) fn dialect(&self) -> &'static dyn Dialect {
        each!(Any, &*self.any, driver => driver.dialect())
    }

    /// Every row that a lookup by key finds, for a guard.
    pub(crate) async fn all<T: Send + 'static>(
        &self,
        statement: &Statement,
        params: &[Param<'_>],
        decode: impl Decode<T>,
    ) -> Result<Vec<T>, StoreError> {
        let call = self.call(statement, params);
        each!(Any, &*self.any, driver => driver.read(call, decode).await)
    }

    /// The only row that a lookup by key finds, for a guard.
    pub(crate) async fn one<T: Send + 'static>(
        &self,
        statement: &Statement,
        params: &[Param<'_>],
        decode: impl Decode<T>,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.all(statement, params, decode).await?.pop())
    }

    /// Every row, where no guard waits for it, or where a whole table is looked through.
    pub(crate) async fn look_up<T: Send + 'static>(
        &self,
        statement: &Statement,
        params: &[Param<'_>],
        decode: impl Decode<T>,
    ) -> Result<Vec<T>, StoreError> {
        let call = self.call(statement, params);
        each!(Any, &*self.any, driver => driver.look_up(call, decode).await)
    }

    /// One change by itself: how many rows it changed.
    pub(crate) async fn execute(
        &self,
        statement: &Statement,
        params: &[Param<'_>],
    ) -> Result<u64, StoreError> {
        let call = self.call(statement, params);
        in_time(self.deadline(), async { each!(Any, &*self.any, driver => driver.execute(call).await) }).await
    }

    /// One change by itself that answers with rows.
    #[cfg(feature = "sqlite")]
    pub(crate) async fn change<T: Send + 'static>(
        &self,
        statement: &Statement,
        params: &[Param<'_>],
        decode: impl Decode<T> + Copy,
    ) -> Result<Vec<T>, StoreError> {
        if statement.steps().len() == 1 {
            let call = self.call(statement, params);
            return in_time(self.deadline(), async {
                each!(Any, &*self.any, driver => driver.change(call, decode).await)
            })
            .await;
        }
        let mut transaction = self.begin().await?;
        let rows = transaction.all(statement, params, decode).await?;
        transaction.commit().await?;
        Ok(rows)
    }

    /// How the database would find what the statement asks for, one step a text.
    #[cfg(feature = "django")]
    pub(crate) async fn plan(&self, statement: String) -> Result<Vec<String>, StoreError> {
        in_time(self.deadline(), async { each!(Any, &*self.any, driver => driver.plan(statement).await) })
            .await
    }

    /// Begins a transaction that changes something.
    pub(crate) async fn begin(&self) -> Result<Transaction, StoreError> {
        self.begin_until(self.deadline()).await
    }

    pub(crate) async fn begin_until(&self, deadline: Instant) -> Result<Transaction, StoreError> {
        let begun = in_time(deadline, async {
            Ok(match &*self.any {
                #[cfg(feature = "django")]
                Any::Postgres(server) => AnyBegun::Postgres(server.begin().await?),
                #[cfg(feature = "sqlite")]
                Any::Sqlite(file) => AnyBegun::Sqlite(file.begin().await?),
            })
        });
        let (tenant, take_turns) = (self.tenant.clone(), self.take_turns.clone());
        Ok(Transaction { begun: begun.await?, tenant, take_turns, deadline })
    }

    /// The same, in turn with all others that begin so.
    #[cfg(feature = "sqlite")]
    pub(crate) async fn begin_in_turn(&self) -> Result<Transaction, StoreError> {
        let mut transaction = self.begin().await?;
        transaction.take_turns().await?;
        Ok(transaction)
    }

    fn call<'a>(&'a self, statement: &'a Statement, params: &'a [Param<'a>]) -> Call<'a> {
        Call::new(&statement.steps()[0], &self.tenant, params)
    }

    fn deadline(&self) -> Instant {
        Instant::now() + self.timeout
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("dialect", &self.dialect()).finish_non_exhaustive()
    }
}

/// A transaction; nothing of it happened unless it is committed.
pub(crate) struct Transaction {
    begun: AnyBegun,
    tenant: Arc<Value<'static>>,
    take_turns: Option<Statement>,
    deadline: Instant,
}

impl Transaction {
    /// Waits until no other transaction is on that waited here. Where one has the whole database to itself, that is so already.
    pub(crate) async fn take_turns(&mut self) -> Result<(), StoreError> {
        match self.take_turns.clone() {
            Some(take_turns) => self.execute(&take_turns, &[]).await.map(drop),
            None => Ok(()),
        }
    }

    /// How many rows the statement changed.
    pub(crate) async fn execute(
        &mut self,
        statement: &Statement,
        params: &[Param<'_>],
    ) -> Result<u64, StoreError> {
        let call = Call::new(&statement.steps()[0], &self.tenant, params);
        in_time(self.deadline, async { each!(AnyBegun, &mut self.begun, begun => begun.execute(call).await) })
            .await
    }

    /// Every row that the statement finds or writes, in whichever of its steps.
    pub(crate) async fn all<T: Send + 'static>(
        &mut self,
        statement: &Statement,
        params: &[Param<'_>],
        decode: impl Decode<T> + Copy,
    ) -> Result<Vec<T>, StoreError> {
        let mut found = Vec::new();
        for step in statement.steps() {
            let call = Call::new(step, &self.tenant, params);
            let rows = in_time(self.deadline, async {
                each!(AnyBegun, &mut self.begun, begun => begun.rows(call, decode).await)
            });
            found.append(&mut rows.await?);
        }
        Ok(found)
    }

    /// The first row that the statement finds or writes.
    pub(crate) async fn one<T: Send + 'static>(
        &mut self,
        statement: &Statement,
        params: &[Param<'_>],
        decode: impl Decode<T> + Copy,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.all(statement, params, decode).await?.into_iter().next())
    }

    /// Runs a script of several statements.
    #[cfg(feature = "sqlite")]
    pub(crate) async fn script(&mut self, text: String) -> Result<(), StoreError> {
        in_time(self.deadline, async { each!(AnyBegun, &mut self.begun, begun => begun.script(text).await) })
            .await
    }

    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        in_time(self.deadline, async { each!(AnyBegun, self.begun, begun => Begun::commit(begun).await) })
            .await
    }
}

/// What does not come in time did not come.
async fn in_time<T>(
    deadline: Instant,
    work: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    timeout_at(deadline, work).await.map_err(|_| too_late())?
}
