//! A client of ours: what it is registered with.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::clock::Timestamp;
use crate::issuer::KeySet;
use crate::key::weakness;
use crate::outbound::OutboundUrl;
use crate::secret::Secret;

/// A program that may ask for tokens here: an OAuth client, by its registration.
///
/// What is wrong with it is said by [`AuthBuilder::build`](crate::AuthBuilder::build), by the client's id and the setting, with what to
/// change. Whatever is not said is the strictest: no scope, no redirect URI, the grants `authorization_code` and `refresh_token`.
///
/// It is the other side of [`oauth_client::OAuthClient`](crate::oauth_client::OAuthClient), by which this application is a client of
/// others.
///
/// ```
/// use auth_core::server::{GrantType, OAuthClient};
///
/// let shop = OAuthClient::new("shop")
///     .name("Shop")
///     .secret("from the environment, in a real program")
///     .redirect_uris(["https://shop.example/callback"])
///     .scopes(["openid", "email"]);
/// let nightly = OAuthClient::new("nightly")
///     .secret("from the environment, in a real program")
///     .grants([GrantType::ClientCredentials])
///     .scopes(["reports:read"]);
/// # let _ = (shop, nightly);
/// ```
#[derive(Clone)]
#[must_use = "a client is nobody until the server has it"]
#[doc(alias("Application", "RegisteredClient", "relying party"))]
pub struct OAuthClient {
    pub(super) id: String,
    pub(super) name: Option<String>,
    pub(super) secrets: Vec<SecretDigest>,
    /// What is wrong with one of the secrets that it was given.
    pub(super) weakness: Option<String>,
    pub(super) redirect_uris: Vec<String>,
    pub(super) resources: Vec<String>,
    pub(super) post_logout_redirect_uris: Vec<String>,
    pub(super) backchannel_logout_uri: Option<String>,
    pub(super) grants: Vec<GrantType>,
    pub(super) scopes: Vec<String>,
    pub(super) auth_method: Option<ClientAuthMethod>,
    pub(super) jwks: Option<String>,
    pub(super) jwks_uri: Option<String>,
    /// Of the two above, once they are checked.
    pub(super) keys: Option<ClientKeys>,
    pub(super) is_first_party: bool,
    pub(super) requires_par: bool,
    pub(super) requires_dpop: bool,
    pub(super) subject: SubjectType,
    pub(super) sector_identifier: Option<String>,
    pub(super) refresh_grace: Option<Duration>,
    pub(super) access_life: Option<Duration>,
    pub(super) logo_uri: Option<String>,
    /// Whether nobody of the operator's registered it.
    pub(super) is_self_registered: bool,
    /// When it is gone unless it is used before.
    pub(super) expires_at: Option<Timestamp>,
}

/// The SHA-256 of a client secret: those are long and random, so that nothing slower is needed.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) struct SecretDigest([u8; 32]);

/// By what a client's signatures are checked.
#[derive(Clone, Debug)]
pub(super) enum ClientKeys {
    Given(Arc<KeySet>),
    At(OutboundUrl),
}

/// A way to tokens (RFC 6749 section 1.3 and later ones).
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// A person logs in and allows it.
    AuthorizationCode,
    /// A grant goes on without the person.
    RefreshToken,
    /// The client acts for itself.
    ClientCredentials,
    /// A person confirms on another device (RFC 8628).
    DeviceCode,
    /// A token for another token (RFC 8693). It is refused yet.
    TokenExchange,
}

/// How a client proves who it is at the token endpoint and its neighbours (OpenID Connect Core 1.0 section 9).
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum ClientAuthMethod {
    /// The secret in an `Authorization: Basic` header.
    ClientSecretBasic,
    /// The secret in the form.
    ClientSecretPost,
    /// Nothing: the client is public, and only names itself.
    None,
    /// An assertion signed with the client's own key (RFC 7523).
    PrivateKeyJwt,
}

/// By what name a client knows a user (OpenID Connect Core 1.0 section 8).
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum SubjectType {
    /// By another name than clients of other sectors, so that two of them cannot tell that they have the same user.
    Pairwise,
    /// By the account's own id.
    #[default]
    Public,
}

