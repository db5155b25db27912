//! Names of a provider's keys that say less than they should: one name for an old key and its successor, two for one key
//! (RFC 7517 section 4.5).

use std::time::Duration;

use auth_core::key::SigningAlgorithm;
use conformance::{Answer, Framework};
use serde_json::{Value, json};

use crate::rp::Rp;

/// Past the time in which keys are not asked for twice.
const COOLED_DOWN: Duration = Duration::from_secs(31);

fn advance(rp: &Rp, by: Duration) {
    rp.app.clock.advance(by);
    rp.idp.clock().advance(by);
}

/// The provider calls its key so from now on, in its set and in its tokens.
fn call_its_key(rp: &Rp, kid: Value) {
    let jwks = rename(rp.idp.jwks(), &kid);
    rp.idp.lie("/jwks", move |_, _| Answer::json(200, &jwks));
    rp.idp.forge(move |token| token.header["kid"] = kid.clone());
}

fn rename(mut jwks: Value, kid: &Value) -> Value {
    jwks["keys"][0]["kid"] = kid.clone();
    jwks
}

pub(crate) fn a_new_key_under_the_old_name_is_fetched_once_a_cooldown(on: Framework) {
    let rp = Rp::start(on);
    call_its_key(&rp, json!("signing"));
    rp.log_in();
    rp.idp.rotate(SigningAlgorithm::EdDsa);
    call_its_key(&rp, json!("signing"));
    rp.blamed();
    assert_eq!(rp.idp.seen("/jwks").len(), 1, "within the cooldown");
    advance(&rp, COOLED_DOWN);
    rp.log_in();
    rp.log_in();
    assert_eq!(rp.idp.seen("/jwks").len(), 2);
}

pub(crate) fn of_two_keys_under_one_name_each_is_tried(on: Framework) {
    let rp = Rp::start(on);
    let old = rename(rp.idp.jwks(), &json!("signing"));
    rp.idp.rotate(SigningAlgorithm::EdDsa);
    let new = rename(rp.idp.jwks(), &json!("signing"));
    for keys in [json!([old["keys"][0], new["keys"][0]]), json!([new["keys"][0], old["keys"][0]])] {
        advance(&rp, Duration::from_secs(2 * 60 * 60));
        rp.idp.lie("/jwks", move |_, _| Answer::json(200, &json!({"keys": keys})));
        rp.idp.forge(|token| token.header["kid"] = json!("signing"));
        rp.log_in();
    }
}

pub(crate) fn a_key_that_is_listed_twice_is_one_key(on: Framework) {
    for (is_token_named, name_of_the_twin) in
        [(true, None), (true, Some(json!("a twin"))), (false, Some(Value::Null))]
    {
        let rp = Rp::start(on);
        let key = rp.idp.jwks()["keys"][0].clone();
        let mut twin = key.clone();
        twin["x5c"] = json!(["MIIC"]);
        if let Some(name) = name_of_the_twin {
            twin["kid"] = name;
        }
        twin.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        rp.idp.lie("/jwks", move |_, _| Answer::json(200, &json!({"keys": [twin, key]})));
        if !is_token_named {
            rp.idp.forge(|token| drop(token.header.as_object_mut().unwrap().remove("kid")));
        }
        rp.log_in();
    }
}
