//! A provider as it is met over the network: where it is, and how browsers are sent there.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use oauth2::basic::BasicClient;
use oauth2::{AuthUrl, ClientId, CsrfToken, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope};

use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::http::whole_seconds;
use crate::issuer::{IssuerMetadata, Issuers};
use crate::oauth_client::{OAuthEndpoints, Registration};
use crate::outbound::{Outbound, OutboundError, OutboundFault, OutboundUrl, OutsideError};
use crate::random::Random;
use crate::secret::Secret;
use crate::text::Text;

use super::attempt::Attempt;
use super::errand::Errand;
use super::registry::{Kind, Provider};

/// A provider and the way there, as one of its clients.
#[derive(Clone, Debug)]
pub(crate) struct ProviderConnection {
    pub(super) provider: Arc<Provider>,
    /// The fixed callback of this provider.
    pub(super) redirect_uri: OutboundUrl,
    /// The application's own front page.
    pub(super) home: String,
    pub(super) outbound: Outbound,
    pub(super) issuers: Issuers,
    pub(super) clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl ProviderConnection {
    /// The way to a provider that sends browsers back to `redirect_uri`, or, logged out, to `home`.
    pub(crate) fn new(
        provider: Arc<Provider>,
        redirect_uri: OutboundUrl,
        home: String,
        (outbound, issuers): (Outbound, Issuers),
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self { provider, redirect_uri, home, outbound, issuers, clock, random }
    }

    /// What the provider says of itself; `None` where the registry says it all.
    pub(super) async fn metadata(&self) -> Result<Option<Arc<IssuerMetadata>>, OutsideError> {
        match self.provider.kind() {
            Kind::OpenIdConnect { issuer } => Ok(Some(self.issuers.metadata(issuer).await?)),
            Kind::OAuth2 { .. } => Ok(None),
        }
    }

    /// Where the browser goes (RFC 6749 section 4.1.1, RFC 7636 section 4.3, OpenID Connect Core 1.0 section 3.1.2.1).
    pub(crate) async fn authorization_url(
        &self,
        attempt: &Attempt,
        state: &Secret,
    ) -> Result<OutboundUrl, OutsideError> {
        let client = BasicClient::new(ClientId::new(self.provider.client_id().to_owned()))
            .set_auth_uri(AuthUrl::from_url(self.authorization_endpoint().await?.url().clone()))
            .set_redirect_uri(RedirectUrl::from_url(self.redirect_uri.url().clone()));
        let request = client
            .authorize_url(|| CsrfToken::new(state.expose().to_owned()))
            .add_scopes(self.provider.scopes().iter().cloned().map(Scope::new));
        let request = match self.verifier(attempt) {
            Some(verifier) => {
                let verifier = PkceCodeVerifier::new(verifier.expose().to_owned());
                request.set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            }
            None => request,
        };
        let request = self
            .parameters(attempt)
            .into_iter()
            .fold(request, |request, (name, value)| request.add_extra_param(name, value));
        let (url, _) = request.url();
        Ok(OutboundUrl::parse(url.as_str())?)
    }

    /// What the code is bound to (RFC 7636 section 4.1), except where the provider refuses it.
    pub(super) fn verifier<'a>(&self, attempt: &'a Attempt) -> Option<&'a Secret> {
        self.provider.has_pkce().then_some(&attempt.verifier)
    }

    /// What the request says beyond OAuth 2.0.
    fn parameters<'a>(&'a self, attempt: &'a Attempt) -> Vec<(Cow<'a, str>, Cow<'a, str>)> {
        let mut parameters: Vec<(Cow<'a, str>, Cow<'a, str>)> = Vec::new();
        let mut add = |name: &'a str, value: Cow<'a, str>| parameters.push((name.into(), value));
        let asks_again = self.asks_again(attempt);
        for (name, value) in self.provider.authorization_parameters() {
            if !(asks_again && name == "prompt") {
                add(name, value.into());
            }
        }
        if self.provider.uses_form_post() {
            add("response_mode", "form_post".into());
        }
        if self.provider.is_openid_connect() {
            add("nonce", attempt.nonce.expose().into());
        }
        if let Some(max_age) = self.max_age(attempt) {
            add("max_age", max_age.as_secs().to_string().into());
        }
        if asks_again {
            add("prompt", "login".into());
        }
        parameters
    }

    /// Whether the provider is asked for a new login.
    fn asks_again(&self, attempt: &Attempt) -> bool {
        matches!(attempt.errand, Errand::Reauthenticate(_)) && self.provider.can_reauthenticate()
    }

    /// How long ago the user may have proven to the provider who they are; where a new login is asked for, not at all.
    pub(super) fn max_age(&self, attempt: &Attempt) -> Option<Duration> {
        if self.asks_again(attempt) { Some(Duration::ZERO) } else { self.provider.max_age() }
    }

    async fn authorization_endpoint(&self) -> Result<OutboundUrl, OutsideError> {
        match (self.provider.kind(), self.metadata().await?) {
            (Kind::OAuth2 { authorization, .. }, _) => Ok(authorization.clone()),
            (_, Some(metadata)) => {
                let url = metadata.authorization_endpoint.clone();
                url.ok_or_else(|| misbehaved(metadata.lacks("authorization_endpoint")))
            }
            (_, None) => Err(Error::new(ErrorKind::Internal).into()),
        }
    }

    /// This application as a client of the provider.
    pub(crate) async fn client(&self) -> Result<Registration, OutsideError> {
        let metadata = self.metadata().await?;
        let token = match (self.provider.kind(), &metadata) {
            (Kind::OAuth2 { token, .. }, _) => token.clone(),
            (_, Some(metadata)) => {
                let url = metadata.token_endpoint.clone();
                url.ok_or_else(|| misbehaved(metadata.lacks("token_endpoint")))?
            }
            (_, None) => return Err(Error::new(ErrorKind::Internal).into()),
        };
        let methods =
            metadata.as_ref().and_then(|metadata| metadata.token_endpoint_auth_methods_supported.as_deref());
        Ok(Registration::new(
            self.outbound.clone(),
            self.clock.clone(),
            self.random.clone(),
            OAuthEndpoints::new(token),
            self.provider.client_id(),
            self.provider.authentication(methods),
        ))
    }
}

