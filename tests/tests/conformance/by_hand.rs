//! What handlers do by hand, and what goes out with their replies (RFC 9111 section 5.2, RFC 9213; the Fetch standard, section 3.3).

use conformance::{ALICE, Framework, Reply, TestApp};

fn is_kept_out_of_caches(reply: &Reply) {
    assert_eq!(reply.header("cache-control"), Some("no-store"), "{:?}", reply.headers);
    for name in ["cdn-cache-control", "cloudflare-cdn-cache-control", "surrogate-control", "x-accel-expires"]
    {
        assert_eq!(reply.header(name), None);
    }
}

pub(crate) fn a_reply_that_sets_a_cookie_is_kept_out_of_caches(on: Framework) {
    let app = on.start_by_hand();
    let reply = app.post("/in").send().expect(200);
    is_kept_out_of_caches(&reply);
    let session = reply.session().unwrap();
    let reply = app.post("/out").session(&session).send().expect(200);
    assert!(reply.clears_session());
    is_kept_out_of_caches(&reply);
    // Nothing of ours is set here: it is the handler's own affair.
    let reply = app.post("/out").send().expect(200);
    assert_eq!(reply.header("set-cookie"), None);
    assert_eq!(reply.header("cache-control"), Some("public, max-age=600"));
    assert_eq!(reply.header("surrogate-control"), Some("max-age=600"));
}

pub(crate) fn a_sign_up_of_another_site_makes_no_account(on: Framework) {
    let app = on.start_by_hand();
    let carol = || app.block_on(app.auth.users().find("carol")).unwrap();
    for (name, value) in
        [("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site"), ("Origin", "null")]
    {
        app.post("/sign-up").untyped_body("carol").header(name, value).send().problem(403, "csrf_failed");
        assert!(carol().is_none(), "{name}: {value}");
    }
    let reply = app.post("/sign-up").untyped_body("carol").header("Origin", &app.base).send().expect(200);
    assert!(carol().is_some() && reply.session().is_some());
}

pub(crate) fn a_handler_logs_in_and_out(on: Framework) {
    let app = on.start_by_hand();
    let me = |session: &str| app.get("/auth/me").session(session).send();
    let reply = app.post("/in").send().expect(200);
    // The session, and what the limits on guessing know this browser by.
    assert_eq!(reply.all("set-cookie").len(), 2);
    let session = reply.session().unwrap();
    assert_eq!(me(&session).expect(200).json()["user"]["username"], "alice");

    let reply = app.post("/out").session(&session).send().expect(200);
    assert_eq!(reply.all("set-cookie").len(), 1);
    let cookie = reply.session_cookie().unwrap();
    assert!(cookie.starts_with("session=;") && cookie.ends_with("Max-Age=0"), "{cookie}");
    me(&session).problem(401, "unauthenticated");
}

pub(crate) fn another_site_changes_nothing(on: Framework) {
    let app = on.start_by_hand();
    let session = app.login(ALICE);
    for path in ["/in", "/out"] {
        let forged = app.post(path).session(&session).header("Origin", "https://evil.example");
        let reply = forged.send().problem(403, "csrf_failed");
        assert_eq!(reply.header("set-cookie"), None, "{path}");
    }
    app.get("/auth/me").session(&session).send().expect(200);
}

fn page(reply: Reply, status: u16) -> Reply {
    let reply = reply.expect(status);
    assert_eq!(reply.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(reply.header("content-security-policy").is_some());
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    reply
}

fn post_form(app: &TestApp, body: &str) -> conformance::Request {
    app.post("/form").untyped_body(body)
}

pub(crate) fn an_error_that_a_handler_passes_on_takes_the_form_of_the_routes(on: Framework) {
    let app = on.start_by_hand();
    let reply = post_form(&app, "alice\nwrong").send().problem(401, "invalid_credentials");
    let challenge = reply.header("www-authenticate").map(str::to_owned);
    assert_eq!(challenge.as_deref(), Some("Form realm=\"Login Required\""));
    let reply = page(post_form(&app, "alice\nwrong").browser().send(), 401);
    assert_eq!(reply.header("www-authenticate"), challenge.as_deref());
    assert!(reply.text().contains("The user name or the password is wrong"), "{}", reply.text());
    page(post_form(&app, "alice").browser().send(), 400);
    page(post_form(&app, "alice").header("HX-Request", "true").send(), 400);
    page(post_form(&app, "alice\nx").browser().header("Origin", "https://evil.example").send(), 403);
    let json = post_form(&app, "alice").browser().header("Content-Type", "application/json");
    json.send().problem(400, "invalid_request");
    let body = format!("alice\n{}", ALICE.password);
    assert!(post_form(&app, &body).browser().send().expect(200).session().is_some());
}

pub(crate) fn a_page_in_place_of_an_error_keeps_the_other_headers(on: Framework) {
    let app = on.start_by_hand();
    let json = app.get("/refused").send().problem(403, "permission_denied");
    assert_eq!(json.header("x-own"), Some("1"));
    let html = page(app.get("/refused").browser().send(), 403);
    assert_eq!((html.header("x-own"), html.all("content-length").len()), (Some("1"), 1));
}

pub(crate) fn an_applications_own_cors_answers_preflights(on: Framework) {
    let app = on.start_by_hand();
    for route in ["/auth/token", "/auth/login", "/auth", "/.well-known/jwks.json", "/in"] {
        let preflight = app.request("OPTIONS", route).header("Origin", "https://spa.example");
        let reply = preflight.header("Access-Control-Request-Method", "POST").send().expect(204);
        assert_eq!(reply.header("access-control-allow-origin"), Some("https://spa.example"), "{route}");
    }
    let reply = app.try_token(ALICE, "").header("Origin", "https://spa.example").send().expect(200);
    assert_eq!(reply.header("access-control-allow-origin"), Some("https://spa.example"));
    assert_eq!(app.try_token(ALICE, "").send().expect(200).header("access-control-allow-origin"), None);
}

pub(crate) fn a_test_acts_as_somebody_who_is_logged_in(on: Framework) {
    use auth_core::testing::{bearer_as, login_as};
    let app = on.start();
    let cookie = app.block_on(login_as(&app.auth, "alice@example.com")).unwrap();
    assert_eq!(app.get("/private").header("Cookie", &cookie).send().expect(200).text(), "hello alice");
    app.get("/fresh").header("Cookie", &cookie).send().expect(200);
    let bearer = app.block_on(bearer_as(&app.auth, "alice", "reports:read")).unwrap();
    app.get("/scoped").header("Authorization", &bearer).send().expect(200);
    assert!(app.block_on(login_as(&app.auth, "nobody")).is_err());
}
