//! One proof: what it says, once its signature holds.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::clock::Timestamp;
use crate::jose::strict_json::Strict;
use crate::jose::{CompactJws, date_of_number};
use crate::key::{JwsAlgorithm, VerifyingKey};

use super::uri::normal;

/// The type of a proof (RFC 9449 section 4.2).
const TYP: &str = "dpop+jwt";

/// The longest proof that is looked at, in bytes: room for an RSA key of 8192 bits and its signature.
const MAX_LEN: usize = 4 * 1024;

/// The longest `jti`, in bytes.
const MAX_JTI: usize = 255;

/// What a header may not say: extensions and other forms of the payload, of which we know none (RFC 7515 section 4.1.11), and keys that
/// stand elsewhere.
const UNKNOWN: [&str; 7] = ["b64", "crit", "enc", "jku", "x5c", "x5u", "zip"];

/// Why a proof is refused, for the log.
pub(super) type Refused = &'static str;

/// What a proof is held against.
pub(super) struct Expected<'a> {
    pub(super) method: &'a str,
    /// Where the request goes, without its query.
    pub(super) url: &'a str,
    /// The access token that comes with it.
    pub(super) token: Option<&'a str>,
}

/// A proof whose signature, method, URL and token are right. When it was made is for the caller to check.
#[derive(Debug)]
pub(super) struct Proof {
    /// The thumbprint of its key (RFC 7638).
    pub(super) thumbprint: String,
    pub(super) jti: String,
    pub(super) made_at: Timestamp,
    pub(super) nonce: Option<String>,
}

impl Proof {
    pub(super) fn read(text: &str, expected: &Expected<'_>) -> Result<Self, Refused> {
        let jws = CompactJws::parse(MAX_LEN, text).map_err(|_| "it is no compact JWS, or too long")?;
        let header = jws.whole_header().map_err(|_| "its header is no JSON object")?;
        let (thumbprint, key) = key_of(&header)?;
        let payload = jws.verify(&key).map_err(|_| "its signature is wrong")?;
        let claims = members(&payload).ok_or("its payload is no JSON object")?;
        check_request(&claims, expected)?;
        let jti = text_of(&claims, "jti").filter(|jti| !jti.is_empty() && jti.len() <= MAX_JTI);
        let made_at = match claims.get("iat") {
            Some(Value::Number(seconds)) => date_of_number(seconds),
            _ => None,
        };
        let nonce = match claims.get("nonce") {
            None => None,
            Some(Value::String(nonce)) => Some(nonce.clone()),
            Some(_) => return Err("its nonce is no text"),
        };
        Ok(Self {
            thumbprint,
            jti: jti.ok_or("it has no jti")?.to_owned(),
            made_at: made_at.ok_or("it does not say when it was made")?,
            nonce,
        })
    }
}

/// The key that the header brings, for the algorithm that it names.
fn key_of(header: &Map<String, Value>) -> Result<(String, VerifyingKey), Refused> {
    if !text_of(header, "typ").is_some_and(|typ| typ.eq_ignore_ascii_case(TYP)) {
        return Err("it is a token of another kind");
    }
    if UNKNOWN.iter().any(|name| header.contains_key(*name)) {
        return Err("its header asks for what we do not do");
    }
    let algorithm = text_of(header, "alg").and_then(JwsAlgorithm::from_name);
    let algorithm = algorithm.filter(|algorithm| !algorithm.is_symmetric());
    let algorithm = algorithm.ok_or("it is signed by no algorithm that is taken")?;
    VerifyingKey::of_jwk_for(header.get("jwk").ok_or("it brings no key")?, algorithm)
}

fn check_request(claims: &Map<String, Value>, expected: &Expected<'_>) -> Result<(), Refused> {
    if text_of(claims, "htm") != Some(expected.method) {
        return Err("it is for another method");
    }
    let url = text_of(claims, "htu").and_then(normal);
    if url.is_none() || url != normal(expected.url) {
        return Err("it is for another URL");
    }
    let Some(token) = expected.token else { return Ok(()) };
    let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(token));
    if text_of(claims, "ath") == Some(&hash) { Ok(()) } else { Err("it is for another access token") }
}

fn members(json: &[u8]) -> Option<Map<String, Value>> {
    match serde_json::from_slice(json).ok()? {
        Strict(Value::Object(members)) => Some(members),
        Strict(_) => None,
    }
}

fn text_of<'m>(members: &'m Map<String, Value>, name: &str) -> Option<&'m str> {
    members.get(name)?.as_str()
}
