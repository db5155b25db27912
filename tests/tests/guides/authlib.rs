//! "Coming from Authlib and OAuthLib".

use conformance::{ALICE, Framework, query};

use crate::tokens::{EXPIRED_AFTER, tokens};

pub(crate) fn a_handler_sends_the_browser_to_the_provider(on: Framework) {
    let app = on.start_guides();
    let reply = app.post("/sign-in/github").form(&[("next", "/reports")]).send().expect(303);
    let there = reply.header("location").unwrap();
    assert!(there.starts_with("https://github.com/login/oauth/authorize?"), "{there}");
    for parameter in ["state=", "code_challenge_method=S256", "client_id=our-id-at-github"] {
        assert!(there.contains(parameter), "{there}");
    }
    assert!(reply.header("set-cookie").is_some(), "the login is bound to the browser");
}

pub(crate) fn another_site_sends_nobody_there(on: Framework) {
    let app = on.start_guides();
    let forged = app.post("/sign-in/github").form(&[]).header("Sec-Fetch-Site", "cross-site");
    forged.send().problem(403, "csrf_failed");
}

pub(crate) fn a_client_with_endpoints_by_hand_gets_a_token_and_calls_with_it(on: Framework) {
    let app = on.start_guides();
    let begun = app.post("/calendar/connect").form(&[]).send().expect(303);
    let there = begun.header("location").unwrap();
    assert!(there.starts_with("https://login.example.com/authorize?"), "{there}");
    assert_eq!(query(there, "scope").as_deref(), Some("profile calendar.read"));
    let callback = format!("{}/auth/login/calendar/callback", app.base);
    assert_eq!(query(there, "redirect_uri"), Some(callback));
    let browser = begun.cookie("session-login").unwrap();
    let come_back = |code: &str, state: &str| {
        let target = format!("/auth/login/calendar/callback?code={code}&state={state}");
        app.get(&target).cookies(&[("session-login", &browser)]).send()
    };
    come_back("the-code", "another-state").problem(400, "state_mismatch");
    let session = come_back("the-code", &query(there, "state").unwrap()).redirect("/calendar/events");
    let session = session.cookie("session").unwrap();
    let ask = |path: &str| app.get(path).session(&session).send().expect(200).text();
    assert_eq!(ask("/calendar/events"), "200: [\"a visit to the dentist\"]");
    assert_eq!(ask("/calendar/profile"), "1001 is Jane Doe");
    app.get("/calendar/events").session(&app.login(ALICE)).send().problem(404, "not_found");
    app.get("/calendar/events").send().problem(401, "unauthenticated");
}

pub(crate) fn a_code_that_the_server_refuses_logs_nobody_in(on: Framework) {
    let app = on.start_guides();
    let begun = app.post("/calendar/connect").form(&[]).send().expect(303);
    let state = query(begun.header("location").unwrap(), "state").unwrap();
    let target = format!("/auth/login/calendar/callback?code=another-code&state={state}");
    let browser = begun.cookie("session-login").unwrap();
    let refused =
        app.get(&target).cookies(&[("session-login", &browser)]).send().problem(400, "provider_error");
    assert_eq!(refused.cookie("session"), None);
}

pub(crate) fn require_oauth_wants_a_token_with_the_scope(on: Framework) {
    let app = on.start_guides();
    app.clock.advance(EXPIRED_AFTER);
    for token in tokens() {
        let (who, reports, all) = match token.name.as_str() {
            "full" => (200, 200, 200),
            // It has no scope.
            "tutorial" => (200, 403, 403),
            _ => (401, 401, 401),
        };
        for (path, status) in [("/whoami", who), ("/api/reports", reports), ("/api/all", all)] {
            app.get(path).bearer(&token.text).send().expect(status);
        }
    }
}

pub(crate) fn require_oauth_takes_nothing_of_our_own(on: Framework) {
    let app = on.start_guides();
    let (session, token) = (app.login(ALICE), app.tokens(ALICE, "reports:read").access);
    app.get("/api/reports").session(&session).send().problem(401, "unauthenticated");
    app.get("/api/reports").bearer(&token).send().problem(401, "invalid_token");
    app.get("/api/reports").send().problem(401, "unauthenticated");
}
