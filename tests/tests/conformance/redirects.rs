//! Where a browser is sent (OWASP Unvalidated Redirects and Forwards Cheat Sheet; RFC 9700 section 4.12).

use conformance::{ALICE, Framework, TestApp};

/// Targets that some browser, proxy or framework would read as another place.
const ELSEWHERE: [&str; 36] = [
    "//evil.example",
    "/\\evil.example",
    "\\/\\/evil.example",
    "\\\\evil.example",
    "/%09/evil.example",
    "///evil.example",
    "https:evil.example",
    "http:///evil.example",
    "https://evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\n/evil.example",
    "@evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "https://localhost@evil.example",
    "https://localhost.evil.example",
    " /private",
    " //evil.example",
    "/%0d%0aSet-Cookie:%20session=x",
    "/private\r\nSet-Cookie: session=x",
    "",
    "private",
    "?next",
    "#x",
    "/%2f/evil.example",
    "/%5cevil.example",
    "/.//evil.example",
    "/..//evil.example",
    "/a/../..//evil.example",
    "mailto:a@b",
    "ftp://evil.example",
    "/\u{2044}/evil.example",
    "/\u{e9}",
    "//localhost//evil.example",
    "/ /evil.example",
];

fn login(app: &TestApp, next: &str) -> String {
    let fields = [("username", ALICE.name), ("password", ALICE.password), ("next", next)];
    let reply = app.post("/auth/login").form(&fields).browser().send().expect(303);
    assert!(reply.body.is_empty());
    reply.header("location").unwrap().to_owned()
}

pub(crate) fn next_is_followed_to_a_path_on_this_origin(on: Framework) {
    let app = on.start();
    for next in ["/", "/private", "/a/b?c=d&e=%2F#f", "/private?next=//evil.example"] {
        assert_eq!(login(&app, next), next);
    }
}

pub(crate) fn next_to_anywhere_else_leads_home(on: Framework) {
    let app = on.start();
    for next in ELSEWHERE {
        let location = login(&app, next);
        assert!(location == "/" || is_local(&location), "{next:?} led to {location:?}");
    }
    assert_eq!(login(&app, "//evil.example"), "/");
    assert_eq!(login(&app, "https://evil.example/"), "/");
}

/// A path that no browser reads as another origin's.
fn is_local(location: &str) -> bool {
    let plain = location.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    plain && location.starts_with('/') && !location.starts_with("//") && !location.contains("evil.example")
}

pub(crate) fn logout_follows_the_same_rule(on: Framework) {
    let app = on.start();
    for next in ELSEWHERE {
        let reply = app.post("/auth/logout").form(&[("next", next)]).browser().send().expect(303);
        let location = reply.header("location").unwrap();
        assert!(location == "/" || is_local(location), "{next:?} led to {location:?}");
    }
    app.post("/auth/logout").form(&[("next", "/open")]).browser().send().redirect("/open");
    app.post("/auth/logout").browser().send().redirect("/");
}

pub(crate) fn reauthentication_and_password_change_follow_the_same_rule(on: Framework) {
    let app = on.start();
    let mut session = app.login(ALICE);
    for (next, expected) in [("/fresh", "/fresh"), ("//evil.example", "/"), ("https://evil.example", "/")] {
        let fields = [("password", ALICE.password), ("next", next)];
        let reply = app.post("/auth/reauthenticate").form(&fields).browser().session(&session).send();
        session = reply.redirect(expected).session().unwrap();
    }
    let fields = [
        ("current_password", ALICE.password),
        ("new_password", "violet umbrella cactus seventeen"),
        ("next", "//e"),
    ];
    app.post("/auth/password/change").form(&fields).browser().session(&session).send().redirect("/");
}

