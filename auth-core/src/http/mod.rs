//! What crosses the border to HTTP.

pub mod page;
