//! Clients that are told when a session ends (OpenID Connect Back-Channel Logout 1.0).

use std::time::Duration;

use auth_core::outbound::{Method, OutboundFault, OutboundResponse};
use auth_core::server::{OAuthClient, SubjectType};
use auth_core::testing::FakeHttpClient;
use auth_core::user::UserUpdate;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use conformance::{ALICE, Browser, Framework, TestApp};
use serde_json::{Value, json};

use crate::registered::SECRET;
use crate::relying_party::{
    allow, code, exchange_as, let_in, log_in, payload, serving, shop, shop_called, text, url,
};

const BYE: &str = "https://shop.example/backchannel";
const OTHER_BYE: &str = "https://other.example/backchannel";

fn told(id: &str, at: &str) -> OAuthClient {
    shop_called(id).backchannel_logout_uri(at)
}

/// An app whose clients are told, and where they are.
fn start_with<const N: usize>(on: Framework, clients: [OAuthClient; N]) -> (TestApp, FakeHttpClient) {
    let servers = FakeHttpClient::default();
    for url in [BYE, OTHER_BYE] {
        servers.answer(Method::Post, url, OutboundResponse::new(200, ""));
    }
    let client = servers.clone();
    let app = on.start_with(|builder| serving(clients)(builder).http_client(client));
    (app, servers)
}

fn start(on: Framework) -> (TestApp, FakeHttpClient) {
    start_with(on, [told("shop", BYE), told("other", OTHER_BYE), shop_called("deaf")])
}

/// The session of a browser in which the shop was let in, and the ID token that it got.
fn session_of(app: &TestApp) -> (String, Value) {
    let (browser, code) = let_in(app, ALICE, &[]);
    let tokens = exchange_as(app, "shop", &code, &[]).expect(200).json();
    (browser.cookie(&app.base, "session").unwrap().to_owned(), payload(&text(&tokens, "id_token")))
}

fn deliver(app: &TestApp) {
    app.block_on(app.auth.deliver_mail()).unwrap();
}

/// The tokens that were sent there, each with its header.
fn sent(servers: &FakeHttpClient, url: &str) -> Vec<(Value, Value)> {
    let read = |request: &auth_core::outbound::OutboundRequest| {
        let body = request.body.as_ref().unwrap().expose();
        let token = body.strip_prefix("logout_token=").unwrap_or_else(|| panic!("{body}"));
        let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
        (serde_json::from_slice(&header).unwrap(), payload(token))
    };
    servers.requests_to(Method::Post, url).iter().map(read).collect()
}

pub(crate) fn a_client_is_told_of_a_logout(on: Framework) {
    let (app, servers) = start(on);
    let metadata = app.get("/.well-known/openid-configuration").send().expect(200).json();
    for name in ["backchannel_logout_supported", "backchannel_logout_session_supported"] {
        assert_eq!(metadata[name], true, "{name}");
    }
    let (session, id) = session_of(&app);
    app.post("/auth/logout").session(&session).send().expect(204);
    deliver(&app);
    let told = sent(&servers, BYE);
    assert_eq!(told.len(), 1);
    let (header, token) = &told[0];
    assert_eq!((&header["typ"], &header["alg"]), (&json!("logout+jwt"), &json!("EdDSA")));
    assert!(header["kid"].is_string());
    for name in ["iss", "aud", "sub", "sid"] {
        assert_eq!(token[name], id[name], "{name}");
    }
    assert_eq!(token["events"], json!({"http://schemas.openid.net/event/backchannel-logout": {}}));
    assert_eq!(token["exp"].as_i64().unwrap() - token["iat"].as_i64().unwrap(), 120);
    assert!(token["jti"].as_str().is_some_and(|jti| jti.len() > 16));
    assert_eq!(token["nonce"], json!(null), "no ID token");
    // Who got nothing in that session hears nothing of it, and nobody is told twice.
    deliver(&app);
    assert_eq!((sent(&servers, BYE).len(), sent(&servers, OTHER_BYE).len()), (1, 0));
}

pub(crate) fn whatever_ends_a_session_is_told(on: Framework) {
    type Ending = fn(&TestApp, &str);
    let endings: [(&str, Ending); 9] = [
        ("a wish of the client's", |app, session| {
            let fields = [("decision", "logout")];
            app.post("/auth/end_session").session(session).header("Origin", &*app.base).form(&fields).send();
        }),
        ("from elsewhere", |app, session| {
            let listed = app.get("/auth/sessions").session(session).send().expect(200).json();
            let id = text(&listed["sessions"][0], "id");
            app.request("DELETE", &format!("/auth/sessions/{id}")).session(session).send().expect(204);
        }),
        ("all others", |app, _| {
            let other = app.login(ALICE);
            app.request("DELETE", "/auth/sessions").session(&other).send().expect(204);
        }),
        ("a changed password", |app, _| {
            let other = app.login(ALICE);
            let fields =
                [("current_password", ALICE.password), ("new_password", "violet umbrella cactus seventeen")];
            app.post("/auth/password/change").session(&other).form(&fields).send().expect(204);
        }),
        ("a password that support has set", |app, _| {
            let alice = app.user(ALICE).id.clone();
            let set = app.auth.accounts().set_password(&alice, "violet umbrella cactus seventeen");
            app.block_on(set).unwrap();
        }),
        ("everywhere, by the operator", |app, _| {
            let alice = app.user(ALICE).id.clone();
            app.block_on(app.auth.users().end_all_sessions(&alice)).unwrap();
        }),
        ("an account that is switched off", |app, _| {
            let alice = app.user(ALICE).id.clone();
            let mut update = UserUpdate::default();
            update.is_active = Some(false);
            app.block_on(app.auth.users().update(&alice, update)).unwrap();
        }),
        ("an account that is removed", |app, _| {
            let alice = app.user(ALICE).id.clone();
            app.block_on(app.auth.users().remove(&alice)).unwrap();
        }),
        ("a closed account", |app, session| {
            app.request("DELETE", "/auth/account").session(session).send().expect(204);
        }),
    ];
    for (what, end) in endings {
        let (app, servers) = start(on);
        let (session, id) = session_of(&app);
        end(&app, &session);
        assert!(!app.is_logged_in(&session), "{what}");
        deliver(&app);
        let told = sent(&servers, BYE);
        assert_eq!(told.iter().map(|(_, token)| &token["sid"]).collect::<Vec<_>>(), [&id["sid"]], "{what}");
    }
}

