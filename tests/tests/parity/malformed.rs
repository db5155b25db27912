//! What attackers, broken programs and odd proxies send.

use crate::request::{Case, ask, form, get};

const SESSION: &str = "Cookie: session={session}";
const ALICE: &str = "username=alice&password=correct+horse+battery+staple";
const FORM: &str = "Content-Type: application/x-www-form-urlencoded";

pub(crate) fn cases() -> Vec<Case> {
    [paths(), headers(), bodies(), handshakes(), overrides(), broken_http()].concat()
}

fn paths() -> Vec<Case> {
    let below = [
        "/auth/../auth/login",
        "/auth/./login",
        "/auth/login/",
        "/auth/login//",
        "/auth//login",
        "/auth/%6cogin",
        "/auth/login%2f",
        "/auth/%2e%2e/private",
        "/auth/..%2fprivate",
        "/auth/%00",
        "/auth/%ff",
        "/auth/%",
        "/auth/%zz",
        "/auth/login;a=b",
        "/auth/LOGIN",
        "/auth/login%20",
        "/auth/\\login",
        "/auth/sessions/%2e%2e",
        "/auth/sessions/a%2fb",
        "/auth/a/b/c/d/e",
        "/auth/login?",
        "/auth/?x=1",
        "/auth/login?a=b?c=d",
        "/auth/me?next=%2f%2f",
        "/auth/{rest}",
        "/auth/login?next=/%ff",
    ];
    let mut cases: Vec<_> = below.iter().map(|path| get(path, "")).collect();
    cases.push(get(&format!("/auth/{}", "a".repeat(3000)), ""));
    cases.push(get(&format!("/auth/login?next=/{}", "a".repeat(3000)), "Accept: text/html"));
    cases.push(get("http://localhost:3000/auth/login", ""));
    cases.push(get("http://evil.example/auth/login?next=/x", "Accept: text/html"));
    cases.push(get("http://evil.example/private", "Accept: text/html"));
    cases.push(get("//auth/login", "").own());
    cases.push(get("//evil.example/auth/login", "").own());
    cases.push(get("/.well-known/jwks.json/", "").own());
    cases.push(get("/.well-known/../auth/login", "").own());
    cases.push(get("/nothing/here", "").own());
    cases.push(get("/AUTH/login", "").own());
    cases.push(get("/private/", "").own());
    cases.push(get("/private/../open", "").own());
    cases.push(get("/%70rivate", SESSION).own());
    cases.push(get("/private%00", SESSION).own());
    cases.push(get("/staff/%2e%2e/private", "").own());
    cases.push(ask("POST", "/open", "", Some(b"x")).own());
    cases.push(ask("PUT", "/private", SESSION, Some(b"x")).own());
    cases.push(ask("DELETE", "/staff", "", None).own());
    cases.push(ask("OPTIONS", "/private", "", None).own());
    cases.push(ask("OPTIONS", "*", "", None).own());
    cases
}

