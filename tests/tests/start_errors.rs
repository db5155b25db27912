//! Whatever stops a program at its start reads like a sentence: no struct as Rust prints it, no escape that somebody forgot, and
//! something to do.

#![expect(clippy::unwrap_used, reason = "a test that fails is a test that panics")]

use std::fs;
use std::path::Path;
use std::time::Duration;

use auth_core::http::TrustedProxies;
use auth_core::key::{ApplicationSecrets, SigningAlgorithm, SigningKey};
use auth_core::oauth_client::ClientAuthentication;
use auth_core::password::{Argon2Params, PasswordConfig, PasswordPolicy};
use auth_core::provider::{ProviderConfig, ProviderEndpoints};
use auth_core::resource::{OutsideIssuer, SharedSecretJwt};
use auth_core::session::SessionConfig;
use auth_core::store::MemoryStore;
use auth_core::throttle::{Limit, ThrottleConfig};
use auth_core::{Auth, AuthBuilder, Error};
use auth_store::{
    DjangoOptions, DjangoStore, DjangoTables, RedisStore, RedisStoreOptions, SqlStore, SqlStoreOptions,
};

const SECRET: &str = "8FVPSUbjPLqLxpb4tfOALt7bNsXG2K/zSIrcBghagLA=";

/// What is wrong with what an operator reads: the message, and what `main` prints of it.
fn faults(error: &Error) -> Vec<String> {
    let debris = [
        ("\\", "an escape"),
        (" { ", "a struct"),
        ("Some(", "a value"),
        ("Err(", "a value"),
        ("None", "a value"),
        ("(\"", "a value"),
        ("[\"", "a list"),
    ];
    let mut faults = Vec::new();
    for text in [error.to_string(), format!("{error:?}"), format!("{error:#?}")] {
        // What stands between backquotes is shown as it was given.
        let own: String = text.split('`').step_by(2).collect();
        let found = debris.iter().filter(|(debris, _)| own.contains(debris));
        faults.extend(found.map(|(_, what)| format!("{what}: {text}")));
        if text.split_whitespace().count() < 4 || text.contains(char::is_control) || text.ends_with('.') {
            faults.push(format!("no sentence: {text:?}"));
        }
    }
    faults
}

fn good() -> AuthBuilder {
    Auth::builder().base_url("http://localhost:3000").secret_text(SECRET).store(MemoryStore::new())
}

fn base_urls() -> Vec<AuthBuilder> {
    let wrong = [
        "",
        "localhost:3000",
        "app.example",
        "//app.example",
        "ftp://app.example",
        "http://app.example",
        "https://app.example/?a=b",
        "https://app.example/#a",
        "https://user:password@app.example",
        "https://app.example/a b",
        "https://app.example/{a}",
        "https://",
        "a\nb",
    ];
    wrong.into_iter().map(|url| good().base_url(url)).collect()
}

fn settings() -> Vec<AuthBuilder> {
    let (minute, none) = (Duration::from_secs(60), Duration::ZERO);
    let weak = Argon2Params::insecure_any_cost(8, 1, 1).unwrap();
    let nothing: [Limit; 0] = [];
    vec![
        Auth::builder(),
        Auth::builder().base_url("http://localhost:3000").store(MemoryStore::new()),
        Auth::builder().base_url("http://localhost:3000").secret_text(SECRET),
        good().secret_text(""),
        good().secret_text("not base64!"),
        good().secret_text("c2hvcnQ="),
        good().secret_from_env("AUTH_SECRET_THAT_NOBODY_SETS"),
        good().route_prefix("auth"),
        good().route_prefix("/{auth}"),
        good().login_redirect("https://evil.example"),
        good().session_cookie("a b"),
        good().session_cookie("__Host-a"),
        good().allow_origin("app.example"),
        good().allow_origin("https://app.example/path"),
        good().texts("login-title = {"),
        good().texts("no-such-text = x"),
        good().texts("login-title = { $nothing }"),
        good().sessions(SessionConfig::default().idle(minute)),
        good().sessions(SessionConfig::default().absolute(minute)),
        good().throttle(ThrottleConfig::default().network(nothing)),
        good().throttle(ThrottleConfig::default().account([Limit::new(0, none)])),
        good().announce_keys_for(minute),
        good().password(PasswordConfig::default().with_threads(0)),
        good().password(PasswordConfig::default().with_queue(usize::MAX)),
        good().base_url("https://app.example").password(PasswordConfig::default().with_params(weak)),
        good().base_url("https://app.example").throttle(ThrottleConfig::insecure_off()),
        good().signing_keys([]),
    ]
}

