//! Where a request's context is.

use auth_core::{Auth, AuthContext};
use rocket::request::Request;

/// What the fairing leaves behind for the guards.
pub(crate) struct Attached(Auth);

impl Attached {
    pub(crate) fn new(auth: &Auth) -> Self {
        Self(auth.clone())
    }
}

/// The place for a context in the request's local cache. It is filled when the first guard asks.
pub(crate) enum Slot {
    Head(AuthContext),
    Other(AuthContext),
    Unused,
}

impl Slot {
    /// The slot of this request, filled; nothing without the fairing.
    pub(crate) fn fill<'r>(request: &'r Request<'_>) -> Option<(&'r Self, &'r AuthContext)> {
        let attached = request.rocket().state::<Attached>()?;
        let slot = request.local_cache(|| Self::Other(attached.0.context()));
        slot.context().map(|context| (slot, context))
    }

    pub(crate) fn was_head(&self) -> bool {
        matches!(self, Self::Head(_))
    }

    pub(crate) fn context(&self) -> Option<&AuthContext> {
        match self {
            Self::Head(context) | Self::Other(context) => Some(context),
            Self::Unused => None,
        }
    }
}
