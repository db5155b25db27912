//! Other issuers' public keys, parsed once, each with the one algorithm that it verifies.

/// The signature algorithms that are accepted from other issuers (RFC 7518 section 3.1, RFC 8037). Never `none`; `HS256` only
/// where the configuration of a provider names it, keyed with the client secret.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are the registered ones")]
pub enum JwsAlgorithm {
    EdDsa,
    Es256,
    Es384,
    Hs256,
    Ps256,
    Ps384,
    Ps512,
    Rs256,
    Rs384,
    Rs512,
}

/// A key that verifies signatures of one algorithm.
#[derive(Debug)]
pub struct ForeignKey {}

impl ForeignKey {
    /// The one algorithm that this key verifies.
    pub fn algorithm(&self) -> JwsAlgorithm {
        unimplemented!()
    }
}
