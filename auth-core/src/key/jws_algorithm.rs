//! The signature algorithms that are verified.

use std::fmt;

use super::SigningAlgorithm;

/// The signature algorithms that are verified (RFC 7518 section 3.1, RFC 8037 section 3.1, RFC 9864 section 2.2): more than those of
/// [`SigningAlgorithm`], since other issuers choose their own. Never `none`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum JwsAlgorithm {
    /// Ed25519, by the name that says so (RFC 9864 section 2.2).
    Ed25519,
    /// Ed25519, by the older name that leaves the curve to the key.
    EdDsa,
    /// ECDSA over P-256 with SHA-256.
    Es256,
    /// ECDSA over P-384 with SHA-384.
    Es384,
    /// ECDSA over P-521 with SHA-512.
    Es512,
    /// HMAC with SHA-256.
    Hs256,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// RSASSA-PSS with SHA-384.
    Ps384,
    /// RSASSA-PSS with SHA-512.
    Ps512,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
}

impl JwsAlgorithm {
    /// All of them, in the order of this type.
    pub const ALL: [Self; 12] = [
        Self::Ed25519,
        Self::EdDsa,
        Self::Es256,
        Self::Es384,
        Self::Es512,
        Self::Hs256,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
    ];

    /// The name in the `alg` header, in key sets and in metadata.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "Ed25519",
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Es512 => "ES512",
            Self::Hs256 => "HS256",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
        }
    }

    /// The algorithm of exactly this name, since `alg` values are compared with case (RFC 7515 section 4.1.1).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    /// Whether the key that verifies is also the one that signs.
    pub const fn is_symmetric(self) -> bool {
        matches!(self, Self::Hs256)
    }

    /// Those by which others sign for us: never by a secret, which whoever checks it could sign with too.
    pub(crate) fn asymmetric() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|algorithm| !algorithm.is_symmetric())
    }
}

impl From<SigningAlgorithm> for JwsAlgorithm {
    fn from(algorithm: SigningAlgorithm) -> Self {
        match algorithm {
            SigningAlgorithm::EdDsa => Self::EdDsa,
            SigningAlgorithm::Es256 => Self::Es256,
            SigningAlgorithm::Hs256 => Self::Hs256,
            SigningAlgorithm::Rs256 => Self::Rs256,
        }
    }
}

impl fmt::Display for JwsAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back_and_nothing_else_does() {
        for algorithm in JwsAlgorithm::ALL {
            assert_eq!(JwsAlgorithm::from_name(algorithm.name()), Some(algorithm));
        }
        for name in ["none", "None", "", "rs256", "RS256 ", "ES521", "HS512", "RSA-OAEP", "Ed448", "ED25519"]
        {
            assert_eq!(JwsAlgorithm::from_name(name), None, "{name}");
        }
        for algorithm in SigningAlgorithm::ALL {
            assert_eq!(JwsAlgorithm::from(algorithm).name(), algorithm.name());
        }
    }
}
