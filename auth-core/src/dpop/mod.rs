//! Proofs that whoever sends a request holds a key: OAuth 2.0 Demonstrating Proof of Possession (DPoP, RFC 9449).
//!
//! A token that was given to the holder of a key is bound to it (`cnf`): who steals the token alone has nothing. Each request brings, in the
//! header `DPoP`, a JWT that the key has signed for it. It is taken when all of this holds (RFC 9449 section 4.3):
//!
//! 1. There is one such header, of at most 4 KiB: a strict compact JWS of `typ: dpop+jwt` that asks for no extension.
//! 2. Its header brings a public key and no private one (`jwk`), and names an algorithm of that key that is not symmetric; the signature is
//!    that key's.
//! 3. `htm` is the request's method, and `htu` its URL without query and fragment, as the base URL has it: no header of the request says
//!    what that is.
//! 4. It was made within the last minute, or bears a nonce of ours that is not older than five.
//! 5. With an access token, `ath` is that token's hash.
//! 6. Its `jti` was not seen before: of any number of callers who bring one proof, one is let through.
//!
//! [`TokenConfig::dpop_nonces`](crate::token::TokenConfig::dpop_nonces) has every proof bear a nonce.

mod nonce;
mod proof;
mod service;
#[cfg(test)]
mod tests;
mod uri;

pub(crate) use self::service::{Proofs, ProofsParts};

/// Whether this is the thumbprint of a key: a SHA-256 in base64url (RFC 7638 section 3).
#[cfg(feature = "server")]
pub(crate) fn is_thumbprint(text: &str) -> bool {
    use base64::Engine as _;
    let hash = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text);
    hash.is_ok_and(|hash| hash.len() == 32)
}
