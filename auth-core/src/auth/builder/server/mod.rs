//! The authorization server.

#[cfg(not(feature = "server"))]
mod disabled;
#[cfg(feature = "server")]
mod enabled;

#[cfg(not(feature = "server"))]
pub(super) use self::disabled::ServerDraft;
#[cfg(feature = "server")]
pub(super) use self::enabled::ServerDraft;
