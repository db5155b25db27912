use std::future::{Ready, ready};

use actix_web::http::StatusCode;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::web::{Json, get, post};
use actix_web::{App, FromRequest, HttpRequest, dev, error};
use auth_core::store::MemoryStore;

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

/// An extractor that fails before any guard after it is asked.
struct Fails;

impl FromRequest for Fails {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, actix_web::Error>>;

    fn from_request(_: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        ready(Err(error::ErrorBadRequest("early")))
    }
}

macro_rules! app {
    () => {{
        let auth = auth().await;
        init_service(
            App::new()
                .route("/maybe", get().to(async |_user: MaybeUser| "ok"))
                .route("/option", get().to(async |_user: Option<CurrentUser>| "ok"))
                .route("/result", get().to(async |_user: Result<CurrentUser, Rejection>| "ok"))
                .route("/write", post().to(async |_user: CurrentUser, _body: Json<()>| "ok"))
                .route("/early", get().to(async |_fails: Fails, _user: CurrentUser| "ok"))
                .configure(crate::routes(&auth))
                .wrap(crate::middleware(&auth)),
        )
        .await
    }};
}

#[actix_web::test]
async fn a_guard_without_the_layer_is_an_error_of_the_server() {
    let app = init_service(App::new().route("/", get().to(async |_user: CurrentUser| "ok"))).await;
    let response = call_service(&app, TestRequest::get().uri("/").to_request()).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
}

#[actix_web::test]
async fn a_guard_decides_before_the_body_is_parsed() {
    let request = TestRequest::post().uri("/write").insert_header(("content-type", "application/json"));
    let response = call_service(&app!(), request.set_payload("{").to_request()).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert!(std::str::from_utf8(&read_body(response).await).unwrap().contains("unauthenticated"));
}

#[actix_web::test]
async fn a_guard_decides_before_the_error_of_another_extractor_leaves() {
    let response = call_service(&app!(), TestRequest::get().uri("/early").to_request()).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert!(std::str::from_utf8(&read_body(response).await).unwrap().contains("unauthenticated"));
}

#[actix_web::test]
async fn nobody_is_let_in_where_nobody_is_asked_for() {
    for path in ["/maybe", "/option", "/result"] {
        let response = call_service(&app!(), TestRequest::get().uri(path).to_request()).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
    }
}

#[actix_web::test]
async fn a_bad_token_is_refused_however_the_guard_is_taken() {
    for path in ["/maybe", "/option", "/result"] {
        let request = TestRequest::get().uri(path).insert_header(("authorization", "Bearer x"));
        let response = call_service(&app!(), request.to_request()).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{path}");
    }
}

#[actix_web::test]
async fn the_login_routes_answer_below_their_prefix_only() {
    for (path, status) in
        [("/auth", 404), ("/auth/", 404), ("/auth/login", 200), ("/.well-known/jwks.json", 200)]
    {
        let auth = auth().await;
        auth.migrate().await.unwrap();
        let app = init_service(App::new().configure(crate::routes(&auth))).await;
        let response = call_service(&app, TestRequest::get().uri(path).to_request()).await;
        assert_eq!(response.status().as_u16(), status, "{path}");
        assert!(response.headers().contains_key("cache-control"), "{path}");
    }
}
