//! The providers that people can log in with, checked.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::error::Error;
use crate::issuer::{Claims, IssuerId, IssuerMetadata, JwsAlgorithm};
use crate::oauth::ClientAuthentication;
use crate::outbound::OutboundUrl;
use crate::secret::Secret;
use crate::user::Email;

use super::profile::{Reading, name_in_user_parameter};
use super::{Profile, ProviderConfig, ProviderId};

/// A provider that people can log in with. Its settings have been checked.
#[derive(Clone, Debug)]
pub struct Provider {
    pub(super) id: ProviderId,
    pub(super) label: String,
    pub(super) kind: Kind,
    pub(super) issuers: Issuance,
    pub(super) metadata: Option<Arc<IssuerMetadata>>,
    pub(super) profile_urls: Vec<OutboundUrl>,
    pub(super) client_id: String,
    pub(super) authentication: ClientAuthentication,
    pub(super) is_authentication_open: bool,
    pub(super) scopes: Vec<String>,
    pub(super) parameters: Vec<(String, String)>,
    pub(super) has_pkce: bool,
    pub(super) has_form_post: bool,
    pub(super) has_user_parameter: bool,
    pub(super) id_token_algorithms: Vec<JwsAlgorithm>,
    pub(super) max_age: Option<Duration>,
    pub(super) trusted: TrustedDomains,
    pub(super) links_by_verified_email: bool,
    pub(super) is_sign_up_open: bool,
    pub(super) has_rp_initiated_logout: bool,
    pub(super) keeps_tokens: bool,
    pub(super) api_origins: Vec<String>,
    pub(super) reading: Reading,
}

/// What a provider speaks.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Kind {
    /// OpenID Connect: an ID token says who somebody is.
    OpenIdConnect {
        /// The issuer. Of a provider with an issuer for each tenant, the pattern of them.
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

/// Whose tokens are the provider's.
#[derive(Clone, Debug)]
pub(super) enum Issuance {
    /// Those of the one issuer.
    One,
    /// Those of an issuer for each tenant: `{tenantid}` of the pattern is the token's `tid`, which is not `except`.
    PerTenant { except: Option<&'static str> },
}

/// Domains in their canonical form.
#[derive(Clone, Debug)]
pub(super) enum TrustedDomains {
    All,
    Only(HashSet<String>),
}

/// What the pattern of issuers has for the tenant.
const TENANT: &str = "{tenantid}";

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
    pub fn is_openid_connect(&self) -> bool {
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

    /// Whether its tokens are kept.
    pub fn keeps_tokens(&self) -> bool {
        self.keeps_tokens
    }

    /// The origins that a user's access token may be sent to.
    pub fn api_origins(&self) -> &[String] {
        &self.api_origins
    }

    /// Whether people without an account get one by it.
    pub fn is_sign_up_open(&self) -> bool {
        self.is_sign_up_open
    }

    /// Whether somebody it vouches for with a believed address is logged in to the account that has proven the same one.
    pub fn links_by_verified_email(&self) -> bool {
        self.links_by_verified_email
    }

    /// Whether it is believed that a verified address of this domain is its owner's.
    pub fn is_trusted_with(&self, email: &Email) -> bool {
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

    /// What is known of it without asking; `None` where that is to be discovered, or it speaks no OpenID Connect.
    pub(crate) fn known_metadata(&self) -> Option<&Arc<IssuerMetadata>> {
        self.metadata.as_ref()
    }

    /// Where the profile is asked for, in the order that [`read_answers`](Self::read_answers) takes the answers in. None where the
    /// ID token or UserInfo has it.
    pub(crate) fn profile_urls(&self) -> &[OutboundUrl] {
        &self.profile_urls
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

    /// How long ago the login there may be.
    pub(crate) fn max_age(&self) -> Option<Duration> {
        self.max_age
    }

    /// Whether logging out here logs out there.
    pub(crate) fn has_rp_initiated_logout(&self) -> bool {
        self.has_rp_initiated_logout
    }

    /// Whether its tokens may be signed by this algorithm at all. `HS256` only where that was said.
    pub(crate) fn takes_algorithm(&self, algorithm: JwsAlgorithm) -> bool {
        match self.id_token_algorithms.as_slice() {
            [] => algorithm != JwsAlgorithm::Hs256,
            named => named.contains(&algorithm),
        }
    }

    /// What `HS256` tokens are keyed by (OpenID Connect Core 1.0 section 10.1); `None` where none are taken.
    pub(crate) fn token_secret(&self) -> Option<&Secret> {
        match &self.authentication {
            ClientAuthentication::SecretBasic(secret) | ClientAuthentication::SecretPost(secret) => {
                self.takes_algorithm(JwsAlgorithm::Hs256).then_some(secret)
            }
            _ => None,
        }
    }

    /// Whether its tokens are of several issuers, with one set of metadata and keys.
    pub(crate) fn has_many_issuers(&self) -> bool {
        matches!(self.issuers, Issuance::PerTenant { .. })
    }

    /// Whether a token with these claims, `iss` among them, is the provider's.
    pub(crate) fn is_issuer(&self, claimed: &str, claims: &Claims) -> bool {
        let Kind::OpenIdConnect { issuer } = &self.kind else { return false };
        match self.issuers {
            Issuance::One => claimed == issuer.as_str(),
            Issuance::PerTenant { except } => {
                let tenant = claims.get("tid").and_then(Value::as_str);
                tenant.is_some_and(|tenant| {
                    is_tenant(tenant)
                        && Some(tenant) != except
                        && claimed == issuer.as_str().replace(TENANT, tenant)
                })
            }
        }
    }

    /// Reads the claims of an ID token or of UserInfo.
    ///
    /// # Errors
    /// `ProviderError` when they name no subject, or anything is of another type.
    pub(crate) fn read_claims(&self, claims: &Claims) -> Result<Profile, Error> {
        self.read_answers(&[Value::Object(claims.as_map().clone())])
    }

    /// Reads the answers of [`profile_urls`](Self::profile_urls).
    ///
    /// # Errors
    /// `ProviderError` when they name no subject, or anything is of another type.
    pub(crate) fn read_answers(&self, answers: &[Value]) -> Result<Profile, Error> {
        Ok(self.reading.read(answers)?)
    }

    /// The name in the `user` parameter of an answer, from a provider that puts it there. Nothing vouches for it: it is for show.
    pub(crate) fn name_in_answer(&self, user: Option<&str>) -> Option<String> {
        user.filter(|_| self.has_user_parameter).and_then(name_in_user_parameter)
    }
}

/// A tenant's id: a UUID in its usual form.
pub(super) fn is_tenant(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(i, byte)| match i {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
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
            providers.push(Arc::new(provider));
        }
        Ok(Self(providers))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl IntoIterator for Registry {
    type Item = Arc<Provider>;
    type IntoIter = std::vec::IntoIter<Arc<Provider>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
