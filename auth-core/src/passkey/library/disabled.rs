//! Without the cargo feature nothing can be verified, and no builder turns passkeys on.

use crate::error::Error;

use super::super::config::RelyingParty;
use super::super::public_key::PublicKey;
use super::super::read::{Challenge, Made, Used};

/// There is none.
#[derive(Debug)]
pub(in crate::passkey) enum Library {}

impl Library {
    pub(in crate::passkey) fn new(_: &RelyingParty) -> Result<Self, Error> {
        Err(Error::configuration("passkeys need the cargo feature `passkeys` of auth-core"))
    }

    pub(in crate::passkey) fn accepts_made(&self, _: &Challenge, _: &Made) -> bool {
        match *self {}
    }

    pub(in crate::passkey) fn accepts_used(&self, _: &Challenge, _: &Used, _: &PublicKey<'_>) -> bool {
        match *self {}
    }
}
