//! The provider's keys: fetched once, refetched when one is unknown, dropped when they are gone (OpenID Connect Core 1.0
//! section 10.1.1).

use std::time::Duration;

use auth_core::key::SigningAlgorithm;
use conformance::{Answer, Framework, Signature};
use serde_json::json;

use crate::id_tokens::rest;
use crate::rp::Rp;

const HOUR: Duration = Duration::from_secs(60 * 60);

fn advance(rp: &Rp, by: Duration) {
    rp.app.clock.advance(by);
    rp.idp.clock().advance(by);
}

pub(crate) fn keys_are_fetched_once(on: Framework) {
    let rp = Rp::start(on);
    for _ in 0..5 {
        rp.log_in();
    }
    assert_eq!(rp.idp.seen("/jwks").len(), 1);
    assert_eq!(rp.idp.seen("/.well-known/openid-configuration").len(), 1);
}

pub(crate) fn a_key_that_is_new_is_fetched_at_once(on: Framework) {
    let rp = Rp::start(on);
    rp.log_in();
    advance(&rp, HOUR / 4);
    rp.idp.rotate(SigningAlgorithm::Es256);
    rp.log_in();
    assert_eq!(rp.idp.seen("/jwks").len(), 2);
}

pub(crate) fn a_key_that_is_gone_is_good_no_more(on: Framework) {
    let rp = Rp::start(on);
    rp.log_in();
    advance(&rp, HOUR / 4);
    let old = rp.idp.rotate(SigningAlgorithm::EdDsa);
    rp.log_in();
    rp.idp.forge(move |token| {
        token.header["kid"] = old.jwk()["kid"].clone();
        token.signature = Signature::Key(old.clone());
    });
    rp.blamed();
    advance(&rp, HOUR);
    rp.blamed();
}

pub(crate) fn unknown_keys_cause_few_fetches(on: Framework) {
    let rp = Rp::start(on);
    rp.log_in();
    for index in 0..40 {
        if index == 20 {
            // Without moving far: the cooldown is about time, not about logins.
            rp.app.clock.advance(Duration::from_secs(1));
            rp.idp.clock().advance(Duration::from_secs(1));
        }
        let kid = format!("made up {index}");
        rp.idp.forge(move |token| token.header["kid"] = json!(kid));
        let reply = rp.try_start_and_finish();
        assert!(matches!(reply, 400 | 429), "{reply}");
    }
    let fetched = rp.idp.seen("/jwks").len();
    assert!(fetched <= 3, "{fetched} fetches");
    rp.idp.repent();
    rest(&rp, 0);
    rp.log_in();
}

/// What a provider answers in place of its keys.
fn lies() -> [Answer; 7] {
    [
        Answer::html(500, "<h1>Oops</h1>"),
        Answer::html(200, "<h1>Hello</h1>"),
        Answer::text(200, "application/json", ""),
        Answer::json(200, &json!({"keys": "x".repeat(10 * 1024 * 1024)})),
        Answer::redirect(302, "http://127.0.0.1:9/jwks"),
        Answer::Drip,
        Answer::Silence,
    ]
}

pub(crate) fn keys_are_kept_for_a_while_when_they_cannot_be_had(on: Framework) {
    for lie in lies() {
        let rp = Rp::start(on);
        rp.log_in();
        rp.idp.lie("/jwks", move |_, _| lie.clone());
        advance(&rp, 2 * HOUR);
        rp.log_in();
    }
}

pub(crate) fn keys_that_cannot_be_had_for_long_are_good_no_more(on: Framework) {
    for lie in lies() {
        let rp = Rp::start(on);
        rp.log_in();
        rp.idp.lie("/jwks", move |_, _| lie.clone());
        advance(&rp, 72 * HOUR);
        rp.blamed();
        // It recovers by itself.
        rp.idp.repent();
        advance(&rp, HOUR / 2);
        rp.log_in();
    }
}

impl Rp {
    /// The status that a whole login ends with, or its start where that was refused.
    fn try_start_and_finish(&self) -> u16 {
        let start = self.start_of(crate::rp::ID, &[]).send();
        let Some(location) = start.header("location").map(str::to_owned) else { return start.status };
        let begun = crate::rp::Begun { location, browser: start.cookie("session-login").unwrap() };
        self.come_back(&begun, &self.idp.authorize(&begun.location)).status
    }
}
