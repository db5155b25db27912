//! Hash functions.

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};

/// The hash functions that recipes are over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in super::super) enum Digest {
    Md5,
    Sha1,
    Sha256,
    Sha512,
}

impl Digest {
    /// Iterations of PBKDF2 with this digest below which passwords are guessed at little cost (OWASP Password Storage Cheat Sheet,
    /// which has no number for MD5: the one of SHA-1 is too low for it).
    pub(in super::super) fn least_iterations(self) -> u32 {
        match self {
            Self::Md5 | Self::Sha1 => 1_300_000,
            Self::Sha256 => 600_000,
            Self::Sha512 => 210_000,
        }
    }

    pub(super) fn output_bytes(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }

    pub(super) fn compute(self, salt: &[u8], input: &[u8], output: &mut [u8]) {
        match self {
            Self::Md5 => {
                output.copy_from_slice(&Md5::new().chain_update(salt).chain_update(input).finalize())
            }
            Self::Sha1 => {
                output.copy_from_slice(&Sha1::new().chain_update(salt).chain_update(input).finalize())
            }
            Self::Sha256 => {
                output.copy_from_slice(&Sha256::new().chain_update(salt).chain_update(input).finalize());
            }
            Self::Sha512 => {
                output.copy_from_slice(&Sha512::new().chain_update(salt).chain_update(input).finalize());
            }
        }
    }

    pub(super) fn compute_hmac(self, key: &[u8], input: &[u8], output: &mut [u8]) {
        match self {
            Self::Md5 => hmac::<Hmac<Md5>>(key, input, output),
            Self::Sha1 => hmac::<Hmac<Sha1>>(key, input, output),
            Self::Sha256 => hmac::<Hmac<Sha256>>(key, input, output),
            Self::Sha512 => hmac::<Hmac<Sha512>>(key, input, output),
        }
    }
}

/// HMAC (RFC 2104) of `input` under `key`.
fn hmac<M: Mac + KeyInit>(key: &[u8], input: &[u8], output: &mut [u8]) {
    let mut mac = <M as KeyInit>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(input);
    output.copy_from_slice(&mac.finalize().into_bytes());
}
