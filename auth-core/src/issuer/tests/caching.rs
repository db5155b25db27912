//! When documents are fetched, and for how long they are used.

use super::*;

#[tokio::test]
async fn keys_are_fetched_once_and_again_when_their_time_is_over() {
    let key = new_key();
    let idp = Idp::with_keys(&[&key]);
    for _ in 0..100 {
        assert_eq!(idp.check(&key).await, Ok(()));
    }
    assert_eq!(idp.fetches(), 1);
    idp.pass_ttl();
    assert_eq!(idp.check(&key).await, Ok(()));
    idp.servers.arrived(2).await;
    assert_eq!(idp.fetches(), 2);
}

#[tokio::test]
async fn a_new_key_is_found_after_the_cooldown() {
    let (old, new) = (new_key(), new_key());
    let idp = Idp::with_keys(&[&old]);
    assert_eq!(idp.check(&old).await, Ok(()));
    idp.publish(&[&old, &new]);
    assert_eq!(idp.check(&new).await, Err(OutsideFault::Token));
    idp.cool_down();
    assert_eq!(idp.check(&new).await, Ok(()));
    assert_eq!(idp.check(&old).await, Ok(()));
    assert_eq!(idp.fetches(), 2);
}

#[tokio::test]
async fn a_key_that_was_taken_out_is_gone_with_the_next_fetch() {
    let (old, new) = (new_key(), new_key());
    let idp = Idp::with_keys(&[&old]);
    assert_eq!(idp.check(&old).await, Ok(()));
    idp.publish(&[&new]);
    idp.cool_down();
    assert_eq!(idp.check(&new).await, Ok(()));
    assert_eq!(idp.check(&old).await, Err(OutsideFault::Token));
}

#[tokio::test]
async fn unknown_keys_cost_one_fetch_a_cooldown_and_disturb_nobody() {
    let key = new_key();
    let idp = Idp::with_keys(&[&key]);
    assert_eq!(idp.check(&key).await, Ok(()));
    let stranger = new_key();
    for round in 1..=3 {
        idp.cool_down();
        for number in 0..10_000 {
            let header = json!({"alg": "EdDSA", "kid": format!("{round}-{number}")});
            let unsigned = format!("{}.e30.AA", URL_SAFE_NO_PAD.encode(header.to_string()));
            assert_eq!(refusal(idp.claims(&unsigned, EDDSA).await), Some(Refusal::UnknownKid));
        }
        assert_eq!(idp.check(&stranger).await, Err(OutsideFault::Token));
        assert_eq!(idp.check(&key).await, Ok(()));
        assert_eq!(idp.fetches(), 1 + round);
    }
}

#[tokio::test]
async fn a_token_without_kid_finds_the_new_key_after_the_cooldown() {
    let (old, new) = (new_key(), new_key());
    let idp = Idp::with_keys(&[&old]);
    assert!(idp.claims(&nameless(&old), EDDSA).await.is_ok());
    idp.publish(&[&new]);
    assert_eq!(refusal(idp.claims(&nameless(&new), EDDSA).await), Some(Refusal::Signature));
    assert_eq!(idp.fetches(), 1, "within the cooldown");
    idp.cool_down();
    assert!(idp.claims(&nameless(&new), EDDSA).await.is_ok());
    assert_eq!(refusal(idp.claims(&nameless(&old), EDDSA).await), Some(Refusal::Signature));
    assert_eq!(idp.fetches(), 2);
}

/// A provider that is restarted on fresh keys, and calls them by the old name.
#[tokio::test]
async fn a_new_key_under_the_old_name_is_found_after_the_cooldown() {
    let (old, new) = (new_key(), new_key());
    let by_the_old_name = with_header(&new, &header(&old));
    let log = Log::capture();
    let idp = Idp::with_keys(&[&old]);
    assert_eq!(idp.check(&old).await, Ok(()));
    let mut renamed = jwk(&new);
    renamed["kid"] = json!(old.kid());
    idp.publish_jwks(&[renamed]);
    assert_eq!(refusal(idp.claims(&by_the_old_name, EDDSA).await), Some(Refusal::Signature));
    assert_eq!(idp.fetches(), 1, "within the cooldown");
    idp.cool_down();
    assert!(idp.claims(&by_the_old_name, EDDSA).await.is_ok());
    assert_eq!(idp.check(&old).await, Err(OutsideFault::Token), "the old key is gone");
    assert_eq!(idp.fetches(), 2);
    assert_eq!(log.count("given the name of its key to another one"), 1);
    assert_eq!(log.count(old.kid()), 1);
}

#[tokio::test]
async fn forged_tokens_with_and_without_kid_cost_one_fetch_a_cooldown_and_disturb_nobody() {
    let (key, stranger) = (new_key(), new_key());
    forged_tokens_disturb_nobody(&key, nameless(&key), nameless(&stranger)).await;
    forged_tokens_disturb_nobody(&key, token(&key), with_header(&stranger, &header(&key))).await;
}

