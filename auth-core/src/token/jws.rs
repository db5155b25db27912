//! Signed tokens in compact form (RFC 7515), read strictly.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};

use super::Refusal;
use super::strict_json::{Names, Skipped};
use crate::error::Error;
use crate::key::{SigningKey, VerifyingKey};

/// The longest token that is looked at, in bytes. A longer one is refused before anything of it is read; what is
/// allocated for a token is less than its length.
pub const MAX_TOKEN_LEN: usize = 8 * 1024;

/// Room for the longest signature, in bytes: RSA with 8192 bits, and what the decoder wants beyond it.
const SIGNATURE_ROOM: usize = 1024 + 3;

/// A token taken apart: three parts in base64url, whose header is an object that asks for nothing we do not do. Nothing
/// of it is trusted before [`verify`](Self::verify).
pub(crate) struct CompactJws<'t> {
    pub(crate) header: Header,
    signed: &'t str,
    payload: &'t str,
    signature: &'t str,
}

/// The members of a header that matter here.
#[derive(Debug, Default)]
pub(crate) struct Header {
    pub(crate) alg: String,
    pub(crate) typ: Option<String>,
    pub(crate) kid: Option<String>,
}

impl<'t> CompactJws<'t> {
    /// Takes a token apart.
    pub(crate) fn parse(token: &'t str) -> Result<Self, Refusal> {
        if token.len() > MAX_TOKEN_LEN {
            return Err(Refusal::TooLong);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(Refusal::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(Refusal::Malformed)?;
        // A dot that is left makes five parts (an encrypted token, RFC 7516) or any other number; base64url has none.
        if payload.contains('.') {
            return Err(Refusal::Malformed);
        }
        let header = serde_json::from_slice(&decode(header)?).map_err(|_| Refusal::Header)?;
        Ok(Self { header, signed, payload, signature })
    }

    /// The payload, once the signature over it is found to be `key`'s. The algorithm is the key's; a header that names
    /// another is refused.
    pub(crate) fn verify(&self, key: &VerifyingKey) -> Result<Vec<u8>, Refusal> {
        if self.header.alg != key.algorithm().name() {
            return Err(Refusal::Algorithm);
        }
        let mut room = [0; SIGNATURE_ROOM];
        let len = URL_SAFE_NO_PAD.decode_slice(self.signature, &mut room).map_err(|_| Refusal::Malformed)?;
        if !key.is_valid(self.signed.as_bytes(), &room[..len]) {
            return Err(Refusal::Signature);
        }
        decode(self.payload)
    }
}

/// Signs `payload` under a header of `alg`, `typ` and `kid`.
pub(crate) fn sign(key: &SigningKey, typ: &str, payload: &[u8]) -> Result<String, Error> {
    // Names of algorithms and types are fixed words, and a kid is base64url: none needs escaping.
    let header = format!(r#"{{"alg":"{}","typ":"{typ}","kid":"{}"}}"#, key.algorithm(), key.kid());
    let mut token = URL_SAFE_NO_PAD.encode(header);
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(payload, &mut token);
    let signature = key.sign(token.as_bytes())?;
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    Ok(token)
}

/// Without padding, whitespace and loose bits: each value has one spelling.
fn decode(part: &str) -> Result<Vec<u8>, Refusal> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| Refusal::Malformed)
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(HeaderVisitor)
    }
}

struct HeaderVisitor;

impl<'de> Visitor<'de> for HeaderVisitor {
    type Value = Header;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JOSE header")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header, A::Error> {
        let mut header = Header::default();
        let mut has_alg = false;
        let mut names = Names::default();
        while let Some(name) = names.next(&mut map)? {
            match name {
                "alg" => {
                    header.alg = map.next_value()?;
                    has_alg = true;
                }
                "typ" => header.typ = Some(map.next_value()?),
                "kid" => header.kid = Some(map.next_value()?),
                // Extensions that must be understood (RFC 7515 section 4.1.11) and changed forms of the payload
                // (RFC 7797, RFC 7516 section 4.1.3): we know none, so such a token is not for us.
                "crit" | "b64" | "zip" | "enc" => return Err(A::Error::custom("unsupported extension")),
                // Keys that a token brings along (RFC 7515 sections 4.1.2 to 4.1.8) prove nothing, and fetching one
                // would let anybody make us call anywhere.
                "jwk" | "jku" | "x5c" | "x5u" | "x5t" | "x5t#S256" => {
                    return Err(A::Error::custom("the header brings its own key"));
                }
                _ => {
                    map.next_value::<Skipped>()?;
                }
            }
        }
        if has_alg { Ok(header) } else { Err(A::Error::missing_field("alg")) }
    }
}
