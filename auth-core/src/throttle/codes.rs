//! Guesses at second factors, and at other codes that people type.
//!
//! An account takes so many wrong codes in an hour, of all kinds and from everywhere. Its owner is told by mail when they are used up, and
//! the link in that letter allows [`FURTHER`] more, once a day however many links are used. It gives none of the others back: whoever
//! knows the password and reads the mail has 5 guesses a day by it, and whoever only knows the password none that its owner did not ask
//! for. What keeps such a person out for good is another password, which the letter says.

#[cfg(feature = "server")]
use std::net::IpAddr;
use std::time::Duration;

use crate::error::Error;
use crate::user::UserId;

use super::limiter::Taken;
use super::service::{Throttle, too_many};
use super::{Limit, counters};

/// How many codes an account takes beyond its limit once its owner was let in again by mail: as many tries as one login has, in a day.
const FURTHER: Limit = Limit::new(5, Duration::from_secs(24 * 60 * 60));

/// For how long: as long as the limit of an hour keeps them out at most.
const FURTHER_FOR: Duration = Duration::from_secs(60 * 60);

/// That a guess at a second factor was counted.
#[derive(Debug, Default)]
#[must_use = "a guess that is not given back was a wrong one"]
pub(crate) struct Guess(Option<Taken>);

impl Throttle {
    /// Counts a guess at the second factor of an account, before anybody looks at it.
    ///
    /// # Errors
    /// `TooManyAttempts` with the time to wait.
    pub(crate) async fn reserve_code(&self, user: &UserId) -> Result<Guess, Error> {
        if !self.config.is_on {
            return Ok(Guess::default());
        }
        let taken = match self.take(counters::codes(user, &self.config.codes), None).await {
            Err(wait) if self.takes_further_codes(user).await => {
                let further = self.take(counters::further_codes(user, FURTHER), None).await;
                further.map_err(|_| too_many(wait))?
            }
            taken => taken.map_err(too_many)?,
        };
        Ok(Guess(Some(taken)))
    }

    /// Counts a code of another kind that an account types, before anybody looks at it: of the account, of the network, and of all together.
    ///
    /// # Errors
    /// `TooManyAttempts` with the time to wait.
    #[cfg(feature = "server")]
    pub(crate) async fn reserve_typed(
        &self,
        kind: &'static str,
        user: &UserId,
        network: Option<IpAddr>,
    ) -> Result<Guess, Error> {
        if !self.config.is_on {
            return Ok(Guess::default());
        }
        let mut quotas = counters::typed(kind, user, &self.config.codes);
        quotas.extend(network.into_iter().flat_map(|address| self.networks(kind, address)));
        quotas.extend(self.shared.route(kind, "", &self.config.route));
        Ok(Guess(Some(self.take(quotas, None).await.map_err(too_many)?)))
    }

    /// The guess was right, or none: nobody could look at it.
    pub(crate) async fn give_code_back(&self, Guess(taken): Guess) {
        if let Some(taken) = taken {
            self.limiter.give_back(taken, &self.clock).await;
        }
    }

    /// Lets an account in again whose owner asks for it by a link that was mailed: its passwords are forgotten, and it takes a few codes
    /// more.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn let_in_again(&self, user: &UserId) -> Result<(), Error> {
        self.lockouts().clear_passwords(user).await?;
        Ok(self.store.put(&further(user), &[], FURTHER_FOR, self.clock.now()).await?)
    }

    /// What cannot be read allows nothing.
    async fn takes_further_codes(&self, user: &UserId) -> bool {
        let noted = self.store.get(&further(user), self.clock.now()).await;
        noted.is_ok_and(|noted| noted.is_some())
    }
}

/// Under what it is kept that an account takes further codes.
fn further(user: &UserId) -> String {
    format!("further-codes:{}", user.as_str())
}
