//! Logging in at another application with an account of ours (RFC 6749 section 4.1, OpenID Connect Core 1.0 section 3.1).

use std::time::Duration;

use auth_core::clock::Clock as _;
use auth_core::server::{OAuthClient, ServerConfig, StoredClient, SubjectType};
use auth_core::store::{Backend as _, MemoryStore};
use auth_core::testing::enrol_totp;
use auth_core::throttle::{Limit, ThrottleConfig};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use conformance::{ALICE, BOB, Browser, Framework, Person, ROOT, TestApp, query};
use serde_json::json;
use sha2::{Digest as _, Sha512};

use crate::registered::SECRET;
use crate::relying_party::{
    CHALLENGE, SHOP, STATE, allow, callback, challenge, code, exchange, exchange_as, let_in, log_in, payload,
    refresh, refresh_as, refused, serving, shop, shop_called, target, text, told, url,
};

pub(crate) fn somebody_logs_in_allows_it_and_is_known_there(on: Framework) {
    let app = on.start_with(serving([shop()]));
    let mut browser = Browser::new();
    let asked = [("scope", "openid profile email reports:read"), ("nonce", "n-0S6_WzA2Mj")];
    let page = browser.open(&url(&app, &asked)).expect(200);
    assert!(page.url.contains("/auth/login?next="), "{:#?}", page.way);
    let page = log_in(&mut browser, &page, ALICE).expect(200);
    let shown = page.text();
    for words in ["Shop", "alice", "Read your reports", "e-mail address", "127.0.0.1"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    let page = allow(&mut browser, &page).expect(200);
    let reply = exchange(&app, &code(&app, &page), &[]).expect(200);
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let tokens = reply.json();
    assert_eq!(tokens["scope"], "openid profile email reports:read");
    assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&json!("Bearer"), &json!(900)));

    let (access, id) = (text(&tokens, "access_token"), payload(&text(&tokens, "id_token")));
    let sub = app.user(ALICE).id.as_str().to_owned();
    assert_eq!((&id["iss"], &id["aud"], &id["sub"]), (&json!(app.base), &json!(SHOP), &json!(sub)));
    assert_eq!(
        (&id["nonce"], &id["amr"], &id["acr"]),
        (&json!("n-0S6_WzA2Mj"), &json!(["pwd"]), &json!(null))
    );
    assert_eq!((&id["auth_time"], &id["iat"]), (&json!(1_700_000_000), &json!(1_700_000_000)));
    assert_eq!(id["at_hash"], URL_SAFE_NO_PAD.encode(&Sha512::digest(&access)[..32]));
    assert!(id["sid"].is_string());

    for method in ["GET", "POST"] {
        let told = app.request(method, "/auth/userinfo").bearer(&access).send().expect(200).json();
        let expected = json!({
            "sub": sub, "preferred_username": "alice", "email": "alice@example.com", "email_verified": true,
        });
        for (claim, value) in expected.as_object().unwrap() {
            assert_eq!(&told[claim], value, "{told}");
        }
    }
    // What it holds stands for the client, and opens what names a scope.
    assert_eq!(app.get("/scoped").bearer(&access).send().text(), "hello alice");
    app.get("/private").bearer(&access).send().problem(403, "user_required");
    app.get("/auth/account").bearer(&access).send().problem(403, "user_required");
    let next = refresh(&app, &text(&tokens, "refresh_token")).expect(200).json();
    app.get("/auth/userinfo").bearer(&text(&next, "access_token")).send().expect(200);
}

pub(crate) fn what_was_allowed_is_remembered_and_asked_for_anew_when_it_grows(on: Framework) {
    let app = on.start_with(serving([shop()]));
    let (mut browser, _) = let_in(&app, ALICE, &[("scope", "openid email")]);
    for fewer in ["openid email", "openid", "email"] {
        let page = browser.open(&url(&app, &[("scope", fewer)]));
        code(&app, &page);
        assert_eq!(page.way.len(), 2, "at once: {:#?}", page.way);
    }
    let page = browser.open(&url(&app, &[("scope", "openid profile")])).expect(200);
    assert!(page.text().contains("Shop asks for access"));
    code(&app, &allow(&mut browser, &page));
    code(&app, &browser.open(&url(&app, &[("scope", "openid profile email")])));
    // Asked for, it is asked again; somebody else is asked for themselves.
    let page = browser.open(&url(&app, &[("prompt", "consent")]));
    code(&app, &allow(&mut browser, &page));
    let page = Browser::new().open(&url(&app, &[]));
    assert!(log_in(&mut Browser::new(), &page, BOB).url.contains("/auth/consent"));
}

