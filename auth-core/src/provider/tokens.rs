//! The providers' tokens that are kept, sealed.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::{Clock, Timestamp};
use crate::error::{Error, ErrorKind};
use crate::key::{ApplicationSecrets, Sealer};
use crate::oauth_client::{IssuedTokens, renewal};
use crate::outbound::{OutsideError, OutsideFault};
use crate::random::Random;
use crate::secret::Secret;
use crate::short_lived::ShortLivedStore;
use crate::task::Flights;
use crate::text::Text;

use super::connection::ProviderConnection;
use super::{LinkedAccount, LinkedAccountId, LinkedAccountStore};

/// How many requests a refresh sends, one after the other: for the provider's metadata, and to its token endpoint.
const REQUESTS: u32 = 2;

/// How long the stores may take to read and write around them.
const STORES: Duration = Duration::from_secs(10);

/// How often a process that waits for another one's refresh looks whether it is over.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// How often what a provider has just issued is tried to be written: the refresh token that it replaces may be good for nothing by
/// then.
const WRITE_ATTEMPTS: usize = 3;

/// How often a write is begun anew because somebody else wrote meanwhile.
const CONFLICTS: usize = 4;

/// Keeps and refreshes providers' tokens; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct TokenKeeper {
    pub(super) store: Arc<dyn LinkedAccountStore>,
    pub(super) short_lived: Arc<dyn ShortLivedStore>,
    pub(super) sealer: Sealer,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    flights: Flights<LinkedAccountId, Arc<KeptTokens>>,
    /// For how long one process may be refreshing the tokens of an account before another one takes over.
    lease: Duration,
}

/// A lease that a refresh cannot outlast, where a request takes at most `timeout`: a second process must not use a refresh token
/// that the first one is using.
fn lease(timeout: Duration) -> Duration {
    timeout.saturating_mul(REQUESTS).saturating_add(STORES)
}

/// The tokens of one account.
#[derive(Clone, Debug)]
pub(crate) struct KeptTokens {
    pub(super) access_token: Secret,
    pub(super) refresh_token: Option<Secret>,
    renew_at: Timestamp,
}

/// What is sealed. Stored rows have it, so its members keep their names.
#[derive(Deserialize, Serialize)]
struct Sealed<'t> {
    #[serde(borrow)]
    access_token: Cow<'t, str>,
    #[serde(borrow)]
    refresh_token: Option<Cow<'t, str>>,
    renew_at: i64,
}

impl KeptTokens {
    fn of(issued: &IssuedTokens, earlier: Option<Secret>, now: Timestamp) -> Self {
        Self {
            access_token: issued.access_token.clone(),
            // Google gives one at the first login only, and most servers none where the old one goes on.
            refresh_token: issued.refresh_token.clone().or(earlier),
            renew_at: issued.expires_at.map_or(Timestamp::FAR_FUTURE, |end| renewal(now, end)),
        }
    }

    /// Whether the access token can be used at `now`, as far as is known.
    fn is_good(&self, now: Timestamp) -> bool {
        now < self.renew_at
    }
}

impl TokenKeeper {
    /// Keeps them in `store`, and refreshes by requests that take at most `timeout`.
    pub(super) fn new(
        store: Arc<dyn LinkedAccountStore>,
        short_lived: Arc<dyn ShortLivedStore>,
        timeout: Duration,
        secrets: &ApplicationSecrets,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        let (sealer, flights) = (secrets.sealer("provider tokens"), Flights::default());
        Self { store, short_lived, sealer, clock, random, flights, lease: lease(timeout) }
    }

