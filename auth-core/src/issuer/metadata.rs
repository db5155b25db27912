//! What an issuer says of itself (OpenID Connect Discovery 1.0 section 3, RFC 8414 section 2).

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde_json::{Map, Value};
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
///
/// The issuer proves whose document it is. Any other member that cannot be used (of another type, no URL, an address that may not be
/// called) is as if it were not there: it ends only what needs it, and the log names it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(from = "Map<String, Value>")]
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
    pub authorization_response_iss_parameter_supported: bool,
    /// The algorithms of its ID tokens, as it names them.
    pub id_token_signing_alg_values_supported: Vec<String>,
    /// The algorithms of UserInfo that it signs, as it names them.
    pub userinfo_signing_alg_values_supported: Vec<String>,
    /// The ways in which clients authenticate at the token endpoint; `None` means `client_secret_basic` (RFC 8414 section 2).
    pub token_endpoint_auth_methods_supported: Option<Vec<String>>,
    /// The members that are there and cannot be used, and why.
    unusable: BTreeMap<&'static str, String>,
}

impl IssuerMetadata {
    /// The algorithms that its ID tokens may have: those that it names and we verify, save the symmetric one, which is for a
    /// provider's configuration to name. RS256 where it names none, since every provider has to support that (Discovery 1.0
    /// section 3).
    pub fn id_token_algorithms(&self) -> Vec<JwsAlgorithm> {
        let named = &self.id_token_signing_alg_values_supported;
        if named.is_empty() { vec![JwsAlgorithm::Rs256] } else { asymmetric(named) }
    }

    /// The algorithms that UserInfo may be signed with: those that it names for that, or else those of its ID tokens.
    pub fn userinfo_algorithms(&self) -> Vec<JwsAlgorithm> {
        let named = &self.userinfo_signing_alg_values_supported;
        if named.is_empty() { self.id_token_algorithms() } else { asymmetric(named) }
    }

    /// Why there is nothing at an endpoint that is needed now.
    pub(crate) fn lacks(&self, endpoint: &str) -> String {
        match self.unusable.get(endpoint) {
            Some(why) => format!("the metadata's `{endpoint}` cannot be used: {why}"),
            None => format!("the metadata names no `{endpoint}`"),
        }
    }

    /// Whether an endpoint is named that cannot be used.
    pub(crate) fn has_unusable(&self, endpoint: &str) -> bool {
        self.unusable.contains_key(endpoint)
    }

    /// Refuses a document of another issuer (RFC 8414 section 3.3), and leaves out endpoints that may not be called.
    pub(super) fn check(mut self, issuer: &IssuerId, outbound: &Outbound) -> Result<Self, BoxError> {
        if self.issuer != issuer.in_metadata() {
            return Err(other_issuer(issuer.in_metadata(), &self.issuer).into());
        }
        let endpoints = [
            ("authorization_endpoint", &mut self.authorization_endpoint),
            ("token_endpoint", &mut self.token_endpoint),
            ("userinfo_endpoint", &mut self.userinfo_endpoint),
            ("jwks_uri", &mut self.jwks_uri),
            ("end_session_endpoint", &mut self.end_session_endpoint),
            ("revocation_endpoint", &mut self.revocation_endpoint),
            ("introspection_endpoint", &mut self.introspection_endpoint),
            ("device_authorization_endpoint", &mut self.device_authorization_endpoint),
        ];
        for (name, endpoint) in endpoints {
            let Some(Err(refused)) = endpoint.as_ref().map(|url| outbound.check(url)) else { continue };
            *endpoint = None;
            self.unusable.insert(name, refused.to_string());
        }
        for (member, reason) in &self.unusable {
            tracing::warn!(%issuer, member, reason, "what an issuer's metadata says there cannot be used, and is left out");
        }
        Ok(self)
    }
}

/// Those of the named algorithms that are verified by a published key.
fn asymmetric(named: &[String]) -> Vec<JwsAlgorithm> {
    let known = named.iter().filter_map(|name| JwsAlgorithm::from_name(name));
    known.filter(|algorithm| !algorithm.is_symmetric()).collect()
}

