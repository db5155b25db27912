//! How a client says who it is (RFC 6749 section 2.3, OpenID Connect Core 1.0 section 9).

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::json;

use crate::clock::Timestamp;
use crate::error::Error;
use crate::jose::sign_jwt;
use crate::key::SigningKey;
use crate::random::{Random, random_bytes};
use crate::secret::Secret;

/// How long an assertion or a signed secret is good for: one request, sent at once.
const ASSERTION_LIFE: Duration = Duration::from_secs(60);

/// The type of an assertion that is a JWT (RFC 7523 section 2.2).
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How a client authenticates at the token endpoint.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ClientAuthentication {
    /// `none`: a public client, which only names itself.
    None,
    /// `client_secret_basic`: the secret in an `Authorization: Basic` header.
    SecretBasic(Secret),
    /// `client_secret_post`: the secret in the form.
    SecretPost(Secret),
    /// `private_key_jwt`: an assertion signed with the client's own key (RFC 7523 section 2.2). The server knows its public half,
    /// under the key's own name, as [`KeyRing::jwks`](crate::key::KeyRing::jwks) writes it.
    PrivateKeyJwt(Arc<SigningKey>),
    /// `client_secret_post` with a secret that is itself a JWT signed with the client's key, as Apple wants it: `iss` the team, `sub`
    /// the client, `aud` Apple. Apple allows six months of life; a minute is enough for a secret that is made for each request.
    SignedSecret {
        /// The `iss` of the secret: the team id.
        team: String,
        /// The `aud` of the secret.
        audience: String,
        /// The `kid` of the key at the provider.
        kid: String,
        /// The key.
        key: Arc<SigningKey>,
    },
}

/// What one request carries to say who sends it.
pub(super) enum Credentials {
    None,
    Basic(Secret),
    Post(Secret),
    Assertion(Secret),
}

impl ClientAuthentication {
    /// The credentials for one request. `audience` is the token endpoint, whichever endpoint the request goes to (RFC 7523
    /// section 3).
    pub(super) fn credentials(
        &self,
        client_id: &str,
        audience: &str,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<Credentials, Error> {
        let (issued, ends) = (now.unix_seconds(), (now + ASSERTION_LIFE).unix_seconds());
        Ok(match self {
            Self::None => Credentials::None,
            Self::SecretBasic(secret) => Credentials::Basic(secret.clone()),
            Self::SecretPost(secret) => Credentials::Post(secret.clone()),
            Self::PrivateKeyJwt(key) => {
                let jti = URL_SAFE_NO_PAD.encode(random_bytes::<16>(random));
                let claims = json!({
                    "iss": client_id, "sub": client_id, "aud": audience, "jti": jti, "iat": issued, "exp": ends,
                });
                Credentials::Assertion(sign_jwt(key, key.kid(), &claims)?.into())
            }
            Self::SignedSecret { team, audience, kid, key } => {
                let claims = json!({
                    "iss": team, "sub": client_id, "aud": audience, "iat": issued, "exp": ends,
                });
                Credentials::Post(sign_jwt(key, kid, &claims)?.into())
            }
        })
    }
}

impl Credentials {
    /// The value of the `Authorization` header, where the credentials go there. RFC 6749 section 2.3.1 has both parts form-encoded
    /// first.
    pub(super) fn header(&self, client_id: &str) -> Option<Secret> {
        let Self::Basic(secret) = self else { return None };
        let encode = |part: &str| form_urlencoded::byte_serialize(part.as_bytes()).collect::<String>();
        let pair = Secret::from(format!("{}:{}", encode(client_id), encode(secret.expose())));
        Some(format!("Basic {}", STANDARD.encode(pair.expose())).into())
    }

    /// The form parameters beside `client_id`, where the credentials go there.
    pub(super) fn parameters(&self) -> Vec<(&'static str, &str)> {
        match self {
            Self::None | Self::Basic(_) => Vec::new(),
            Self::Post(secret) => vec![("client_secret", secret.expose())],
            Self::Assertion(jwt) => {
                vec![("client_assertion_type", JWT_BEARER), ("client_assertion", jwt.expose())]
            }
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials([redacted])")
    }
}
