//! A provider that lies at its endpoints, stalls, or floods: a clean refusal, in bounded time and memory (OpenID Connect Core 1.0
//! section 5.3.2, RFC 8414 section 3.3; OWASP ASVS 5.0 section 13.1.3).

use std::io::ErrorKind;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use conformance::{Answer, Framework};
use serde_json::{Value, json};

use crate::id_tokens::rest;
use crate::rp::{PATIENCE, Rp};

/// Everything that is asked of a provider during a login, in the order of asking.
const ENDPOINTS: [&str; 4] = ["/.well-known/openid-configuration", "/jwks", "/token", "/userinfo"];

/// The most that may be read of an answer, and what may stand in the sockets' buffers beside it.
const MOST_READ: u64 = 32 * 1024 * 1024;

/// A listener that nobody may call.
struct Canary(TcpListener);

impl Canary {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    fn url(&self, scheme: &str) -> String {
        format!("{scheme}://{}/", self.0.local_addr().unwrap())
    }

    #[track_caller]
    fn was_left_alone(&self) {
        assert_eq!(self.0.accept().unwrap_err().kind(), ErrorKind::WouldBlock, "somebody called");
    }
}

/// A login at a provider that answers this at this place: begun if it can be, and refused.
#[track_caller]
fn refused(rp: &Rp, path: &str, answer: &Answer) {
    let lie = answer.clone();
    rp.idp.lie(path, move |_, _| lie.clone());
    let began = Instant::now();
    let before = rp.faults.session_inserts();
    let start = rp.start_of(crate::rp::ID, &[]).send();
    let reply = match start.status {
        303 => {
            let location = start.header("location").unwrap().to_owned();
            let begun = crate::rp::Begun { location, browser: start.cookie("session-login").unwrap() };
            rp.come_back(&begun, &rp.idp.authorize(&begun.location))
        }
        _ => start,
    };
    assert_eq!(reply.status, 400, "{path} {answer:?}: {}", reply.text());
    reply.problem(400, "provider_error");
    assert_eq!(rp.faults.session_inserts(), before, "{path} {answer:?}");
    assert!(
        began.elapsed() < PATIENCE * 4 + Duration::from_secs(5),
        "{path} {answer:?}: {:?}",
        began.elapsed()
    );
    rp.idp.repent();
}

/// A provider whose every endpoint lies like this, one after another, each to an application that has seen nothing of it yet.
fn everywhere(on: Framework, answer: &Answer) {
    for path in ENDPOINTS {
        refused(&Rp::start(on), path, answer);
    }
}

pub(crate) fn pages_in_place_of_json_are_refused(on: Framework) {
    everywhere(on, &Answer::html(200, "<h1>Sign in to the Wi-Fi</h1>"));
}

pub(crate) fn errors_are_refused(on: Framework) {
    everywhere(on, &Answer::json(500, &json!({"error": "server_error", "error_description": "<b>no</b>"})));
}

pub(crate) fn answers_that_are_no_objects_are_refused(on: Framework) {
    for body in ["", "null", "[]", "1", "\"text\"", "{", "{}{}", "\u{feff}{}"] {
        let rp = Rp::start(on);
        for path in ["/token", "/userinfo"] {
            refused(&rp, path, &Answer::text(200, "application/json", body));
        }
    }
}

pub(crate) fn redirects_are_not_followed(on: Framework) {
    let canary = Canary::new();
    for location in [
        canary.url("http"),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "file:///etc/passwd".to_owned(),
        "https://other.example/".to_owned(),
    ] {
        for status in [302, 307] {
            let rp = Rp::start(on);
            for path in ["/token", "/userinfo"] {
                refused(&rp, path, &Answer::redirect(status, &location));
            }
        }
        for path in ["/.well-known/openid-configuration", "/jwks"] {
            refused(&Rp::start(on), path, &Answer::redirect(302, &location));
        }
    }
    canary.was_left_alone();
}

pub(crate) fn silence_ends_in_time(on: Framework) {
    everywhere(on, &Answer::Silence);
}

pub(crate) fn a_slow_drip_ends_in_time(on: Framework) {
    everywhere(on, &Answer::Drip);
}

pub(crate) fn a_flood_is_not_read_to_its_end(on: Framework) {
    for path in ENDPOINTS {
        let rp = Rp::start(on);
        refused(&rp, path, &Answer::Flood);
        assert!(rp.idp.flooded() < MOST_READ, "{path}: {} bytes were read", rp.idp.flooded());
    }
}

pub(crate) fn ten_mebibytes_are_refused(on: Framework) {
    let large = json!({"padding": "x".repeat(10 * 1024 * 1024)});
    everywhere(on, &Answer::json(200, &large));
}

