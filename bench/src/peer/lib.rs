//! What everybody writes by hand, for the twins, so that ours can be compared with a peer in the same run: a session guard over a map of
//! ids behind a lock, and, in [`Bare`], a store that is asked without anything around it.

mod bare;

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

pub use self::bare::Bare;

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
        self.get(session_in(cookies)?)
    }

    /// The user with this session.
    pub fn get(&self, id: &str) -> Option<Arc<User>> {
        self.0.read().ok()?.get(id).cloned()
    }
}

/// The value of the session cookie in a `Cookie` header.
pub fn session_in(cookies: &str) -> Option<&str> {
    cookies.split("; ").find_map(|pair| pair.strip_prefix("session="))
}
