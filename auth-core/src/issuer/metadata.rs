//! What an issuer says of itself (OpenID Connect Discovery 1.0 section 3, RFC 8414 section 2).

use std::fmt;

use serde::Deserialize;

use crate::error::Error;
use crate::outbound::OutboundUrl;

/// An issuer's identifier, compared byte by byte (RFC 8414 section 3.3): a URL without query and fragment.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct IssuerId(String);

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
        Ok(Self(text.to_owned()))
    }

    /// The identifier's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for IssuerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IssuerId({})", self.0)
    }
}

impl fmt::Display for IssuerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The metadata document, as far as it is used here. Endpoints are checked URLs once it is taken.
#[derive(Clone, Debug, Default, Deserialize)]
#[non_exhaustive]
pub struct IssuerMetadata {
    /// The issuer, which must be the one that was asked for.
    pub issuer: String,
    /// Where browsers are sent to log in.
    pub authorization_endpoint: Option<String>,
    /// Where codes and refresh tokens are exchanged.
    pub token_endpoint: Option<String>,
    /// Where claims about the user are asked for.
    pub userinfo_endpoint: Option<String>,
    /// Where the keys are.
    pub jwks_uri: Option<String>,
    /// Where the browser is sent to log out (RP-Initiated Logout 1.0).
    pub end_session_endpoint: Option<String>,
    /// Where tokens are revoked (RFC 7009).
    pub revocation_endpoint: Option<String>,
    /// Where tokens are asked about (RFC 7662).
    pub introspection_endpoint: Option<String>,
    /// Where a device login begins (RFC 8628).
    pub device_authorization_endpoint: Option<String>,
    /// Whether authorization responses carry `iss` (RFC 9207 section 3).
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
    /// The algorithms of its ID tokens.
    #[serde(default)]
    pub id_token_signing_alg_values_supported: Vec<String>,
    /// The ways in which clients authenticate at the token endpoint; `None` means `client_secret_basic` (RFC 8414 section 2).
    pub token_endpoint_auth_methods_supported: Option<Vec<String>>,
}
