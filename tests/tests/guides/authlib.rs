//! "Coming from Authlib and OAuthLib".

use conformance::{ALICE, Framework};

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