fn providers() -> Vec<AuthBuilder> {
    let github = || ProviderConfig::preset("github", "id").client_secret("secret");
    let work = || ProviderConfig::openid_connect("work", "https://login.example.com", "app");
    let endpoints = |authorization: &str| ProviderEndpoints {
        authorization: authorization.to_owned(),
        token: "https://api.example/token".to_owned(),
        userinfo: "https://api.example/me".to_owned(),
    };
    let one = vec![
        ProviderConfig::preset("githup", "id"),
        ProviderConfig::preset("github", "id"),
        ProviderConfig::preset("github", "").client_secret("secret"),
        ProviderConfig::preset("apple", "id"),
        ProviderConfig::preset("apple", "id").apple_key("no key", "ABC123DEFG", "DEF123GHIJ"),
        ProviderConfig::preset("auth0", "id").client_secret("secret"),
        ProviderConfig::preset("keycloak", "id").domain("sso.example.com").client_secret("secret"),
        ProviderConfig::preset("microsoft", "id").tenant("a b").client_secret("secret"),
        ProviderConfig::openid_connect("work", "http://login.example.com", "app"),
        ProviderConfig::openid_connect("work", "login.example.com", "app"),
        ProviderConfig::openid_connect("Work {}", "https://login.example.com", "app"),
        ProviderConfig::oauth2("forge", endpoints("not a url"), "app"),
        work().scopes(["email"]),
        work().scopes([""]),
        work().label(" "),
        work().authorization_parameter("state", "x"),
        work().userinfo_header("accept", "x"),
        work().trusted_email_domains(["*.example.com"]),
        work().id_token_signed_response_alg("none"),
        github().max_age(Duration::from_secs(1)),
        github().api_origins(["https://api.example.com/v1"]),
    ];
    let mut all: Vec<_> = one.into_iter().map(|entry| good().provider(entry)).collect();
    all.push(good().providers([github(), github()]));
    all
}

fn outside_issuers() -> Vec<AuthBuilder> {
    let jwt = || OutsideIssuer::jwt("https://login.example.com").audience("https://api.example");
    let asked = || OutsideIssuer::introspection("https://login.example.com", "", ClientAuthentication::None);
    vec![
        good().outside_issuer(OutsideIssuer::jwt("https://login.example.com")),
        good().outside_issuer(OutsideIssuer::jwt("not an issuer").audience("a")),
        good().outside_issuer(OutsideIssuer::jwt("http://login.example.com").audience("a")),
        good().outside_issuer(OutsideIssuer::jwt("https://login.example.com?a=b").audience("a")),
        good().outside_issuer(OutsideIssuer::jwt("http://localhost:3000").audience("a")),
        good().outside_issuer(jwt().leeway(Duration::from_secs(61))),
        good().outside_issuer(jwt().token_kind("refresh")),
        good().outside_issuer(jwt().algorithms([])),
        good().outside_issuer(jwt()).outside_issuer(jwt()),
        good().outside_issuer(asked().audience("a")),
        good().shared_secret_tokens(SharedSecretJwt::hs256(SECRET).unwrap().token_kind("refresh")),
    ]
}

#[tokio::test]
async fn what_is_wrong_with_a_setting_is_said_in_a_sentence() {
    let mut wrong = Vec::new();
    let all = [
        ("a base URL", base_urls()),
        ("a setting", settings()),
        ("a provider", providers()),
        ("an issuer", outside_issuers()),
    ];
    for (kind, number, builder) in all.into_iter().flat_map(|(kind, builders)| {
        builders.into_iter().enumerate().map(move |(number, builder)| (kind, number, builder))
    }) {
        match builder.build().await {
            Ok(_) => wrong.push(format!("{kind}, number {number}, is not refused")),
            Err(error) => wrong.extend(faults(&error)),
        }
    }
    let pem = |text: &str| SigningKey::from_pem(SigningAlgorithm::Es256, text).map(drop);
    for refused in [
        pem("no key"),
        pem("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"),
        SigningKey::from_pem(SigningAlgorithm::Hs256, "x").map(drop),
        SigningKey::from_hmac_secret(b"short").map(drop),
        SigningKey::from_env(SigningAlgorithm::EdDsa, "A_VARIABLE_THAT_NOBODY_SETS").map(drop),
        ApplicationSecrets::from_text("").map(drop),
        ApplicationSecrets::new(0, &[1; 32]).map(drop),
        ApplicationSecrets::new(1, b"short").map(drop),
        TrustedProxies::parse("").map(drop),
        TrustedProxies::parse("10.0.0.0/33").map(drop),
        Argon2Params::new(8, 1, 1).map(drop),
        PasswordPolicy::default().min_length(1).map(drop),
        SharedSecretJwt::hs256("short").map(drop),
        SharedSecretJwt::hs256_base64("!").map(drop),
        SharedSecretJwt::hs256_hex("!").map(drop),
    ] {
        wrong.extend(faults(&refused.unwrap_err()));
    }
    assert_eq!(wrong, [""; 0]);
}

