//! C2SP/wycheproof `json_web_signature`, from the folder that `AUTH_VECTORS` names.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::CompactJws;
use crate::key::{JwsAlgorithm, VerifyingKey};

/// More than the longest of them has.
const MAX_LEN: usize = 8 * 1024;

/// Where we decide otherwise than the file says, and why.
const EXCEPTIONS: [(&str, bool); 6] = [
    // Marked valid, though the key is for PS256 and the header names PS384.
    ("json_web_signature/346", false),
    ("json_web_signature/350", false),
    // Marked invalid, yet byte for byte the valid case 357.
    ("json_web_signature/367", true),
    ("json_web_signature/370", true),
    // Marked valid, though they hold a character that base64url does not have.
    ("json_web_signature/372", false),
    ("json_web_signature/373", false),
];

fn key_set(key: &Value) -> Option<Vec<Value>> {
    let Some(keys) = key["keys"].as_array() else { return Some(vec![key.clone()]) };
    let kids: Vec<&Value> = keys.iter().map(|key| &key["kid"]).collect();
    let has_repeat = (1..kids.len()).any(|index| kids[..index].contains(&kids[index]));
    let is_secret = |key: &Value| key["kty"] == "oct" || key.get("d").is_some();
    let is_mixed = keys.iter().any(is_secret) && !keys.iter().all(is_secret);
    (!has_repeat && !is_mixed).then(|| keys.clone())
}

/// Secrets come as JWKs here, which [`VerifyingKey::from_jwk`] never takes.
fn verifying_key(jwk: &Value) -> Option<VerifyingKey> {
    if jwk["kty"] != "oct" {
        return VerifyingKey::from_jwk(jwk).ok();
    }
    if jwk["alg"] != "HS256" || jwk.get("use").is_some_and(|purpose| purpose != "sig") {
        return None;
    }
    let secret = URL_SAFE_NO_PAD.decode(jwk["k"].as_str()?).ok()?;
    VerifyingKey::from_shared_secret(&secret)
}

fn is_valid(jws: &str, key: &Value) -> bool {
    let Ok(parsed) = CompactJws::parse(MAX_LEN, jws) else { return false };
    let (Ok(header), Some(keys)) = (parsed.header(), key_set(key)) else { return false };
    let named = keys.iter().find(|key| keys.len() == 1 || key["kid"].as_str() == header.kid());
    named.and_then(verifying_key).is_some_and(|key| header.check(&key).is_ok() && parsed.verify(&key).is_ok())
}

fn is_supported(key: &Value) -> bool {
    let keys = key["keys"].as_array().cloned().unwrap_or_else(|| vec![key.clone()]);
    keys.iter().all(|key| key["alg"].as_str().is_none_or(|alg| JwsAlgorithm::from_name(alg).is_some()))
}

#[test]
fn every_case_is_decided_as_the_file_says() {
    let Ok(folder) = std::env::var("AUTH_VECTORS") else {
        println!("skipped: AUTH_VECTORS does not name the folder of the vectors");
        return;
    };
    let path = std::path::Path::new(&folder).join("wycheproof_jws.json");
    let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let mut wrong = Vec::new();
    let (mut accepted, mut refused) = (0, 0);
    for case in file["tests"].as_array().unwrap() {
        let id = case["id"].as_str().unwrap();
        let exception = EXCEPTIONS.iter().find(|(exempt, _)| *exempt == id);
        let expected = match exception {
            Some((_, expected)) => *expected,
            None => case["result"] == "valid" && is_supported(&case["key"]),
        };
        let jws = case["jws"].as_str().map_or_else(|| case["jws"].to_string(), str::to_owned);
        let is_accepted = is_valid(&jws, &case["key"]);
        if is_accepted {
            accepted += 1
        } else {
            refused += 1
        }
        if is_accepted != expected {
            wrong.push(format!("{id} {} expected {expected}", case["comment"]));
        }
    }
    println!("wycheproof: {accepted} accepted, {refused} refused");
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(accepted > 20 && accepted + refused == 476);
}