pub(crate) fn the_operators_own_clients_ask_nobody_and_stand_for_their_user(on: Framework) {
    let app = on.start_with(serving([shop().first_party(true)]));
    let mut browser = Browser::new();
    let page = browser.open(&url(&app, &[("scope", "openid offline_access")]));
    let page = log_in(&mut browser, &page, ALICE);
    let tokens = exchange(&app, &code(&app, &page), &[]).expect(200).json();
    assert_eq!(app.get("/private").bearer(&text(&tokens, "access_token")).send().text(), "hello alice");
    let page = browser.open(&url(&app, &[("prompt", "consent")]));
    assert!(page.url.contains("/auth/consent"), "unless they want it");
    // Nobody was asked, so there is nothing to take back.
    let session = browser.cookie(&app.base, "session").unwrap().to_owned();
    assert_eq!(app.get("/auth/grants").session(&session).send().json(), json!({"grants": []}));
}

pub(crate) fn a_picture_is_shown_from_its_origin_alone(on: Framework) {
    let pictured = shop().logo_uri("https://pictures.example/a/logo.png?size=\"1\"&x".replace('"', "%22"));
    let app = on.start_with(serving([pictured, shop_called("plain")]));
    let asked = |client: &str| {
        let mut browser = Browser::new();
        let page = browser.open(&url(&app, &[("client_id", client)]));
        let page = log_in(&mut browser, &page, ALICE);
        (page.reply.header("content-security-policy").unwrap().to_owned(), page.text())
    };
    let (policy, page) = asked(SHOP);
    assert!(
        policy.contains("default-src 'none'") && policy.contains("; img-src https://pictures.example"),
        "{policy}"
    );
    assert!(!policy.contains("/a/") && !policy.contains('*'), "{policy}");
    let shown = page.split("<img ").nth(1).unwrap_or_else(|| panic!("no picture: {page}"));
    let shown = shown.split('>').next().unwrap();
    assert!(shown.contains("src=\"https://pictures.example/a/logo.png?size=%221%22"), "{shown}");
    assert!(shown.contains("referrerpolicy=\"no-referrer\""), "{shown}");
    let (policy, page) = asked("plain");
    assert!(!policy.contains("img-src") && !page.contains("<img"), "{policy}");
}

pub(crate) fn who_says_no_goes_back_with_that(on: Framework) {
    let app = on.start_with(serving([shop()]));
    let mut browser = Browser::new();
    let page = browser.open(&url(&app, &[]));
    let page = log_in(&mut browser, &page, ALICE);
    let page = browser.submit(&page, "/auth/consent", &[("decision", "deny")]);
    assert_eq!(told(&app, &page, "error").as_deref(), Some("access_denied"));
    let page = browser.open(&url(&app, &[]));
    assert!(page.url.contains("/auth/consent"), "it is asked again");
}

/// AS-01.
pub(crate) fn no_code_goes_where_none_is_registered(on: Framework) {
    let exact = shop().redirect_uris(["https://shop.example/cb", "http://localhost:9876/cb"]);
    let app = on.start_with(serving([exact]));
    let session = app.login(ALICE);
    for uri in [
        "https://shop.example/cb.evil",
        "https://shop.example/cb/",
        "https://shop.example/cb/../x",
        "https://shop.example/cb/..%2fx",
        "https://shop.example/x/..;/cb",
        "https://shop.example/cb%252f",
        "https://shop.example/%63b",
        "https://evil@shop.example/cb",
        "https://shop.example@evil.example/cb",
        "https://shop.example/cb#",
        "https://shop.example/cb#x",
        "https://shop.example/cb?x=1",
        "https://SHOP.example/cb",
        "HTTPS://shop.example/cb",
        "https://shop.example:443/cb",
        "https://shop.example:8443/cb",
        "https://shop.example./cb",
        "https://www.shop.example/cb",
        "https://shop.example.evil/cb",
        "https://shop.example/CB",
        "http://shop.example/cb",
        "//shop.example/cb",
        "https://shop.example\\@evil.example/cb",
        " https://shop.example/cb",
        "http://localhost:9877/cb",
        "http://localhost/cb",
        "http://localhost.evil:9876/cb",
        "http://127.0.0.1:9876/cb",
        "javascript:alert(1)",
    ] {
        for request in [app.get(&target(&app, &[("redirect_uri", uri), ("prompt", "none")])), {
            app.post("/auth/authorize").form(&[("client_id", SHOP), ("redirect_uri", uri)])
        }] {
            let page = request.session(&session).browser().send().expect(400);
            assert_eq!(page.header("location"), None, "{uri}");
            assert!(!page.text().contains("evil") && page.text().contains("Shop"), "{uri}");
        }
    }
    // Before any login page, and whoever asks.
    for (name, value) in
        [("redirect_uri", ""), ("client_id", ""), ("client_id", "nobody"), ("client_id", "SHOP")]
    {
        let refusal = app.get(&target(&app, &[(name, value)])).send().problem(400, "invalid_request");
        assert_eq!((refusal.header("location"), refusal.header("set-cookie")), (None, None));
    }
    for twice in ["client_id=shop", "redirect_uri=https%3A%2F%2Fshop.example%2Fcb"] {
        let asked = target(&app, &[("redirect_uri", "https://shop.example/cb")]);
        app.get(&format!("{asked}&{twice}")).send().problem(400, "invalid_request");
    }
}

