//! Signatures, algorithms and whose they are.

use super::*;

/// Keys and tokens that others made, one for each asymmetric algorithm.
fn cases() -> Vec<(JwsAlgorithm, Value, String)> {
    let file: Value = serde_json::from_str(include_str!("../testdata/signatures.json")).unwrap();
    let case = |case: &Value| {
        let algorithm = JwsAlgorithm::from_name(case["jwk"]["alg"].as_str().unwrap()).unwrap();
        (algorithm, case["jwk"].clone(), case["token"].as_str().unwrap().to_owned())
    };
    file["cases"].as_array().unwrap().iter().map(case).collect()
}

fn without_alg(mut jwk: Value) -> Value {
    jwk.as_object_mut().unwrap().remove("alg");
    jwk
}

#[tokio::test]
async fn every_algorithm_is_verified() {
    let asymmetric = JwsAlgorithm::ALL.into_iter().filter(|algorithm| !algorithm.is_symmetric());
    assert!(asymmetric.eq(cases().into_iter().map(|(algorithm, ..)| algorithm)));
    for (algorithm, jwk, token) in cases() {
        for jwk in [jwk.clone(), without_alg(jwk)] {
            let idp = Idp::new();
            idp.publish_jwks(&[jwk]);
            let claims = idp.claims(&token, &[algorithm]).await.unwrap();
            assert_eq!(claims.required_text("sub").unwrap(), "u1");
        }
    }
}

#[tokio::test]
async fn each_other_byte_of_a_token_is_refused() {
    for (algorithm, jwk, token) in cases() {
        let key = &OutsideKey::all_from_jwk(&jwk).unwrap().1[0];
        assert!(OutsideJws::parse(&token).unwrap().verify_claims(key).is_ok());
        for at in (0..token.len()).step_by(7) {
            let mut bytes = token.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            let verified = OutsideJws::parse(&changed).and_then(|jws| jws.verify_claims(key));
            assert!(verified.is_err(), "{algorithm} {at}");
        }
    }
}

#[tokio::test]
async fn an_algorithm_that_is_not_accepted_is_refused_before_anything_is_fetched() {
    for (algorithm, jwk, token) in cases() {
        let idp = Idp::new();
        idp.publish_jwks(&[without_alg(jwk)]);
        let others: Vec<_> = JwsAlgorithm::ALL.into_iter().filter(|other| *other != algorithm).collect();
        assert_eq!(refusal(idp.claims(&token, &others).await), Some(Refusal::Algorithm), "{algorithm}");
        assert_eq!(refusal(idp.claims(&token, &[]).await), Some(Refusal::Algorithm));
        assert_eq!(idp.fetches(), 0);
    }
}

#[tokio::test]
async fn a_token_does_not_choose_the_algorithm_of_a_key_that_names_one() {
    for (algorithm, jwk, token) in cases() {
        let rsa = [JwsAlgorithm::Rs256, JwsAlgorithm::Rs512, JwsAlgorithm::Ps256, JwsAlgorithm::Ps384];
        for other in rsa.into_iter().filter(|other| *other != algorithm) {
            let mut jwk = jwk.clone();
            jwk["alg"] = json!(other.name());
            let idp = Idp::new();
            idp.publish_jwks(&[jwk]);
            assert!(idp.claims(&token, &JwsAlgorithm::ALL).await.is_err(), "{algorithm} as {other}");
        }
    }
}

/// RFC 9864 section 2.2: one and the same signature under two names, and a key is for the name that it bears.
#[tokio::test]
async fn ed25519_goes_by_either_name_and_each_key_by_its_own() {
    let both = [JwsAlgorithm::Ed25519, JwsAlgorithm::EdDsa];
    let key = new_key();
    let token = |name: &str| with_header(&key, &json!({"alg": name, "kid": key.kid()}));
    for (named, takes) in
        [(Some("Ed25519"), [true, false]), (Some("EdDSA"), [false, true]), (None, [true, true])]
    {
        let mut jwk = without_alg(jwk(&key));
        if let Some(name) = named {
            jwk["alg"] = json!(name);
        }
        let idp = Idp::new();
        idp.publish_jwks(&[jwk]);
        for (algorithm, is_taken) in both.into_iter().zip(takes) {
            let token = token(algorithm.name());
            assert_eq!(idp.claims(&token, &both).await.is_ok(), is_taken, "{algorithm} by {named:?}");
            let other = both.into_iter().filter(|other| *other != algorithm).collect::<Vec<_>>();
            assert_eq!(refusal(idp.claims(&token, &other).await), Some(Refusal::Algorithm));
        }
    }
    // Neither name is one for keys of another type, nor is any other name for this one.
    for (algorithm, mut jwk, _) in cases() {
        let is_ed25519 = both.contains(&algorithm);
        for name in ["Ed25519", "EdDSA"] {
            jwk["alg"] = json!(name);
            assert_eq!(OutsideKey::all_from_jwk(&jwk).is_ok(), is_ed25519, "{name} of {algorithm}");
        }
        jwk["alg"] = json!("Ed448");
        assert!(OutsideKey::all_from_jwk(&jwk).is_err());
    }
}

