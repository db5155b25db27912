//! Whether a login by a provider still stands.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::clock::{Clock, Timestamp};
use crate::error::Error;
use crate::login::PENDING_LIFE;
use crate::session::{ProviderLogin, Standing};
use crate::short_lived::ShortLivedStore;
use crate::text::Text;

use super::attempts::FINISH_LIFE;
use super::connection::misbehaved;
use super::logout_token::Whose;
use super::service::over_key;
use super::store::LinkedAccountStore;

/// How long a logout at a provider is remembered: as long as a login that was begun before it can become a session, in which somebody
/// may have waited for a second factor.
pub(super) const MARK_LIFE: Duration = FINISH_LIFE.saturating_add(PENDING_LIFE);

/// Whether the logins by providers still stand: none was ended by its provider since it was begun here, and its account is linked.
/// Logouts and unlinking do their part before they look for sessions.
pub(crate) struct ProviderStanding {
    linked_accounts: Arc<dyn LinkedAccountStore>,
    short_lived: Arc<dyn ShortLivedStore>,
    clock: Arc<dyn Clock>,
}

impl ProviderStanding {
    pub(crate) fn new(
        linked_accounts: Arc<dyn LinkedAccountStore>,
        short_lived: Arc<dyn ShortLivedStore>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { linked_accounts, short_lived, clock }
    }

    /// Whether a logout that arrived since the login was begun has ended it.
    async fn was_ended(&self, login: &ProviderLogin) -> Result<bool, Error> {
        let session = login.session();
        let sid = session.sid.as_deref().map(Whose::Session);
        for whose in sid.into_iter().chain([Whose::Subject(login.subject())]) {
            let mark = self.short_lived.get(&over_key(&session.issuer, whose), self.clock.now()).await?;
            // Whoever leaves for the provider when that has told us already finds no session there to come back by.
            if mark.is_some_and(|arrived| login.begun_at() < time_of(&arrived)) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

#[async_trait]
impl Standing for ProviderStanding {
    async fn check(&self, login: &ProviderLogin) -> Result<(), Error> {
        if self.was_ended(login).await? {
            return Err(over("the provider has ended the login meanwhile"));
        }
        // Later than that no mark need be there any more.
        if self.clock.now() >= login.ends_at() {
            return Err(over("the exchange took too long"));
        }
        let session = login.session();
        let held = self.linked_accounts.find(&session.issuer, login.subject()).await?;
        match held.is_some_and(|held| held.id.to_string() == session.account) {
            true => Ok(()),
            false => Err(over("the account was unlinked meanwhile")),
        }
    }
}

impl fmt::Debug for ProviderStanding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderStanding").finish_non_exhaustive()
    }
}

/// When a logout arrived; what cannot be read is as late as can be.
fn time_of(mark: &[u8]) -> Timestamp {
    let millis = std::str::from_utf8(mark).ok().and_then(|text| text.parse().ok());
    millis.map_or(Timestamp::FAR_FUTURE, Timestamp::from_unix_millis)
}

fn over(reason: &'static str) -> Error {
    misbehaved(reason).into_provider_error().saying(Text::ProviderLoginOver)
}
