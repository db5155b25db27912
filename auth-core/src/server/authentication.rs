//! Who a client is, as it proves it at the token endpoint and its neighbours.
//!
//! 1. It tries at most one way; two at once are `InvalidRequest`. The way has to be the registered one: no other is looked at, however right.
//! 2. A secret is compared with each that is valid, by its hash and in constant time; for a client that is not there, with one that nobody
//!    has. Each network has a number of failures, counted before anybody looks.
//! 3. An assertion (RFC 7523) is of the client about itself, signed by a key of its own registration and never by one that it brings, for
//!    this server or its token endpoint and nobody else, ends within ten minutes, and is taken once.
//! 4. Whatever is wrong is `InvalidClient`, and the log says what.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::error::{Error, ErrorKind};
use crate::issuer::{Claims, JwsAlgorithm, OutsideJws};
use crate::outbound::{OutsideError, OutsideFault};
use crate::secret::Secret;

use super::authorize::shown;
use super::client::{ClientKeys, SecretDigest};
use super::{ClientAuthMethod, OAuthClient, Server};

/// As what failures are counted.
const TRIED: &str = "client";

/// How far ahead the end of an assertion may be.
const LONGEST_ASSERTION: Duration = Duration::from_secs(10 * 60);

/// By how much the client's clock may differ.
const LEEWAY: Duration = Duration::from_secs(10);

/// The longest `jti`, in bytes.
const MAX_JTI: usize = 255;

/// The type of an assertion that is a JWT (RFC 7523 section 2.2).
pub(crate) const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What a client brings to say who it is.
pub(crate) enum ClientProof<'a> {
    /// `client_secret_basic`.
    Basic { id: String, secret: Secret },
    /// `client_secret_post`.
    Post { id: String, secret: Secret },
    /// `private_key_jwt`; the id is in it, and perhaps beside it.
    Assertion { id: Option<String>, jwt: &'a str },
    /// `none`: its name alone.
    Name(String),
}

/// Why a client is not who it says, for the log.
type Refused = &'static str;

impl Server {
    /// The client, if it proves who it is.
    ///
    /// # Errors
    /// `InvalidClient`; `TooManyAttempts`; `Unavailable`.
    pub(crate) async fn authenticate(
        &self,
        proof: &ClientProof<'_>,
        network: Option<IpAddr>,
    ) -> Result<Arc<OAuthClient>, Error> {
        let turn = self.throttle.take_turn(TRIED, network).await?;
        match self.prove(proof, network).await {
            Ok(Ok(client)) => {
                self.throttle.give_turn_back(TRIED, network, turn).await;
                Ok(client)
            }
            Ok(Err(reason)) => {
                tracing::info!(client = proof.id().map(shown), reason, "a client was refused");
                Err(ErrorKind::InvalidClient.into())
            }
            // That was no guess.
            Err(error) => {
                self.throttle.give_turn_back(TRIED, network, turn).await;
                Err(error)
            }
        }
    }

    async fn prove(
        &self,
        proof: &ClientProof<'_>,
        network: Option<IpAddr>,
    ) -> Result<Result<Arc<OAuthClient>, Refused>, Error> {
        let jws = match proof {
            ClientProof::Assertion { jwt, .. } => match OutsideJws::parse(jwt) {
                Ok(jws) => Some(jws),
                Err(_) => return Ok(Err("the assertion is no JWT")),
            },
            _ => None,
        };
        // Whose it is has to be known before its keys are; it is compared again once it is verified.
        let named = jws.as_ref().and_then(OutsideJws::unverified_issuer);
        let id = named.as_deref().or(proof.id()).unwrap_or_default();
        let client = self.client_for(id, network).await?;
        let is_right = match (proof, &jws) {
            (ClientProof::Basic { secret, .. } | ClientProof::Post { secret, .. }, _) => {
                has_secret(client.as_deref(), secret)
            }
            (ClientProof::Assertion { id: Some(beside), .. }, _) if *beside != id => {
                Err("the client_id is not the assertion's")
            }
            (ClientProof::Assertion { .. }, Some(jws)) => match &client {
                Some(client) => self.has_signed(client, jws).await?,
                None => Err("there is no such client"),
            },
            _ => Ok(()),
        };
        let Some(client) = client else { return Ok(Err("there is no such client")) };
        if client.method() != proof.method() {
            return Ok(Err("it is registered for another way to prove who it is"));
        }
        Ok(is_right.map(|()| client))
    }

