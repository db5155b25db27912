use auth_core::store::MemoryStore;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use axum::routing::{get, post};
use tower::ServiceExt as _;

use crate::{CurrentUser, MaybeUser, Rejection};

async fn auth() -> auth_core::Auth {
    auth_core::Auth::builder()
        .base_url("http://localhost:3000")
        .secret_text("MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0dXY")
        .store(MemoryStore::new())
        .build()
        .await
        .unwrap()
}

async fn app() -> Router {
    let auth = auth().await;
    Router::new()
        .route("/maybe", get(async |_user: MaybeUser| "ok"))
        .route("/option", get(async |_user: Option<CurrentUser>| "ok"))
        .route("/result", get(async |_user: Result<CurrentUser, Rejection>| "ok"))
        .route("/write", post(async |_user: CurrentUser, _body: String| "ok"))
        .merge(crate::routes(&auth))
        .layer(crate::layer(&auth))
}

fn request(method: &str, path: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(path)
}

#[tokio::test]
async fn a_guard_without_the_layer_is_an_error_of_the_server() {
    let app: Router = Router::new().route("/", get(async |_user: CurrentUser| "ok"));
    let response = app.oneshot(request("GET", "/").body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
}

#[tokio::test]
async fn a_guard_decides_before_the_body_is_parsed() {
    let request = request("POST", "/write").body(Body::from(vec![0xff])).unwrap();
    let response = app().await.oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    let body = to_bytes(response.into_body(), 1024).await.unwrap();
    assert!(std::str::from_utf8(&body).unwrap().contains("unauthenticated"));
}

#[tokio::test]
async fn nobody_is_let_in_where_nobody_is_asked_for() {
    for path in ["/maybe", "/option", "/result"] {
        let response = app().await.oneshot(request("GET", path).body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn a_bad_token_is_refused_however_the_guard_is_taken() {
    for path in ["/maybe", "/option", "/result"] {
        let request = request("GET", path).header("authorization", "Bearer x").body(Body::empty()).unwrap();
        let response = app().await.oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{path}");
    }
}

#[tokio::test]
async fn the_login_routes_answer_below_their_prefix_only() {
    for (path, status) in
        [("/auth", 404), ("/auth/", 404), ("/auth/login", 200), ("/.well-known/jwks.json", 200)]
    {
        let auth = auth().await;
        auth.migrate().await.unwrap();
        let app: Router = crate::routes(&auth);
        let response = app.oneshot(request("GET", path).body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{path}");
        assert!(response.headers().contains_key("cache-control"), "{path}");
    }
}
