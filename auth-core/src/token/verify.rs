//! Signing and verifying access tokens.

use std::sync::Arc;
use std::time::Duration;

use super::config::MAX_LEEWAY;
use super::revocation::mark_key;
use super::{AccessClaims, Refusal};
use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind};
use crate::jose::{self, CompactJws, Header, VerifiedTokens};
use crate::key::{KeyRing, VerifyingKey};
use crate::user::UserId;

/// How many verified tokens are remembered. About 1 KiB each.
const CACHE_CAPACITY: usize = 10_000;

/// The type of an access token (RFC 9068 section 2.1).
const ACCESS_TOKEN_TYP: &str = "at+jwt";

/// The long form of it (RFC 7515 section 4.1.9).
const LONG_TYP: &str = "application/at+jwt";

/// The longest access token of ours that is looked at, in bytes. A longer one is refused before anything of it is read.
pub const MAX_TOKEN_LEN: usize = 8 * 1024;

/// Signs an access token with the ring's key of `now`.
///
/// # Errors
/// `Internal` when the ring has no key left or the signature backend fails.
pub fn sign(ring: &KeyRing, claims: &AccessClaims, now: Timestamp) -> Result<String, Error> {
    let key = ring
        .signer(now)
        .ok_or_else(|| Error::new(ErrorKind::Internal).with_source("the key ring has no key that signs"))?;
    let payload =
        serde_json::to_vec(claims).map_err(|error| Error::new(ErrorKind::Internal).with_source(error))?;
    jose::sign(key, key.header(ACCESS_TOKEN_TYP).into_owned(), &payload)
}

/// Checks access tokens for one issuer and one audience.
///
/// A token passes when all of this holds; everything else is refused:
/// 1. It has at most [`MAX_TOKEN_LEN`](MAX_TOKEN_LEN) bytes and is three parts in base64url, without padding,
///    whitespace or loose bits.
/// 2. Its header is a JSON object without duplicate members, of `typ` `at+jwt`, that names a `kid` of the ring and that
///    key's algorithm, and asks for no extension.
/// 3. The signature is that key's.
/// 4. The payload is the [`AccessClaims`], without duplicate members; `iss` is exactly the issuer, and `aud` has
///    exactly the audience among its entries.
/// 5. `exp` has not passed, and `nbf` and `iat` have, give or take the leeway.
///
/// 1 to 3 and the form of the payload are remembered for tokens that passed, under the SHA-256 of the whole token and the generation of the
/// ring; the audience and 5 are checked each time.
#[derive(Debug)]
pub struct TokenVerifier {
    issuer: String,
    audience: String,
    leeway: Duration,
    verified: VerifiedTokens<Passed>,
}

/// A token that passed, and by what the stores are asked about it: made once, as it is asked for at each request.
#[derive(Debug)]
pub(super) struct Passed {
    pub(super) claims: Arc<AccessClaims>,
    /// For whom it was given; nobody where a client acts for itself.
    pub(super) user: Option<UserId>,
    /// Where its end is marked, or those of its session and of its family, and last of all what its client may revoke.
    pub(super) marks: Vec<String>,
}

impl Passed {
    fn new(claims: AccessClaims) -> Arc<Self> {
        // Each token of a user has an epoch, a client's own never; a user's id could be that of a client.
        let is_a_users = claims.auth_epoch.is_some() || claims.sub != claims.client_id;
        let user = is_a_users.then(|| UserId::new(claims.sub.as_str()));
        // What belongs to no session or family is marked by its own name.
        let own = claims.exchanged.then_some(&claims.jti);
        let names = [Some(claims.sid.as_ref().unwrap_or(&claims.jti)), claims.family.as_ref(), own];
        let marks = names.into_iter().flatten().map(|name| mark_key(name)).collect();
        Arc::new(Self { claims: Arc::new(claims), user, marks })
    }
}

impl TokenVerifier {
    /// A verifier of tokens from `issuer` for `audience`; see [`DEFAULT_LEEWAY`](super::DEFAULT_LEEWAY).
    ///
    /// # Errors
    /// `Configuration` when the leeway is above 60 seconds or a name is empty.
    pub fn new(
        issuer: impl Into<String>,
        audience: impl Into<String>,
        leeway: Duration,
    ) -> Result<Self, Error> {
        let (issuer, audience) = (issuer.into(), audience.into());
        if leeway > MAX_LEEWAY {
            return Err(Error::configuration(format!(
                "the leeway of access tokens is {} s: use 60 seconds at most",
                leeway.as_secs_f64()
            )));
        }
        if issuer.is_empty() || audience.is_empty() {
            return Err(Error::configuration("access tokens need an issuer and an audience"));
        }
        Ok(Self { issuer, audience, leeway, verified: VerifiedTokens::new(CACHE_CAPACITY) })
    }

