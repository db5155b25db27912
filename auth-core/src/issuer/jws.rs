//! Signed tokens of other issuers, read as strictly as our own.

use serde::de::DeserializeOwned;

use crate::error::Error;

use super::{ForeignKey, JwsAlgorithm};

/// A token of another issuer, taken apart. Nothing of it is trusted before [`verify`](Self::verify).
#[derive(Debug)]
pub struct ForeignJws<'t> {
    token: &'t str,
}

impl<'t> ForeignJws<'t> {
    /// Takes a token apart and reads its header (the rules of `token::jws`, the length limit included).
    ///
    /// # Errors
    /// `InvalidToken` with the reason as source.
    pub fn parse(token: &'t str) -> Result<Self, Error> {
        Ok(Self { token })
    }

    /// The header's `kid`.
    pub fn kid(&self) -> Option<&str> {
        let _ = self.token;
        unimplemented!()
    }

    /// The header's `typ`.
    pub fn typ(&self) -> Option<&str> {
        unimplemented!()
    }

    /// The header's `alg`, if it is one that is accepted at all. It chooses among an issuer's keys, and never the algorithm of one.
    pub fn algorithm(&self) -> Option<JwsAlgorithm> {
        unimplemented!()
    }

    /// The claims, once the signature is found to be `key`'s by `key`'s algorithm, which the header has to name. Duplicate
    /// members are refused.
    ///
    /// # Errors
    /// `InvalidToken` with the reason as source.
    pub fn verify<C: DeserializeOwned>(&self, _key: &ForeignKey) -> Result<C, Error> {
        unimplemented!()
    }
}
