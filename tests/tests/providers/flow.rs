//! There: what is sent and what is remembered, and what a login is in the end (RFC 7636, RFC 9700 section 2.1).

use std::collections::BTreeSet;
use std::time::Duration;

use auth_core::password::PasswordConfig;
use auth_core::provider::{ProviderConfig, ProviderEndpoints};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use conformance::{ALICE, Answer, CLIENT, Framework, Idp, Request, query};
use serde_json::json;

use crate::rp::{Begun, ID, Rp, entry};

pub(crate) const MINUTE: Duration = Duration::from_secs(60);

pub(crate) fn a_login_by_a_provider_begins_a_session(on: Framework) {
    let rp = Rp::start(on);
    let reply = rp.try_login().redirect("/");
    let session = reply.cookie("session").unwrap();
    let cookie = reply.all("set-cookie").into_iter().find(|line| line.starts_with("session=")).unwrap();
    assert_eq!(cookie, format!("session={session}; Path=/; HttpOnly; SameSite=Lax"));
    let me = rp.app.get("/auth/me").session(&session).send().expect(200).json();
    assert_eq!((&me["auth"]["via"], &me["auth"]["amr"]), (&json!("session"), &json!(["fed"])));
    assert_eq!(me["auth"]["fresh"], true);
    assert_eq!(rp.app.get("/private").session(&session).send().expect(200).text(), "hello jane");
    let sessions = rp.app.get("/auth/sessions").session(&session).send().expect(200).json();
    assert_eq!(sessions["sessions"].as_array().unwrap().len(), 1);
}

pub(crate) fn the_same_person_comes_back_to_the_same_account(on: Framework) {
    let rp = Rp::start(on);
    let (first, second) = (rp.log_in(), rp.log_in());
    assert_ne!(first, second);
    assert_eq!(rp.id(&first), rp.id(&second));
}

pub(crate) fn the_request_is_what_the_specifications_want(on: Framework) {
    let rp = Rp::start(on);
    let location = rp.begin().location;
    let asked = |name: &str| query(&location, name);
    assert_eq!(location.split('?').next(), Some(&*format!("{}/authorize", rp.idp.issuer())));
    assert_eq!(asked("response_type").as_deref(), Some("code"));
    assert_eq!(asked("client_id").as_deref(), Some(CLIENT.0));
    assert_eq!(asked("code_challenge_method").as_deref(), Some("S256"));
    assert_eq!(asked("redirect_uri"), Some(format!("{}/auth/login/{ID}/callback", rp.app.base)));
    let scope = asked("scope").unwrap();
    let scopes: BTreeSet<_> = scope.split(' ').collect();
    assert_eq!(scopes, BTreeSet::from(["email", "openid", "profile"]));
    assert_eq!(asked("code_verifier"), None);
    assert!(!location.contains(CLIENT.1) && !location.contains("client_secret"));
}

pub(crate) fn state_nonce_and_verifier_are_fresh_and_unguessable(on: Framework) {
    let rp = Rp::start(on);
    let mut drawn = BTreeSet::new();
    for _ in 0..20 {
        let begun = rp.begin();
        let back = rp.idp.authorize(&begun.location);
        for name in ["state", "nonce", "code_challenge"] {
            let value = query(&begun.location, name).unwrap();
            let bytes = URL_SAFE_NO_PAD.decode(&value).unwrap();
            assert!(bytes.len() >= 32, "{name} has 256 bits: {value}");
            assert!(drawn.insert(value), "{name} was drawn twice");
        }
        rp.come_back(&begun, &back).expect(303);
    }
    let exchanges = rp.idp.seen("/token");
    assert_eq!(exchanges.len(), 20);
    for exchange in exchanges {
        let verifier = exchange.field("code_verifier").unwrap();
        assert!((43..=128).contains(&verifier.len()), "{verifier}");
        assert!(verifier.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)));
        assert!(drawn.insert(verifier), "a verifier was drawn twice");
    }
}

pub(crate) fn the_callback_is_where_the_configuration_says(on: Framework) {
    let rp = Rp::start(on);
    let hostile = rp
        .start_of(ID, &[("redirect_uri", "https://evil.example/"), ("state", "mine")])
        .header("X-Forwarded-Host", "evil.example")
        .header("X-Forwarded-Proto", "https")
        .header("Forwarded", "host=evil.example;proto=https");
    let begun = rp.begin_by(hostile);
    assert_eq!(
        query(&begun.location, "redirect_uri"),
        Some(format!("{}/auth/login/{ID}/callback", rp.app.base))
    );
    assert_ne!(begun.state(), "mine");
}

