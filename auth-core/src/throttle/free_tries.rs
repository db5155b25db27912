//! Attempts that nobody has to show anything for, where a [check](crate::human) is asked of those who fail too often.

use crate::short_lived::Quota;
use crate::user::LoginName;

use super::counters;
use super::known_browser::Owner;
use super::limiter::Taken;
use super::{Source, Throttle, ThrottleConfig};

/// As what attempts are counted that nobody has to show anything for.
const FREE: &str = "free";

/// An attempt that nobody has to show anything for.
#[derive(Debug, Default)]
pub(crate) struct FreeTry(Option<Taken>);

impl Throttle {
    /// Whether somebody has logged in from this browser to the account that the name leads to now. Nobody makes anybody look but whoever
    /// was let in by that name once; where the store cannot tell, the browser is a stranger.
    pub(crate) async fn is_known_at(&self, login: &LoginName, source: &Source) -> bool {
        let Some(browser) = source.known_by(login) else { return false };
        let account = self.users.find(login).await.ok().flatten();
        account.is_some_and(|account| Owner::of(&account.user) == browser.owner())
    }

    /// Takes an attempt at a name that nobody has to show anything for; `None` where those are used up, of the name or of the network.
    pub(crate) async fn take_free_try(
        &self,
        login: &LoginName,
        source: &Source,
        limits: &ThrottleConfig,
    ) -> Option<FreeTry> {
        if !self.config.is_on {
            return Some(FreeTry::default());
        }
        let quotas = self.free_tries(login, source, limits);
        self.take(quotas, None).await.ok().map(|taken| FreeTry(Some(taken)))
    }

    /// Whether such an attempt is left, of which none is taken.
    pub(crate) async fn has_free_try(
        &self,
        login: &LoginName,
        source: &Source,
        limits: &ThrottleConfig,
    ) -> bool {
        let quotas = self.free_tries(login, source, limits);
        !self.config.is_on || self.limiter.has_left(&quotas, self.clock.now()).await
    }

    /// An empty name is nobody's, and what every form says before somebody types one: it has no counter that all of them share.
    fn free_tries(&self, login: &LoginName, source: &Source, limits: &ThrottleConfig) -> Vec<Quota> {
        let mut quotas = match login.canonical() {
            "" => Vec::new(),
            _ => counters::name(FREE, login, &limits.name),
        };
        if let Some(address) = source.network {
            quotas.extend(self.shared.network(FREE, address, limits));
        }
        quotas
    }

    /// The attempt was none that failed.
    pub(crate) async fn give_free_try_back(&self, FreeTry(taken): FreeTry) {
        if let Some(taken) = taken {
            self.limiter.give_back(taken, &self.clock).await;
        }
    }
}
