//! Coming back: whose answer is taken, once, and what is told of those that are not (RFC 9700 sections 4.4, 4.5 and
//! 4.7, RFC 9207).

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use conformance::{Framework, Idp, form, query};

use crate::rp::{Begun, ID, Rp, entry};

const MINUTE: Duration = Duration::from_secs(60);

pub(crate) fn two_tabs_both_finish(on: Framework) {
    let rp = Rp::start(on);
    let one = rp.begin_by(rp.start_of(ID, &[("next", "/private")]));
    let second = rp.start_of(ID, &[("next", "/open")]).cookies(&[("session-login", &one.browser)]);
    let two = rp.begin_by(second);
    assert_ne!(one.state(), two.state());
    let (back_one, back_two) = (rp.idp.authorize(&one.location), rp.idp.authorize(&two.location));
    let second = rp.come_back(&two, &back_two).redirect("/open");
    let first = rp.come_back(&one, &back_one).redirect("/private");
    for reply in [first, second] {
        assert!(rp.app.is_logged_in(&reply.cookie("session").unwrap()));
    }
}

pub(crate) fn an_answer_without_a_state_of_ours_is_refused(on: Framework) {
    let rp = Rp::start(on);
    let begun = rp.begin();
    let back = rp.idp.authorize(&begun.location);
    let code = query(&format!("?{back}"), "code").unwrap();
    let issuer = rp.idp.issuer().to_owned();
    let with = |state: &str| form(&[("code", &code), ("state", state), ("iss", &issuer)]);
    let other = URL_SAFE_NO_PAD.encode([7; 33]);
    for query in [
        form(&[("code", &code), ("iss", &issuer)]),
        with(""),
        with("x"),
        with(&other),
        with(&format!("{}A", begun.state())),
        with(&begun.state()[1..]),
        with(&begun.state().to_lowercase()),
        String::new(),
    ] {
        rp.refused(|| rp.come_back(&begun, &query), 400, "state_mismatch");
    }
    let twice = format!("{back}&state={}", begun.state());
    rp.refused(|| rp.come_back(&begun, &twice), 400, "invalid_request");
    assert!(rp.idp.seen("/token").is_empty(), "no code was given away");
    rp.come_back(&begun, &back).expect(303);
}

pub(crate) fn an_answer_works_once(on: Framework) {
    let rp = Rp::start(on);
    let begun = rp.begin();
    let back = rp.idp.authorize(&begun.location);
    rp.come_back(&begun, &back).expect(303);
    rp.refused(|| rp.come_back(&begun, &back), 400, "state_mismatch");
    assert_eq!(rp.idp.seen("/token").len(), 1);
}

pub(crate) fn who_loads_the_way_back_again_is_told_that_they_are_logged_in(on: Framework) {
    let rp = Rp::start(on);
    let begun = rp.begin();
    let back = rp.idp.authorize(&begun.location);
    let session = rp.come_back(&begun, &back).expect(303).cookie("session").unwrap();
    let target = format!("/auth/login/{ID}/callback?{back}");
    let again = || rp.app.get(&target).cookies(&[("session-login", &begun.browser), ("session", &session)]);
    let reply = rp.refused(|| again().send(), 400, "state_mismatch");
    assert!(reply.json()["detail"].as_str().unwrap().starts_with("You are logged in already"));
    let page = again().browser().send().expect(400).text();
    assert!(page.contains("You are logged in already") && !page.contains("/auth/login"), "{page}");
    assert!(rp.app.is_logged_in(&session), "nothing happened");
    let stranger = rp.refused(|| rp.come_back(&begun, &back), 400, "state_mismatch");
    assert_eq!(stranger.json()["detail"], "Begin again from the login page.");
}

pub(crate) fn of_many_answers_at_once_one_wins(on: Framework) {
    let rp = Rp::start(on);
    let begun = rp.begin();
    let back = rp.idp.authorize(&begun.location);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let come_back = || rp.come_back(&begun, &back).status;
        let running: Vec<_> = (0..20).map(|_| scope.spawn(come_back)).collect();
        running.into_iter().map(|running| running.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 303).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 400).count(), 19, "{statuses:?}");
    assert_eq!((rp.faults.session_inserts(), rp.idp.seen("/token").len()), (1, 1));
}

