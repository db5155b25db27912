//! What token endpoints answer.

use crate::clock::Timestamp;
use crate::secret::Secret;

/// What a token endpoint issued (RFC 6749 section 5.1).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct IssuedTokens {
    /// The access token. Its type is `Bearer`, whatever the case it was written in: any other is refused.
    pub access_token: Secret,
    /// The refresh token, if there is one.
    pub refresh_token: Option<Secret>,
    /// The ID token, if there is one; nothing of it has been checked.
    pub id_token: Option<Secret>,
    /// When the access token ends, if that was said.
    pub expires_at: Option<Timestamp>,
    /// The granted scope, space-separated, if that was said: else it is what was asked for.
    pub scope: Option<String>,
}

/// What an issuer says of a token (RFC 7662 section 2.2). Only an active one has claims.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct TokenIntrospection {
    /// Whether the token is valid now.
    pub active: bool,
    /// All other members, as they came.
    pub claims: serde_json::Map<String, serde_json::Value>,
}
