//! The signature algorithms of access tokens.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;

/// The least length of an HMAC secret, in bytes: that of its hash (RFC 7518 section 3.2).
pub(super) const MIN_HMAC_LEN: usize = 32;

/// How access tokens are signed. The list is complete: each new algorithm is a decision, not a setting.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum SigningAlgorithm {
    /// Ed25519 (RFC 8037): short keys, no random number to get wrong. The default.
    #[default]
    EdDsa,
    /// ECDSA over P-256 with SHA-256 (RFC 7518 section 3.4).
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 section 3.3), for verifiers that know nothing newer. Signing needs the
    /// feature `aws-lc-rs`.
    Rs256,
    /// HMAC with SHA-256 (RFC 7518 section 3.2): whoever can verify can also sign, so nothing is published.
    Hs256,
}

impl SigningAlgorithm {
    /// All of them, in the order of this type.
    pub const ALL: [Self; 4] = [Self::EdDsa, Self::Es256, Self::Rs256, Self::Hs256];

    /// The name in the `alg` header and in key sets.
    pub const fn name(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
            Self::Hs256 => "HS256",
        }
    }

    /// Whether the key that verifies is also the one that signs.
    pub const fn is_symmetric(self) -> bool {
        matches!(self, Self::Hs256)
    }
}

impl fmt::Display for SigningAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for SigningAlgorithm {
    type Err = Error;

    /// Takes the exact name, since `alg` values are compared with case (RFC 7515 section 4.1.1).
    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name).ok_or_else(|| {
            Error::configuration(format!(
                "`{}` is no signing algorithm of ours: use EdDSA, ES256, RS256 or HS256",
                name.escape_debug()
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back_and_nothing_else_does() {
        for algorithm in SigningAlgorithm::ALL {
            assert_eq!(algorithm.name().parse::<SigningAlgorithm>().unwrap(), algorithm);
        }
        for name in ["none", "", "eddsa", "HS512", "RS256 "] {
            assert!(name.parse::<SigningAlgorithm>().is_err(), "{name}");
        }
    }
}
