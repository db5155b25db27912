//! Signed tokens in compact form (RFC 7515), read strictly.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::{Map, Value, json};

use super::Refusal;
use super::strict_json::{Name, Names, Skipped, Strict};
use crate::error::Error;
use crate::key::{JwsAlgorithm, SigningKey, VerifyingKey};

/// Room for the longest signature, in bytes: RSA with 8192 bits, and what the decoder wants beyond it.
const SIGNATURE_ROOM: usize = 1024 + 3;

/// A token taken into its three parts. Nothing of it is trusted before [`verify`](Self::verify).
pub(crate) struct CompactJws<'t> {
    header: &'t str,
    signed: &'t str,
    payload: &'t str,
    signature: &'t str,
}

/// The members of a header that matter here. One that asks for something that we do not do is not read at all.
#[derive(Debug, Default)]
pub(crate) struct Header {
    alg: Option<JwsAlgorithm>,
    typ: Option<String>,
    kid: Option<String>,
}

impl<'t> CompactJws<'t> {
    /// Takes a token apart that has at most `max` bytes. What is allocated for a token is less than its length.
    pub(crate) fn parse(max: usize, token: &'t str) -> Result<Self, Refusal> {
        if token.len() > max {
            return Err(Refusal::TooLong);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(Refusal::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(Refusal::Malformed)?;
        // A dot that is left makes five parts (an encrypted token, RFC 7516) or any other number; base64url has none.
        if payload.contains('.') {
            return Err(Refusal::Malformed);
        }
        Ok(Self { header, signed, payload, signature })
    }

    /// The header as it stands in the token.
    pub(crate) fn encoded_header(&self) -> &'t str {
        self.header
    }

    /// Reads the header.
    pub(crate) fn header(&self) -> Result<Header, Refusal> {
        serde_json::from_slice(&decode(self.header)?).map_err(|_| Refusal::Header)
    }

    /// All of the header, also where it brings a key of its own: for tokens that shall.
    pub(crate) fn whole_header(&self) -> Result<Map<String, Value>, Refusal> {
        match serde_json::from_slice(&decode(self.header)?) {
            Ok(Strict(Value::Object(members))) => Ok(members),
            _ => Err(Refusal::Header),
        }
    }

    /// The payload, whoever wrote it.
    pub(crate) fn unverified_payload(&self) -> Result<Vec<u8>, Refusal> {
        decode(self.payload)
    }

    /// The payload, once the signature over it is found to be `key`'s by `key`'s algorithm. That the header names the
    /// same one is for [`Header::check`].
    pub(crate) fn verify(&self, key: &VerifyingKey) -> Result<Vec<u8>, Refusal> {
        let mut room = [0; SIGNATURE_ROOM];
        let len = URL_SAFE_NO_PAD.decode_slice(self.signature, &mut room).map_err(|_| Refusal::Malformed)?;
        if !key.is_valid(self.signed.as_bytes(), &room[..len]) {
            return Err(Refusal::Signature);
        }
        self.unverified_payload()
    }
}

impl Header {
    /// The algorithm; `None` for one that we do not verify.
    pub(crate) fn alg(&self) -> Option<JwsAlgorithm> {
        self.alg
    }

    /// What kind of token it says it is.
    pub(crate) fn typ(&self) -> Option<&str> {
        self.typ.as_deref()
    }

    /// The same, for who keeps it.
    pub(crate) fn into_typ(self) -> Option<String> {
        self.typ
    }

    /// The name of its key.
    pub(crate) fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The algorithm is the key's; a header that names another is refused.
    pub(crate) fn check(&self, key: &VerifyingKey) -> Result<(), Refusal> {
        if self.alg == Some(key.algorithm()) { Ok(()) } else { Err(Refusal::Algorithm) }
    }
}

/// Signs claims as a plain JWT (RFC 7519 section 5.1): what a client says of itself to an authorization server. `kid` is the key's
/// name there.
pub(crate) fn sign_jwt(key: &SigningKey, kid: &str, claims: &Value) -> Result<String, Error> {
    sign_typed_jwt(key, "JWT", kid, claims)
}

/// Signs claims as a JWT of a type of its own (RFC 8725 section 3.11), written without `application/`.
pub(crate) fn sign_typed_jwt(
    key: &SigningKey,
    typ: &str,
    kid: &str,
    claims: &Value,
) -> Result<String, Error> {
    let header = json!({ "alg": key.algorithm().name(), "typ": typ, "kid": kid });
    sign(key, URL_SAFE_NO_PAD.encode(header.to_string()), claims.to_string().as_bytes())
}

/// Signs claims as a plain JWT of a key without a name.
pub(crate) fn sign_plain_jwt(key: &SigningKey, claims: &Value) -> Result<String, Error> {
    let header = json!({ "alg": key.algorithm().name(), "typ": "JWT" });
    sign(key, URL_SAFE_NO_PAD.encode(header.to_string()), claims.to_string().as_bytes())
}

/// Signs `payload` under a header that is in base64url already.
pub(crate) fn sign(key: &SigningKey, encoded_header: String, payload: &[u8]) -> Result<String, Error> {
    let mut token = encoded_header;
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
                    header.alg = JwsAlgorithm::from_name(&map.next_value::<Name<'de>>()?);
                    has_alg = true;
                }
                "typ" => header.typ = Some(map.next_value()?),
                "kid" => header.kid = Some(map.next_value()?),
                // Extensions that must be understood (RFC 7515 section 4.1.11) and changed forms of the payload
                // (RFC 7797, RFC 7516 section 4.1.3): we know none, so such a token is not for us.
                "crit" | "b64" | "zip" | "enc" => return Err(A::Error::custom("unsupported extension")),
                // Keys that a token brings along (RFC 7515 sections 4.1.2, 4.1.3, 4.1.5 and 4.1.6) prove nothing, and
                // fetching one would let anybody make us call anywhere. Thumbprints, which Entra writes, bring none.
                "jwk" | "jku" | "x5c" | "x5u" => {
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
