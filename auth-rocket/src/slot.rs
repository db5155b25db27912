//! Where a request's slot is.

use auth_core::Auth;
use auth_core::adapter::Slot;
use rocket::request::Request;

/// What the fairing leaves behind for the guards.
pub(crate) struct Attached(Auth);

impl Attached {
    pub(crate) fn new(auth: &Auth) -> Self {
        Self(auth.clone())
    }
}

/// The slot in the request's local cache. It is made when the first guard asks.
pub(crate) enum Cached {
    Head(Slot),
    Other(Slot),
    Unused,
}

impl Cached {
    /// The slot of this request, made if need be; nothing without the fairing.
    pub(crate) fn fill<'r>(request: &'r Request<'_>) -> Option<(&'r Self, &'r Slot)> {
        let attached = request.rocket().state::<Attached>()?;
        let cached = request.local_cache(|| Self::Other(Slot::new(&attached.0)));
        cached.slot().map(|slot| (cached, slot))
    }

    pub(crate) fn was_head(&self) -> bool {
        matches!(self, Self::Head(_))
    }

    pub(crate) fn slot(&self) -> Option<&Slot> {
        match self {
            Self::Head(slot) | Self::Other(slot) => Some(slot),
            Self::Unused => None,
        }
    }
}
