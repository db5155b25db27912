//! The providers that people can log in with, checked.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::error::Error;
use crate::issuer::{Claims, IssuerId, JwsAlgorithm, OutsideKey};
use crate::oauth_client::ClientAuthentication;
use crate::outbound::{OutboundUrl, OutsideError};
use crate::user::Email;

use super::profile::{Reading, name_in_user_parameter};
use super::{Profile, ProviderConfig, ProviderId, UserinfoMethod};

/// A provider that people can log in with. Its settings have been checked.
#[derive(Clone, Debug)]
pub struct Provider {
    pub(super) id: ProviderId,
    pub(super) label: String,
    pub(super) kind: Kind,
    pub(super) has_many_issuers: bool,
    pub(super) refused_tenant: Option<&'static str>,
    pub(super) profile_urls: Vec<OutboundUrl>,
    pub(super) client_id: String,
    pub(super) authentication: ClientAuthentication,
    pub(super) is_authentication_open: bool,
    pub(super) scopes: Vec<String>,
    pub(super) parameters: Vec<(String, String)>,
    pub(super) has_pkce: bool,
    pub(super) has_form_post: bool,
    pub(super) has_user_parameter: bool,
    pub(super) can_reauthenticate: bool,
    pub(super) id_token_algorithms: Vec<JwsAlgorithm>,
    pub(super) secret_key: Option<Arc<OutsideKey>>,
    pub(super) max_age: Option<Duration>,
    pub(super) trusted: TrustedDomains,
    pub(super) links_by_verified_email: bool,
    pub(super) is_sign_up_open: bool,
    pub(super) has_rp_initiated_logout: bool,
    pub(super) keeps_tokens: bool,
    pub(super) second_factor_values: Vec<String>,
    pub(super) api_origins: Vec<String>,
    pub(super) userinfo_method: UserinfoMethod,
    pub(super) userinfo_accept: Option<String>,
    pub(super) userinfo_headers: Vec<(String, String)>,
    pub(super) reading: Reading,
}

/// What a provider speaks.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Kind {
    /// OpenID Connect: an ID token says who somebody is.
    OpenIdConnect {
        /// The issuer.
        issuer: IssuerId,
    },
    /// OAuth 2.0 alone: the provider's API says who somebody is.
    OAuth2 {
        /// What stands for the issuer in the key of an account: the origin of `authorization`.
        issuer: String,
        /// Where browsers are sent to log in.
        authorization: OutboundUrl,
        /// Where codes and refresh tokens are exchanged.
        token: OutboundUrl,
    },
}

/// Domains in their canonical form.
#[derive(Clone, Debug)]
pub(super) enum TrustedDomains {
    All,
    Only(HashSet<String>),
}

impl Provider {
    /// Its name in routes.
    pub fn id(&self) -> &ProviderId {
        &self.id
    }

    /// What its button says.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// What it speaks.
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Whether it speaks OpenID Connect.
    pub(crate) fn is_openid_connect(&self) -> bool {
        matches!(self.kind, Kind::OpenIdConnect { .. })
    }

    /// This application's id there.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The scopes that are asked for.
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// Whether an ID token says that its user has shown a second factor there, in words that are believed. What cannot be read says
    /// nothing.
    pub(crate) fn vouches_for_factor(&self, claims: &Claims) -> bool {
        let said = |name| claims.texts(name).unwrap_or_default();
        let is_believed = |value: &&str| self.second_factor_values.iter().any(|believed| believed == value);
        said("amr").iter().chain(&said("acr")).any(is_believed)
    }

    /// Whether its tokens are kept.
    pub(crate) fn keeps_tokens(&self) -> bool {
        self.keeps_tokens
    }

    /// The origins that a user's access token may be sent to.
    pub fn api_origins(&self) -> &[String] {
        &self.api_origins
    }

    /// Whether people without an account get one by it.
    pub(crate) fn is_sign_up_open(&self) -> bool {
        self.is_sign_up_open
    }

