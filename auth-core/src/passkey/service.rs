//! Passkeys: what all that is done with them has in common.

use std::fmt;
use std::sync::Arc;

use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::event::{Denial, EventDraft, EventKind, Events};
use crate::key::ApplicationSecrets;
use crate::mfa::{Factor, FactorId, FactorKind, FactorSealer, FactorStore};
use crate::random::Random;
use crate::short_lived::ShortLivedStore;
use crate::throttle::Throttle;
use crate::user::{User, UserId, Users};

use super::ceremony::Ceremonies;
use super::check::Fault;
use super::config::RelyingParty;
use super::kept::Kept;
use super::library::Library;
use super::list::OtherWays;

/// The passkeys of a user. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Passkeys(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) party: RelyingParty,
    pub(super) library: Library,
    pub(super) app_name: String,
    pub(super) ceremonies: Ceremonies,
    pub(super) store: Arc<dyn FactorStore>,
    pub(super) other_ways: Arc<dyn OtherWays>,
    sealer: FactorSealer,
    pub(super) users: Users,
    pub(super) throttle: Throttle,
    events: Events,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
}

/// What the service is made of.
pub(crate) struct PasskeyParts<'a> {
    pub(crate) party: RelyingParty,
    pub(crate) app_name: String,
    pub(crate) short_lived: Arc<dyn ShortLivedStore>,
    pub(crate) store: Arc<dyn FactorStore>,
    pub(crate) other_ways: Arc<dyn OtherWays>,
    pub(crate) secrets: &'a ApplicationSecrets,
    pub(crate) users: Users,
    pub(crate) throttle: Throttle,
    pub(crate) events: Events,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
}

/// A passkey of somebody's, opened.
pub(super) struct Held {
    pub(super) factor: Factor,
    pub(super) kept: Kept,
}

impl Passkeys {
    /// # Errors
    /// `Configuration`.
    pub(crate) fn new(parts: PasskeyParts<'_>) -> Result<Self, Error> {
        let (clock, random) = (parts.clock, parts.random);
        Ok(Self(Arc::new(Inner {
            library: Library::new(&parts.party)?,
            party: parts.party,
            app_name: parts.app_name,
            ceremonies: Ceremonies::new(parts.short_lived, parts.secrets, clock.clone(), random.clone()),
            store: parts.store,
            other_ways: parts.other_ways,
            sealer: FactorSealer::new(parts.secrets),
            users: parts.users,
            throttle: parts.throttle,
            events: parts.events,
            clock,
            random,
        })))
    }

    /// The origins on other domains whose pages may use the same passkeys.
    pub(crate) fn related_origins(&self) -> &[String] {
        self.0.party.related()
    }

    /// The passkeys of a user, oldest first. One that cannot be opened is of an application secret that is gone, and of no use.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(super) async fn held(&self, user: &UserId) -> Result<Vec<Held>, Error> {
        let factors = self.0.store.list(user).await?;
        let passkeys = factors.into_iter().filter(|factor| factor.kind == FactorKind::Passkey);
        Ok(passkeys.filter_map(|factor| self.0.open(factor)).collect())
    }

    /// Refuses a credential, which only the log learns the reason of.
    pub(super) fn refused(&self, user: Option<&UserId>, fault: Fault, denial: Denial) -> Error {
        tracing::debug!(user = user.map(UserId::as_str), fault, "a passkey was refused");
        let draft = EventDraft::of(EventKind::LoginFailed).because(denial);
        let draft = match user {
            Some(user) => draft.to(user),
            None => draft,
        };
        self.0.events.refused(draft, Error::new(ErrorKind::InvalidCredentials).with_source(fault))
    }

    pub(super) async fn user(&self, id: &UserId) -> Result<Option<Arc<User>>, Error> {
        self.0.users.get(id).await
    }
}

impl Inner {
    /// Opens what was sealed with a passkey.
    pub(super) fn open(&self, factor: Factor) -> Option<Held> {
        let plain = self.sealer.open(&factor)?;
        let kept = serde_json::from_slice(&plain).ok()?;
        Some(Held { factor, kept })
    }

    pub(super) fn seal(&self, id: &FactorId, user: &UserId, kept: &Kept) -> Result<Vec<u8>, Error> {
        let plain = serde_json::to_vec(kept);
        let plain = plain.map_err(|error| Error::new(ErrorKind::Internal).with_source(error))?;
        Ok(self.sealer.seal((id, FactorKind::Passkey, user), &plain, &*self.random))
    }
}

impl fmt::Debug for Passkeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passkeys").field("party", &self.0.party).finish_non_exhaustive()
    }
}