    /// Whether an assertion is this client's about itself, for us, and new.
    async fn has_signed(
        &self,
        client: &OAuthClient,
        jws: &OutsideJws<'_>,
    ) -> Result<Result<(), Refused>, Error> {
        if jws.typ().is_some_and(|typ| !is_assertion_typ(typ)) {
            return Ok(Err("the assertion is a token of another kind"));
        }
        let claims = match self.signed_claims(client, jws).await {
            Ok(claims) => claims,
            // Its keys could not be had: that was no guess.
            Err(error) if error.fault() != Some(OutsideFault::Token) => {
                return Err(Error::new(ErrorKind::Unavailable).with_source(error));
            }
            Err(error) => {
                tracing::debug!(?error, client = client.id(), "an assertion could not be verified");
                return Ok(Err("the assertion is not signed by a key of the client's"));
            }
        };
        match self.check_claims(client, &claims) {
            Ok((jti, life)) => self.use_up(client, jti, life).await,
            Err(refused) => Ok(Err(refused)),
        }
    }

    async fn signed_claims(
        &self,
        client: &OAuthClient,
        jws: &OutsideJws<'_>,
    ) -> Result<Claims, OutsideError> {
        let accepted: Vec<_> = JwsAlgorithm::asymmetric().collect();
        match (&client.keys, &self.ways_out) {
            (Some(ClientKeys::Given(keys)), _) => keys.claims(jws, &accepted),
            (Some(ClientKeys::At(url)), Some(ways_out)) => {
                ways_out.keys_of(client).claims(url, jws, &accepted).await
            }
            _ => Err(OutsideError::token("the client has no keys")),
        }
    }

    /// The `jti` of an assertion that holds, and for how long it has to be remembered.
    fn check_claims<'c>(
        &self,
        client: &OAuthClient,
        claims: &'c Claims,
    ) -> Result<(&'c str, Duration), Refused> {
        let is_its = |name| claims.text(name).ok().flatten() == Some(client.id());
        if !is_its("iss") || !is_its("sub") {
            return Err("the assertion is not the client's about itself");
        }
        let audience = claims.texts("aud").unwrap_or_default();
        // All of them: an assertion that is for others too could come from one of those.
        let is_ours = |aud: &&str| **aud == *self.issuer || **aud == *self.token_endpoint;
        if audience.is_empty() || !audience.iter().all(is_ours) {
            return Err("the assertion is for somebody else");
        }
        let now = self.clock.now();
        if claims.check_times(now, LEEWAY).is_err() {
            return Err("the assertion has ended, or not begun");
        }
        let end = claims.time("exp").ok().flatten().ok_or("the assertion has no end")?;
        if end > now + LONGEST_ASSERTION + LEEWAY {
            return Err("the assertion ends too late");
        }
        let jti = claims.text("jti").ok().flatten().filter(|jti| !jti.is_empty() && jti.len() <= MAX_JTI);
        Ok((jti.ok_or("the assertion has no jti")?, end.since(now) + LEEWAY * 2))
    }

    async fn use_up(
        &self,
        client: &OAuthClient,
        jti: &str,
        life: Duration,
    ) -> Result<Result<(), Refused>, Error> {
        // Without a key: a new application secret makes no used one new.
        let hash = Sha256::new_with_prefix(client.id()).chain_update([0]).chain_update(jti).finalize();
        let key = format!("assertion:{}", URL_SAFE_NO_PAD.encode(hash));
        let is_new = self.short_lived.insert_new(&key, life, self.clock.now()).await?;
        Ok(if is_new { Ok(()) } else { Err("the assertion was used before") })
    }
}

impl fmt::Debug for ClientProof<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientProof").field("method", &self.method()).finish_non_exhaustive()
    }
}

impl ClientProof<'_> {
    /// The id that it names, outside of an assertion.
    fn id(&self) -> Option<&str> {
        match self {
            Self::Basic { id, .. } | Self::Post { id, .. } | Self::Name(id) => Some(id),
            Self::Assertion { id, .. } => id.as_deref(),
        }
    }

    fn method(&self) -> ClientAuthMethod {
        match self {
            Self::Basic { .. } => ClientAuthMethod::ClientSecretBasic,
            Self::Post { .. } => ClientAuthMethod::ClientSecretPost,
            Self::Assertion { .. } => ClientAuthMethod::PrivateKeyJwt,
            Self::Name(_) => ClientAuthMethod::None,
        }
    }
}

/// Whether this is one of the client's secrets. The same is done for a client that is not there, or has none.
fn has_secret(client: Option<&OAuthClient>, secret: &Secret) -> Result<(), Refused> {
    let given = SecretDigest::of(secret);
    let nobodys = [SecretDigest::NOBODYS];
    let valid = client.map(|client| &client.secrets[..]).filter(|secrets| !secrets.is_empty());
    // Every one of them, so that which it is does not show.
    let found = valid.unwrap_or(&nobodys).iter().fold(false, |found, secret| secret.is(&given) | found);
    if found { Ok(()) } else { Err("the secret is wrong") }
}

/// The types of an assertion: none, the usual word, or the one of its own (draft-ietf-oauth-rfc7523bis section 4).
fn is_assertion_typ(typ: &str) -> bool {
    let typ = typ.to_ascii_lowercase();
    let name = typ.strip_prefix("application/").unwrap_or(&typ);
    matches!(name, "jwt" | "client-authentication+jwt")
}
