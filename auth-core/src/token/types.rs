//! Who asks for tokens, what is handed out, and whom a token stands for.

use std::sync::Arc;
use std::time::Duration;

use crate::secret::Secret;
use crate::user::User;

use super::AccessClaims;
use super::config::FIRST_PARTY;

/// Whom a valid access token stands for.
#[derive(Debug)]
pub(crate) struct Bearer {
    /// The user it was given for; none for a client that acts for itself.
    pub(crate) user: Option<Arc<User>>,
    pub(crate) claims: Arc<AccessClaims>,
    /// Whether its client is the application's own.
    pub(crate) is_first_party: bool,
}

/// A client, as far as tokens need to know it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Client<'a>(&'a str);

impl Client<'static> {
    /// The built-in client of the application itself.
    pub const FIRST_PARTY: Self = Self(FIRST_PARTY);
}

impl<'a> Client<'a> {
    /// The client with this id. What is not [`Client::FIRST_PARTY`] is somebody else's: its tokens open only what names a
    /// scope.
    pub const fn new(id: &'a str) -> Self {
        Self(id)
    }

    /// Its id.
    pub const fn id(&self) -> &'a str {
        self.0
    }
}

/// What a grant hands out.
#[derive(Debug)]
#[non_exhaustive]
pub struct TokenPair {
    /// The access token, a JWS.
    pub access_token: Secret,
    /// How long it is valid.
    pub expires_in: Duration,
    /// The refresh token.
    pub refresh_token: Secret,
    /// The scope that was granted, which can be less than was asked for.
    pub scope: String,
}

impl TokenPair {
    /// The reply of a token endpoint (RFC 6749 section 5.1), both tokens in plain text: for the client's eyes, and no log's.
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!({
            "access_token": self.access_token.expose(),
            "token_type": "Bearer",
            "expires_in": self.expires_in.as_secs(),
            "refresh_token": self.refresh_token.expose(),
            "scope": self.scope,
        })
    }
}
