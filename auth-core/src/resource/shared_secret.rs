//! Tokens under a secret that the programs of one team share (PyJWT's and python-jose's `jwt.encode` and `jwt.decode`).

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::clock::Timestamp;
use crate::error::Error;
use crate::issuer::{Claims, OutsideJws, OutsideKey, OutsideRefusal, Verified};
use crate::jose::sign_plain_jwt;
use crate::key::{SigningKey, decode_base64};
use crate::outbound::{OutsideError, OutsideFault};
use crate::secret::Secret;
use crate::token::{DEFAULT_LEEWAY, MAX_LEEWAY};

use super::kind::TokenKinds;
use super::{OutsideToken, TokenProfile};

/// JWTs by HS256 under a secret that several programs share: each of them can make what each accepts.
///
/// [`encode`](Self::encode) makes one. It is taken, by [`decode`](Self::decode) and by guards for outside tokens
/// ([`AuthBuilder::shared_secret_tokens`](crate::AuthBuilder::shared_secret_tokens)), when all of this holds:
///
/// 1. It is a strict JWS (at most [`MAX_OUTSIDE_TOKEN_LEN`](crate::issuer::MAX_OUTSIDE_TOKEN_LEN) bytes, no key of its own, no
///    extension, no member twice), of type `JWT`, `at+jwt` or none, and `alg` is HS256.
/// 2. The signature is the secret's.
/// 3. `iss` is exactly [`issuer`](Self::issuer), and [`audience`](Self::audience) is in `aud`. What is not configured must not
///    be there: a token that names an issuer or an audience was made for somebody who looks.
/// 4. `exp` is there and has not passed; `nbf` and `iat`, where they are there, have, give or take the [`leeway`](Self::leeway).
/// 5. It says that it is an access token, or does not say what it is for. In `typ`, `token_use`, `token_type`, `tokenType`, `type`,
///    `use` and `purpose` nothing stands but `access` and the like, or a name that [`token_kind`](Self::token_kind) adds. So the
///    refresh tokens of Flask-JWT-Extended and SimpleJWT are none, and no more is one whose scope is `refresh_token`. An ID token,
///    by its `nonce` or `at_hash`, is none either.
///
/// # Security
/// Whoever holds the secret signs in the name of every user. Programs that only read tokens are better given public keys
/// ([`OutsideIssuer::jwt`](super::OutsideIssuer::jwt)). Nothing ends such a token before its time: keep it short.
///
/// ```
/// use std::time::Duration;
/// use auth_core::clock::Timestamp;
/// use auth_core::resource::SharedSecretJwt;
/// use serde_json::json;
///
/// let now = Timestamp::from_unix_seconds(1_700_000_000);
/// let jwt = SharedSecretJwt::hs256("09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7")?;
/// let token = jwt.encode(&json!({"sub": "johndoe"}), now + Duration::from_secs(1800))?;
/// assert_eq!(jwt.decode(&token, now)?.text("sub")?, Some("johndoe"));
/// assert!(jwt.decode(&token, now + Duration::from_secs(1810)).is_err());
/// assert!(SharedSecretJwt::hs256("secret").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SharedSecretJwt {
    signing: Arc<SigningKey>,
    verifying: Arc<OutsideKey>,
    issuer: Option<String>,
    audience: Option<String>,
    kinds: TokenKinds,
    leeway: Duration,
    is_weak: bool,
}

impl SharedSecretJwt {
    /// Tokens under this secret, whose UTF-8 is the key, as PyJWT and python-jose take a `str`: one that looks like base64 or
    /// hexadecimal is not decoded.
    ///
    /// # Errors
    /// `Configuration` when it has less than 32 bytes (RFC 7518 section 3.2).
    pub fn hs256(secret: impl Into<Secret>) -> Result<Self, Error> {
        Self::hs256_bytes(secret.into().expose().as_bytes())
    }

    /// Tokens under a key of any bytes, as PyJWT takes `bytes`.
    ///
    /// # Errors
    /// `Configuration` as for [`hs256`](Self::hs256).
    pub fn hs256_bytes(key: &[u8]) -> Result<Self, Error> {
        let too_short = || {
            Error::configuration(
                "a secret for HS256 must have at least 32 bytes: make a new one by `openssl rand -hex 32`",
            )
        };
        let verifying = OutsideKey::from_secret_bytes(key).ok_or_else(too_short)?;
        Ok(Self::new(SigningKey::from_hmac_secret(key)?, verifying, false))
    }

    /// Tokens under a key that is written in base64, in either alphabet and with padding or without: what `base64.b64decode` makes
    /// of it is the key.
    ///
    /// # Errors
    /// `Configuration` when it is no base64, and as for [`hs256`](Self::hs256).
    pub fn hs256_base64(key: impl Into<Secret>) -> Result<Self, Error> {
        let key = decode_base64(key.into().expose().trim());
        Self::hs256_bytes(
            &key.ok_or_else(|| Error::configuration("the secret for HS256 is not written in base64"))?,
        )
    }

    /// Tokens under a key that is written in hexadecimal: what `bytes.fromhex` makes of it is the key.
    ///
    /// # Errors
    /// `Configuration` when it is no hexadecimal, and as for [`hs256`](Self::hs256).
    pub fn hs256_hex(key: impl Into<Secret>) -> Result<Self, Error> {
        let key = base16ct::mixed::decode_vec(key.into().expose().trim()).map(Zeroizing::new);
        Self::hs256_bytes(
            &key.map_err(|_| Error::configuration("the secret for HS256 is not written in hexadecimal"))?,
        )
    }