    /// Keeps what a login brought. A refresh token of an earlier login stays where this one brought none.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(super) async fn keep(
        &self,
        connection: &ProviderConnection,
        account: &LinkedAccount,
        issued: &IssuedTokens,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        for _ in 0..CONFLICTS {
            let Some(held) = self.reload(account).await? else { return Ok(()) };
            let earlier = self.open(connection, &held).and_then(|tokens| tokens.refresh_token);
            let tokens = KeptTokens::of(issued, earlier, now);
            if self.write(connection, &held, Some(&tokens)).await? {
                return Ok(());
            }
        }
        Err(Error::new(ErrorKind::Unavailable)
            .with_source("the tokens of an account are written all the time"))
    }

    /// Whether the access token can be used now, as far as is known.
    pub(super) fn is_good(&self, tokens: &KeptTokens) -> bool {
        tokens.is_good(self.clock.now())
    }

    /// The tokens of an account as they were read; `None` when there are none, under secrets that are gone, or issued to another
    /// client than the entry has now: they would be sent to servers that they are not for.
    pub(super) fn open(
        &self,
        connection: &ProviderConnection,
        account: &LinkedAccount,
    ) -> Option<KeptTokens> {
        let plain = self.sealer.open(account.tokens.as_deref()?, &belonging(connection, account))?;
        let sealed: Sealed<'_> = serde_json::from_slice(&plain).ok()?;
        Some(KeptTokens {
            access_token: Secret::new(sealed.access_token),
            refresh_token: sealed.refresh_token.map(Secret::new),
            renew_at: Timestamp::from_unix_millis(sealed.renew_at),
        })
    }

    /// Tokens with a good access token, and another one than `refused`: those that are kept by now, or else refreshed ones. In this
    /// process and all others, one request refreshes, however many need it.
    ///
    /// # Errors
    /// `InvalidGrant` when only a new login helps; `NotFound` when the account was unlinked; `ProviderError`; `Unavailable`.
    pub(super) async fn refresh(
        &self,
        connection: &ProviderConnection,
        account: &LinkedAccount,
        refused: Option<Secret>,
    ) -> Result<Arc<KeptTokens>, Error> {
        let work = self.clone().refresh_with_lease(connection.clone(), account.clone(), refused);
        self.flights.join(account.id, work).await
    }

    async fn refresh_with_lease(
        self,
        connection: ProviderConnection,
        account: LinkedAccount,
        refused: Option<Secret>,
    ) -> Result<Arc<KeptTokens>, Error> {
        let lease = format!("provider:refresh:{}", account.id);
        while !self.short_lived.insert_new(&lease, self.lease, self.clock.now()).await? {
            tokio::time::sleep(LOOK_AGAIN).await;
            let held = self.reload(&account).await?.ok_or(ErrorKind::NotFound)?;
            if let Some(tokens) = self.usable(&connection, &held, refused.as_ref()) {
                return Ok(Arc::new(tokens));
            }
        }
        let refreshed = self.refresh_now(&connection, &account, refused.as_ref()).await;
        // Should this fail, the lease ends by itself.
        if let Err(error) = self.short_lived.take(&lease, self.clock.now()).await {
            tracing::warn!(?error, "the lease of a refresh was not given back");
        }
        refreshed
    }

    async fn refresh_now(
        &self,
        connection: &ProviderConnection,
        account: &LinkedAccount,
        refused: Option<&Secret>,
    ) -> Result<Arc<KeptTokens>, Error> {
        let held = self.reload(account).await?.ok_or(ErrorKind::NotFound)?;
        if let Some(tokens) = self.usable(connection, &held, refused) {
            return Ok(Arc::new(tokens));
        }
        let refresh_token =
            self.open(connection, &held).and_then(|tokens| tokens.refresh_token).ok_or_else(log_in_again)?;
        let now = self.clock.now();
        let client = connection.client().await.map_err(OutsideError::into_provider_error)?;
        match client.refresh(&refresh_token, None).await {
            Ok(issued) => {
                let tokens = KeptTokens::of(&issued, Some(refresh_token), now);
                self.replace(connection, &held, tokens).await
            }
            Err(error) if error.fault() == Some(OutsideFault::Grant) => {
                tracing::info!(user = %held.user, provider = %held.provider, ?error, "the provider's tokens are over");
                // Whoever wrote meanwhile has newer ones.
                self.write(connection, &held, None).await?;
                Err(log_in_again())
            }
            Err(error) => Err(error.into_provider_error()),
        }
    }

    /// Writes refreshed tokens. Those of a login that came between are newer, and stay.
    async fn replace(
        &self,
        connection: &ProviderConnection,
        held: &LinkedAccount,
        tokens: KeptTokens,
    ) -> Result<Arc<KeptTokens>, Error> {
        if self.write(connection, held, Some(&tokens)).await? {
            return Ok(Arc::new(tokens));
        }
        let newer = self.reload(held).await?.ok_or(ErrorKind::NotFound)?;
        self.open(connection, &newer).map(Arc::new).ok_or_else(log_in_again)
    }

    fn usable(
        &self,
        connection: &ProviderConnection,
        held: &LinkedAccount,
        refused: Option<&Secret>,
    ) -> Option<KeptTokens> {
        let is_refused =
            |tokens: &KeptTokens| refused.is_some_and(|token| token.is_same(&tokens.access_token));
        self.open(connection, held).filter(|tokens| tokens.is_good(self.clock.now()) && !is_refused(tokens))
    }

    /// The account as it is now; `None` when it was unlinked.
    pub(super) async fn reload(&self, account: &LinkedAccount) -> Result<Option<LinkedAccount>, Error> {
        let held = self.store.find(&account.issuer, &account.subject).await?;
        Ok(held.filter(|held| held.id == account.id))
    }

    /// False when somebody else wrote since `held` was read.
    pub(super) async fn write(
        &self,
        connection: &ProviderConnection,
        held: &LinkedAccount,
        tokens: Option<&KeptTokens>,
    ) -> Result<bool, Error> {
        let sealed = tokens.map(|tokens| self.seal(connection, held, tokens)).transpose()?;
        let mut attempts = 1;
        loop {
            match self.store.write_tokens(&held.id, held.tokens_version, sealed.clone()).await {
                Err(error) if attempts < WRITE_ATTEMPTS => {
                    tracing::warn!(?error, "the tokens of an account were not written, once more");
                    attempts += 1;
                }
                written => return Ok(written?),
            }
        }
    }

    fn seal(
        &self,
        connection: &ProviderConnection,
        account: &LinkedAccount,
        tokens: &KeptTokens,
    ) -> Result<Vec<u8>, Error> {
        let sealed = Sealed {
            access_token: tokens.access_token.expose().into(),
            refresh_token: tokens.refresh_token.as_ref().map(|token| token.expose().into()),
            renew_at: tokens.renew_at.unix_millis(),
        };
        self.sealer.seal_record(&sealed, &belonging(connection, account), &*self.random)
    }
}

/// Whose tokens they are: the account's, issued by its issuer to the client of the entry.
fn belonging(connection: &ProviderConnection, account: &LinkedAccount) -> Vec<u8> {
    let client = connection.provider.client_id().as_bytes();
    [account.id.as_bytes(), account.issuer.as_bytes(), b" ", client].concat()
}

/// There is nothing left to refresh with.
pub(super) fn log_in_again() -> Error {
    Error::new(ErrorKind::InvalidGrant).saying(Text::ProviderLogInAgain)
}