pub(crate) fn a_loopback_address_may_have_another_port(on: Framework) {
    let native = shop().redirect_uris(["http://127.0.0.1:1/open", "http://[::1]/cb", "com.example.app:/cb"]);
    let app = on.start_with(serving([native.first_party(true)]));
    let session = app.login(ALICE);
    for uri in
        ["http://127.0.0.1:50123/open", "http://127.0.0.1/open", "http://[::1]:7/cb", "com.example.app:/cb"]
    {
        let reply = app.get(&target(&app, &[("redirect_uri", uri)])).session(&session).send().expect(303);
        assert!(reply.header("location").unwrap().starts_with(&format!("{uri}?code=")), "{reply:?}");
    }
}

/// Whatever else is wrong, the client is told by a registered code.
pub(crate) fn every_other_fault_is_told_to_the_client(on: Framework) {
    let machine = shop();
    let app = on.start_with(serving([machine]));
    for (name, value, error) in [
        ("response_type", "", "invalid_request"),
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "code id_token", "unsupported_response_type"),
        ("response_mode", "fragment", "invalid_request"),
        ("code_challenge", "", "invalid_request"),
        ("code_challenge", "short", "invalid_request"),
        ("code_challenge_method", "", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("scope", "openid write", "invalid_scope"),
        ("scope", "openid  email", "invalid_scope"),
        ("prompt", "none login", "invalid_request"),
        ("prompt", "other", "invalid_request"),
        ("max_age", "-1", "invalid_request"),
        ("max_age", "soon", "invalid_request"),
        ("claims", "{", "invalid_request"),
        ("resource", "https://other.example", "invalid_target"),
        ("request", "eyJhbGciOiJub25lIn0.e30.", "request_not_supported"),
        ("request_uri", "http://169.254.169.254/latest", "request_uri_not_supported"),
        ("request_uri", "https://shop.example/request", "request_uri_not_supported"),
        ("registration", "{}", "registration_not_supported"),
        ("prompt", "none", "login_required"),
    ] {
        let reply = app.get(&target(&app, &[(name, value)])).browser().send();
        assert_eq!(refused(&app, &reply), error, "{name}={value}");
        assert_eq!(query(reply.header("location").unwrap(), "state").as_deref(), Some(STATE));
    }
    for twice in ["state=x", "scope=openid", "nonce=a&nonce=b", "other=a&other=b", "code_challenge=x"] {
        let reply = app.get(&format!("{}&{twice}", target(&app, &[]))).send();
        assert_eq!(refused(&app, &reply), "invalid_request", "{twice}");
    }
    for broken in ["%", "state=%ff", "x=%00"] {
        app.get(&format!("{}&{broken}", target(&app, &[]))).send().problem(400, "invalid_request");
    }
    let long = "x".repeat(8 * 1024);
    let asked = target(&app, &[("state", &long)]);
    assert!(matches!(app.get(&asked).send().status, 400 | 414 | 431));
}

/// AS-04.
pub(crate) fn a_code_that_is_used_again_ends_what_it_gave(on: Framework) {
    let app = on.start_with(serving([shop()]));
    for wait in [0, 30, 3600] {
        let (_, code) = let_in(&app, ALICE, &[("prompt", "consent")]);
        let tokens = exchange(&app, &code, &[]).expect(200).json();
        app.get("/auth/userinfo").bearer(&text(&tokens, "access_token")).send().expect(200);
        app.clock.advance(Duration::from_secs(wait));
        exchange(&app, &code, &[]).oauth(400, "invalid_grant");
        app.get("/auth/userinfo").bearer(&text(&tokens, "access_token")).send().problem(401, "invalid_token");
        refresh(&app, &text(&tokens, "refresh_token")).oauth(400, "invalid_grant");
        exchange(&app, &code, &[]).oauth(400, "invalid_grant");
    }
}

