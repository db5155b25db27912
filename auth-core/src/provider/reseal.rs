//! Sealing kept tokens anew, after the application's secret was replaced.

use crate::error::Error;

use super::connection::ProviderConnection;
use super::tokens::TokenKeeper;
use super::{LinkedAccount, Providers};

/// Accounts read at a time.
const PAGE: usize = 500;

/// How often an account is tried that others write at the same time: whoever does so seals anew too.
const ATTEMPTS: usize = 3;

/// How many accounts' tokens are sealed with the newest secret now, and how many could not be opened.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct ResealedTokens {
    pub(crate) resealed: u64,
    pub(crate) lost: u64,
}

impl Providers {
    /// Seals the tokens of every account anew that an older secret sealed.
    pub(crate) async fn reseal(&self) -> Result<ResealedTokens, Error> {
        let keeper = &self.inner().tokens;
        let mut done = ResealedTokens::default();
        let mut page = keeper.store.page(None, PAGE).await?;
        while let Some(last) = page.last().map(|account| account.id) {
            for account in &page {
                let connection = self.connection(&account.provider).ok();
                match keeper.reseal(connection, account).await? {
                    Some(true) => done.resealed += 1,
                    Some(false) => done.lost += 1,
                    None => {}
                }
            }
            page = keeper.store.page(Some(&last), PAGE).await?;
        }
        Ok(done)
    }
}

impl TokenKeeper {
    /// Whether the account's tokens are sealed anew; `None` where there was no need.
    async fn reseal(
        &self,
        connection: Option<&ProviderConnection>,
        account: &LinkedAccount,
    ) -> Result<Option<bool>, Error> {
        let mut held = Some(account.clone());
        for _ in 0..ATTEMPTS {
            let Some(account) = held.filter(|account| self.is_outdated(account)) else { return Ok(None) };
            let opened =
                connection.and_then(|connection| Some((connection, self.open(connection, &account)?)));
            let Some((connection, tokens)) = opened else { return Ok(Some(false)) };
            if self.write(connection, &account, Some(&tokens)).await? {
                return Ok(Some(true));
            }
            held = self.reload(&account).await?;
        }
        Ok(None)
    }

    fn is_outdated(&self, account: &LinkedAccount) -> bool {
        account.tokens.as_deref().is_some_and(|sealed| self.sealer.is_outdated(sealed))
    }
}
