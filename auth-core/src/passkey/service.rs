//! Passkeys: what all that is done with them has in common.

use std::fmt;
use std::sync::Arc;

use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::event::{Denial, EventDraft, EventKind, Events};
use crate::key::ApplicationSecrets;
use crate::metric;
use crate::mfa::{Factor, FactorId, FactorKind, FactorSealer, FactorStore};
use crate::random::Random;
use crate::short_lived::ShortLivedStore;
use crate::throttle::Throttle;
use crate::user::{User, UserId, Users};

use super::ceremony::Ceremonies;
use super::check::Fault;
use super::config::RelyingParty;
use super::kept::{Kept, Role};
use super::library::Library;
use super::ways::OtherWays;

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

/// A passkey of somebody's.
pub(super) struct Held {
    pub(super) factor: Factor,
    /// What is sealed with it; `None` for one of an application secret that is gone, which is listed and removed, and of no other use.
    pub(super) kept: Option<Kept>,
}

impl Held {
    /// As it is named to a browser.
    pub(super) fn named(&self) -> Option<(&[u8], &Kept)> {
        Some((self.factor.handle.as_slice(), self.kept.as_ref()?))
    }

    /// Whether one can log in by it alone.
    pub(super) fn works_alone(&self) -> bool {
        self.kept.as_ref().is_some_and(|kept| kept.role == Role::Alone)
    }
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

    /// The origins whose pages may use the passkeys, ours first.
    pub(crate) fn origins(&self) -> impl Iterator<Item = &str> {
        self.0.party.origins()
    }

    /// The origins on other domains whose pages may use the same passkeys.
    pub(crate) fn related_origins(&self) -> &[String] {
        self.0.party.related()
    }

    /// The passkeys of a user, oldest first.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(super) async fn held(&self, user: &UserId) -> Result<Vec<Held>, Error> {
        let factors = self.0.store.list(user).await?;
        let passkeys = factors.into_iter().filter(|factor| factor.kind == FactorKind::Passkey);
        Ok(passkeys.map(|factor| Held { kept: self.0.open(&factor), factor }).collect())
    }

    /// Refuses a credential, which only the log learns the reason of.
    pub(super) fn refused(&self, user: Option<&UserId>, fault: Fault, denial: Denial) -> Error {
        tracing::debug!(user = user.map(UserId::as_str), fault, "a passkey was refused");
        let draft = EventDraft::of(EventKind::LoginFailed).because(denial);
        let draft = match user {
            Some(user) => draft.to(user),
            None => draft,
        };
        self.0.events.refused(draft, unproven(fault))
    }

    /// The same where there may be a copy of somebody's passkey: that is told whatever else is.
    pub(super) async fn copied(&self, user: &UserId, fault: Fault) -> Error {
        let draft = EventDraft::of(EventKind::LoginFailed).because(Denial::PasskeyCopied);
        self.0.events.note(draft.to(user)).await;
        unproven(fault)
    }

    pub(super) async fn user(&self, id: &UserId) -> Result<Option<Arc<User>>, Error> {
        self.0.users.get(id).await
    }
}

impl Inner {
    /// Opens what was sealed with a passkey.
    pub(super) fn open(&self, factor: &Factor) -> Option<Kept> {
        Kept::open(&self.sealer, factor)
    }

    pub(super) fn seal(&self, id: &FactorId, user: &UserId, kept: &Kept) -> Result<Vec<u8>, Error> {
        let plain = serde_json::to_vec(kept);
        let plain = plain.map_err(|error| Error::new(ErrorKind::Internal).with_source(error))?;
        Ok(self.sealer.seal((id, FactorKind::Passkey, user), &plain, &*self.random))
    }
}

/// The answer to a credential that proves nothing. Of what nobody asked for, or nobody can read, no event is told: anybody can send any
/// number of those.
pub(super) fn unproven(fault: Fault) -> Error {
    let error = Error::new(ErrorKind::InvalidCredentials).with_source(fault);
    metric::login(error.kind().row().code);
    error
}

impl fmt::Debug for Passkeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passkeys").field("party", &self.0.party).finish_non_exhaustive()
    }
}
