//! The session guard that everybody writes by hand: a map of ids behind a lock. The twins guard one route with it, each by its
//! framework's own means, so that ours can be compared with a peer in the same run.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

/// The id of the one session, as long as ours.
pub const SESSION: &str = "peer-session-peer-session-peer-session-peer-";

/// Who is logged in.
#[derive(Debug)]
pub struct User {
    /// The name to greet.
    pub name: String,
}

/// Everybody who is logged in, by session id.
#[derive(Debug)]
pub struct Sessions(RwLock<HashMap<String, Arc<User>>>);

impl Sessions {
    /// Alice is logged in, with [`SESSION`].
    pub fn of_alice() -> Self {
        let alice = Arc::new(User { name: "alice".to_owned() });
        Self(RwLock::new(HashMap::from([(SESSION.to_owned(), alice)])))
    }

    /// The user whose session a `Cookie` header names.
    pub fn in_header(&self, cookies: &str) -> Option<Arc<User>> {
        self.get(cookies.split("; ").find_map(|pair| pair.strip_prefix("session="))?)
    }

    /// The user with this session.
    pub fn get(&self, id: &str) -> Option<Arc<User>> {
        self.0.read().ok()?.get(id).cloned()
    }
}
