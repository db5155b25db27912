//! The origin rule (OWASP Cross-Site Request Forgery Prevention Cheat Sheet; ASVS 5.0 section 3.5.1).

use conformance::{ALICE, BOB, Framework, Request, TestApp};

/// What a request says about where it came from, and whether that is good enough.
fn cases(app: &TestApp) -> Vec<(Option<&'static str>, Option<String>, bool)> {
    let own = app.base.clone();
    let text = |origin: &str| Some(origin.to_owned());
    vec![
        (None, None, true),
        (None, text(&own), true),
        (None, text("https://admin.example"), true),
        (None, text("null"), false),
        (None, text("https://evil.example"), false),
        (None, text("http://localhost"), false),
        (None, text("http://localhost:1"), false),
        (None, text(&own.replace("http:", "https:")), false),
        (None, text(&own.replace("localhost", "127.0.0.1")), false),
        (None, text(&own.replace("localhost", "app.localhost")), false),
        (None, text(&own.to_uppercase()), false),
        (None, text(&format!("{own}/")), false),
        (None, text(&format!("{own}.evil.example")), false),
        (None, text(""), false),
        (Some("same-origin"), None, true),
        (Some("none"), None, true),
        (Some("same-origin"), text(&own), true),
        (Some("same-site"), None, false),
        (Some("cross-site"), None, false),
        (Some("same-site"), text(&own), false),
        (Some("cross-site"), text(&own), false),
        (Some("cross-site"), text("null"), false),
        (Some("cross-site"), text("https://evil.example"), false),
        (Some("same-site"), text("https://admin.example"), true),
        (Some("cross-site"), text("https://admin.example"), true),
        (Some("SAME-ORIGIN"), None, false),
        (Some("nonsense"), None, false),
        (Some(""), None, false),
    ]
}

fn from(request: Request, site: Option<&str>, origin: Option<&str>) -> Request {
    let request = site.map_or(request.clone(), |site| request.header("Sec-Fetch-Site", site));
    origin.map_or(request.clone(), |origin| request.header("Origin", origin))
}

fn start(on: Framework) -> TestApp {
    on.start_with(|builder| builder.allow_origin("https://admin.example"))
}

pub(crate) fn an_unsafe_request_under_a_session_must_meet_it(on: Framework) {
    let app = start(on);
    let session = app.login(ALICE);
    for (site, origin, passes) in cases(&app) {
        let request = app.post("/private").session(&session).body("text/plain", "x");
        let reply = from(request, site, origin.as_deref()).send();
        assert_eq!(reply.status, if passes { 200 } else { 403 }, "{site:?} {origin:?}");
        if !passes {
            reply.problem(403, "csrf_failed");
        }
    }
    assert!(app.is_logged_in(&session));
}

pub(crate) fn logging_in_must_meet_it_without_any_session(on: Framework) {
    let app = start(on);
    for (site, origin, passes) in cases(&app) {
        let reply = from(app.try_login(ALICE.name, ALICE.password), site, origin.as_deref()).send();
        assert_eq!(reply.status, if passes { 200 } else { 403 }, "{site:?} {origin:?}");
        assert_eq!(reply.session().is_some(), passes, "{site:?} {origin:?}");
    }
}

