//! What somebody has allowed other applications, and takes back; what ends with a session, and what lasts.

use std::time::Duration;

use conformance::{ALICE, BOB, Browser, Framework};
use serde_json::json;

use crate::relying_party::{
    SHOP, allow, code, exchange, let_in, log_in, refresh, serving, shop, text, told, url,
};

pub(crate) fn what_was_allowed_is_listed_and_taken_back(on: Framework) {
    let app = on.start_with(serving([shop()]));
    let (mut browser, given) = let_in(&app, ALICE, &[("scope", "openid offline_access reports:read")]);
    let tokens = exchange(&app, &given, &[]).expect(200).json();
    let session = browser.cookie(&app.base, "session").unwrap().to_owned();
    let grants = app.get("/auth/grants").session(&session).send().expect(200).json();
    let expected = json!({"grants": [{
        "client_id": SHOP, "name": "Shop", "scope": "openid offline_access reports:read",
        "created_at": "2023-11-14T22:13:20Z", "updated_at": "2023-11-14T22:13:20Z",
    }]});
    assert_eq!(grants, expected);
    let export = app.get("/auth/account/export").session(&session).send().expect(200).json();
    assert_eq!(export["grants"], expected["grants"]);
    let bobs = app.login(BOB);
    assert_eq!(app.get("/auth/grants").session(&bobs).send().json(), json!({"grants": []}));
    app.request("DELETE", "/auth/grants/shop").session(&bobs).send().problem(404, "not_found");

    let account = browser.open(&format!("{}/auth/account", app.base)).expect(200);
    assert!(account.text().contains("/auth/grants"));
    let page = browser.open(&format!("{}/auth/grants", app.base)).expect(200);
    assert!(page.text().contains("Shop") && page.text().contains("Read your reports"));
    let pending = code(&app, &browser.open(&url(&app, &[])));
    let page = browser.submit(&page, "/auth/grants/shop/delete", &[]).expect(200);
    assert!(!page.text().contains("Shop"), "{}", page.text());
    app.get("/scoped").bearer(&text(&tokens, "access_token")).send().problem(401, "invalid_token");
    refresh(&app, &text(&tokens, "refresh_token")).oauth(400, "invalid_grant");
    app.request("DELETE", "/auth/grants/shop").session(&session).send().problem(404, "not_found");
    exchange(&app, &pending, &[]).oauth(400, "invalid_grant");
    let page = browser.open(&url(&app, &[]));
    assert!(page.url.contains("/auth/consent"), "it has to ask again");
}

pub(crate) fn nobody_else_takes_anything_back(on: Framework) {
    let app = on.start_with(serving([shop()]));
    let (_, given) = let_in(&app, ALICE, &[("scope", "openid reports:read")]);
    let tokens = exchange(&app, &given, &[]).expect(200).json();
    let access = text(&tokens, "access_token");
    app.request("DELETE", "/auth/grants/shop").send().problem(401, "unauthenticated");
    app.request("DELETE", "/auth/grants/shop").bearer(&access).send().problem(403, "user_required");
    app.get("/auth/grants").bearer(&access).send().problem(403, "user_required");
    app.get("/scoped").bearer(&access).send().expect(200);
}

pub(crate) fn what_a_session_gave_ends_with_it_and_offline_access_lasts(on: Framework) {
    let app = on.start_with(serving([shop()]));
    let (browser, given) = let_in(&app, ALICE, &[("scope", "openid")]);
    let bound = exchange(&app, &given, &[]).expect(200).json();
    let (_, given) = let_in(&app, ALICE, &[("scope", "openid offline_access")]);
    let lasting = exchange(&app, &given, &[]).expect(200).json();
    let session = browser.cookie(&app.base, "session").unwrap().to_owned();
    app.post("/auth/logout").session(&session).send().expect(204);
    app.get("/auth/userinfo").bearer(&text(&bound, "access_token")).send().problem(401, "invalid_token");
    refresh(&app, &text(&bound, "refresh_token")).oauth(400, "invalid_grant");
    let sessions = app.login(ALICE);
    app.request("DELETE", "/auth/sessions").session(&sessions).send().expect(204);
    refresh(&app, &text(&lasting, "refresh_token")).oauth(400, "invalid_grant");
}

pub(crate) fn offline_access_outlives_its_session(on: Framework) {
    let app = on.start_with(serving([shop()]));
    let (browser, given) = let_in(&app, ALICE, &[("scope", "openid offline_access")]);
    let tokens = exchange(&app, &given, &[]).expect(200).json();
    let session = browser.cookie(&app.base, "session").unwrap().to_owned();
    app.post("/auth/logout").session(&session).send().expect(204);
    let next = refresh(&app, &text(&tokens, "refresh_token")).expect(200).json();
    app.get("/auth/userinfo").bearer(&text(&next, "access_token")).send().expect(200);
    app.clock.advance(Duration::from_secs(29 * 24 * 60 * 60));
    refresh(&app, &text(&next, "refresh_token")).expect(200);
}

