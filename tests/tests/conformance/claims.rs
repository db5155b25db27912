//! Tokens that our own key signed, and that are still not good (RFC 7519 section 4.1, RFC 8725 section 3, RFC 9068 section 4).

use std::time::Duration;

use auth_core::key::{SigningAlgorithm, SigningKey};
use auth_core::testing::SeededRandom;
use conformance::{ALICE, Framework, TestApp};
use serde_json::{Value, json};

use crate::jwt;

/// An app whose key the scenario holds too, with header and claims of a token that it takes.
struct Forge {
    app: TestApp,
    key: SigningKey,
    header: Value,
    claims: Value,
}

impl Forge {
    fn new(on: Framework) -> Self {
        // The same randomness makes the same key twice.
        let key = || SigningKey::generate(SigningAlgorithm::EdDsa, &SeededRandom::new(7)).unwrap();
        let app = on.start_with(|builder| builder.signing_keys([key()]));
        let (header, claims) = jwt::read(&app.tokens(ALICE, "reports:read").access);
        let forge = Self { app, key: key(), header, claims };
        assert!(forge.is_taken(&forge.header, &forge.claims), "the forge itself works");
        forge
    }

    fn is_taken(&self, header: &Value, claims: &Value) -> bool {
        self.takes(&jwt::signing_input(header, claims))
    }

    fn takes(&self, input: &str) -> bool {
        let signature = self.key.sign(input.as_bytes()).unwrap();
        let token = format!("{input}{}", jwt::suffix(&signature));
        let reply = self.app.get("/scoped").bearer(&token).send();
        if reply.status != 200 {
            reply.clone().problem(401, "invalid_token");
        }
        reply.status == 200
    }

    /// Whether a token with this claim changed, or removed, is taken.
    fn claim(&self, name: &str, value: Option<Value>) -> bool {
        self.is_taken(&self.header, &changed(&self.claims, name, value))
    }

    /// The same for a header parameter.
    fn parameter(&self, name: &str, value: Option<Value>) -> bool {
        self.is_taken(&changed(&self.header, name, value), &self.claims)
    }
}

fn changed(object: &Value, name: &str, value: Option<Value>) -> Value {
    let mut object = object.clone();
    match value {
        Some(value) => object[name] = value,
        None => drop(object.as_object_mut().unwrap().remove(name)),
    }
    object
}

pub(crate) fn times_must_be_whole_numbers_in_range(on: Framework) {
    let forge = Forge::new(on);
    let now = 1_700_000_000_i64;
    assert!(forge.claim("exp", Some(json!(now + 60))));
    assert!(!forge.claim("exp", None), "no token lives for ever");
    for (name, later) in [("exp", now + 60), ("nbf", now - 60), ("iat", now - 60)] {
        for wrong in [
            json!(later.to_string()),
            json!(null),
            json!({}),
            json!([later]),
            json!(true),
            json!(1e308),
            json!(-1),
            json!(later as f64 + 0.5),
            json!(u64::MAX),
            json!(i64::MAX),
        ] {
            assert!(!forge.claim(name, Some(wrong.clone())), "{name} {wrong}");
        }
    }
}

pub(crate) fn a_token_is_good_between_its_times_only(on: Framework) {
    let forge = Forge::new(on);
    let now = 1_700_000_000_i64;
    assert!(!forge.claim("exp", Some(json!(now - 61))));
    assert!(!forge.claim("exp", Some(json!(0))));
    assert!(!forge.claim("nbf", Some(json!(now + 61))));
    assert!(forge.claim("nbf", Some(json!(now))));
    assert!(!forge.claim("iat", Some(json!(now + 3600))), "not issued yet");
    forge.app.clock.advance(Duration::from_secs(1000));
    assert!(!forge.is_taken(&forge.header, &forge.claims));
}

pub(crate) fn the_audience_must_be_ours_exactly(on: Framework) {
    let forge = Forge::new(on);
    let own = forge.app.base.clone();
    assert!(forge.claim("aud", Some(json!([own, "https://other.example"]))));
    assert!(!forge.claim("aud", None));
    for wrong in [
        json!([]),
        json!(""),
        json!(null),
        json!("https://other.example"),
        json!(own[..own.len() - 1]),
        json!(format!("{own}/")),
        json!(format!("{own}.evil.example")),
        json!(own.to_uppercase()),
        json!({"a": own}),
        json!([[own]]),
        json!([1]),
        json!("localhost"),
        json!("*"),
    ] {
        assert!(!forge.claim("aud", Some(wrong.clone())), "{wrong}");
    }
}

pub(crate) fn the_issuer_must_be_ours_exactly(on: Framework) {
    let forge = Forge::new(on);
    let own = forge.app.base.clone();
    assert!(!forge.claim("iss", None));
    for wrong in [
        json!(""),
        json!(null),
        json!("https://other.example"),
        json!(own[..own.len() - 1]),
        json!(format!("{own}/")),
        json!(format!("{own}.evil.example")),
        json!(own.to_uppercase()),
        json!([own]),
        json!(own.replace("http:", "https:")),
        json!(format!(" {own}")),
    ] {
        assert!(!forge.claim("iss", Some(wrong.clone())), "{wrong}");
    }
}

