//! Logging in on a device without a browser (RFC 8628).

use std::time::Duration;

use auth_core::server::{GrantType, OAuthClient};
use conformance::{ALICE, BOB, Browser, Framework, Reply, TestApp};
use serde_json::{Value, json};

use crate::registered::{NIGHTLY, SECRET, with};
use crate::relying_party::text;

pub(crate) const TV: &str = "tv";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// A public client on a television.
pub(crate) fn tv() -> OAuthClient {
    OAuthClient::new(TV).name("Television").grants([GrantType::DeviceCode, GrantType::RefreshToken]).scopes([
        "offline_access",
        "reports:read",
        "reports:write",
    ])
}

fn start(on: Framework) -> TestApp {
    on.start_with(with([
        tv(),
        OAuthClient::new("radio").grants([GrantType::DeviceCode]).scopes(["reports:read"]),
    ]))
}

/// A device that waits: its code and its owner's.
pub(crate) fn begin(app: &TestApp, scope: &str) -> (String, String) {
    let fields = [("client_id", TV), ("scope", scope)];
    let answer = app.post("/auth/device_authorization").form(&fields).send().expect(200).json();
    (text(&answer, "device_code"), text(&answer, "user_code"))
}

pub(crate) fn poll(app: &TestApp, device: &str) -> Reply {
    poll_as(app, TV, device)
}

fn poll_as(app: &TestApp, client: &str, device: &str) -> Reply {
    let fields = [("grant_type", GRANT), ("device_code", device), ("client_id", client)];
    app.post("/auth/token").form(&fields).send()
}

fn later(app: &TestApp, seconds: u64) {
    app.clock.advance(Duration::from_secs(seconds));
}

/// The code is typed in this session, and then perhaps decided about.
pub(crate) fn type_in(app: &TestApp, session: &str, code: &str, decision: Option<&str>) -> Reply {
    let typed = app.post("/auth/device").session(session).json(&json!({"user_code": code})).send();
    match decision {
        Some(decision) if typed.status == 200 => {
            let ticket = text(&typed.json(), "ticket");
            decide(app, session, &json!({"user_code": code, "decision": decision, "ticket": ticket}))
        }
        _ => typed,
    }
}

fn decide(app: &TestApp, session: &str, decided: &Value) -> Reply {
    app.post("/auth/device").session(session).json(decided).send()
}

pub(crate) fn a_device_is_let_in_by_its_owner(on: Framework) {
    let app = start(on);
    let fields = [("client_id", TV), ("scope", "reports:read offline_access")];
    let reply = app.post("/auth/device_authorization").form(&fields).send().expect(200);
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let answer = reply.json();
    assert_eq!((&answer["expires_in"], &answer["interval"]), (&json!(600), &json!(5)));
    assert_eq!(answer["verification_uri"], format!("{}/auth/device", app.base));
    let (device, code) = (text(&answer, "device_code"), text(&answer, "user_code"));
    assert_eq!(answer["verification_uri_complete"], format!("{}/auth/device?user_code={code}", app.base));
    poll(&app, &device).oauth(400, "authorization_pending");

    let session = app.login(ALICE);
    let asked = type_in(&app, &session, &code, None).expect(200).json();
    let ticket = &asked["ticket"];
    assert_eq!(
        asked,
        json!({
            "client_id": TV, "name": "Television", "scope": "reports:read offline_access", "user_code": code, "ticket": ticket,
        })
    );
    type_in(&app, &session, &code, Some("allow")).expect(204);
    later(&app, 5);
    let tokens = poll(&app, &device).expect(200).json();
    assert_eq!(tokens["scope"], "reports:read offline_access");
    let access = text(&tokens, "access_token");
    assert_eq!(app.get("/scoped").bearer(&access).send().expect(200).text(), "hello alice");
    app.get("/private").bearer(&access).send().problem(403, "user_required");
    // It lasts beyond the session in which it was allowed.
    app.post("/auth/logout").session(&session).send().expect(204);
    let refresh = [
        ("grant_type", "refresh_token"),
        ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
        ("client_id", TV),
    ];
    app.post("/auth/token").form(&refresh).send().expect(200);
}

