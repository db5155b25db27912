//! Keys that others need.

mod jwks;

pub(super) use self::jwks::jwks;