impl From<Map<String, Value>> for IssuerMetadata {
    fn from(document: Map<String, Value>) -> Self {
        let mut read = Reader { document, unusable: BTreeMap::new() };
        Self {
            issuer: read.text("issuer").unwrap_or_default(),
            authorization_endpoint: read.url("authorization_endpoint"),
            token_endpoint: read.url("token_endpoint"),
            userinfo_endpoint: read.url("userinfo_endpoint"),
            jwks_uri: read.url("jwks_uri"),
            end_session_endpoint: read.url("end_session_endpoint"),
            revocation_endpoint: read.url("revocation_endpoint"),
            introspection_endpoint: read.url("introspection_endpoint"),
            device_authorization_endpoint: read.url("device_authorization_endpoint"),
            authorization_response_iss_parameter_supported: read
                .flag("authorization_response_iss_parameter_supported"),
            id_token_signing_alg_values_supported: read
                .texts("id_token_signing_alg_values_supported")
                .unwrap_or_default(),
            userinfo_signing_alg_values_supported: read
                .texts("userinfo_signing_alg_values_supported")
                .unwrap_or_default(),
            token_endpoint_auth_methods_supported: read.texts("token_endpoint_auth_methods_supported"),
            unusable: read.unusable,
        }
    }
}

/// A document whose members are read one by one. `null` is absence; what is of another type is too, and noted.
struct Reader {
    document: Map<String, Value>,
    unusable: BTreeMap<&'static str, String>,
}

impl Reader {
    fn text(&mut self, name: &'static str) -> Option<String> {
        self.read(name, "no text", |value| value.as_str().map(str::to_owned))
    }

    fn url(&mut self, name: &'static str) -> Option<OutboundUrl> {
        let why = "no http or https URL without user name, password and fragment";
        self.read(name, why, |value| OutboundUrl::parse(value.as_str()?).ok())
    }

    /// A list of texts, or one text, which some write in place of a list of one.
    fn texts(&mut self, name: &'static str) -> Option<Vec<String>> {
        self.read(name, "no list of texts", |value| match value {
            Value::String(one) => Some(vec![one.clone()]),
            Value::Array(several) => {
                let texts = several.iter().map(|one| one.as_str().map(str::to_owned));
                texts.collect()
            }
            _ => None,
        })
    }

    fn flag(&mut self, name: &'static str) -> bool {
        let read = |value: &Value| value.as_bool().or_else(|| value.as_str()?.parse().ok());
        self.read(name, "neither true nor false", read).unwrap_or(false)
    }

    fn read<T>(&mut self, name: &'static str, why: &str, read: impl Fn(&Value) -> Option<T>) -> Option<T> {
        let value = self.document.get(name).filter(|value| !value.is_null())?;
        let usable = read(value);
        if usable.is_none() {
            self.unusable.insert(name, format!("it is {why}"));
        }
        usable
    }
}

/// The longest issuer of a document that is shown, in characters.
const MAX_SHOWN: usize = 200;

/// What the operator reads when the document at an issuer names another one, most often the same in another spelling.
fn other_issuer(asked: &str, named: &str) -> String {
    if named.is_empty() {
        return format!("the metadata of {asked} has no `issuer`");
    }
    let shown: String = named.chars().take(MAX_SHOWN).collect();
    let hint = match difference(asked, named) {
        Some(what) => {
            format!(", which differs by {what} alone: if that is the provider you mean, name it so")
        }
        None => String::new(),
    };
    format!("the metadata of {asked} names the issuer {shown:?}{hint}")
}

