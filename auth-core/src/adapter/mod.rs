//! What the three adapters call, and nobody else: it changes as they need it.
//!
//! 1. The layer puts a [`Slot`] into each request.
//! 2. A guard is `admit`: requirement, decision and the guard's value in one. Where a framework may let something else fail
//!    first, the guard is [registered](Slot::register) before.
//! 3. A handler that does things by hand takes [`Slot::context`].
//! 4. On the way out the layer [settles](Slot::settle) what the framework let slip, puts a [page](Slot::page_for) in the place of
//!    an error that a handler passed on, and [commits](Slot::commit) what the request collected.
//! 5. The login routes are mounted as [`mounts`] says: a request is read by [`read_body`], and answered by
//!    [`Auth::handle`](crate::Auth::handle).
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), auth_core::Error> {
//! use auth_core::access::CurrentUser;
//! use auth_core::adapter::{Slot, admit};
//! # use auth_core::{Auth, http::{AuthResponse, RequestView}, store::MemoryStore};
//! # let auth = Auth::builder().base_url("http://localhost:3000").store(MemoryStore::new());
//! # let auth = auth.secret_text("Bivcc2MtE0an74A79Vx2zqcfbW0/7xTgN+WSE5KCiEQ=").build().await?;
//! # struct Get(String);
//! # impl RequestView for Get {
//! #     fn method(&self) -> &str { "GET" }
//! #     fn path(&self) -> &str { "/private" }
//! #     fn query(&self) -> Option<&str> { None }
//! #     fn peer(&self) -> Option<std::net::IpAddr> { None }
//! #     fn raw_header_lines<'a>(&'a self, name: &'static str) -> impl Iterator<Item = &'a [u8]> {
//! #         (name == "cookie").then_some(self.0.as_bytes()).into_iter()
//! #     }
//! # }
//! # let alice = auth.users().create_without_password(auth.users().new_user("alice")?).await?;
//! # let (slot, mut reply, nobodys) = (Slot::new(&auth), AuthResponse::new(200), Get(String::new()));
//! # slot.context(&nobodys).login(&alice.id).await?;
//! # slot.commit(&mut reply);
//! # let alices = Get(reply.header("set-cookie").and_then(|line| line.split(';').next()).unwrap_or_default().to_owned());
//! # let mut reply = AuthResponse::new(200);
//! // A request of alice's, who is logged in, from the layer in to the layer out; and one of nobody's.
//! let slot = Slot::new(&auth);
//! let user = admit::<CurrentUser>(&slot, &alices).await.unwrap();
//! assert_eq!(user.username(), "alice");
//! assert!(slot.settle(200).is_none());
//! slot.commit(&mut reply);
//! assert_eq!(reply.header("vary"), Some("Cookie, Authorization"));
//!
//! let refused = admit::<CurrentUser>(&Slot::new(&auth), &nobodys).await.unwrap_err();
//! assert_eq!(refused.status(), 401);
//! # Ok(())
//! # }
//! ```

mod admit;
mod headers;
mod routes;
mod slot;
#[cfg(test)]
mod tests;

pub use self::admit::{admit, admit_optional, missing_layer, passed_on};
pub use self::routes::{mounts, read_body};
pub use self::slot::{KEPT, Slot};
#[doc(hidden)]
pub use crate::__header_words as header_words;
pub use crate::context::{NO_STORE, VARY};
pub use crate::routes::Mounts;
