//! [`auth_core`] for axum: the layer, the guards that handlers take, the login routes.
//!
//! This crate translates and decides nothing. What a guard answers, which cookie is set and which route does what is the
//! core's, and the same in every framework.
//!
//! ```
//! use auth_axum::{AuthContext, CurrentUser, FreshUser, MaybeUser};
//! use auth_core::Auth;
//! use auth_core::access::staff_required;
//! use axum::Router;
//! use axum::routing::get;
//!
//! fn app(auth: &Auth) -> Router {
//!     let staff = Router::new()
//!         .route("/staff", get(async || "staff only"))
//!         .route_layer(auth_axum::require(staff_required()));
//!     Router::new()
//!         .route("/", get(home))
//!         .route("/private", get(private))
//!         .route("/danger", get(danger))
//!         .merge(staff)
//!         .merge(auth_axum::routes(auth))
//!         .layer(auth_axum::layer(auth))
//! }
//!
//! async fn home(user: MaybeUser) -> String {
//!     match user.as_ref() {
//!         Some(user) => format!("hello {}", user.username()),
//!         None => "hello stranger".to_owned(),
//!     }
//! }
//!
//! async fn private(user: CurrentUser) -> String {
//!     format!("hello {}", user.username())
//! }
//!
//! async fn danger(user: FreshUser<60>) -> String {
//!     format!("{} proved it within the last minute", user.username())
//! }
//! # async fn bye(context: AuthContext) { let _ = context.logout().await; }
//! ```
//!
//! # Where things go
//!
//! 1. [`layer`] goes last, so that it is around every route: `Router::layer` reaches only routes that were added before it.
//!    A guard that finds no layer answers 500, and the log names the line to add.
//! 2. [`routes`] is merged beside the application's own routes. Nest it only where they all are nested, at the path of the base
//!    URL: the prefix (`/auth`) is the core's.
//! 3. [`require`] guards a group, by `route_layer`, so that an unknown path stays a 404.
//! 4. Serve with `into_make_service_with_connect_info::<SocketAddr>()`. Without it no client has an address, and limits by
//!    network have nothing to go by.
//!
//! # A guard is the only way to its value
//!
//! ```compile_fail
//! // Only a request that passed the guard makes a `CurrentUser`.
//! let user = auth_axum::CurrentUser::default();
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
#[cfg(test)]
mod tests;

pub use self::error::Rejection;
pub use self::extract::{
    AccessToken, AuthContext, BasicUser, CurrentUser, FreshUser, Guarded, MaybeUser, OAuthToken, Require,
    Scoped,
};
pub use self::middleware::{
    AuthFuture, AuthLayer, AuthService, RequireLayer, RequireService, layer, require,
};
pub use self::routes::routes;

/// The front page of the crate, of which every example is tried.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
