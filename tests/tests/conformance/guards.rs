//! What guards answer (RFC 6750 sections 2 and 3, RFC 9110 section 11, RFC 9470 section 3).

use std::time::Duration;

use conformance::{ALICE, BOB, Framework, ROOT, Reply};

const NOBODY: &str = "Bearer realm=\"Login Required\"";
const BAD_TOKEN: &str = "Bearer realm=\"Login Required\", error=\"invalid_token\"";

#[track_caller]
fn challenged(reply: Reply, status: u16, code: &str, challenge: &str) {
    let reply = reply.problem(status, code);
    assert_eq!(reply.header("www-authenticate"), Some(challenge));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
}

pub(crate) fn nobody_is_401_with_a_bearer_challenge(on: Framework) {
    let app = on.start();
    for route in ["/private", "/reports", "/staff", "/fresh", "/auth/me", "/auth/sessions", "/api", "/scoped"]
    {
        challenged(app.get(route).send(), 401, "unauthenticated", NOBODY);
    }
    for route in ["/private", "/auth/password/change", "/auth/reauthenticate", "/auth/sessions/delete"] {
        challenged(app.post(route).send(), 401, "unauthenticated", NOBODY);
    }
}

pub(crate) fn nobody_in_a_browser_is_sent_to_the_login_page(on: Framework) {
    let app = on.start();
    for route in ["/private", "/reports", "/fresh", "/staff", "/staff/deep/page"] {
        let reply = app
            .get(route)
            .browser()
            .send()
            .redirect(&format!("/auth/login?next={}", route.replace('/', "%2F")));
        assert!(reply.body.is_empty() && reply.header("set-cookie").is_none());
    }
    app.request("HEAD", "/private").browser().send().redirect("/auth/login?next=%2Fprivate");
    // A form is no navigation, and only a session opens by a page.
    app.post("/private").browser().send().expect(401);
    app.get("/api").browser().send().expect(401);
}

pub(crate) fn a_bad_bearer_token_is_401_invalid_token(on: Framework) {
    let app = on.start();
    for token in ["x", "a.b.c", "", "eyJhbGciOiJub25lIn0.e30.", "\u{fc}"] {
        for route in ["/private", "/api", "/scoped", "/auth/me", "/reports"] {
            challenged(app.get(route).bearer(token).send(), 401, "invalid_token", BAD_TOKEN);
        }
    }
}

pub(crate) fn a_valid_cookie_beside_a_bad_token_does_not_help(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    challenged(app.get("/private").session(&session).bearer("x").send(), 401, "invalid_token", BAD_TOKEN);
    challenged(app.get("/").session(&session).bearer("x").send(), 401, "invalid_token", BAD_TOKEN);
}

pub(crate) fn an_expired_token_is_refused(on: Framework) {
    let app = on.start();
    let token = app.tokens(ALICE, "").access;
    app.clock.advance(Duration::from_secs(15 * 60 - 1));
    assert!(app.takes_token(&token));
    app.clock.advance(Duration::from_secs(62));
    challenged(app.get("/api").bearer(&token).send(), 401, "invalid_token", BAD_TOKEN);
}

pub(crate) fn the_scheme_is_matched_without_case_and_the_token_exactly(on: Framework) {
    let app = on.start();
    let token = app.tokens(ALICE, "").access;
    for scheme in ["Bearer", "bearer", "BEARER", "bEaReR"] {
        app.get("/api").header("authorization", format!("{scheme} {token}")).send().expect(200);
    }
    let swapped = token
        .chars()
        .map(|c| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() });
    app.get("/api").bearer(&swapped.collect::<String>()).send().problem(401, "invalid_token");
    app.get("/basic")
        .header("Authorization", "bAsIc Ym9iOmFub3RoZXIgZmluZSBkZW1vIHBhc3NwaHJhc2U=")
        .send()
        .expect(200);
}

pub(crate) fn several_authorization_headers_are_400(on: Framework) {
    let app = on.start();
    let good = format!("Bearer {}", app.tokens(ALICE, "reports:read").access);
    for (one, two) in
        [(good.as_str(), "Bearer x"), ("Bearer x", &good), (&good, &good), ("Basic x", &good), (&good, "")]
    {
        for route in ["/private", "/api", "/scoped", "/basic", "/staff", "/auth/me", "/"] {
            let request = app.get(route).header("Authorization", one).header("authorization", two);
            request.send().problem(400, "invalid_request");
        }
    }
}