/// AS-06, AS-07, AS-09.
pub(crate) fn a_code_is_good_for_its_client_its_place_and_its_verifier_alone(on: Framework) {
    let other = OAuthClient::new("other").secret(SECRET).redirect_uris(["http://127.0.0.1/open"]);
    let app = on.start_with(serving([shop(), other]));
    let (mut browser, first) = let_in(&app, ALICE, &[]);
    exchange_as(&app, "other", &first, &[]).oauth(400, "invalid_grant");
    exchange(&app, &first, &[]).expect(200);
    let elsewhere = format!("{}?x=1", callback(&app));
    for (name, value, error) in [
        ("redirect_uri", "", "invalid_request"),
        ("code_verifier", "", "invalid_request"),
        ("redirect_uri", &*elsewhere, "invalid_grant"),
        ("code_verifier", CHALLENGE, "invalid_grant"),
        ("code_verifier", "short", "invalid_grant"),
        ("resource", "https://other.example", "invalid_target"),
    ] {
        let code = code(&app, &browser.open(&url(&app, &[])));
        exchange(&app, &code, &[(name, value)]).oauth(400, error);
        if error == "invalid_grant" {
            // One try is all that somebody has who does not know it.
            exchange(&app, &code, &[]).oauth(400, "invalid_grant");
        }
    }
    let code = code(&app, &browser.open(&url(&app, &[])));
    app.clock.advance(Duration::from_secs(61));
    exchange(&app, &code, &[]).oauth(400, "invalid_grant");
    let short = "x".repeat(42);
    let asked = [("code_challenge", &*challenge(&short))];
    let code = crate::relying_party::code(&app, &browser.open(&url(&app, &asked)));
    exchange(&app, &code, &[("code_verifier", &short)]).oauth(400, "invalid_grant");
    exchange(&app, "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", &[]).oauth(400, "invalid_grant");
    exchange(&app, "garbage", &[]).oauth(400, "invalid_grant");
}

/// AS-05.
pub(crate) fn of_many_exchanges_at_once_one_is_answered(on: Framework) {
    one_is_answered(&on.start_with(serving([shop()])));
}

pub(crate) fn of_many_exchanges_at_once_one_is_answered_on_sqlite(on: Framework) {
    one_is_answered(&on.start_on_sqlite_with(serving([shop()])));
}

fn one_is_answered(app: &TestApp) {
    let (_, code) = let_in(app, ALICE, &[]);
    let answers: Vec<_> = std::thread::scope(|scope| {
        let calls: Vec<_> = (0..50).map(|_| scope.spawn(|| exchange(app, &code, &[]))).collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });
    let (good, bad): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert!(good.len() == 1 && bad.iter().all(|answer| answer.status == 400), "{answers:?}");
    // AS-04: what it gives is worth nothing.
    let tokens = good[0].json();
    app.get("/auth/userinfo").bearer(&text(&tokens, "access_token")).send().problem(401, "invalid_token");
    refresh(app, &text(&tokens, "refresh_token")).oauth(400, "invalid_grant");
}

/// AS-16, CS-10.
pub(crate) fn a_decision_counts_only_from_where_it_was_asked(on: Framework) {
    let app = on.start_with(serving([shop()]));
    let mut browser = Browser::new();
    let page = browser.open(&url(&app, &[]));
    let page = log_in(&mut browser, &page, ALICE);
    let policy = page.reply.header("content-security-policy").unwrap();
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("form-action"));
    let form = page.form("/auth/consent");
    let fields: Vec<_> = form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let fields = [&fields[..], &[("decision", "allow")]].concat();
    let cookie = |name| browser.cookie(&app.base, name).unwrap().to_owned();
    let (session, bound) = (cookie("session"), cookie("session-login"));
    let send = |session: &str, bound: &str, fields: &[(&str, &str)]| {
        app.post("/auth/consent")
            .cookies(&[("session", session), ("session-login", bound)])
            .form(fields)
            .send()
    };
    // Another session of the same user, and somebody else's, in this browser and in another one.
    let (again, bobs) = (app.login(ALICE), app.login(BOB));
    send(&again, &bound, &fields).problem(403, "csrf_failed");
    send(&bobs, &bound, &fields).problem(403, "csrf_failed");
    send(&session, &"A".repeat(44), &fields).problem(400, "authorization_expired");
    app.post("/auth/consent").session(&session).form(&fields).send().problem(400, "authorization_expired");
    let without = |name: &str| fields.iter().copied().filter(|(held, _)| *held != name).collect::<Vec<_>>();
    for name in ["ticket", "request", "decision"] {
        send(&session, &bound, &without(name)).problem(400, "invalid_request");
    }
    let wrong = |name: &'static str| [&without(name)[..], &[(name, "other")]].concat();
    send(&session, &bound, &wrong("ticket")).problem(403, "csrf_failed");
    send(&session, &bound, &wrong("decision")).problem(400, "invalid_request");
    let foreign = app.post("/auth/consent").cookies(&[("session", &session), ("session-login", &bound)]);
    foreign.header("Origin", "https://evil.example").form(&fields).send().problem(403, "csrf_failed");
    // None of that has spoilt it, and it is answered once.
    assert_eq!(send(&session, &bound, &fields).status, 303);
    send(&session, &bound, &fields).problem(400, "authorization_expired");
}

