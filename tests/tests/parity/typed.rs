//! Input as people type it, programs send it and scripts of a page ask for it.

use crate::request::{Case, ask, form, get, json};

const BROWSER: &str = "Accept: text/html,application/xhtml+xml,*/*;q=0.8";
const HTMX: &str = "HX-Request: true\nAccept: */*";
const SESSION: &str = "Cookie: session={session}";
const PASSWORD: &str = "password=correct+horse+battery+staple";
const PAGE: &str = "HX-Current-URL: http://localhost:3000/list?page=2";

pub(crate) fn cases() -> Vec<Case> {
    [names(), fields(), clients(), htmx(), refusals(), lines()].concat()
}

fn names() -> Vec<Case> {
    let typed = [
        "alice%20",
        "%09alice",
        "alice%C2%A0",
        "%EF%BB%BFalice",
        "alice%40example.com%20",
        "al%20ice",
        "%20",
    ];
    let login = |name: &&str| form("/auth/login", "", &format!("username={name}&{PASSWORD}"));
    let mut cases: Vec<_> = typed.iter().map(login).collect();
    cases.push(form("/auth/login", "", "username=alice&password=correct+horse+battery+staple+"));
    cases.push(form("/auth/login", BROWSER, "username=%20alice%20&password=wrong"));
    // `alice ` and the password.
    cases.push(get("/basic", "Authorization: Basic YWxpY2UgOmNvcnJlY3QgaG9yc2UgYmF0dGVyeSBzdGFwbGU="));
    cases
}

fn fields() -> Vec<Case> {
    let mut cases = Vec::new();
    for remember in
        ["y", "True", "0", "OFF", "false&remember=true", "true&remember=false", "a&remember=b&remember=c"]
    {
        cases.push(form("/auth/login", "", &format!("username=alice&{PASSWORD}&remember={remember}")));
    }
    for remember in ["1", "0", "\"yes\"", "[1]", "{}", "null"] {
        let body = format!(
            r#"{{"username":"alice","password":"correct horse battery staple","remember":{remember}}}"#
        );
        cases.push(json("/auth/login", "", &body));
    }
    for body in [
        "username=alice",
        "password=x",
        "username=alice&username=bob&password=x&remember=on",
        "x=1&x=2",
        "a=%zz",
    ] {
        for lines in ["", BROWSER] {
            cases.push(form("/auth/login", lines, body));
            cases.push(form("/auth/reauthenticate", &format!("{SESSION}\n{lines}"), body));
        }
    }
    cases.push(ask("POST", "/auth/login", &format!("{BROWSER}\nContent-Type: text/plain"), Some(b"x")));
    for next in ["/auth/login", "/auth/logout", "/auth/reauthenticate?next=/fresh", "/auth/./login"] {
        cases.push(form("/auth/login", BROWSER, &format!("username=alice&{PASSWORD}&next={next}")));
        cases.push(form("/auth/logout", BROWSER, &format!("next={next}")));
        cases.push(get(&format!("/auth/login?next={next}"), BROWSER));
    }
    cases
}

fn clients() -> Vec<Case> {
    let grant = format!("grant_type=password&username=alice&{PASSWORD}");
    // A colon alone, a secret alone, our client without a secret, another one.
    let mut cases: Vec<_> = ["Og==", "OnNlY3JldA==", "Zmlyc3QtcGFydHk6", "b3RoZXI6", "Og", ""]
        .iter()
        .map(|basic| form("/auth/token", &format!("Authorization: Basic {basic}"), &grant))
        .collect();
    cases.push(form("/auth/token", "Authorization: Basic Og==", &format!("{grant}&client_id=first-party")));
    cases.push(form("/auth/revoke", "Authorization: Basic Og==", "token=x"));
    cases
}

