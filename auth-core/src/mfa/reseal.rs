//! Sealing anew what factors keep, after the application's secret was replaced.

use crate::error::Error;

use super::service::Mfa;

/// Factors read at a time.
const PAGE: usize = 500;

impl Mfa {
    /// Seals the data of every factor anew that an older secret sealed, and answers how many. One that is written meanwhile is sealed anew
    /// by that.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn reseal(&self) -> Result<u64, Error> {
        let (store, mut count) = (&self.factors.store, 0);
        let mut page = store.page(None, PAGE).await?;
        while let Some(last) = page.last().map(|factor| factor.id) {
            for factor in &page {
                if let Some(data) = self.factors.sealer.resealed(factor, &*self.factors.random) {
                    count += u64::from(store.write_data(&factor.id, &factor.data, &data).await?);
                }
            }
            page = store.page(Some(&last), PAGE).await?;
        }
        Ok(count)
    }
}
