//! Requests of htmx (<https://htmx.org/docs/#response-headers>): a redirect would be followed inside of the page.

use auth_core::provider::ProviderConfig;
use conformance::{ALICE, Framework, Reply, Request};

fn htmx(request: Request) -> Request {
    request.header("HX-Request", "true").header("Accept", "*/*")
}

fn sent_to(reply: Reply, place: &str) -> Reply {
    let reply = reply.expect(200);
    assert_eq!((reply.header("hx-redirect"), reply.header("location")), (Some(place), None));
    assert!(reply.body.is_empty());
    assert!(reply.all("vary").contains(&"HX-Request"), "{:?}", reply.headers);
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    reply
}

pub(crate) fn a_guard_sends_the_page_to_the_login_page(on: Framework) {
    let app = on.start();
    sent_to(htmx(app.get("/private?a=b")).send(), "/auth/login");
    let at = |url: &str, request: Request| htmx(request).header("HX-Current-URL", url).send();
    let list = format!("{}/list?page=2", app.base);
    sent_to(at(&list, app.get("/private")), "/auth/login?next=%2Flist%3Fpage%3D2");
    // A boosted link is a way to another page.
    let boosted = app.get("/private").header("HX-Boosted", "true");
    sent_to(at(&list, boosted), "/auth/login?next=%2Fprivate");
    for elsewhere in ["https://evil.example/x", "//evil.example", &format!("{}.evil/x", app.base)] {
        sent_to(at(elsewhere, app.get("/private")), "/auth/login");
    }
    // The page of the history is fetched as a page, and shown.
    let history = htmx(app.get("/private")).header("HX-History-Restore-Request", "true");
    history.send().redirect("/auth/login");
    app.get("/private").header("HX-Request", "false").send().problem(401, "unauthenticated");
}

pub(crate) fn a_guard_refuses_a_form_and_sends_the_page_away(on: Framework) {
    let app = on.start();
    let reply = htmx(app.post("/private")).header("HX-Current-URL", format!("{}/form", app.base)).send();
    let reply = reply.expect(401);
    assert_eq!(reply.header("hx-redirect"), Some("/auth/login?next=%2Fform"));
    assert_eq!(reply.header("content-type"), Some("text/html; charset=utf-8"));
    let session = app.login(ALICE);
    app.clock.advance(std::time::Duration::from_secs(400));
    let reply = htmx(app.get("/fresh")).session(&session).header("HX-Current-URL", format!("{}/x", app.base));
    sent_to(reply.send(), "/auth/reauthenticate?next=%2Fx");
}

pub(crate) fn login_routes_send_the_page_on(on: Framework) {
    let app = on.start();
    let fields = [("username", ALICE.name), ("password", ALICE.password), ("next", "/reports")];
    let reply = sent_to(htmx(app.post("/auth/login").form(&fields)).send(), "/reports");
    let session = reply.session().unwrap();
    let evil = [("username", ALICE.name), ("password", ALICE.password), ("next", "//evil.example")];
    sent_to(htmx(app.post("/auth/login").form(&evil)).send(), "/");
    let fields = [("password", ALICE.password), ("next", "/fresh")];
    let reply = htmx(app.post("/auth/reauthenticate").form(&fields)).session(&session).send();
    let session = sent_to(reply, "/fresh").session().unwrap();
    let fields = [("current_password", ALICE.password), ("new_password", "violet umbrella cactus seventeen")];
    let reply = htmx(app.post("/auth/password/change").form(&fields)).session(&session).send();
    let session = sent_to(reply, "/").session().unwrap();
    sent_to(htmx(app.post("/auth/sessions/delete").form(&[])).session(&session).send(), "/");
    let reply = htmx(app.post("/auth/logout").form(&[("next", "/auth/login")])).session(&session).send();
    assert!(sent_to(reply, "/auth/login").clears_session());
    let wrong = [("username", ALICE.name), ("password", "wrong")];
    let reply = htmx(app.post("/auth/login").form(&wrong)).send().expect(401);
    assert_eq!(reply.header("content-type"), Some("text/html; charset=utf-8"));
}

pub(crate) fn a_login_by_a_provider_sends_the_page_there(on: Framework) {
    let github = ProviderConfig::preset("github", "our-id-at-github").client_secret("a secret of theirs");
    let app = on.start_with(|builder| builder.provider(github));
    let reply = htmx(app.post("/auth/login/github").form(&[("next", "/reports")])).send();
    let place = reply.header("hx-redirect").unwrap().to_owned();
    assert!(place.starts_with("https://github.com/login/oauth/authorize?"), "{place}");
    assert!(sent_to(reply, &place).cookie("session-login").is_some(), "the browser that comes back");
}