pub(crate) fn each_client_of_a_session_is_told_by_its_own_name_of_the_user(on: Framework) {
    let secret = "Bivcc2MtE0an74A79Vx2zqcfbW0/7xTgN+WSE5KCiEQ=";
    let pairwise = told("other", OTHER_BYE).subject(SubjectType::Pairwise).sector_identifier("other.example");
    let servers = FakeHttpClient::default();
    for url in [BYE, OTHER_BYE] {
        servers.answer(Method::Post, url, OutboundResponse::new(204, ""));
    }
    let client = servers.clone();
    let app = on.start_with(|builder| {
        let server = auth_core::server::ServerConfig::new().clients([told("shop", BYE), pairwise]);
        builder.server(server.pairwise_secret(secret)).http_client(client)
    });
    let mut browser = Browser::new();
    let page = browser.open(&url(&app, &[]));
    let page = log_in(&mut browser, &page, ALICE);
    allow(&mut browser, &page);
    let page = browser.open(&url(&app, &[("client_id", "other")]));
    let page = allow(&mut browser, &page);
    let tokens = exchange_as(&app, "other", &code(&app, &page), &[]).expect(200).json();
    let id = payload(&text(&tokens, "id_token"));
    // A step that gives the session another id leaves it the same.
    let session = browser.cookie(&app.base, "session").unwrap().to_owned();
    let again = app.post("/auth/reauthenticate").session(&session).form(&[("password", ALICE.password)]);
    let session = again.send().expect(200).session().unwrap();
    app.post("/auth/logout").session(&session).send().expect(204);
    deliver(&app);
    let (one, other) = (sent(&servers, BYE), sent(&servers, OTHER_BYE));
    assert_eq!((one.len(), other.len()), (1, 1));
    assert_eq!(one[0].1["sub"], app.user(ALICE).id.as_str());
    assert_eq!((&other[0].1["sub"], &other[0].1["sid"]), (&id["sub"], &id["sid"]));
    assert_ne!(one[0].1["sub"], other[0].1["sub"]);
}

pub(crate) fn a_client_that_does_not_listen_is_told_again(on: Framework) {
    let (app, servers) = start(on);
    servers.fail_once(Method::Post, BYE, OutboundFault::Connection);
    servers.answer_once(Method::Post, BYE, OutboundResponse::new(503, ""));
    let (session, _) = session_of(&app);
    app.post("/auth/logout").session(&session).send().expect(204);
    deliver(&app);
    deliver(&app);
    assert_eq!(sent(&servers, BYE).len(), 1, "not at once");
    app.clock.advance(Duration::from_secs(10));
    deliver(&app);
    assert_eq!(sent(&servers, BYE).len(), 2);
    app.clock.advance(Duration::from_secs(29));
    deliver(&app);
    assert_eq!(sent(&servers, BYE).len(), 2, "later and later");
    app.clock.advance(Duration::from_secs(1));
    for _ in 0..2 {
        deliver(&app);
        app.clock.advance(Duration::from_secs(3_600));
    }
    let told = sent(&servers, BYE);
    assert_eq!(told.len(), 3, "once it was taken, no more");
    // Each is good when it is sent.
    assert_eq!(told[2].1["iat"].as_i64().unwrap() - told[0].1["iat"].as_i64().unwrap(), 40);
    assert_ne!(told[2].1["jti"], told[0].1["jti"]);
}

pub(crate) fn a_client_that_is_gone_is_told_nothing(on: Framework) {
    let (app, servers) = start_with(on, [shop()]);
    let clients = app.auth.server().unwrap().clients().clone();
    let stored = OAuthClient::new("stored")
        .secret(SECRET)
        .redirect_uris(["http://127.0.0.1/open"])
        .scopes(["openid"])
        .backchannel_logout_uri(BYE);
    app.block_on(clients.create(stored)).unwrap();
    let mut browser = Browser::new();
    let page = browser.open(&url(&app, &[("client_id", "stored")]));
    let page = log_in(&mut browser, &page, ALICE);
    allow(&mut browser, &page);
    let session = browser.cookie(&app.base, "session").unwrap().to_owned();
    app.block_on(clients.disable("stored")).unwrap();
    app.post("/auth/logout").session(&session).send().expect(204);
    deliver(&app);
    app.block_on(clients.enable("stored")).unwrap();
    app.clock.advance(Duration::from_secs(3_600));
    deliver(&app);
    assert!(sent(&servers, BYE).is_empty());
}
