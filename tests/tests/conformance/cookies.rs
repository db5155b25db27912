//! The session cookie itself (OWASP ASVS 5.0 section 3.3).

use auth_core::password::PasswordConfig;
use conformance::{ALICE, Framework, TestApp};

/// An app behind TLS, as its base URL says; weak password parameters are refused there.
fn start_https(on: Framework) -> TestApp {
    on.start_with(|builder| builder.base_url("https://app.example").password(PasswordConfig::default()))
}

pub(crate) fn over_https_it_is_bound_to_the_host(on: Framework) {
    let app = start_https(on);
    let reply = app.try_login(ALICE.name, ALICE.password).send().expect(200);
    let cookie = reply.session_cookie().unwrap();
    let (pair, attributes) = cookie.split_once(';').unwrap();
    let (name, id) = pair.split_once('=').unwrap();
    assert_eq!((name, attributes), ("__Host-session", " Path=/; Secure; HttpOnly; SameSite=Lax"));
    assert!(cookie.len() < 4096);
    app.get("/private").header("Cookie", format!("__Host-session={id}")).send().expect(200);
    app.get("/private").session(id).send().problem(401, "unauthenticated");
    // A neighbour on the same site can plant the plain name; it means nothing.
    let both = app.get("/private").header("Cookie", format!("session=x; __Host-session={id}"));
    both.send().expect(200);
    let reply = app.post("/auth/logout").header("Cookie", format!("__Host-session={id}")).send().expect(204);
    let cleared = "__Host-session=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0";
    assert_eq!(reply.header("set-cookie"), Some(cleared));
}

pub(crate) fn over_https_the_origin_is_the_base_urls(on: Framework) {
    let app = start_https(on);
    let login =
        |origin: &str| app.try_login(ALICE.name, ALICE.password).header("Origin", origin).send().status;
    assert_eq!(login("https://app.example"), 200);
    for origin in
        ["http://app.example", "https://app.example:8443", "https://evil.example", "https://sub.app.example"]
    {
        assert_eq!(login(origin), 403, "{origin}");
    }
}

pub(crate) fn links_and_redirects_ignore_forwarding_headers(on: Framework) {
    let app = on.start();
    let request = app.get("/private").browser().header("X-Forwarded-Host", "evil.example");
    let request =
        request.header("X-Forwarded-Proto", "https").header("Forwarded", "host=evil.example;proto=https");
    request.send().redirect("/auth/login?next=%2Fprivate");
    let reply =
        app.try_login(ALICE.name, ALICE.password).header("X-Forwarded-Proto", "https").send().expect(200);
    assert!(reply.session_cookie().unwrap().starts_with("session="));
}

pub(crate) fn no_reply_but_those_of_logins_sets_it(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    for request in [
        app.get("/"),
        app.get("/private"),
        app.get("/auth/me"),
        app.get("/auth/sessions"),
        app.get("/auth/login"),
        app.get("/auth/reauthenticate"),
        app.get("/fresh"),
        app.post("/private"),
        app.get("/staff"),
    ] {
        assert_eq!(request.session(&session).send().header("set-cookie"), None);
    }
}