    /// The claims of `token`, if it passes at `now`.
    ///
    /// # Errors
    /// Why it does not.
    ///
    /// # Security
    /// Whether the token, its session or its user has been revoked is for the caller to check.
    pub fn verify(&self, token: &str, ring: &KeyRing, now: Timestamp) -> Result<Arc<AccessClaims>, Refusal> {
        self.pass(token, ring, now).map(|passed| Arc::clone(&passed.claims))
    }

    /// The same, with what is to be asked of the stores.
    pub(super) fn pass(&self, token: &str, ring: &KeyRing, now: Timestamp) -> Result<Arc<Passed>, Refusal> {
        let passed = self.pass_for_any_audience(token, ring, now)?;
        if !passed.claims.aud.contains(&self.audience) {
            return Err(Refusal::Audience);
        }
        Ok(passed)
    }

    /// The same of a token that may be meant for somebody else: for telling them about it, and for ending it.
    pub(super) fn pass_for_any_audience(
        &self,
        token: &str,
        ring: &KeyRing,
        now: Timestamp,
    ) -> Result<Arc<Passed>, Refusal> {
        // Before anything that takes time with the length.
        if token.len() > MAX_TOKEN_LEN {
            return Err(jose::Refusal::TooLong.into());
        }
        let digest = VerifiedTokens::<Passed>::digest(token);
        if let Some(passed) = self.verified.get(&digest, ring.generation()) {
            self.check_times(&passed.claims, now)?;
            return Ok(passed);
        }
        let passed = Passed::new(self.verify_once(token, ring, now)?);
        self.check_times(&passed.claims, now)?;
        self.verified.insert(digest, ring.generation(), &passed);
        Ok(passed)
    }

    /// What stays true of a token while the ring keeps its keys.
    fn verify_once(&self, token: &str, ring: &KeyRing, now: Timestamp) -> Result<AccessClaims, Refusal> {
        let jws = CompactJws::parse(MAX_TOKEN_LEN, token)?;
        // Our own tokens have one of a few headers, letter for letter: those need no reading.
        let key = match ring.key_of_header(ACCESS_TOKEN_TYP, jws.encoded_header(), now) {
            Some(key) => key,
            None => key_named_in(&jws.header()?, ring, now)?,
        };
        let payload = jws.verify(key)?;
        let text = std::str::from_utf8(&payload).map_err(|_| Refusal::Claims)?;
        let claims: AccessClaims = serde_json::from_str(text).map_err(|_| Refusal::Claims)?;
        if claims.iss != self.issuer {
            return Err(Refusal::Issuer);
        }
        Ok(claims)
    }

    fn check_times(&self, claims: &AccessClaims, now: Timestamp) -> Result<(), Refusal> {
        // RFC 7519 section 4.1.4: not to be taken on or after `exp`.
        if now >= claims.exp + self.leeway {
            return Err(Refusal::Expired);
        }
        let soon = now + self.leeway;
        if claims.iat > soon || claims.nbf.is_some_and(|nbf| nbf > soon) {
            return Err(Refusal::NotYetValid);
        }
        Ok(())
    }
}

fn key_named_in<'r>(header: &Header, ring: &'r KeyRing, now: Timestamp) -> Result<&'r VerifyingKey, Refusal> {
    if !header.typ().is_some_and(is_access_token_typ) {
        return Err(Refusal::Type);
    }
    let kid = header.kid().ok_or(jose::Refusal::Header)?;
    let key = ring.verifying_key(kid, now).ok_or(jose::Refusal::UnknownKid)?;
    header.check(key)?;
    Ok(key)
}

/// Whether a header's `typ` is that of an access token, ours or another issuer's.
pub(crate) fn is_access_token_typ(typ: &str) -> bool {
    typ.eq_ignore_ascii_case(ACCESS_TOKEN_TYP) || typ.eq_ignore_ascii_case(LONG_TYP)
}
