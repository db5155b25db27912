//! What an issuer says of itself (OpenID Connect Discovery 1.0 section 3, RFC 8414 section 2).

use std::fmt;

use serde::Deserialize;
use url::Url;

use crate::error::{BoxError, Error};
use crate::key::JwsAlgorithm;
use crate::outbound::{Outbound, OutboundUrl};

/// What stands for the tenant in the issuer of Entra's metadata for many tenants.
const TENANT: &str = "{tenantid}";

/// The longest tenant that is put into a template; Entra's are UUIDs.
const MAX_TENANT_LEN: usize = 64;

/// An issuer's identifier, compared byte by byte (RFC 8414 section 3.3): a URL without query and fragment.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct IssuerId {
    located_at: String,
    /// The issuer as metadata writes it, where that is not where it was found.
    template: Option<String>,
}

impl IssuerId {
    /// Takes the identifier as it is written.
    ///
    /// # Errors
    /// `Configuration` when it is no `http` or `https` URL, or has a query or a fragment.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let url = OutboundUrl::parse(text)?;
        if url.url().query().is_some() {
            return Err(Error::configuration(format!("the issuer `{text}` must not have a query")));
        }
        Ok(Self { located_at: text.to_owned(), template: None })
    }

    /// Many issuers with one set of metadata and keys: Microsoft Entra's `common` and `organizations`, whose metadata, found
    /// below `located_at`, names the issuer `https://login.microsoftonline.com/{tenantid}/v2.0`. A token's `iss` must be that
    /// template with the token's own `tid` in place of `{tenantid}`.
    ///
    /// # Security
    /// Whoever has a tenant of their own can issue tokens that pass. Users of different tenants differ by `iss`, but what such
    /// a token says of an e-mail address is the word of that tenant's administrator.
    ///
    /// # Errors
    /// `Configuration` when `located_at` is no issuer, or the template is no URL with `{tenantid}` once in its path.
    pub fn template(located_at: &str, template: &str) -> Result<Self, Error> {
        let located_at = Self::parse(located_at)?.located_at;
        let (before, after) = template.split_once(TENANT).unwrap_or_default();
        let with_tenant = Self::parse(&format!("{before}tenant{after}"));
        // A tenant in the host would let it choose whom to believe.
        let is_segment = before.ends_with('/') && (after.is_empty() || after.starts_with('/'));
        if with_tenant.is_err() || Url::parse(before).is_err() || !is_segment || after.contains(TENANT) {
            return Err(Error::configuration(format!(
                "the issuer template `{template}` must be a URL with `{TENANT}` once, as a segment of its path"
            )));
        }
        Ok(Self { located_at, template: Some(template.to_owned()) })
    }

    /// The identifier's text: for a template, where its metadata is found.
    pub fn as_str(&self) -> &str {
        &self.located_at
    }

    /// Whether a token with this `iss`, and this `tid` if it has one, is of this issuer.
    pub fn is_issuer_of(&self, iss: &str, tenant: Option<&str>) -> bool {
        let Some(template) = &self.template else { return iss == self.located_at };
        tenant
            .filter(|tenant| is_tenant(tenant))
            .is_some_and(|tenant| template.replacen(TENANT, tenant, 1) == iss)
    }

    /// Whether a token with this `iss` may be of this issuer, as far as that tells: which tenant of a template it is, only its
    /// verified claims do.
    pub(crate) fn may_be_issuer_of(&self, iss: &str) -> bool {
        let Some((before, after)) = self.template.as_deref().and_then(|template| template.split_once(TENANT))
        else {
            return iss == self.located_at;
        };
        let tenant = iss.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
        self.is_issuer_of(iss, tenant)
    }

    /// What the metadata has to name as issuer.
    pub(super) fn in_metadata(&self) -> &str {
        self.template.as_deref().unwrap_or(&self.located_at)
    }

    /// Where OpenID providers have their metadata: behind the whole issuer (Discovery 1.0 section 4.1).
    pub(super) fn openid_metadata_url(&self) -> Result<OutboundUrl, Error> {
        let base = self.located_at.strip_suffix('/').unwrap_or(&self.located_at);
        OutboundUrl::parse(&format!("{base}/.well-known/openid-configuration"))
    }

    /// Where other authorization servers have theirs: between host and path (RFC 8414 section 3.1).
    pub(super) fn oauth_metadata_url(&self) -> Result<OutboundUrl, Error> {
        let issuer = OutboundUrl::parse(&self.located_at)?;
        let path = issuer.url().path();
        let mut url = issuer.url().clone();
        url.set_path(&format!(
            "/.well-known/oauth-authorization-server{}",
            path.strip_suffix('/').unwrap_or(path)
        ));
        OutboundUrl::parse(url.as_str())
    }
}

/// Nothing that could change the shape of a URL.
fn is_tenant(text: &str) -> bool {
    (1..=MAX_TENANT_LEN).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

impl fmt::Debug for IssuerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IssuerId({})", self.located_at)
    }
}

impl fmt::Display for IssuerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.located_at)
    }
}

