//! Clients that register themselves (RFC 7591), and manage that (RFC 7592).

use std::time::Duration;

use auth_core::AuthBuilder;
use auth_core::server::{ClientRegistration, ServerConfig};
use auth_core::throttle::{Limit, ThrottleConfig};
use conformance::{ALICE, Browser, Framework, Reply, Request, TestApp};
use serde_json::{Value, json};

use crate::races::at_once;
use crate::registered::INITIAL_TOKEN;
use crate::relying_party::{VERIFIER, allow, callback, code, log_in, text, url};

fn registering(by: ClientRegistration) -> impl FnOnce(AuthBuilder) -> AuthBuilder {
    |builder| {
        let words = [("en", "Read your reports"), ("ko", "보고서 읽기")];
        let server = ServerConfig::new().scope("reports:read", words).scope("reports:write", words);
        let scopes = ["openid", "profile", "offline_access", "reports:read"];
        builder.server(server.client_registration(by).registrable_scopes(scopes))
    }
}

fn open() -> impl FnOnce(AuthBuilder) -> AuthBuilder {
    registering(ClientRegistration::Open)
}

fn by_token() -> impl FnOnce(AuthBuilder) -> AuthBuilder {
    registering(ClientRegistration::InitialAccessToken(INITIAL_TOKEN.into()))
}

fn register(app: &TestApp, metadata: &Value) -> Reply {
    app.post("/auth/clients").bearer(INITIAL_TOKEN).json(metadata).send()
}

/// A request to where a client manages its registration.
fn managing(app: &TestApp, method: &str, client: &Value) -> Request {
    let place = text(client, "registration_client_uri");
    let path = place.strip_prefix(&app.base).unwrap_or_else(|| panic!("elsewhere: {place}"));
    app.request(method, path).bearer(&text(client, "registration_access_token"))
}

/// What an agent registers.
fn agent(app: &TestApp) -> Value {
    json!({
        "client_name": "Agent",
        "redirect_uris": [callback(app)],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        "scope": "openid reports:read",
    })
}

/// Somebody lets the client in, and it brings the code.
fn let_in(app: &TestApp, client: &Value) -> Reply {
    let id = text(client, "client_id");
    let mut browser = Browser::new();
    let page = browser.open(&url(app, &[("client_id", &id), ("scope", "openid reports:read")]));
    let page = log_in(&mut browser, &page, ALICE).expect(200);
    assert!(page.text().contains("Agent") && page.text().contains("127.0.0.1"), "{}", page.text());
    let code = code(app, &allow(&mut browser, &page));
    let redirect_uri = callback(app);
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", &*id),
        ("code", &*code),
        ("redirect_uri", &*redirect_uri),
        ("code_verifier", VERIFIER),
    ];
    app.post("/auth/token").form(&fields).send()
}

fn refresh(app: &TestApp, client: &Value, tokens: &Value) -> Reply {
    let (id, token) = (text(client, "client_id"), text(tokens, "refresh_token"));
    let fields = [("grant_type", "refresh_token"), ("client_id", &*id), ("refresh_token", &*token)];
    app.post("/auth/token").form(&fields).send()
}

fn registers_and_is_used(app: &TestApp) {
    let metadata = app.get("/.well-known/oauth-authorization-server").send().expect(200).json();
    assert_eq!(metadata["registration_endpoint"], format!("{}/auth/clients", app.base));
    // Nobody has to bring anything.
    let reply = app.post("/auth/clients").json(&agent(app)).send().expect(201);
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let client = reply.json();
    let mut wished = agent(app);
    wished["client_id_issued_at"] = json!(1_700_000_000);
    for (name, value) in wished.as_object().unwrap() {
        assert_eq!(&client[name], value, "{name}: {client}");
    }
    assert_eq!(managing(app, "GET", &client).send().expect(200).json(), client);
    let tokens = let_in(app, &client).expect(200).json();
    assert_eq!(tokens["scope"], "openid reports:read");
    let access = text(&tokens, "access_token");
    app.get("/scoped").bearer(&access).send().expect(200);
    app.get("/private").bearer(&access).send().problem(403, "user_required");
    managing(app, "DELETE", &client).send().expect(204);
    // With it, all that it held is gone.
    app.get("/scoped").bearer(&access).send().problem(401, "invalid_token");
    refresh(app, &client, &tokens).oauth(401, "invalid_client");
    for method in ["GET", "DELETE"] {
        managing(app, method, &client).send().oauth(401, "invalid_token");
    }
}

pub(crate) fn anybody_registers_a_public_client_where_that_is_open(on: Framework) {
    registers_and_is_used(&on.start_with(open()));
}

