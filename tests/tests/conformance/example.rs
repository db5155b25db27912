//! The example app itself.

use conformance::{ALICE, BOB, Framework, ROOT};

pub(crate) fn every_route_answers_whom_its_guard_lets_in(on: Framework) {
    let app = on.start();
    let (alice, root) = (app.login(ALICE), app.login(ROOT));
    let token = app.tokens(ALICE, "reports:read").access;
    for (request, text) in [
        (app.get("/open"), "ok"),
        (app.get("/private").session(&alice), "hello alice"),
        (app.get("/private").bearer(&token), "hello alice"),
        (app.post("/private").session(&alice).body("text/plain", "some text\n"), "some text\n"),
        (app.post("/private").session(&alice).body("text/plain", ""), ""),
        (app.get("/api").bearer(&token), "hello alice"),
        (app.get("/scoped").bearer(&token), "hello alice"),
        (app.get("/reports").session(&alice), "hello alice"),
        (app.get("/staff").session(&root), "hello root"),
        (app.get("/staff/anything/below").session(&root), "hello root"),
        (app.get("/fresh").session(&alice), "hello alice"),
        (app.get("/basic").basic(ALICE.name, ALICE.password), "hello alice"),
    ] {
        let reply = request.send().expect(200);
        assert_eq!(reply.text(), text);
        assert_eq!(reply.header("content-type"), Some("text/plain; charset=utf-8"));
    }
}

pub(crate) fn the_home_page_says_who_is_logged_in(on: Framework) {
    let app = on.start();
    let page = app.get("/").browser().send().expect(200);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(page.text().contains("href=\"/auth/login\"") && !page.text().contains("action=\"/auth/logout\""));
    let page = app.get("/").session(&app.login(BOB)).browser().send().expect(200).text();
    assert!(page.contains("bob") && page.contains("action=\"/auth/logout\""));
    let page = app.get("/").bearer(&app.tokens(ROOT, "").access).send().expect(200).text();
    assert!(page.contains("root"));
    let foreign = app.foreign_tokens(ALICE, "other", "").access;
    let page = app.get("/").bearer(&foreign).send().expect(200).text();
    assert!(page.contains("href=\"/auth/login\""), "another client's token stands for nobody here");
}

pub(crate) fn the_demo_users_are_there(on: Framework) {
    let app = on.start();
    let user =
        |person| app.get("/auth/me").session(&app.login(person)).send().expect(200).json()["user"].clone();
    let (alice, bob, root) = (user(ALICE), user(BOB), user(ROOT));
    assert_eq!(alice["email"], "alice@example.com");
    assert_eq!(alice["groups"][0], "writers");
    assert_eq!(alice["permissions"][0], "reports.view_report");
    assert_eq!((&root["is_superuser"], &root["is_staff"]), (&true.into(), &true.into()));
    assert_eq!((&bob["is_superuser"], &bob["is_staff"]), (&false.into(), &false.into()));
    assert!(bob["permissions"].as_array().unwrap().is_empty());
}

pub(crate) fn a_whole_visit_in_a_browser(on: Framework) {
    visit(&on.start());
}

pub(crate) fn a_whole_visit_on_sqlite(on: Framework) {
    visit(&on.start_on_sqlite());
}

fn visit(app: &conformance::TestApp) {
    let origin = &app.base;
    let detour = app.get("/private").browser().header("Sec-Fetch-Site", "none").send();
    let login = detour.redirect("/auth/login?next=%2Fprivate").header("location").unwrap().to_owned();
    app.get(&login).browser().send().expect(200);
    let fields = [
        ("username", "alice@example.com"),
        ("password", ALICE.password),
        ("next", "/private"),
        ("remember", "true"),
    ];
    let request = app.post("/auth/login").browser().form(&fields);
    let reply =
        request.header("Origin", origin).header("Sec-Fetch-Site", "same-origin").send().redirect("/private");
    let session = reply.session().unwrap();
    app.get("/private").browser().session(&session).send().expect(200);
    let request = app.post("/auth/logout").browser().session(&session).form(&[]);
    let reply = request.header("Origin", origin).header("Sec-Fetch-Site", "same-origin").send().redirect("/");
    assert!(reply.clears_session());
    app.get("/private").browser().session(&session).send().redirect("/auth/login?next=%2Fprivate");
}
