//! Calling a provider's API in a user's name.

use std::sync::Arc;

use arc_swap::ArcSwap;
use async_trait::async_trait;

use crate::error::{Error, ErrorKind};
use crate::oauth_client::{ApiClient, ApiOrigins, call};
use crate::outbound::{OutboundRequest, OutboundResponse};
use crate::secret::Secret;
use crate::user::UserId;

use super::connection::ProviderConnection;
use super::tokens::{KeptTokens, TokenKeeper, log_in_again};
use super::{LinkedAccount, Providers};

/// A client of a provider's API in the name of one user, with the tokens of their last login there.
///
/// 1. The access token is refreshed shortly before its end, and when the API answers 401: once, however many requests, and
///    however many servers of the application, need it at the same time.
/// 2. It goes to the origins that the registry names for the provider
///    ([`api_origins`](super::ProviderConfig::api_origins)), and nowhere else.
/// 3. Once the provider refuses to refresh, the tokens are forgotten, and the user has to log in with it again.
///
/// Calls ([`ApiClient`]) also fail with `InvalidGrant` when the user has to log in with the provider again, with `NotFound` when
/// the account was unlinked, and with `Unavailable`.
#[derive(Clone, Debug)]
pub struct ProviderClient {
    keeper: TokenKeeper,
    connection: ProviderConnection,
    account: LinkedAccount,
    origins: ApiOrigins,
    /// As this client last saw them.
    tokens: Arc<ArcSwap<KeptTokens>>,
}

impl Providers {
    /// A client of the provider's API in the user's name. Of several accounts there it is the one of the last login.
    ///
    /// # Errors
    /// `Configuration` when the provider's tokens are not kept ([`keep_tokens`](super::ProviderConfig::keep_tokens)); `NotFound` for
    /// a provider that is not in the registry, and a user without an account there; `InvalidGrant` when the user has to log in
    /// with it again; `Unavailable`.
    pub async fn client(&self, user: &UserId, provider: &str) -> Result<ProviderClient, Error> {
        let connection = self.connection(provider)?.clone();
        if !connection.provider.keeps_tokens() {
            return Err(Error::configuration(format!(
                "the tokens of `{provider}` are not kept: switch `keep_tokens` on, and have its users log in once more"
            )));
        }
        let accounts =
            self.linked_accounts(user).await?.into_iter().filter(|account| account.provider == provider);
        let last = accounts.max_by_key(|account| account.last_login_at.unwrap_or(account.created_at));
        let account = last.ok_or(ErrorKind::NotFound)?;
        let keeper = self.inner().tokens.clone();
        Ok(ProviderClient {
            tokens: Arc::new(ArcSwap::from_pointee(
                keeper.open(&connection, &account).ok_or_else(log_in_again)?,
            )),
            origins: ApiOrigins::parse(connection.provider.api_origins())?,
            keeper,
            connection,
            account,
        })
    }
}

impl ProviderClient {
    async fn usable_tokens(&self) -> Result<Arc<KeptTokens>, Error> {
        let tokens = self.tokens.load_full();
        if self.keeper.is_good(&tokens) { Ok(tokens) } else { self.refresh(None).await }
    }

    async fn refresh(&self, refused: Option<Secret>) -> Result<Arc<KeptTokens>, Error> {
        let renewed = self.keeper.refresh(&self.connection, &self.account, refused).await?;
        self.tokens.store(renewed.clone());
        Ok(renewed)
    }
}

#[async_trait]
impl ApiClient for ProviderClient {
    async fn send(&self, request: OutboundRequest) -> Result<OutboundResponse, Error> {
        self.origins.check(&request.url)?;
        let tokens = self.usable_tokens().await?;
        let answer = call(&self.connection.outbound, request.clone(), &tokens.access_token).await?;
        if answer.status != 401 || tokens.refresh_token.is_none() {
            return Ok(answer);
        }
        // A request that was refused may be sent again.
        let renewed = self.refresh(Some(tokens.access_token.clone())).await?;
        call(&self.connection.outbound, request, &renewed.access_token).await
    }

    async fn access_token(&self) -> Result<Secret, Error> {
        Ok(self.usable_tokens().await?.access_token.clone())
    }
}