pub(crate) fn a_token_answer_of_another_form_is_refused(on: Framework) {
    let rp = Rp::start(on);
    let absent = Value::Null;
    for (index, (member, value)) in [
        ("token_type", json!("mac")),
        ("token_type", json!("DPoP")),
        ("token_type", json!(1)),
        ("access_token", absent.clone()),
        ("access_token", json!("")),
        ("access_token", json!(1)),
        ("access_token", json!("two words")),
        ("access_token", json!("line\r\nX-Header: injected")),
        ("id_token", absent),
        ("id_token", json!("")),
        ("id_token", json!("not.a.token")),
        ("id_token", json!({})),
    ]
    .into_iter()
    .enumerate()
    {
        rest(&rp, index);
        let shown = format!("{member}: {value}");
        rp.idp.lie("/token", move |_, honest| honest.but(|answer| value.clone_into(&mut answer[member])));
        let before = rp.faults.session_inserts();
        let reply = rp.try_login();
        assert_eq!((reply.status, rp.faults.session_inserts()), (400, before), "{shown}");
        reply.problem(400, "provider_error");
    }
    rp.idp.repent();
    for harmless in ["bearer", "BEARER"] {
        rp.idp.lie("/token", move |_, honest| honest.but(|answer| answer["token_type"] = json!(harmless)));
        rp.log_in();
    }
}

pub(crate) fn a_secret_of_the_provider_never_reaches_the_browser(on: Framework) {
    let rp = Rp::start(on);
    let secret = "internal-host-10.0.0.7-and-a-stack-trace";
    rp.idp.lie("/token", move |_, _| {
        Answer::json(400, &json!({"error": "invalid_grant", "error_description": secret}))
    });
    assert!(!rp.blamed().text().contains(secret));
    let begun = rp.begin();
    let back = rp.idp.authorize(&begun.location);
    let page = rp.way_back(&begun, &back).browser().send().expect(400).text();
    assert!(!page.contains(secret) && page.contains("/auth/login"), "{page}");
}

pub(crate) fn userinfo_of_somebody_else_is_refused(on: Framework) {
    let rp = Rp::start(on);
    for sub in
        [json!("somebody-else"), json!(null), json!(""), json!(["248289761001"]), json!(248_289_761_001_u64)]
    {
        rp.idp.lie("/userinfo", move |_, honest| {
            let sub = sub.clone();
            honest.but(|claims| claims["sub"] = sub)
        });
        rp.blamed();
    }
    rp.idp.lie("/userinfo", |_, honest| {
        honest.but(|claims| drop(claims.as_object_mut().unwrap().remove("sub")))
    });
    rp.blamed();
}

pub(crate) fn metadata_has_to_be_the_issuers_own(on: Framework) {
    let wrong: [fn(&str) -> Value; 7] = [
        |issuer| json!(format!("{issuer}/")),
        |issuer| json!(issuer.to_uppercase()),
        |issuer| json!(issuer.replace("127.0.0.1", "localhost")),
        |issuer| json!(format!("{issuer}/tenant")),
        |issuer| json!(format!("{issuer}0")),
        |_| json!("https://evil.example"),
        |_| json!(null),
    ];
    for wrong in wrong {
        let rp = Rp::start(on);
        let issuer = wrong(rp.idp.issuer());
        rp.idp.lie("/.well-known/openid-configuration", move |_, honest| {
            let issuer = issuer.clone();
            honest.but(|metadata| metadata["issuer"] = issuer)
        });
        let start = rp.start_of(crate::rp::ID, &[]);
        let reply = rp.refused(|| start.send(), 400, "provider_error");
        assert_eq!(reply.header("location"), None);
    }
}

pub(crate) fn endpoints_at_forbidden_addresses_are_not_called(on: Framework) {
    for (member, url) in [
        ("token_endpoint", "http://169.254.169.254/latest/meta-data/"),
        ("token_endpoint", "http://10.0.0.7/token"),
        ("jwks_uri", "http://[fd00::1]/jwks"),
        ("jwks_uri", "file:///etc/passwd"),
        ("userinfo_endpoint", "http://0x7f.1.evil.example/"),
        ("token_endpoint", "gopher://127.0.0.1/"),
        ("authorization_endpoint", "javascript:alert(1)"),
    ] {
        let rp = Rp::start(on);
        rp.idp.lie("/.well-known/openid-configuration", move |_, honest| {
            honest.but(|metadata| metadata[member] = json!(url))
        });
        let start = rp.start_of(crate::rp::ID, &[]).send();
        let reply = match start.status {
            303 => {
                let location = start.header("location").unwrap().to_owned();
                let begun = crate::rp::Begun { location, browser: start.cookie("session-login").unwrap() };
                rp.come_back(&begun, &rp.idp.authorize(&begun.location))
            }
            _ => start,
        };
        reply.problem(400, "provider_error");
        assert_eq!(rp.faults.session_inserts(), 0, "{member} {url}");
    }
}

pub(crate) fn waiting_for_a_provider_holds_nobody_else_up(on: Framework) {
    let rp = Rp::start(on);
    let session = rp.log_in();
    rp.idp.lie("/token", |_, _| Answer::Silence);
    let begun: Vec<_> = (0..8).map(|_| rp.begin()).collect();
    std::thread::scope(|scope| {
        let (rp, session) = (&rp, &session);
        for begun in begun {
            scope.spawn(move || {
                rp.come_back(&begun, &rp.idp.authorize(&begun.location)).problem(400, "provider_error")
            });
        }
        let began = Instant::now();
        for _ in 0..20 {
            assert!(rp.app.is_logged_in(session));
        }
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    });
}
