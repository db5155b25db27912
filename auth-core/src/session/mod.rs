//! Sessions on the server: an opaque id in the browser's cookie, a record in the store.
//!
//! An id is 256 random bits, and the store knows its keyed hash only. A request is its user's when all of this
//! holds, else it is nobody's, which is never an error and never clears the cookie:
//!
//! 1. It presents one session cookie, or the same one twice: two different ones are nobody.
//! 2. The store has the session: not logged out, not [revoked](Sessions::revoke), not given a new id. Every login
//!    and every re-authentication gives a new one, and the old is dead at once.
//! 3. It was used within the [idle limit](SessionConfig::idle), and its [absolute limit](SessionConfig::absolute)
//!    is not reached.
//! 4. Its user is active and has the epoch of the login: a changed password ends it, also one changed by another
//!    program.
//! 5. If it changes something, it meets the origin rule; otherwise it is refused with 403 before anything is looked
//!    up.
//!
//! While people move over from another system, its session cookie may be exchanged for one of ours: see [`OutsideSessions`].
//!
//! Every guard asks the store, unless the application lets it go by what it read up to 5 seconds ago
//! ([`AuthBuilder::cache_for`](crate::AuthBuilder::cache_for)).
//!
//! A store that cannot answer is 503. An anonymous request makes no session. Ending a session ends its tokens too.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), auth_core::Error> {
//! use auth_core::access::login_required;
//! # use auth_core::{Auth, adapter::Slot, http::{AuthResponse, RequestView}, store::MemoryStore};
//! # let auth = Auth::builder().base_url("http://localhost:3000").store(MemoryStore::new());
//! # let auth = auth.secret_text("Bivcc2MtE0an74A79Vx2zqcfbW0/7xTgN+WSE5KCiEQ=").build().await?;
//! # struct Get<'a>(&'a str, &'a str);
//! # impl RequestView for Get<'_> {
//! #     fn method(&self) -> &str { "GET" }
//! #     fn path(&self) -> &str { "/reports" }
//! #     fn query(&self) -> Option<&str> { None }
//! #     fn peer(&self) -> Option<std::net::IpAddr> { None }
//! #     fn raw_header_lines<'a>(&'a self, name: &'static str) -> impl Iterator<Item = &'a [u8]> {
//! #         (name == self.0).then_some(self.1.as_bytes()).into_iter()
//! #     }
//! # }
//! # fn context_of(auth: &Auth, view: &Get) -> auth_core::AuthContext {
//! #     Slot::new(auth).context(view)
//! # }
//! # let alice = auth.users().new_user("alice")?;
//! # let alice = auth.users().create(alice, "correct horse battery staple").await?;
//! # let (slot, mut reply) = (Slot::new(&auth), AuthResponse::new(204));
//! # let context = slot.context(&Get("accept", "*/*"));
//! context.login(&alice.id).await?; // in a handler; the layer writes the cookie
//! # slot.commit(&mut reply);
//! # let cookie = reply.header("set-cookie").and_then(|line| line.split(';').next()).unwrap_or_default().to_owned();
//! # let next_request = || context_of(&auth, &Get("cookie", &cookie));
//!
//! assert!(next_request().require(&login_required()).await.is_ok());
//!
//! let sessions = auth.sessions().list(&alice).await?;
//! assert!(auth.sessions().revoke(&alice.id, &sessions[0].handle).await?);
//! assert_eq!(next_request().require(&login_required()).await.unwrap_err().status(), 401);
//! # Ok(())
//! # }
//! ```
//!
//! Configured by [`SessionConfig`]. The last use is written at most once a minute. Call
//! [`Auth::remove_expired`](crate::Auth::remove_expired) every hour or so. Outside `http://localhost` the cookie is
//! `__Host-session`, or `__Secure-session` with that `Path` below a path of the base URL, or named as
//! [`AuthBuilder::session_cookie`](crate::AuthBuilder::session_cookie) says: `Secure`, `HttpOnly`, `SameSite=Lax`, for this host
//! alone; serve the application over `https`.
//!
//! RFC 6265 and its successor [6265bis](https://datatracker.ietf.org/doc/draft-ietf-httpbis-rfc6265bis/) (cookies),
//! NIST SP 800-63B-4 section 5 (sessions), the [OWASP Session Management Cheat
//! Sheet](https://cheatsheetseries.owasp.org/cheatsheets/Session_Management_Cheat_Sheet.html).

mod begun;
mod broadcast;
mod cache;
mod change;
mod config;
mod copies;
mod entrance;
mod finish;
mod goal;
mod hearing;
mod outside;
mod reads;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod told;
mod types;
mod visitor;
mod watched;

pub use self::broadcast::{Broadcast, Listener};
pub use self::config::{FRESH_SECONDS, SessionConfig};
pub use self::outside::OutsideSessions;
pub use self::service::Sessions;
pub use self::store::{MaxSessions, SessionAndUser, SessionStore, SessionUserStore};
pub use self::types::{ProviderSession, SessionData, SessionKey, SessionRecord};
pub use crate::login::Amr;
pub use crate::token::SessionHandle;

pub(crate) use self::begun::{Begun, Origin};
pub(crate) use self::cache::{GuardCache, LONGEST as LONGEST_CACHED};
pub(crate) use self::change::Change;
pub(crate) use self::config::FRESH;
pub(crate) use self::copies::Copies;
pub(crate) use self::entrance::{Entered, Entrance, Standing};
pub(crate) use self::goal::{Goal, ProviderLogin};
pub(crate) use self::hearing::Hearing;
pub(crate) use self::outside::{Exchanged, OutsideLogins};
pub(crate) use self::reads::{GuardReads, Reading};
#[cfg(feature = "server")]
pub(crate) use self::told::LogoutLetter;
pub(crate) use self::visitor::Visitor;
pub(crate) use self::watched::WatchedSessions;
