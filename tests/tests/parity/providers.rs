//! Going to a provider and coming back, as far as nobody has to be called for it.

use auth_core::provider::{ProviderConfig, ProviderEndpoints};

use crate::request::{Case, ask, form, get, json};

const BROWSER: &str = "Accept: text/html,application/xhtml+xml,*/*;q=0.8";
const SESSION: &str = "Cookie: session={session}";
const BOTH: &str = "Cookie: session-login={browser}; session={session}";
const AT: &str = "/auth/login/elsewhere";

/// A provider that is never called.
pub(crate) fn provider() -> ProviderConfig {
    let endpoints = ProviderEndpoints {
        authorization: "https://login.example.com/authorize?tenant=a".to_owned(),
        token: "https://login.example.com/token".to_owned(),
        userinfo: "https://login.example.com/me".to_owned(),
    };
    ProviderConfig::oauth2("elsewhere", endpoints, "a-client").client_secret("a secret").label("Else & where")
}

pub(crate) fn cases() -> Vec<Case> {
    [pages(), starting(), coming_back(), accounts()].concat()
}

fn pages() -> Vec<Case> {
    let mut cases = Vec::new();
    for route in [
        AT,
        "/auth/login/elsewhere?next=/private",
        "/auth/login/elsewhere?next=//evil.example",
        "/auth/login/elsewhere?link=true",
        "/auth/login/elsewhere?reauthenticate=true",
        "/auth/login/elsewhere?link=maybe",
        "/auth/login/nobody",
        "/auth/login/elsewhere/",
        "/auth/login/ELSEWHERE",
        "/auth/login/else%77here",
        "/auth/login/..%2fme",
        "/auth/login/elsewhere/callback",
        "/auth/login/elsewhere/callback?state=x&code=y",
        "/auth/login/elsewhere/callback?handle=x",
        "/auth/login/elsewhere/callback?error=access_denied&error_description=%3Cb%3E",
        "/auth/login/elsewhere/callback?state=a&state=b",
        "/auth/login/elsewhere/backchannel-logout",
        "/auth/accounts",
        "/auth/accounts/elsewhere/x",
        "/auth/accounts/elsewhere/x/delete",
    ] {
        cases.push(get(route, ""));
        cases.push(get(route, BROWSER));
        cases.push(get(route, SESSION));
        cases.push(get(route, &format!("{SESSION}\n{BROWSER}")));
        for method in ["HEAD", "OPTIONS", "PUT"] {
            cases.push(ask(method, route, "", None));
        }
    }
    cases
}

fn starting() -> Vec<Case> {
    vec![
        form(AT, "", ""),
        form(AT, BROWSER, "next=/private"),
        form(AT, "Cookie: session-login={browser}", "next=//evil.example"),
        form(AT, SESSION, "link=true"),
        form(AT, &format!("{SESSION}\n{BROWSER}"), "link=true&next=/auth/accounts"),
        form(AT, "", "link=true"),
        form(AT, SESSION, "reauthenticate=true"),
        form(AT, "", "link=true&reauthenticate=true"),
        form(AT, "", "next=a&next=b"),
        form(AT, "Origin: https://evil.example", ""),
        form(AT, "Sec-Fetch-Site: cross-site", ""),
        form(AT, "Cookie: session-login=planted", ""),
        form(AT, "Cookie: session-login={browser}; session-login=other", ""),
        json(AT, "", r#"{"next":"/private"}"#),
        json(AT, "", r#"{"link":"perhaps"}"#),
        ask("POST", AT, "Content-Type: text/plain", Some(b"x")),
        ask("POST", AT, "", None),
        form("/auth/login/nobody", BROWSER, ""),
    ]
}

fn coming_back() -> Vec<Case> {
    let callback = format!("{AT}/callback");
    let mut cases = vec![
        get(&format!("{callback}?state={{state}}"), ""),
        get(&format!("{callback}?state={{state}}&code=x"), "Cookie: session-login=AQ"),
        form(&callback, "", "state=x&code=y"),
        form(&callback, "Origin: https://login.example.com\nSec-Fetch-Site: cross-site", "state=x&code=y"),
        form(&callback, BROWSER, "error=access_denied&state=x"),
        form(&callback, "", "state=x&state=y"),
        json(&callback, "", r#"{"state":"x"}"#),
        form(&callback, "", &format!("code={}", "x".repeat(9_000))),
        get("{fetch}", BOTH),
        get("{fetch}", BROWSER),
        // Said no, in the browser that began: the last that is done with this state.
        get(&format!("{callback}?error=access_denied&error_description=%3Cb%3E&state={{state}}"), BOTH),
        get(&format!("{callback}?error=access_denied&state={{state}}"), BOTH),
    ];
    let logout = format!("{AT}/backchannel-logout");
    cases.push(form(&logout, "", "logout_token=a.b.c"));
    cases.push(form(&logout, "", ""));
    cases.push(json(&logout, "", r#"{"logout_token":"x"}"#));
    cases
}

fn accounts() -> Vec<Case> {
    let at = "/auth/accounts/elsewhere/00112233445566778899aabbccddeeff";
    vec![
        ask("DELETE", at, "", None),
        ask("DELETE", at, SESSION, None),
        ask("DELETE", at, &format!("{SESSION}\nOrigin: https://evil.example"), None),
        form(&format!("{at}/delete"), SESSION, ""),
        form(&format!("{at}/delete"), &format!("{SESSION}\n{BROWSER}"), "next=/auth/accounts"),
        form(&format!("{at}/delete"), &format!("{SESSION}\nSec-Fetch-Site: same-site"), ""),
        ask("DELETE", "/auth/accounts/elsewhere/%00", SESSION, None),
        get("/auth/login", BROWSER),
        get("/auth/login?next=/private", BROWSER),
        get("/auth/reauthenticate", &format!("{SESSION}\n{BROWSER}")),
    ]
}
