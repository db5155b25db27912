//! As many connections to a server as are needed.

use std::sync::Arc;
use std::time::Duration;

use auth_core::error::{Error, StoreError};
use auth_core::session::Listener;
use sqlx::Pool;
use sqlx::pool::PoolOptions;
use tokio::time::timeout;

use crate::sql::migration::Migration;
use crate::sql::{Call, Decode, Dialect, Driver, Param, Value, Writer, decoded, store_error, too_late};

use super::lender::Lender;
use super::lent::Lent;
use super::trust::Trust;
use super::{OptionsOf, Product, server_limit};

/// The server, as many connections as are needed.
pub(crate) struct Server<P: Product> {
    /// For what guards read: each takes one for less than a millisecond.
    guards: Lender<P>,
    /// For everything else. They are others, so that no guard waits behind a queue of logins, or behind a row that somebody keeps
    /// locked.
    others: Lender<P>,
    product: Arc<P>,
    trust: Arc<Trust>,
    limit: Duration,
}

impl<P: Product> Server<P> {
    /// Connections to a server that was found to be what is needed.
    pub(crate) fn at(product: P, options: &OptionsOf<P>, limit: Duration, most: u32) -> Self {
        let trust = Arc::new(Trust::new(limit));
        let lender =
            |most| Lender::keeping(pool(&product, options.clone(), limit, most), most, trust.clone(), limit);
        let (guards, others) = (lender(most / 2), lender(most - most / 2));
        Self { guards, others, product: Arc::new(product), trust, limit }
    }

    /// Over connections of the application's own, which also do for guards. How many there are, and what is set on them, is the
    /// application's.
    pub(crate) async fn over(product: P, pool: Pool<P::Database>, limit: Duration) -> Result<Self, Error> {
        let check = async {
            let mut connection = pool.acquire().await.map_err(store_error)?;
            P::is_fit(&mut connection, &pool.connect_options()).await
        };
        timeout(limit, check).await.map_err(|_| too_late())??;
        let trust = Arc::new(Trust::new(limit));
        let lender = Lender::sharing(pool, trust.clone(), limit);
        Ok(Self { guards: lender.clone(), others: lender, product: Arc::new(product), trust, limit })
    }

    /// What is known of the server, for whoever has connections to it beside these.
    #[cfg(feature = "postgres")]
    pub(crate) fn trust(&self) -> Arc<Trust> {
        self.trust.clone()
    }

    /// The rows of what changes nothing. Asked again, once, where the connection turned out to be broken: those of its age are no
    /// longer trusted then.
    async fn read(&self, lender: &Lender<P>, call: Call<'_>) -> Result<Vec<P::Row>, StoreError> {
        let reading = async {
            match self.ask(lender, call).await {
                // What seldom happens lies apart here and below: it would make the future of each guard as large as itself.
                Err(error) if P::fault(&error).is_worth_another_try() => {
                    Box::pin(self.ask(lender, call)).await
                }
                answer => answer,
            }
        };
        timeout(self.limit, reading).await.map_err(|_| too_late())?.map_err(store_error)
    }

    async fn ask(&self, lender: &Lender<P>, call: Call<'_>) -> Result<Vec<P::Row>, sqlx::Error> {
        let mut lent = self.lend(lender).await?;
        let rows = lent.fetch(call).await?;
        self.give_back(lent).await?;
        Ok(rows)
    }

    async fn begun(&self, limit: Duration) -> Result<Lent<P>, sqlx::Error> {
        let mut lent = Lent::from(&self.others, &self.product).await?;
        lent.begin(limit).await?;
        Ok(lent)
    }

    /// A connection for one statement.
    async fn lend(&self, lender: &Lender<P>) -> Result<Lent<P>, sqlx::Error> {
        let mut lent = Lent::from(lender, &self.product).await?;
        if self.product.is_behind_pooler() {
            Box::pin(lent.begin(self.limit)).await?;
        }
        Ok(lent)
    }

    async fn give_back(&self, lent: Lent<P>) -> Result<(), sqlx::Error> {
        match self.product.is_behind_pooler() {
            true => Box::pin(lent.end()).await,
            false => Ok(()),
        }
    }
}

/// Makes connections as they are needed. Those that it made are never its own again.
fn pool<P: Product>(product: &P, options: OptionsOf<P>, limit: Duration, most: u32) -> Pool<P::Database> {
    let greeting = product.greeting(server_limit(limit));
    PoolOptions::new()
        .max_connections(most)
        .acquire_timeout(limit)
        .after_connect(move |connection, _| {
            let greeting = greeting.clone();
            Box::pin(async move {
                match greeting {
                    Some(greeting) => P::run(connection, greeting).await,
                    None => Ok(()),
                }
            })
        })
        .connect_lazy_with(options)
}

impl<P: Product> Driver for Server<P> {
    type Begun = Lent<P>;

    fn dialect(&self) -> &'static dyn Dialect {
        self.product.dialect()
    }

    fn migrations(&self) -> &'static [Migration] {
        self.product.migrations()
    }

    async fn read<T: Send + 'static>(
        &self,
        call: Call<'_>,
        decode: impl Decode<T>,
    ) -> Result<Vec<T>, StoreError> {
        decoded(&self.read(&self.guards, call).await?, decode)
    }

    async fn look_up<T: Send + 'static>(
        &self,
        call: Call<'_>,
        decode: impl Decode<T>,
    ) -> Result<Vec<T>, StoreError> {
        decoded(&self.read(&self.others, call).await?, decode)
    }

    async fn execute(&self, call: Call<'_>) -> Result<u64, StoreError> {
        let work = async {
            let mut lent = self.lend(&self.others).await?;
            let changed = lent.change(call).await?;
            self.give_back(lent).await?;
            Ok(changed)
        };
        work.await.map_err(store_error)
    }

    async fn change<T: Send + 'static>(
        &self,
        call: Call<'_>,
        decode: impl Decode<T>,
    ) -> Result<Vec<T>, StoreError> {
        decoded(&self.ask(&self.others, call).await.map_err(store_error)?, decode)
    }

    async fn begin(&self, limit: Duration) -> Result<Lent<P>, StoreError> {
        let work = async {
            match self.begun(limit).await {
                // Nothing was asked yet.
                Err(error) if P::fault(&error).is_worth_another_try() => self.begun(limit).await,
                answer => answer,
            }
        };
        work.await.map_err(store_error)
    }

    fn can_listen(&self) -> bool {
        self.product.can_listen()
    }

    async fn listen(&self, channel: &str) -> Result<Box<dyn Listener>, StoreError> {
        timeout(self.limit, P::listen(self.others.options(), channel)).await.map_err(|_| too_late())?
    }

    async fn plan(&self, statement: String) -> Result<Vec<String>, StoreError> {
        let mut lent = self.begin(self.limit).await?;
        if let Some(words) = self.product.before_explain() {
            lent.run(words.to_owned()).await.map_err(store_error)?;
        }
        let explain = Writer { dialect: self.dialect(), prefix: "" }
            .statement(format!("{} {statement}", self.product.explain()));
        let no_tenant = Value::Int(None);
        let no_params: [Param<'_>; 0] = [];
        let rows = lent.fetch(Call::new(&explain.steps()[0], &no_tenant, &no_params)).await;
        decoded(&rows.map_err(store_error)?, |row| Ok(row.string(0)?.to_owned()))
    }
}
