//! Access tokens: signed, read and refused.

mod claims;
mod header;
mod interoperation;

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::clock::Timestamp;
use crate::jose::Refusal as Jws;
use crate::key::{KeyRing, SigningAlgorithm, SigningKey};
use crate::random::OsRandom;
use crate::token::*;

const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);
const ISSUER: &str = "https://app.example";

fn keys(algorithm: SigningAlgorithm) -> KeyRing {
    KeyRing::of(vec![SigningKey::generate(algorithm, &OsRandom).unwrap()]).unwrap()
}

/// The algorithms that the backend signs with.
fn algorithms() -> impl Iterator<Item = SigningAlgorithm> {
    SigningAlgorithm::ALL.into_iter().filter(|algorithm| SigningKey::generate(*algorithm, &OsRandom).is_ok())
}

fn verifier() -> TokenVerifier {
    TokenVerifier::new(ISSUER, ISSUER, DEFAULT_LEEWAY).unwrap()
}

fn claims() -> AccessClaims {
    AccessClaims {
        iss: ISSUER.to_owned(),
        sub: "u1".to_owned(),
        aud: vec![ISSUER.to_owned()],
        exp: NOW + Duration::from_secs(900),
        iat: NOW,
        nbf: None,
        jti: "j1".to_owned(),
        client_id: "first-party".to_owned(),
        scope: "reports:read".to_owned(),
        auth_time: Some(NOW),
        amr: vec!["pwd".to_owned()],
        sid: Some("s1".to_owned()),
        family: None,
        account: None,
        cnf: None,
        act: None,
        exchanged: false,
        auth_epoch: Some(3),
    }
}

fn check(token: &str, ring: &KeyRing) -> Result<Arc<AccessClaims>, Refusal> {
    verifier().verify(token, ring, NOW)
}

/// A token with any header and payload, rightly signed.
fn signed(ring: &KeyRing, header: &str, payload: &str) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let signature = ring.signer(NOW).unwrap().sign(message.as_bytes()).unwrap();
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn header(ring: &KeyRing) -> Value {
    let key = ring.signer(NOW).unwrap();
    json!({"alg": key.algorithm().name(), "typ": "at+jwt", "kid": key.kid()})
}

fn with_header(ring: &KeyRing, member: &str, value: Value) -> String {
    let mut header = header(ring);
    header[member] = value;
    signed(ring, &header.to_string(), &serde_json::to_string(&claims()).unwrap())
}

fn with_claim(ring: &KeyRing, member: &str, value: Value) -> String {
    let mut payload = serde_json::to_value(claims()).unwrap();
    payload[member] = value;
    signed(ring, &header(ring).to_string(), &payload.to_string())
}

#[test]
fn own_tokens_are_taken_with_every_algorithm() {
    for algorithm in algorithms() {
        let ring = keys(algorithm);
        let token = sign(&ring, &claims(), NOW).unwrap();
        assert_eq!(*check(&token, &ring).unwrap(), claims(), "{algorithm}");
        let decoded = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&decoded).unwrap(), header(&ring));
        assert_eq!(check(&token, &keys(algorithm)).unwrap_err(), Refusal::Format(Jws::UnknownKid));
    }
}

#[test]
fn each_other_byte_of_a_token_is_refused() {
    for algorithm in algorithms() {
        let ring = keys(algorithm);
        let token = sign(&ring, &claims(), NOW).unwrap();
        for at in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            assert!(check(&String::from_utf8(bytes).unwrap(), &ring).is_err(), "{algorithm} {at}");
            assert!(check(&token[..at], &ring).is_err());
        }
    }
}

#[test]
fn duplicate_members_are_refused() {
    let ring = keys(SigningAlgorithm::EdDsa);
    let (header, payload) = (header(&ring).to_string(), serde_json::to_string(&claims()).unwrap());
    let doubled = |text: &str, more: &str| format!("{{{more},{}", &text[1..]);
    assert!(check(&signed(&ring, &header, &payload), &ring).is_ok());
    for more in [r#""alg":"EdDSA""#, r#""\u0061lg":"EdDSA""#, r#""x":1,"x":1"#, r#""x":{"y":1,"y":1}"#] {
        let token = signed(&ring, &doubled(&header, more), &payload);
        assert_eq!(check(&token, &ring).unwrap_err(), Refusal::Format(Jws::Header), "{more}");
    }
    for more in [r#""sub":"root""#, r#""\u0073ub":"root""#, r#""x":[{"y":1,"y":1}]"#] {
        let token = signed(&ring, &header, &doubled(&payload, more));
        assert_eq!(check(&token, &ring).unwrap_err(), Refusal::Claims, "{more}");
    }
}

#[test]
fn remembered_tokens_die_with_their_key() {
    let ring = keys(SigningAlgorithm::EdDsa);
    let verifier = verifier();
    let token = sign(&ring, &claims(), NOW).unwrap();
    assert!(verifier.verify(&token, &ring, NOW).is_ok());
    let first = verifier.verify(&token, &ring, NOW).unwrap();
    assert!(Arc::ptr_eq(&first, &verifier.verify(&token, &ring, NOW).unwrap()));
    let without = keys(SigningAlgorithm::EdDsa);
    assert_eq!(verifier.verify(&token, &without, NOW).unwrap_err(), Refusal::Format(Jws::UnknownKid));
    assert!(verifier.verify(&format!("{token}A"), &ring, NOW).is_err());
}

