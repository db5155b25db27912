//! [`auth_core`] for rocket: the fairing, the guards that handlers take, the login routes.
//!
//! This crate translates and decides nothing. What a guard answers, which cookie is set and which route does what is the
//! core's, and the same in every framework.
//!
//! ```
//! use auth_core::Auth;
//! use auth_core::access::staff_required;
//! use auth_rocket::{AuthContext, CurrentUser, FreshUser, MaybeUser};
//! use rocket::{Build, Rocket, get, routes};
//!
//! fn app(auth: &Auth) -> Rocket<Build> {
//!     rocket::build()
//!         .mount("/", routes![home, private, danger])
//!         .mount("/", auth_rocket::require(staff_required(), routes![staff]))
//!         .mount("/", auth_rocket::routes(auth))
//!         .attach(auth_rocket::fairing(auth))
//! }
//!
//! #[get("/")]
//! fn home(user: MaybeUser) -> String {
//!     match user.as_ref() {
//!         Some(user) => format!("hello {}", user.username()),
//!         None => "hello stranger".to_owned(),
//!     }
//! }
//!
//! #[get("/private")]
//! fn private(user: CurrentUser) -> String {
//!     format!("hello {}", user.username())
//! }
//!
//! #[get("/danger")]
//! fn danger(user: FreshUser<60>) -> String {
//!     format!("{} proved it within the last minute", user.username())
//! }
//!
//! #[get("/staff")]
//! fn staff() -> &'static str {
//!     "staff only"
//! }
//! # async fn bye(context: AuthContext) { let _ = context.logout().await; }
//! ```
//!
//! # Where things go
//!
//! 1. [`fairing`] is attached once. A launch with a guard and without the fairing is aborted.
//! 2. [`routes`] are mounted at `/`, or at the path of the base URL where it has one: the prefix (`/auth`) is the core's.
//! 3. [`require`] guards a group, and is mounted in its place. Without the fairing it answers 500, and the log names the line
//!    to add.
//!
//! # What rocket does by itself
//!
//! * A guard can fail with a status only: 599, which nobody else uses. The fairing puts the core's reply in the place of what
//!   a catcher made of it, so catchers need not be registered. A catcher for everything that answers with a status of its
//!   own keeps its reply. A fairing that changes responses is attached after this one.
//! * A form POST whose first field is `_method` becomes that method before anything else happens. The guards judge the
//!   method that the handler sees; the login routes undo it, and take such a request for the POST that it is.
//! * A HEAD request without a route of its own is handed to the GET route; the guards answer it as a HEAD.
//! * `Option<CurrentUser>` works as [`MaybeUser`] does, in a handler that does not itself answer with that 599.
//! * The first 14 bytes of a body are waited for before any route or fairing sees the request, as long as the connection lasts.
//!   The time limit of the login routes for their bodies holds from there on; a proxy in front has to bound the rest.
//! * Header lines that are not UTF-8 are dropped by rocket's server, before a fairing or a guard is asked, and count as absent. So
//!   one cookie of a neighbour that is not UTF-8 hides the session cookie beside it, and its browser is nobody for as long as
//!   it has that cookie; the other frameworks leave out that cookie alone. Nothing behind rocket's server can mend that: a proxy
//!   in front has to take such cookies away. (Cookies in lines of their own, as HTTP/2 allows, do each other no harm.)
//! * OPTIONS on the login routes ranks behind every route of the application's own, so that its CORS answers preflights.
//! * `Shield` and the `Server` header are rocket's own, and stay unless the application detaches them.
//!
//! # A guard is the only way to its value
//!
//! ```compile_fail
//! // Only a request that passed the guard makes a `CurrentUser`.
//! let user = auth_rocket::CurrentUser::default();
//! ```
//!
//! # Features
//!
//! | feature | what it does |
//! |---|---|
//! | `aws-lc-rs` (default) | signatures by AWS-LC |
//! | `rust-crypto` | signatures by the RustCrypto crates |
//! | `reqwest` | the client that asks login providers and other issuers |

#![cfg_attr(docsrs, feature(doc_cfg))]

mod error;
mod extract;
mod middleware;
mod request;
mod response;
mod routes;
mod slot;
#[cfg(test)]
mod tests;

pub use self::error::Rejection;
pub use self::extract::{
    AccessToken, AuthContext, BasicUser, CurrentUser, FreshUser, Guarded, MaybeUser, OAuthToken, Require,
    Scoped,
};
pub use self::middleware::{AuthFairing, fairing, require};
pub use self::routes::routes;

/// The front page of the crate, of which every example is tried.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
