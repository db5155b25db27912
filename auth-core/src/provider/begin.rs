//! Sending a browser to a provider: from what somebody wants of it to where the browser goes.

use crate::error::{Error, ErrorKind};
use crate::event::{Denial, EventDraft, EventKind};
use crate::http::{BrowserId, SafeRedirect};
use crate::outbound::OutboundUrl;
use crate::session::Visitor;
use crate::text::Text;

use super::errand::Errand;
use super::registry::Provider;
use super::service::Providers;
use super::types::ProviderId;

/// What begun attempts are counted as.
pub(super) const BEGUN: &str = "provider login";

/// A browser that goes to a provider, or comes back from one.
#[derive(Debug, Default)]
pub(crate) struct Traveller {
    /// Its name among those that went to a provider, if it has one.
    pub(crate) browser: Option<BrowserId>,
    /// Who it is to us.
    pub(crate) visitor: Visitor,
}

/// Where a browser is sent.
#[derive(Debug)]
pub(crate) struct Departure {
    pub(crate) url: OutboundUrl,
    /// The name that it has to come back with.
    pub(crate) browser: BrowserId,
}

impl Providers {
    /// Begins what somebody goes to a provider for: remembers it, for this browser and this provider, and answers where to go.
    ///
    /// # Errors
    /// `NotFound`; `ReauthenticationRequired` as [`check_errand`](Self::check_errand) has it; `TooManyAttempts`; `ProviderError` when
    /// the provider cannot be reached; `Unavailable`.
    pub(crate) async fn begin(
        &self,
        id: &str,
        traveller: Traveller,
        errand: Errand,
        next: SafeRedirect,
    ) -> Result<Departure, Error> {
        let connection = self.connection(id)?;
        self.check_errand(id, &errand).await?;
        let (inner, provider) = (self.inner(), connection.provider.id());
        let turn = inner.throttle.take_turn(BEGUN, traveller.visitor.network()).await;
        let turn = turn.map_err(|error| self.refusing(provider, &errand, error))?;
        // One name for all tabs: the cookie never grows, and each login has a record of its own.
        let browser = traveller.browser.unwrap_or_else(|| inner.attempts.new_browser());
        let (attempt, state) = inner.attempts.begin(provider, &browser, (errand, next, turn)).await?;
        let url = connection.authorization_url(&attempt, &state).await;
        let unreachable = |error| self.refusing(provider, &attempt.errand, connection.explain(error));
        Ok(Departure { url: url.map_err(unreachable)?, browser })
    }

    /// Tells of somebody who did not get what they went to a provider for.
    pub(super) fn refusing(&self, provider: &ProviderId, errand: &Errand, error: Error) -> Error {
        let kind = match errand {
            Errand::Link(_) => EventKind::ProviderRefused,
            Errand::Login | Errand::Reauthenticate(_) => EventKind::LoginFailed,
        };
        let draft = EventDraft::of(kind).with(|details| details.provider = Some(provider.to_string()));
        let draft = match errand.caller() {
            Some(caller) => draft.to(&caller.user),
            None => draft,
        };
        let events = self.inner().logins.events();
        match error.kind() {
            ErrorKind::AlreadyExists => events.stray(draft.because(Denial::AlreadyLinked), error),
            _ => events.telling(draft, error),
        }
    }

    /// Whether a provider is good for what somebody wants of it: to confirm takes an account and a provider for which that is a proof.
    ///
    /// # Errors
    /// `NotFound`; `ReauthenticationRequired` when it is not; `Unavailable`.
    pub(crate) async fn check_errand(&self, id: &str, errand: &Errand) -> Result<(), Error> {
        let provider = &self.connection(id)?.provider;
        match errand {
            Errand::Login | Errand::Link(_) => Ok(()),
            Errand::Reauthenticate(caller) => provider.check_confirms(self.has_password(&caller.user).await?),
        }
    }
}

impl Provider {
    /// Whether a new login at this provider proves once more who a user is: they have no password here, which they would be asked
    /// for, and the provider can be asked for a new login and says when that was. One that answers without asking proves nothing.
    ///
    /// # Errors
    /// `ReauthenticationRequired` when it does not.
    pub(super) fn check_confirms(&self, has_password: bool) -> Result<(), Error> {
        let unproven = |text| Error::new(ErrorKind::ReauthenticationRequired).saying(text);
        if has_password {
            return Err(unproven(Text::ProviderPasswordConfirms));
        }
        match self.can_reauthenticate() {
            true => Ok(()),
            false => Err(unproven(Text::ProviderCannotConfirm { provider: self.label().to_owned() })),
        }
    }
}
