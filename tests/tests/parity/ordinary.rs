//! What browsers and programs send on a good day, and on a bad one.

use crate::request::{Case, ask, form, get, json};

const BROWSER: &str = "Accept: text/html,application/xhtml+xml,*/*;q=0.8";
const SESSION: &str = "Cookie: session={session}";
const BEARER: &str = "Authorization: Bearer {access}";
const ALICE: &str = "username=alice&password=correct+horse+battery+staple";

pub(crate) fn cases() -> Vec<Case> {
    [nobody(), waiting(), logging_in(), logged_in(), tokens(), origins(), ending()].concat()
}

fn nobody() -> Vec<Case> {
    let mut cases = Vec::new();
    for route in
        ["/", "/open", "/private", "/api", "/scoped", "/reports", "/staff", "/staff/page", "/fresh", "/basic"]
    {
        cases.push(get(route, ""));
        cases.push(get(route, BROWSER));
        cases.push(ask("HEAD", route, "", None));
    }
    for file in ["/docs", "/docs/start.js", "/docs/swagger-ui.css", "/docs/nothing"] {
        cases.push(get(file, BROWSER));
        cases.push(ask("HEAD", file, "", None));
    }
    for route in [
        "/auth/login",
        "/auth/health/live",
        "/auth/health/ready",
        "/auth/me",
        "/auth/openapi.json",
        "/auth/sessions",
        "/auth/reauthenticate",
        "/auth/logout",
        "/auth/nothing",
        "/auth",
        "/auth/",
    ] {
        cases.push(get(route, ""));
        cases.push(get(route, BROWSER));
        for method in ["HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE"] {
            cases.push(ask(method, route, "", None));
        }
    }
    cases.push(get("/private?a=1&b=%2F&c=%C3%A9", BROWSER));
    cases.push(get("/auth/login?next=/private", BROWSER));
    cases.push(get("/auth/login?next=//evil.example", BROWSER));
    cases.push(get("/auth/login?next=%3Cscript%3E&x", BROWSER));
    cases.push(get("/auth/login?next=a&next=b", ""));
    cases.push(get("/auth/login?next=%zz", BROWSER));
    cases.push(get("/auth/login?%00", ""));
    cases.push(get("/.well-known/jwks.json", ""));
    cases.push(ask("HEAD", "/.well-known/jwks.json", "", None));
    cases.push(ask("POST", "/.well-known/jwks.json", "", None));
    cases
}

