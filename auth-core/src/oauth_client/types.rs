//! Where an authorization server is asked, and what it answers.

use crate::clock::Timestamp;
use crate::outbound::OutboundUrl;
use crate::secret::Secret;

/// Where an authorization server takes which request.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OAuthEndpoints {
    /// Where tokens are asked for.
    pub token: OutboundUrl,
    /// Where tokens are revoked (RFC 7009).
    pub revocation: Option<OutboundUrl>,
    /// Where tokens are asked about (RFC 7662).
    pub introspection: Option<OutboundUrl>,
    /// Where a device login begins (RFC 8628).
    pub device_authorization: Option<OutboundUrl>,
}

impl OAuthEndpoints {
    /// The token endpoint alone.
    pub fn new(token: OutboundUrl) -> Self {
        Self { token, revocation: None, introspection: None, device_authorization: None }
    }
}

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
