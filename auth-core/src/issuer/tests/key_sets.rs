//! Key sets.

use super::*;

#[tokio::test]
async fn odd_keys_do_not_spoil_the_others() {
    let key = new_key();
    let mut private = jwk(&new_key());
    private["d"] = json!("AA");
    let mut encrypting = jwk(&new_key());
    encrypting["use"] = json!("enc");
    let mut numbered = jwk(&new_key());
    numbered["kid"] = json!(7);
    let idp = Idp::new();
    idp.publish_jwks(&[
        json!(null),
        json!([]),
        json!({}),
        json!({"kty": "oct", "k": "AA", "kid": "secret"}),
        json!({"kty": "EC", "crv": "P-521", "x": "AA", "y": "AA"}),
        json!({"kty": "RSA", "n": "AQAB", "e": "AQAB"}),
        json!({"kty": "OKP", "crv": "Ed448", "x": "AA"}),
        private,
        encrypting,
        numbered,
        jwk(&key),
    ]);
    assert_eq!(idp.check(&key).await, Ok(()));
}

#[tokio::test]
async fn keys_that_are_not_for_verifying_verify_nothing() {
    for (member, value) in [("use", json!("enc")), ("key_ops", json!(["sign"])), ("d", json!("AA"))] {
        let (key, good) = (new_key(), new_key());
        let mut odd = jwk(&key);
        odd[member] = value;
        let idp = Idp::new();
        idp.publish_jwks(&[odd, jwk(&good)]);
        assert_eq!(idp.check(&key).await, Err(OutsideFault::Token), "{member}");
        assert_eq!(idp.check(&good).await, Ok(()));
    }
}

/// The JWK of a key under the name of another one.
fn named_like(key: &SigningKey, other: &SigningKey) -> Value {
    let mut jwk = jwk(key);
    jwk["kid"] = json!(other.kid());
    jwk
}

#[tokio::test]
async fn each_of_several_keys_of_one_name_is_tried_up_to_a_few() {
    let keys: Vec<SigningKey> = (0..6).map(|_| new_key()).collect();
    let (stranger, good) = (new_key(), new_key());
    let idp = Idp::new();
    let mut set: Vec<Value> = keys.iter().map(|key| named_like(key, &keys[0])).collect();
    set.push(jwk(&good));
    idp.publish_jwks(&set);
    for (number, key) in keys.iter().enumerate() {
        let token = with_header(key, &header(&keys[0]));
        let claims = idp.claims(&token, EDDSA).await;
        match number {
            0..4 => assert!(claims.is_ok(), "{number}"),
            _ => assert_eq!(refusal(claims), Some(Refusal::Signature), "{number}"),
        }
    }
    let forged = with_header(&stranger, &header(&keys[0]));
    assert_eq!(refusal(idp.claims(&forged, EDDSA).await), Some(Refusal::Signature));
    assert_eq!(refusal(idp.claims(&nameless(&keys[0]), EDDSA).await), Some(Refusal::UnknownKid));
    assert_eq!(idp.check(&good).await, Ok(()));
}

#[tokio::test]
async fn keys_are_the_same_when_their_numbers_are() {
    let key = new_key();
    let plain = jwk(&key);
    let with = |changes: Value| {
        let mut jwk = plain.clone();
        for (member, value) in changes.as_object().unwrap() {
            match value {
                Value::Null => drop(jwk.as_object_mut().unwrap().remove(member)),
                value => jwk[member] = value.clone(),
            }
        }
        jwk
    };
    for other in [
        with(json!({"x5c": ["MIIC"], "x5t": "dGh1bWI"})),
        with(json!({"alg": null})),
        with(json!({"use": null, "key_ops": ["verify"]})),
        with(json!({"kid": null})),
        with(json!({"kid": "the same by another name"})),
        with(json!({"exp": 1_900_000_000, "nbf": 0})),
    ] {
        for set in [[plain.clone(), other.clone()], [other.clone(), plain.clone()]] {
            let idp = Idp::new();
            idp.publish_jwks(&set);
            assert_eq!(idp.check(&key).await, Ok(()), "{other}");
            assert!(idp.claims(&nameless(&key), EDDSA).await.is_ok(), "{other}");
        }
    }
    // A second key makes a token without a name nobody's still.
    let idp = Idp::new();
    idp.publish_jwks(&[plain.clone(), with(json!({"x5c": ["MIIC"]})), jwk(&new_key())]);
    assert_eq!(refusal(idp.claims(&nameless(&key), EDDSA).await), Some(Refusal::UnknownKid));
}

#[tokio::test]
async fn a_token_without_kid_takes_the_only_key_of_its_algorithm() {
    let (key, other) = (new_key(), new_key());
    let idp = Idp::with_keys(&[&key]);
    assert!(idp.claims(&nameless(&key), EDDSA).await.is_ok());
    let idp = Idp::with_keys(&[&key, &other]);
    assert_eq!(refusal(idp.claims(&nameless(&key), EDDSA).await), Some(Refusal::UnknownKid));
}

#[tokio::test]
async fn huge_sets_are_read_in_part() {
    let (first, last) = (new_key(), new_key());
    let mut keys = vec![jwk(&first)];
    keys.extend((0..5000).map(|index| json!({"kid": index.to_string()})));
    keys.push(jwk(&last));
    let idp = Idp::new();
    idp.publish_jwks(&keys);
    assert_eq!(idp.check(&first).await, Ok(()));
    assert_eq!(idp.check(&last).await, Err(OutsideFault::Token));
}
