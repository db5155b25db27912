//! What is asked of the library: whether a statement and a signature are right. Everything else was looked at before.

#[cfg(not(feature = "passkeys"))]
mod disabled;
#[cfg(feature = "passkeys")]
mod enabled;

#[cfg(not(feature = "passkeys"))]
pub(super) use self::disabled::Library;
#[cfg(feature = "passkeys")]
pub(super) use self::enabled::Library;
