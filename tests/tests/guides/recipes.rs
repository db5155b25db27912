//! "Recipes".

use conformance::{ALICE, Framework, Reply, Request, TestApp};

/// Where the front end is.
const FRONT_END: &str = "https://spa.example.com";

const CAROL: [(&str, &str); 3] =
    [("username", "carol"), ("email", "carol@example.com"), ("password", "an entirely different passphrase")];

fn sign_up(app: &TestApp, fields: &[(&str, &str)]) -> Request {
    app.post("/sign-up").form(fields)
}

fn has_account(app: &TestApp, name: &str) -> bool {
    app.block_on(app.auth.users().find(name)).unwrap().is_some()
}

pub(crate) fn a_sign_up_makes_an_account_and_logs_in(on: Framework) {
    let app = on.start_guides();
    let session = sign_up(&app, &CAROL).browser().send().redirect("/").session().unwrap();
    assert_eq!(app.get("/dashboard").session(&session).send().expect(200).text(), "hello carol");
    let carol = app.block_on(app.auth.users().find("carol@example.com")).unwrap().unwrap();
    assert!(!carol.email_verified, "nobody has proved it");
    app.try_login("carol", CAROL[2].1).send().expect(200);
    let pasted = [("username", " dave\u{a0}"), ("email", "dave@example.com\t"), CAROL[2]];
    sign_up(&app, &pasted).browser().send().redirect("/");
    assert!(has_account(&app, "dave") && has_account(&app, "dave@example.com"));
}

pub(crate) fn another_site_signs_nobody_up(on: Framework) {
    let app = on.start_guides();
    for (name, value) in [("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site")] {
        let reply = sign_up(&app, &CAROL).header(name, value).send().problem(403, "csrf_failed");
        assert_eq!(reply.header("set-cookie"), None);
        assert!(!has_account(&app, "carol"), "{name}");
    }
}

pub(crate) fn a_sign_up_that_will_not_do_says_why(on: Framework) {
    let app = on.start_guides();
    let with = |at: usize, value| {
        let mut fields = CAROL;
        fields[at].1 = value;
        sign_up(&app, &fields)
    };
    with(0, "alice").send().problem(422, "already_exists");
    with(0, "not a name:").send().problem(400, "invalid_request");
    with(1, "no address").send().problem(400, "invalid_request");
    with(2, "123456").send().problem(422, "weak_password");
    let page = with(2, "123456").browser().send().expect(422);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(!has_account(&app, "carol"));
}

fn own_page(reply: Reply, status: u16) -> String {
    let text = reply.expect(status).text();
    assert!(text.contains("<title>Welcome back</title>"), "{text}");
    text
}

pub(crate) fn a_login_page_of_ones_own_is_where_guards_lead(on: Framework) {
    let app = on.start_own_login();
    let there = "/auth/login?next=%2Fdashboard%3Fpage%3D2";
    app.get("/dashboard?page=2").browser().send().redirect(there);
    let page = own_page(app.get(there).browser().send(), 200);
    assert!(page.contains("value=\"/dashboard?page=2\""), "{page}");
    let login = |password, next| {
        let fields = [("username", ALICE.name), ("password", password), ("next", next)];
        app.post("/auth/login").form(&fields).browser()
    };
    let session = login(ALICE.password, "/dashboard?page=2").send().redirect("/dashboard?page=2").session();
    let session = session.unwrap();
    assert_eq!(app.get("/dashboard").session(&session).send().expect(200).text(), "hello alice");
    login(ALICE.password, "//evil.example").send().redirect("/");
    let page = own_page(login("wrong", "/dashboard").send(), 401);
    assert!(page.contains("do not fit") && page.contains("value=\"alice\""), "{page}");
    assert!(page.contains("value=\"/dashboard\""), "{page}");
    login(ALICE.password, "/").header("Origin", "https://evil.example").send().expect(403);
}

pub(crate) fn a_login_page_of_ones_own_leaves_the_other_routes(on: Framework) {
    let app = on.start_own_login();
    let fields = [("username", ALICE.name), ("password", ALICE.password), ("remember", "on")];
    let reply = app.post("/auth/login").form(&fields).send().redirect("/");
    let lines = reply.all("set-cookie");
    assert!(lines.iter().any(|line| line.starts_with("session=") && line.contains("Max-Age=")), "{lines:?}");
    let session = reply.session().unwrap();
    app.get("/auth/me").session(&session).send().expect(200);
    app.post("/auth/logout").session(&session).send().expect(204);
    app.get("/auth/me").session(&session).send().problem(401, "unauthenticated");
}

