//! What the header of a token says, and how little of it counts.

use super::*;

#[test]
fn algorithm_is_the_keys_never_the_headers() {
    for algorithm in algorithms() {
        let ring = keys(algorithm);
        let others = [
            "none", "None", "NONE", "nOnE", "", "HS256", "RS256", "ES256", "EdDSA", "PS256", "HS512",
            "ed25519",
        ];
        for alg in others.into_iter().filter(|alg| *alg != algorithm.name()) {
            let token = with_header(&ring, "alg", json!(alg));
            assert_eq!(
                check(&token, &ring).unwrap_err(),
                Refusal::Format(Jws::Algorithm),
                "{algorithm} {alg}"
            );
            let unsigned = &token[..=token.rfind('.').unwrap()];
            assert_eq!(check(unsigned, &ring).unwrap_err(), Refusal::Format(Jws::Algorithm));
        }
        for alg in [json!(null), json!(1), json!(["EdDSA"])] {
            assert_eq!(
                check(&with_header(&ring, "alg", alg), &ring).unwrap_err(),
                Refusal::Format(Jws::Header)
            );
        }
        let mut without = header(&ring);
        without.as_object_mut().unwrap().remove("alg");
        let token = signed(&ring, &without.to_string(), &serde_json::to_string(&claims()).unwrap());
        assert_eq!(check(&token, &ring).unwrap_err(), Refusal::Format(Jws::Header));
        let token = sign(&ring, &claims(), NOW).unwrap();
        assert_eq!(
            check(&token[..=token.rfind('.').unwrap()], &ring).unwrap_err(),
            Refusal::Format(Jws::Signature)
        );
    }
}

#[test]
fn hmac_keyed_with_our_public_key_is_refused() {
    for algorithm in algorithms().filter(|algorithm| !algorithm.is_symmetric()) {
        let ring = keys(algorithm);
        let set: Value = serde_json::from_str(&ring.jwks(NOW)).unwrap();
        let jwk = &set["keys"][0];
        let raw = ["x", "n"].iter().find_map(|member| jwk[member].as_str()).unwrap();
        let der = URL_SAFE_NO_PAD.decode(raw).unwrap();
        let pem = |end: &str| {
            format!(
                "-----BEGIN PUBLIC KEY-----{end}{}{end}-----END PUBLIC KEY-----{end}",
                STANDARD.encode(&der)
            )
        };
        let secrets = [pem("\n").into_bytes(), pem("\r\n").into_bytes(), jwk.to_string().into_bytes(), der];
        for secret in secrets {
            let Ok(forger) = SigningKey::from_hmac_secret(&secret) else { continue };
            let forged = KeyRing::of(vec![forger]).unwrap();
            for alg in ["HS256", algorithm.name()] {
                let header = json!({"alg": alg, "typ": "at+jwt", "kid": ring.signer(NOW).unwrap().kid()});
                let token = signed(&forged, &header.to_string(), &serde_json::to_string(&claims()).unwrap());
                assert!(check(&token, &ring).is_err());
            }
        }
    }
}

#[test]
fn keys_and_extensions_in_the_header_are_refused() {
    let ring = keys(SigningAlgorithm::EdDsa);
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
    for (member, value) in [
        ("jwk", jwk),
        ("jku", json!("http://localhost:1/jwks.json")),
        ("x5u", json!("http://localhost:1/chain.pem")),
        ("x5c", json!(["MIIB"])),
        ("crit", json!([])),
        ("crit", json!(["exp"])),
        ("crit", json!(["alg"])),
        ("crit", json!("b64")),
        ("crit", json!(null)),
        ("b64", json!(false)),
        ("b64", json!(true)),
        ("zip", json!("DEF")),
        ("enc", json!("A256GCM")),
        ("typ", json!(null)),
        ("kid", json!(7)),
        ("nested", serde_json::from_str("[{\"a\":1}]").unwrap()),
    ] {
        let refused = check(&with_header(&ring, member, value.clone()), &ring).err();
        let expected = (member != "nested").then_some(Refusal::Format(Jws::Header));
        assert_eq!(refused, expected, "{member} {value}");
    }
}

#[test]
fn only_access_token_types_are_taken() {
    let ring = keys(SigningAlgorithm::EdDsa);
    for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/AT+JWT"] {
        assert!(check(&with_header(&ring, "typ", json!(typ)), &ring).is_ok(), "{typ}");
    }
    for typ in
        ["JWT", "jwt", "", "at+jwt ", "rt+jwt", "logout+jwt", "dpop+jwt", "secevent+jwt", "text/at+jwt"]
    {
        let token = with_header(&ring, "typ", json!(typ));
        assert_eq!(check(&token, &ring).unwrap_err(), Refusal::Type, "{typ}");
    }
    let mut without = header(&ring);
    without.as_object_mut().unwrap().remove("typ");
    let token = signed(&ring, &without.to_string(), &serde_json::to_string(&claims()).unwrap());
    assert_eq!(check(&token, &ring).unwrap_err(), Refusal::Type);
}

#[test]
fn token_without_kid_is_refused() {
    let ring = keys(SigningAlgorithm::EdDsa);
    let mut without = header(&ring);
    without.as_object_mut().unwrap().remove("kid");
    let token = signed(&ring, &without.to_string(), &serde_json::to_string(&claims()).unwrap());
    assert_eq!(check(&token, &ring).unwrap_err(), Refusal::Format(Jws::Header));
    for kid in ["", "../../etc/passwd", "x' OR '1'='1"] {
        assert_eq!(
            check(&with_header(&ring, "kid", json!(kid)), &ring).unwrap_err(),
            Refusal::Format(Jws::UnknownKid)
        );
    }
}
