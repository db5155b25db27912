//! What actix-web alone can get wrong; what guards, handlers and login routes answer is tested for all frameworks at once.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::web::{get, scope};
use actix_web::{App, FromRequest, HttpRequest, error};
use auth_core::Auth;
use auth_core::access::login_required;
use auth_core::store::MemoryStore;

use crate::CurrentUser;

async fn auth() -> Auth {
    Auth::builder()
        .base_url("http://localhost:3000")
        .secret_text("MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0dXY")
        .store(MemoryStore::new())
        .build()
        .await
        .unwrap()
}

async fn private(user: CurrentUser) -> String {
    user.username().to_string()
}

#[actix_web::test]
async fn a_guard_without_the_layer_is_an_error_of_the_server() {
    let group = scope("/group").wrap(crate::require(login_required())).route("", get().to(private));
    let app = init_service(App::new().route("/private", get().to(private)).service(group)).await;
    for path in ["/private", "/group"] {
        let request = TestRequest::with_uri(path).to_request();
        assert_eq!(call_service(&app, request).await.status(), 500, "{path}");
    }
}

/// An extractor that fails before any guard after it is asked.
struct Fails;

impl FromRequest for Fails {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, actix_web::Error>>;

    fn from_request(_: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Err(error::ErrorBadRequest("early")))
    }
}

async fn early(_fails: Fails, _user: CurrentUser) -> &'static str {
    "ok"
}

#[actix_web::test]
async fn a_guard_decides_before_the_error_of_another_extractor_leaves() {
    let app = App::new().route("/early", get().to(early)).wrap(crate::middleware(&auth().await));
    let app = init_service(app).await;
    let reply = call_service(&app, TestRequest::with_uri("/early").to_request()).await;
    assert_eq!(reply.status(), 401);
    let body = read_body(reply).await;
    assert!(String::from_utf8(body.to_vec()).unwrap().contains("unauthenticated"));
}
