//! The form of replies: methods, page or JSON, headers (RFC 9110 section 12.5.1, RFC 9457; RFC 9700
//! section 4.16 for framing).

use auth_core::provider::ProviderConfig;
use conformance::{ALICE, CLIENT, Framework, Idp, Reply};
use serde_json::json;

/// Login routes, with the methods that they take.
const ROUTES: [(&str, &[&str]); 12] = [
    ("/auth/login", &["GET", "HEAD", "POST"]),
    ("/auth/logout", &["POST"]),
    ("/auth/me", &["GET", "HEAD"]),
    ("/auth/reauthenticate", &["GET", "HEAD", "POST"]),
    ("/auth/sessions", &["GET", "HEAD", "DELETE"]),
    ("/auth/sessions/abc", &["DELETE"]),
    ("/auth/sessions/delete", &["POST"]),
    ("/auth/sessions/abc/delete", &["POST"]),
    ("/auth/password/change", &["POST"]),
    ("/auth/token", &["POST"]),
    ("/auth/revoke", &["POST"]),
    ("/.well-known/jwks.json", &["GET", "HEAD"]),
];

pub(crate) fn a_wrong_method_is_405_with_allow(on: Framework) {
    let app = on.start();
    for (route, allowed) in ROUTES {
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"] {
            // The one path that two routes share: `delete` as the id of a session.
            if allowed.contains(&method) || (route == "/auth/sessions/delete" && method == "DELETE") {
                continue;
            }
            let reply = app.request(method, route).send().expect(405);
            let mut names: Vec<_> = reply.header("allow").unwrap_or_default().split(", ").collect();
            names.sort_unstable();
            let mut expected = allowed.to_vec();
            expected.sort_unstable();
            assert_eq!(names, expected, "{method} {route}");
            assert_eq!(reply.header("cache-control"), Some("no-store"), "{method} {route}");
            if method != "HEAD" {
                let code = reply.json();
                let code = if route.ends_with("token") || route.ends_with("revoke") {
                    &code["error"]
                } else {
                    &code["code"]
                };
                assert!(
                    code == "method_not_allowed" || code == "invalid_request",
                    "{method} {route}: {code}"
                );
            }
        }
    }
}

pub(crate) fn head_is_get_without_the_body(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    for route in ["/auth/login", "/auth/me", "/auth/sessions", "/.well-known/jwks.json", "/auth/nothing"] {
        let get = app.get(route).session(&session).send();
        let head = app.request("HEAD", route).session(&session).send();
        assert_eq!(head.status, get.status, "{route}");
        assert!(head.body.is_empty());
        for name in ["content-type", "cache-control", "content-security-policy"] {
            assert_eq!(head.header(name), get.header(name), "{route} {name}");
        }
    }
}

pub(crate) fn head_is_get_without_the_body_in_a_browser_too(on: Framework) {
    let idp = Idp::start();
    let entry = ProviderConfig::openid_connect("work", idp.issuer(), CLIENT.0).client_secret(CLIENT.1);
    let app = on.start_with(|builder| builder.provider(entry));
    let session = app.login(ALICE);
    let of_the_moment = |(name, _): &(String, String)| name != "date" && name != "connection";
    for route in [
        "/auth/login",
        "/auth/login?next=/private",
        "/auth/login/work",
        "/auth/me",
        "/auth/sessions",
        "/auth/accounts",
        "/auth/reauthenticate",
        "/auth/logout",
        "/auth/nothing",
        "/.well-known/jwks.json",
        "/private",
        "/fresh",
    ] {
        for request in [
            app.get(route),
            app.get(route).browser(),
            app.get(route).session(&session),
            app.get(route).session(&session).browser(),
        ] {
            let mut get = request.clone().send();
            let mut head = request.with_method("HEAD").send();
            assert_eq!(head.status, get.status, "{route}");
            assert!(head.body.is_empty());
            for reply in [&mut get, &mut head] {
                reply.headers.retain(of_the_moment);
                reply.headers.sort();
            }
            assert_eq!(head.headers, get.headers, "{route}");
        }
    }
}

pub(crate) fn unknown_routes_and_those_of_later_stages_are_404(on: Framework) {
    let app = on.start();
    for route in [
        "/auth",
        "/auth/",
        "/auth/nothing",
        "/auth/login/",
        "/auth/authorize",
        "/auth/introspect",
        "/auth/api-keys",
    ] {
        for method in ["GET", "POST", "DELETE", "OPTIONS"] {
            let reply = app.request(method, route).send().problem(404, "not_found");
            assert_eq!(reply.header("cache-control"), Some("no-store"), "{method} {route}");
        }
    }
}

pub(crate) fn a_browser_gets_pages_and_everybody_else_json(on: Framework) {
    let app = on.start();
    let wrong = || app.try_login("alice", "not the password of alice");
    for accept in
        ["*/*", "application/json", "text/*", "application/json, text/html;q=0.5", "text/html;q=0", ""]
    {
        wrong().header("Accept", accept).send().problem(401, "invalid_credentials");
    }
    wrong().send().problem(401, "invalid_credentials");
    for accept in
        ["text/html", "text/html,application/xhtml+xml,*/*;q=0.8", "text/html;q=0.9, application/json;q=0.5"]
    {
        let reply = wrong().header("Accept", accept).send().expect(401);
        assert_eq!(reply.header("content-type"), Some("text/html; charset=utf-8"), "{accept}");
    }
    // A JSON body is a program's, whatever it accepts.
    let body = json!({"username": "alice", "password": "not the password of alice"});
    app.post("/auth/login")
        .json(&body)
        .header("Accept", "text/html")
        .send()
        .problem(401, "invalid_credentials");
}

