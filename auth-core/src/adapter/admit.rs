//! A guard, from its requirement to its value.

use crate::access::{Guard, Rejection};
use crate::http::RequestView;

use super::Slot;

/// Lets the caller pass the guard `G`, and answers what the handler gets.
///
/// # Errors
/// The reply to send instead. For a guard that gives nothing for a caller who met its own requirement, that of a bug of the
/// server.
pub async fn admit<G: Guard>(slot: &Slot, view: &impl RequestView) -> Result<G, Rejection> {
    let identity = slot.guard(view, &G::requirement()).await?;
    G::from_identity(identity).ok_or_else(|| Rejection::broken_guard(std::any::type_name::<G>()))
}

/// As [`admit`], with `None` where nobody fit is there.
///
/// # Errors
/// The reply to a credential that is bad, and for a store that cannot answer.
pub async fn admit_optional<G: Guard>(slot: &Slot, view: &impl RequestView) -> Result<Option<G>, Rejection> {
    match admit(slot, view).await {
        Err(rejection) if rejection.is_nobody() => Ok(None),
        outcome => outcome.map(Some),
    }
}

/// The failure of an application that uses an extractor without the layer. The log says what to add.
pub fn missing_layer(fix: &'static str) -> Rejection {
    Rejection::missing_layer(fix)
}

/// What to lay beside the reply to an error that a handler passed on by `?`, for [`Slot::page_for`]; nothing where the form of
/// the reply is settled already.
pub fn passed_on(rejection: &Rejection) -> Option<Rejection> {
    rejection.is_passed_on().then(|| rejection.clone())
}