fn headers() -> Vec<Case> {
    let mut cases = vec![
        get("/private", "cookie: session={session}"),
        get("/private", "COOKIE:session={session}"),
        get("/private", "Cookie:   session={session}   "),
        get("/private", "Cookie: session=\"{session}\""),
        get("/private", "Cookie: session ={session}"),
        get("/private", "Cookie: session={session},session={session}"),
        get("/private", "Cookie: =; ;;=session; session"),
        get("/private", &format!("Cookie: session={}", "A".repeat(3000))),
        get("/private", &format!("Authorization: Bearer {}", "a.".repeat(3000))),
        get("/private", "Authorization:"),
        get("/private", "Authorization: "),
        get("/private", "Accept:\nAccept: text/html"),
        get("/private", "Accept: text/html;q=abc"),
        get("/private", "Accept: application/json\nAccept: text/html"),
        get("/private", "X-User-Id: root\nX-Forwarded-User: root\nX-Remote-User: root"),
        get(
            "/private",
            "X-Forwarded-Host: evil.example\nX-Forwarded-Proto: https\nForwarded: host=evil.example\nAccept: text/html",
        ),
        get("/private", "X-HTTP-Method-Override: POST"),
        get("/auth/logout", "X-HTTP-Method-Override: POST"),
        get("/auth/login", "Range: bytes=0-10"),
        get("/auth/login", "If-None-Match: *"),
        get("/auth/login", "Expect: something"),
        form("/auth/login", "Content-Type: application/json", ALICE),
        form("/auth/login", "Content-Encoding: gzip", ALICE),
        form("/auth/login", "Sec-Fetch-Site: none\nSec-Fetch-Site: cross-site", ALICE),
        form("/auth/login", "Origin: http://localhost:3000\nOrigin: http://localhost:3000", ALICE),
    ];
    for name in ["Origin", "Sec-Fetch-Site", "Accept", "Upgrade", "X-Forwarded-For", "Content-Type"] {
        let head =
            format!("POST /private HTTP/1.1\r\nHost: localhost:3000\r\nConnection: close\r\n{SESSION}\r\n");
        let name_and_colon = format!("{name}: ");
        let rest = b"\xff\xfe\r\nContent-Length: 1\r\n\r\nx";
        let bytes = [head.as_bytes(), name_and_colon.as_bytes(), rest].concat();
        cases.push(Case::raw(&format!("a session beside {name} that is not UTF-8"), bytes));
    }
    for name in ["Cookie", "Authorization", "Accept", "Origin", "Sec-Fetch-Site", "User-Agent"] {
        let head = format!(
            "POST /auth/login HTTP/1.1\r\nHost: localhost:3000\r\nConnection: close\r\n{FORM}\r\n{name}: "
        );
        let rest = format!("\r\nContent-Length: {}\r\n\r\n{ALICE}", ALICE.len());
        cases.push(Case::raw(
            &format!("{name} is not UTF-8"),
            [head.as_bytes(), b"\xff\xfe", rest.as_bytes()].concat(),
        ));
    }
    let head = b"GET /private HTTP/1.1\r\nHost: localhost:3000\r\nConnection: close\r\nCookie: session=";
    cases.push(Case::raw("a cookie that is not UTF-8", [&head[..], b"\xff\r\n\r\n"].concat()));
    cases.push(Case::raw(
        "a good cookie beside one that is not UTF-8",
        [&head[..], b"{session}\r\nCookie: x=\xff\r\n\r\n"].concat(),
    ));
    cases.push(Case::raw(
        "a bad token beside a good one",
        [&head[..], b"{session}\r\nAuthorization: Bearer \xff\r\n\r\n"].concat(),
    ));
    cases
}

fn bodies() -> Vec<Case> {
    let chunked = |route: &str, lines: &str, chunks: &str| {
        let head = format!(
            "POST {route} HTTP/1.1\r\nHost: localhost:3000\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n{lines}\r\n\r\n{chunks}"
        );
        Case::raw(&format!("chunked {route} {}", &chunks[..chunks.len().min(20)]), head)
    };
    let whole = format!("{:x}\r\n{ALICE}\r\n0\r\n\r\n", ALICE.len());
    let many: String =
        ALICE.chars().map(|letter| format!("1\r\n{letter}\r\n")).collect::<String>() + "0\r\n\r\n";
    let endless = format!("10000\r\n{}\r\n", "x".repeat(0x10000)).repeat(3) + "0\r\n\r\n";
    let json_head = "Content-Type: application/json";
    let mut cases = vec![
        chunked("/auth/login", FORM, &whole),
        chunked("/auth/login", FORM, &many),
        chunked("/auth/login", FORM, &endless),
        chunked("/auth/token", FORM, &endless),
        chunked("/private", "Content-Type: text/plain", &endless),
        chunked("/auth/login", FORM, "0\r\n\r\n"),
        chunked("/auth/login", FORM, "zz\r\nbroken\r\n").own(),
        form("/auth/login", "", &"x".repeat(64 * 1024)),
        form("/auth/login", "", &"x".repeat(64 * 1024 + 1)),
        form("/auth/login", "Accept: text/html", &"x".repeat(200 * 1024)),
        form("/auth/login", "", &"x".repeat(10 * 1024 * 1024)),
        ask("POST", "/private", SESSION, Some("x".repeat(64 * 1024).as_bytes())),
        ask("POST", "/private", SESSION, Some("x".repeat(64 * 1024 + 1).as_bytes())),
        ask("POST", "/private", "", Some("x".repeat(200 * 1024).as_bytes())),
        ask("POST", "/auth/me", "", Some("x".repeat(200 * 1024).as_bytes())),
        ask("POST", "/auth/login", json_head, Some("[".repeat(60_000).as_bytes())),
        ask("POST", "/auth/login", json_head, Some(b"\xef\xbb\xbf{}")),
        ask("POST", "/auth/login", json_head, Some(b"{\"username\":\"\\ud800\",\"password\":\"x\"}")),
        ask("POST", "/auth/login", json_head, Some(b"{\"username\":\"a\\u0000\",\"password\":\"x\"}")),
        ask("POST", "/auth/login", "", Some(ALICE.as_bytes())),
        ask("GET", "/auth/login", FORM, Some(b"next=/x")),
        ask("GET", "/auth/me", "", Some(b"x")),
        ask("DELETE", "/auth/sessions", "Content-Type: text/plain", Some(b"x")),
        form("/auth/login", "Expect: 100-continue", ALICE),
    ];
    for body in [
        "a=%",
        "a=%zz",
        "a=%ff",
        "a=1&a=2",
        "a=%00",
        "&&&=&",
        "username[]=alice&password=x",
        "username=alice;password=x",
    ] {
        cases.push(form("/auth/login", "", body));
    }
    cases.push(ask("POST", "/auth/login", FORM, Some(b"username=\xff&password=x")));
    cases
}

