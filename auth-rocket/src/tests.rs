use auth_core::store::MemoryStore;
use rocket::error::ErrorKind;
use rocket::http::{Header, Status};
use rocket::local::asynchronous::Client;
use rocket::{Build, Rocket, get, post, routes};

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

#[get("/maybe")]
fn maybe(_user: MaybeUser) {}

#[get("/option")]
fn option(_user: Option<CurrentUser>) {}

#[get("/result")]
fn result(_user: Result<CurrentUser, Rejection>) {}

#[post("/write", data = "<_body>")]
fn write(_user: CurrentUser, _body: String) {}

fn silent() -> Rocket<Build> {
    rocket::custom(rocket::Config { log_level: rocket::config::LogLevel::Off, ..rocket::Config::default() })
}

async fn app() -> Client {
    let auth = auth().await;
    let app = silent()
        .mount("/", routes![maybe, option, result, write])
        .mount("/", crate::routes(&auth))
        .attach(crate::fairing(&auth));
    Client::untracked(app).await.unwrap()
}

#[rocket::async_test]
async fn a_guard_without_the_layer_is_an_error_of_the_server() {
    let routes = crate::require(auth_core::access::login_required(), routes![rocket_open]);
    let app = Client::untracked(silent().mount("/", routes)).await.unwrap();
    assert_eq!(app.get("/rocket-open").dispatch().await.status(), Status::InternalServerError);
}

#[get("/rocket-open")]
fn rocket_open() {}

#[rocket::async_test]
async fn a_launch_without_the_fairing_is_aborted() {
    let error = silent().mount("/", routes![maybe]).ignite().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::SentinelAborts(_)));
}

#[rocket::async_test]
async fn a_guard_decides_before_the_body_is_parsed() {
    let app = app().await;
    let response = app.post("/write").body([0xff]).dispatch().await;
    assert_eq!(response.status(), Status::Unauthorized);
    assert!(response.into_string().await.unwrap().contains("unauthenticated"));
}

#[rocket::async_test]
async fn nobody_is_let_in_where_nobody_is_asked_for() {
    let app = app().await;
    for path in ["/maybe", "/option", "/result"] {
        assert_eq!(app.get(path).dispatch().await.status(), Status::Ok, "{path}");
    }
}

#[rocket::async_test]
async fn a_bad_token_is_refused_however_the_guard_is_taken() {
    let app = app().await;
    for path in ["/maybe", "/option", "/result"] {
        let response = app.get(path).header(Header::new("authorization", "Bearer x")).dispatch().await;
        assert_eq!(response.status(), Status::Unauthorized, "{path}");
    }
}

#[rocket::async_test]
async fn the_login_routes_answer_below_their_prefix_only() {
    let auth = auth().await;
    auth.migrate().await.unwrap();
    let app = Client::untracked(silent().mount("/", crate::routes(&auth))).await.unwrap();
    for (path, status) in
        [("/auth", 404), ("/auth/", 404), ("/auth/login", 200), ("/.well-known/jwks.json", 200)]
    {
        let response = app.get(path).dispatch().await;
        assert_eq!(response.status().code, status, "{path}");
        assert!(response.headers().contains("cache-control"), "{path}");
    }
    let elsewhere = app.get("//auth/login").dispatch().await;
    assert!(!elsewhere.headers().contains("cache-control"));
}

#[rocket::async_test]
async fn a_form_that_names_another_method_is_the_post_that_was_sent() {
    let app = app().await;
    let form = Header::new("content-type", "application/x-www-form-urlencoded");
    for (method, status) in [("put", 400), ("delete", 400), ("get", 400)] {
        let response = app
            .post("/auth/login")
            .header(form.clone())
            .body(format!("_method={method}&a=b"))
            .dispatch()
            .await;
        assert_eq!(response.status().code, status, "{method}");
    }
}
