//! A client that wants its user logged out here too (OpenID Connect RP-Initiated Logout 1.0).

use conformance::{ALICE, Browser, Framework, TestApp, query};

use crate::relying_party::{STATE, code, exchange, log_in, serving, shop, shop_called, text, url};

const AFTERWARDS: &str = "https://shop.example/bye";

fn start(on: Framework) -> TestApp {
    let shop = shop().first_party(true).post_logout_redirect_uris([AFTERWARDS]);
    on.start_with(serving([shop, shop_called("other")]))
}

/// A browser in which somebody has let the shop in, and their ID token.
fn let_in(app: &TestApp) -> (Browser, String) {
    let mut browser = Browser::new();
    let page = browser.open(&url(app, &[]));
    let page = log_in(&mut browser, &page, ALICE);
    let tokens = exchange(app, &code(app, &page), &[]).expect(200).json();
    (browser, text(&tokens, "id_token"))
}

fn target(fields: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    format!("/auth/end_session?{query}")
}

/// OI-01, OI-02.
pub(crate) fn who_shows_the_id_token_of_the_session_ends_it(on: Framework) {
    let app = start(on);
    let (browser, token) = let_in(&app);
    let session = browser.cookie(&app.base, "session").unwrap();
    let asked =
        target(&[("id_token_hint", &token), ("post_logout_redirect_uri", AFTERWARDS), ("state", STATE)]);
    let reply = app.get(&asked).session(session).browser().send().expect(303);
    let location = reply.header("location").unwrap();
    assert!(location.starts_with(AFTERWARDS) && query(location, "state").as_deref() == Some(STATE));
    assert!(reply.clears_session() && !app.is_logged_in(session));
}

pub(crate) fn everybody_elses_wish_is_put_before_the_user(on: Framework) {
    let app = start(on);
    let (mut browser, token) = let_in(&app);
    let other = app.login(ALICE);
    let session = browser.cookie(&app.base, "session").unwrap().to_owned();
    for (asked, whose) in [
        (target(&[]), &session),
        (target(&[("client_id", "shop"), ("post_logout_redirect_uri", AFTERWARDS)]), &session),
        (target(&[("id_token_hint", "garbage")]), &session),
        (target(&[("id_token_hint", &token)]), &other),
        (target(&[("id_token_hint", &format!("{token}x"))]), &session),
    ] {
        let page = app.get(&asked).session(whose).browser().send().expect(200);
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains("frame-ancestors 'none'") && !page.clears_session());
        assert!(app.is_logged_in(whose), "{asked}");
    }
    let asked = target(&[("client_id", "shop"), ("post_logout_redirect_uri", AFTERWARDS)]);
    let page = browser.open(&format!("{}{asked}", app.base));
    assert!(page.text().contains("Shop asks you to log out"));
    let form = page.form("/auth/end_session");
    let fields: Vec<_> = form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let foreign = app.post("/auth/end_session").session(&session).header("Origin", "https://evil.example");
    foreign.form(&fields).send().problem(403, "csrf_failed");
    assert!(app.is_logged_in(&session));
    app.post("/auth/end_session").session(&session).form(&fields).send().redirect(AFTERWARDS);
    assert!(!app.is_logged_in(&session));
}

pub(crate) fn nobody_goes_on_to_where_nothing_is_registered(on: Framework) {
    let app = start(on);
    for place in [
        "https://shop.example/bye/",
        "https://shop.example/bye?x=1",
        "https://shop.example/bye#x",
        "https://shop.example/BYE",
        "https://evil.example/bye",
        "http://shop.example/bye",
        "//evil.example",
        "javascript:alert(1)",
    ] {
        let (browser, token) = let_in(&app);
        let session = browser.cookie(&app.base, "session").unwrap();
        let asked = target(&[("id_token_hint", &token), ("post_logout_redirect_uri", place)]);
        app.get(&asked).session(session).browser().send().redirect("/");
        let asked = target(&[("client_id", "shop"), ("post_logout_redirect_uri", place)]);
        let page = app.get(&asked).browser().send().expect(200);
        assert!(!page.text().contains(place), "{place}");
    }
    let (_, token) = let_in(&app);
    let asked = target(&[("id_token_hint", &token), ("client_id", "other")]);
    app.get(&asked).send().problem(400, "invalid_request");
    // Without a client nobody knows where that is.
    let page = app.get(&target(&[("post_logout_redirect_uri", AFTERWARDS)])).send().expect(200);
    assert!(!page.text().contains(AFTERWARDS));
}