pub(crate) fn anybody_registers_a_public_client_on_sqlite(on: Framework) {
    registers_and_is_used(&on.start_on_sqlite_with(open()));
}

pub(crate) fn what_anybody_registers_is_no_more_than_that(on: Framework) {
    let app = on.start_with(open());
    let wished = json!({
        "redirect_uris": ["https://agent.example/cb", "http://127.0.0.1/cb", "com.example.agent:/cb"],
        "grant_types": ["implicit", "authorization_code", "client_credentials",
            "urn:ietf:params:oauth:grant-type:device_code", "urn:ietf:params:oauth:grant-type:token-exchange"],
        "response_types": ["code", "token"],
        "scope": "openid reports:read reports:write admin",
        "token_endpoint_auth_method": "client_secret_basic",
        "first_party": true,
        "client_id": "shop",
        "client_secret": "a secret of the client's own making",
        "resources": ["https://api.example"],
        "jwks": {"keys": []},
        "logo_uri": "https://agent.example/logo.png",
    });
    let client = register(&app, &wished).expect(201).json();
    assert_eq!(client["grant_types"], json!(["authorization_code"]));
    assert_eq!(client["response_types"], json!(["code"]));
    assert_eq!(
        (&client["scope"], &client["token_endpoint_auth_method"]),
        (&json!("openid reports:read"), &json!("none"))
    );
    assert_eq!(client["redirect_uris"], wished["redirect_uris"]);
    assert_ne!(client["client_id"], "shop");
    for absent in
        ["client_secret", "client_secret_expires_at", "first_party", "resources", "jwks", "logo_uri"]
    {
        assert_eq!(client[absent], json!(null), "{absent}");
    }
    let id = text(&client, "client_id");
    let found = app.block_on(app.auth.server().unwrap().clients().find(&id)).unwrap().unwrap();
    assert!(found.is_public() && found.is_self_registered() && !found.is_first_party());
    // What is not said is the least, and all scopes that such clients have.
    let client = register(&app, &json!({"redirect_uris": ["https://agent.example/cb"]})).expect(201).json();
    assert_eq!(client["grant_types"], json!(["authorization_code"]));
    assert_eq!(client["scope"], "openid profile offline_access reports:read");
}

pub(crate) fn with_an_initial_access_token_clients_may_have_secrets(on: Framework) {
    let app = on.start_with(by_token());
    let metadata = json!({
        "redirect_uris": [callback(&app)],
        "grant_types": ["authorization_code", "refresh_token"],
    });
    for request in [app.post("/auth/clients"), app.post("/auth/clients").bearer("guess")] {
        let refused = request.json(&metadata).send().oauth(401, "invalid_token");
        assert!(refused.header("www-authenticate").unwrap().starts_with("Bearer realm="), "{refused:?}");
    }
    let client = register(&app, &metadata).expect(201).json();
    assert_eq!(client["token_endpoint_auth_method"], "client_secret_basic");
    assert_eq!(client["client_secret_expires_at"], 0);
    let (id, secret) = (text(&client, "client_id"), text(&client, "client_secret"));
    let proves = |secret: &str| {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", "x")];
        app.post("/auth/token").basic(&id, secret).form(&fields).send()
    };
    proves(&secret).oauth(400, "invalid_grant");
    proves("a guess").oauth(401, "invalid_client");
    // It is not told again.
    let shown = managing(&app, "GET", &client).send().expect(200).json();
    assert_eq!(shown["client_secret"], json!(null));
    // It stays as long as it is used, and is another one once it was not.
    let replace = |more: Value| {
        let mut metadata = metadata.clone();
        metadata["client_id"] = json!(id);
        metadata.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        managing(&app, "PUT", &client).json(&metadata).send()
    };
    let replaced = replace(json!({"client_secret": secret, "client_name": "Shop"})).expect(200).json();
    assert_eq!((&replaced["client_name"], &replaced["client_secret"]), (&json!("Shop"), &json!(null)));
    proves(&secret).oauth(400, "invalid_grant");
    replace(json!({"client_secret": "another"})).oauth(400, "invalid_client_metadata");
    replace(json!({"token_endpoint_auth_method": "none"})).expect(200);
    proves(&secret).oauth(401, "invalid_client");
    let again = replace(json!({"token_endpoint_auth_method": "client_secret_basic"})).expect(200).json();
    proves(&secret).oauth(401, "invalid_client");
    proves(&text(&again, "client_secret")).oauth(400, "invalid_grant");
    assert_eq!(again["client_name"], json!(null), "it is replaced whole");
}

