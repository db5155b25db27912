//! One look at every part.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::clock::{Clock, Timestamp};
use crate::error::StoreError;
use crate::key::Keys;
use crate::mfa::FactorKind;
use crate::session::SessionKey;
use crate::store::{Backend, Stores};
use crate::token::FamilyKey;
use crate::user::UserId;

use super::{Fault, Part, Readiness};

/// By how much the clocks may differ: what the rules about keys and tokens allow for two servers of one application.
const CLOCKS_MAY_DIFFER_BY: Duration = Duration::from_secs(60);

/// What nothing is called: a store that finds something under it answers all the same.
const NOTHING: &str = "readiness";

/// What is looked at.
pub(super) struct Probe {
    pub(super) stores: Stores,
    pub(super) backend: Option<Arc<dyn Backend>>,
    pub(super) keys: Arc<OnceLock<Keys>>,
    pub(super) clock: Arc<dyn Clock>,
    /// Whether the clock is the application's own, of which the database's says nothing.
    pub(super) has_own_clock: bool,
}

/// A look at one part: what is wrong with it.
type Look = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

impl Probe {
    /// Looks at all parts at once. What has not answered within this time is at fault.
    pub(super) async fn look(&self, within: Duration) -> Readiness {
        let mut looks = JoinSet::new();
        let mut unanswered = BTreeSet::new();
        for (part, look) in self.looks() {
            unanswered.insert(part);
            looks.spawn(async move { (part, in_time(within, look).await) });
        }
        let mut faults = Vec::new();
        while let Some(look) = looks.join_next().await {
            let Ok((part, outcome)) = look else { continue };
            unanswered.remove(&part);
            faults.extend(outcome.err().map(|reason| Fault { part, reason }));
        }
        let panicked = |part| Fault { part, reason: "its store panicked".to_owned() };
        faults.extend(unanswered.into_iter().map(panicked));
        faults.sort_by_key(|fault| fault.part);
        Readiness(faults)
    }

    fn looks(&self) -> Vec<(Part, Look)> {
        let Stores { users, sessions, refresh, short_lived, linked_accounts, factors, .. } =
            self.stores.clone();
        let now = self.clock.now();
        vec![
            (Part::Accounts, Box::pin(async move { answered(users.get(&UserId::new(NOTHING)).await) })),
            (Part::Clock, self.clocks()),
            (Part::Factors, Box::pin(async move { answered(factors.find(FactorKind::Totp, &[]).await) })),
            (
                Part::LinkedAccounts,
                Box::pin(async move { answered(linked_accounts.find(NOTHING, NOTHING).await) }),
            ),
            (
                Part::RefreshTokens,
                Box::pin(async move { answered(refresh.get(&FamilyKey::new([0; 32])).await) }),
            ),
            (
                Part::Sessions,
                Box::pin(async move { answered(sessions.get(&SessionKey::new([0; 32])).await) }),
            ),
            (Part::ShortLived, Box::pin(async move { answered(short_lived.get(NOTHING, now).await) })),
            (Part::SigningKeys, self.signing_keys()),
            (Part::Tables, self.tables()),
        ]
    }

    fn tables(&self) -> Look {
        let backend = self.backend.clone();
        Box::pin(async move {
            let Some(backend) = backend else { return Ok(()) };
            match backend.is_migrated().await {
                Ok(true) => Ok(()),
                Ok(false) => Err("they are missing or out of date, run `auth migrate`".to_owned()),
                Err(error) => answered(Err::<(), _>(error)),
            }
        })
    }

    fn signing_keys(&self) -> Look {
        let (store, are_loaded) = (self.stores.keys.clone(), self.keys.get().is_some());
        Box::pin(async move {
            answered(store.list().await)?;
            let missing = || "they are not loaded, call `auth.migrate().await` at start".to_owned();
            if are_loaded { Ok(()) } else { Err(missing()) }
        })
    }

    fn clocks(&self) -> Look {
        let backend = self.backend.clone().filter(|_| !self.has_own_clock);
        let clock = self.clock.clone();
        Box::pin(async move {
            let Some(backend) = backend else { return Ok(()) };
            match backend.time().await {
                Ok(theirs) => theirs.map_or(Ok(()), |theirs| compared(clock.now(), theirs)),
                Err(error) => answered(Err::<(), _>(error)),
            }
        })
    }
}

async fn in_time(within: Duration, look: Look) -> Result<(), String> {
    let late = || Err(format!("no answer within {} ms", within.as_millis()));
    timeout(within, look).await.unwrap_or_else(|_| late())
}

/// Whatever it was.
fn answered<T>(answer: Result<T, StoreError>) -> Result<(), String> {
    answer.map(drop).map_err(|error| format!("{error:?}"))
}

fn compared(ours: Timestamp, theirs: Timestamp) -> Result<(), String> {
    let (behind, ahead) = (theirs.since(ours), ours.since(theirs));
    if behind.max(ahead) <= CLOCKS_MAY_DIFFER_BY {
        return Ok(());
    }
    let (by, word) = if behind > ahead { (behind, "behind") } else { (ahead, "ahead of") };
    Err(format!("it is {} s {word} the database's, set the wrong one right (NTP)", by.as_secs()))
}