/// Bob, who has a second factor, and has not shown it.
fn waiting() -> Vec<Case> {
    const BOB: &str = "username=bob&password=another+fine+demo+passphrase";
    const PENDING: &str = "Cookie: pending={pending}";
    let grant = format!("grant_type=password&{BOB}");
    vec![
        form("/auth/login", "", BOB),
        form("/auth/login", BROWSER, &format!("{BOB}&next=/private&remember=on")),
        form("/auth/login", "HX-Request: true", BOB),
        json("/auth/login", "", r#"{"username":"bob","password":"another fine demo passphrase"}"#),
        get("/private", PENDING),
        get("/private", &format!("{PENDING}\n{BROWSER}")),
        get("/auth/me", PENDING),
        get("/auth/mfa", PENDING),
        form("/auth/token", "", &grant),
        get("/basic", "Authorization: Basic Ym9iOmFub3RoZXIgZmluZSBkZW1vIHBhc3NwaHJhc2U="),
    ]
}

fn logging_in() -> Vec<Case> {
    vec![
        form("/auth/login", "", "username=alice&password=wrong"),
        form("/auth/login", BROWSER, "username=al%3Ci%3Ece&password=wrong&next=/private&remember=on"),
        form("/auth/login", "", "username=alice"),
        form("/auth/login", BROWSER, ""),
        json("/auth/login", "", r#"{"username":"alice","password":1}"#),
        json("/auth/login", "", r#"{"username":"alice","username":"bob","password":"x"}"#),
        json("/auth/login", "", "{"),
        ask("POST", "/auth/login", "", None),
        ask("POST", "/auth/login", "Content-Type: text/plain", Some(ALICE.as_bytes())),
        ask("POST", "/auth/login", "Content-Type: multipart/form-data; boundary=x", Some(b"--x--\r\n")),
        form("/auth/login", "Sec-Fetch-Site: cross-site", ALICE),
        form("/auth/login", "Origin: null", ALICE),
        form("/auth/login", &format!("Origin: https://evil.example\n{BROWSER}"), ALICE),
        form("/auth/login", "Origin: http://localhost:3000", ALICE),
        json(
            "/auth/login",
            "",
            r#"{"username":"Alice@example.com","password":"correct horse battery staple","remember":true}"#,
        ),
        form(
            "/auth/login",
            &format!("{BROWSER}\nUser-Agent: Firefox \"on\" <a> train"),
            &format!("{ALICE}&next=/reports"),
        ),
    ]
}

fn logged_in() -> Vec<Case> {
    let mut cases = Vec::new();
    for route in [
        "/",
        "/open",
        "/private",
        "/api",
        "/scoped",
        "/reports",
        "/staff",
        "/fresh",
        "/basic",
        "/auth/me",
        "/auth/sessions",
        "/auth/reauthenticate",
    ] {
        cases.push(get(route, SESSION));
        cases.push(get(route, &format!("{SESSION}\n{BROWSER}")));
        cases.push(ask("HEAD", route, SESSION, None));
    }
    for (lines, body) in [
        ("Content-Type: text/plain", &b"caf\xc3\xa9"[..]),
        ("", b""),
        ("Content-Type: x", b"\xff"),
        (BROWSER, b"<b>"),
    ] {
        cases.push(ask("POST", "/private", &format!("{SESSION}\n{lines}"), Some(body)));
    }
    cases.push(get("/private", "Cookie: session={session}; session=other"));
    cases.push(get("/private", "Cookie: a=b; session={session}; c"));
    cases.push(get("/private", "Cookie: a=b\nCookie: session={session}"));
    cases.push(get("/private", "Cookie: session=garbage"));
    cases.push(get("/private", "Cookie: session={session}\nAuthorization: Bearer x"));
    cases.push(get("/private", "Cookie: session={session}\nAuthorization: Basic eDp5"));
    cases.push(get("/fresh", SESSION).after(400));
    cases.push(get("/fresh?x=1", &format!("{SESSION}\n{BROWSER}")));
    cases.push(form("/auth/reauthenticate", &format!("{SESSION}\n{BROWSER}"), "password=wrong&next=/fresh"));
    cases.push(form("/auth/reauthenticate", SESSION, "password=correct+horse+battery+staple"));
    cases.push(get("/fresh", SESSION));
    cases.push(form(
        "/auth/password/change",
        SESSION,
        "current_password=wrong&new_password=violet+umbrella+cactus",
    ));
    cases.push(form(
        "/auth/password/change",
        SESSION,
        "current_password=correct+horse+battery+staple&new_password=short",
    ));
    cases
}

fn tokens() -> Vec<Case> {
    let grant = format!("grant_type=password&scope=reports:read&{ALICE}");
    let mut cases = vec![
        form("/auth/token", "", &grant),
        get("/api", BEARER),
        get("/api", "Authorization: bearer {access}"),
        get("/scoped", BEARER),
        get("/private", BEARER),
        get("/auth/me", BEARER),
        get("/staff", BEARER),
        get("/basic", BEARER),
        get("/api", "Authorization: Bearer {access}\nAuthorization: Bearer {access}"),
        get("/api", "Authorization: Bearer"),
        get("/api", "Authorization: Bearer  {access} "),
        get("/api", "Authorization: Digest {access}"),
        get("/api?access_token=x", ""),
        get("/basic", "Authorization: Basic Ym9iOmFub3RoZXIgZmluZSBkZW1vIHBhc3NwaHJhc2U="),
        get("/basic", "Authorization: Basic !!!"),
        get("/basic", &format!("Authorization: Basic Ym9i\n{BROWSER}")),
        form("/auth/token", "", "grant_type=nothing"),
        form("/auth/token", "", "grant_type=password&username=alice&password=wrong"),
        form("/auth/token", "", "grant_type=refresh_token&refresh_token=x"),
        form("/auth/token", "Authorization: Basic eDp5", &grant),
        form("/auth/token", BROWSER, "grant_type=password&grant_type=password"),
        json("/auth/token", "", r#"{"grant_type":"password"}"#),
        get("/auth/token", ""),
        ask(
            "OPTIONS",
            "/auth/token",
            "Origin: https://spa.example\nAccess-Control-Request-Method: POST",
            None,
        ),
        form("/auth/revoke", "", "token=x"),
        form("/auth/revoke", "", ""),
    ];
    cases.push(form("/auth/token?scope=x", "", &grant));
    cases
}

fn origins() -> Vec<Case> {
    let mut cases = Vec::new();
    for line in [
        "Origin: https://evil.example",
        "Origin: null",
        "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-Site: same-site",
        "Sec-Fetch-Site: none",
    ] {
        let lines = format!("{SESSION}\n{line}");
        cases.push(ask("POST", "/private", &lines, Some(b"text")));
        cases.push(ask("DELETE", "/auth/sessions", &format!("{lines}\nX-A: b"), None));
        cases.push(get("/private", &lines));
    }
    cases.push(get("/private", &format!("{SESSION}\nUpgrade: websocket\nOrigin: https://evil.example")));
    cases
}

fn ending() -> Vec<Case> {
    vec![
        get("/auth/sessions", SESSION),
        ask("DELETE", "/auth/sessions/nothing", SESSION, None),
        ask("DELETE", "/auth/sessions", SESSION, None),
        form("/auth/sessions/delete", &format!("{SESSION}\n{BROWSER}"), "next=/private"),
        form("/auth/logout", &format!("{SESSION}\n{BROWSER}"), "next=//evil.example"),
        get("/private", SESSION),
        form("/auth/login", "", ALICE),
        get("/auth/sessions", SESSION),
        ask("DELETE", "/auth/sessions/{handle}", SESSION, None),
        ask("POST", "/auth/logout", SESSION, None),
        form("/auth/login", "", ALICE),
    ]
}
