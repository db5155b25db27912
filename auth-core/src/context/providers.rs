//! A browser that goes to a provider, and comes back: its cookies.

use crate::error::Error;
use crate::http::{RequestView, SafeRedirect};
use crate::outbound::OutboundUrl;
use crate::provider::{Answer, BROWSER_LIFE, Departure, Errand, Finished, Outcome, Traveller, Unfinished};

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
        self.depart(&*observed.request, provider, Errand::Login, next).await
    }

    /// [Begins](crate::provider::Providers::begin) what somebody goes to a provider for, and answers where to send the browser. Its
    /// name goes out with the reply.
    pub(crate) async fn depart<V: RequestView>(
        &self,
        view: &V,
        provider: &str,
        errand: Errand,
        next: SafeRedirect,
    ) -> Result<OutboundUrl, Error> {
        let auth = &self.0.auth;
        let begun = auth.providers().begin(provider, self.traveller(view), errand, next).await?;
        let Departure { url, browser } = begun;
        let cookie = auth.config().browser_cookie.set(&browser, Some(BROWSER_LIFE));
        self.touch();
        self.state().cookies().browser = Some(cookie);
        Ok(url)
    }

    /// [Finishes](crate::provider::Providers::finish) it, and answers where the browser wanted to go. A session that came of it goes
    /// out with the reply, and so does the cookie of a login that waits for a factor, which is answered as the error that says so.
    pub(crate) async fn arrive<V: RequestView>(
        &self,
        view: &V,
        provider: &str,
        answer: Answer,
    ) -> Result<SafeRedirect, Unfinished> {
        self.touch();
        let finished = self.0.auth.providers().finish(provider, answer, self.traveller(view)).await?;
        let Finished { outcome, next } = finished;
        if let Outcome::Entered(entered) = outcome {
            self.hand_over(entered)?;
        }
        Ok(next)
    }

    fn traveller<V: RequestView>(&self, view: &V) -> Traveller {
        let browser = self.0.auth.config().browser_cookie.read(view).into_id();
        Traveller { browser, visitor: self.visitor(view) }
    }
}