impl OAuthClient {
    /// A client of this id, its `client_id`: 1 to 255 visible ASCII characters. It must not look like a user's id (a UUID, or digits
    /// alone), because a client that acts for itself is the subject of its tokens.
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: None,
            secrets: Vec::new(),
            weakness: None,
            redirect_uris: Vec::new(),
            resources: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            backchannel_logout_uri: None,
            grants: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
            scopes: Vec::new(),
            auth_method: None,
            jwks: None,
            jwks_uri: None,
            keys: None,
            is_first_party: false,
            requires_par: false,
            requires_dpop: false,
            subject: SubjectType::default(),
            sector_identifier: None,
            refresh_grace: None,
            access_life: None,
            logo_uri: None,
            is_self_registered: false,
            expires_at: None,
        }
    }

    /// What people read on the consent page; the id by default.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Its secret, random and of 32 characters or more, of which a hash is kept; one that could be guessed stops the start. Called again it adds another: for a rotation two are
    /// valid at once, the old one and the new one.
    pub fn secret(mut self, secret: impl Into<Secret>) -> Self {
        let secret = secret.into();
        self.weakness = self.weakness.or_else(|| weakness(secret.expose().as_bytes()));
        self.secrets.push(SecretDigest::of(&secret));
        self
    }

    /// A public client: a native or browser application, in which no secret stays one. It is what a client without secret and keys is.
    pub fn public(self) -> Self {
        self.auth_method(ClientAuthMethod::None)
    }

    /// Where codes may be sent: `https`, `http` on loopback, or a native app's private scheme (`com.example.app:/…`).
    pub fn redirect_uris<S: Into<String>>(mut self, uris: impl IntoIterator<Item = S>) -> Self {
        self.redirect_uris = texts(uris);
        self
    }

    /// Whose tokens it may ask for beside our own (`resource`, RFC 8707), and which it may introspect.
    pub fn resources<S: Into<String>>(mut self, resources: impl IntoIterator<Item = S>) -> Self {
        self.resources = texts(resources);
        self
    }

    /// Where people may be sent after a logout.
    pub fn post_logout_redirect_uris<S: Into<String>>(mut self, uris: impl IntoIterator<Item = S>) -> Self {
        self.post_logout_redirect_uris = texts(uris);
        self
    }

    /// Where it is told that a session has ended in which it was given something (OpenID Connect Back-Channel Logout 1.0): `https`, or `http` on
    /// loopback beside a base URL on `http://localhost`.
    pub fn backchannel_logout_uri(mut self, url: impl Into<String>) -> Self {
        self.backchannel_logout_uri = Some(url.into());
        self
    }

    /// The ways to tokens that it may go, in place of `authorization_code` and `refresh_token`.
    pub fn grants(mut self, grants: impl IntoIterator<Item = GrantType>) -> Self {
        self.grants = grants.into_iter().collect();
        self
    }

    /// What it may ask for; nothing by default.
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = texts(scopes);
        self
    }

    /// How it proves who it is: no other way is taken. By default, `private_key_jwt` with keys, `client_secret_basic` with a secret, `none`
    /// without both.
    pub fn auth_method(mut self, method: ClientAuthMethod) -> Self {
        self.auth_method = Some(method);
        self
    }

    /// Its public keys, as the JSON of a key set (RFC 7517).
    pub fn jwks(mut self, json: impl Into<String>) -> Self {
        self.jwks = Some(json.into());
        self
    }

    /// Where its public keys are.
    pub fn jwks_uri(mut self, url: impl Into<String>) -> Self {
        self.jwks_uri = Some(url.into());
        self
    }

    /// Whether it is the operator's own: nobody is asked to allow it, unless it is a program on their device that anybody could pass for, and
    /// its tokens stand for their user.
    pub fn first_party(mut self, is_ours: bool) -> Self {
        self.is_first_party = is_ours;
        self
    }

    /// Whether it must push its authorization requests (RFC 9126).
    pub fn require_par(mut self, is_required: bool) -> Self {
        self.requires_par = is_required;
        self
    }

    /// Whether its tokens must be bound to a key of its own (RFC 9449): it gets none without a proof that it holds one.
    pub fn require_dpop(mut self, is_required: bool) -> Self {
        self.requires_dpop = is_required;
        self
    }

    /// By what name it knows users.
    pub fn subject(mut self, subject: SubjectType) -> Self {
        self.subject = subject;
        self
    }

    /// The host whose clients share the pairwise names of users, where redirect URIs are of several.
    pub fn sector_identifier(mut self, host: impl Into<String>) -> Self {
        self.sector_identifier = Some(host.into());
        self
    }

    /// In place of the [grace](crate::token::TokenConfig::grace) of all clients, a minute at most: for a client that asks again from several
    /// processes.
    pub fn refresh_grace(mut self, grace: Duration) -> Self {
        self.refresh_grace = Some(grace);
        self
    }

    /// How long its access tokens live, in place of the [life](crate::token::TokenConfig::access_life) of all; no longer than that.
    pub fn access_life(mut self, life: Duration) -> Self {
        self.access_life = Some(life);
        self
    }

    /// Its picture, which the consent page shows: `https`. Browsers fetch it from there, and tell nobody for whom.
    pub fn logo_uri(mut self, url: impl Into<String>) -> Self {
        self.logo_uri = Some(url.into());
        self
    }

    /// Its `client_id`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What people read.
    pub fn display_name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.id)
    }

    /// Its picture, where somebody of the operator's vouches for it: one that a stranger chooses would say that they are somebody else.
    pub(crate) fn logo(&self) -> Option<&str> {
        self.logo_uri.as_deref().filter(|_| !self.is_self_registered)
    }

    /// Whether it is the operator's own.
    pub fn is_first_party(&self) -> bool {
        self.is_first_party
    }

    /// Whether it registered or describes itself, so that nobody of the operator's vouches for it.
    pub fn is_self_registered(&self) -> bool {
        self.is_self_registered
    }

    /// Whether it is public: it has nothing to prove who it is by.
    pub fn is_public(&self) -> bool {
        self.method() == ClientAuthMethod::None
    }

    /// Whether it may go this way to tokens.
    pub fn has_grant(&self, grant: GrantType) -> bool {
        self.grants.contains(&grant)
    }

    /// Whether it may ask for this scope.
    pub fn may_ask_for(&self, scope: &str) -> bool {
        self.scopes.iter().any(|allowed| allowed == scope)
    }

    /// Whether it may ask for tokens of this resource, and introspect them.
    pub fn has_resource(&self, resource: &str) -> bool {
        self.resources.iter().any(|allowed| allowed == resource)
    }

    /// The one way in which it proves who it is.
    pub fn method(&self) -> ClientAuthMethod {
        let has_keys = self.jwks.is_some() || self.jwks_uri.is_some();
        self.auth_method.unwrap_or(match (has_keys, self.secrets.is_empty()) {
            (true, _) => ClientAuthMethod::PrivateKeyJwt,
            (false, false) => ClientAuthMethod::ClientSecretBasic,
            (false, true) => ClientAuthMethod::None,
        })
    }
}

