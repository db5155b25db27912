//! What the server says of itself (RFC 8414, OpenID Connect Discovery 1.0): generated from what is on.

use serde_json::{Value, json};

use crate::error::Error;
use crate::issuer::JwsAlgorithm;

use super::authorize::{Prompt, ResponseMode};
use super::{ACR_MFA, ClientAuthMethod, GrantType, Server};

/// Where the endpoints are that the document names.
pub(crate) struct Endpoints {
    pub(crate) authorization: String,
    pub(crate) device_authorization: String,
    pub(crate) end_session: String,
    pub(crate) introspection: String,
    pub(crate) jwks: String,
    pub(crate) par: String,
    /// Where clients register themselves.
    pub(crate) registration: Option<String>,
    pub(crate) revocation: String,
    pub(crate) userinfo: String,
}

/// The claims about users that are known here; the application may have further ones.
const CLAIMS: [&str; 14] = [
    "sub",
    "iss",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "acr",
    "amr",
    "name",
    "given_name",
    "family_name",
    "preferred_username",
    "email",
    "email_verified",
];

impl Server {
    /// Whom to ask for tokens of this application's own (RFC 9728 section 2).
    pub(crate) fn protected_resource(&self, jwks: &str) -> Value {
        json!({
            "resource": &*self.issuer,
            "authorization_servers": [&*self.issuer],
            "jwks_uri": jwks,
            "scopes_supported": self.scopes.names().collect::<Vec<_>>(),
            "bearer_methods_supported": ["header"],
            "dpop_signing_alg_values_supported": proof_algorithms(),
        })
    }

    /// The document, for both kinds of reader.
    ///
    /// # Errors
    /// `Unavailable` before the store is migrated.
    pub(crate) fn metadata(&self, endpoints: &Endpoints) -> Result<Value, Error> {
        let now = self.clock.now();
        let ring = self.tokens.keys()?.ring();
        let algorithm = ring.signer(now).map(|key| key.algorithm().to_string());
        let methods = || ClientAuthMethod::ALL.into_iter();
        let all: Vec<_> = methods().map(ClientAuthMethod::as_str).collect();
        // Whoever introspects proves who they are.
        let proven = methods().filter(|method| *method != ClientAuthMethod::None);
        let proven: Vec<_> = proven.map(ClientAuthMethod::as_str).collect();
        let signed: Vec<_> = JwsAlgorithm::asymmetric().map(JwsAlgorithm::name).collect();
        let grants = GrantType::ALL.into_iter().filter(|grant| self.serves(*grant));
        let mut document = json!({
            "issuer": &*self.issuer,
            "authorization_endpoint": endpoints.authorization,
            "token_endpoint": &*self.token_endpoint,
            "device_authorization_endpoint": endpoints.device_authorization,
            "userinfo_endpoint": endpoints.userinfo,
            "jwks_uri": endpoints.jwks,
            "revocation_endpoint": endpoints.revocation,
            "introspection_endpoint": endpoints.introspection,
            "pushed_authorization_request_endpoint": endpoints.par,
            "end_session_endpoint": endpoints.end_session,
            "scopes_supported": self.scopes.names().collect::<Vec<_>>(),
            "response_types_supported": ["code"],
            "response_modes_supported": ResponseMode::NAMES,
            "grant_types_supported": grants.map(GrantType::as_str).collect::<Vec<_>>(),
            "subject_types_supported": match self.subjects.are_pairwise() {
                true => ["public", "pairwise"].as_slice(),
                false => &["public"],
            },
            "id_token_signing_alg_values_supported": algorithm.into_iter().collect::<Vec<_>>(),
            "acr_values_supported": [ACR_MFA],
            "claims_supported": CLAIMS,
            "claims_parameter_supported": true,
            "request_parameter_supported": false,
            "request_uri_parameter_supported": false,
            "prompt_values_supported": Prompt::VALUES,
            "dpop_signing_alg_values_supported": proof_algorithms(),
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": true,
            "backchannel_logout_supported": self.tells_of_logouts(),
            "backchannel_logout_session_supported": self.tells_of_logouts(),
            "token_endpoint_auth_methods_supported": all,
            "token_endpoint_auth_signing_alg_values_supported": signed,
            "introspection_endpoint_auth_methods_supported": proven,
            "introspection_endpoint_auth_signing_alg_values_supported": signed,
            "revocation_endpoint_auth_methods_supported": all,
            "revocation_endpoint_auth_signing_alg_values_supported": signed,
        });
        if self.clients.documents.is_some() {
            document["client_id_metadata_document_supported"] = true.into();
        }
        if let Some(registration) = &endpoints.registration {
            document["registration_endpoint"] = registration.as_str().into();
        }
        Ok(document)
    }
}

/// By what clients may sign their proofs of a key (RFC 9449 section 5.1).
fn proof_algorithms() -> Vec<&'static str> {
    JwsAlgorithm::asymmetric().map(JwsAlgorithm::name).collect()
}
