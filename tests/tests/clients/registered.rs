//! The clients that are registered, and what they are told of the server.

use std::sync::Arc;
use std::time::Duration;

use auth_core::clock::SystemClock;
use auth_core::server::{GrantType, OAuthClient, ServerConfig};
use conformance::{Framework, TestApp};
use serde_json::{Value, json};

/// Where browsers go after a logout. Nobody is there: they stop before it.
const LOGGED_OUT: &str = "https://shop.example/bye";

const SCOPES: [&str; 5] = ["openid", "profile", "email", "offline_access", "reports:read"];

/// The key of the robot: the example of RFC 7515 appendix A.3.
fn key() -> Value {
    json!({
        "kty": "EC", "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        "d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
    })
}

fn public_keys() -> String {
    let mut key = key();
    key.as_object_mut().unwrap().remove("d");
    json!({"keys": [key]}).to_string()
}

/// Where codes go: a page of the app's own, under a host that is not the server's.
pub(crate) fn callback(app: &TestApp) -> String {
    format!("http://127.0.0.1:{}/open", app.port)
}

/// A server by the real clock, since clients know no other.
pub(crate) fn start(on: Framework, secret: &str) -> TestApp {
    let shop = OAuthClient::new("shop").name("Shop").secret(secret);
    // A second use of a refresh token is a replay at once.
    let shop =
        shop.redirect_uris(["http://127.0.0.1/open"]).post_logout_redirect_uris([LOGGED_OUT]).scopes(SCOPES);
    let shop = shop.refresh_grace(Duration::ZERO);
    let machine =
        |id: &str| OAuthClient::new(id).grants([GrantType::ClientCredentials]).scopes(["reports:read"]);
    let tv =
        OAuthClient::new("tv").name("Television").grants([GrantType::DeviceCode]).scopes(["reports:read"]);
    let clients = [shop, machine("api").secret(secret), machine("robot").jwks(public_keys()), tv];
    let words = [("en", "Read your reports"), ("ko", "보고서 읽기")];
    let server = ServerConfig::new().clients(clients).scope("reports:read", words);
    on.start_with(|builder| builder.clock(Arc::new(SystemClock)).server(server))
}

/// What a script has to know.
pub(crate) fn settings(app: &TestApp, secret: &str) -> String {
    let user = conformance::ALICE;
    json!({
        "issuer": app.base, "redirect_uri": callback(app), "logged_out": LOGGED_OUT,
        "user": {"username": user.name, "password": user.password, "email": "alice@example.com"},
        "shop": {"id": "shop", "secret": secret}, "api": {"id": "api", "secret": secret},
        "robot": {"id": "robot", "key": key()}, "tv": {"id": "tv"},
    })
    .to_string()
}