async fn forged_tokens_disturb_nobody(key: &SigningKey, good: String, forged: String) {
    let idp = Idp::with_keys(&[key]);
    for round in 1..=3 {
        for _ in 0..1000 {
            assert_eq!(refusal(idp.claims(&forged, EDDSA).await), Some(Refusal::Signature));
        }
        assert!(idp.claims(&good, EDDSA).await.is_ok());
        assert_eq!(idp.fetches(), round);
        idp.cool_down();
    }
    // While one is waited for, nobody else waits.
    let held = idp.servers.hold();
    let forging = tokio::spawn({
        let issuers = idp.issuers.clone();
        async move { issuers.claims(&url(JWKS), &OutsideJws::parse(&forged)?, EDDSA).await }
    });
    idp.servers.arrived(4).await;
    assert!(idp.claims(&good, EDDSA).await.is_ok());
    drop(held);
    assert_eq!(refusal(forging.await.unwrap()), Some(Refusal::Signature));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_at_once_make_one_fetch() {
    let (old, new) = (new_key(), new_key());
    for (is_warm, token) in [(false, token(&new)), (true, token(&new)), (true, nameless(&new))] {
        let idp = Idp::with_keys(&[&old]);
        if is_warm {
            assert_eq!(idp.check(&old).await, Ok(()));
            idp.cool_down();
        }
        idp.publish(&[&new]);
        let before = idp.fetches();
        let held = idp.servers.hold();
        let asking: Vec<_> = (0..1000)
            .map(|_| {
                let (issuers, token) = (idp.issuers.clone(), token.clone());
                tokio::spawn(async move {
                    issuers.claims(&url(JWKS), &OutsideJws::parse(&token)?, EDDSA).await.map(drop)
                })
            })
            .collect();
        idp.servers.arrived(before + 1).await;
        drop(held);
        for asked in asking {
            asked.await.unwrap().unwrap();
        }
        assert_eq!(idp.fetches(), before + 1);
    }
}

#[tokio::test]
async fn a_fetch_goes_on_when_the_one_who_asked_hangs_up() {
    let key = new_key();
    let idp = Idp::with_keys(&[&key]);
    let held = idp.servers.hold();
    let asking = tokio::spawn({
        let (issuers, token) = (idp.issuers.clone(), token(&key));
        async move { issuers.claims(&url(JWKS), &OutsideJws::parse(&token)?, EDDSA).await.map(drop) }
    });
    idp.servers.arrived(1).await;
    asking.abort();
    assert!(asking.await.unwrap_err().is_cancelled());
    drop(held);
    assert_eq!(idp.check(&key).await, Ok(()));
    assert_eq!(idp.fetches(), 1);
}

#[tokio::test]
async fn nobody_waits_for_a_renewal_while_the_copy_may_be_used() {
    let (old, new) = (new_key(), new_key());
    let idp = Idp::with_keys(&[&old]);
    assert_eq!(idp.check(&old).await, Ok(()));
    idp.publish(&[&new]);
    idp.pass_ttl();
    let held = idp.servers.hold();
    assert_eq!(idp.check(&old).await, Ok(()));
    idp.servers.arrived(2).await;
    assert_eq!(idp.check(&old).await, Ok(()));
    drop(held);
    // One who needs the new key waits for it, and then it is there for all.
    assert_eq!(idp.check(&new).await, Ok(()));
    assert_eq!(idp.check(&old).await, Err(OutsideFault::Token));
    assert_eq!(idp.fetches(), 2);
}

#[tokio::test]
async fn an_issuer_that_fails_leaves_its_keys_in_use_for_a_while_and_then_none() {
    for bad in bad_documents() {
        let key = new_key();
        let idp = Idp::with_keys(&[&key]);
        assert_eq!(idp.check(&key).await, Ok(()));
        let answer = bad.clone();
        idp.servers.answer_by(Method::Get, JWKS, move |_| answer.clone());
        for _ in 0..3 {
            idp.clock.advance((idp.config.ttl + idp.config.max_stale) / 4);
            assert_eq!(idp.check(&key).await, Ok(()), "{bad:?}");
            // Who needs another key learns that it cannot be had now.
            assert_eq!(idp.check(&new_key()).await, Err(OutsideFault::Failed), "{bad:?}");
        }
        idp.clock.advance((idp.config.ttl + idp.config.max_stale) / 4 + Duration::from_secs(1));
        let error = idp.claims(&token(&key), EDDSA).await.unwrap_err();
        assert_eq!(error.fault(), Some(OutsideFault::Failed), "{bad:?}");
        assert!(std::error::Error::source(&error).is_some());
        assert_eq!(error.into_provider_error().retry_after(), Some(idp.config.cooldown));

        idp.publish(&[&key]);
        assert_eq!(idp.check(&key).await, Err(OutsideFault::Failed), "within the cooldown");
        idp.cool_down();
        assert_eq!(idp.check(&key).await, Ok(()));
    }
}

#[tokio::test]
async fn an_issuer_that_is_down_is_asked_once_a_cooldown() {
    let idp = Idp::new();
    for attempt in 1..=3 {
        for _ in 0..100 {
            assert_eq!(idp.check(&new_key()).await, Err(OutsideFault::Failed));
        }
        assert_eq!(idp.fetches(), attempt);
        idp.cool_down();
    }
}

#[tokio::test]
async fn a_clock_that_steps_back_keeps_no_copy_for_longer() {
    let (old, new) = (new_key(), new_key());
    let idp = Idp::with_keys(&[&old]);
    assert_eq!(idp.check(&old).await, Ok(()));
    idp.publish(&[&new]);
    idp.clock.step_back(Duration::from_secs(10 * 365 * 24 * 60 * 60));
    assert_eq!(idp.check(&new).await, Ok(()));
    assert_eq!(idp.check(&old).await, Err(OutsideFault::Token));
}

#[tokio::test]
async fn a_fetch_that_panics_blocks_nobody() {
    let key = new_key();
    let idp = Idp::new();
    idp.servers.answer_by(Method::Get, JWKS, |_| panic!("a client of the application's own"));
    assert_eq!(idp.check(&key).await, Err(OutsideFault::Failed));
    idp.publish(&[&key]);
    idp.cool_down();
    assert_eq!(idp.check(&key).await, Ok(()));
}