pub(crate) fn a_browser_is_led_through_it(on: Framework) {
    let app = start(on);
    let (device, code) = begin(&app, "reports:read");
    let mut browser = Browser::new();
    let page = browser.open(&format!("{}/auth/device", app.base)).expect(200);
    assert!(page.url.contains("/auth/login?next="), "{:#?}", page.way);
    let login = [("username", ALICE.name), ("password", ALICE.password)];
    let page = browser.submit(&page, "/auth/login", &login).expect(200);
    assert!(page.text().contains("Type the code"), "{}", page.text());
    let wrong = browser.submit(&page, "/auth/device", &[("user_code", "0000-0000")]).expect(400);
    assert!(wrong.text().contains("This code is not known"), "{}", wrong.text());
    let typed = code.to_lowercase().replace('-', " ");
    let page = browser.submit(&wrong, "/auth/device", &[("user_code", &typed)]).expect(200);
    for words in ["Television", "reports:read", "in front of you", &code] {
        assert!(page.text().contains(words), "{words}: {}", page.text());
    }
    let done = browser.submit(&page, "/auth/device", &[("decision", "allow")]).expect(200);
    assert!(done.text().contains("Your device is logged in"), "{}", done.text());
    poll(&app, &device).expect(200);
}

pub(crate) fn the_whole_address_leads_there_too(on: Framework) {
    let app = start(on);
    let (device, code) = begin(&app, "reports:read");
    let target = format!("/auth/device?user_code={code}");
    app.get(&target).send().problem(401, "unauthenticated");
    let session = app.login(ALICE);
    let page = app.get(&target).session(&session).browser().send().expect(200);
    for words in ["Television", &code] {
        assert!(page.text().contains(words), "{words}: {}", page.text());
    }
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    assert!(page.header("content-security-policy").unwrap().contains("frame-ancestors 'none'"));
    // Seen once more, it is the same.
    app.get(&target).session(&session).send().expect(200);
    type_in(&app, &session, &code, Some("allow")).expect(204);
    poll(&app, &device).expect(200);
}

pub(crate) fn a_device_that_asks_too_often_is_slowed_down(on: Framework) {
    let app = start(on);
    let (device, code) = begin(&app, "");
    poll(&app, &device).oauth(400, "authorization_pending");
    poll(&app, &device).oauth(400, "slow_down");
    later(&app, 4);
    poll(&app, &device).oauth(400, "slow_down");
    later(&app, 1);
    poll(&app, &device).oauth(400, "authorization_pending");
    type_in(&app, &app.login(ALICE), &code, Some("allow")).expect(204);
    poll(&app, &device).oauth(400, "slow_down");
    later(&app, 5);
    poll(&app, &device).expect(200);
    later(&app, 5);
    poll(&app, &device).oauth(400, "invalid_grant");
}

pub(crate) fn what_is_denied_or_over_gives_nothing(on: Framework) {
    let app = start(on);
    let (device, code) = begin(&app, "");
    let session = app.login(ALICE);
    type_in(&app, &session, &code, Some("deny")).expect(204);
    poll(&app, &device).oauth(400, "access_denied");
    later(&app, 5);
    poll(&app, &device).oauth(400, "invalid_grant");
    type_in(&app, &session, &code, Some("allow")).problem(400, "invalid_user_code");

    let (device, code) = begin(&app, "");
    later(&app, 600);
    poll(&app, &device).oauth(400, "expired_token");
    type_in(&app, &session, &code, None).problem(400, "invalid_user_code");
    for unknown in ["x", "", &"A".repeat(44), &device[1..]] {
        let reply = poll(&app, unknown);
        assert!(reply.status == 400, "{unknown}");
    }
}

