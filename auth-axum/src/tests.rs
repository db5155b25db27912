use std::sync::Arc;

use auth_core::access::permission_required;
use auth_core::store::MemoryStore;
use auth_core::testing::{bearer_as, login_as};
use auth_core::{Auth, Identity};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, State};
use axum::http::Request;
use axum::response::Redirect;
use axum::routing::{get, post};
use tower::ServiceExt as _;

use crate::{AuthContext, CurrentUser, MaybeUser, Rejection};

async fn auth() -> Auth {
    let auth = Auth::builder()
        .base_url("http://localhost:3000")
        .secret_text("MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0dXY")
        .store(MemoryStore::new())
        .build()
        .await
        .unwrap();
    auth.migrate().await.unwrap();
    for (name, is_superuser) in [("alice", false), ("root", true)] {
        let mut user = auth.users().new_user(name).unwrap();
        user.is_superuser = is_superuser;
        auth.users().create_without_password(user).await.unwrap();
    }
    auth
}

async fn app() -> Router {
    app_of(auth().await).await
}

async fn app_of(auth: Auth) -> Router {
    Router::new()
        .route("/maybe", get(maybe))
        .route("/option", get(option))
        .route("/result", get(result))
        .route("/write", post(write))
        .route("/own", get(own))
        .route("/private", get(private))
        .nest("/shop", Router::new().route("/private", get(private)))
        .route("/in/{name}", post(log_in))
        .route("/out", post(log_out))
        .route("/cart", get(cart).post(fill_cart))
        .route("/who", get(who))
        .route("/order", get(order))
        .merge(crate::routes(&auth))
        .layer(crate::layer(&auth))
        .with_state(auth)
}

/// A request with a body that is no text and no JSON.
async fn send(app: &Router, method: &str, path: &str, headers: &[(&str, &str)]) -> Reply {
    let request = Request::builder().method(method).uri(path);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let response = app.clone().oneshot(request.body(Body::from(vec![0xff])).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let lines = response.headers().iter();
    let headers = lines.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    Reply { status, headers, body: String::from_utf8(body.to_vec()).unwrap() }
}

/// What came back.
struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Reply {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(held, _)| held == name).map(|(_, value)| value.as_str())
    }

    fn cookies(&self) -> Vec<&str> {
        self.headers
            .iter()
            .filter(|(name, _)| name == "set-cookie")
            .map(|(_, value)| value.as_str())
            .collect()
    }
}

fn cookie_of(reply: &Reply) -> String {
    reply.cookies()[0].split(';').next().unwrap().to_owned()
}

async fn log_in_as(app: &Router, name: &str) -> String {
    cookie_of(&send(app, "POST", &format!("/in/{name}"), &[]).await)
}

/// The caller's name, or why there is none.
fn told(caller: Result<Option<Arc<Identity>>, auth_core::Rejection>) -> String {
    let name = |caller: Arc<Identity>| caller.user().map(|user| user.username.to_string());
    format!("{:?}", caller.map(|caller| caller.and_then(name)).map_err(|rejection| rejection.kind()))
}

fn or_nobody(name: Option<String>) -> String {
    name.unwrap_or_else(|| "nobody".to_owned())
}

async fn maybe(user: MaybeUser) -> String {
    or_nobody(user.as_ref().map(|user| user.username().to_string()))
}

async fn option(user: Option<CurrentUser>) -> String {
    or_nobody(user.map(|user| user.username().to_string()))
}

async fn result(user: Result<CurrentUser, Rejection>) -> String {
    or_nobody(user.ok().map(|user| user.username().to_string()))
}

async fn write(_user: CurrentUser, _body: String) -> &'static str {
    "ok"
}

async fn own(_user: Option<CurrentUser>) -> Redirect {
    Redirect::to("/welcome")
}

async fn private(user: CurrentUser) -> String {
    user.username().to_string()
}

async fn log_in(context: AuthContext, State(auth): State<Auth>, Path(name): Path<String>) -> String {
    let user = auth.users().find(&name).await.unwrap().unwrap();
    let outcome = context.login(&user.id).await;
    format!("{:?}", outcome.map(|user| user.username.to_string()).map_err(|error| error.kind()))
}

async fn log_out(context: AuthContext) -> String {
    format!("{:?}", context.logout().await.map_err(|error| error.kind()))
}

async fn fill_cart(context: AuthContext) -> String {
    format!("{:?}", context.set_session_value("cart", &3).await.map_err(|error| error.kind()))
}

async fn cart(context: AuthContext) -> String {
    format!("{:?}", context.session_value::<u32>("cart").await.map_err(|error| error.kind()))
}

async fn who(context: AuthContext) -> String {
    told(context.identity().await)
}

async fn order(context: AuthContext) -> String {
    told(context.require(&permission_required("shop.add_order")).await)
}

#[tokio::test]
async fn a_guard_without_the_layer_is_an_error_of_the_server() {
    let app = Router::new().route("/private", get(private));
    assert_eq!(send(&app, "GET", "/private", &[]).await.status, 500);
}

#[tokio::test]
async fn a_guard_decides_before_the_body_is_parsed() {
    let reply = send(&app().await, "POST", "/write", &[("content-type", "application/json")]).await;
    assert_eq!(reply.status, 401);
    assert!(reply.body.contains("unauthenticated"));
}

#[tokio::test]
async fn nobody_is_let_in_where_nobody_is_asked_for() {
    let app = app().await;
    for path in ["/maybe", "/option", "/result"] {
        let reply = send(&app, "GET", path, &[]).await;
        assert_eq!((reply.status, reply.body.as_str()), (200, "nobody"), "{path}");
    }
}

