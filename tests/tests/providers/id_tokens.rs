//! ID tokens that lie: each is the provider's fault, and nobody is logged in (OpenID Connect Core 1.0 section
//! 3.1.3.7; RFC 8725 section 3).

use auth_core::key::SigningAlgorithm;
use conformance::{Framework, Idp, Signature};
use serde_json::json;

use crate::forgeries::{self, Forgery};
use crate::rp::{ID, Rp, entry};

/// How many logins are begun before the network is given a rest.
const AT_ONCE: usize = 10;

pub(crate) fn whatever_is_not_right_is_refused(on: Framework) {
    let rp = Rp::start(on);
    // With an address in it the token says it all, and nobody else is asked who it is about.
    rp.idp.set_claims(&json!({"sub": "248289761001", "email": "jane@example.net"}));
    for (index, forgery) in forgeries::all().enumerate() {
        rest(&rp, index);
        rp.idp.forge(forgery.change);
        check(&rp, forgery);
    }
}

#[track_caller]
fn check(rp: &Rp, forgery: &Forgery) {
    let before = rp.faults.session_inserts();
    let reply = rp.try_login();
    let expected = if forgery.is_good { 303 } else { 400 };
    assert_eq!(reply.status, expected, "{}: {}", forgery.name, reply.text());
    if !forgery.is_good {
        reply.problem(400, "provider_error");
    }
    let made = rp.faults.session_inserts() - before;
    assert_eq!(made, usize::from(forgery.is_good), "{}", forgery.name);
}

/// Lets the limit on begun logins pass.
pub(crate) fn rest(rp: &Rp, index: usize) {
    if index.is_multiple_of(AT_ONCE) {
        let hour = std::time::Duration::from_secs(60 * 60);
        rp.app.clock.advance(hour);
        rp.idp.clock().advance(hour);
    }
}

pub(crate) fn a_nonce_is_good_for_its_own_login_only(on: Framework) {
    let rp = Rp::start(on);
    rp.log_in();
    let used = conformance::query(&rp.begin().location, "nonce").unwrap();
    rp.idp.forge(move |token| token.claims["nonce"] = json!(used));
    rp.blamed();
}

pub(crate) fn every_usual_algorithm_is_taken(on: Framework) {
    for algorithm in [SigningAlgorithm::EdDsa, SigningAlgorithm::Es256, SigningAlgorithm::Rs256] {
        let idp = Idp::start_with(algorithm);
        let entry = entry(ID, &idp);
        let rp = Rp::with(on, idp, |builder| builder.provider(entry));
        rp.log_in();
        rp.idp.forge(|token| token.signature = Signature::Wrong);
        rp.blamed();
    }
}

pub(crate) fn a_token_of_another_issuer_with_the_same_key_is_refused(on: Framework) {
    let (idp, other) = (Idp::start(), Idp::start());
    let entry = entry(ID, &idp);
    let rp = Rp::with(on, idp, |builder| builder.provider(entry));
    // Both issuers publish one key, as two tenants of one provider do.
    let shared = other.jwks();
    rp.idp.lie("/jwks", move |_, _| conformance::Answer::json(200, &shared));
    let (key, issuer) = (other.key(), other.issuer().to_owned());
    rp.idp.forge(move |token| {
        token.header["kid"] = key.jwk()["kid"].clone();
        token.claims["iss"] = json!(issuer);
        token.signature = Signature::Key(key.clone());
    });
    rp.blamed();
}
