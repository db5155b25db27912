//! A provider where a recent proof is asked for: it confirms accounts without a password, and only by a proof (OWASP ASVS 5.0 section
//! 7.5.1; OpenID Connect Core 1.0 section 3.1.2.1, `max_age` and `prompt`).

use std::time::Duration;

use conformance::{ALICE, Framework, Reply};

use crate::accounts::linked;
use crate::rp::{Begun, ID, Rp};

/// As long as a login is fresh, and a second.
const STALE: Duration = Duration::from_secs(301);

pub(crate) fn later(rp: &Rp) {
    rp.app.clock.advance(STALE);
    rp.idp.clock().advance(STALE);
}

pub(crate) fn is_fresh(rp: &Rp, session: &str) -> bool {
    rp.app.get("/auth/me").session(session).send().expect(200).json()["auth"]["fresh"] == true
}

/// Comes back to the session that left.
pub(crate) fn come_back_to(rp: &Rp, session: &str, begun: &Begun) -> Reply {
    let target = format!("/auth/login/{ID}/callback?{}", rp.idp.authorize(&begun.location));
    rp.app.get(&target).cookies(&[("session", session), ("session-login", &begun.browser)]).send()
}

pub(crate) fn an_account_with_a_password_is_not_confirmed_by_a_provider(on: Framework) {
    let rp = Rp::start(on);
    let alice = rp.app.login(ALICE);
    rp.link(&alice).expect(303);
    later(&rp);
    // Whether the provider would ask her again or not.
    let start = || rp.start_of(ID, &[("reauthenticate", "true"), ("next", "/fresh")]).session(&alice);
    let refused = start().send().problem(401, "reauthentication_required");
    assert!(refused.header("www-authenticate").unwrap().contains("insufficient_user_authentication"));
    assert_eq!(refused.header("location"), None);
    let page = start().browser().send().expect(401).text();
    assert!(page.contains("has a password") && page.contains("href=\"/auth/reauthenticate"), "{page}");
    let page = rp.app.get(&format!("/auth/login/{ID}?reauthenticate=true")).session(&alice).browser().send();
    assert!(page.expect(401).text().contains("has a password"));
    assert!(!is_fresh(&rp, &alice) && rp.app.is_logged_in(&alice));
    let form = [("password", ALICE.password)];
    let confirmed = rp.app.post("/auth/reauthenticate").form(&form).session(&alice).send().expect(200);
    assert!(is_fresh(&rp, &confirmed.cookie("session").unwrap()));
}

pub(crate) fn a_login_that_is_not_dated_makes_nobody_fresh_who_has_a_password(on: Framework) {
    let rp = Rp::start(on);
    let alice = rp.app.login(ALICE);
    rp.link(&alice).expect(303);
    assert!(is_fresh(&rp, &rp.log_in()), "the provider says that it asked a moment ago");
    // It answers by itself, because somebody has a session there.
    rp.idp.forge(|token| token.without("auth_time"));
    let by_provider = rp.log_in();
    assert_eq!(rp.who(&by_provider), ALICE.name);
    assert!(!is_fresh(&rp, &by_provider));
    rp.app.get("/fresh").session(&by_provider).send().problem(401, "reauthentication_required");
    let link = rp.start_of(ID, &[("link", "true")]).session(&by_provider);
    link.send().problem(401, "reauthentication_required");
    let form = [("password", ALICE.password)];
    let confirmed = rp.app.post("/auth/reauthenticate").form(&form).session(&by_provider).send().expect(200);
    assert!(is_fresh(&rp, &confirmed.cookie("session").unwrap()));
    rp.idp.set_claims(&serde_json::json!({"sub": "somebody without a password"}));
    assert!(is_fresh(&rp, &rp.log_in()), "no other proof can be had of them");
}

pub(crate) fn a_provider_that_cannot_be_asked_confirms_nobody(on: Framework) {
    let rp = Rp::start_with(on, |entry| entry.can_reauthenticate(false));
    // As glewlwyd dates every login.
    rp.idp.forge(|token| token.claims["auth_time"] = serde_json::json!(0));
    let jane = rp.log_in();
    assert!(is_fresh(&rp, &jane), "no better proof can be had of somebody without a password");
    later(&rp);
    let start = rp.start_of(ID, &[("reauthenticate", "true")]).session(&jane);
    start.send().problem(401, "reauthentication_required");
    let page = rp.app.get("/auth/reauthenticate?next=%2Ffresh").session(&jane).browser().send().expect(200);
    let page = page.text();
    assert!(
        page.contains("Log in again with Work account") && !page.contains("reauthenticate\" value"),
        "{page}"
    );
    let again = rp.begin_by(rp.start_of(ID, &[("next", "/fresh")]).session(&jane));
    let session = come_back_to(&rp, &jane, &again).redirect("/fresh").cookie("session").unwrap();
    rp.app.get("/fresh").session(&session).send().expect(200);
    assert!(!rp.app.is_logged_in(&jane), "a login of its own, in a session of its own");
}

pub(crate) fn linking_is_decided_again_when_the_provider_has_answered(on: Framework) {
    let rp = Rp::start(on);
    let alice = rp.app.login(ALICE);
    let begin = |session: &str| rp.begin_by(rp.start_of(ID, &[("link", "true")]).session(session));
    let begun = begin(&alice);
    later(&rp);
    come_back_to(&rp, &alice, &begun).problem(401, "reauthentication_required");
    assert_eq!(linked(&rp.app, ALICE), 0, "the login is too long ago by now");

    let alice = rp.app.login(ALICE);
    let begun = begin(&alice);
    let log_out = rp.app.post("/auth/logout").session(&alice);
    rp.idp.lie("/token", move |_, honest| {
        // The session ends while the provider answers.
        log_out.clone().send().expect(204);
        honest
    });
    come_back_to(&rp, &alice, &begun).problem(400, "state_mismatch");
    assert_eq!(linked(&rp.app, ALICE), 0);
}