/// AS-03.
pub(crate) fn what_cannot_be_registered_is_refused_by_its_code(on: Framework) {
    let app = on.start_with(by_token());
    let with = |name: &str, value: Value| {
        let mut metadata = json!({"redirect_uris": ["https://agent.example/cb"]});
        metadata[name] = value;
        register(&app, &metadata)
    };
    let long = format!("https://agent.example/{}", "x".repeat(2_000));
    let uris = [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "https://agent.example/cb#x",
        "https://*.agent.example/cb",
        "http://agent.example/cb",
        "https://user:pass@agent.example/cb",
        "https://AGENT.example/cb",
        "myapp:/cb",
        "/cb",
        "",
        &long,
    ];
    for uri in uris {
        with("redirect_uris", json!([uri])).oauth(400, "invalid_redirect_uri");
        with("post_logout_redirect_uris", json!([uri])).oauth(400, "invalid_client_metadata");
    }
    for value in [
        json!([]),
        json!("https://agent.example/cb"),
        json!([1]),
        json!(vec!["https://agent.example/cb"; 21]),
    ] {
        with("redirect_uris", value).oauth(400, "invalid_redirect_uri");
    }
    let urls = ["backchannel_logout_uri", "client_uri", "logo_uri", "policy_uri", "tos_uri"];
    for name in urls {
        for url in uris.into_iter().chain([
            "http://localhost:9876/x",
            "https://localhost/x",
            "https://127.0.0.1/x",
            "https://10.0.0.1/x",
            "https://169.254.169.254/latest/meta-data/",
            "https://[::1]/x",
            "com.example.agent:/x",
        ]) {
            with(name, json!(url)).oauth(400, "invalid_client_metadata");
        }
        with(name, json!("https://agent.example/x")).expect(201);
    }
    for (name, value) in [
        ("client_name", json!("x".repeat(101))),
        ("client_name", json!("Agent\u{202e}")),
        ("client_name", json!("A\ngent")),
        ("client_name", json!(["Agent"])),
        ("grant_types", json!(["client_credentials"])),
        ("grant_types", json!(["refresh_token"])),
        ("grant_types", json!("authorization_code")),
        ("response_types", json!(["token"])),
        ("scope", json!(["openid"])),
        ("token_endpoint_auth_method", json!("tls_client_auth")),
        ("token_endpoint_auth_method", json!("private_key_jwt")),
        ("subject_type", json!("pairwise")),
        ("sector_identifier_uri", json!("https://agent.example/sector.json")),
        ("id_token_signed_response_alg", json!("RS256")),
        ("require_pushed_authorization_requests", json!("yes")),
    ] {
        with(name, value.clone()).oauth(400, "invalid_client_metadata");
    }
    with("software_statement", json!("eyJhbGciOiJub25lIn0.e30.")).oauth(400, "unapproved_software_statement");
    let keyed = |name: &str, value: Value| {
        let mut metadata = json!({
            "redirect_uris": ["https://agent.example/cb"], "token_endpoint_auth_method": "private_key_jwt",
        });
        metadata[name] = value;
        register(&app, &metadata)
    };
    let public = json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
    keyed("jwks", json!({"keys": [public]})).expect(201);
    let mut private = public.clone();
    private["d"] = json!("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
    for keys in [
        json!({"keys": [private]}),
        json!({"keys": [{"kty": "oct", "k": "AAAA"}]}),
        json!({"keys": []}),
        json!("x"),
    ] {
        keyed("jwks", keys).oauth(400, "invalid_client_metadata");
    }
    keyed("jwks_uri", json!("https://agent.example/jwks.json")).expect(201);
    keyed("jwks_uri", json!("http://localhost:9876/jwks.json")).oauth(400, "invalid_client_metadata");
    // What is no JSON object at all.
    let send =
        |kind: &str, body: &str| app.post("/auth/clients").bearer(INITIAL_TOKEN).body(kind, body).send();
    send("application/x-www-form-urlencoded", "client_name=x").oauth(415, "invalid_request");
    for body in ["", "[]", "{\"client_name\":\"a\",\"client_name\":\"b\"}", "{\"client_name\":\"a\\u0000\"}"]
    {
        send("application/json", body).oauth(400, "invalid_request");
    }
}

pub(crate) fn nobody_changes_another_clients_registration(on: Framework) {
    let app = on.start_with(open());
    let (one, other) =
        (register(&app, &agent(&app)).expect(201).json(), register(&app, &agent(&app)).expect(201).json());
    let theirs = text(&other, "registration_access_token");
    let path = format!("/auth/clients/{}", text(&one, "client_id"));
    let mut metadata = agent(&app);
    metadata["client_id"] = one["client_id"].clone();
    for token in [&*theirs, "", "x", INITIAL_TOKEN] {
        for method in ["GET", "DELETE"] {
            app.request(method, &path).bearer(token).send().oauth(401, "invalid_token");
        }
        app.request("PUT", &path).bearer(token).json(&metadata).send().oauth(401, "invalid_token");
    }
    app.get(&path).send().oauth(401, "invalid_token");
    app.get("/auth/clients/nobody").bearer(&theirs).send().oauth(401, "invalid_token");
    // A client stays who it is, and sends nothing back that is not its own to say.
    let put = |metadata: &Value| managing(&app, "PUT", &one).json(metadata).send();
    metadata["client_id"] = other["client_id"].clone();
    put(&metadata).oauth(400, "invalid_client_metadata");
    metadata["client_id"] = one["client_id"].clone();
    for name in ["registration_access_token", "registration_client_uri", "client_id_issued_at"] {
        let mut echoed = metadata.clone();
        echoed[name] = one[name].clone();
        put(&echoed).oauth(400, "invalid_client_metadata");
    }
    // Nor does it become more than anybody may register.
    metadata["grant_types"] = json!(["authorization_code", "client_credentials"]);
    metadata["token_endpoint_auth_method"] = json!("client_secret_post");
    let replaced = put(&metadata).expect(200).json();
    assert_eq!(replaced["grant_types"], json!(["authorization_code"]));
    assert_eq!(replaced["token_endpoint_auth_method"], "none");
    // One that the operator disabled manages nothing any more.
    let id = text(&one, "client_id");
    app.block_on(app.auth.server().unwrap().clients().disable(&id)).unwrap();
    managing(&app, "GET", &one).send().oauth(401, "invalid_token");
}

pub(crate) fn a_client_that_nobody_uses_is_gone(on: Framework) {
    let day = Duration::from_secs(24 * 60 * 60);
    let app = on.start_with(open());
    let (unused, used) =
        (register(&app, &agent(&app)).expect(201).json(), register(&app, &agent(&app)).expect(201).json());
    let_in(&app, &used).expect(200);
    app.clock.advance(day - Duration::from_secs(1));
    managing(&app, "GET", &unused).send().expect(200);
    app.clock.advance(Duration::from_secs(1));
    managing(&app, "GET", &unused).send().oauth(401, "invalid_token");
    app.block_on(app.auth.remove_expired()).unwrap();
    managing(&app, "GET", &used).send().expect(200);
    app.clock.advance(88 * day);
    managing(&app, "GET", &used).send().expect(200);
    app.clock.advance(day);
    managing(&app, "GET", &used).send().oauth(401, "invalid_token");
}

pub(crate) fn registrations_are_limited(on: Framework) {
    let app = on.start_with(|builder| {
        let limits = ThrottleConfig::default().network([Limit::new(5, Duration::from_secs(60))]);
        open()(builder).throttle(limits)
    });
    for _ in 0..5 {
        register(&app, &agent(&app)).expect(201);
    }
    let limited = register(&app, &agent(&app)).oauth(429, "temporarily_unavailable");
    assert!(limited.header("retry-after").is_some());
}

pub(crate) fn of_many_changes_at_once_none_brings_a_client_back(on: Framework) {
    let app = on.start_with(open());
    let client = register(&app, &agent(&app)).expect(201).json();
    let mut requests: Vec<_> = (0..12)
        .map(|number| {
            let mut metadata = agent(&app);
            metadata["client_id"] = client["client_id"].clone();
            metadata["client_name"] = json!(format!("Agent {number}"));
            managing(&app, "PUT", &client).json(&metadata)
        })
        .collect();
    requests.insert(6, managing(&app, "DELETE", &client));
    let replies = at_once(requests);
    assert!(replies.iter().all(|reply| matches!(reply.status, 200 | 204 | 401 | 503)), "{replies:?}");
    assert_eq!(replies.iter().filter(|reply| reply.status == 204).count(), 1);
    managing(&app, "GET", &client).send().oauth(401, "invalid_token");
}

pub(crate) fn nobody_registers_where_that_is_off(on: Framework) {
    let app = on.start_with(registering(ClientRegistration::Off));
    register(&app, &agent(&app)).problem(404, "not_found");
    app.get("/auth/clients/x").send().problem(404, "not_found");
    let metadata = app.get("/.well-known/oauth-authorization-server").send().expect(200).json();
    assert_eq!(metadata["registration_endpoint"], json!(null));
}