impl ProviderConnection {
    /// What the visitor reads where the provider is at fault: that they are not, and when to try again. What the fault is, the log
    /// learns.
    pub(super) fn explain(&self, error: OutsideError) -> Error {
        let error = error.into_provider_error();
        if error.kind() != ErrorKind::ProviderError || error.detail().is_some() {
            return error;
        }
        let excuse = self.excuse(is_outage(&error), error.retry_after());
        error.saying(excuse)
    }

    /// That the provider is down, or logging in with it does not work, and when to try again.
    fn excuse(&self, is_outage: bool, retry_after: Option<Duration>) -> Text {
        let provider = self.provider.label().to_owned();
        match (is_outage, retry_after.map(whole_seconds)) {
            (true, None) => Text::ProviderDown { provider },
            (true, Some(seconds)) => Text::ProviderDownFor { provider, seconds },
            (false, None) => Text::ProviderBroken { provider },
            (false, Some(seconds)) => Text::ProviderBrokenFor { provider, seconds },
        }
    }
}

/// Whether a request found nobody, or a server that is broken or has had too many.
fn is_outage(error: &Error) -> bool {
    let mut causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    causes.any(|cause| {
        // What a renewal of a document left is shared by those who waited for it.
        let shared = cause.downcast_ref::<Arc<dyn std::error::Error + Send + Sync>>();
        let outbound = shared.map_or_else(|| cause.downcast_ref(), |shared| shared.downcast_ref());
        outbound.is_some_and(|error: &OutboundError| match error.fault() {
            OutboundFault::Connection | OutboundFault::Timeout => true,
            _ => error.is_limited() || error.status().is_some_and(|status| status >= 500),
        })
    })
}

/// The provider's fault; what it is, only the log learns.
pub(super) fn misbehaved(reason: impl Into<String>) -> OutsideError {
    OutsideError::failed(reason.into())
}