#[tokio::test]
async fn what_is_wrong_with_a_store_is_said_in_a_sentence() {
    let mut wrong = Vec::new();
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    fs::write(folder.path().join("text.db"), "this is no database, and long enough to be looked at").unwrap();
    for url in [
        "",
        "app.db",
        "mongodb://localhost/app",
        "sqlite:",
        "sqlite:app.db?mode=rwx",
        "postgres://127.0.0.1:1/app?connect_timeout=1",
        "postgres://user@host:port/app",
        "postgres://127.0.0.1/app?sslmode=maybe",
        &format!("sqlite:{}", at("missing.db")),
        &format!("sqlite:{}?mode=rwc", at("no/folder/app.db")),
        &format!("sqlite:{}", at("text.db")),
    ] {
        wrong.extend(faults(&SqlStore::connect(url).await.unwrap_err()));
    }
    let options = SqlStoreOptions::default;
    for options in
        [options().timeout(Duration::ZERO), options().max_connections(1), options().table_prefix("a b")]
    {
        wrong.extend(faults(&SqlStore::connect_with("sqlite::memory:", &options).await.unwrap_err()));
    }
    for url in [
        "",
        "http://127.0.0.1",
        "redis://127.0.0.1:1",
        "redis://127.0.0.1/zero",
        "redis://127.0.0.1/0?a=b",
        "redis-sentinel://127.0.0.1",
        "redis-cluster://127.0.0.1/1",
    ] {
        wrong.extend(faults(&RedisStore::connect(url).await.unwrap_err()));
    }
    let options = RedisStoreOptions::default().key_prefix("no colon");
    wrong.extend(faults(&RedisStore::connect_with("redis://127.0.0.1:1", &options).await.unwrap_err()));
    rusqlite::Connection::open(at("empty.db")).unwrap().execute_batch("CREATE TABLE x (y)").unwrap();
    for url in ["", "sqlite::memory:", "mysql://localhost/shop", &format!("sqlite:{}", at("empty.db"))] {
        let refused = DjangoStore::connect(url, DjangoOptions::take_over()).await;
        wrong.extend(faults(&refused.err().unwrap()));
    }
    wrong.extend(faults(&DjangoTables::of_user_model("Person").err().unwrap()));
    assert_eq!(wrong, [""; 0]);
}

/// Those too that no test here brings about: none is written with a value as Rust prints it.
#[test]
fn no_setting_is_refused_with_a_value_as_rust_prints_it() {
    let mut calls = 0;
    for package in
        ["auth-core", "auth-store", "auth-axum", "auth-actix", "auth-rocket", "auth-cli", "examples/shared"]
    {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(package).join("src");
        each_source(&folder, &mut |path, source| {
            for call in source.split("configuration(").skip(1) {
                let call = call.split(";\n").next().unwrap_or_default();
                for debris in [":?}", ":#?}", "\\n"] {
                    assert!(!call.contains(debris), "{}: {call}", path.display());
                }
                calls += 1;
            }
        });
    }
    assert!(calls > 100, "{calls}");
}

/// Each file of a folder and its folders, but for tests.
fn each_source(folder: &Path, visit: &mut impl FnMut(&Path, &str)) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.file_stem().is_some_and(|name| name == "tests") {
            continue;
        }
        match path.is_dir() {
            true => each_source(&path, visit),
            false => visit(
                &path,
                fs::read_to_string(&path).unwrap().split("#[cfg(test)]\nmod tests {").next().unwrap(),
            ),
        }
    }
}