pub(crate) fn a_token_in_the_query_is_ignored(on: Framework) {
    let app = on.start();
    let token = app.tokens(ALICE, "").access;
    challenged(app.get(&format!("/api?access_token={token}")).send(), 401, "unauthenticated", NOBODY);
    challenged(app.get(&format!("/private?access_token={token}")).send(), 401, "unauthenticated", NOBODY);
}

pub(crate) fn two_different_session_cookies_are_nobody(on: Framework) {
    let app = on.start();
    let (one, two) = (app.login(ALICE), app.login(BOB));
    for (first, second) in [(&one, &two), (&two, &one), (&one, &"x".to_owned()), (&"".to_owned(), &one)] {
        let both = app.get("/private").header("Cookie", format!("session={first}; session={second}"));
        challenged(both.send(), 401, "unauthenticated", NOBODY);
        challenged(app.get("/private").session(first).session(second).send(), 401, "unauthenticated", NOBODY);
    }
    // The same one twice is one.
    app.get("/private").session(&one).session(&one).send().expect(200);
    assert!(app.is_logged_in(&one) && app.is_logged_in(&two), "and none of them has ended");
}

pub(crate) fn a_garbage_cookie_is_nobody_and_is_not_cleared(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    let long = "A".repeat(16 * 1024);
    let other = app.login(BOB).chars().rev().collect::<String>();
    let mut values = vec![
        "",
        "x",
        "%00",
        "null",
        "undefined",
        "\"\"",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        &long,
        &other,
        &session[..session.len() - 1],
        "s%3Aabc.def",
        "eyJhbGciOiJIUzI1NiJ9.e30.x",
        "a=b",
        "../../etc/passwd",
    ];
    let padded = format!("{session}=");
    values.push(&padded);
    for value in values {
        let reply = app.get("/private").session(value).send();
        assert_eq!(reply.header("set-cookie"), None, "{value}");
        challenged(reply, 401, "unauthenticated", NOBODY);
        app.get("/").session(value).send().expect(200);
    }
    let bytes = [b"session=".as_slice(), &[0xff, 0xfe]].concat();
    challenged(app.get("/private").header("Cookie", bytes).send(), 401, "unauthenticated", NOBODY);
}

pub(crate) fn a_scheme_that_the_route_does_not_take_is_ignored(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    let token = app.tokens(ALICE, "").access;
    app.get("/private").session(&session).basic("staging", "proxy").send().expect(200);
    app.get("/private").session(&session).header("Authorization", "Negotiate abc").send().expect(200);
    challenged(app.get("/private").basic(ALICE.name, ALICE.password).send(), 401, "unauthenticated", NOBODY);
    challenged(app.get("/api").session(&session).send(), 401, "unauthenticated", NOBODY);
    challenged(app.get("/scoped").session(&session).send(), 401, "unauthenticated", NOBODY);
    app.get("/basic").bearer(&token).send().problem(401, "unauthenticated");
    app.get("/basic").session(&session).send().problem(401, "unauthenticated");
}

pub(crate) fn a_token_of_another_client_is_no_user(on: Framework) {
    let app = on.start();
    let token = app.foreign_tokens(ALICE, "other", "reports:read").access;
    for route in ["/private", "/reports", "/fresh", "/api", "/auth/me", "/auth/sessions"] {
        app.get(route).bearer(&token).send().problem(403, "user_required");
    }
    let root = app.foreign_tokens(ROOT, "other", "").access;
    app.get("/staff").bearer(&root).send().problem(403, "user_required");
    app.post("/auth/password/change").bearer(&token).send().problem(403, "user_required");
    app.get("/scoped").bearer(&token).send().expect(200);
}

pub(crate) fn a_token_without_the_scope_is_403(on: Framework) {
    let app = on.start();
    for token in [app.tokens(ALICE, "").access, app.tokens(BOB, "reports:read").access] {
        let challenge =
            "Bearer realm=\"Login Required\", error=\"insufficient_scope\", scope=\"reports:read\"";
        challenged(app.get("/scoped").bearer(&token).send(), 403, "insufficient_scope", challenge);
    }
}