/// By what alone two issuers differ that are likely to be meant for one. They stay two: what is compared is compared byte by byte.
fn difference(asked: &str, named: &str) -> Option<&'static str> {
    if asked.trim_end_matches('/') == named.trim_end_matches('/') {
        return Some("a slash at its end");
    }
    let (asked, named) = (Url::parse(asked).ok()?, Url::parse(named).ok()?);
    let is_local = |url: &Url| matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    let has = |part: fn(&Url) -> String| part(&asked) == part(&named);
    let (same_scheme, same_host) = (has(|url| url.scheme().to_owned()), asked.host_str() == named.host_str());
    let same_port = asked.port_or_known_default() == named.port_or_known_default();
    let same_path = has(|url| url.path().to_owned());
    match (same_scheme, same_host, same_port, same_path) {
        (true, true, true, true) => Some("its spelling"),
        (true, true, true, false) => Some("its path"),
        (true, true, false, true) => Some("its port"),
        (true, false, true, true) if is_local(&asked) && is_local(&named) => {
            Some("the name of this machine (`localhost`, `127.0.0.1`)")
        }
        (false, true, _, true) => Some("`http` in place of `https`, or the other way round"),
        _ => None,
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
    fn another_issuer_is_named_and_the_one_thing_that_differs() {
        for (asked, named, hint) in [
            ("https://idp.example", "https://idp.example/", "a slash at its end"),
            ("https://idp.example/realm/", "https://idp.example/realm", "a slash at its end"),
            ("https://idp.example", "https://idp.example/realms/staff", "its path"),
            ("https://idp.example/", "https://IDP.example/", "its spelling"),
            ("https://idp.example/", "https://idp.example:443/", "its spelling"),
            ("http://127.0.0.1:9000", "http://localhost:9000", "the name of this machine"),
            ("http://localhost:8080/a", "http://127.0.0.1:8080/a", "the name of this machine"),
            ("http://localhost:8080", "http://localhost:9000", "its port"),
            ("https://idp.example", "http://idp.example", "`http`"),
        ] {
            let said = other_issuer(asked, named);
            assert!(said.contains(asked) && said.contains(named), "{said}");
            assert!(said.contains(&format!("differs by {hint}")) && said.contains("alone"), "{said}");
        }
        for unlike in ["https://evil.example", "https://idp.example.evil.example/", "nonsense\nline"] {
            let said = other_issuer("https://idp.example", unlike);
            assert!(
                !said.contains("differs") && !said.contains('\n') && said.contains("names the issuer"),
                "{said}"
            );
        }
        assert!(other_issuer("https://idp.example", "").contains("has no `issuer`"));
        assert!(other_issuer("https://idp.example", &"x".repeat(9_000)).len() < 400);
    }

    #[test]
    fn members_of_another_type_are_left_out_and_noted() {
        let read = |document: Value| {
            let Value::Object(members) = document else { panic!("no object") };
            IssuerMetadata::from(members)
        };
        let metadata = read(serde_json::json!({
            "issuer": "https://idp.example", "token_endpoint": 7, "end_session_endpoint": "", "userinfo_endpoint": "/me",
            "revocation_endpoint": null, "id_token_signing_alg_values_supported": "ES256",
            "token_endpoint_auth_methods_supported": null, "userinfo_signing_alg_values_supported": ["PS256", 7],
            "authorization_response_iss_parameter_supported": null,
        }));
        assert_eq!(metadata.id_token_algorithms(), [JwsAlgorithm::Es256]);
        assert_eq!(metadata.userinfo_algorithms(), [JwsAlgorithm::Es256], "those of the ID tokens");
        assert!(
            metadata.token_endpoint_auth_methods_supported.is_none() && metadata.token_endpoint.is_none()
        );
        assert!(!metadata.authorization_response_iss_parameter_supported);
        let noted: Vec<_> = metadata.unusable.keys().copied().collect();
        let expected = [
            "end_session_endpoint",
            "token_endpoint",
            "userinfo_endpoint",
            "userinfo_signing_alg_values_supported",
        ];
        assert_eq!(noted, expected);
        assert!(metadata.lacks("token_endpoint").contains("cannot be used"));
        assert!(metadata.lacks("jwks_uri").contains("names no `jwks_uri`"));
        let announced = read(serde_json::json!({ "authorization_response_iss_parameter_supported": "true" }));
        assert!(announced.authorization_response_iss_parameter_supported, "what is strict stays strict");
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