fn texts<S: Into<String>>(several: impl IntoIterator<Item = S>) -> Vec<String> {
    several.into_iter().map(Into::into).collect()
}

impl GrantType {
    /// The value of `grant_type` (RFC 6749, RFC 8628 section 3.4, RFC 8693 section 2.1).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
            Self::DeviceCode => "urn:ietf:params:oauth:grant-type:device_code",
            Self::TokenExchange => "urn:ietf:params:oauth:grant-type:token-exchange",
        }
    }

    /// The grant of this `grant_type`.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grant| grant.as_str() == text)
    }

    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::AuthorizationCode,
        Self::RefreshToken,
        Self::ClientCredentials,
        Self::DeviceCode,
        Self::TokenExchange,
    ];
}

impl ClientAuthMethod {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::ClientSecretBasic, Self::ClientSecretPost, Self::None, Self::PrivateKeyJwt];

    /// Its registered name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::None => "none",
            Self::PrivateKeyJwt => "private_key_jwt",
        }
    }
}

impl SecretDigest {
    /// Of no secret: nothing is known whose hash this is.
    pub(super) const NOBODYS: Self = Self([0; 32]);

    pub(super) fn of(secret: &Secret) -> Self {
        Self(Sha256::digest(secret.expose()).into())
    }

    /// As a store keeps it.
    pub(super) const fn from_bytes(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    pub(super) const fn bytes(&self) -> [u8; 32] {
        self.0
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl fmt::Debug for SecretDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretDigest([redacted])")
    }
}

impl fmt::Debug for OAuthClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuthClient").field("id", &self.id).finish_non_exhaustive()
    }
}