pub(crate) fn the_type_must_be_at_jwt(on: Framework) {
    let forge = Forge::new(on);
    for right in ["at+jwt", "AT+JWT", "application/at+jwt"] {
        let taken = forge.parameter("typ", Some(json!(right)));
        assert!(taken || right != "at+jwt", "{right}");
    }
    assert!(!forge.parameter("typ", None));
    for wrong in [
        "JWT",
        "jwt",
        "",
        "id+jwt",
        "logout+jwt",
        "at+jwt ",
        "xat+jwt",
        "application/jwt",
        "rt+jwt",
        "dpop+jwt",
    ] {
        assert!(!forge.parameter("typ", Some(json!(wrong))), "{wrong}");
    }
    for wrong in [json!(null), json!(["at+jwt"]), json!(1)] {
        assert!(!forge.parameter("typ", Some(wrong.clone())), "{wrong}");
    }
}

pub(crate) fn critical_extensions_are_refused(on: Framework) {
    let forge = Forge::new(on);
    for crit in
        [json!(["exp"]), json!([]), json!("b64"), json!(["alg"]), json!(null), json!(["b64"]), json!({})]
    {
        assert!(!forge.parameter("crit", Some(crit.clone())), "{crit}");
        let header = changed(&changed(&forge.header, "crit", Some(crit.clone())), "b64", Some(json!(false)));
        assert!(!forge.is_taken(&header, &forge.claims), "{crit}");
    }
    assert!(!forge.parameter("b64", Some(json!(false))));
}

pub(crate) fn the_algorithm_is_the_keys_own(on: Framework) {
    let forge = Forge::new(on);
    for alg in ["ES256", "RS256", "HS256", "none", "Ed448", "eddsa", "EDDSA", ""] {
        assert!(!forge.parameter("alg", Some(json!(alg))), "{alg}");
    }
    for alg in [json!(null), json!(["EdDSA"]), json!(1)] {
        assert!(!forge.parameter("alg", Some(alg.clone())), "{alg}");
    }
    assert!(!forge.parameter("kid", Some(json!("another"))));
    assert!(!forge.parameter("kid", Some(json!(1))));
}

pub(crate) fn claims_of_the_wrong_type_are_refused(on: Framework) {
    let forge = Forge::new(on);
    for name in ["sub", "jti", "client_id", "scope", "sid", "amr", "auth_epoch"] {
        for wrong in [json!(null), json!({"a": 1}), json!(1.5)] {
            assert!(!forge.claim(name, Some(wrong.clone())), "{name} {wrong}");
        }
    }
    for name in ["sub", "jti", "client_id", "iat"] {
        assert!(!forge.claim(name, None), "{name}");
    }
    assert!(forge.claim("unknown", Some(json!({"a": [1]}))), "what is not known is ignored");
}

pub(crate) fn a_member_named_twice_is_refused(on: Framework) {
    let forge = Forge::new(on);
    let doubled = |object: &Value, more: &str| {
        let text = object.to_string();
        jwt::part(format!("{},{more}}}", &text[..text.len() - 1]).as_bytes())
    };
    let header = jwt::part(forge.header.to_string().as_bytes());
    let claims = jwt::part(forge.claims.to_string().as_bytes());
    let root = forge.app.user(conformance::ROOT).id.to_string();
    assert!(!forge.takes(&format!("{header}.{}", doubled(&forge.claims, &format!("\"sub\":\"{root}\"")))));
    assert!(!forge.takes(&format!("{header}.{}", doubled(&forge.claims, "\"\\u0065xp\":9999999999"))));
    assert!(!forge.takes(&format!("{}.{claims}", doubled(&forge.header, "\"alg\":\"EdDSA\""))));
}

pub(crate) fn a_user_and_a_client_are_never_confused(on: Framework) {
    let forge = Forge::new(on);
    let claims = changed(&forge.claims, "client_id", Some(json!("other")));
    assert!(forge.is_taken(&forge.header, &claims), "a scope is for whoever holds it");
    // A client that acts for itself: its id is its subject.
    let claims = changed(&claims, "sub", Some(json!("other")));
    let claims = changed(&changed(&claims, "auth_epoch", None), "sid", None);
    assert!(forge.is_taken(&forge.header, &claims));
    let input = jwt::signing_input(&forge.header, &claims);
    let token = format!("{input}{}", jwt::suffix(&forge.key.sign(input.as_bytes()).unwrap()));
    for route in ["/private", "/api", "/reports", "/staff", "/fresh", "/auth/me", "/auth/sessions"] {
        forge.app.get(route).bearer(&token).send().problem(403, "user_required");
    }
    assert_eq!(forge.app.get("/scoped").bearer(&token).send().expect(200).text(), "hello client");
    assert!(!forge.claim("sub", Some(json!("nobody-we-know"))));
    assert!(!forge.claim("auth_epoch", Some(json!(17))));
    assert!(!forge.claim("auth_epoch", None));
}