pub(crate) fn problems_name_type_title_status_and_code(on: Framework) {
    let app = on.start();
    let problem = app.get("/auth/nothing").send().problem(404, "not_found").json();
    let members: Vec<_> = problem.as_object().unwrap().keys().map(String::as_str).collect();
    for member in ["type", "title", "status", "code"] {
        assert!(members.contains(&member), "{problem}");
    }
    for member in members {
        assert!(["type", "title", "status", "code", "detail"].contains(&member), "{problem}");
    }
}

pub(crate) fn every_reply_under_the_prefix_is_not_stored(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    let replies = [
        app.get("/auth/login").send(),
        app.get("/auth/login").browser().send(),
        app.try_login("alice", "wrong").send(),
        app.try_login(ALICE.name, ALICE.password).send(),
        app.get("/auth/me").send(),
        app.get("/auth/me").session(&session).send(),
        app.get("/auth/sessions").session(&session).send(),
        app.try_token(ALICE, "").send(),
        app.post("/auth/revoke").form(&[("token", "x")]).send(),
        app.post("/auth/logout").session(&session).send(),
    ];
    for reply in replies {
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{reply:?}");
    }
    // The public keys are for everybody, and say for how long.
    assert!(app.get("/.well-known/jwks.json").send().expect(200).header("cache-control").is_some());
}

/// A page without the one script that any of ours has.
fn without_ours(page: &Reply) -> String {
    page.text().replace(r#"<script src="/auth/passkeys.js" defer></script>"#, "")
}

pub(crate) fn pages_carry_the_headers_of_pages(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    let pages = [
        app.get("/auth/login").browser().send().expect(200),
        app.try_login("alice", "not the password of alice").browser().send().expect(401),
        app.get("/auth/reauthenticate").browser().session(&session).send().expect(200),
        app.get("/auth/nothing").browser().send().expect(404),
        app.request("PUT", "/auth/login").browser().send().expect(405),
    ];
    for page in pages {
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(!policy.contains("unsafe-inline") && !policy.contains("form-action"), "{policy}");
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(page.header("referrer-policy"), Some("same-origin"));
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
        assert!(!without_ours(&page).contains("<script"), "no other script");
    }
}

pub(crate) fn what_was_typed_comes_back_escaped_and_the_password_never(on: Framework) {
    let app = on.start();
    let name = "\"><script>alert(1)</script>";
    let page =
        without_ours(&app.try_login(name, "a secret of mine, not alice's").browser().send().expect(401));
    assert!(!page.contains("<script"), "{page}");
    assert!(page.contains("alert(1)"), "{page}");
    assert!(!page.contains("a secret of mine"), "{page}");
    let page = without_ours(&app.get("/auth/login?next=/%22%3E%3Cscript%3E").browser().send().expect(200));
    assert!(!page.contains("<script"), "{page}");
}

pub(crate) fn no_cors_header_is_ever_sent(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    for origin in ["https://evil.example", "null", app.base.as_str()] {
        for (method, route) in [
            ("GET", "/auth/me"),
            ("OPTIONS", "/auth/token"),
            ("OPTIONS", "/auth/login"),
            ("POST", "/auth/token"),
            ("GET", "/.well-known/jwks.json"),
            ("GET", "/private"),
            ("POST", "/private"),
            ("GET", "/api"),
        ] {
            let request = app.request(method, route).header("Origin", origin).session(&session);
            no_cors(&request.header("Access-Control-Request-Method", "POST").send());
        }
    }
}

fn no_cors(reply: &Reply) {
    assert!(reply.headers.iter().all(|(name, _)| !name.starts_with("access-control-")), "{reply:?}");
}

pub(crate) fn the_examples_add_no_header_of_their_own(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    let known = [
        "allow",
        "cache-control",
        "connection",
        "content-language",
        "content-length",
        "content-security-policy",
        "content-type",
        "date",
        "keep-alive",
        "location",
        "pragma",
        "referrer-policy",
        "retry-after",
        "set-cookie",
        "transfer-encoding",
        "vary",
        "www-authenticate",
        "x-content-type-options",
    ];
    for request in [
        app.get("/open"),
        app.get("/private"),
        app.get("/private").session(&session),
        app.get("/"),
        app.get("/auth/login"),
        app.get("/auth/me").session(&session),
        app.try_token(ALICE, ""),
        app.get("/.well-known/jwks.json"),
    ] {
        let reply = request.send();
        for (name, _) in &reply.headers {
            assert!(known.contains(&name.as_str()), "{name}");
        }
    }
}

pub(crate) fn replies_that_depend_on_the_caller_say_so(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    for request in
        [app.get("/private"), app.get("/private").session(&session), app.get("/"), app.get("/auth/me")]
    {
        let reply = request.send();
        assert!(reply.all("vary").contains(&"Cookie, Authorization"), "{reply:?}");
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{reply:?}");
    }
    let open = app.get("/open").session(&session).send().expect(200);
    assert_eq!(
        (open.header("vary"), open.header("cache-control")),
        (None, None),
        "nobody asked who is calling"
    );
}