pub(crate) fn a_link_alone_starts_nothing(on: Framework) {
    let rp = Rp::start(on);
    for method in ["GET", "HEAD"] {
        let reply =
            rp.app.request(method, &format!("/auth/login/{ID}?next=%2Fprivate")).browser().send().expect(200);
        assert_eq!((reply.header("location"), reply.header("set-cookie")), (None, None), "{method}");
    }
    let page = rp.app.get(&format!("/auth/login/{ID}?next=%2Fprivate")).browser().send().expect(200).text();
    assert!(
        page.contains(&format!("action=\"/auth/login/{ID}\"")) && page.contains("value=\"/private\""),
        "{page}"
    );
    assert!(page.contains("Work account"));
    assert!(rp.idp.seen("/.well-known/openid-configuration").is_empty(), "nobody was asked");
}

pub(crate) fn the_login_page_has_a_button_for_each_provider(on: Framework) {
    let idp = Idp::start();
    let entries = [entry(ID, &idp), entry("second", &idp).label("The <other> one")];
    let rp = Rp::with(on, idp, |builder| builder.providers(entries));
    let page = rp.app.get("/auth/login?next=%2Freports").browser().send().expect(200);
    let text = page.text();
    let at = |needle: &str| text.find(needle).unwrap_or_else(|| panic!("{needle} is missing: {text}"));
    assert!(at("action=\"/auth/login/work\"") < at("action=\"/auth/login/second\""), "the order is kept");
    assert!(!text.contains("<other>"), "labels are escaped");
    assert_eq!(text.matches("value=\"/reports\"").count(), 3, "each form carries the way on");
    let policy = page.header("content-security-policy").unwrap();
    assert!(!policy.contains("form-action"), "Chromium would stop the redirect: {policy}");
}

pub(crate) fn a_start_must_meet_the_origin_rule(on: Framework) {
    let rp = Rp::start(on);
    for (name, value) in [
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("Origin", "https://evil.example"),
        ("Origin", "null"),
    ] {
        let start = rp.start_of(ID, &[]).header(name, value);
        let reply = rp.refused(|| start.send(), 403, "csrf_failed");
        assert_eq!(reply.header("location"), None);
    }
    rp.start_of(ID, &[]).header("Origin", &rp.app.base).send().expect(303);
}

pub(crate) fn an_unknown_provider_is_404(on: Framework) {
    let rp = Rp::start(on);
    for id in ["nobody", "WORK", "work%20", "%77ork", "work;x"] {
        let at = format!("/auth/login/{id}");
        rp.app.get(&at).send().problem(404, "not_found");
        rp.app.post(&at).form(&[]).send().problem(404, "not_found");
        rp.app.get(&format!("{at}/callback?state=x&code=y")).send().problem(404, "not_found");
        rp.app.post(&format!("{at}/callback")).form(&[("state", "x")]).send().problem(404, "not_found");
        let logout = rp.app.post(&format!("{at}/backchannel-logout")).form(&[("logout_token", "x")]);
        logout.send().expect(404);
    }
    rp.app.get("/auth/login/nobody").browser().send().expect(404);
}

pub(crate) fn other_methods_are_405(on: Framework) {
    let rp = Rp::start(on);
    for (target, allow) in [
        ("/auth/login/work", "GET, HEAD, POST"),
        ("/auth/login/work/callback", "GET, HEAD, POST"),
        ("/auth/login/work/backchannel-logout", "POST"),
        ("/auth/accounts", "GET, HEAD"),
        ("/auth/accounts/work/00112233445566778899aabbccddeeff", "DELETE"),
        ("/auth/accounts/work/00112233445566778899aabbccddeeff/delete", "POST"),
    ] {
        let reply = rp.app.request("PUT", target).send().expect(405);
        assert_eq!(reply.header("allow"), Some(allow), "{target}");
    }
}

pub(crate) fn the_browser_is_tied_by_a_cookie_of_its_own(on: Framework) {
    let rp = Rp::start(on);
    let reply = rp.start_of(ID, &[]).send().expect(303);
    let line = reply.header("set-cookie").unwrap();
    let value = reply.cookie("session-login").unwrap();
    assert_eq!(line, format!("session-login={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=3600"));
    assert!(URL_SAFE_NO_PAD.decode(&value).is_ok_and(|bytes| bytes.len() >= 32), "256 bits: {value}");
    let location = reply.header("location").unwrap();
    assert!(!location.contains(&value), "what ties the browser never leaves by the URL");
}

