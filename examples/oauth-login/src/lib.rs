//! Logging in with others and nothing else: GitHub by its preset, any OpenID Connect provider by its issuer. Who comes for the
//! first time gets an account; nobody has a password.

use auth_axum::MaybeUser;
use auth_core::Auth;
use auth_core::provider::ProviderConfig;
use axum::Router;
use axum::routing::get;

/// The providers that the environment has a client for.
pub fn providers(variable: impl Fn(&str) -> Option<String>) -> Vec<ProviderConfig> {
    let github = || {
        let client = ProviderConfig::preset("github", variable("GITHUB_CLIENT_ID")?);
        Some(client.client_secret(variable("GITHUB_CLIENT_SECRET")?))
    };
    let work = || {
        let client =
            ProviderConfig::openid_connect("work", variable("OIDC_ISSUER")?, variable("OIDC_CLIENT_ID")?);
        Some(match variable("OIDC_CLIENT_SECRET") {
            Some(secret) => client.client_secret(secret),
            None => client,
        })
    };
    [github(), work()].into_iter().flatten().collect()
}

/// One route of its own; the way in is `/auth/login`, what is connected `/auth/accounts`.
pub fn app(auth: &Auth) -> Router {
    Router::new().route("/", get(home)).merge(auth_axum::routes(auth)).layer(auth_axum::layer(auth))
}

async fn home(user: MaybeUser) -> String {
    match user.as_ref() {
        Some(user) => format!("hello {}", user.username()),
        None => "hello stranger, log in at /auth/login".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use auth_core::outbound::Method;
    use auth_core::store::MemoryStore;
    use auth_core::testing::FakeHttpClient;
    use axum::body::{Body, to_bytes};
    use axum::http::{Request, Response, StatusCode};
    use serde_json::json;
    use tower::ServiceExt as _;

    use super::*;

    const SECRET: &str = "8cvmFWDeVzXDUT+kNs1mHBVszY0JhbKgPa4eYRY2GpQ=";

    /// GitHub as its documentation describes it, with one person.
    fn github() -> FakeHttpClient {
        let github = FakeHttpClient::default();
        let token =
            json!({"access_token": "gho_16C7e42F292c6912E7710c838347Ae178B4a", "token_type": "bearer"});
        github.answer_json(Method::Post, "https://github.com/login/oauth/access_token", &token);
        let user = json!({"id": 583_231, "login": "octocat", "name": "The Octocat"});
        github.answer_json(Method::Get, "https://api.github.com/user", &user);
        let emails = json!([{"email": "octocat@example.com", "primary": true, "verified": true}]);
        github.answer_json(Method::Get, "https://api.github.com/user/emails", &emails);
        github
    }

    async fn start() -> Router {
        let variable = |name: &str| match name {
            "GITHUB_CLIENT_ID" => Some("Iv1.8a61f9b3a7aba766".to_owned()),
            "GITHUB_CLIENT_SECRET" => Some("0123456789abcdef".to_owned()),
            _ => None,
        };
        let builder = Auth::builder().base_url("http://localhost:3000").secret_text(SECRET);
        let builder = builder.store(MemoryStore::new()).http_client(github());
        app(&builder.providers(providers(variable)).build().await.unwrap())
    }

    async fn call(app: &Router, request: axum::http::request::Builder) -> Response<Body> {
        app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    fn header(response: &Response<Body>, name: &str) -> String {
        response.headers()[name].to_str().unwrap().to_owned()
    }

    #[tokio::test]
    async fn somebody_logs_in_with_github() {
        let app = start().await;
        let start = call(&app, Request::post("/auth/login/github")).await;
        assert_eq!(start.status(), StatusCode::SEE_OTHER);
        let there = header(&start, "location");
        assert!(there.starts_with("https://github.com/login/oauth/authorize?"), "{there}");
        let state = there.split(['?', '&']).find_map(|pair| pair.strip_prefix("state=")).unwrap();
        let cookie = header(&start, "set-cookie");
        let back = format!("/auth/login/github/callback?code=0123456789&state={state}");
        let back = call(&app, Request::get(back).header("cookie", cookie.split(';').next().unwrap())).await;
        assert_eq!((back.status(), header(&back, "location")), (StatusCode::SEE_OTHER, "/".to_owned()));
        let session = header(&back, "set-cookie");
        let home = call(&app, Request::get("/").header("cookie", session.split(';').next().unwrap())).await;
        assert_eq!(to_bytes(home.into_body(), 1024).await.unwrap(), "hello octocat");
    }

    #[tokio::test]
    async fn a_code_without_the_state_that_was_sent_is_refused() {
        let back = call(&start().await, Request::get("/auth/login/github/callback?code=x&state=y")).await;
        assert_eq!(back.status(), StatusCode::BAD_REQUEST);
        assert!(back.headers().get("set-cookie").is_none());
    }
}
