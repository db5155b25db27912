//! Keys that others need.

pub(super) mod jwks;
