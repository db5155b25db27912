//! The crate `openidconnect` as an oracle: the same ID tokens, the same verdicts.

use std::str::FromStr as _;
use std::sync::{Arc, Mutex};

use auth_core::clock::{Clock as _, SystemClock};
use auth_core::key::SigningAlgorithm;
use conformance::{CLIENT, Framework, Idp, query};
use openidconnect::core::{CoreIdToken, CoreIdTokenVerifier, CoreJsonWebKeySet};
use openidconnect::{AccessToken, AccessTokenHash, ClientId, ClientSecret, IssuerUrl, Nonce};
use serde_json::{Value, json};

use crate::forgeries::{self, Forgery};
use crate::rp::{ID, Rp, entry};

/// What the oracle takes and we do not, each with the reason. The reverse does not happen.
const STRICTER: &[(&str, &str)] = &[
    // OpenID Connect Core 1.0 section 3.1.3.7 steps 4 and 5 are a SHOULD; the oracle leaves them out and says so.
    ("several aud without azp", "whose token it is stays open"),
    ("several aud, azp another", "it was issued to somebody else"),
    ("azp another", "it was issued to somebody else"),
    // RFC 7519 section 4.1.5: "MUST NOT be accepted for processing" before that time.
    ("nbf ahead", "it is not good yet"),
    // Core section 2: a name, at most 255 characters long.
    ("sub empty", "it names nobody"),
    ("sub longer than any", "no such name is issued"),
];

/// As many logins as one network may begin without a rest.
const AT_ONCE: usize = 10;

#[test]
fn the_oracle_says_the_same() {
    let forgeries: Vec<_> = forgeries::all().collect();
    assert!(forgeries.len() >= 40, "{} tokens", forgeries.len());
    let mut differences = Vec::new();
    for some in forgeries.chunks(AT_ONCE) {
        let rp = start();
        for forgery in some {
            let (ours, theirs) = verdicts(&rp, forgery);
            let is_stricter = STRICTER.iter().any(|(name, _)| *name == forgery.name);
            let is_expected = if is_stricter { !ours && theirs.is_ok() } else { ours == theirs.is_ok() };
            if !is_expected {
                differences.push(format!("{}: we say {ours}, the oracle says {theirs:?}", forgery.name));
            }
        }
    }
    assert!(differences.is_empty(), "{differences:#?}");
}

/// The oracle knows no time but the real one.
fn start() -> Rp {
    let idp = Idp::start_with(SigningAlgorithm::Rs256);
    let entry = entry(ID, &idp);
    let rp = Rp::with(Framework::Axum, idp, |builder| builder.provider(entry));
    // With an address in it the token says it all, and nobody else is asked who it is about.
    rp.idp.set_claims(&json!({"sub": "248289761001", "email": "jane@example.net"}));
    rp.app.clock.set(SystemClock.now());
    rp.idp.clock().set(SystemClock.now());
    rp
}

/// Our verdict and the oracle's on one token.
fn verdicts(rp: &Rp, forgery: &Forgery) -> (bool, Result<(), String>) {
    rp.idp.forge(forgery.change);
    let begun = rp.begin();
    let back = rp.idp.authorize(&begun.location);
    let issued = Arc::new(Mutex::new(Value::Null));
    let held = issued.clone();
    rp.idp.lie("/token", move |_, honest| honest.but(|answer| answer.clone_into(&mut held.lock().unwrap())));
    let ours = rp.come_back(&begun, &back).status == 303;
    let answer = issued.lock().unwrap().clone();
    let nonce = Nonce::new(query(&begun.location, "nonce").unwrap());
    (ours, oracle(rp, &answer, &nonce))
}

fn oracle(rp: &Rp, answer: &Value, nonce: &Nonce) -> Result<(), String> {
    let text = |name: &str| answer[name].as_str().unwrap().to_owned();
    let keys: CoreJsonWebKeySet = serde_json::from_value(rp.idp.jwks()).unwrap();
    let now = rp.idp.now();
    let verifier = CoreIdTokenVerifier::new_confidential_client(
        ClientId::new(CLIENT.0.to_owned()),
        ClientSecret::new(CLIENT.1.to_owned()),
        IssuerUrl::new(rp.idp.issuer().to_owned()).unwrap(),
        keys,
    )
    // It leaves to the application which other audiences are fine, and how old a token may be.
    .set_other_audience_verifier_fn(|_| true)
    .set_issue_time_verifier_fn(move |iat| match iat.timestamp() - now {
        -660..=60 => Ok(()),
        _ => Err("issued at another time".to_owned()),
    });
    let token = CoreIdToken::from_str(&text("id_token")).map_err(|error| error.to_string())?;
    let claims = token.claims(&verifier, nonce).map_err(|error| error.to_string())?;
    let Some(hash) = claims.access_token_hash() else { return Ok(()) };
    let algorithm = token.signing_alg().map_err(|error| error.to_string())?;
    let key = token.signing_key(&verifier).map_err(|error| error.to_string())?;
    let actual = AccessTokenHash::from_token(&AccessToken::new(text("access_token")), algorithm, key);
    let is_same = actual.map_err(|error| error.to_string())? == *hash;
    if is_same { Ok(()) } else { Err("another access token".to_owned()) }
}