pub(crate) fn an_answer_comes_within_ten_minutes(on: Framework) {
    let rp = Rp::start(on);
    let (early, late) = (rp.begin(), rp.begin());
    rp.app.clock.advance(10 * MINUTE - Duration::from_secs(1));
    rp.idp.clock().advance(10 * MINUTE - Duration::from_secs(1));
    rp.come_back(&early, &rp.idp.authorize(&early.location)).expect(303);
    rp.app.clock.advance(Duration::from_secs(2));
    let back = rp.idp.authorize(&late.location);
    rp.refused(|| rp.come_back(&late, &back), 400, "state_mismatch");
}

pub(crate) fn nobody_is_logged_in_by_anothers_callback(on: Framework) {
    let rp = Rp::start(on);
    // The attacker goes all the way, and the victim's browser opens the last address: without a cookie, with one of its own.
    let attacker = rp.begin();
    let back = rp.idp.authorize(&attacker.location);
    let target = format!("/auth/login/{ID}/callback?{back}");
    rp.refused(|| rp.app.get(&target).send(), 400, "state_mismatch");
    let victim = rp.begin();
    rp.refused(|| rp.come_back(&victim, &back), 400, "state_mismatch");
    let both = rp
        .app
        .get(&target)
        .cookies(&[("session-login", &victim.browser), ("session-login", &attacker.browser)]);
    rp.refused(|| both.send(), 400, "state_mismatch");
    for planted in ["", "x", &attacker.browser[1..]] {
        let request = rp.app.get(&target).cookies(&[("session-login", planted)]);
        rp.refused(|| request.send(), 400, "state_mismatch");
    }
    rp.come_back(&attacker, &back).expect(303);
    rp.come_back(&victim, &rp.idp.authorize(&victim.location)).expect(303);
}

pub(crate) fn an_answer_of_another_provider_is_refused(on: Framework) {
    let (idp, other) = (Idp::start(), Idp::start());
    let entries = [entry(ID, &idp), entry("other", &other)];
    let rp = Rp::with(on, idp, |builder| builder.providers(entries));
    let begun = rp.begin();
    let back = rp.idp.authorize(&begun.location);
    // The same answer at the other provider's callback (a mix-up).
    let target = format!("/auth/login/other/callback?{back}");
    let request = rp.app.get(&target).cookies(&[("session-login", &begun.browser)]);
    rp.refused(|| request.send(), 400, "state_mismatch");
    assert!(other.seen("/token").is_empty(), "the code did not go to the wrong provider");
    rp.come_back(&begun, &back).expect(303);
}

pub(crate) fn the_answers_issuer_has_to_be_the_providers(on: Framework) {
    let rp = Rp::start(on);
    let issuer = rp.idp.issuer().to_owned();
    for wrong in [
        Some("https://evil.example".to_owned()),
        Some(format!("{issuer}/")),
        Some(issuer.to_uppercase()),
        Some(issuer.replace("127.0.0.1", "localhost")),
        Some(String::new()),
        None,
    ] {
        let begun = rp.begin();
        let back = rp.idp.authorize(&begun.location);
        let code = query(&format!("?{back}"), "code").unwrap();
        let state = begun.state();
        let mut fields = vec![("code", &*code), ("state", &*state)];
        fields.extend(wrong.as_deref().map(|iss| ("iss", iss)));
        rp.refused(|| rp.come_back(&begun, &form(&fields)), 400, "provider_error");
    }
    assert!(rp.idp.seen("/token").is_empty(), "no code was given away");
}