pub(crate) fn a_request_waits_an_hour_and_for_its_browser_alone(on: Framework) {
    let app = on.start_with(serving([shop()]));
    let mut browser = Browser::new();
    let page = browser.open(&url(&app, &[]));
    let elsewhere = log_in(&mut Browser::new(), &page, ALICE).expect(400);
    assert!(elsewhere.text().contains("began in another browser"), "{}", elsewhere.text());
    app.clock.advance(Duration::from_secs(59 * 60));
    let page = log_in(&mut browser, &page, ALICE).expect(200);
    assert!(page.url.contains("/auth/consent"));
    app.clock.advance(Duration::from_secs(61));
    allow(&mut browser, &page).expect(400);
}

/// A form of another site's: whoever made it, somebody is asked.
pub(crate) fn a_request_by_post_always_asks(on: Framework) {
    let app = on.start_with(serving([shop().first_party(true)]));
    let mut browser = Browser::new();
    let page = browser.open(&url(&app, &[]));
    code(&app, &log_in(&mut browser, &page, ALICE));
    let asked = target(&app, &[]);
    let body = asked.split_once('?').unwrap().1.to_owned();
    let post = |body: &str| {
        let request = app.post("/auth/authorize").header("Origin", "https://shop.example");
        request.header("Sec-Fetch-Site", "cross-site").body("application/x-www-form-urlencoded", body).send()
    };
    let reply = post(&body).expect(303);
    assert_eq!(reply.header("set-cookie"), None, "the cookies of other tabs stay");
    let location = reply.header("location").unwrap();
    assert!(location.starts_with("/auth/authorize?handle="));
    let page = browser.open(&format!("{}{location}", app.base)).expect(200);
    assert!(page.url.contains("/auth/consent"), "{:#?}", page.way);
    code(&app, &allow(&mut browser, &page));
    app.get(location).send().problem(400, "authorization_expired");
    let late = post(&body).header("location").unwrap().to_owned();
    app.clock.advance(Duration::from_secs(60));
    app.get(&late).send().problem(400, "authorization_expired");
    let silent = post(&format!("{body}&prompt=none")).header("location").unwrap().to_owned();
    let page = browser.open(&format!("{}{silent}", app.base));
    assert_eq!(told(&app, &page, "error").as_deref(), Some("consent_required"));
    assert_eq!(refused(&app, &post(&format!("{body}&request=x"))), "request_not_supported");
    app.post("/auth/authorize").json(&json!({})).send().problem(415, "unsupported_media_type");
}

pub(crate) fn an_answer_can_be_a_form(on: Framework) {
    let app = on.start_with(serving([shop().first_party(true)]));
    let session = app.login(ALICE);
    let page = app.get(&target(&app, &[("response_mode", "form_post")])).session(&session).browser().send();
    let page = page.expect(200);
    let shown = page.text();
    assert!(shown.contains(&format!("action=\"{}\"", callback(&app))) && !shown.contains("<script"));
    for field in ["code", "state", "iss"] {
        assert!(shown.contains(&format!("name=\"{field}\"")), "{field}: {shown}");
    }
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("form-action"));
    let asked = [("response_mode", "form_post"), ("scope", "more")];
    let page = app.get(&target(&app, &asked)).session(&session).send().expect(200).text();
    assert!(page.contains("value=\"invalid_scope\""), "{page}");
}

