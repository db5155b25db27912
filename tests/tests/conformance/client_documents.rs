//! Clients that describe themselves at the URL that is their id (draft-ietf-oauth-client-id-metadata-document).

use std::time::Duration;

use auth_core::AuthBuilder;
use auth_core::outbound::{Method, OutboundFault, OutboundResponse};
use auth_core::server::ServerConfig;
use auth_core::testing::{FakeHttpClient, json_response};
use auth_core::throttle::{Limit, ThrottleConfig};
use conformance::{ALICE, Browser, Framework, Reply, TestApp};
use serde_json::{Value, json};

use crate::races::at_once;
use crate::relying_party::{VERIFIER, allow, callback, code, log_in, target, text, url};

const ID: &str = "https://agent.example/client.json";

fn described(servers: &FakeHttpClient) -> impl FnOnce(AuthBuilder) -> AuthBuilder + use<> {
    let client = servers.clone();
    |builder| {
        let words = [("en", "Read your reports"), ("ko", "보고서 읽기")];
        let server = ServerConfig::new().scope("reports:read", words).client_id_metadata_documents(true);
        builder.server(server).http_client(client)
    }
}

/// What an agent says of itself.
fn agent(app: &TestApp) -> Value {
    json!({
        "client_id": ID,
        "client_name": "Agent",
        "redirect_uris": [callback(app)],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "none",
    })
}

/// An app, and the agent's document where it belongs.
fn start(on: Framework) -> (TestApp, FakeHttpClient) {
    let servers = FakeHttpClient::default();
    let app = on.start_with(described(&servers));
    servers.answer_json(Method::Get, ID, &agent(&app));
    (app, servers)
}

fn ask_as(app: &TestApp, id: &str) -> Reply {
    app.get(&target(app, &[("client_id", id), ("scope", "openid reports:read")])).browser().send()
}

/// How often the document was fetched.
fn fetched(servers: &FakeHttpClient) -> usize {
    servers.requests_to(Method::Get, ID).len()
}

pub(crate) fn a_client_is_read_from_its_url(on: Framework) {
    let (app, servers) = start(on);
    let metadata = app.get("/.well-known/oauth-authorization-server").send().expect(200).json();
    assert_eq!(metadata["client_id_metadata_document_supported"], true);
    let mut browser = Browser::new();
    let asked = [("client_id", ID), ("scope", "openid reports:read")];
    let page = browser.open(&url(&app, &asked));
    let page = log_in(&mut browser, &page, ALICE);
    assert!(page.text().contains("Agent (agent.example)"), "{}", page.text());
    let code = code(&app, &allow(&mut browser, &page));
    let redirect_uri = callback(&app);
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", ID),
        ("code", &*code),
        ("redirect_uri", &*redirect_uri),
        ("code_verifier", VERIFIER),
    ];
    let tokens = app.post("/auth/token").form(&fields).send().expect(200).json();
    let access = text(&tokens, "access_token");
    assert_eq!(app.get("/scoped").bearer(&access).send().text(), "hello alice");
    app.get("/private").bearer(&access).send().problem(403, "user_required");
    let told = app.get("/auth/userinfo").bearer(&access).send().expect(200).json();
    assert_eq!(told["sub"], app.user(ALICE).id.as_str());
    assert_eq!(fetched(&servers), 1, "it is kept");
    let request = &servers.requests_to(Method::Get, ID)[0];
    assert!(request.headers.iter().all(|(name, _)| name != "cookie" && name != "authorization"));
    // It is listed by its name, and taken back.
    let session = browser.cookie(&app.base, "session").unwrap();
    let grants = app.get("/auth/grants").session(session).send().expect(200).json();
    assert_eq!(
        (&grants["grants"][0]["client_id"], &grants["grants"][0]["name"]),
        (&json!(ID), &json!("Agent (agent.example)"))
    );
    let taken_back =
        format!("/auth/grants/{}", form_urlencoded::byte_serialize(ID.as_bytes()).collect::<String>());
    app.request("DELETE", &taken_back).session(session).send().expect(204);
    app.get("/scoped").bearer(&access).send().problem(401, "invalid_token");
}