pub(crate) fn a_code_is_good_for_nothing_once_its_session_is_over(on: Framework) {
    let app = on.start_with(serving([shop()]));
    let (browser, given) = let_in(&app, ALICE, &[("scope", "openid offline_access")]);
    let session = browser.cookie(&app.base, "session").unwrap().to_owned();
    app.post("/auth/logout").session(&session).send().expect(204);
    exchange(&app, &given, &[]).oauth(400, "invalid_grant");
}

pub(crate) fn a_client_revokes_its_own_and_leaves_the_session_alone(on: Framework) {
    let app = on.start_with(serving([shop()]));
    let (mut browser, given) = let_in(&app, ALICE, &[]);
    let one = exchange(&app, &given, &[]).expect(200).json();
    let other = exchange(&app, &code(&app, &browser.open(&url(&app, &[]))), &[]).expect(200).json();
    let token = text(&one, "access_token");
    let revoke = app.post("/auth/revoke").basic(SHOP, crate::registered::SECRET);
    revoke.form(&[("token", &token)]).send().expect(200);
    app.get("/auth/userinfo").bearer(&token).send().problem(401, "invalid_token");
    refresh(&app, &text(&one, "refresh_token")).oauth(400, "invalid_grant");
    app.get("/auth/userinfo").bearer(&text(&other, "access_token")).send().expect(200);
    let session = browser.cookie(&app.base, "session").unwrap();
    app.get("/private").session(session).send().expect(200);
}

pub(crate) fn a_closed_account_takes_all_of_it_along(on: Framework) {
    let app = on.start_with(serving([shop()]));
    let (_, given) = let_in(&app, BOB, &[("scope", "openid offline_access")]);
    let tokens = exchange(&app, &given, &[]).expect(200).json();
    let bob = app.user(BOB).id.clone();
    app.block_on(app.auth.users().end_all_sessions(&bob)).unwrap();
    app.get("/auth/userinfo").bearer(&text(&tokens, "access_token")).send().problem(401, "invalid_token");
    refresh(&app, &text(&tokens, "refresh_token")).oauth(400, "invalid_grant");
}

pub(crate) fn what_nobody_was_asked_for_is_taken_back_too(on: Framework) {
    let app = on.start_with(serving([shop().first_party(true)]));
    let mut browser = Browser::new();
    let page = browser.open(&url(&app, &[("scope", "openid offline_access")]));
    let given = code(&app, &log_in(&mut browser, &page, ALICE));
    let tokens = exchange(&app, &given, &[]).expect(200).json();
    let pending = code(&app, &browser.open(&url(&app, &[])));
    let session = browser.cookie(&app.base, "session").unwrap().to_owned();
    let withdraw = || app.request("DELETE", "/auth/grants/shop").session(&session).send();
    withdraw().expect(204);
    app.get("/private").bearer(&text(&tokens, "access_token")).send().problem(401, "invalid_token");
    refresh(&app, &text(&tokens, "refresh_token")).oauth(400, "invalid_grant");
    exchange(&app, &pending, &[]).oauth(400, "invalid_grant");
    withdraw().problem(404, "not_found");
    // Their login stands, and the client may come again.
    let given = code(&app, &browser.open(&url(&app, &[])));
    let tokens = exchange(&app, &given, &[]).expect(200).json();
    app.get("/private").bearer(&text(&tokens, "access_token")).send().expect(200);
    // The application's own client is none that anything was allowed to.
    app.request("DELETE", "/auth/grants/first-party").session(&session).send().problem(404, "not_found");
}

pub(crate) fn what_is_taken_back_while_the_page_is_open_stays_so(on: Framework) {
    let app = on.start_with(serving([shop()]));
    let (mut browser, _) = let_in(&app, ALICE, &[("scope", "openid reports:read")]);
    let session = browser.cookie(&app.base, "session").unwrap().to_owned();
    let allowed = || app.get("/auth/grants").session(&session).send().expect(200).json();
    let page = browser.open(&url(&app, &[("scope", "openid email")]));
    app.request("DELETE", "/auth/grants/shop").session(&session).send().expect(204);
    let again = allow(&mut browser, &page).expect(200);
    assert!(again.url.contains("/auth/consent"), "they are asked once more: {:#?}", again.way);
    assert_eq!(allowed(), json!({"grants": []}));
    let given = code(&app, &allow(&mut browser, &again));
    exchange(&app, &given, &[]).expect(200);
    assert_eq!(allowed()["grants"][0]["scope"], "openid email", "nothing of what was taken back");

    // Who says no is not asked again.
    let page = browser.open(&url(&app, &[("scope", "openid profile")]));
    app.request("DELETE", "/auth/grants/shop").session(&session).send().expect(204);
    let page = browser.submit(&page, "/auth/consent", &[("decision", "deny")]);
    assert_eq!(told(&app, &page, "error").as_deref(), Some("access_denied"));
    assert_eq!(allowed(), json!({"grants": []}));
}
