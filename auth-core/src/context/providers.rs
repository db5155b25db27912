//! Sending a browser to a provider.

use crate::error::Error;
use crate::http::{BrowserId, RequestView, SafeRedirect};
use crate::identity::{Identity, Proof};
use crate::outbound::OutboundUrl;
use crate::provider::{BROWSER_LIFE, Purpose};

use super::AuthContext;

impl AuthContext {
    /// Begins a login with a provider, by hand in a handler: redirect (303) to the URL that is answered. The cookie that ties the
    /// login to this browser goes out with the reply. Once it is over, the browser is sent to `next`.
    ///
    /// # Errors
    /// `NotFound` for a provider that is not in the registry; `ProviderError` when it cannot be reached; `TooManyAttempts`;
    /// `CsrfFailed` for a request of another site; `Unavailable`.
    pub async fn begin_provider_login(
        &self,
        provider: &str,
        next: SafeRedirect,
    ) -> Result<OutboundUrl, Error> {
        let observed = self.observed_to_change()?;
        // Also for a GET: a link of another site would send its readers through a login of its choice.
        self.0.auth.config().origins.enforce(&*observed.request)?;
        self.depart(&*observed.request, provider, Purpose::Login, next).await
    }

    /// Begins what somebody goes to a provider for, and answers where to send the browser.
    pub(crate) async fn depart<V: RequestView>(
        &self,
        view: &V,
        provider: &str,
        purpose: Purpose,
        next: SafeRedirect,
    ) -> Result<OutboundUrl, Error> {
        let (auth, providers) = (&self.0.auth, self.0.auth.providers());
        // One name for all tabs: the cookie never grows, and each login has a record of its own.
        let browser = self.browser(view).unwrap_or_else(|| providers.new_browser());
        let network = auth.config().proxies.client(view);
        let url = providers.begin(provider, &browser, purpose, next, network).await?;
        let cookie = auth.config().browser_cookie.set(&browser, Some(BROWSER_LIFE));
        self.touch();
        self.state().browser_cookie = Some(cookie.into());
        Ok(url)
    }

    /// Who calls by a session as it is now, whatever was found at the beginning of this request; `None` when it has ended, or is
    /// somebody else's.
    pub(crate) async fn look_again(&self, identity: &Identity) -> Result<Option<Identity>, Error> {
        let Proof::Session { key, record } = identity.proof() else { return Ok(None) };
        let found = self.find_session(*key, self.0.auth.now()).await?;
        Ok(found.filter(|now| now.session_record().is_some_and(|now| now.user == record.user)))
    }

    /// The name of this browser among those that went to a provider.
    pub(crate) fn browser<V: RequestView>(&self, view: &V) -> Option<BrowserId> {
        self.0.auth.config().browser_cookie.read(view).into_id()
    }
}
