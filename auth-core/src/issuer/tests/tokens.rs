//! The form of tokens.

use super::*;

fn doubled(text: &str, more: &str) -> String {
    format!("{{{more},{}", &text[1..])
}

#[tokio::test]
async fn keys_and_extensions_in_the_header_are_refused_and_nobody_is_called() {
    let (key, own) = (new_key(), new_key());
    let idp = Idp::with_keys(&[&key]);
    for (member, value) in [
        ("jwk", jwk(&own)),
        ("jku", json!("https://evil.example/jwks.json")),
        ("x5u", json!("https://evil.example/chain.pem")),
        ("x5c", json!(["MIIB"])),
        ("crit", json!([])),
        ("crit", json!(["exp"])),
        ("crit", json!("b64")),
        ("crit", json!(null)),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("enc", json!("A256GCM")),
        ("typ", json!(null)),
        ("kid", json!(7)),
    ] {
        let mut header = header(&own);
        header[member] = value;
        let refused = idp.claims(&with_header(&own, &header), EDDSA).await;
        assert_eq!(refusal(refused), Some(Refusal::Header), "{member}");
    }
    assert!(idp.servers.requests().is_empty());
}

#[tokio::test]
async fn thumbprints_of_certificates_are_ignored() {
    let key = new_key();
    let idp = Idp::with_keys(&[&key]);
    let mut header = header(&key);
    header["typ"] = json!("JWT");
    header["x5t"] = json!("nOo3ZDrODXEK1jKWhXslHR_KXEg");
    header["x5t#S256"] = json!("nOo3ZDrODXEK1jKWhXslHR_KXEgnOo3ZDrODXEK1jKW");
    header["nonce"] = json!("x");
    let token = with_header(&key, &header);
    assert!(idp.claims(&token, EDDSA).await.is_ok());
    assert_eq!(OutsideJws::parse(&token).unwrap().typ(), Some("JWT"));
}

#[tokio::test]
async fn duplicate_members_are_refused() {
    let key = new_key();
    let idp = Idp::with_keys(&[&key]);
    let (header, payload) = (header(&key).to_string(), payload().to_string());
    for more in [r#""alg":"EdDSA""#, r#""\u0061lg":"EdDSA""#, r#""x":{"y":1,"y":1}"#] {
        let token = signed(&key, &doubled(&header, more), &payload);
        assert_eq!(refusal(idp.claims(&token, EDDSA).await), Some(Refusal::Header), "{more}");
    }
    for more in [r#""sub":"root""#, r#""\u0073ub":"root""#, r#""x":[{"y":1,"y":1}]"#] {
        let token = signed(&key, &header, &doubled(&payload, more));
        assert_eq!(refusal(idp.claims(&token, EDDSA).await), Some(Refusal::Payload), "{more}");
        let public = &OutsideKey::all_from_jwk(&jwk(&key)).unwrap().1[0];
        assert!(OutsideJws::parse(&token).unwrap().verify::<Value>(public).is_err());
    }
}

#[tokio::test]
async fn other_spellings_of_a_token_are_refused() {
    let key = new_key();
    let idp = Idp::with_keys(&[&key]);
    let token = token(&key);
    let parts: Vec<&str> = token.split('.').collect();
    let [header, payload, signature] = parts[..] else { panic!("three parts") };
    for wrong in [
        format!("{token}="),
        format!(" {token}"),
        format!("{token}\n"),
        format!("{header}=.{payload}.{signature}"),
        format!("{header} .{payload}.{signature}"),
        format!("{header}.{payload}.{}B", &signature[..signature.len() - 1]),
        format!("{header}.{payload}"),
        format!("{header}.{payload}.{signature}."),
        format!("{header}.{payload}.{signature}.{signature}.{signature}"),
        format!("{header}..{signature}"),
        format!(".{payload}.{signature}"),
        json!({"protected": header, "payload": payload, "signature": signature}).to_string(),
        token.replace('_', "/").replace('-', "+") + "+",
        "..".to_owned(),
        String::new(),
    ] {
        assert!(idp.claims(&wrong, EDDSA).await.is_err(), "{wrong}");
    }
    assert!(idp.claims(&token, EDDSA).await.is_ok());
}

#[test]
fn oversized_tokens_are_refused_unread() {
    for token in [".".repeat(8 << 20), "A".repeat(1 << 20), format!("{}.e30.AA", "A".repeat(1 << 20))] {
        assert_eq!(refusal(OutsideJws::parse(&token)), Some(Refusal::TooLong));
    }
    let dots = ".".repeat(MAX_OUTSIDE_TOKEN_LEN);
    assert_eq!(refusal(OutsideJws::parse(&dots)), Some(Refusal::Malformed));
}

#[tokio::test]
async fn a_long_signature_is_refused() {
    let key = new_key();
    let idp = Idp::with_keys(&[&key]);
    let token = token(&key);
    let long = format!("{}.{}", &token[..token.rfind('.').unwrap()], "A".repeat(15_000));
    assert!(idp.claims(&long, EDDSA).await.is_err());
}

#[tokio::test]
async fn a_payload_must_be_an_object() {
    let key = new_key();
    let idp = Idp::with_keys(&[&key]);
    for payload in ["", "null", "[]", "1", "\"x\"", "{", "{}}", "\u{feff}{}"] {
        let token = signed(&key, &header(&key).to_string(), payload);
        assert_eq!(refusal(idp.claims(&token, EDDSA).await), Some(Refusal::Payload), "{payload}");
    }
}

#[test]
fn an_unverified_issuer_is_what_the_token_says() {
    let key = new_key();
    assert_eq!(OutsideJws::parse(&token(&key)).unwrap().unverified_issuer().as_deref(), Some(ISSUER));
    for payload in ["{}", "[]", "", r#"{"iss":1}"#, r#"{"iss":"a","iss":"b"}"#] {
        let token = signed(&key, &header(&key).to_string(), payload);
        assert_eq!(OutsideJws::parse(&token).unwrap().unverified_issuer(), None, "{payload}");
    }
}

#[test]
fn debug_shows_nothing_that_signs() {
    let token = token(&new_key());
    let shown = format!("{:?}", OutsideJws::parse(&token).unwrap());
    assert!(token.split('.').all(|part| !shown.contains(part)));
}

proptest! {
    #[test]
    fn garbage_is_refused_and_never_panics(token in any::<String>()) {
        let _ = OutsideJws::parse(&token).map(|jws| jws.unverified_issuer());
    }

    #[test]
    fn garbage_in_the_shape_of_a_token_never_panics(
        header in proptest::collection::vec(any::<u8>(), 0..80),
        payload in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let _ = OutsideJws::parse(&format!("{}.{}.AA", part(&header), part(&payload)));
        let secret = "0123456789abcdef0123456789abcdef";
        let signer = SigningKey::from_hmac_secret(secret.as_bytes()).unwrap();
        let key = OutsideKey::from_client_secret(&Secret::new(secret)).unwrap();
        let message = format!("{}.{}", part(br#"{"alg":"HS256"}"#), part(&payload));
        let token = format!("{message}.{}", part(&signer.sign(message.as_bytes()).unwrap()));
        let _ = OutsideJws::parse(&token).unwrap().verify_claims(&key);
    }
}
