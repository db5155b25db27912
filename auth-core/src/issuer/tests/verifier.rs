//! Tokens seen before.

use super::*;

async fn verify(verifier: &OutsideVerifier, token: &str) -> Result<Arc<Verified>, OutsideFault> {
    verifier.verify(&url(JWKS), token).await.map_err(|error| error.fault().unwrap())
}

#[tokio::test]
async fn a_token_seen_before_is_not_verified_again() {
    let key = new_key();
    let idp = Idp::with_keys(&[&key]);
    let verifier = OutsideVerifier::new(idp.issuers.clone(), EDDSA.to_vec());
    let token = token(&key);
    let first = verify(&verifier, &token).await.unwrap();
    assert_eq!(first.claims.required_text("sub").unwrap(), "u1");
    assert!(Arc::ptr_eq(&first, &verify(&verifier, &token).await.unwrap()));
    for wrong in [format!("{token}A"), token[1..].to_owned(), String::new()] {
        assert_eq!(verify(&verifier, &wrong).await.unwrap_err(), OutsideFault::Token);
    }
    let long = "A".repeat(MAX_OUTSIDE_TOKEN_LEN + 1);
    assert_eq!(verify(&verifier, &long).await.unwrap_err(), OutsideFault::Token);
}

#[tokio::test]
async fn what_was_verified_dies_with_its_key_and_lives_on_with_the_same_set() {
    let (old, new) = (new_key(), new_key());
    let idp = Idp::with_keys(&[&old]);
    let verifier = OutsideVerifier::new(idp.issuers.clone(), EDDSA.to_vec());
    let (old_token, new_token) = (token(&old), token(&new));
    let first = verify(&verifier, &old_token).await.unwrap();

    idp.cool_down();
    assert_eq!(verify(&verifier, &new_token).await.unwrap_err(), OutsideFault::Token);
    assert!(Arc::ptr_eq(&first, &verify(&verifier, &old_token).await.unwrap()), "nothing has changed");

    idp.publish(&[&new]);
    idp.cool_down();
    assert!(verify(&verifier, &new_token).await.is_ok());
    assert_eq!(verify(&verifier, &old_token).await.unwrap_err(), OutsideFault::Token);
}

/// Some issuers write their set anew each time.
#[tokio::test]
async fn the_same_keys_in_other_words_are_the_same_set() {
    let (one, other, stranger) = (new_key(), new_key(), new_key());
    let idp = Idp::with_keys(&[&one, &other]);
    let verifier = OutsideVerifier::new(idp.issuers.clone(), EDDSA.to_vec());
    let token = token(&one);
    let first = verify(&verifier, &token).await.unwrap();
    let mut reworded = jwk(&one);
    reworded["x5c"] = json!(["MIIC"]);
    idp.publish_jwks(&[jwk(&other), reworded, jwk(&one)]);
    idp.cool_down();
    assert!(verify(&verifier, &self::token(&stranger)).await.is_err());
    assert_eq!(idp.fetches(), 2);
    assert!(Arc::ptr_eq(&first, &verify(&verifier, &token).await.unwrap()));
    // One that is gone is a change.
    idp.publish(&[&one]);
    idp.cool_down();
    assert!(verify(&verifier, &self::token(&stranger)).await.is_err());
    assert!(!Arc::ptr_eq(&first, &verify(&verifier, &token).await.unwrap()));
}

#[tokio::test]
async fn what_was_verified_dies_when_the_keys_cannot_be_had_for_too_long() {
    let key = new_key();
    let idp = Idp::with_keys(&[&key]);
    let verifier = OutsideVerifier::new(idp.issuers.clone(), EDDSA.to_vec());
    let token = token(&key);
    assert!(verify(&verifier, &token).await.is_ok());
    idp.servers.fail(Method::Get, JWKS, OutboundFault::Timeout);
    idp.clock.advance(idp.config.ttl + idp.config.max_stale);
    assert!(verify(&verifier, &token).await.is_ok());
    idp.clock.advance(Duration::from_secs(60));
    assert_eq!(verify(&verifier, &token).await.unwrap_err(), OutsideFault::Failed);
}
