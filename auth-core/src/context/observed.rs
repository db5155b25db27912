//! What is remembered of a request.

use std::sync::Arc;

use crate::http::AuthRequest;
use crate::session::Visitor;

/// What logging in by hand needs to know of the request.
#[derive(Clone)]
pub(super) struct Observed {
    pub(super) request: Arc<AuthRequest>,
    pub(super) visitor: Visitor,
    pub(super) has_cookie: bool,
    /// The cookie of another system, while such count.
    pub(super) outside: Option<Box<str>>,
}
