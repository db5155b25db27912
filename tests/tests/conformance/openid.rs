//! Requests as the OpenID Foundation's conformance suite makes them, as far as no other scenario does (`tests/openid/README.md`).

use conformance::{ALICE, Browser, Framework, ROOT, TestApp};
use serde_json::{Value, json};

use crate::relying_party::{callback, code, exchange, log_in, payload, serving, shop, text, told, url};

/// The operator's own shop, and a browser in which somebody is logged in.
fn start(on: Framework) -> (TestApp, Browser) {
    let app = on.start_with(serving([shop().first_party(true)]));
    let mut browser = Browser::new();
    let page = browser.open(&url(&app, &[]));
    code(&app, &log_in(&mut browser, &page, ALICE));
    (app, browser)
}

/// What a request is answered, and what its ID token says.
fn answer(app: &TestApp, browser: &mut Browser, more: &[(&str, &str)]) -> (Value, Value) {
    let code = code(app, &browser.open(&url(app, more)));
    let tokens = exchange(app, &code, &[]).expect(200).json();
    let id = payload(&text(&tokens, "id_token"));
    (tokens, id)
}

/// OpenID Connect Core 1.0 section 15.1; RFC 6749 section 3.1.
pub(crate) fn what_is_not_done_here_does_no_harm(on: Framework) {
    let (app, mut browser) = start(on);
    for more in [
        ("display", "page"),
        ("display", "popup"),
        ("ui_locales", "se"),
        ("claims_locales", "se"),
        ("acr_values", "1 2"),
        ("extra", "foobar"),
        ("claims", r#"{"userinfo":{"name":{"essential":true}}}"#),
    ] {
        let (tokens, id) = answer(&app, &mut browser, &[more]);
        let info = app.get("/auth/userinfo").bearer(&text(&tokens, "access_token")).send().expect(200).json();
        assert_eq!((&info["sub"], &id["acr"]), (&id["sub"], &json!(null)), "{more:?}");
    }
}

pub(crate) fn a_state_and_a_nonce_are_the_clients_to_send(on: Framework) {
    let (app, mut browser) = start(on);
    let (_, id) = answer(&app, &mut browser, &[]);
    assert!(id.get("nonce").is_none(), "{id}");
    for length in [64, 384] {
        let nonce = "n".repeat(length);
        let (_, id) = answer(&app, &mut browser, &[("nonce", &nonce)]);
        assert_eq!(id["nonce"], nonce);
    }
    let page = browser.open(&url(&app, &[("state", "")]));
    assert!(page.url.starts_with(&callback(&app)), "{:#?}", page.way);
    assert_eq!(page.query("state"), None);
    exchange(&app, &page.query("code").unwrap(), &[]).expect(200);
}

pub(crate) fn the_order_of_scopes_does_not_matter(on: Framework) {
    let (app, mut browser) = start(on);
    for scope in ["openid email profile", "profile email openid"] {
        let (tokens, _) = answer(&app, &mut browser, &[("scope", scope)]);
        let info = app.get("/auth/userinfo").bearer(&text(&tokens, "access_token")).send().expect(200).json();
        let told = (&info["preferred_username"], &info["email"]);
        assert_eq!(told, (&json!("alice"), &json!("alice@example.com")), "{scope}");
    }
}

/// OpenID Connect Core 1.0 sections 5.3.2 and 5.4.
pub(crate) fn a_scope_says_what_userinfo_tells(on: Framework) {
    let (app, mut browser) = start(on);
    for (scope, has_name, has_email) in
        [("openid", false, false), ("openid profile", true, false), ("openid email", false, true)]
    {
        let (tokens, id) = answer(&app, &mut browser, &[("scope", scope)]);
        let info = app.get("/auth/userinfo").bearer(&text(&tokens, "access_token")).send().expect(200).json();
        assert_eq!(info["sub"], id["sub"]);
        let told = (info.get("preferred_username").is_some(), info.get("email").is_some());
        assert_eq!(told, (has_name, has_email), "{scope}: {info}");
    }
}

/// OpenID Connect Core 1.0 sections 3.1.2.1 and 3.1.2.2.
pub(crate) fn a_hint_says_whom_the_client_takes_its_user_for(on: Framework) {
    let (app, mut browser) = start(on);
    let (tokens, first) = answer(&app, &mut browser, &[]);
    let hint = text(&tokens, "id_token");
    let (_, again) = answer(&app, &mut browser, &[("prompt", "none"), ("id_token_hint", &hint)]);
    assert_eq!((&again["sub"], &again["auth_time"]), (&first["sub"], &first["auth_time"]));
    let mut other = Browser::new();
    let page = other.open(&url(&app, &[]));
    code(&app, &log_in(&mut other, &page, ROOT));
    let page = other.open(&url(&app, &[("prompt", "none"), ("id_token_hint", &hint)]));
    assert_eq!(told(&app, &page, "error").as_deref(), Some("login_required"));
}

/// OpenID Connect RP-Initiated Logout 1.0 section 2.
pub(crate) fn a_logout_needs_neither_a_place_nor_a_state(on: Framework) {
    let (app, mut browser) = start(on);
    let (tokens, _) = answer(&app, &mut browser, &[]);
    let session = browser.cookie(&app.base, "session").unwrap().to_owned();
    let page = app.get("/auth/end_session?state=s").session(&session).browser().send().expect(200);
    assert!(!page.clears_session() && app.is_logged_in(&session), "it asks");
    let target = format!("/auth/end_session?id_token_hint={}", text(&tokens, "id_token"));
    app.get(&target).session(&session).browser().send().redirect("/");
    assert!(!app.is_logged_in(&session));
}
