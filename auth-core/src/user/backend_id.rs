//! Which backend a store is of.

use std::sync::Arc;

/// Which backend a store is of: what says the same here writes in one transaction, and reads what the other has written.
///
/// ```
/// use auth_core::user::BackendId;
///
/// let database = String::from("a pool of connections");
/// assert_eq!(BackendId::of(&database), BackendId::of(&database));
/// let tenant = |name: &str| BackendId::part_of(&database, name.into());
/// assert_eq!(tenant("acme"), tenant("acme"));
/// assert_ne!(tenant("acme"), tenant("other"));
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BackendId {
    address: usize,
    part: Option<Arc<str>>,
}

impl BackendId {
    /// The backend that is this value, or has it to itself: its pool of connections, what its handles share.
    pub fn of<T: ?Sized>(backend: &T) -> Self {
        Self { address: std::ptr::from_ref(backend).cast::<()>().addr(), part: None }
    }

    /// The same of a part that reads nothing of the others: one tenant's.
    pub fn part_of<T: ?Sized>(backend: &T, part: Arc<str>) -> Self {
        Self { part: Some(part), ..Self::of(backend) }
    }
}