pub(crate) fn a_login_page_of_ones_own_shows_what_was_sent_as_text(on: Framework) {
    let app = on.start_own_login();
    let script = "\"><script>alert(1)</script>";
    let page = own_page(app.get("/auth/login?next=%22%3E%3Cscript%3Ealert(1)%3C/script%3E").send(), 200);
    let fields = [("username", script), ("password", "wrong"), ("next", script)];
    let again = own_page(app.post("/auth/login").form(&fields).send(), 401);
    assert!(!page.contains("<script>") && !again.contains("<script>"), "{page}\n{again}");
}

pub(crate) fn a_page_of_ones_own_stands_in_the_place_of_ours(on: Framework) {
    let app = on.start_with(example_guides::looks_like_us);
    app.get("/private?a=1").browser().send().redirect("/auth/login?next=%2Fprivate%3Fa%3D1");
    let first = app.get("/auth/login?next=%2Fprivate%3Fa%3D1").browser().send();
    let fields = |password| [("username", "al\"ice"), ("password", password), ("next", "/private?a=1")];
    let refused = app.post("/auth/login").form(&fields("wrong")).browser().send();
    assert!(refused.header("www-authenticate").unwrap().starts_with("Form "));
    for (reply, status) in [(first, 200), (refused, 401)] {
        assert_eq!(reply.header("content-type"), Some("text/html; charset=utf-8"));
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
        let policy = reply.header("content-security-policy").unwrap().to_owned();
        assert!(policy.starts_with("default-src 'none'; style-src 'self'; "), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        let scripts: Vec<_> = policy.split("; ").filter(|part| part.contains("script")).collect();
        assert!(matches!(scripts[..], [ours] if ours.ends_with("/auth/passkeys.js")), "{policy}");
        let page = own_page(reply, status);
        assert!(page.contains(r#"<input type="hidden" name="next" value="/private?a=1">"#), "{page}");
        assert_eq!(page.contains("That name and password do not fit"), status == 401, "{page}");
        assert_eq!(page.contains("al&#34;ice"), status == 401, "{page}");
    }
    let right = [("username", ALICE.name), ("password", ALICE.password), ("next", "/private?a=1")];
    app.post("/auth/login").form(&right).browser().send().redirect("/private?a=1");
}

pub(crate) fn pages_that_are_not_ones_own_are_ours_in_ones_own_words(on: Framework) {
    let app = on.start_with(example_guides::looks_like_us);
    let session = app.login(ALICE);
    let reply = app.get("/auth/reauthenticate").session(&session).browser().send().expect(200);
    assert!(reply.header("content-security-policy").unwrap().contains("style-src 'sha256-"));
    let page = reply.text();
    assert!(page.contains("<h1>Is it still you?</h1>") && page.contains("Logged in as"), "{page}");
    let body = serde_json::json!({"username": ALICE.name, "password": "wrong"});
    let refused = app.post("/auth/login").json(&body).send().problem(401, "invalid_credentials");
    assert!(refused.text().contains(r#""title":"That name and password do not fit""#));
}

pub(crate) fn a_front_end_on_another_origin_logs_in_and_acts(on: Framework) {
    let app = on.start_guides();
    for path in ["/auth/login", "/cart"] {
        let preflight = app.request("OPTIONS", path).header("Origin", FRONT_END);
        let preflight = preflight.header("Access-Control-Request-Method", "POST");
        let reply = preflight.header("Access-Control-Request-Headers", "content-type").send();
        assert!(matches!(reply.status, 200 | 204), "{path}: {reply:?}");
        assert_eq!(reply.header("access-control-allow-origin"), Some(FRONT_END), "{path}");
        assert_eq!(reply.header("access-control-allow-credentials"), Some("true"), "{path}");
        let allowed = reply.header("access-control-allow-headers").unwrap().to_lowercase();
        assert!(allowed.contains("content-type"), "{allowed}");
    }
    let body = serde_json::json!({"username": ALICE.name, "password": ALICE.password});
    let login = app.post("/auth/login").json(&body).header("Origin", FRONT_END).send().expect(200);
    assert_eq!(login.header("access-control-allow-origin"), Some(FRONT_END));
    let session = login.session().unwrap();
    let me = app.get("/auth/me").session(&session).header("Origin", FRONT_END).send().expect(200);
    assert_eq!(me.header("access-control-allow-origin"), Some(FRONT_END));
    assert_eq!(
        app.post("/cart").session(&session).header("Origin", FRONT_END).send().expect(200).text(),
        "1"
    );
}

pub(crate) fn any_other_origin_reads_and_changes_nothing(on: Framework) {
    let app = on.start_guides();
    let session = app.login(ALICE);
    for origin in ["https://evil.example", "https://spa.example.com.evil.example", "null"] {
        let forged = app.post("/cart").session(&session).header("Origin", origin).send().expect(403);
        let read = app.get("/auth/me").session(&session).header("Origin", origin).send();
        for reply in [forged, read] {
            // It names the front end or nobody: a browser compares.
            assert_ne!(reply.header("access-control-allow-origin"), Some(origin));
        }
    }
}