pub(crate) fn over_https_that_cookie_is_bound_to_the_host(on: Framework) {
    // Loopback providers are for localhost only, so this one is never met.
    let at = |path: &str| format!("https://login.example.com/{path}");
    let endpoints =
        ProviderEndpoints { authorization: at("authorize"), token: at("token"), userinfo: at("me") };
    let provider = ProviderConfig::oauth2(ID, endpoints, CLIENT.0);
    let app = on.start_with(|builder| {
        // Weak password parameters are refused there.
        builder.base_url("https://app.example").password(PasswordConfig::default()).provider(provider)
    });
    let reply = app.post("/auth/login/work").form(&[]).send().expect(303);
    let line = reply.header("set-cookie").unwrap();
    assert!(line.starts_with("__Host-session-login="), "{line}");
    assert!(line.ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=3600"), "{line}");
    let redirect_uri = query(reply.header("location").unwrap(), "redirect_uri");
    assert_eq!(redirect_uri.as_deref(), Some("https://app.example/auth/login/work/callback"));
}

pub(crate) fn the_cookie_does_not_grow_with_the_number_of_tabs(on: Framework) {
    let rp = Rp::start(on);
    let first = rp.begin();
    for _ in 0..29 {
        let again = rp.start_of(ID, &[]).cookies(&[("session-login", &first.browser)]);
        assert_eq!(rp.begin_by(again).browser, first.browser);
    }
    assert!(first.browser.len() < 100);
    rp.come_back(&first, &rp.idp.authorize(&first.location)).expect(303);
}

pub(crate) fn begun_logins_are_limited_for_each_network(on: Framework) {
    let rp = Rp::start(on);
    let statuses: Vec<u16> = (0..500).map(|_| rp.start_of(ID, &[]).send().status).collect();
    let let_through = statuses.iter().filter(|status| **status == 303).count();
    assert!((20..500).contains(&let_through), "{let_through} of 500");
    assert!(statuses[let_through..].iter().all(|status| *status == 429), "once over, it stays over");
    let reply = rp.start_of(ID, &[]).send().problem(429, "too_many_attempts");
    assert!(reply.header("retry-after").is_some());
    rp.app.try_login(ALICE.name, ALICE.password).send().expect(200);
}

pub(crate) fn next_is_followed_to_a_path_on_this_origin_only(on: Framework) {
    let rp = Rp::start(on);
    for (next, expected) in [
        ("/private?a=1#b", "/private?a=1#b"),
        ("//evil.example", "/"),
        ("https://evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/%0d%0aSet-Cookie:%20session=x", "/%0d%0aSet-Cookie:%20session=x"),
        ("", "/"),
    ] {
        let begun = rp.begin_by(rp.start_of(ID, &[("next", next)]));
        assert!(!begun.location.contains("evil"), "the provider never sees it");
        // What stands in the answer is the provider's, and leads nowhere.
        let back = format!("{}&next=https://evil.example/", rp.idp.authorize(&begun.location));
        let reply = rp.come_back(&begun, &back).expect(303);
        let location = reply.header("location").unwrap();
        assert!(location == expected || location == "/", "{next:?} led to {location:?}");
    }
    let page = rp.app.get(&format!("/auth/login/{ID}?next=%2F%2Fevil.example")).browser().send().expect(200);
    // The switch of languages leads back to the page itself.
    let page = page.text();
    assert!(
        page.contains("<footer>") && !page.split("<footer>").next().unwrap().contains("evil.example"),
        "{page}"
    );
}

pub(crate) fn a_start_takes_forms_and_json(on: Framework) {
    let rp = Rp::start(on);
    let json = rp.app.post(&format!("/auth/login/{ID}")).json(&json!({"next": "/private"}));
    let begun = rp.begin_by(json);
    rp.come_back(&begun, &rp.idp.authorize(&begun.location)).redirect("/private");
    let both = rp.start_of(ID, &[("link", "true"), ("reauthenticate", "true")]);
    rp.refused(|| both.send(), 400, "invalid_request");
    let twice =
        rp.app.post(&format!("/auth/login/{ID}")).body("application/x-www-form-urlencoded", "next=a&next=b");
    rp.refused(|| twice.send(), 400, "invalid_request");
}

pub(crate) fn replies_on_the_way_are_not_stored(on: Framework) {
    let rp = Rp::start(on);
    let page = rp.app.get(&format!("/auth/login/{ID}")).browser().send().expect(200);
    let start = rp.start_of(ID, &[]).send().expect(303);
    let location = start.header("location").unwrap().to_owned();
    let begun = Begun { location, browser: start.cookie("session-login").unwrap() };
    let back = rp.come_back(&begun, &rp.idp.authorize(&begun.location)).expect(303);
    let refused = rp.come_back(&begun, "state=x").expect(400);
    for reply in [page, start, back, refused] {
        assert_eq!(reply.header("cache-control"), Some("no-store"));
    }
}

pub(crate) fn somebody_who_is_logged_in_gets_a_new_session(on: Framework) {
    let rp = Rp::start(on);
    let alice = rp.app.login(ALICE);
    let begun = rp.begin_by(rp.start_of(ID, &[]).session(&alice));
    let target = format!("/auth/login/{ID}/callback?{}", rp.idp.authorize(&begun.location));
    let cookies = [("session", &*alice), ("session-login", &*begun.browser)];
    let reply = rp.app.get(&target).cookies(&cookies).send().expect(303);
    let session = reply.cookie("session").unwrap();
    assert_ne!(session, alice);
    assert_eq!(rp.who(&session), "jane");
    assert!(!rp.app.is_logged_in(&alice), "one browser, one session");
    // The planted session of somebody else is never signed in.
    let begun = rp.begin();
    let target = format!("/auth/login/{ID}/callback?{}", rp.idp.authorize(&begun.location));
    let planted = URL_SAFE_NO_PAD.encode([9; 33]);
    let cookies = [("session", &*planted), ("session-login", &*begun.browser)];
    assert_ne!(rp.app.get(&target).cookies(&cookies).send().expect(303).cookie("session"), Some(planted));
}

pub(crate) fn a_provider_that_is_down_disturbs_nobody_else(on: Framework) {
    let rp = Rp::start(on);
    let session = rp.log_in();
    let begun = rp.begin();
    let back = rp.idp.authorize(&begun.location);
    for path in ["/.well-known/openid-configuration", "/jwks", "/token", "/userinfo"] {
        rp.idp.lie(path, |_, _| Answer::html(503, "<h1>Down</h1>"));
    }
    rp.refused(|| rp.come_back(&begun, &back), 400, "provider_error");
    assert!(rp.app.is_logged_in(&session));
    rp.app.try_login(ALICE.name, ALICE.password).send().expect(200);
    rp.app.get("/auth/login").browser().send().expect(200);
    rp.idp.repent();
    rp.log_in();
}

pub(crate) fn a_store_that_is_down_is_503_and_logs_nobody_in(on: Framework) {
    let rp = Rp::start(on);
    let begun = rp.begin();
    let back = rp.idp.authorize(&begun.location);
    rp.faults.break_down();
    let start = rp.start_of(ID, &[]);
    rp.refused(|| start.send(), 503, "unavailable");
    rp.refused(|| rp.come_back(&begun, &back), 503, "unavailable");
    let post =
        rp.app.post(&format!("/auth/login/{ID}/callback")).body("application/x-www-form-urlencoded", &*back);
    rp.refused(|| post.send(), 503, "unavailable");
    rp.faults.recover();
    rp.come_back(&begun, &back).expect(303);
}

pub(crate) fn a_login_that_was_begun_is_forgotten(on: Framework) {
    let rp = Rp::start(on);
    for _ in 0..20 {
        rp.begin();
    }
    let begun = rp.app.block_on(rp.app.auth.remove_expired()).unwrap();
    assert_eq!(begun, 0, "they are still good");
    rp.app.clock.advance(60 * MINUTE);
    let forgotten = rp.app.block_on(rp.app.auth.remove_expired()).unwrap();
    assert!(forgotten >= 20, "{forgotten}");
}

/// A request that carries what a browser sends along by itself.
pub(crate) fn navigation(request: Request) -> Request {
    request.browser().header("Sec-Fetch-Site", "cross-site").header("Sec-Fetch-Mode", "navigate")
}

pub(crate) fn coming_back_is_a_navigation_from_another_site(on: Framework) {
    let rp = Rp::start(on);
    let begun = rp.begin();
    let back = rp.way_back(&begun, &rp.idp.authorize(&begun.location));
    let reply = navigation(back).send().redirect("/");
    assert!(rp.app.is_logged_in(&reply.cookie("session").unwrap()));
}
