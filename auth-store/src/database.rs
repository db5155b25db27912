//! A database, whichever it is: the statements of `tables/` and `django/` in, rows out.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use auth_core::clock::Timestamp;
use auth_core::error::StoreError;
use auth_core::metric::{Began, store_call};
use auth_core::session::Listener;
use sha2::{Digest as _, Sha256};
use tokio::time::{Instant, timeout_at};

#[cfg(feature = "mysql")]
use crate::mysql::MySql;
#[cfg(feature = "postgres")]
use crate::postgres::Postgres;
#[cfg(feature = "mysql")]
use crate::server::Server;
use crate::sql::migration::Migration;
use crate::sql::{
    Begun, Call, Decode, Dialect, Driver, Param, Row, Statement, Step, Value, Writer, is_conflict, too_late,
};
#[cfg(feature = "sqlite")]
use crate::sqlite;

/// What calls are counted as.
const READ: &str = "read";
const WRITE: &str = "write";

/// How often a transaction is tried that others get in the way of. Each of these attempts lets one of the others through.
const ATTEMPTS: usize = 5;

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
    #[cfg(feature = "mysql")]
    MySql(Server<MySql>),
    #[cfg(feature = "postgres")]
    Postgres(Postgres),
    #[cfg(feature = "sqlite")]
    Sqlite(sqlite::Sqlite),
}

enum AnyBegun {
    #[cfg(feature = "mysql")]
    MySql(<Server<MySql> as Driver>::Begun),
    #[cfg(feature = "postgres")]
    Postgres(<Postgres as Driver>::Begun),
    #[cfg(feature = "sqlite")]
    Sqlite(<sqlite::Sqlite as Driver>::Begun),
}