    /// Whether somebody it vouches for with a believed address is logged in to the account that has proven the same one.
    pub(crate) fn links_by_verified_email(&self) -> bool {
        self.links_by_verified_email
    }

    /// Whether it is believed that a verified address of this domain is its owner's.
    pub(crate) fn is_trusted_with(&self, email: &Email) -> bool {
        match &self.trusted {
            TrustedDomains::All => true,
            TrustedDomains::Only(domains) => {
                email.canonical().rsplit_once('@').is_some_and(|(_, domain)| domains.contains(domain))
            }
        }
    }

    /// How this application says who it is, at a token endpoint that takes these methods (`None`: not said, which means
    /// `client_secret_basic`, RFC 8414 section 2).
    pub(crate) fn authentication(&self, methods: Option<&[String]>) -> ClientAuthentication {
        let takes = |name: &str| methods.is_none_or(|methods| methods.iter().any(|method| method == name));
        match &self.authentication {
            ClientAuthentication::SecretBasic(secret)
                if self.is_authentication_open
                    && !takes("client_secret_basic")
                    && takes("client_secret_post") =>
            {
                ClientAuthentication::SecretPost(secret.clone())
            }
            authentication => authentication.clone(),
        }
    }

    /// Where the profile is asked for, in the order that [`read_answers`](Self::read_answers) takes the answers in. None where the
    /// ID token or UserInfo has it.
    pub(crate) fn profile_urls(&self) -> &[OutboundUrl] {
        &self.profile_urls
    }

    /// How UserInfo, or the API in its place, is asked.
    pub(crate) fn userinfo_method(&self) -> UserinfoMethod {
        self.userinfo_method
    }

    /// The media type that it is asked for, in place of JSON.
    pub(crate) fn userinfo_accept(&self) -> Option<&str> {
        self.userinfo_accept.as_deref()
    }

    /// What else is sent there.
    pub(crate) fn userinfo_headers(&self) -> &[(String, String)] {
        &self.userinfo_headers
    }

    /// Further parameters of the authorization request.
    pub(crate) fn authorization_parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether codes are bound by PKCE: everywhere but at the few providers that refuse it.
    pub(crate) fn has_pkce(&self) -> bool {
        self.has_pkce
    }

    /// Whether it posts its answer as a form.
    pub(crate) fn uses_form_post(&self) -> bool {
        self.has_form_post
    }

    /// Whether it can be asked for a new login, and says when that was.
    pub(crate) fn can_reauthenticate(&self) -> bool {
        self.can_reauthenticate
    }

    /// How long ago the login there may be.
    pub(crate) fn max_age(&self) -> Option<Duration> {
        self.max_age
    }

    /// Whether logging out here logs out there.
    pub(crate) fn has_rp_initiated_logout(&self) -> bool {
        self.has_rp_initiated_logout
    }

    /// Whether its tokens may be signed by this algorithm. `HS256` only where the registry names it.
    pub(crate) fn takes_algorithm(&self, algorithm: JwsAlgorithm) -> bool {
        match self.id_token_algorithms.as_slice() {
            [] => !algorithm.is_symmetric(),
            named => named.contains(&algorithm),
        }
    }

    /// The key of its `HS256` tokens, which is the client secret (OpenID Connect Core 1.0 section 10.1); `None` where the registry
    /// names no such tokens.
    pub(crate) fn secret_key(&self) -> Option<&Arc<OutsideKey>> {
        self.secret_key.as_ref()
    }

    /// Whether its tokens are of several issuers, with one set of metadata and keys.
    pub(crate) fn has_many_issuers(&self) -> bool {
        self.has_many_issuers
    }

    /// Whether a token with these claims, this `iss` among them, is the provider's.
    pub(crate) fn is_issuer(&self, iss: &str, claims: &Claims) -> bool {
        let tenant = claims.get("tid").and_then(Value::as_str);
        match &self.kind {
            Kind::OpenIdConnect { issuer } => {
                issuer.is_issuer_of(iss, tenant) && (tenant.is_none() || tenant != self.refused_tenant)
            }
            Kind::OAuth2 { .. } => false,
        }
    }

