//! "Coming from Django".

use conformance::{ALICE, BOB, Framework, Person, ROOT, Reply, TestApp};

fn try_login(app: &TestApp, name: &str, password: &str) -> Reply {
    app.post("/accounts/login").form(&[("username", name), ("password", password)]).send()
}

/// The login of the guide, by hand.
fn log_in(app: &TestApp, person: Person) -> String {
    try_login(app, person.name, person.password).redirect("/dashboard").session().unwrap()
}

pub(crate) fn authenticate_and_login_begin_a_session(on: Framework) {
    let app = on.start_guides();
    let session = log_in(&app, ALICE);
    let reply = app.get("/dashboard").session(&session).send().expect(200);
    assert_eq!(reply.text(), "hello alice");
    // The address reads as the name does.
    try_login(&app, "ALICE@example.com", ALICE.password).redirect("/dashboard");
}

pub(crate) fn wrong_credentials_are_401_by_the_question_mark(on: Framework) {
    let app = on.start_guides();
    for (name, password) in [(ALICE.name, "wrong"), ("nobody", ALICE.password)] {
        let reply = try_login(&app, name, password).problem(401, "invalid_credentials");
        assert_eq!(reply.header("www-authenticate"), Some("Form realm=\"Login Required\""));
        assert_eq!(reply.header("set-cookie"), None);
    }
}

pub(crate) fn guesses_by_hand_are_limited(on: Framework) {
    let app = on.start_guides();
    let guesses = (0..100).map(|_| try_login(&app, ALICE.name, "a guess"));
    let limited = { guesses }.find(|reply| reply.status != 401).unwrap();
    let limited = limited.problem(429, "too_many_attempts");
    assert!(limited.header("retry-after").is_some());
    try_login(&app, ALICE.name, ALICE.password).expect(429);
}

pub(crate) fn another_site_cannot_log_a_browser_in(on: Framework) {
    let app = on.start_guides();
    for (path, fields) in [
        ("/accounts/login", vec![("username", ALICE.name), ("password", ALICE.password)]),
        ("/accounts/logout", vec![]),
    ] {
        let request = app.post(path).form(&fields).header("Origin", "https://evil.example");
        let reply = request.send().problem(403, "csrf_failed");
        assert_eq!(reply.header("set-cookie"), None);
    }
}

pub(crate) fn logout_ends_the_session(on: Framework) {
    let app = on.start_guides();
    let session = log_in(&app, ALICE);
    assert!(app.post("/accounts/logout").session(&session).send().redirect("/").clears_session());
    app.get("/dashboard").session(&session).send().problem(401, "unauthenticated");
}

pub(crate) fn login_required_sends_browsers_to_the_login_page(on: Framework) {
    let app = on.start_guides();
    app.get("/dashboard?page=2").browser().send().redirect("/auth/login?next=%2Fdashboard%3Fpage%3D2");
    app.get("/dashboard").send().problem(401, "unauthenticated");
}

pub(crate) fn a_login_ends_at_the_login_redirect_url_unless_it_was_on_its_way(on: Framework) {
    let app = on.start_guides();
    for (next, there) in [("", "/dashboard"), ("//evil.example", "/dashboard"), ("/reports", "/reports")] {
        let fields = [("username", ALICE.name), ("password", ALICE.password), ("next", next)];
        app.post("/auth/login").form(&fields).browser().send().redirect(there);
    }
}

pub(crate) fn permission_required_is_403_without_it(on: Framework) {
    let app = on.start_guides();
    app.get("/reports").session(&log_in(&app, ALICE)).send().expect(200);
    // As `raise_exception=True`: in a browser too.
    let bob = log_in(&app, BOB);
    app.get("/reports").session(&bob).send().problem(403, "permission_denied");
    app.get("/reports").session(&bob).browser().send().expect(403);
    app.get("/reports").send().problem(401, "unauthenticated");
}

pub(crate) fn user_passes_test_asks_the_user(on: Framework) {
    let app = on.start_guides();
    app.get("/beta").session(&log_in(&app, ALICE)).send().expect(200);
    // A superuser holds every permission, and passes no test by that.
    for person in [BOB, ROOT] {
        app.get("/beta").session(&log_in(&app, person)).send().problem(403, "permission_denied");
    }
    app.get("/beta").send().problem(401, "unauthenticated");
}

pub(crate) fn staff_member_required_guards_the_group(on: Framework) {
    let app = on.start_guides();
    app.get("/back-office").session(&log_in(&app, ROOT)).send().expect(200);
    app.get("/back-office").session(&log_in(&app, ALICE)).send().problem(403, "permission_denied");
    app.get("/back-office").send().problem(401, "unauthenticated");
}