/// The metadata document, as far as it is used here. Every endpoint is one that may be called.
#[derive(Clone, Debug, Default, Deserialize)]
#[non_exhaustive]
pub struct IssuerMetadata {
    /// The issuer, the very one that was asked for.
    pub issuer: String,
    /// Where browsers are sent to log in.
    pub authorization_endpoint: Option<OutboundUrl>,
    /// Where codes and refresh tokens are exchanged.
    pub token_endpoint: Option<OutboundUrl>,
    /// Where claims about the user are asked for.
    pub userinfo_endpoint: Option<OutboundUrl>,
    /// Where the keys are.
    pub jwks_uri: Option<OutboundUrl>,
    /// Where the browser is sent to log out (RP-Initiated Logout 1.0).
    pub end_session_endpoint: Option<OutboundUrl>,
    /// Where tokens are revoked (RFC 7009).
    pub revocation_endpoint: Option<OutboundUrl>,
    /// Where tokens are asked about (RFC 7662).
    pub introspection_endpoint: Option<OutboundUrl>,
    /// Where a device login begins (RFC 8628).
    pub device_authorization_endpoint: Option<OutboundUrl>,
    /// Whether authorization responses carry `iss` (RFC 9207 section 3).
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
    /// The algorithms of its ID tokens, as it names them.
    #[serde(default)]
    pub id_token_signing_alg_values_supported: Vec<String>,
    /// The ways in which clients authenticate at the token endpoint; `None` means `client_secret_basic` (RFC 8414 section 2).
    pub token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

impl IssuerMetadata {
    /// The algorithms that its ID tokens may have: those that it names and we verify, save the symmetric one, which is for a
    /// provider's configuration to name. RS256 where it names none, since every provider has to support that (Discovery 1.0
    /// section 3).
    pub fn id_token_algorithms(&self) -> Vec<JwsAlgorithm> {
        let named = &self.id_token_signing_alg_values_supported;
        if named.is_empty() {
            return vec![JwsAlgorithm::Rs256];
        }
        let known = named.iter().filter_map(|name| JwsAlgorithm::from_name(name));
        known.filter(|algorithm| !algorithm.is_symmetric()).collect()
    }

    /// Refuses a document of another issuer (RFC 8414 section 3.3) and endpoints that may not be called.
    pub(super) fn check(self, issuer: &IssuerId, outbound: &Outbound) -> Result<Self, BoxError> {
        if self.issuer != issuer.in_metadata() {
            return Err(format!("the metadata of {issuer} is that of another issuer").into());
        }
        let endpoints = [
            &self.authorization_endpoint,
            &self.token_endpoint,
            &self.userinfo_endpoint,
            &self.jwks_uri,
            &self.end_session_endpoint,
            &self.revocation_endpoint,
            &self.introspection_endpoint,
            &self.device_authorization_endpoint,
        ];
        endpoints.into_iter().flatten().try_for_each(|url| outbound.check(url))?;
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRA: &str = "https://login.microsoftonline.com/{tenantid}/v2.0";
    const COMMON: &str = "https://login.microsoftonline.com/common/v2.0";

    #[test]
    fn an_issuer_is_compared_byte_by_byte() {
        let issuer = IssuerId::parse("https://idp.example/realm").unwrap();
        assert!(issuer.is_issuer_of("https://idp.example/realm", None));
        for other in [
            "https://idp.example/realm/",
            "https://idp.example/Realm",
            "https://IDP.example/realm",
            "https://idp.example:443/realm",
            "http://idp.example/realm",
            "https://idp.example/real",
            "https://idp.example/realm2",
            "",
        ] {
            assert!(!issuer.is_issuer_of(other, None), "{other}");
        }
    }

    #[test]
    fn a_template_takes_the_tokens_own_tenant_and_no_other() {
        let issuer = IssuerId::template(COMMON, ENTRA).unwrap();
        let tenant = "9188040d-6c67-4c5b-b112-36a304b66dad";
        let iss = format!("https://login.microsoftonline.com/{tenant}/v2.0");
        assert!(issuer.is_issuer_of(&iss, Some(tenant)));
        assert!(!issuer.is_issuer_of(&iss, None));
        assert!(!issuer.is_issuer_of(&iss, Some("72f988bf-86f1-41af-91ab-2d7cd011db47")));
        assert!(!issuer.is_issuer_of(COMMON, None) && !issuer.is_issuer_of(ENTRA, Some(TENANT)));
        for bad in ["", "a/b", "..", "a%2fb", "a b", &"a".repeat(65)] {
            assert!(!issuer.is_issuer_of(&ENTRA.replace(TENANT, bad), Some(bad)), "{bad}");
        }
    }

    #[test]
    fn templates_without_a_tenant_in_their_path_are_refused() {
        for bad in [
            COMMON,
            "https://{tenantid}.example/v2.0",
            "https://{tenantid}/v2.0",
            "https://idp.example:{tenantid}/",
            "https://idp.example{tenantid}/",
            "https://idp.example/x{tenantid}",
            "https://idp.example/{tenantid}x",
            "https://idp.example/{tenantid}/{tenantid}",
            "https://idp.example/?tenant={tenantid}",
            "{tenantid}",
            "/{tenantid}/",
            "",
        ] {
            assert!(IssuerId::template(COMMON, bad).is_err(), "{bad}");
        }
        assert!(IssuerId::template("not a URL", ENTRA).is_err());
        for bad in ["idp.example", "https://idp.example/?a", "https://idp.example/#a", "file:///etc"] {
            assert!(IssuerId::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn metadata_is_where_the_specifications_say() {
        for (issuer, openid, oauth) in [
            (
                "https://idp.example",
                "https://idp.example/.well-known/openid-configuration",
                "https://idp.example/.well-known/oauth-authorization-server",
            ),
            (
                "https://idp.example/",
                "https://idp.example/.well-known/openid-configuration",
                "https://idp.example/.well-known/oauth-authorization-server",
            ),
            (
                "https://idp.example/a/b",
                "https://idp.example/a/b/.well-known/openid-configuration",
                "https://idp.example/.well-known/oauth-authorization-server/a/b",
            ),
        ] {
            let issuer = IssuerId::parse(issuer).unwrap();
            assert_eq!(issuer.openid_metadata_url().unwrap().as_str(), openid);
            assert_eq!(issuer.oauth_metadata_url().unwrap().as_str(), oauth);
        }
    }
}