pub(crate) fn only_the_session_that_claimed_a_code_decides(on: Framework) {
    let app = start(on);
    let (device, code) = begin(&app, "");
    let (alice, bob, other) = (app.login(ALICE), app.login(BOB), app.login(ALICE));
    type_in(&app, &alice, &code, None).expect(200);
    for session in [&bob, &other] {
        for decision in [None, Some("allow"), Some("deny")] {
            type_in(&app, session, &code, decision).problem(400, "invalid_user_code");
        }
        app.get(&format!("/auth/device?user_code={code}"))
            .session(session)
            .send()
            .problem(400, "invalid_user_code");
    }
    poll(&app, &device).oauth(400, "authorization_pending");
    type_in(&app, &alice, &code, Some("allow")).expect(204);
    later(&app, 5);
    let access = text(&poll(&app, &device).expect(200).json(), "access_token");
    let user = crate::jwt::read(&access).1["sub"].clone();
    assert_eq!(user, app.user(ALICE).id.as_str());
}

pub(crate) fn typed_codes_are_limited(on: Framework) {
    let app = start(on);
    let (_, code) = begin(&app, "");
    let session = app.login(ALICE);
    let guesses = (0..30).map(|guess| type_in(&app, &session, &format!("0000-00{guess:02}"), None));
    let refused: Vec<_> = guesses.map(|reply| reply.status).collect();
    assert!(refused.contains(&400) && refused.ends_with(&[429]), "{refused:?}");
    let limited = type_in(&app, &session, &code, None).problem(429, "too_many_attempts");
    assert!(limited.header("retry-after").is_some());
    // Another session of the same account is the same guesser; the second factor's codes are others.
    type_in(&app, &app.login(ALICE), &code, None).problem(429, "too_many_attempts");
    type_in(&app, &app.login(BOB), &code, None).expect(200);
}

pub(crate) fn another_site_or_a_token_decides_nothing(on: Framework) {
    let app = start(on);
    let (device, code) = begin(&app, "");
    let session = app.login(ALICE);
    let typed = type_in(&app, &session, &code, None).expect(200).json();
    let ticket = text(&typed, "ticket");
    let form = [("user_code", code.as_str()), ("decision", "allow"), ("ticket", &ticket)];
    let forged =
        app.post("/auth/device").session(&session).header("Sec-Fetch-Site", "cross-site").form(&form);
    forged.send().problem(403, "csrf_failed");
    let token = app.tokens(ALICE, "").access;
    let status = app.post("/auth/device").bearer(&token).form(&form).send().status;
    assert!(matches!(status, 401 | 403), "{status}");
    app.post("/auth/device").form(&form).send().problem(401, "unauthenticated");
    let odd = type_in(&app, &session, &code, Some("perhaps"));
    odd.problem(400, "invalid_request");
    poll(&app, &device).oauth(400, "authorization_pending");
}

pub(crate) fn nothing_is_decided_that_was_not_shown(on: Framework) {
    let app = start(on);
    let (device, code) = begin(&app, "reports:read");
    let (session, other) = (app.login(ALICE), app.login(ALICE));
    let shown =
        |session: &str, code: &str| text(&type_in(&app, session, code, None).expect(200).json(), "ticket");
    // Neither at once, nor by the whole address alone.
    let unseen = json!({"user_code": code, "decision": "allow"});
    decide(&app, &session, &unseen).problem(400, "invalid_request");
    app.get(&format!("/auth/device?user_code={code}")).session(&session).send().expect(200);
    decide(&app, &session, &unseen).problem(400, "invalid_request");

    let of_another_device = shown(&session, &begin(&app, "reports:read").1);
    let of_another_session = shown(&other, &begin(&app, "reports:read").1);
    for wrong in ["", "x", &of_another_device, &of_another_session] {
        for decision in ["allow", "deny"] {
            let decided = json!({"user_code": code, "decision": decision, "ticket": wrong});
            let refused = decide(&app, &session, &decided);
            assert!(matches!(refused.status, 400 | 403), "{wrong}: {}", refused.text());
        }
    }
    poll(&app, &device).oauth(400, "authorization_pending");
    type_in(&app, &session, &code, Some("allow")).expect(204);
    later(&app, 5);
    poll(&app, &device).expect(200);
}

