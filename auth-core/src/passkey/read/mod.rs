//! What browsers and authenticators send, read strictly: JSON in which a member stands once, CBOR as CTAP2 has it.
//!
//! The library behind [`library`](super::library) reads it once more and more loosely; what is refused here never comes to it.

mod authenticator_data;
mod cbor;
mod client_data;
mod credential;

use crate::jose::strict_json::Skipped;

pub(super) use self::authenticator_data::AuthenticatorData;
pub(super) use self::cbor::Cbor;
pub(super) use self::client_data::{Challenge, ClientData};
pub(super) use self::credential::{Made, Used};

/// Whether no object in this JSON, however deep, names a member twice: of two, another reader would take the other.
pub(crate) fn is_strict(json: &[u8]) -> bool {
    serde_json::from_slice::<Skipped>(json).is_ok()
}
