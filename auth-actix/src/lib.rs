//! [`auth_core`] for actix-web: the middleware, the guards that handlers take, the login routes.
//!
//! This crate translates and decides nothing. What a guard answers, which cookie is set and which route does what is the
//! core's, and the same in every framework.
//!
//! ```
//! use actix_web::web::{ServiceConfig, get, resource, scope};
//! use actix_web::{App, HttpResponse, HttpServer};
//! use auth_actix::{AuthContext, CurrentUser, FreshUser, MaybeUser};
//! use auth_core::Auth;
//! use auth_core::access::staff_required;
//!
//! async fn serve(auth: Auth) -> std::io::Result<()> {
//!     let server = HttpServer::new(move || {
//!         App::new()
//!             .configure(app)
//!             .configure(auth_actix::routes(&auth))
//!             .wrap(auth_actix::middleware(&auth))
//!     });
//!     server.bind(("127.0.0.1", 3000))?.run().await
//! }
//!
//! fn app(config: &mut ServiceConfig) {
//!     let staff = scope("/staff")
//!         .wrap(auth_actix::require(staff_required()))
//!         .route("", get().to(async || "staff only"));
//!     config
//!         .route("/", get().to(home))
//!         .route("/private", get().to(private))
//!         .route("/danger", get().to(danger))
//!         .service(staff);
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
//! 1. [`middleware`] wraps the whole `App`. A guard that finds no middleware answers 500, and the log names the line to add.
//! 2. [`routes`] is configured beside the application's own routes; into a scope only where they all are in one, at the path of
//!    the base URL: the prefix (`/auth`) is the core's.
//! 3. [`require`] wraps a scope or a resource, and guards every path below it.
//! 4. Build [`Auth`](auth_core::Auth) outside of the closure that `HttpServer::new` takes. The closure runs once for each
//!    worker, and what it builds exists once for each worker: sessions of a memory store would be lost at random.
//!
//! # What actix-web does by itself
//!
//! * It polls the extractors of a handler together, so one that reads the body can fail while a guard still waits for a
//!   store. The middleware lets the guard decide before that reply leaves.
//! * `Option<CurrentUser>` works, and [`MaybeUser`] is better: when another extractor fails first, nobody can tell that the
//!   `Option` would have been content with nobody, and the reply is the guard's.
//!
//! # A guard is the only way to its value
//!
//! ```compile_fail
//! // Only a request that passed the guard makes a `CurrentUser`.
//! let user = auth_actix::CurrentUser::default();
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
    AuthFuture, AuthMiddleware, AuthService, RequireMiddleware, RequireService, middleware, require,
};
pub use self::routes::routes;

/// The front page of the crate, of which every example is tried.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
