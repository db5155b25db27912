//! Each row of the table, asked as it says of itself.

use crate::http::{AuthRequest, AuthResponse, RequestBody, request};
use crate::provider::tests::idp::Idp;
use crate::routes::table::{Flag, Route, Stands, built, by_path};
use crate::testing::FakeHttpClient;
use crate::tests::{PASSWORD, System, with_every_route};

use super::browser::code;

/// A system in which every route is there, with a provider, which none of these requests reaches.
async fn system() -> System {
    System::with(|builder| {
        with_every_route(builder.provider(Idp::config()).http_client(FakeHttpClient::default()))
    })
    .await
}

/// Where the route is, for the provider of these systems and for somebody's session or account.
fn target(route: &Route) -> String {
    let prefix = if route.stands == Stands::Beside { "" } else { "/auth" };
    format!("{prefix}{}", route.path.replace("{provider}", "idp").replace("{id}", "1"))
}

async fn ask(system: &System, method: &str, target: &str, headers: &[(&str, &str)]) -> AuthResponse {
    let form = ("content-type".to_owned(), b"application/x-www-form-urlencoded".to_vec());
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()));
    let headers = headers.chain([form]).collect();
    let body = RequestBody::Complete(Vec::new());
    system.auth.handle(AuthRequest::new(&request(method, target, &[]), headers, body)).await
}

/// The `Cookie` header of somebody who is logged in.
async fn cookie(system: &System) -> String {
    let form = format!("username=alice&password={PASSWORD}").replace(' ', "+");
    let headers = vec![("content-type".to_owned(), b"application/x-www-form-urlencoded".to_vec())];
    let body = RequestBody::Complete(form.into_bytes());
    let login = AuthRequest::new(&request("POST", "/auth/login", &[]), headers, body);
    let reply = system.auth.handle(login).await;
    reply.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn each_row_answers_at_its_path_and_by_its_method() {
    let system = system().await;
    for route in built() {
        let reply = ask(&system, route.method, &target(route), &[]).await;
        assert!(!matches!(reply.status(), 404 | 405 | 500..), "{route:?}: {reply:?}");
        assert!(reply.header("cache-control").is_some(), "{route:?}");
    }
}

#[tokio::test]
async fn any_other_method_is_told_those_that_are_there() {
    let system = system().await;
    for routes in by_path().filter(|routes| routes[0].is_built()) {
        let methods: Vec<_> = routes.iter().map(|route| route.method).collect();
        let allowed = methods.join(", ").replace("GET", "GET, HEAD");
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"] {
            let reply = ask(&system, method, &target(&routes[0]), &[]).await;
            let is_there = methods.contains(&method) || method == "HEAD" && methods.contains(&"GET");
            assert_eq!(reply.status() == 405, !is_there, "{method} {routes:?}");
            let allow = reply.header("allow");
            assert_eq!(allow, (!is_there).then_some(allowed.as_str()), "{method} {routes:?}");
        }
    }
}

const FROM_ELSEWHERE: [(&str, &str); 2] =
    [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")];

/// The rows that are no GET.
fn unsafe_rows() -> impl Iterator<Item = &'static Route> {
    built().filter(|route| route.method != "GET")
}

#[tokio::test]
async fn what_changes_something_takes_no_session_from_another_site() {
    let system = system().await;
    let cookie = cookie(&system).await;
    let with = [&FROM_ELSEWHERE[..], &[("cookie", &cookie)]].concat();
    for route in unsafe_rows().filter(|route| !route.has(Flag::NoCredentials)) {
        let reply = ask(&system, route.method, &target(route), &with).await;
        assert_eq!((reply.status(), code(&reply)), (403, "csrf_failed".to_owned()), "{route:?}");
    }
    let me = ask(&system, "GET", "/auth/me", &[("cookie", &cookie)]).await;
    assert_eq!(me.status(), 200, "nothing has ended the session");
}

#[tokio::test]
async fn what_goes_by_no_credential_answers_alike_whoever_is_logged_in() {
    let system = system().await;
    let cookie = cookie(&system).await;
    let with = [&FROM_ELSEWHERE[..], &[("cookie", &cookie)]].concat();
    for route in unsafe_rows().filter(|route| route.has(Flag::NoCredentials)) {
        let reply = ask(&system, route.method, &target(route), &with).await;
        let without = ask(&system, route.method, &target(route), &FROM_ELSEWHERE).await;
        assert_ne!(reply.status(), 403, "{route:?}");
        assert_eq!((reply.status(), reply.body()), (without.status(), without.body()), "{route:?}");
    }
}

#[tokio::test]
async fn what_acts_on_strangers_takes_nothing_from_another_site() {
    let system = system().await;
    for route in unsafe_rows().filter(|route| !route.has(Flag::NoCredentials)) {
        let reply = ask(&system, route.method, &target(route), &[("origin", "https://evil.example")]).await;
        let refused = (reply.status(), code(&reply));
        // A guard has nothing to protect a stranger from: it lets none in.
        let expected = if route.has(Flag::Guarded) { (401, "unauthenticated") } else { (403, "csrf_failed") };
        assert_eq!(refused, (expected.0, expected.1.to_owned()), "{route:?}");
    }
}

#[test]
fn who_keeps_the_origin_rule_is_said_only_where_it_is_kept() {
    for route in built() {
        let said = [Flag::Guarded, Flag::NoCredentials].into_iter().filter(|flag| route.has(*flag)).count();
        assert!(said <= usize::from(route.method != "GET"), "{route:?}");
    }
}

#[tokio::test]
async fn what_is_of_a_provider_is_there_for_those_of_the_registry() {
    let system = system().await;
    for routes in by_path().filter(|routes| routes[0].is_built()) {
        let of_provider = routes.iter().filter(|route| route.has(Flag::OfProvider)).count();
        assert!(of_provider == 0 || of_provider == routes.len(), "a path is, or is not: {routes:?}");
        let path = target(&routes[0]);
        let other = path.replace("idp", "other");
        let reply = ask(&system, "TRACE", &other, &[]).await;
        assert_eq!(reply.status(), if of_provider == 0 { 405 } else { 404 }, "{other}");
    }
}

#[tokio::test]
async fn an_error_has_the_form_that_the_row_says() {
    let system = system().await;
    for route in built().filter(|route| route.method == "POST") {
        let reply = ask(&system, "POST", &target(route), &[]).await;
        let is_oauth = reply.header("content-type") == Some("application/json");
        assert_eq!(is_oauth && reply.status() >= 400, route.has(Flag::OAuth), "{route:?}: {reply:?}");
    }
}

#[tokio::test]
async fn a_secret_url_is_told_to_nobody() {
    let system = system().await;
    for route in built() {
        let reply = ask(&system, route.method, &target(route), &[("accept", "text/html")]).await;
        let is_kept = reply.header("referrer-policy") == Some("no-referrer");
        assert_eq!(is_kept, route.has(Flag::SecretUrl), "{route:?}");
    }
}
