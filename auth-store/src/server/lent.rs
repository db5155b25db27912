//! A connection on loan.

use std::sync::Arc;
use std::time::{Duration, Instant};

use auth_core::error::StoreError;
use tokio::time::timeout;

use crate::sql::{Begun, Call, Decode, decoded, store_error};

use super::lender::{Lender, Loan};
use super::{ConnectionOf, Fault, Product, server_limit};

/// How long giving a transaction up may take. One that takes longer goes with its connection.
const ROLLBACK: Duration = Duration::from_secs(1);

/// A connection on loan. It goes back to the others once what it was asked is answered to the end, and its transaction is over. One
/// that is given up in between (the answer took too long, somebody hung up) is closed: waiting for the rest could take as long as
/// the server is silent, and a dozen such connections would be all that there are.
pub(crate) struct Lent<P: Product> {
    /// Always there, until it is dropped.
    loan: Option<Loan<P>>,
    product: Arc<P>,
    /// Since when an answer is awaited.
    asked: Option<Instant>,
    is_in_transaction: bool,
    /// Whether it is not for others any more.
    is_changed: bool,
}

impl<P: Product> Lent<P> {
    pub(super) async fn from(lender: &Lender<P>, product: &Arc<P>) -> Result<Self, sqlx::Error> {
        Ok(Self {
            loan: Some(lender.lend().await?),
            product: product.clone(),
            asked: None,
            is_in_transaction: false,
            is_changed: false,
        })
    }

    pub(super) async fn begin(&mut self, limit: Duration) -> Result<(), sqlx::Error> {
        let limit = server_limit(limit);
        self.is_in_transaction = true;
        self.is_changed = self.product.is_changed_by(limit);
        self.run(self.product.begin(limit)).await
    }

    pub(super) async fn end(mut self) -> Result<(), sqlx::Error> {
        self.run(self.product.commit().to_owned()).await?;
        self.is_in_transaction = false;
        Ok(())
    }

    pub(super) async fn fetch(&mut self, call: Call<'_>) -> Result<Vec<P::Row>, sqlx::Error> {
        let product = self.product.clone();
        let answer = product.fetch(self.asked()?, call).await;
        self.answered(answer)
    }

    pub(super) async fn change(&mut self, call: Call<'_>) -> Result<u64, sqlx::Error> {
        let product = self.product.clone();
        let answer = product.change(self.asked()?, call).await;
        self.answered(answer)
    }

    pub(super) async fn run(&mut self, script: String) -> Result<(), sqlx::Error> {
        let answer = P::run(self.asked()?, script).await;
        self.answered(answer)
    }

    /// Notes that an answer is awaited on it from now on.
    fn asked(&mut self) -> Result<&mut ConnectionOf<P>, sqlx::Error> {
        self.asked = Some(Instant::now());
        self.loan.as_mut().and_then(Loan::connection).ok_or(sqlx::Error::PoolClosed)
    }

    /// Notes what that answer says of the connection.
    fn answered<T>(&mut self, answer: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        match answer.as_ref().map_err(P::fault) {
            Ok(_) | Err(Fault::Statement) => self.asked = None,
            Err(fault) => {
                if let Some(loan) = &self.loan {
                    loan.trust().note(fault);
                }
            }
        }
        answer
    }
}

impl<P: Product> Begun for Lent<P> {
    async fn execute(&mut self, call: Call<'_>) -> Result<u64, StoreError> {
        self.change(call).await.map_err(store_error)
    }

    async fn rows<T: Send + 'static>(
        &mut self,
        call: Call<'_>,
        decode: impl Decode<T>,
    ) -> Result<Vec<T>, StoreError> {
        decoded(&self.fetch(call).await.map_err(store_error)?, decode)
    }

    async fn script(&mut self, text: String) -> Result<(), StoreError> {
        self.run(text).await.map_err(store_error)
    }

    async fn commit(self) -> Result<(), StoreError> {
        self.end().await.map_err(store_error)
    }
}

impl<P: Product> Drop for Lent<P> {
    fn drop(&mut self) {
        let Some(loan) = self.loan.take() else { return };
        if let Some(asked) = self.asked {
            loan.trust().note_silence(asked.elapsed());
            loan.hang_up();
        } else if self.is_changed {
            loan.hang_up();
        } else if self.is_in_transaction {
            tokio::spawn(roll_back(loan, self.product.roll_back()));
        }
    }
}

async fn roll_back<P: Product>(mut loan: Loan<P>, words: &'static str) {
    let Some(connection) = loan.connection() else { return };
    let done = timeout(ROLLBACK, P::run(connection, words.to_owned())).await;
    if !matches!(done, Ok(Ok(()))) {
        loan.hang_up();
    }
}