    /// Whether accounts of this issuer can be logged in to by it.
    pub(crate) fn vouches_by(&self, iss: &str) -> bool {
        match &self.kind {
            Kind::OpenIdConnect { issuer } => issuer.may_be_issuer_of(iss),
            Kind::OAuth2 { issuer, .. } => issuer == iss,
        }
    }

    /// Reads the claims of an ID token or of UserInfo.
    ///
    /// # Errors
    /// When they name no subject.
    pub(crate) fn read_claims(&self, claims: &Claims) -> Result<Profile, OutsideError> {
        self.read_answers(&[Value::Object(claims.as_map().clone())])
    }

    /// Reads the answers of [`profile_urls`](Self::profile_urls). What is for show alone and of another type than it should have is
    /// left out.
    ///
    /// # Errors
    /// When they name no subject.
    pub(crate) fn read_answers(&self, answers: &[Value]) -> Result<Profile, OutsideError> {
        let (profile, unfit) = self.reading.read(answers)?;
        for place in unfit {
            let member = place.member();
            tracing::warn!(provider = %self.id, member, "what a provider says there is of another type, and left out");
        }
        Ok(profile)
    }

    /// The member by which it says that an address is proven: `None` where that is no single one, empty where nothing says so.
    pub(crate) fn proof_of_address(&self) -> Option<&str> {
        self.reading.proof()
    }

    /// The name in the `user` parameter of an answer, from a provider that puts it there. Nothing vouches for it: it is for show.
    pub(crate) fn name_in_answer(&self, user: Option<&str>) -> Option<String> {
        user.filter(|_| self.has_user_parameter).and_then(name_in_user_parameter)
    }
}

/// The providers, in the order of their buttons.
#[derive(Debug, Default)]
pub(crate) struct Registry(Vec<Arc<Provider>>);

impl Registry {
    /// Checks the providers. On an `http://localhost` base URL (`is_local`) those on loopback may be plain `http` too.
    ///
    /// # Errors
    /// `Configuration`, with the provider's name and what to change.
    pub(crate) fn new(
        configs: impl IntoIterator<Item = ProviderConfig>,
        is_local: bool,
    ) -> Result<Self, Error> {
        let mut providers: Vec<Arc<Provider>> = Vec::new();
        for config in configs {
            let provider = config.check(is_local)?;
            if providers.iter().any(|other| other.id == provider.id) {
                return Err(Error::configuration(format!(
                    "there are two providers named `{}`: give one of them another name",
                    provider.id
                )));
            }
            if let Some(other) = providers.iter().find(|other| shares_accounts(other, &provider)) {
                return Err(Error::configuration(format!(
                    "the providers `{}` and `{}` would take each other's accounts for their own: both are known by the host of \
                     their login page, and one of them has other endpoints there; use one of them, or give it by its `issuer`",
                    other.id, provider.id
                )));
            }
            providers.push(Arc::new(provider));
        }
        Ok(Self(providers))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Whether the accounts of two would have the same keys, though other people may stand behind them: two tenants of one host.
fn shares_accounts(one: &Provider, other: &Provider) -> bool {
    use Kind::{OAuth2, OpenIdConnect};
    match (&one.kind, &other.kind) {
        (
            OAuth2 { issuer, authorization, token },
            OAuth2 { issuer: same, authorization: authorization2, token: token2 },
        ) => {
            issuer == same
                && (authorization != authorization2
                    || token != token2
                    || one.profile_urls != other.profile_urls)
        }
        (OAuth2 { issuer, .. }, OpenIdConnect { issuer: same })
        | (OpenIdConnect { issuer: same }, OAuth2 { issuer, .. }) => issuer == same.as_str(),
        (OpenIdConnect { .. }, OpenIdConnect { .. }) => false,
    }
}

impl IntoIterator for Registry {
    type Item = Arc<Provider>;
    type IntoIter = std::vec::IntoIter<Arc<Provider>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