pub(crate) fn a_page_carries_a_safe_next_and_drops_any_other(on: Framework) {
    let app = on.start();
    let page =
        |query: &str| app.get(&format!("/auth/login?next={query}")).browser().send().expect(200).text();
    assert!(page("%2Fprivate%3Fa%3D1").contains("value=\"/private?a=1\""));
    for hostile in
        ["%2F%2Fevil.example", "https%3A%2F%2Fevil.example", "%2F%5Cevil.example", "javascript%3Aalert(1)"]
    {
        assert!(
            !page(hostile).contains("evil.example") && !page(hostile).contains("javascript"),
            "{hostile}"
        );
    }
}

pub(crate) fn a_detour_carries_path_and_query_encoded(on: Framework) {
    let app = on.start();
    app.get("/private").browser().send().redirect("/auth/login?next=%2Fprivate");
    let reply = app.get("/private?a=1&b=%2F%2Fx").browser().send().expect(303);
    assert_eq!(reply.header("location"), Some("/auth/login?next=%2Fprivate%3Fa%3D1%26b%3D%252F%252Fx"));
}

pub(crate) fn a_detour_carries_the_path_that_a_route_is_nested_in(on: Framework) {
    let app = on.start_shop("/shop", |builder| builder);
    let reply = app.get("/shop/private?a=b").browser().send();
    reply.redirect("/auth/login?next=%2Fshop%2Fprivate%3Fa%3Db");
}

/// Places that ask for what has just been done.
const AGAIN: [&str; 6] = [
    "/auth/login",
    "/auth/login?next=%2Fauth%2Flogin",
    "/auth/./login#x",
    "/x/../auth/login",
    "/auth/logout",
    "/auth/reauthenticate?next=%2Fauth%2Freauthenticate",
];

pub(crate) fn next_to_the_login_page_leads_home(on: Framework) {
    let app = on.start();
    let mut session = app.login(ALICE);
    for next in AGAIN {
        assert_eq!(login(&app, next), "/", "{next}");
        let fields = [("password", ALICE.password), ("next", next)];
        let reply = app.post("/auth/reauthenticate").form(&fields).browser().session(&session).send();
        session = reply.redirect("/").session().unwrap();
        let query = next.replace('?', "%3F").replace('#', "%23");
        let html = app.get(&format!("/auth/login?next={query}")).browser().send().expect(200).text();
        // The switch of languages leads back to the page itself.
        let form = html.split("<footer>").next().unwrap();
        assert!(!form.contains("name=\"next\""), "{html}");
    }
    // Who has just logged in is not asked once more on the way.
    assert_eq!(login(&app, "/auth/reauthenticate?next=%2Ffresh"), "/fresh");
    // The page of a provider is another page, and so is the login page for whoever has logged out.
    assert_eq!(login(&app, "/auth/login/github?link=true"), "/auth/login/github?link=true");
    let logout = |next| app.post("/auth/logout").form(&[("next", next)]).browser().send();
    logout("/auth/login").redirect("/auth/login");
    logout("/auth/logout").redirect("/");
}

pub(crate) fn a_refused_form_has_a_link_to_log_in(on: Framework) {
    let app = on.start();
    let link = |request: conformance::Request| {
        let html = request.browser().send().expect(401).text();
        let start = html.find("<a href=\"/auth/").unwrap_or_else(|| panic!("{html}")) + "<a href=\"".len();
        html[start..].split('"').next().unwrap().to_owned()
    };
    assert_eq!(link(app.post("/private")), "/auth/login");
    assert_eq!(link(app.post("/auth/sessions/delete").form(&[])), "/auth/login");
    let from = |url: &str| app.post("/private").header("Referer", url);
    assert_eq!(link(from(&format!("{}/form?a=b", app.base))), "/auth/login?next=%2Fform%3Fa%3Db");
    assert_eq!(link(from("https://evil.example/form")), "/auth/login");
}

pub(crate) fn where_a_browser_came_from_is_where_it_ends(on: Framework) {
    let app = on.start();
    let detour = app.get("/reports?page=2").browser().send().expect(303);
    let page = app.get(detour.header("location").unwrap()).browser().send().expect(200).text();
    assert!(page.contains("value=\"/reports?page=2\""), "{page}");
    assert_eq!(login(&app, "/reports?page=2"), "/reports?page=2");
}