/// AS-20.
pub(crate) fn a_newer_proof_is_asked_for_where_the_client_wants_one(on: Framework) {
    let app = on.start_with(serving([shop().first_party(true)]));
    let mut browser = Browser::new();
    let page = browser.open(&url(&app, &[("login_hint", "alice")]));
    assert!(page.text().contains("value=\"alice\""), "{}", page.text());
    code(&app, &log_in(&mut browser, &page, ALICE));
    for asked in [("prompt", "login"), ("max_age", "1"), ("max_age", "0")] {
        app.clock.advance(Duration::from_secs(90));
        let silent = browser.open(&url(&app, &[("max_age", "1"), ("prompt", "none")]));
        assert_eq!(told(&app, &silent, "error").as_deref(), Some("login_required"));
        let page = browser.open(&url(&app, &[asked])).expect(200);
        assert!(page.url.contains("/auth/reauthenticate?next="), "{asked:?}: {:#?}", page.way);
        app.clock.advance(Duration::from_secs(5));
        let page = browser.submit(&page, "/auth/reauthenticate", &[("password", ALICE.password)]);
        let tokens = exchange(&app, &code(&app, &page), &[]).expect(200).json();
        let id = payload(&text(&tokens, "id_token"));
        assert_eq!(id["auth_time"], id["iat"], "{asked:?}");
    }
    app.clock.advance(Duration::from_secs(90));
    code(&app, &browser.open(&url(&app, &[("max_age", "100")])));
    code(&app, &browser.open(&url(&app, &[("prompt", "none")])));
    // Whoever wants to be somebody else logs in as that.
    let page = browser.open(&url(&app, &[("prompt", "select_account")])).expect(200);
    assert!(page.url.contains("/auth/consent") && page.text().contains("alice"));
    let page = browser.follow(&page, &format!("/auth/login?next={}", encoded(&page.url, &app.base)));
    let page = log_in(&mut browser, &page, ROOT);
    assert!(page.text().contains("root"));
    let tokens = exchange(&app, &code(&app, &allow(&mut browser, &page)), &[]).expect(200).json();
    assert_eq!(payload(&text(&tokens, "id_token"))["sub"], app.user(ROOT).id.as_str());
}

/// Whatever has to be done first, the way ends where it began.
pub(crate) fn a_second_factor_comes_on_the_way_and_is_told(on: Framework) {
    let app = on.start_with(serving([shop().first_party(true)]));
    let totp = app.block_on(enrol_totp(&app.auth, ALICE.name)).unwrap();
    let mut browser = Browser::new();
    let page = browser.open(&url(&app, &[]));
    let page = log_in(&mut browser, &page, ALICE).expect(200);
    assert!(page.url.ends_with("/auth/mfa"), "{:#?}", page.way);
    let page = browser.submit(&page, "/auth/mfa", &[("code", &totp.code_at(app.clock.now()))]);
    let tokens = exchange(&app, &code(&app, &page), &[]).expect(200).json();
    let id = payload(&text(&tokens, "id_token"));
    assert_eq!((&id["acr"], &id["amr"]), (&json!("mfa"), &json!(["pwd", "otp", "mfa"])));
    code(&app, &browser.open(&url(&app, &[("acr_values", "mfa"), ("prompt", "none")])));
}

pub(crate) fn a_client_that_wants_a_factor_gets_one_where_there_is_one(on: Framework) {
    let app = on.start_with(serving([shop().first_party(true)]));
    let demanded = r#"{"id_token":{"acr":{"essential":true,"values":["mfa"]}}}"#;
    let mut browser = Browser::new();
    let page = browser.open(&url(&app, &[("acr_values", "gold mfa")]));
    let tokens = exchange(&app, &code(&app, &log_in(&mut browser, &page, BOB)), &[]).expect(200).json();
    assert_eq!(payload(&text(&tokens, "id_token"))["acr"], json!(null), "a wish");
    let page = browser.open(&url(&app, &[("claims", demanded)]));
    assert_eq!(told(&app, &page, "error").as_deref(), Some("unmet_authentication_requirements"));
}

pub(crate) fn who_has_no_account_makes_one_on_the_way(on: Framework) {
    let app = on.start_with(serving([shop()]));
    let mut browser = Browser::new();
    let page = browser.open(&url(&app, &[]));
    let next = page.query("next").unwrap();
    let register = format!("/auth/register?next={}", encoded(&format!("{}{next}", app.base), &app.base));
    let page = browser.follow(&page, &register).expect(200);
    let password = "violet umbrella cactus seventeen";
    let fields = [("username", "carol"), ("email", "carol@example.com"), ("password", password)];
    browser.submit(&page, "/auth/register", &fields);
    let token = app.mailed_token("carol@example.com");
    let page = browser.open(&format!("{}/auth/email/verify?token={token}", app.base)).expect(200);
    let page = browser.submit(&page, "/auth/email/verify", &[]).expect(200);
    let carol = Person { name: "carol", password };
    let page = if page.url.contains("/auth/login") { log_in(&mut browser, &page, carol) } else { page };
    assert!(page.url.contains("/auth/consent") && page.text().contains("carol"), "{:#?}", page.way);
    code(&app, &allow(&mut browser, &page));
}

/// Two clients of one sector and one of another, each with names of its sector's own.
fn start_in_sectors(on: Framework) -> TestApp {
    let of = |id: &str, sector: &str| {
        let client = shop_called(id).subject(SubjectType::Pairwise).sector_identifier(sector);
        client.first_party(true)
    };
    let clients = [of("shop", "shop.example"), of("branch", "shop.example"), of("other", "other.example")];
    let secret = "F3LC5Y0xefQ2BUNpGXanhcjtCWJ3ZY+aQsVW3JsKmCc=";
    on.start_with(|builder| builder.server(ServerConfig::new().clients(clients).pairwise_secret(secret)))
}