#[tokio::test]
async fn unsigned_tokens_are_refused() {
    let key = new_key();
    let idp = Idp::with_keys(&[&key]);
    for alg in ["none", "None", "NONE", "nOnE", "", "HS512", "ES256K", "eddsa", "dir"] {
        let token = with_header(&key, &json!({"alg": alg, "kid": key.kid()}));
        let unsigned = &token[..=token.rfind('.').unwrap()];
        for token in [&token, unsigned] {
            let refused = idp.claims(token, &JwsAlgorithm::ALL).await;
            assert_eq!(refusal(refused), Some(Refusal::Algorithm), "{alg}");
        }
    }
    for alg in [json!(null), json!(1), json!(["EdDSA"])] {
        let token = with_header(&key, &json!({"alg": alg, "kid": key.kid()}));
        assert_eq!(refusal(OutsideJws::parse(&token)), Some(Refusal::Header));
    }
    let token = token(&key);
    let unsigned = &token[..=token.rfind('.').unwrap()];
    assert_eq!(refusal(idp.claims(unsigned, EDDSA).await), Some(Refusal::Signature));
}

#[tokio::test]
async fn hmac_keyed_with_a_public_key_is_refused() {
    for (_, jwk, _) in cases() {
        let idp = Idp::new();
        idp.publish_jwks(std::slice::from_ref(&jwk));
        let der = ["n", "x"].iter().find_map(|member| jwk[member].as_str()).unwrap();
        let der = URL_SAFE_NO_PAD.decode(der).unwrap();
        let pem = |end: &str, last: &str| {
            let body = STANDARD.encode(&der);
            format!("-----BEGIN PUBLIC KEY-----{end}{body}{end}-----END PUBLIC KEY-----{last}").into_bytes()
        };
        let secrets =
            [pem("\n", "\n"), pem("\n", ""), pem("\r\n", "\r\n"), jwk.to_string().into_bytes(), der.clone()];
        for secret in secrets {
            let forger = SigningKey::from_hmac_secret(&secret).unwrap();
            for alg in ["HS256", jwk["alg"].as_str().unwrap()] {
                let forged = with_header(&forger, &json!({"alg": alg, "kid": jwk["kid"]}));
                assert!(idp.claims(&forged, &JwsAlgorithm::ALL).await.is_err(), "{alg}");
            }
        }
    }
}

#[test]
fn a_client_secret_verifies_hs256_and_nothing_else() {
    let text = "0123456789abcdef0123456789abcdef";
    let key = OutsideKey::from_client_secret(&Secret::new(text)).unwrap();
    assert_eq!(key.algorithm(), JwsAlgorithm::Hs256);
    let signer = SigningKey::from_hmac_secret(text.as_bytes()).unwrap();
    let right = token(&signer);
    assert!(OutsideJws::parse(&right).unwrap().verify_claims(&key).is_ok());
    let named = with_header(&signer, &json!({"alg": "RS256"}));
    let refused = OutsideJws::parse(&named).unwrap().verify_claims(&key);
    assert_eq!(refusal(refused), Some(Refusal::Algorithm));
    let short = OutsideKey::from_client_secret(&Secret::new(&text[1..])).unwrap_err();
    assert_eq!(short.kind(), ErrorKind::Configuration);
    assert!(!format!("{short:?} {key:?}").contains(&text[1..]));
}

#[tokio::test]
async fn malformed_ecdsa_signatures_are_refused() {
    for (algorithm, jwk, token) in cases() {
        let len = match algorithm {
            JwsAlgorithm::Es256 => 32,
            JwsAlgorithm::Es384 => 48,
            JwsAlgorithm::Es512 => 66,
            _ => continue,
        };
        let idp = Idp::new();
        idp.publish_jwks(&[jwk]);
        let (message, signature) = token.rsplit_once('.').unwrap();
        let good = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let (r, s) = good.split_at(len);
        let (zero, full) = (vec![0; len], vec![0xff; len]);
        for wrong in [
            [&zero[..], &zero].concat(),
            [&zero[..], s].concat(),
            [r, &zero].concat(),
            [&full[..], s].concat(),
            [r, &full].concat(),
            [r, s, &[0]].concat(),
            [&[0], r, s].concat(),
            good[..good.len() - 1].to_vec(),
            Vec::new(),
        ] {
            let wrong = format!("{message}.{}", URL_SAFE_NO_PAD.encode(wrong));
            let refused = idp.claims(&wrong, &[algorithm]).await;
            assert_eq!(refusal(refused), Some(Refusal::Signature), "{algorithm}");
        }
    }
}