#[tokio::test]
async fn a_session_is_seen_where_nobody_is_asked_for() {
    let app = app().await;
    let cookie = log_in_as(&app, "alice").await;
    for path in ["/maybe", "/option", "/result"] {
        let reply = send(&app, "GET", path, &[("cookie", &cookie)]).await;
        assert_eq!((reply.status, reply.body.as_str()), (200, "alice"), "{path}");
    }
}

#[tokio::test]
async fn a_bad_token_is_refused_however_the_guard_is_taken() {
    let app = app().await;
    let cookie = log_in_as(&app, "alice").await;
    for path in ["/maybe", "/option", "/result", "/who"] {
        let reply = send(&app, "GET", path, &[("authorization", "Bearer x"), ("cookie", &cookie)]).await;
        assert_eq!(reply.status, 401, "{path}");
        assert!(reply.body.contains("invalid_token"), "{path}");
    }
}

#[tokio::test]
async fn a_redirect_of_the_handlers_own_stays() {
    let reply = send(&app().await, "GET", "/own", &[("accept", "text/html")]).await;
    assert_eq!((reply.status, reply.header("location")), (303, Some("/welcome")));
}

#[tokio::test]
async fn the_way_back_keeps_the_prefix_that_a_route_is_nested_in() {
    let reply = send(&app().await, "GET", "/shop/private?a=b", &[("accept", "text/html")]).await;
    assert_eq!(reply.status, 303);
    assert_eq!(reply.header("location"), Some("/auth/login?next=%2Fshop%2Fprivate%3Fa%3Db"));
}

#[tokio::test]
async fn a_handler_logs_in_and_out_by_hand() {
    let app = app().await;
    let reply = send(&app, "POST", "/in/alice", &[]).await;
    assert_eq!(reply.body, "Ok(\"alice\")");
    // The session, and what the limits on guessing know this browser by.
    assert_eq!(reply.cookies().len(), 2);
    let cookie = cookie_of(&reply);
    assert_eq!(send(&app, "GET", "/private", &[("cookie", &cookie)]).await.body, "alice");

    let reply = send(&app, "POST", "/out", &[("cookie", &cookie)]).await;
    assert_eq!(reply.body, "Ok(())");
    assert_eq!(reply.cookies().len(), 1);
    assert!(reply.cookies()[0].starts_with("session=;") && reply.cookies()[0].ends_with("Max-Age=0"));
    assert_eq!(send(&app, "GET", "/private", &[("cookie", &cookie)]).await.status, 401);
}

#[tokio::test]
async fn a_test_acts_as_somebody_who_is_logged_in() {
    let auth = auth().await;
    let cookie = login_as(&auth, "alice").await.unwrap();
    let bearer = bearer_as(&auth, "root", "").await.unwrap();
    let app = app_of(auth).await;
    assert_eq!(send(&app, "GET", "/private", &[("cookie", &cookie)]).await.body, "alice");
    assert_eq!(send(&app, "GET", "/private", &[("authorization", &bearer)]).await.body, "root");
}

#[tokio::test]
async fn another_site_changes_nothing_by_hand() {
    let app = app().await;
    let cookie = log_in_as(&app, "alice").await;
    for path in ["/in/root", "/out", "/cart"] {
        let forged = [("cookie", cookie.as_str()), ("origin", "https://evil.example")];
        let reply = send(&app, "POST", path, &forged).await;
        assert_eq!((reply.body.as_str(), reply.cookies().len()), ("Err(CsrfFailed)", 0), "{path}");
    }
    assert_eq!(send(&app, "GET", "/private", &[("cookie", &cookie)]).await.body, "alice");
}

#[tokio::test]
async fn a_value_stays_in_the_session_from_request_to_request() {
    let app = app().await;
    let reply = send(&app, "POST", "/cart", &[]).await;
    assert_eq!((reply.body.as_str(), reply.cookies().len()), ("Err(Unauthenticated)", 0));

    let (mine, other) = (log_in_as(&app, "alice").await, log_in_as(&app, "alice").await);
    assert_eq!(send(&app, "POST", "/cart", &[("cookie", &mine)]).await.body, "Ok(())");
    assert_eq!(send(&app, "GET", "/cart", &[("cookie", &mine)]).await.body, "Ok(Some(3))");
    assert_eq!(send(&app, "GET", "/cart", &[("cookie", &other)]).await.body, "Ok(None)");
}

#[tokio::test]
async fn a_handler_asks_who_calls_and_for_more_by_hand() {
    let app = app().await;
    let (alice, root) = (log_in_as(&app, "alice").await, log_in_as(&app, "root").await);
    for (cookie, who, may_order) in [
        ("", "Ok(None)", "Err(Unauthenticated)"),
        (&alice, "Ok(Some(\"alice\"))", "Err(PermissionDenied)"),
        (&root, "Ok(Some(\"root\"))", "Ok(Some(\"root\"))"),
    ] {
        assert_eq!(send(&app, "GET", "/who", &[("cookie", cookie)]).await.body, who);
        assert_eq!(send(&app, "GET", "/order", &[("cookie", cookie)]).await.body, may_order);
    }
}

#[tokio::test]
async fn the_login_routes_answer_below_their_prefix_only() {
    let app = app().await;
    for (path, status) in
        [("/auth", 404), ("/auth/", 404), ("/auth/login", 200), ("/.well-known/jwks.json", 200)]
    {
        let reply = send(&app, "GET", path, &[]).await;
        assert_eq!(reply.status, status, "{path}");
        assert!(reply.header("cache-control").is_some(), "{path}");
    }
}
