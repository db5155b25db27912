//! What a token claims: for whom, from whom, and when.

use super::*;

#[test]
fn issuer_is_compared_exactly() {
    let ring = keys(SigningAlgorithm::EdDsa);
    for iss in ["https://app.exampl", "https://app.example/", "https://APP.example", "app.example", ""] {
        assert_eq!(
            check(&with_claim(&ring, "iss", json!(iss)), &ring).unwrap_err(),
            Refusal::Issuer,
            "{iss}"
        );
    }
    for iss in [json!(null), json!([ISSUER])] {
        assert_eq!(check(&with_claim(&ring, "iss", iss), &ring).unwrap_err(), Refusal::Claims);
    }
}

#[test]
fn audience_must_hold_ours_exactly() {
    let ring = keys(SigningAlgorithm::EdDsa);
    for aud in [json!(ISSUER), json!([ISSUER]), json!(["https://other.example", ISSUER])] {
        assert!(check(&with_claim(&ring, "aud", aud), &ring).is_ok());
    }
    for aud in [
        json!([]),
        json!("https://other.example"),
        json!("https://app.exampl"),
        json!("https://app.example/"),
        json!("https://app.example.evil.example"),
        json!(["https://app.example/x"]),
    ] {
        assert_eq!(check(&with_claim(&ring, "aud", aud), &ring).unwrap_err(), Refusal::Audience);
    }
    for aud in [json!(null), json!({}), json!([[ISSUER]])] {
        assert_eq!(check(&with_claim(&ring, "aud", aud), &ring).unwrap_err(), Refusal::Claims);
    }
}

#[test]
fn times_hold_give_or_take_the_leeway() {
    let ring = keys(SigningAlgorithm::EdDsa);
    let verifier = verifier();
    let at = |seconds: i64| Timestamp::from_unix_seconds(NOW.unix_seconds() + seconds);
    let token = sign(&ring, &AccessClaims { nbf: Some(at(60)), ..claims() }, NOW).unwrap();
    for (seconds, expected) in [
        (49, Some(Refusal::NotYetValid)),
        (50, None),
        (899, None),
        (909, None),
        (910, Some(Refusal::Expired)),
        (49, Some(Refusal::NotYetValid)),
    ] {
        // The same verifier: what it remembers must not stand for the times.
        assert_eq!(verifier.verify(&token, &ring, at(seconds)).err(), expected, "{seconds}");
    }
    let future = sign(&ring, &AccessClaims { iat: at(11), ..claims() }, NOW).unwrap();
    assert_eq!(check(&future, &ring).unwrap_err(), Refusal::NotYetValid);
}

#[test]
fn times_of_other_types_are_refused() {
    let ring = keys(SigningAlgorithm::EdDsa);
    for member in ["exp", "nbf", "iat"] {
        for wrong in
            [json!("2000000000"), json!(null), json!({}), json!(1e308), json!(-1), json!(2e9), json!(1.5)]
        {
            let token = with_claim(&ring, member, wrong.clone());
            assert_eq!(check(&token, &ring).unwrap_err(), Refusal::Claims, "{member} {wrong}");
        }
    }
}

#[test]
fn payload_must_be_an_object() {
    let ring = keys(SigningAlgorithm::EdDsa);
    let header = header(&ring).to_string();
    for payload in ["", "null", "[]", "1", "\"x\"", "{", "{}}", "\u{feff}{}"] {
        assert_eq!(check(&signed(&ring, &header, payload), &ring).unwrap_err(), Refusal::Claims, "{payload}");
    }
    for header in ["", "null", "[]", "[\"EdDSA\",\"at+jwt\"]", "{}", "{\"alg\":\"EdDSA\"} x"] {
        assert!(check(&signed(&ring, header, "{}"), &ring).is_err(), "{header}");
    }
}
