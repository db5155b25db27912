//! What rocket alone can get wrong; what guards, handlers and login routes answer is tested for all frameworks at once.

use auth_core::Auth;
use auth_core::access::login_required;
use auth_core::store::MemoryStore;
use rocket::error::ErrorKind;
use rocket::http::{ContentType, Status};
use rocket::local::asynchronous::Client;
use rocket::response::Redirect;
use rocket::{Build, Catcher, Rocket, catch, catchers, get, routes};

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

#[get("/private")]
fn private(user: CurrentUser) -> String {
    user.username().to_string()
}

#[get("/group")]
fn group() {}

fn silent() -> Rocket<Build> {
    rocket::custom(rocket::Config { log_level: rocket::config::LogLevel::Off, ..rocket::Config::default() })
}

async fn app(catchers: Vec<Catcher>) -> Client {
    let auth = auth().await;
    let app = silent().mount("/", routes![private]).mount("/", crate::routes(&auth));
    Client::untracked(app.register("/", catchers).attach(crate::fairing(&auth))).await.unwrap()
}

#[rocket::async_test]
async fn a_guard_without_the_layer_is_an_error_of_the_server() {
    let group = crate::require(login_required(), routes![group]);
    let app = Client::untracked(silent().mount("/", group)).await.unwrap();
    assert_eq!(app.get("/group").dispatch().await.status(), Status::InternalServerError);
}

#[rocket::async_test]
async fn a_launch_without_the_fairing_is_aborted() {
    let error = silent().mount("/", routes![private]).ignite().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::SentinelAborts(_)));
}

#[catch(default)]
fn says_something_else() -> &'static str {
    "something else"
}

#[rocket::async_test]
async fn a_guards_reply_goes_out_whatever_a_catcher_makes_of_its_status() {
    let app = app(catchers![says_something_else]).await;
    let response = app.get("/private").dispatch().await;
    assert_eq!(response.status(), Status::Unauthorized);
    assert!(response.into_string().await.unwrap().contains("unauthenticated"));
}

#[catch(default)]
fn goes_elsewhere() -> Redirect {
    Redirect::to("/elsewhere")
}

#[rocket::async_test]
async fn a_catcher_with_a_status_of_its_own_keeps_its_reply() {
    let app = app(catchers![goes_elsewhere]).await;
    let response = app.get("/private").dispatch().await;
    assert_eq!(response.status(), Status::SeeOther);
    assert_eq!(response.headers().get_one("location"), Some("/elsewhere"));
}

#[rocket::async_test]
async fn another_spelling_of_a_login_route_is_not_one() {
    let app = app(Vec::new()).await;
    let response = app.get("//auth/login").dispatch().await;
    assert_eq!(response.status(), Status::NotFound);
    assert_eq!(response.headers().get_one("cache-control"), None);
}

#[rocket::async_test]
async fn a_form_that_names_another_method_is_the_post_that_was_sent() {
    let app = app(Vec::new()).await;
    for method in ["put", "delete", "get"] {
        let form = app.post("/auth/login").header(ContentType::Form);
        let response = form.body(format!("_method={method}&a=b")).dispatch().await;
        assert_eq!(response.status(), Status::BadRequest, "{method}");
    }
}