    /// Tokens under a secret of any length, on `http://localhost` only.
    ///
    /// # Security
    /// A short secret is found from one token by trying, and then every user's token can be made.
    ///
    /// # Errors
    /// `Configuration` when it is empty.
    pub fn insecure_short_secret(secret: impl Into<Secret>) -> Result<Self, Error> {
        let secret = secret.into();
        if secret.expose().is_empty() {
            return Err(Error::configuration("the secret for HS256 is empty"));
        }
        let signing = SigningKey::of_short_secret(secret.expose().as_bytes());
        Ok(Self::new(signing, OutsideKey::of_short_secret(&secret), true))
    }

    fn new(signing: SigningKey, verifying: OutsideKey, is_weak: bool) -> Self {
        Self {
            signing: Arc::new(signing),
            verifying: Arc::new(verifying),
            issuer: None,
            audience: None,
            kinds: TokenKinds::default(),
            leeway: DEFAULT_LEEWAY,
            is_weak,
        }
    }

    /// The `iss` that tokens have.
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// The audience that tokens are for.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = Some(audience.into());
        self
    }

    /// A further name by which tokens say that they are access tokens, where they say so at all: `sliding` for SimpleJWT's
    /// sliding tokens.
    #[must_use]
    pub fn token_kind(mut self, kind: &str) -> Self {
        self.kinds.add(kind);
        self
    }

    /// By how much clocks may differ, 10 seconds by default, 60 at most: for that long a token is taken past its end.
    #[must_use]
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// Signs claims. `exp`, and `iss` and `aud` where they are configured, are set whatever the claims say of them.
    ///
    /// # Errors
    /// `InvalidRequest` when the claims are no JSON object; `Internal` when the signature backend fails.
    pub fn encode(&self, claims: &impl Serialize, expires_at: Timestamp) -> Result<String, Error> {
        let Ok(Value::Object(mut claims)) = serde_json::to_value(claims) else {
            return Err(Error::invalid_request("the claims of a token are a JSON object"));
        };
        claims.insert("exp".into(), expires_at.unix_seconds().into());
        for (name, value) in [("iss", &self.issuer), ("aud", &self.audience)] {
            if let Some(value) = value {
                claims.insert(name.into(), value.as_str().into());
            }
        }
        sign_plain_jwt(&self.signing, &Value::Object(claims))
    }

    /// What a token claims, if it is taken at `now`.
    ///
    /// # Errors
    /// `InvalidToken` with the reason as source.
    pub fn decode(&self, token: &str, now: Timestamp) -> Result<Claims, Error> {
        let token = self.recognise(token, now).map_err(OutsideError::into_named)?;
        Ok(token.claims().clone())
    }

    pub(super) fn recognise(&self, token: &str, now: Timestamp) -> Result<OutsideToken, OutsideError> {
        let jws = OutsideJws::parse(token)?;
        let claims = jws.verify_claims(&self.verifying)?;
        let verified = Verified { typ: jws.typ().map(str::to_owned), claims };
        let token = OutsideToken::signed(verified, TokenProfile::PlainJwt, &self.kinds)?;
        if token.claims().text("iss")? != self.issuer.as_deref() {
            return Err(OutsideError::token(OutsideRefusal::Issuer));
        }
        match &self.audience {
            Some(audience) => token.check_audience(std::slice::from_ref(audience), &[])?,
            None if token.claims().get("aud").is_some() => {
                return Err(OutsideError::token(OutsideRefusal::Audience));
            }
            None => {}
        }
        token.check_times(now, self.leeway)?;
        Ok(token)
    }

    /// Whether a token that claims this issuer is for this secret to judge.
    pub(super) fn may_judge(&self, issuer: Option<&str>) -> bool {
        self.issuer.as_deref() == issuer
    }

    /// Refuses what cannot be meant.
    pub(crate) fn check(&self, own_issuer: &str, is_https: bool) -> Result<(), Error> {
        let wrong = |what: &str| Err(Error::configuration(format!("tokens under a shared secret: {what}")));
        if self.is_weak && is_https {
            return wrong("the secret may be short on http://localhost only: use `SharedSecretJwt::hs256`");
        }
        if self.issuer.as_deref() == Some(own_issuer) {
            return wrong("the issuer is this application, whose tokens its own guards take");
        }
        if self.leeway > MAX_LEEWAY {
            return wrong("the leeway is 60 seconds at most");
        }
        self.kinds.check_settings().or_else(wrong)
    }
}

impl fmt::Debug for SharedSecretJwt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedSecretJwt")
            .field("issuer", &self.issuer)
            .field("audience", &self.audience)
            .finish_non_exhaustive()
    }
}

/// Whether a token is one that a secret without an issuer may have made.
pub(super) fn names_no_issuer(token: &str) -> bool {
    OutsideJws::parse(token).is_ok_and(|jws| {
        jws.algorithm().is_some_and(|alg| alg.is_symmetric()) && jws.unverified_issuer().is_none()
    })
}

/// Refuses the token unless one of the secrets judges otherwise: several may be there while one follows another.
pub(super) fn first_that_takes(
    secrets: &[&SharedSecretJwt],
    token: &str,
    now: Timestamp,
) -> Result<OutsideToken, OutsideError> {
    let mut refusal = OutsideError::new(OutsideFault::Token);
    for secret in secrets {
        match secret.recognise(token, now) {
            Ok(token) => return Ok(token),
            Err(error) => refusal = error,
        }
    }
    Err(refusal)
}
