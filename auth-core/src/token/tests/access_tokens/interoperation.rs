//! jsonwebtoken as an independent reader and writer.

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};

use super::*;

#[test]
fn jsonwebtoken_takes_our_tokens_by_our_key_set() {
    crate::key::install_backend();
    crate::key::install_backend();
    for algorithm in algorithms().filter(|algorithm| !algorithm.is_symmetric()) {
        let ring = keys(algorithm);
        let token = sign(&ring, &claims(), NOW).unwrap();
        let set: JwkSet = serde_json::from_str(&ring.jwks(NOW)).unwrap();
        let key = DecodingKey::from_jwk(set.find(ring.signer(NOW).unwrap().kid()).unwrap()).unwrap();
        let alg: Algorithm = algorithm.name().parse().unwrap();
        let mut validation = Validation::new(alg);
        validation.validate_exp = false;
        validation.set_audience(&[ISSUER]);
        validation.set_issuer(&[ISSUER]);
        let read = decode::<Value>(&token, &key, &validation).unwrap();
        assert_eq!(read.claims["sub"], "u1");
    }
}

#[test]
fn we_take_tokens_that_jsonwebtoken_wrote() {
    crate::key::install_backend();
    let secret = [9; 32];
    let ring = KeyRing::of(vec![SigningKey::from_hmac_secret(&secret).unwrap()]).unwrap();
    let mut header = jsonwebtoken::Header::new(Algorithm::HS256);
    header.typ = Some("at+jwt".to_owned());
    header.kid = Some(ring.signer(NOW).unwrap().kid().to_owned());
    let key = jsonwebtoken::EncodingKey::from_secret(&secret);
    let token = jsonwebtoken::encode(&header, &claims(), &key).unwrap();
    assert_eq!(*check(&token, &ring).unwrap(), claims());
}
