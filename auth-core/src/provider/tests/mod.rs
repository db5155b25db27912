//! Providers without the routes, and a provider that is played, for the routes too.

pub(crate) mod idp;

mod asked;
mod flow;
mod second_factors;
mod tokens;
mod waiting;
mod world;
