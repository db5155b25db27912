//! A program that calls APIs in its own name.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::error::Error;
use crate::outbound::{OutboundRequest, OutboundResponse};
use crate::secret::Secret;
use crate::task::Flights;

use super::api::{ApiClient, ApiOrigins, call, renewal};
use super::registration::Registration;
use super::{IssuedTokens, OAuthClient};

/// How long a token is used whose life the server does not tell.
const UNTOLD_LIFE: Duration = Duration::from_secs(5 * 60);

/// A program that calls APIs in its own name, by the `client_credentials` grant (OAuthLib's `BackendApplicationClient`); cheap to
/// clone.
///
/// 1. The token is asked for at the first request, and kept. Of a life of ten minutes or more the last minute, else the last
///    tenth, is for renewal: it happens once, in the background, and the old token is used meanwhile.
/// 2. However many requests need a token at the same time, one of them asks for it, and all get what comes of it.
/// 3. The token goes to the origins that are named, and nowhere else.
/// 4. An API that answers 401 is asked once more, with a new token.
///
/// Calls ([`ApiClient`]) also fail with `InvalidClient` or `InvalidScope`, when the authorization server gives no token.
///
#[cfg_attr(feature = "testing", doc = "```")]
#[cfg_attr(not(feature = "testing"), doc = "```ignore")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), auth_core::Error> {
/// use auth_core::oauth_client::{ApiClient as _, MachineClient, OAuthClient, OAuthEndpoints};
/// use auth_core::outbound::OutboundUrl;
/// # use auth_core::{ErrorKind, outbound::Method, testing::FakeHttpClient};
/// # let http = FakeHttpClient::default();
/// # let tokens = serde_json::json!({"access_token": "t", "token_type": "Bearer", "expires_in": 300});
/// # http.answer_json(Method::Post, "https://login.example/token", &tokens);
/// # http.answer_json(Method::Get, "https://api.example/reports", &serde_json::json!([]));
///
/// let token_endpoint = OutboundUrl::parse("https://login.example/token")?;
/// let client = OAuthClient::builder("nightly-report")
///     .endpoints(OAuthEndpoints::new(token_endpoint)) // or .issuer("https://login.example"), by discovery
///     .client_secret("from the environment, in a real program")
/// #   .http_client(http)
///     .build()
///     .await?;
/// let reports = MachineClient::new(client, "reports:read", ["https://api.example"])?;
///
/// assert_eq!(reports.get("https://api.example/reports").await?.status, 200);
/// assert_eq!(reports.get("https://evil.example/").await.unwrap_err().kind(), ErrorKind::Configuration);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct MachineClient(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    client: Registration,
    scope: String,
    origins: ApiOrigins,
    held: ArcSwapOption<Held>,
    flights: Flights<(), Arc<Held>>,
}

/// A token, and until when it is good.
#[derive(Debug)]
struct Held {
    token: Secret,
    renew_at: Timestamp,
    ends_at: Timestamp,
}

impl MachineClient {
    /// The program with this client's registration, which asks for this scope and calls APIs at these origins
    /// (`https://api.example.com`).
    ///
    /// # Errors
    /// `Configuration` when one of them is no origin.
    pub fn new<S: AsRef<str>>(
        client: OAuthClient,
        scope: impl Into<String>,
        api_origins: impl IntoIterator<Item = S>,
    ) -> Result<Self, Error> {
        Ok(Self(Arc::new(Inner {
            client: client.0,
            scope: scope.into(),
            origins: ApiOrigins::parse(api_origins)?,
            held: ArcSwapOption::empty(),
            flights: Flights::default(),
        })))
    }

    async fn held(&self) -> Result<Arc<Held>, Error> {
        let now = self.0.client.clock.now();
        match self.0.held.load_full() {
            Some(held) if now < held.renew_at => Ok(held),
            Some(held) if now < held.ends_at => {
                self.0.flights.begin((), self.clone().renew(None));
                Ok(held)
            }
            _ => self.renewed(None).await,
        }
    }

    /// Another token than the one that an API refused.
    async fn renewed(&self, refused: Option<Arc<Held>>) -> Result<Arc<Held>, Error> {
        self.0.flights.join((), self.clone().renew(refused)).await
    }

    async fn renew(self, refused: Option<Arc<Held>>) -> Result<Arc<Held>, Error> {
        let now = self.0.client.clock.now();
        if let Some(held) = self.0.held.load_full()
            && now < held.renew_at
            && !refused.is_some_and(|refused| Arc::ptr_eq(&refused, &held))
        {
            return Ok(held);
        }
        let issued = self.0.client.client_credentials(&self.0.scope).await.map_err(|error| {
            tracing::warn!(?error, client = %self.0.client.client_id, "no token for this client");
            error.into_named()
        })?;
        let held = Arc::new(Held::new(issued, now));
        self.0.held.store(Some(held.clone()));
        Ok(held)
    }
}

#[async_trait]
impl ApiClient for MachineClient {
    async fn send(&self, request: OutboundRequest) -> Result<OutboundResponse, Error> {
        self.0.origins.check(&request.url)?;
        let outbound = &self.0.client.outbound;
        let held = self.held().await?;
        let answer = call(outbound, request.clone(), &held.token).await?;
        if answer.status != 401 {
            return Ok(answer);
        }
        // The token was revoked, or the server's keys are others now: a request that was refused may be sent again.
        let renewed = self.renewed(Some(held)).await?;
        call(outbound, request, &renewed.token).await
    }

    async fn access_token(&self) -> Result<Secret, Error> {
        Ok(self.held().await?.token.clone())
    }
}

impl Held {
    fn new(issued: IssuedTokens, now: Timestamp) -> Self {
        let ends_at = issued.expires_at.unwrap_or(now + UNTOLD_LIFE);
        Self { token: issued.access_token, renew_at: renewal(now, ends_at), ends_at }
    }
}
