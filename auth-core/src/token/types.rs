//! Who asks for tokens, what is handed out, and whom a token stands for.

use std::sync::Arc;
use std::time::Duration;

use crate::secret::Secret;
use crate::user::User;

use super::config::FIRST_PARTY;
use super::scope::OFFLINE_ACCESS;
use super::{AccessClaims, ScopeSet};

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
pub struct Client<'a> {
    id: &'a str,
    /// What it is registered for; `None` for one that is not registered.
    scopes: Option<&'a [String]>,
    /// The resources that its tokens may be for, beside ourselves.
    resources: Option<&'a [String]>,
    access_life: Option<Duration>,
    grace: Option<Duration>,
    /// Whether it has nothing to prove who it is by.
    is_public: bool,
    /// The thumbprint of the key that it has shown to hold.
    key: Option<&'a str>,
}

impl Client<'static> {
    /// The built-in client of the application itself.
    pub const FIRST_PARTY: Self = Self::new(FIRST_PARTY);
}

impl<'a> Client<'a> {
    /// The client with this id. What is not [`Client::FIRST_PARTY`] is somebody else's: its tokens open only what names a
    /// scope, unless the [server](crate::server) knows it as the operator's own.
    pub const fn new(id: &'a str) -> Self {
        Self { id, scopes: None, resources: None, access_life: None, grace: None, is_public: true, key: None }
    }

    /// A client of the server's, with the limits of its registration.
    #[cfg(feature = "server")]
    pub(crate) const fn registered(
        id: &'a str,
        (scopes, resources): (&'a [String], &'a [String]),
        access_life: Option<Duration>,
        grace: Option<Duration>,
        is_public: bool,
    ) -> Self {
        Self {
            id,
            scopes: Some(scopes),
            resources: Some(resources),
            access_life,
            grace,
            is_public,
            key: None,
        }
    }

    /// The same, which has shown to hold the key of this thumbprint: what it gets is bound to that.
    pub(crate) const fn holding(self, key: Option<&'a str>) -> Self {
        Self { key, ..self }
    }

    /// The thumbprint of the key that it has shown to hold.
    pub(super) const fn key(&self) -> Option<&'a str> {
        self.key
    }

    /// The key that its refresh tokens are bound to: one that proves who it is by itself has them bound to that already (RFC 9449 section 5).
    pub(super) fn refresh_key(&self) -> Option<&'a str> {
        self.key.filter(|_| self.is_public)
    }

    /// Its id.
    pub const fn id(&self) -> &'a str {
        self.id
    }

    /// Whether it may have this scope at all.
    pub(super) fn may_have(&self, scope: &str) -> bool {
        self.scopes.is_none_or(|scopes| scopes.iter().any(|allowed| allowed == scope))
    }

    /// Whether its tokens may be for this resource.
    pub(super) fn may_be_for(&self, resource: &str) -> bool {
        self.resources.is_none_or(|resources| resources.iter().any(|allowed| allowed == resource))
    }

    /// Whether it is registered, so that who somebody is was theirs to tell it.
    pub(super) fn is_registered(&self) -> bool {
        self.scopes.is_some()
    }

    /// Whether it may still hold a grant of this scope while its user is away: not once it is no longer registered for `offline_access`, by
    /// which it got that.
    pub(super) fn keeps(&self, granted: &str) -> bool {
        !ScopeSet::of(granted).contains(OFFLINE_ACCESS) || self.may_have(OFFLINE_ACCESS)
    }

    /// How long its access tokens live, in place of the life of all.
    pub(super) fn access_life(&self) -> Option<Duration> {
        self.access_life
    }

    /// For how long its refresh tokens are answered once more, in place of the grace of all.
    pub(super) fn grace(&self) -> Option<Duration> {
        self.grace
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
    /// How the access token is shown: `Bearer`, or `DPoP` where it is bound to a key.
    pub token_type: &'static str,
}

/// How a token of a client that holds this key is shown (RFC 6750 section 4, RFC 9449 section 5).
pub(super) fn token_type(key: Option<&str>) -> &'static str {
    match key {
        Some(_) => "DPoP",
        None => "Bearer",
    }
}

impl TokenPair {
    /// The reply of a token endpoint (RFC 6749 section 5.1), both tokens in plain text: for the client's eyes, and no log's.
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!({
            "access_token": self.access_token.expose(),
            "token_type": self.token_type,
            "expires_in": self.expires_in.as_secs(),
            "refresh_token": self.refresh_token.expose(),
            "scope": self.scope,
        })
    }
}