pub(crate) fn pairwise_names_differ_by_sector_and_stay(on: Framework) {
    let app = start_in_sectors(on);
    let mut browser = Browser::new();
    let page = browser.open(&url(&app, &[]));
    log_in(&mut browser, &page, ALICE);
    let mut subject = |client: &str| {
        let code = code(&app, &browser.open(&url(&app, &[("client_id", client)])));
        let tokens = exchange_as(&app, client, &code, &[]).expect(200).json();
        let info = app.get("/auth/userinfo").bearer(&text(&tokens, "access_token")).send().expect(200).json();
        let sub = text(&payload(&text(&tokens, "id_token")), "sub");
        assert_eq!(info["sub"], sub.as_str());
        let access = payload(&text(&tokens, "access_token"));
        assert_eq!(access["sub"], sub.as_str());
        assert!(!access.to_string().contains(app.user(ALICE).id.as_str()), "{access}");
        let next = refresh_as(&app, client, &text(&tokens, "refresh_token")).expect(200).json();
        let access = text(&next, "access_token");
        assert_eq!(payload(&access)["sub"], sub.as_str());
        assert_eq!(app.get("/private").bearer(&access).send().text(), "hello alice");
        let revoke = app.post("/auth/revoke").basic(client, SECRET);
        revoke.form(&[("token", &access)]).send().expect(200);
        app.get("/private").bearer(&access).send().problem(401, "invalid_token");
        refresh_as(&app, client, &text(&next, "refresh_token")).oauth(400, "invalid_grant");
        sub
    };
    let (shop, again, branch, other) =
        (subject("shop"), subject("shop"), subject("branch"), subject("other"));
    assert!(shop == again && shop == branch && shop != other);
    assert_ne!(shop, app.user(ALICE).id.as_str());
}

pub(crate) fn a_token_for_another_resource_opens_nothing_here(on: Framework) {
    let app = on.start_with(serving([shop().first_party(true).resources(["https://api.example"])]));
    let mut browser = Browser::new();
    let page =
        browser.open(&url(&app, &[("resource", "https://api.example"), ("scope", "openid reports:read")]));
    let code = code(&app, &log_in(&mut browser, &page, ALICE));
    let tokens = exchange(&app, &code, &[("resource", "https://api.example")]).expect(200).json();
    let next = refresh(&app, &text(&tokens, "refresh_token")).expect(200).json();
    for tokens in [&tokens, &next] {
        let access = text(tokens, "access_token");
        assert_eq!(payload(&access)["aud"], "https://api.example");
        app.get("/scoped").bearer(&access).send().problem(401, "invalid_token");
        app.get("/auth/userinfo").bearer(&access).send().problem(401, "invalid_token");
    }
}

pub(crate) fn a_session_has_another_name_in_each_sector(on: Framework) {
    let app = start_in_sectors(on);
    let mut browser = Browser::new();
    let page = browser.open(&url(&app, &[]));
    log_in(&mut browser, &page, ALICE);
    let held: Vec<_> = ["shop", "branch", "other"]
        .into_iter()
        .map(|client| {
            let code = code(&app, &browser.open(&url(&app, &[("client_id", client)])));
            let tokens = exchange_as(&app, client, &code, &[]).expect(200).json();
            let (id, access) = (text(&tokens, "id_token"), text(&tokens, "access_token"));
            let sid = text(&payload(&id), "sid");
            assert_eq!(payload(&access)["sid"], sid.as_str());
            (sid, id, access)
        })
        .collect();
    let session = browser.cookie(&app.base, "session").unwrap();
    let listed = app.get("/auth/sessions").session(session).send().expect(200).json();
    assert!(held.iter().all(|(sid, ..)| !listed.to_string().contains(sid.as_str())), "{listed}");
    assert!(held[0].0 == held[1].0 && held[0].0 != held[2].0);
    // It is that session all the same: whoever shows the ID token ends it, with all that came of it.
    for (_, _, access) in &held {
        app.get("/private").bearer(access).send().expect(200);
    }
    let target = format!("/auth/end_session?id_token_hint={}", held[2].1);
    app.get(&target).session(session).browser().send().expect(303);
    assert!(!app.is_logged_in(session));
    for (_, _, access) in &held {
        app.get("/private").bearer(access).send().problem(401, "invalid_token");
    }
}