pub(crate) fn what_a_client_may_not_ask_for_it_does_not_get(on: Framework) {
    let app = start(on);
    let ask = |fields: &[(&str, &str)]| app.post("/auth/device_authorization").form(fields).send();
    ask(&[("client_id", TV), ("scope", "admin")]).oauth(400, "invalid_scope");
    ask(&[("client_id", TV), ("resource", "https://other.example")]).oauth(400, "invalid_target");
    ask(&[("client_id", "nobody")]).oauth(401, "invalid_client");
    ask(&[]).oauth(401, "invalid_client");
    let by_nightly = app.post("/auth/device_authorization").basic(NIGHTLY, SECRET).form(&[]).send();
    by_nightly.oauth(400, "unauthorized_client");
    // Nobody gives what they do not have, and another client gets nothing.
    let (device, code) = begin(&app, "reports:read reports:write");
    let session = app.login(ALICE);
    assert_eq!(type_in(&app, &session, &code, None).expect(200).json()["scope"], "reports:read");
    type_in(&app, &session, &code, Some("allow")).expect(204);
    poll_as(&app, "radio", &device).oauth(400, "invalid_grant");
    assert_eq!(poll(&app, &device).expect(200).json()["scope"], "reports:read");
}

pub(crate) fn what_was_allowed_ends_with_its_user_and_session(on: Framework) {
    let app = start(on);
    let (device, code) = begin(&app, "reports:read");
    let session = app.login(ALICE);
    type_in(&app, &session, &code, Some("allow")).expect(204);
    app.post("/auth/logout").session(&session).send().expect(204);
    poll(&app, &device).oauth(400, "invalid_grant");

    let (device, code) = begin(&app, "reports:read");
    let session = app.login(ALICE);
    type_in(&app, &session, &code, Some("allow")).expect(204);
    let access = text(&poll(&app, &device).expect(200).json(), "access_token");
    app.get("/scoped").bearer(&access).send().expect(200);
    app.post("/auth/logout").session(&session).send().expect(204);
    app.get("/scoped").bearer(&access).send().problem(401, "invalid_token");
}

pub(crate) fn what_was_allowed_to_a_device_is_listed_and_taken_back(on: Framework) {
    let app = start(on);
    let session = app.login(ALICE);
    let (device, code) = begin(&app, "reports:read");
    type_in(&app, &session, &code, Some("allow")).expect(204);
    let access = text(&poll(&app, &device).expect(200).json(), "access_token");
    let grants = app.get("/auth/grants").session(&session).send().expect(200).json();
    assert_eq!(
        (&grants["grants"][0]["client_id"], &grants["grants"][0]["scope"]),
        (&json!(TV), &json!("reports:read"))
    );
    app.request("DELETE", "/auth/grants/tv").session(&session).send().expect(204);
    app.get("/scoped").bearer(&access).send().problem(401, "invalid_token");

    let (device, code) = begin(&app, "reports:read");
    type_in(&app, &session, &code, Some("allow")).expect(204);
    app.request("DELETE", "/auth/grants/tv").session(&session).send().expect(204);
    poll(&app, &device).oauth(400, "invalid_grant");
}

pub(crate) fn of_many_polls_at_once_one_gets_the_tokens(on: Framework) {
    one_gets_the_tokens(&start(on));
}

pub(crate) fn of_many_polls_at_once_one_gets_the_tokens_on_sqlite(on: Framework) {
    one_gets_the_tokens(&on.start_on_sqlite_with(with([tv()])));
}

fn one_gets_the_tokens(app: &TestApp) {
    let (device, code) = begin(app, "reports:read");
    type_in(app, &app.login(ALICE), &code, Some("allow")).expect(204);
    let answers: Vec<Value> = std::thread::scope(|scope| {
        let polls: Vec<_> = (0..50).map(|_| scope.spawn(|| poll(app, &device).json())).collect();
        polls.into_iter().map(|poll| poll.join().unwrap()).collect()
    });
    let given = answers.iter().filter(|answer| answer["access_token"].is_string()).count();
    assert_eq!(given, 1);
}