/// Requests that want to become something else than HTTP: frameworks read their bodies in another way.
fn handshakes() -> Vec<Case> {
    const WEBSOCKET: &str = "Upgrade: websocket\nSec-WebSocket-Version: 13";
    vec![
        get("/auth/login", WEBSOCKET),
        get("/auth/me", &format!("{WEBSOCKET}\n{SESSION}")),
        get("/auth/logout", WEBSOCKET),
        get("/private", &format!("{WEBSOCKET}\n{SESSION}")),
        get("/private", &format!("{WEBSOCKET}\n{SESSION}\nOrigin: https://evil.example")),
        get("/.well-known/jwks.json", WEBSOCKET),
        ask("HEAD", "/auth/login", WEBSOCKET, None),
        ask("POST", "/auth/login", WEBSOCKET, None),
        form("/auth/login", WEBSOCKET, ALICE),
        form("/auth/login", WEBSOCKET, &"x".repeat(64 * 1024 + 1)),
        form("/auth/login", "Upgrade: h2c\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA", ALICE),
        ask("CONNECT", "/auth/login", "", None),
        ask("CONNECT", "/auth/nothing", "", None),
        ask("CONNECT", "/auth/token", FORM, Some(ALICE.as_bytes())),
    ]
}

fn overrides() -> Vec<Case> {
    let mut cases = Vec::new();
    for method in ["get", "put", "delete", "patch", "head", "options", "nothing", "POST", "trace", "connect"]
    {
        cases.push(form("/auth/login", "", &format!("_method={method}&{ALICE}")));
        cases.push(form("/auth/sessions", SESSION, &format!("_method={method}")));
        cases.push(form("/auth/token", "", &format!("_method={method}&grant_type=password&{ALICE}")));
    }
    cases.push(form("/auth/logout", SESSION, "_method=get"));
    cases
}

fn broken_http() -> Vec<Case> {
    let raw = |name: &str, bytes: &[u8]| Case::raw(name, bytes).own();
    vec![
        raw("no host", b"GET /auth/login HTTP/1.1\r\nConnection: close\r\n\r\n"),
        raw("two hosts", b"GET /auth/login HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n"),
        raw("HTTP/1.0", b"GET /auth/login HTTP/1.0\r\n\r\n"),
        raw("HTTP/1.0 without a length", b"POST /auth/login HTTP/1.0\r\n\r\nusername=alice"),
        raw("nonsense", b"nonsense\r\n\r\n"),
        raw("a line feed alone", b"GET /auth/login HTTP/1.1\nHost: a\nConnection: close\n\n"),
        raw("a space before the colon", b"GET /private HTTP/1.1\r\nHost : a\r\nConnection: close\r\n\r\n"),
        raw("a folded header", b"GET /private HTTP/1.1\r\nHost: a\r\nCookie: a=b;\r\n c=d\r\nConnection: close\r\n\r\n"),
        raw("a NUL in a header", b"GET /private HTTP/1.1\r\nHost: a\r\nCookie: a=\0\r\nConnection: close\r\n\r\n"),
        raw("two lengths", b"POST /auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\nConnection: close\r\n\r\nab"),
        raw("a negative length", b"POST /auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\nConnection: close\r\n\r\n"),
        raw("length and chunks", b"POST /auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n"),
        raw("an unknown method", b"BREW /auth/login HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
        raw("CONNECT", b"CONNECT localhost:3000 HTTP/1.1\r\nHost: localhost:3000\r\nConnection: close\r\n\r\n"),
        raw("a path that is not UTF-8", b"GET /auth/\xff HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
        raw("HTTP/9.9", b"GET /auth/login HTTP/9.9\r\nHost: a\r\n\r\n"),
        raw("a huge header", format!("GET /private HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX: {}\r\n\r\n", "x".repeat(300_000)).as_bytes()),
        raw("many headers", format!("GET /private HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{}\r\n", "X: y\r\n".repeat(200)).as_bytes()),
        raw("a huge target", format!("GET /auth/{} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "x".repeat(100_000)).as_bytes()),
    ]
}
