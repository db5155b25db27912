//! What an issuer says of itself (OpenID Connect Discovery 1.0 section 3, RFC 8414 section 2).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::IssuerId;
use super::id::other_issuer;
use crate::error::BoxError;
use crate::key::JwsAlgorithm;
use crate::outbound::{Outbound, OutboundUrl};

/// The metadata document, as far as it is used here. Every endpoint is one that may be called.
///
/// The issuer proves whose document it is. Any other member that cannot be used (of another type, no URL, an address that may not be
/// called) is as if it were not there: it ends only what needs it, and the log names it. But what is said of
/// [`iss`](Self::authorization_response_iss_parameter_supported) counts as a yes where it cannot be read.
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
    pub(crate) fn id_token_algorithms(&self) -> Vec<JwsAlgorithm> {
        let named = &self.id_token_signing_alg_values_supported;
        if named.is_empty() { vec![JwsAlgorithm::Rs256] } else { asymmetric(named) }
    }

    /// The algorithms that UserInfo may be signed with: those that it names for that, or else those of its ID tokens.
    pub(crate) fn userinfo_algorithms(&self) -> Vec<JwsAlgorithm> {
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
                .announced("authorization_response_iss_parameter_supported"),
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

    /// Whether a defence is announced. Somebody who writes it in a form of their own has announced it: what cannot be read is a yes.
    fn announced(&mut self, name: &'static str) -> bool {
        let said = self.read(name, "neither true nor false", truth);
        said.unwrap_or_else(|| self.unusable.contains_key(name))
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

/// Yes or no, also as text or number.
fn truth(value: &Value) -> Option<bool> {
    let text = match value {
        Value::Bool(said) => return Some(*said),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_ascii_lowercase(),
        _ => return None,
    };
    match text.as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    }

    #[test]
    fn a_defence_is_announced_by_whatever_is_no_no() {
        use serde_json::json;

        let read = |said: &Value| {
            let document = json!({ "authorization_response_iss_parameter_supported": said });
            IssuerMetadata::from(document.as_object().unwrap().clone())
        };
        for (said, announced, is_noted) in [
            (json!(true), true, false),
            (json!("true"), true, false),
            (json!("True"), true, false),
            (json!(1), true, false),
            (json!("1"), true, false),
            (json!(false), false, false),
            (json!("FALSE"), false, false),
            (json!(0), false, false),
            (json!(null), false, false),
            (json!("yes"), true, true),
            (json!(""), true, true),
            (json!(["true"]), true, true),
            (json!({}), true, true),
            (json!(2), true, true),
        ] {
            let metadata = read(&said);
            assert_eq!(metadata.authorization_response_iss_parameter_supported, announced, "{said}");
            assert_eq!(!metadata.unusable.is_empty(), is_noted, "{said}");
        }
        let absent = IssuerMetadata::from(Map::new());
        assert!(!absent.authorization_response_iss_parameter_supported);
    }
}
