//! Guards of alternatives, as a typed policy and over a group of routes: one is enough, the nearest refusal is told.

use std::time::Duration;

use conformance::{ALICE, BOB, Framework, ROOT, Reply};

fn hello(reply: Reply, name: &str) {
    assert_eq!(reply.expect(200).text(), format!("hello {name}"));
}

pub(crate) fn one_alternative_is_enough(on: Framework) {
    let app = on.start_shop("", |builder| builder);
    for person in [ALICE, ROOT] {
        let session = app.login(person);
        hello(app.get("/either").session(&session).send(), person.name);
        app.get("/group").session(&session).send().expect(200);
    }
    let session = app.login(BOB);
    for route in ["/either", "/group"] {
        // A session carries no scope, and no other token would help its holder: what is told is what they lack.
        app.get(route).session(&session).send().problem(403, "permission_denied");
        let page = app.get(route).session(&session).browser().send().expect(403);
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
        let reply = app.get(route).send().problem(401, "unauthenticated");
        assert_eq!(reply.header("www-authenticate"), Some("Bearer realm=\"Login Required\""));
        app.get(route).browser().send().redirect(&format!("/auth/login?next=%2F{}", &route[1..]));
    }
}

pub(crate) fn a_token_for_it_is_one_of_them(on: Framework) {
    let app = on.start_shop("", |builder| builder);
    let with = app.tokens(ALICE, "reports:read").access;
    hello(app.get("/either").bearer(&with).send(), "alice");
    let without = app.tokens(BOB, "").access;
    let reply = app.get("/either").bearer(&without).send().problem(403, "insufficient_scope");
    let challenge = "Bearer realm=\"Login Required\", error=\"insufficient_scope\", scope=\"reports:read\"";
    assert_eq!(reply.header("www-authenticate"), Some(challenge));
    // What gives a user wants one, however it is met; a group of routes wants what it says.
    let foreign = app.foreign_tokens(ALICE, "other", "reports:read").access;
    app.get("/either").bearer(&foreign).send().problem(403, "user_required");
    app.get("/group").bearer(&foreign).send().expect(200);
}

pub(crate) fn a_refusal_that_its_caller_can_mend_is_told_first(on: Framework) {
    let app = on.start_shop("", |builder| builder);
    let (alice, root) = (app.login(ALICE), app.login(ROOT));
    hello(app.get("/audit").session(&alice).send(), "alice");
    app.clock.advance(Duration::from_secs(301));
    hello(app.get("/audit").session(&root).send(), "root");
    let reply = app.get("/audit").session(&alice).send().problem(401, "reauthentication_required");
    assert!(reply.header("www-authenticate").unwrap().ends_with("max_age=\"300\""));
    app.get("/audit").session(&alice).browser().send().redirect("/auth/reauthenticate?next=%2Faudit");
}

pub(crate) fn each_alternative_takes_its_own_credentials(on: Framework) {
    let app = on.start_shop("", |builder| builder);
    let (session, token) = (app.login(ALICE), app.tokens(ALICE, "").access);
    app.get("/machine").bearer(&token).send().expect(200);
    app.get("/machine").basic(ALICE.name, ALICE.password).send().expect(200);
    for refused in [app.get("/machine"), app.get("/machine").session(&session), app.get("/machine").browser()]
    {
        let reply = refused.send().expect(401);
        let ways = ["Bearer realm=\"Login Required\"", "Basic realm=\"Login Required\", charset=\"UTF-8\""];
        assert_eq!(reply.all("www-authenticate"), ways);
    }
    app.get("/machine").basic(ALICE.name, "wrong").send().problem(401, "unauthenticated");
    app.get("/machine").bearer("x.y.z").session(&session).send().problem(401, "invalid_token");
}