pub(crate) fn an_issuer_need_not_be_named_where_that_was_not_announced(on: Framework) {
    let rp = Rp::start(on);
    rp.idp.lie("/.well-known/openid-configuration", |_, honest| {
        honest.but(|metadata| {
            drop(metadata.as_object_mut().unwrap().remove("authorization_response_iss_parameter_supported"))
        })
    });
    let begun = rp.begin();
    let back = rp.idp.authorize(&begun.location);
    let code = query(&format!("?{back}"), "code").unwrap();
    rp.come_back(&begun, &form(&[("code", &code), ("state", &begun.state())])).expect(303);
    let begun = rp.begin();
    let back = rp.idp.authorize(&begun.location).replace("iss=http", "iss=https");
    rp.refused(|| rp.come_back(&begun, &back), 400, "provider_error");
}

pub(crate) fn an_error_of_the_provider_is_told_and_escaped(on: Framework) {
    let rp = Rp::start(on);
    let told = |begun: &Begun, description: &str| {
        form(&[
            ("error", "access_denied"),
            ("error_description", description),
            ("state", &begun.state()),
            ("iss", rp.idp.issuer()),
        ])
    };
    let begun = rp.begin();
    let reply =
        rp.refused(|| rp.come_back(&begun, &told(&begun, "The person said no")), 400, "provider_error");
    assert!(reply.json()["detail"].as_str().unwrap().contains("The person said no"));
    let begun = rp.begin();
    let hostile = "<script>alert(1)</script>\r\nSet-Cookie: session=x";
    let page = rp.way_back(&begun, &told(&begun, hostile)).browser().send().expect(400);
    assert!(!page.text().contains("<script>") && page.text().contains("&#60;script&#62;"), "{}", page.text());
    assert_eq!(page.header("set-cookie"), None);
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"), "the address carries a state");
    assert!(page.text().contains("Cancelled at the login provider"), "{}", page.text());
    assert!(page.text().contains("href=\"/auth/login?next=%2F\""), "there is a way back: {}", page.text());
    let begun = rp.begin();
    let reply = rp.come_back(&begun, &told(&begun, &"x".repeat(4_000))).expect(400);
    assert!(reply.body.len() < 2_000, "{} bytes", reply.body.len());
    // An error of somebody who was not asked ends nothing.
    let begun = rp.begin();
    let stateless =
        form(&[("error", "access_denied"), ("error_description", "<b>"), ("iss", rp.idp.issuer())]);
    rp.refused(|| rp.come_back(&begun, &stateless), 400, "state_mismatch");
    rp.come_back(&begun, &rp.idp.authorize(&begun.location)).expect(303);
    assert!(rp.idp.seen("/token").len() == 1);
}

pub(crate) fn an_error_uses_its_attempt_up(on: Framework) {
    let rp = Rp::start(on);
    let begun = rp.begin();
    let error = form(&[("error", "access_denied"), ("state", &begun.state()), ("iss", rp.idp.issuer())]);
    rp.refused(|| rp.come_back(&begun, &error), 400, "provider_error");
    let back = rp.idp.authorize(&begun.location);
    rp.refused(|| rp.come_back(&begun, &back), 400, "state_mismatch");
}

pub(crate) fn an_injected_code_is_refused_by_pkce(on: Framework) {
    let rp = Rp::start(on);
    // The attacker's own code, made for a request of the attacker's, beside the victim's valid state.
    let (attacker, victim) = (rp.begin(), rp.begin());
    let stolen = query(&format!("?{}", rp.idp.authorize(&attacker.location)), "code").unwrap();
    let injected = form(&[("code", &stolen), ("state", &victim.state()), ("iss", rp.idp.issuer())]);
    rp.refused(|| rp.come_back(&victim, &injected), 400, "provider_error");
    assert_eq!(rp.idp.seen("/token").len(), 1, "it was the provider that refused");
}

pub(crate) fn an_answer_without_a_code_is_refused(on: Framework) {
    let rp = Rp::start(on);
    for code in [None, Some("")] {
        let begun = rp.begin();
        let state = begun.state();
        let mut fields = vec![("state", &*state), ("iss", rp.idp.issuer())];
        fields.extend(code.map(|code| ("code", code)));
        rp.refused(|| rp.come_back(&begun, &form(&fields)), 400, "provider_error");
    }
}

