//! A client of an app's, as far as it sends people there and takes what comes back.

use auth_core::AuthBuilder;
use auth_core::server::{OAuthClient, ServerConfig};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use conformance::{Browser, Page, Person, Reply, TestApp, query};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::registered::SECRET;

/// The client that most scenarios are of.
pub(crate) const SHOP: &str = "shop";

/// What its verifiers look like.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// Its challenge (RFC 7636 appendix B).
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A state with everything in it that could be mangled.
pub(crate) const STATE: &str = "a b+c%20&=\u{e9}/?#\"'<>";

/// The shop. Its page for codes is one of the app's own under another host, so that a browser finds something there.
pub(crate) fn shop() -> OAuthClient {
    shop_called(SHOP)
}

/// The same by another id.
pub(crate) fn shop_called(id: &str) -> OAuthClient {
    OAuthClient::new(id).name("Shop").secret(SECRET).redirect_uris(["http://127.0.0.1/open"]).scopes([
        "openid",
        "profile",
        "email",
        "offline_access",
        "reports:read",
    ])
}

/// A server with these clients.
pub(crate) fn serving<const N: usize>(clients: [OAuthClient; N]) -> impl FnOnce(AuthBuilder) -> AuthBuilder {
    |builder| {
        let words = [("en", "Read your reports"), ("ko", "보고서 읽기")];
        builder.server(ServerConfig::new().clients(clients).scope("reports:read", words))
    }
}

/// Where the shop wants its codes.
pub(crate) fn callback(app: &TestApp) -> String {
    format!("http://127.0.0.1:{}/open", app.port)
}

/// An authorization request of the shop's; these parameters take the place of those of the same name, and one that is empty is left out.
pub(crate) fn target(app: &TestApp, more: &[(&str, &str)]) -> String {
    let callback = callback(app);
    let usual = [
        ("client_id", SHOP),
        ("redirect_uri", &*callback),
        ("response_type", "code"),
        ("scope", "openid"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("state", STATE),
    ];
    let is_replaced = |name: &str| more.iter().any(|(other, _)| *other == name);
    let kept = usual.into_iter().filter(|(name, _)| !is_replaced(name));
    let all = kept.chain(more.iter().copied()).filter(|(_, value)| !value.is_empty());
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(all).finish();
    format!("/auth/authorize?{query}")
}

/// The same as a whole URL.
pub(crate) fn url(app: &TestApp, more: &[(&str, &str)]) -> String {
    format!("{}{}", app.base, target(app, more))
}

/// Somebody fills in the login form.
pub(crate) fn log_in(browser: &mut Browser, page: &Page, person: Person) -> Page {
    browser.submit(page, "/auth/login", &[("username", person.name), ("password", person.password)])
}

/// Somebody says yes.
pub(crate) fn allow(browser: &mut Browser, page: &Page) -> Page {
    browser.submit(page, "/auth/consent", &[("decision", "allow")])
}

/// What is told to the client, which this page is one of.
#[track_caller]
pub(crate) fn told(app: &TestApp, page: &Page, name: &str) -> Option<String> {
    assert!(page.url.starts_with(&callback(app)), "not at the client: {:#?}", page.way);
    assert_eq!(page.query("state").as_deref(), Some(STATE), "byte for byte");
    assert_eq!(page.query("iss"), Some(app.base.clone()));
    page.query(name)
}

/// The code that the client is told.
#[track_caller]
pub(crate) fn code(app: &TestApp, page: &Page) -> String {
    told(app, page, "code").unwrap_or_else(|| panic!("no code: {}", page.url))
}

/// The error that the client is told in the reply to a request.
#[track_caller]
pub(crate) fn refused(app: &TestApp, reply: &Reply) -> String {
    let location = reply.header("location").unwrap_or_else(|| panic!("no redirect: {reply:?}"));
    assert_eq!(reply.status, 303);
    assert!(location.starts_with(&callback(app)), "not at the client: {location}");
    assert_eq!(query(location, "iss"), Some(app.base.clone()));
    assert_eq!(query(location, "code"), None);
    assert!(query(location, "error_description").is_some());
    query(location, "error").unwrap_or_else(|| panic!("no error: {location}"))
}

/// A browser in which somebody has let the shop in, and the code that came of it.
pub(crate) fn let_in(app: &TestApp, person: Person, more: &[(&str, &str)]) -> (Browser, String) {
    let mut browser = Browser::new();
    let page = browser.open(&url(app, more));
    let page = log_in(&mut browser, &page, person);
    let page = allow(&mut browser, &page);
    let code = code(app, &page);
    (browser, code)
}

/// The shop brings a code; these fields take the place of those of the same name, and one that is empty is left out.
pub(crate) fn exchange(app: &TestApp, code: &str, more: &[(&str, &str)]) -> Reply {
    exchange_as(app, SHOP, code, more)
}

/// The same as another client.
pub(crate) fn exchange_as(app: &TestApp, client: &str, code: &str, more: &[(&str, &str)]) -> Reply {
    let callback = callback(app);
    let usual = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", &*callback),
        ("code_verifier", VERIFIER),
    ];
    let is_replaced = |name: &str| more.iter().any(|(other, _)| *other == name);
    let kept = usual.into_iter().filter(|(name, _)| !is_replaced(name));
    let all: Vec<_> = kept.chain(more.iter().copied()).filter(|(_, value)| !value.is_empty()).collect();
    app.post("/auth/token").basic(client, SECRET).form(&all).send()
}

/// The shop refreshes.
pub(crate) fn refresh(app: &TestApp, token: &str) -> Reply {
    refresh_as(app, SHOP, token)
}

/// The same as another client.
pub(crate) fn refresh_as(app: &TestApp, client: &str, token: &str) -> Reply {
    let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
    app.post("/auth/token").basic(client, SECRET).form(&fields).send()
}

/// A text of an answer.
#[track_caller]
pub(crate) fn text(answer: &Value, name: &str) -> String {
    answer[name].as_str().unwrap_or_else(|| panic!("no {name}: {answer}")).to_owned()
}

/// What a token says, whoever signed it.
pub(crate) fn payload(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

/// The challenge of a verifier.
pub(crate) fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}