#[test]
fn other_spellings_of_a_token_are_refused() {
    for algorithm in algorithms() {
        let ring = keys(algorithm);
        let token = sign(&ring, &claims(), NOW).unwrap();
        let parts: Vec<&str> = token.split('.').collect();
        let [header, payload, signature] = parts[..] else { panic!("three parts") };
        let last = &signature[signature.len() - 1..];
        let loose = ["B", "C", "D", "h", "x"].iter().find(|other| *other != &last).unwrap();
        for wrong in [
            format!("{token}="),
            format!("{header}=.{payload}.{signature}"),
            format!(" {token}"),
            format!("{token}\n"),
            format!("{header} .{payload}.{signature}"),
            format!("{header}.{payload}.\n{signature}"),
            format!("{header}.{payload}.{}{loose}", &signature[..signature.len() - 1]),
            format!("{header}.{payload}"),
            format!("{header}.{payload}.{signature}."),
            format!(".{token}"),
            format!("{header}.{payload}.{signature}.{signature}.{signature}"),
            format!("{header}..{signature}"),
            format!(".{payload}.{signature}"),
            json!({"protected": header, "payload": payload, "signature": signature}).to_string(),
            json!({"payload": payload, "signatures": [{"protected": header, "signature": signature}]})
                .to_string(),
            token.replace('_', "/").replace('-', "+") + "+",
            String::new(),
            "..".to_owned(),
        ] {
            assert!(check(&wrong, &ring).is_err(), "{wrong}");
        }
    }
}

#[test]
fn oversized_tokens_are_refused_unread() {
    let ring = keys(SigningAlgorithm::EdDsa);
    for token in [".".repeat(8 << 20), "A".repeat(1 << 20), format!("{}.e30.AA", "A".repeat(1 << 20))] {
        assert_eq!(check(&token, &ring).unwrap_err(), Refusal::Format(Jws::TooLong));
    }
    assert_eq!(check(&".".repeat(MAX_TOKEN_LEN), &ring).unwrap_err(), Refusal::Format(Jws::Malformed));
    let signature = "A".repeat(MAX_TOKEN_LEN - 200);
    let token = sign(&ring, &claims(), NOW).unwrap();
    let long = format!("{}{}", &token[..=token.rfind('.').unwrap()], &signature[..7000]);
    assert!(check(&long, &ring).is_err());
}

#[test]
fn malformed_ecdsa_signatures_are_refused() {
    let ring = keys(SigningAlgorithm::Es256);
    let token = sign(&ring, &claims(), NOW).unwrap();
    let (message, signature) = token.rsplit_once('.').unwrap();
    let good = URL_SAFE_NO_PAD.decode(signature).unwrap();
    // The order of P-256 (SP 800-186 section 3.2.1.3).
    let order = b"\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51";
    let der = {
        let integer = |number: &[u8]| [&[2, 33, 0][..], number].concat();
        let body = [integer(&good[..32]), integer(&good[32..])].concat();
        [&[0x30, body.len() as u8][..], &body].concat()
    };
    for wrong in [
        vec![0; 64],
        [&[0; 32], &good[32..]].concat(),
        [&good[..32], &[0; 32]].concat(),
        [&order[..], &good[32..]].concat(),
        [&good[..32], &order[..]].concat(),
        [&order[..], &order[..]].concat(),
        vec![0xff; 64],
        der,
        good[..63].to_vec(),
        [&good[..], &[0]].concat(),
        [&[0], &good[..]].concat(),
        Vec::new(),
    ] {
        let token = format!("{message}.{}", URL_SAFE_NO_PAD.encode(wrong));
        assert_eq!(check(&token, &ring).unwrap_err(), Refusal::Format(Jws::Signature));
    }
}

#[test]
fn encrypted_tokens_are_refused() {
    let ring = keys(SigningAlgorithm::EdDsa);
    for header in [
        json!({"alg": "dir", "enc": "A256GCM", "zip": "DEF"}),
        json!({"alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2c": 2_147_483_648_u32, "p2s": "AAAA"}),
        json!({"alg": "ECDH-ES", "enc": "A128GCM", "epk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}}),
    ] {
        let part = URL_SAFE_NO_PAD.encode(header.to_string());
        assert_eq!(
            check(&format!("{part}.AA.AA.AA.AA"), &ring).unwrap_err(),
            Refusal::Format(Jws::Malformed)
        );
        assert_eq!(check(&format!("{part}.AA.AA"), &ring).unwrap_err(), Refusal::Format(Jws::Header));
    }
}

#[test]
fn weak_settings_are_refused() {
    assert!(TokenVerifier::new(ISSUER, ISSUER, Duration::from_secs(61)).is_err());
    assert!(TokenVerifier::new("", ISSUER, DEFAULT_LEEWAY).is_err());
    assert!(TokenVerifier::new(ISSUER, "", DEFAULT_LEEWAY).is_err());
}

#[test]
fn refusals_say_nothing_of_the_token() {
    assert_eq!(Refusal::Format(Jws::Signature).to_string(), "the signature is wrong");
}

proptest! {
    #[test]
    fn garbage_is_refused_and_never_panics(token in any::<String>()) {
        prop_assert!(check(&token, &hmac_ring()).is_err());
    }

    #[test]
    fn garbage_in_the_shape_of_a_token_never_panics(
        header in proptest::collection::vec(any::<u8>(), 0..80),
        payload in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        let ring = hmac_ring();
        let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let unsigned = format!("{}.{}.AA", part(&header), part(&payload));
        prop_assert!(check(&unsigned, &ring).is_err());
        let message = format!("{}.{}", part(&self::header(&ring).to_string().into_bytes()), part(&payload));
        let signature = ring.signer(NOW).unwrap().sign(message.as_bytes()).unwrap();
        let token = format!("{message}.{}", part(&signature));
        prop_assert!(check(&token, &ring).is_err());
    }
}

fn hmac_ring() -> KeyRing {
    KeyRing::of(vec![SigningKey::from_hmac_secret(&[9; 32]).unwrap()]).unwrap()
}