fn htmx() -> Vec<Case> {
    let mut cases = Vec::new();
    for route in [
        "/private",
        "/fresh",
        "/api",
        "/basic",
        "/staff",
        "/open",
        "/auth/login",
        "/auth/me",
        "/auth/reauthenticate",
    ] {
        cases.push(get(route, HTMX));
        cases.push(get(route, &format!("{HTMX}\n{PAGE}")));
        cases.push(ask("HEAD", route, &format!("{HTMX}\n{PAGE}"), None));
        cases.push(get(route, &format!("{HTMX}\n{PAGE}\nHX-Boosted: true")));
        cases.push(get(route, &format!("{HTMX}\nHX-History-Restore-Request: true")));
        cases.push(get(route, &format!("{HTMX}\nHX-Current-URL: https://evil.example/x")));
    }
    cases.push(get("/private", "HX-Request: false"));
    cases.push(get("/private", "HX-Request: true\nAccept: application/json"));
    cases.push(ask("POST", "/private", &format!("{HTMX}\n{PAGE}"), Some(b"x")));
    let login = format!("username=alice&{PASSWORD}&next=/reports");
    cases.push(form("/auth/login", HTMX, &login));
    cases.push(form("/auth/login", HTMX, "username=alice&password=wrong"));
    cases.push(form("/auth/login/work", HTMX, "next=/reports"));
    cases.push(form("/auth/reauthenticate", &format!("{HTMX}\n{SESSION}"), PASSWORD));
    cases.push(form("/auth/logout", HTMX, "next=/open"));
    cases
}

fn refusals() -> Vec<Case> {
    let referer = |url: &str| format!("{BROWSER}\nReferer: {url}");
    vec![
        ask("POST", "/private", BROWSER, Some(b"x")),
        ask("POST", "/private", &referer("http://localhost:3000/form?a=b"), Some(b"x")),
        ask("POST", "/private", &referer("https://evil.example/form"), Some(b"x")),
        form("/auth/sessions/delete", BROWSER, ""),
        form("/auth/password/change", BROWSER, "current_password=x"),
        ask("HEAD", "/private?a=b", BROWSER, None),
        ask("HEAD", "/auth/reauthenticate?next=/fresh", BROWSER, None),
    ]
}

/// Lines of which a part is not UTF-8. Of `Cookie` and `X-Forwarded-For` the rest counts, but rocket throws the whole line away,
/// before this adapter is asked: there the answers differ, and are not compared.
fn lines() -> Vec<Case> {
    let with = |name: &str, value: &[u8]| {
        let head = b"GET /private HTTP/1.1\r\nHost: localhost:3000\r\nConnection: close\r\n";
        let line = [name.as_bytes(), b": ", value, b"\r\n"].concat();
        Case::raw(&format!("{name}: {}", value.escape_ascii()), [&head[..], &line, b"\r\n"].concat())
    };
    let beside = |value: &[u8]| [value, b"\r\nCookie: session={session}"].concat();
    let mut cases: Vec<_> = ["HX-Request", "HX-Current-URL", "Referer", "Accept", "X-Forwarded-For"]
        .iter()
        .map(|name| with(name, &beside(b"a\xff")))
        .collect();
    for name in ["Content-Type", "Content-Encoding"] {
        let body = format!("username=alice&{PASSWORD}");
        let head = b"POST /auth/login HTTP/1.1\r\nHost: localhost:3000\r\nConnection: close\r\n";
        let form =
            if name == "Content-Type" { "" } else { "Content-Type: application/x-www-form-urlencoded\r\n" };
        let rest = format!("{form}Content-Length: {}\r\n\r\n{body}", body.len());
        let bytes = [&head[..], name.as_bytes(), b": a\xff\r\n", rest.as_bytes()].concat();
        cases.push(Case::raw(&format!("a login beside {name} that is not UTF-8"), bytes));
    }
    cases.push(with("Cookie", &beside(b"name=bl\xe6")));
    cases.push(with("Cookie", b"name=bl\xe6; session={session}").own());
    cases.push(with("Cookie", b"session={session}; name=bl\xe6").own());
    cases
}
