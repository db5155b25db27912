//! Tokens taken apart and put together by hand: what an attacker can do without our key.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;

/// Header and claims of a token.
pub(crate) fn read(token: &str) -> (Value, Value) {
    let parts: Vec<_> = token.split('.').collect();
    assert_eq!(parts.len(), 3, "{token}");
    let part = |text: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap();
    (part(parts[0]), part(parts[1]))
}

/// One part of a token.
pub(crate) fn part(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A signature as it stands at the end of a token.
pub(crate) fn suffix(signature: &[u8]) -> String {
    format!(".{}", part(signature))
}

/// The two parts that are signed.
pub(crate) fn signing_input(header: &Value, claims: &Value) -> String {
    format!("{}.{}", part(header.to_string().as_bytes()), part(claims.to_string().as_bytes()))
}

/// A token with this signature.
pub(crate) fn with_signature(header: &Value, claims: &Value, signature: &[u8]) -> String {
    signing_input(header, claims) + &suffix(signature)
}

/// A token signed by HMAC under this key.
pub(crate) fn by_hmac(header: &Value, claims: &Value, key: &[u8]) -> String {
    let input = signing_input(header, claims);
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(input.as_bytes());
    input + &suffix(&mac.finalize().into_bytes())
}

/// The token with one bit of its signature turned over.
pub(crate) fn tampered(token: &str) -> String {
    let (input, signature) = token.rsplit_once('.').unwrap();
    let mut bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
    bytes[0] ^= 1;
    format!("{input}{}", suffix(&bytes))
}