pub(crate) fn a_user_without_permission_or_staff_flag_is_403(on: Framework) {
    let app = on.start();
    let (alice, bob, root) = (app.login(ALICE), app.login(BOB), app.login(ROOT));
    app.get("/reports").session(&bob).send().problem(403, "permission_denied");
    app.get("/reports").session(&bob).browser().send().expect(403);
    app.get("/reports").session(&alice).send().expect(200);
    app.get("/reports").session(&root).send().expect(200);
    for route in ["/staff", "/staff/anything", "/staff/a/b"] {
        app.get(route).session(&alice).send().problem(403, "permission_denied");
        app.get(route).session(&root).send().expect(200);
    }
    app.get("/reports").bearer(&app.tokens(BOB, "").access).send().problem(403, "permission_denied");
}

pub(crate) fn basic_is_asked_for_and_taken_on_its_route_only(on: Framework) {
    let app = on.start();
    let challenge = "Basic realm=\"Login Required\", charset=\"UTF-8\"";
    challenged(app.get("/basic").send(), 401, "unauthenticated", challenge);
    challenged(app.get("/basic").basic("alice", "wrong").send(), 401, "unauthenticated", challenge);
    challenged(app.get("/basic").basic("nobody", "wrong").send(), 401, "unauthenticated", challenge);
    for garbage in ["Basic", "Basic ", "Basic !!!", "Basic YWxpY2U=", "Basic /////w==", "Basic YQ"] {
        challenged(
            app.get("/basic").header("Authorization", garbage).send(),
            401,
            "unauthenticated",
            challenge,
        );
    }
    let reply = app.get("/basic").basic(ALICE.name, ALICE.password).send().expect(200);
    assert_eq!(reply.text(), "hello alice");
    assert_eq!(reply.header("set-cookie"), None);
    app.get("/basic").basic("alice@example.com", ALICE.password).send().expect(200);
    // A navigation too: the browser has its own window for this.
    challenged_page(app.get("/basic").browser().send(), challenge);
}

fn challenged_page(reply: Reply, challenge: &str) {
    assert_eq!(reply.expect(401).header("www-authenticate"), Some(challenge));
}

pub(crate) fn a_guard_answers_before_the_body_is_looked_at(on: Framework) {
    let app = on.start();
    let large = "x".repeat(100 * 1024);
    for request in [
        app.post("/private").body("text/plain", large.clone()),
        app.post("/private").body("text/plain", vec![0xff]),
        app.post("/auth/password/change").body("text/plain", "x"),
        app.post("/auth/password/change").body("application/json", "{"),
        app.post("/auth/reauthenticate").body("application/x-www-form-urlencoded", "a=1&a=2"),
    ] {
        request.send().problem(401, "unauthenticated");
    }
    let session = app.login(ALICE);
    app.post("/private").session(&session).body("text/plain", vec![0xff]).send().expect(400);
    app.post("/private").session(&session).body("text/plain", large).send().expect(413);
    app.post("/private").session(&session).body("text/plain", "caf\u{e9}").send().expect(200);
}

pub(crate) fn headers_that_claim_an_identity_are_ignored(on: Framework) {
    let app = on.start();
    let id = app.user(ROOT).id.to_string();
    let mut request = app.get("/private");
    for name in [
        "X-User-Id",
        "X-Remote-User",
        "Remote-User",
        "X-Auth-User",
        "X-Forwarded-User",
        "OIDC_CLAIM_sub",
        "X-Original-URL",
    ] {
        request = request.header(name, &id).header(name, "root");
    }
    challenged(request.send(), 401, "unauthenticated", NOBODY);
}

pub(crate) fn nothing_of_the_request_is_reflected_in_a_challenge(on: Framework) {
    let app = on.start();
    let hostile = "x\", error=\"none\", realm=\"<script>";
    for request in [
        app.get("/api").header("Authorization", format!("Bearer {hostile}")),
        app.get("/basic").header("Authorization", format!("Basic {hostile}")),
        app.get("/api").header("Host", "evil.example").header("X-Forwarded-Host", "evil.example"),
    ] {
        let reply = request.send();
        let all = format!("{:?}{}", reply.headers, String::from_utf8_lossy(&reply.body));
        assert!(!all.contains("script") && !all.contains("evil.example"), "{all}");
    }
}