pub(crate) fn what_does_not_hold_is_no_client(on: Framework) {
    let (app, servers) = start(on);
    let good = agent(&app);
    let refused = |number: usize, answer: OutboundResponse| {
        let id = format!("https://agent.example/{number}.json");
        servers.answer(Method::Get, &id, answer);
        let page = ask_as(&app, &id).expect(400);
        assert_eq!(page.header("location"), None, "{number}");
        let fields = [("grant_type", "refresh_token"), ("refresh_token", "x"), ("client_id", &*id)];
        app.post("/auth/token").form(&fields).send().oauth(401, "invalid_client");
        // Asked for no more than once within some seconds.
        assert_eq!(servers.requests_to(Method::Get, &id).len(), 1, "{number}");
    };
    let named = |number: usize, name: &str, value: Value| {
        let mut document = good.clone();
        document["client_id"] = json!(format!("https://agent.example/{number}.json"));
        document[name] = value;
        json_response(200, &document)
    };
    let documents = [
        ("client_id", json!(ID)),
        ("client_id", json!(null)),
        ("client_secret", json!("a secret that everybody reads")),
        ("client_secret_expires_at", json!(0)),
        ("token_endpoint_auth_method", json!("client_secret_basic")),
        ("token_endpoint_auth_method", json!("client_secret_post")),
        ("token_endpoint_auth_method", json!("private_key_jwt")),
        ("redirect_uris", json!([])),
        ("redirect_uris", json!(["javascript:alert(1)"])),
        ("redirect_uris", json!(["http://agent.example/cb"])),
        ("grant_types", json!(["client_credentials"])),
        ("client_name", json!("Agent\u{202e}")),
        ("logo_uri", json!("http://localhost/logo.png")),
        ("software_statement", json!("x")),
        ("padding", json!("x".repeat(11 * 1024))),
    ];
    let count = documents.len();
    for (number, (name, value)) in documents.into_iter().enumerate() {
        refused(number, named(number, name, value));
    }
    let document = named(count, "client_name", json!("Agent"));
    let moved = OutboundResponse::new(302, "").with_header("location", ID);
    let html = OutboundResponse::new(200, document.body).with_header("content-type", "text/html");
    let plain = || OutboundResponse::new(200, "[]").with_header("content-type", "application/json");
    for (number, answer) in
        [html, moved, json_response(404, &good), json_response(500, &good), plain()].into_iter().enumerate()
    {
        refused(count + number, answer);
    }
    // The very document, where it says so, is taken.
    ask_as(&app, ID).expect(303);
}

pub(crate) fn no_other_place_is_called(on: Framework) {
    let (app, servers) = start(on);
    for id in [
        "http://agent.example/client.json",
        "https://agent.example",
        "https://agent.example/",
        "https://agent.example/client.json?x=1",
        "https://agent.example/client.json#x",
        "https://user:pass@agent.example/client.json",
        "https://agent.example/a/../client.json",
        "https://AGENT.example/client.json",
        "https://localhost/client.json",
        "https://127.0.0.1/client.json",
        "https://10.0.0.1/client.json",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/client.json",
    ] {
        ask_as(&app, id).expect(400);
    }
    assert!(servers.requests().is_empty(), "{:?}", servers.requests());
}

pub(crate) fn a_document_is_read_again_when_it_says_so(on: Framework) {
    let (app, servers) = start(on);
    let answer = |said: &str| json_response(200, &agent(&app)).with_header("cache-control", said);
    let after = |seconds| {
        app.clock.advance(Duration::from_secs(seconds));
        let status = ask_as(&app, ID).status;
        (status, fetched(&servers))
    };
    servers.answer(Method::Get, ID, answer("max-age=300"));
    assert_eq!(after(0), (303, 1));
    assert_eq!(after(299), (303, 1));
    assert_eq!(after(1), (303, 2));
    servers.answer(Method::Get, ID, answer("no-store"));
    assert_eq!(after(300), (303, 3));
    assert_eq!(after(59), (303, 3), "a login is more than one request");
    // While nobody answers there it is what it was, and not asked for each time.
    servers.fail(Method::Get, ID, OutboundFault::Timeout);
    assert_eq!(after(1), (303, 4));
    assert_eq!(after(59), (303, 4));
    assert_eq!(after(24 * 60 * 60), (400, 5));
    // Nor for long after that.
    servers.answer(Method::Get, ID, answer("max-age=300"));
    assert_eq!(after(9), (400, 5));
    assert_eq!(after(1), (303, 6));
    // One that is taken away is gone.
    servers.answer(Method::Get, ID, OutboundResponse::new(404, ""));
    assert_eq!(after(300), (400, 7));
}

pub(crate) fn of_many_who_ask_at_once_one_fetches(on: Framework) {
    let (app, servers) = start(on);
    let requests = (0..10).map(|_| app.get(&target(&app, &[("client_id", ID)])).browser());
    let replies = at_once(requests.collect());
    assert!(replies.iter().all(|reply| reply.status == 303), "{replies:?}");
    assert_eq!(fetched(&servers), 1);
}

pub(crate) fn a_network_has_so_many_fetches(on: Framework) {
    let servers = FakeHttpClient::default();
    let app = on.start_with(|builder| {
        let limits = ThrottleConfig::default().network([Limit::new(5, Duration::from_secs(60))]);
        described(&servers)(builder).throttle(limits)
    });
    for number in 0..5 {
        ask_as(&app, &format!("https://agent.example/{number}.json")).expect(400);
    }
    ask_as(&app, "https://agent.example/5.json").expect(429);
    assert_eq!(servers.requests().len(), 5);
    // What is known costs nothing.
    for number in 0..5 {
        ask_as(&app, &format!("https://agent.example/{number}.json")).expect(400);
    }
}

pub(crate) fn nobody_is_asked_where_that_is_off(on: Framework) {
    let servers = FakeHttpClient::default();
    let client = servers.clone();
    let app = on.start_with(|builder| builder.server(ServerConfig::new()).http_client(client));
    ask_as(&app, ID).expect(400);
    assert!(servers.requests().is_empty());
    let metadata = app.get("/.well-known/oauth-authorization-server").send().expect(200).json();
    assert_eq!(metadata["client_id_metadata_document_supported"], json!(null));
}
