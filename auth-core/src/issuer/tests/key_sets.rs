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
        assert_eq!(idp.check(&key).await, Err(ErrorKind::InvalidToken), "{member}");
        assert_eq!(idp.check(&good).await, Ok(()));
    }
}

#[tokio::test]
async fn of_two_keys_of_one_name_none_is_picked() {
    let (one, other, good) = (new_key(), new_key(), new_key());
    let mut second = jwk(&other);
    second["kid"] = json!(one.kid());
    let idp = Idp::new();
    idp.publish_jwks(&[jwk(&one), second, jwk(&good), jwk(&good)]);
    assert_eq!(idp.check(&one).await, Err(ErrorKind::InvalidToken));
    assert_eq!(idp.check(&good).await, Ok(()));
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
    assert_eq!(idp.check(&last).await, Err(ErrorKind::InvalidToken));
}