pub(crate) fn every_route_that_changes_something_must_meet_it(on: Framework) {
    let app = start(on);
    let session = app.login(ALICE);
    let id = app.get("/auth/sessions").session(&session).send().json()["sessions"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    for (method, route) in [
        ("POST", "/auth/logout".to_owned()),
        ("POST", "/auth/reauthenticate".to_owned()),
        ("POST", "/auth/password/change".to_owned()),
        ("DELETE", "/auth/sessions".to_owned()),
        ("POST", "/auth/sessions/delete".to_owned()),
        ("DELETE", format!("/auth/sessions/{id}")),
        ("POST", format!("/auth/sessions/{id}/delete")),
    ] {
        let fields =
            [("password", ALICE.password), ("current_password", ALICE.password), ("new_password", "x")];
        for (site, origin) in
            [(Some("cross-site"), None), (None, Some("https://evil.example")), (None, Some("null"))]
        {
            let request = app.request(method, &route).session(&session).form(&fields);
            from(request, site, origin).send().problem(403, "csrf_failed");
        }
    }
    assert!(app.is_logged_in(&session), "none of them did anything");
}

pub(crate) fn two_origins_are_refused(on: Framework) {
    let app = start(on);
    let session = app.login(ALICE);
    let request = app
        .post("/private")
        .session(&session)
        .header("Origin", &app.base)
        .header("Origin", "https://evil.example");
    request.send().problem(403, "csrf_failed");
    let request = app
        .post("/private")
        .session(&session)
        .header("Sec-Fetch-Site", "none")
        .header("Sec-Fetch-Site", "cross-site");
    request.send().problem(403, "csrf_failed");
}

pub(crate) fn safe_methods_need_not_meet_it(on: Framework) {
    let app = start(on);
    let session = app.login(ALICE);
    for method in ["GET", "HEAD"] {
        let request =
            app.request(method, "/private").session(&session).header("Sec-Fetch-Site", "cross-site");
        request.send().expect(200);
    }
}

pub(crate) fn safe_methods_change_nothing(on: Framework) {
    let app = start(on);
    let session = app.login(ALICE);
    for method in ["GET", "HEAD", "OPTIONS"] {
        for route in ["/auth/logout", "/auth/sessions/delete", "/auth/password/change", "/auth/revoke"] {
            let reply = app.request(method, route).session(&session).send();
            assert!((400..500).contains(&reply.status), "{method} {route}");
        }
    }
    assert!(app.is_logged_in(&session));
}

pub(crate) fn a_websocket_handshake_counts_as_unsafe(on: Framework) {
    let app = start(on);
    let session = app.login(ALICE);
    let handshake = || app.get("/private").session(&session).header("Upgrade", "websocket");
    handshake().header("Origin", "https://evil.example").send().problem(403, "csrf_failed");
    handshake().header("Sec-Fetch-Site", "cross-site").send().problem(403, "csrf_failed");
}

pub(crate) fn basic_is_ambient_and_must_meet_it(on: Framework) {
    let app = start(on);
    let request = app.get("/basic").basic(ALICE.name, ALICE.password).header("Upgrade", "websocket");
    request.header("Sec-Fetch-Site", "cross-site").send().problem(403, "csrf_failed");
}

pub(crate) fn a_bearer_token_is_not_ambient(on: Framework) {
    let app = start(on);
    let token = app.tokens(ALICE, "").access;
    let request =
        app.post("/private").bearer(&token).body("text/plain", "x").header("Origin", "https://evil.example");
    request.header("Sec-Fetch-Site", "cross-site").send().expect(200);
}

pub(crate) fn oauth_routes_take_no_ambient_credential_and_are_exempt(on: Framework) {
    let app = start(on);
    let foreign = |request: Request| {
        request.header("Origin", "https://spa.example").header("Sec-Fetch-Site", "cross-site")
    };
    foreign(app.try_token(BOB, "")).send().expect(200);
    let pair = app.tokens(BOB, "");
    foreign(app.try_refresh(&pair.refresh)).send().expect(200);
    foreign(app.post("/auth/revoke").form(&[("token", &pair.access)])).send().expect(200);
}

pub(crate) fn a_foreign_origin_is_refused_before_the_body_is_read(on: Framework) {
    let app = start(on);
    let session = app.login(ALICE);
    for route in ["/auth/login", "/auth/logout", "/auth/reauthenticate", "/auth/password/change"] {
        let request =
            app.post(route).session(&session).body("text/plain", "x").header("Sec-Fetch-Site", "cross-site");
        request.send().problem(403, "csrf_failed");
    }
}

pub(crate) fn a_form_cannot_smuggle_another_method(on: Framework) {
    let app = start(on);
    let (one, two) = (app.login(ALICE), app.login(ALICE));
    // rocket reads `_method` out of forms; the login routes do not.
    let request = app.post("/auth/sessions").session(&one).form(&[("_method", "delete")]);
    request.send().problem(405, "method_not_allowed");
    assert!(app.is_logged_in(&two));
    for method in ["put", "patch", "delete", "POST"] {
        let request = app.post("/private").session(&one).form(&[("_method", method)]);
        assert_ne!(request.header("Sec-Fetch-Site", "cross-site").send().status, 200, "{method}");
    }
}
