//! How a client says who it is (RFC 6749 section 2.3, OpenID Connect Core 1.0 section 9).

use std::sync::Arc;

use crate::key::SigningKey;
use crate::secret::Secret;

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
    /// `private_key_jwt`: an assertion signed with the client's own key (RFC 7523 section 2.2).
    PrivateKeyJwt(Arc<SigningKey>),
    /// `client_secret_post` with a secret that is itself a JWT signed with the client's key, as Apple wants it: `iss` the team, `sub`
    /// the client, `aud` Apple, at most six months of life.
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
