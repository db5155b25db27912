//! ID tokens (OpenID Connect Core 1.0 sections 2 and 3.1.3.6).

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use sha2::{Digest as _, Sha256, Sha512};

use crate::error::{Error, ErrorKind};
use crate::jose;
use crate::key::SigningAlgorithm;
use crate::login::Amr;
use crate::secret::Secret;
use crate::token::{Delegated, OPENID};

use super::code::Agreed;
use super::{ACR_MFA, OAuthClient, Server};

/// How long an ID token is good: it is read once, at once.
const ID_TOKEN_LIFE: Duration = Duration::from_secs(5 * 60);

impl Server {
    /// Who logged in, when, how and in which session, for this client; nothing where it did not ask for that.
    pub(super) async fn id_token(
        &self,
        client: &OAuthClient,
        agreed: &Agreed,
        delegated: &Delegated,
    ) -> Result<Option<Secret>, Error> {
        if !agreed.has_scope(OPENID) {
            return Ok(None);
        }
        let now = self.clock.now();
        let ring = self.tokens.keys()?.fresh_ring().await;
        let key = ring.signer(now).ok_or_else(|| {
            Error::new(ErrorKind::Internal).with_source("the key ring has no key that signs")
        })?;
        let mut claims = json!({
            "iss": &*self.issuer,
            "sub": self.subject(client, &delegated.user.id)?,
            "aud": client.id(),
            "exp": (now + ID_TOKEN_LIFE).unix_seconds(),
            "iat": now.unix_seconds(),
            "auth_time": agreed.auth_time().unix_seconds(),
            "amr": agreed.amr().names().collect::<Vec<_>>(),
            "sid": self.session_name(client, agreed.session())?,
            "at_hash": token_hash(key.algorithm(), delegated.access.token.expose()),
        });
        if let Some(nonce) = &agreed.nonce {
            claims["nonce"] = nonce.as_str().into();
        }
        if agreed.amr().contains(Amr::MFA) {
            claims["acr"] = ACR_MFA.into();
        }
        jose::sign_jwt(key, key.kid(), &claims).map(Secret::new).map(Some)
    }
}

/// The left half of a token's hash, by the hash of the algorithm that signs (section 3.1.3.6): of Ed25519 that is SHA-512.
fn token_hash(algorithm: SigningAlgorithm, token: &str) -> String {
    match algorithm {
        SigningAlgorithm::EdDsa => URL_SAFE_NO_PAD.encode(&Sha512::digest(token)[..32]),
        SigningAlgorithm::Es256 | SigningAlgorithm::Hs256 | SigningAlgorithm::Rs256 => {
            URL_SAFE_NO_PAD.encode(&Sha256::digest(token)[..16])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_a_token_is_that_of_the_specification() {
        // OpenID Connect Core 1.0 appendix A.3.
        let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        assert_eq!(token_hash(SigningAlgorithm::Rs256, token), "77QmUPtjPfzWtF2AnpK9RQ");
        assert_eq!(token_hash(SigningAlgorithm::EdDsa, token).len(), 43);
    }
}
