//! Sessions on the server: an opaque id in the browser's cookie, a record in the store.

mod store;
mod types;

pub use self::store::{MaxSessions, SessionStore};
pub use self::types::{Amr, SessionData, SessionHandle, SessionKey, SessionRecord};