/// The same for each of them.
macro_rules! each {
    ($any:ident, $value:expr, $it:ident => $work:expr) => {
        match $value {
            #[cfg(feature = "mysql")]
            $any::MySql($it) => $work,
            #[cfg(feature = "postgres")]
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
    pub(crate) fn of_tenant(&self, name: &str) -> Self {
        Self { tenant: Arc::new(Value::from(name.to_owned())), ..self.clone() }
    }

    pub(crate) fn dialect(&self) -> &'static dyn Dialect {
        each!(Any, &*self.any, driver => driver.dialect())
    }

    pub(crate) fn migrations(&self) -> &'static [Migration] {
        each!(Any, &*self.any, driver => driver.migrations())
    }

    /// Every row that a lookup by key finds, for a guard.
    pub(crate) async fn all<T: Send + 'static>(
        &self,
        statement: &Statement,
        params: &[Param<'_>],
        decode: impl Decode<T>,
    ) -> Result<Vec<T>, StoreError> {
        let call = self.call(statement, params);
        let began = Began::now();
        let answer = each!(Any, &*self.any, driver => driver.read(call, decode).await);
        self.counted(READ, began, answer)
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
        let began = Began::now();
        let answer = each!(Any, &*self.any, driver => driver.look_up(call, decode).await);
        self.counted(READ, began, answer)
    }

    /// The only row that a lookup by key finds, where no guard waits for it.
    pub(crate) async fn look_up_one<T: Send + 'static>(
        &self,
        statement: &Statement,
        params: &[Param<'_>],
        decode: impl Decode<T>,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.look_up(statement, params, decode).await?.pop())
    }

    /// What time it is by the clock of the database's server, where it has one.
    pub(crate) async fn time(&self) -> Result<Option<Timestamp>, StoreError> {
        let dialect = self.dialect();
        let Some(time) = dialect.time().map(|words| Writer { dialect, prefix: "" }.statement(words)) else {
            return Ok(None);
        };
        self.one(&time, &[], |row| row.time(0)).await
    }

    /// Whether what is [sent](Self::notify) is heard.
    pub(crate) fn can_listen(&self) -> bool {
        each!(Any, &*self.any, driver => driver.can_listen())
    }

    /// Sends a message to those who listen on a channel.
    pub(crate) async fn notify(&self, channel: &str, message: &str) -> Result<(), StoreError> {
        let notify = self.words(self.dialect().notify())?;
        let params = [("channel", channel.into()), ("message", message.into())];
        self.execute(&notify, &params).await.map(drop)
    }

    /// Begins to hear what is sent on a channel.
    pub(crate) async fn listen(&self, channel: &str) -> Result<Box<dyn Listener>, StoreError> {
        let (ask, channel) = (self.words(self.dialect().channel())?, [("channel", channel.into())]);
        let name = self.look_up_one(&ask, &channel, |row| Ok(row.string(0)?.to_owned())).await?;
        let name = name.unwrap_or_default();
        each!(Any, &*self.any, driver => driver.listen(&name).await)
    }

    fn words(&self, words: Option<&str>) -> Result<Statement, StoreError> {
        let words = words.ok_or_else(|| StoreError::unsupported("messages between programs"))?;
        Ok(Writer { dialect: self.dialect(), prefix: "" }.statement(words))
    }

    /// A number that stands for something of this tenant's.
    pub(crate) fn number_of(&self, what: &str) -> i64 {
        turn(&self.tenant, what, "")
    }

    /// One change by itself: how many rows it changed.
    pub(crate) async fn execute(
        &self,
        statement: &Statement,
        params: &[Param<'_>],
    ) -> Result<u64, StoreError> {
        let call = self.call(statement, params);
        self.retried(|| async { each!(Any, &*self.any, driver => driver.execute(call).await) }).await
    }

    /// One change by itself that answers with rows.
    pub(crate) async fn change<T: Send + 'static>(
        &self,
        statement: &Statement,
        params: &[Param<'_>],
        decode: impl Decode<T> + Copy,
    ) -> Result<Vec<T>, StoreError> {
        if statement.steps().len() == 1 {
            let call = self.call(statement, params);
            let change = || async { each!(Any, &*self.any, driver => driver.change(call, decode).await) };
            return self.retried(change).await;
        }
        self.retried(|| async {
            let mut transaction = self.begin().await?;
            let rows = transaction.all(statement, params, decode).await?;
            transaction.commit().await?;
            Ok(rows)
        })
        .await
    }

    /// Does the work, a transaction as a whole, and again where the database undid it because of another one that ran at the same
    /// time. All of it within the time limit.
    pub(crate) async fn retried<T, F: Future<Output = Result<T, StoreError>>>(
        &self,
        work: impl Fn() -> F,
    ) -> Result<T, StoreError> {
        let began = Began::now();
        let answer = in_time(self.deadline(), async {
            for _ in 1..ATTEMPTS {
                match work().await {
                    Err(error) if is_conflict(&error) => {}
                    answer => return answer,
                }
            }
            work().await
        });
        self.counted(WRITE, began, answer.await)
    }

    /// Counts what the call took, and whether it was answered: that a name is taken is an answer. No future around another one: the
    /// compiler counts how deep they lie.
    fn counted<T>(
        &self,
        operation: &'static str,
        began: Began,
        answer: Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let is_ok = answer.as_ref().err().is_none_or(StoreError::is_already_exists);
        store_call(self.dialect().name(), operation, began, is_ok);
        answer
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
        let limit = deadline.saturating_duration_since(Instant::now());
        let begun = in_time(deadline, async {
            Ok(match &*self.any {
                #[cfg(feature = "mysql")]
                Any::MySql(server) => AnyBegun::MySql(server.begin(limit).await?),
                #[cfg(feature = "postgres")]
                Any::Postgres(server) => AnyBegun::Postgres(server.begin(limit).await?),
                #[cfg(feature = "sqlite")]
                Any::Sqlite(file) => AnyBegun::Sqlite(file.begin(limit).await?),
            })
        });
        let (tenant, take_turns) = (self.tenant.clone(), self.take_turns.clone());
        Ok(Transaction { begun: begun.await?, tenant, take_turns, deadline })
    }

    /// The same, in turn with all others that begin so for the same.
    pub(crate) async fn begin_in_turn(&self, of: &str, key: &str) -> Result<Transaction, StoreError> {
        let mut transaction = self.begin().await?;
        transaction.take_turns(of, key).await?;
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
    /// Waits until no other transaction of the tenant is on that waited here for the same. Where one has the whole database to itself,
    /// that is so already.
    pub(crate) async fn take_turns(&mut self, of: &str, key: &str) -> Result<(), StoreError> {
        let Some(take_turns) = self.take_turns.clone() else { return Ok(()) };
        let turn = [("turn", turn(&self.tenant, of, key).into())];
        match self.one(&take_turns, &turn, |row| row.is_set(0)).await? {
            Some(true) => Ok(()),
            _ => Err(too_late()),
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
        if let [find, each] = statement.steps()
            && each.is_for_each_found()
        {
            return self.each_found(find, each, params, decode).await;
        }
        let mut found = Vec::new();
        for step in statement.steps() {
            found.append(&mut self.rows(step, params, decode).await?);
        }
        Ok(found)
    }

    /// Takes a step for each row that another one finds, by its first column; the rest of the row is what is found.
    async fn each_found<T: Send + 'static>(
        &mut self,
        find: &Step,
        each: &Step,
        params: &[Param<'_>],
        decode: impl Decode<T> + Copy,
    ) -> Result<Vec<T>, StoreError> {
        let keyed =
            move |row: &Row<'_>| Ok((Value::from(row.blob(0)?).to_owned(), decode(&row.starting_at(1))?));
        let mut found = Vec::new();
        for (key, row) in self.rows(find, params, keyed).await? {
            let call = Call::new(each, &self.tenant, params).for_found(&key);
            in_time(self.deadline, async {
                each!(AnyBegun, &mut self.begun, begun => begun.execute(call).await)
            })
            .await?;
            found.push(row);
        }
        Ok(found)
    }

    async fn rows<T: Send + 'static>(
        &mut self,
        step: &Step,
        params: &[Param<'_>],
        decode: impl Decode<T>,
    ) -> Result<Vec<T>, StoreError> {
        let call = Call::new(step, &self.tenant, params);
        in_time(self.deadline, async {
            each!(AnyBegun, &mut self.begun, begun => begun.rows(call, decode).await)
        })
        .await
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
    pub(crate) async fn script(&mut self, text: String) -> Result<(), StoreError> {
        in_time(self.deadline, async { each!(AnyBegun, &mut self.begun, begun => begun.script(text).await) })
            .await
    }

    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        in_time(self.deadline, async { each!(AnyBegun, self.begun, begun => Begun::commit(begun).await) })
            .await
    }
}

/// The number that stands for what transactions take turns at. Two of them with the same number would wait for each other, no more.
fn turn(tenant: &Value<'_>, of: &str, key: &str) -> i64 {
    let tenant = if let Value::Text(Some(name)) = tenant { name } else { "" };
    let mut hash = Sha256::new();
    for part in [tenant, of, key] {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    let mut number = [0; 8];
    number.copy_from_slice(&hash.finalize()[..8]);
    i64::from_be_bytes(number)
}

/// What does not come in time did not come. The work is in a box: the compiler, which counts how deep futures lie in each other, gives
/// up on a transaction otherwise.
async fn in_time<T>(
    deadline: Instant,
    work: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    timeout_at(deadline, Box::pin(work)).await.map_err(|_| too_late())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size_of_future<F>(_: impl FnOnce(&'static Database, &'static Statement) -> F) -> usize {
        size_of::<F>()
    }

    /// It is moved on its way to whoever awaits it, and each guard makes one.
    #[test]
    fn what_a_guard_reads_is_a_small_future() {
        let size = size_of_future(|database, statement| database.one(statement, &[], |row| row.number(0)));
        assert!(size <= 1536, "{size} bytes");
    }
}
