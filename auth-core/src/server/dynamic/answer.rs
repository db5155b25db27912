//! What a client is registered with, as it is told (RFC 7591 section 3.2.1, RFC 7592 section 3).

use serde_json::{Value, json};

use crate::clock::Timestamp;
use crate::secret::Secret;

use super::super::{GrantType, OAuthClient, SubjectType};

/// A client that registered itself, as it is now.
#[derive(Debug)]
pub(crate) struct RegisteredClient {
    pub(super) client: OAuthClient,
    pub(super) issued_at: Timestamp,
    /// Told where it is new.
    pub(super) secret: Option<Secret>,
    /// By which it manages its registration.
    pub(super) token: Secret,
    pub(super) signs_by: Option<String>,
}

impl RegisteredClient {
    /// Its `client_id`.
    pub(crate) fn id(&self) -> &str {
        self.client.id()
    }

    /// All of it. `place` is where it is managed.
    pub(crate) fn to_json(&self, place: &str) -> Value {
        let client = &self.client;
        let grants: Vec<_> = client.grants.iter().copied().map(GrantType::as_str).collect();
        let mut told = json!({
            "client_id": client.id,
            "client_id_issued_at": self.issued_at.unix_seconds(),
            "registration_access_token": self.token.expose(),
            "registration_client_uri": place,
            "redirect_uris": client.redirect_uris,
            "grant_types": grants,
            "response_types": match client.has_grant(GrantType::AuthorizationCode) {
                true => ["code"].as_slice(),
                false => &[],
            },
            "token_endpoint_auth_method": client.method().as_str(),
            "scope": client.scopes.join(" "),
            "subject_type": match client.subject {
                SubjectType::Pairwise => "pairwise",
                SubjectType::Public => "public",
            },
            "require_pushed_authorization_requests": client.requires_par,
            "dpop_bound_access_tokens": client.requires_dpop,
        });
        if !client.post_logout_redirect_uris.is_empty() {
            told["post_logout_redirect_uris"] = json!(client.post_logout_redirect_uris);
        }
        if let Some(secret) = &self.secret {
            told["client_secret"] = secret.expose().into();
            told["client_secret_expires_at"] = 0.into();
        }
        let keys = client.jwks.as_deref().and_then(|keys| serde_json::from_str(keys).ok());
        let further = [
            ("client_name", client.name.as_deref().map(Value::from)),
            ("backchannel_logout_uri", client.backchannel_logout_uri.as_deref().map(Value::from)),
            ("jwks", keys),
            ("jwks_uri", client.jwks_uri.as_deref().map(Value::from)),
            ("id_token_signed_response_alg", self.signs_by.as_deref().map(Value::from)),
        ];
        for (name, value) in further {
            if let Some(value) = value {
                told[name] = value;
            }
        }
        told
    }
}
