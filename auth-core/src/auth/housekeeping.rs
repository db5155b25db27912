//! Forgetting what has ended, by one of the servers.

use std::sync::Weak;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use crate::error::Error;

use super::system::{Auth, Inner};

/// How often it is done. Nothing depends on it but the size of the store.
const EVERY: Duration = Duration::from_secs(60 * 60);

/// For how long a turn is nobody else's: a little less, so that the clocks of servers may differ, and no turn is left out.
const TURN: Duration = Duration::from_secs(55 * 60);

/// Under what the turn is kept.
const NAME: &str = "housekeeping";

impl Auth {
    /// Forgets every hour what has ended ([`remove_expired`](Self::remove_expired)), in a task of its own, for as long as this `Auth` or a
    /// clone of it is in use. Every server may call it, at start: of those that share a store one does the work, whichever comes first,
    /// and another one the next time, should that be gone by then. Rows are removed in small batches, between which others have their
    /// turn.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    ///
    /// ```
    /// # async fn serve(auth: auth_core::Auth) -> Result<(), auth_core::Error> {
    /// auth.migrate().await?;
    /// auth.start_housekeeping();
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias("clearsessions", "cron", "gc"))]
    pub fn start_housekeeping(&self) {
        tokio::spawn(keep_house(self.downgrade()));
    }

    /// The same once, if it is this server's turn: `None` where another one did it within the hour. For programs with a schedule of their
    /// own.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn remove_expired_in_turn(&self) -> Result<Option<u64>, Error> {
        if !self.short_lived().insert_new(NAME, TURN, self.now()).await? {
            return Ok(None);
        }
        self.remove_expired().await.map(Some)
    }
}

async fn keep_house(auth: Weak<Inner>) {
    let mut hours = interval(EVERY);
    hours.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        hours.tick().await;
        let Some(auth) = Auth::upgrade(&auth) else { return };
        if let Err(error) = auth.remove_expired_in_turn().await {
            tracing::warn!(?error, "what has ended could not be removed; the next hour tries again");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::MemoryStore;
    use crate::testing::{ManualClock, login_as};
    use crate::tests::System;

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    /// Two servers over one store, and the clock of both.
    async fn servers() -> (System, Auth, ManualClock) {
        let (store, clock) = (MemoryStore::new(), ManualClock::default());
        let one = System::at(clock.clone(), |builder| builder.store(store.clone())).await;
        let other = crate::tests::builder().store(store).clock(std::sync::Arc::new(clock.clone()));
        (one, other.build().await.unwrap(), clock)
    }

    #[tokio::test]
    async fn one_of_the_servers_does_it_and_any_of_them_the_next_time() {
        let (one, other, clock) = servers().await;
        login_as(&one.auth, "alice").await.unwrap();
        clock.advance(100 * DAY);
        assert!(one.auth.remove_expired_in_turn().await.unwrap().is_some_and(|removed| removed > 0));
        assert_eq!(other.remove_expired_in_turn().await.unwrap(), None);
        assert_eq!(one.auth.remove_expired_in_turn().await.unwrap(), None);
        clock.advance(EVERY);
        assert!(other.remove_expired_in_turn().await.unwrap().is_some());
        assert_eq!(one.auth.remove_expired_in_turn().await.unwrap(), None);
    }

    #[tokio::test]
    async fn it_is_done_every_hour_until_the_last_handle_is_gone() {
        let (one, other, clock) = servers().await;
        // Not before: while a password is hashed on another thread, paused time would run out.
        tokio::time::pause();
        one.auth.start_housekeeping();
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(other.remove_expired_in_turn().await.unwrap(), None, "it was done at the start");
        clock.advance(EVERY);
        tokio::time::sleep(EVERY).await;
        assert_eq!(other.remove_expired_in_turn().await.unwrap(), None, "and an hour later");
        drop(one);
        clock.advance(EVERY);
        tokio::time::sleep(EVERY).await;
        assert!(other.remove_expired_in_turn().await.unwrap().is_some(), "its server is gone");
    }
}
