//! Connections that are kept between one use and the next.
//!
//! A pool of sqlx asks a connection that comes back whether it is still there, by a round trip of its own before it lends it again
//! (`Floating::return_to_pool` of sqlx-core 0.9). What a guard asks is one round trip, so that halves what a connection can do.
//! Ours is known to be in order when it comes back ([`Lent`](super::lent::Lent) closes every other one), and goes to the next at once.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sqlx::pool::PoolConnection;
use sqlx::{Connection as _, Pool};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::trust::Trust;
use super::{ConnectionOf, OptionsOf, Product};

/// A connection that nobody used for so long goes: sqlx's own default.
const IDLE: Duration = Duration::from_secs(10 * 60);

/// A connection that is so old goes, whatever it does, so that what a server keeps for each does not grow for ever: sqlx's own default.
const LIFETIME: Duration = Duration::from_secs(30 * 60);

/// How long a goodbye may take.
const GOODBYE: Duration = Duration::from_secs(1);

/// Lends connections, and takes them back.
pub(super) struct Lender<P: Product>(Arc<Inner<P>>);

struct Inner<P: Product> {
    /// Makes them.
    pool: Pool<P::Database>,
    /// Where they are ours alone.
    kept: Option<Kept<P>>,
    trust: Arc<Trust>,
    /// How long a connection is waited for.
    limit: Duration,
}

struct Kept<P: Product> {
    /// As many as there may be.
    turns: Arc<Semaphore>,
    /// The one that came back last is lent first, so that those that are not needed grow old at the bottom.
    idle: Mutex<Vec<Idle<P>>>,
}

struct Idle<P: Product> {
    connection: ConnectionOf<P>,
    made: Instant,
    since: Instant,
}

impl<P: Product> Clone for Lender<P> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<P: Product> Lender<P> {
    /// Of at most so many connections, which that pool makes for nobody else.
    pub(super) fn keeping(pool: Pool<P::Database>, most: u32, trust: Arc<Trust>, limit: Duration) -> Self {
        let most = usize::try_from(most).unwrap_or(Semaphore::MAX_PERMITS);
        let kept = Some(Kept { turns: Arc::new(Semaphore::new(most)), idle: Mutex::default() });
        Self(Arc::new(Inner { pool, kept, trust, limit }))
    }

    /// Of connections that an application uses too: they go back to it each time.
    pub(super) fn sharing(pool: Pool<P::Database>, trust: Arc<Trust>, limit: Duration) -> Self {
        Self(Arc::new(Inner { pool, kept: None, trust, limit }))
    }

    pub(super) fn options(&self) -> OptionsOf<P> {
        Arc::unwrap_or_clone(self.0.pool.connect_options())
    }

    pub(super) async fn lend(&self) -> Result<Loan<P>, sqlx::Error> {
        let lent = self.0.lend().await.inspect_err(|error| self.0.trust.note(P::fault(error)))?;
        Ok(Loan { lent: Some(lent), lender: self.0.clone() })
    }
}

impl<P: Product> Inner<P> {
    async fn lend(&self) -> Result<Connection<P>, sqlx::Error> {
        let Some(kept) = &self.kept else {
            return Ok(Connection::Shared(Box::pin(self.pool.acquire()).await?));
        };
        let turn = timeout(self.limit, kept.turns.clone().acquire_owned()).await;
        let turn = turn.map_err(|_| sqlx::Error::PoolTimedOut)?.map_err(|_| sqlx::Error::PoolClosed)?;
        while let Some(mut idle) = kept.pop() {
            let (age, unused) = (idle.made.elapsed(), idle.since.elapsed());
            if age < LIFETIME && self.trust.test(&mut idle.connection, age, unused).await {
                return Ok(Connection::Kept { connection: idle.connection, made: idle.made, turn });
            }
            part::<P>(idle);
        }
        // Before it is made: a fault that comes meanwhile counts against it.
        let made = Instant::now();
        Ok(Connection::Kept { connection: Box::pin(self.pool.acquire()).await?.detach(), made, turn })
    }

    fn give_back(&self, connection: Connection<P>) {
        if let (Connection::Kept { connection, made, turn }, Some(kept)) = (connection, &self.kept) {
            kept.push(connection, made);
            drop(turn);
        }
    }
}

impl<P: Product> Kept<P> {
    fn idle(&self) -> MutexGuard<'_, Vec<Idle<P>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pop(&self) -> Option<Idle<P>> {
        self.idle().pop()
    }

    /// Keeps one. That which waits longest goes if nobody needed it.
    fn push(&self, connection: ConnectionOf<P>, made: Instant) {
        let since = Instant::now();
        let mut idle = self.idle();
        let is_old = idle.first().is_some_and(|first| since.duration_since(first.since) > IDLE);
        let unneeded = is_old.then(|| idle.remove(0));
        idle.push(Idle { connection, made, since });
        drop(idle);
        if let Some(unneeded) = unneeded {
            part::<P>(unneeded);
        }
    }
}

/// Says goodbye on a connection, as long as somebody listens: a server counts those that go without as errors.
fn part<P: Product>(idle: Idle<P>) {
    if let Ok(runtime) = Handle::try_current() {
        runtime.spawn(timeout(GOODBYE, idle.connection.close()));
    }
}

enum Connection<P: Product> {
    Kept { connection: ConnectionOf<P>, made: Instant, turn: OwnedSemaphorePermit },
    Shared(PoolConnection<P::Database>),
}

/// A connection on loan, the next one's when it is dropped.
pub(super) struct Loan<P: Product> {
    /// Always there, until it is dropped.
    lent: Option<Connection<P>>,
    lender: Arc<Inner<P>>,
}

impl<P: Product> Loan<P> {
    pub(super) fn connection(&mut self) -> Option<&mut ConnectionOf<P>> {
        self.lent.as_mut().map(|lent| match lent {
            Connection::Kept { connection, .. } => connection,
            Connection::Shared(connection) => connection,
        })
    }

    pub(super) fn trust(&self) -> &Trust {
        &self.lender.trust
    }

    /// Closes it without a word: with one, TLS would wait for the server's.
    pub(super) fn hang_up(mut self) {
        match self.lent.take() {
            Some(Connection::Shared(connection)) => drop(connection.detach()),
            Some(Connection::Kept { .. }) | None => {}
        }
    }
}

impl<P: Product> Drop for Loan<P> {
    fn drop(&mut self) {
        if let Some(connection) = self.lent.take() {
            self.lender.give_back(connection);
        }
    }
}