pub(crate) fn a_refresh_is_for_the_resource_that_was_granted(on: Framework) {
    const API: &str = "https://api.example";
    let client = |resources: &[&str]| shop().first_party(true).resources(resources.iter().copied());
    let store = MemoryStore::new();
    let clients = store.stores().clients;
    let app = on.start_with(|builder| builder.store(store).server(ServerConfig::new()));
    let server = app.auth.server().unwrap().clone();
    app.block_on(server.clients().create(client(&[API]))).unwrap();
    let mut browser = Browser::new();
    let page = browser.open(&url(&app, &[("resource", API)]));
    let code = code(&app, &log_in(&mut browser, &page, ALICE));
    let tokens = exchange(&app, &code, &[]).expect(200).json();
    let again = |token: &str, resource: &str| {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token), ("resource", resource)];
        app.post("/auth/token").basic(SHOP, SECRET).form(&fields).send()
    };
    let token = text(&tokens, "refresh_token");
    for other in ["https://other.example", &app.base] {
        again(&token, other).oauth(400, "invalid_target");
    }
    let next = again(&token, API).expect(200).json();
    assert_eq!(payload(&text(&next, "access_token"))["aud"], API);

    let stored = app.block_on(clients.get(SHOP)).unwrap().unwrap();
    let registration = stored.registration.replace(API, "https://moved.example");
    let changed = StoredClient { registration, version: stored.version + 1, ..stored.clone() };
    assert!(app.block_on(clients.update(changed, stored.version)).unwrap());
    let token = text(&next, "refresh_token");
    refresh(&app, &token).oauth(400, "invalid_target");
    again(&token, API).oauth(400, "invalid_target");
    // Once it is put right, it goes on.
    let right = StoredClient { version: stored.version + 2, ..stored.clone() };
    assert!(app.block_on(clients.update(right, stored.version + 1)).unwrap());
    refresh(&app, &token).expect(200);
}

pub(crate) fn a_client_that_cannot_be_read_is_nobody(on: Framework) {
    let store = MemoryStore::new();
    let clients = store.stores().clients;
    let app = on.start_with(|builder| {
        let builder = builder.store(store);
        builder.server(ServerConfig::new().client(shop_called("other").first_party(true)))
    });
    let server = app.auth.server().unwrap().clone();
    app.block_on(server.clients().create(shop().first_party(true))).unwrap();
    let mut browser = Browser::new();
    let page = browser.open(&url(&app, &[]));
    let code_of_shop = code(&app, &log_in(&mut browser, &page, ALICE));
    let tokens = exchange(&app, &code_of_shop, &[]).expect(200).json();
    let access = text(&tokens, "access_token");
    app.get("/private").bearer(&access).send().expect(200);

    let stored = app.block_on(clients.get(SHOP)).unwrap().unwrap();
    let registration = r#"{"what_a_later_version_knows":1}"#.to_owned();
    let later = StoredClient { registration, version: stored.version + 1, ..stored.clone() };
    assert!(app.block_on(clients.update(later, stored.version)).unwrap());
    app.get("/private").bearer(&access).send().problem(401, "invalid_token");
    refresh(&app, &text(&tokens, "refresh_token")).oauth(401, "invalid_client");
    app.get(&target(&app, &[])).browser().send().expect(400);
    let session = browser.cookie(&app.base, "session").unwrap().to_owned();
    app.get("/auth/grants").session(&session).send().expect(200);
    let others = code(&app, &browser.open(&url(&app, &[("client_id", "other")])));
    let tokens = exchange_as(&app, "other", &others, &[]).expect(200).json();
    app.get("/private").bearer(&text(&tokens, "access_token")).send().expect(200);
}

pub(crate) fn requests_that_are_over_wait_no_more(on: Framework) {
    let app = on.start_with(|builder| {
        let limits = ThrottleConfig::default().network([Limit::new(5, Duration::from_secs(60))]);
        serving([shop()])(builder).throttle(limits)
    });
    let mut browser = Browser::new();
    let asked = url(&app, &[("prompt", "consent")]);
    let page = browser.open(&url(&app, &[]));
    log_in(&mut browser, &page, ALICE);
    for decision in ["deny", "allow"].repeat(4) {
        let page = browser.open(&asked).expect(200);
        let page = browser.submit(&page, "/auth/consent", &[("decision", decision)]);
        assert!(page.url.starts_with(&callback(&app)), "{:#?}", page.way);
    }
    // The one that the login began with waits too.
    for _ in 0..4 {
        browser.open(&asked).expect(200);
    }
    browser.open(&asked).expect(429);
}

fn encoded(url: &str, base: &str) -> String {
    form_urlencoded::byte_serialize(url.strip_prefix(base).unwrap().as_bytes()).collect()
}