pub(crate) fn an_answer_longer_than_any_is_refused(on: Framework) {
    let rp = Rp::start(on);
    let begun = rp.begin();
    let state = begun.state();
    let fields = [("code", &*"c".repeat(20_000)), ("state", &state), ("iss", rp.idp.issuer())];
    let post = rp.app.post(&format!("/auth/login/{ID}/callback")).form(&fields);
    rp.refused(|| post.send(), 400, "invalid_request");
}

pub(crate) fn an_answer_by_form_post_is_fetched_by_the_browser(on: Framework) {
    let rp = Rp::start_with(on, |entry| entry.response_mode_form_post(true));
    let begun = rp.begin_by(rp.start_of(ID, &[("next", "/private")]));
    assert_eq!(query(&begun.location, "response_mode").as_deref(), Some("form_post"));
    let back = rp.idp.authorize(&begun.location);
    // Another site's form comes without cookies.
    let post = rp
        .app
        .post(&format!("/auth/login/{ID}/callback"))
        .body("application/x-www-form-urlencoded", back)
        .header("Origin", rp.idp.issuer())
        .header("Sec-Fetch-Site", "cross-site");
    let reply = post.browser().send().expect(303);
    assert_eq!(reply.header("set-cookie"), None);
    let fetch = reply.header("location").unwrap().to_owned();
    let handle = fetch.strip_prefix(&format!("/auth/login/{ID}/callback?handle=")).unwrap();
    assert!(URL_SAFE_NO_PAD.decode(handle).is_ok_and(|bytes| bytes.len() >= 32), "{handle}");
    assert!(!fetch.contains("code=") && rp.idp.seen("/token").is_empty(), "nothing happened yet");
    let fetched =
        rp.app.get(&fetch).cookies(&[("session-login", &begun.browser)]).send().redirect("/private");
    assert!(rp.app.is_logged_in(&fetched.cookie("session").unwrap()));
    let again = rp.app.get(&fetch).cookies(&[("session-login", &begun.browser)]);
    rp.refused(|| again.send(), 400, "state_mismatch");
}

pub(crate) fn a_posted_answer_waits_a_minute_for_its_own_browser(on: Framework) {
    let rp = Rp::start(on);
    let post = |back: String| {
        let post = rp
            .app
            .post(&format!("/auth/login/{ID}/callback"))
            .body("application/x-www-form-urlencoded", back);
        post.send().expect(303).header("location").unwrap().to_owned()
    };
    let begun = rp.begin();
    let fetch = post(rp.idp.authorize(&begun.location));
    rp.app.clock.advance(MINUTE + Duration::from_secs(1));
    let late = rp.app.get(&fetch).cookies(&[("session-login", &begun.browser)]);
    rp.refused(|| late.send(), 400, "state_mismatch");
    let fetch = post(rp.idp.authorize(&begun.location));
    rp.refused(|| rp.app.get(&fetch).send(), 400, "state_mismatch");
    for handle in ["", "x", &URL_SAFE_NO_PAD.encode([1; 33])] {
        let request = rp.app.get(&format!("/auth/login/{ID}/callback?handle={handle}"));
        let request = request.cookies(&[("session-login", &begun.browser)]);
        rp.refused(|| request.send(), 400, "state_mismatch");
    }
}

pub(crate) fn a_posted_answer_is_a_form_and_nothing_else(on: Framework) {
    let rp = Rp::start(on);
    let target = format!("/auth/login/{ID}/callback");
    let post = |content_type: &str, body: &str| rp.app.post(&target).body(content_type, body).send();
    post("application/json", r#"{"state":"x"}"#).problem(415, "unsupported_media_type");
    post("text/plain", "state=x").problem(415, "unsupported_media_type");
    post("application/x-www-form-urlencoded", "state=x&state=y").problem(400, "invalid_request");
    post("application/x-www-form-urlencoded", &"x".repeat(70_000)).problem(413, "payload_too_large");
    assert_eq!(rp.faults.session_inserts(), 0);
}
