//! Those in the application who want to know.

use async_trait::async_trait;

use crate::user::Event;

/// Somebody in the application who wants to know what happened (Django's signals): after it happened, in a task of its own.
///
/// # Contract
/// A listener hears of an event once it is there to stay, in the process in which it happened. It decides nothing: what takes it
/// longer than [`LONGEST_HEARING`] is cut off, a panic is logged, and while it is behind by more than [`MOST_WAITING`] events it misses those
/// that come. What must not be missed is told by a webhook.
#[async_trait]
#[doc(alias("signal", "receiver", "user_logged_in", "user_login_failed", "hook"))]
pub trait EventListener: Send + Sync {
    /// Something happened.
    async fn hear(&self, event: &Event);
}

/// How long a listener may take for one event.
pub const LONGEST_HEARING: std::time::Duration = std::time::Duration::from_secs(10);

/// How many events wait for a listener, or for the audit, at most.
pub const MOST_WAITING: usize = 1024;
