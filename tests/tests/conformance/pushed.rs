//! Requests that a client pushes before it sends its user (RFC 9126).

use std::time::Duration;

use auth_core::server::OAuthClient;
use conformance::{ALICE, Browser, Framework, Page, Reply, Request, TestApp};
use serde_json::json;

use crate::races::at_once;
use crate::registered::SECRET;
use crate::relying_party::{
    CHALLENGE, SHOP, STATE, allow, callback, code, exchange, log_in, refused, serving, shop, target, text,
};

/// A request of the shop's, pushed; these parameters take the place of those of the same name.
pub(crate) fn push(app: &TestApp, more: &[(&str, &str)]) -> Reply {
    asking(app, more).send()
}

/// The same, before it is sent.
pub(crate) fn asking(app: &TestApp, more: &[(&str, &str)]) -> Request {
    let callback = callback(app);
    let usual = [
        ("redirect_uri", &*callback),
        ("response_type", "code"),
        ("scope", "openid"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("state", STATE),
    ];
    let is_replaced = |name: &str| more.iter().any(|(other, _)| *other == name);
    let kept = usual.into_iter().filter(|(name, _)| !is_replaced(name));
    let all: Vec<_> = kept.chain(more.iter().copied()).filter(|(_, value)| !value.is_empty()).collect();
    app.post("/auth/par").basic(SHOP, SECRET).form(&all)
}

fn pushed(app: &TestApp) -> String {
    text(&push(app, &[]).expect(201).json(), "request_uri")
}

fn open(app: &TestApp, client: &str, request_uri: &str) -> (Browser, Page) {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", client)
        .append_pair("request_uri", request_uri)
        .finish();
    let mut browser = Browser::new();
    let page = browser.open(&format!("{}/auth/authorize?{query}", app.base));
    (browser, page)
}

pub(crate) fn a_pushed_request_is_gone_on_with(on: Framework) {
    let app = on.start_with(serving([shop()]));
    let reply = push(&app, &[]).expect(201);
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let answer = reply.json();
    assert_eq!(answer["expires_in"], 60);
    let request_uri = text(&answer, "request_uri");
    assert!(request_uri.starts_with("urn:ietf:params:oauth:request_uri:"), "{request_uri}");
    let (mut browser, page) = open(&app, SHOP, &request_uri);
    let page = log_in(&mut browser, &page, ALICE);
    let page = allow(&mut browser, &page);
    exchange(&app, &code(&app, &page), &[]).expect(200);
}

pub(crate) fn it_is_good_once_for_its_client_and_a_minute(on: Framework) {
    let other = OAuthClient::new("other").secret(SECRET).redirect_uris(["http://127.0.0.1/open"]);
    let app = on.start_with(serving([shop(), other]));
    let request_uri = pushed(&app);
    // Another client finds nothing, and uses nothing up.
    assert_eq!(open(&app, "other", &request_uri).1.reply.status, 400);
    assert!(open(&app, SHOP, &request_uri).1.url.contains("/auth/login"));
    assert_eq!(open(&app, SHOP, &request_uri).1.reply.status, 400);
    let request_uri = pushed(&app);
    app.clock.advance(Duration::from_secs(60));
    assert_eq!(open(&app, SHOP, &request_uri).1.reply.status, 400);
    for unknown in ["urn:ietf:params:oauth:request_uri:", "urn:ietf:params:oauth:request_uri:x"] {
        assert_eq!(open(&app, SHOP, unknown).1.reply.status, 400, "{unknown}");
    }
}

pub(crate) fn of_many_who_bring_one_at_once_one_goes_on(on: Framework) {
    one_goes_on(&on.start_with(serving([shop()])));
}

pub(crate) fn of_many_who_bring_one_at_once_one_goes_on_on_sqlite(on: Framework) {
    one_goes_on(&on.start_on_sqlite_with(serving([shop()])));
}

fn one_goes_on(app: &TestApp) {
    let request_uri = pushed(app);
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", SHOP)
        .append_pair("request_uri", &request_uri)
        .finish();
    let target = format!("/auth/authorize?{query}");
    let replies = at_once((0..50).map(|_| app.get(&target).browser()).collect());
    let (on, off): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status == 303);
    assert!(on.len() == 1 && off.iter().all(|reply| reply.status == 400), "{} went on", on.len());
}

pub(crate) fn nothing_is_fetched_from_elsewhere(on: Framework) {
    let app = on.start_with(serving([shop()]));
    for elsewhere in ["https://shop.example/request.jwt", "http://169.254.169.254/", "file:///etc/passwd"] {
        let reply = app.get(&target(&app, &[("request_uri", elsewhere)])).send();
        assert_eq!(refused(&app, &reply), "request_uri_not_supported", "{elsewhere}");
        push(&app, &[("request_uri", elsewhere)]).oauth(400, "invalid_request");
    }
    push(&app, &[("request_uri", &pushed(&app))]).oauth(400, "invalid_request");
    push(&app, &[("request", "e30.e30.")]).oauth(400, "invalid_request");
}

pub(crate) fn what_is_wrong_is_told_at_once(on: Framework) {
    let app = on.start_with(serving([shop()]));
    for (name, value, error) in [
        ("redirect_uri", "http://127.0.0.1.evil.example/open", "invalid_request"),
        ("redirect_uri", "", "invalid_request"),
        ("response_type", "token", "invalid_request"),
        ("code_challenge", "", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("scope", "admin", "invalid_scope"),
        ("resource", "https://other.example", "invalid_target"),
        ("client_id", "other", "invalid_request"),
    ] {
        push(&app, &[(name, value)]).oauth(400, error);
    }
    let twice = [("scope", "openid"), ("scope", "email")];
    app.post("/auth/par").basic(SHOP, SECRET).form(&twice).send().oauth(400, "invalid_request");
    app.post("/auth/par").form(&[("client_id", SHOP)]).send().oauth(401, "invalid_client");
    app.post("/auth/par").basic(SHOP, "wrong").form(&[]).send().oauth(401, "invalid_client");
    app.post("/auth/par").form(&[]).send().oauth(401, "invalid_client");
    app.get("/auth/par").send().oauth(405, "invalid_request");
    app.post("/auth/par").basic(SHOP, SECRET).json(&json!({})).send().oauth(415, "invalid_request");
}

pub(crate) fn a_client_that_has_to_push_is_taken_at_its_word(on: Framework) {
    let app = on.start_with(serving([shop().require_par(true)]));
    let reply = app.get(&target(&app, &[])).send();
    assert_eq!(refused(&app, &reply), "invalid_request");
    assert!(open(&app, SHOP, &pushed(&app)).1.url.contains("/auth/login"));
}
