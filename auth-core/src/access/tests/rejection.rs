use std::time::Duration;

use crate::access::{Challenge, Refusal, Rejection};
use crate::error::{Error, ErrorKind};
use crate::http::{Place, request};
use crate::login::Method;
use crate::page::ReplyStyle;

const BROWSER: (&str, &str) = ("accept", "text/html,*/*;q=0.8");
const BEARER: &str = "Bearer realm=\"Login Required\"";
const BASIC: &str = "Basic realm=\"Login Required\", charset=\"UTF-8\"";

fn challenge(rejection: &Rejection) -> Option<&str> {
    rejection.response().header("www-authenticate")
}

/// A refusal, and what it answers.
struct Row {
    refusal: Refusal,
    status: u16,
    code: &'static str,
    /// What follows the realm; `None` for no challenge at all.
    challenge: Option<&'static str>,
    /// Where a person who opens a page is sent instead.
    detour: Option<&'static str>,
    /// What is asked for there.
    asked: &'static str,
    retry_after: Option<&'static str>,
    /// Whether an optional guard goes on without a user.
    is_nobody: bool,
}

fn rows() -> Vec<Row> {
    let row = |refusal, status, code| Row {
        refusal,
        status,
        code,
        challenge: None,
        detour: None,
        asked: "",
        retry_after: None,
        is_nobody: true,
    };
    let stern = |refusal, status, code| Row { is_nobody: false, ..row(refusal, status, code) };
    let wait = Duration::from_millis(1500);
    let unauthenticated = |challenge| row(Refusal::Unauthenticated(challenge), 401, "unauthenticated");
    vec![
        Row { challenge: Some(BEARER), detour: Some("/auth/login"), ..unauthenticated(Challenge::Login) },
        Row { challenge: Some(BEARER), ..unauthenticated(Challenge::Bearer) },
        Row { challenge: Some(BASIC), ..unauthenticated(Challenge::Basic) },
        Row { challenge: Some(BEARER), ..unauthenticated(Challenge::BearerOrBasic) },
        Row {
            challenge: Some("Bearer realm=\"Login Required\", error=\"invalid_token\""),
            ..stern(Refusal::InvalidToken, 401, "invalid_token")
        },
        Row {
            challenge: Some(
                "Bearer realm=\"Login Required\", error=\"insufficient_scope\", scope=\"reports:read\"",
            ),
            ..row(Refusal::InsufficientScope { scope: "reports:read".into() }, 403, "insufficient_scope")
        },
        Row {
            challenge: Some(
                "Bearer realm=\"Login Required\", error=\"insufficient_user_authentication\", max_age=\"300\"",
            ),
            detour: Some("/auth/reauthenticate"),
            ..row(
                Refusal::ReauthenticationRequired { max_age: Duration::from_secs(300) },
                401,
                "reauthentication_required",
            )
        },
        Row {
            challenge: Some(
                "Bearer realm=\"Login Required\", error=\"insufficient_user_authentication\", acr_values=\"mfa\"",
            ),
            detour: Some("/auth/mfa"),
            ..row(Refusal::mfa_required(Vec::new(), None), 401, "mfa_required")
        },
        Row {
            challenge: Some(
                "Bearer realm=\"Login Required\", error=\"insufficient_user_authentication\", acr_values=\"passkey\"",
            ),
            detour: Some("/auth/mfa"),
            asked: "&factor=passkey",
            ..row(Refusal::mfa_required(vec![Method::Passkey], None), 401, "mfa_required")
        },
        Row {
            challenge: Some(
                "Bearer realm=\"Login Required\", error=\"insufficient_user_authentication\", acr_values=\"passkey totp\", \
                 max_age=\"60\"",
            ),
            detour: Some("/auth/mfa"),
            asked: "&factor=passkey+totp",
            ..row(
                Refusal::mfa_required(vec![Method::Passkey, Method::Totp], Some(Duration::from_secs(60))),
                401,
                "mfa_required",
            )
        },
        Row {
            challenge: Some(
                "Bearer realm=\"Login Required\", error=\"insufficient_user_authentication\", acr_values=\"mfa\"",
            ),
            detour: Some("/auth/mfa"),
            ..stern(Refusal::FactorDemanded, 401, "mfa_required")
        },
        row(Refusal::EmailUnverified, 403, "email_unverified"),
        row(Refusal::PermissionDenied, 403, "permission_denied"),
        row(Refusal::UserRequired, 403, "user_required"),
        stern(Refusal::CsrfFailed, 403, "csrf_failed"),
        stern(Refusal::InvalidRequest, 400, "invalid_request"),
        stern(Refusal::Internal, 500, "internal_error"),
        Row {
            retry_after: Some("2"),
            ..stern(Refusal::TooManyAttempts { retry_after: wait }, 429, "too_many_attempts")
        },
        Row {
            retry_after: Some("2"),
            ..stern(Refusal::Unavailable { retry_after: Some(wait) }, 503, "unavailable")
        },
        Row {
            retry_after: Some("1"),
            ..stern(Refusal::Unavailable { retry_after: None }, 503, "unavailable")
        },
    ]
}

fn style() -> ReplyStyle {
    ReplyStyle::new("Demo", "https://app.example", Place::new("", "/auth"))
}

#[test]
fn a_program_is_told_the_status_the_code_and_the_challenge_of_the_contract() {
    for row in rows() {
        for asked in [request("GET", "/x", &[]), request("POST", "/x", &[("accept", "application/json")])] {
            let rejection = row.refusal.reject(&style(), &asked);
            assert_eq!(
                (rejection.status(), rejection.is_nobody()),
                (row.status, row.is_nobody),
                "{}",
                row.code
            );
            assert_eq!(challenge(&rejection), row.challenge, "{}", row.code);
            let reply = rejection.response();
            assert_eq!(reply.header("retry-after"), row.retry_after, "{}", row.code);
            assert_eq!(reply.header("content-type"), Some("application/problem+json"));
            assert_eq!(reply.header("location"), None);
            let body: serde_json::Value = serde_json::from_slice(reply.body()).unwrap();
            assert_eq!(body["type"], "about:blank");
            assert_eq!((&body["status"], &body["code"]), (&row.status.into(), &row.code.into()));
        }
    }
}

#[test]
fn a_person_who_opens_a_page_is_sent_where_the_refusal_can_be_mended() {
    let target = "/r\u{e9}ports/%2F?page=2&q=a+b";
    let asked = ["GET", "HEAD"].map(|method| request(method, target, &[BROWSER]));
    for (row, asked) in rows().iter().flat_map(|row| asked.iter().map(move |asked| (row, asked))) {
        let rejection = row.refusal.reject(&style(), asked);
        let reply = rejection.response();
        let Some(detour) = row.detour else {
            assert_eq!((reply.status(), challenge(&rejection)), (row.status, row.challenge), "{}", row.code);
            assert_eq!(reply.header("content-type"), Some("text/html; charset=utf-8"));
            assert!(reply.header("content-security-policy").is_some());
            continue;
        };
        let location = format!("{detour}?next=%2Fr%C3%A9ports%2F%252F%3Fpage%3D2%26q%3Da%2Bb{}", row.asked);
        assert_eq!((reply.status(), reply.header("location")), (303, Some(location.as_str())));
        assert_eq!((challenge(&rejection), reply.body()), (None, &b""[..]));
    }
}

#[test]
fn a_browser_that_does_not_open_a_page_is_refused_where_it_is() {
    let json = ("content-type", "application/json");
    for row in rows() {
        for (asked, content_type) in [
            (request("POST", "/x", &[BROWSER]), "text/html; charset=utf-8"),
            (request("POST", "/x", &[BROWSER, json]), "application/problem+json"),
            (
                request("GET", "/x", &[("accept", "application/json,text/html;q=0.5")]),
                "application/problem+json",
            ),
        ] {
            let rejection = row.refusal.reject(&style(), &asked);
            assert_eq!(
                (rejection.status(), challenge(&rejection)),
                (row.status, row.challenge),
                "{}",
                row.code
            );
            assert_eq!(rejection.response().header("content-type"), Some(content_type), "{}", row.code);
        }
    }
}

#[test]
fn a_page_that_refuses_a_form_leads_to_where_that_is_mended_and_back() {
    let from = |url| ("referer", url);
    let refused = |refusal: &Refusal, headers: &[(&str, &str)]| {
        let reply = refusal.reject(&style(), &request("POST", "/x", headers)).into_response();
        let hx_redirect = reply.header("hx-redirect").map(str::to_owned);
        (reply.status(), String::from_utf8(reply.into_body()).unwrap(), hx_redirect)
    };
    let htmx = [("hx-request", "true"), ("hx-current-url", "https://app.example/form?a=1")];
    for (refusal, page) in [
        (Refusal::Unauthenticated(Challenge::Login), "/auth/login"),
        (Refusal::ReauthenticationRequired { max_age: Duration::from_secs(60) }, "/auth/reauthenticate"),
    ] {
        let (status, html, hx_redirect) = refused(&refusal, &[BROWSER]);
        assert_eq!((status, hx_redirect), (401, None));
        assert!(html.contains(&format!("<a href=\"{page}\">")), "{html}");
        let back = format!("{page}?next=%2Fform%3Fa%3D1");
        let (_, html, _) = refused(&refusal, &[BROWSER, from("https://app.example/form?a=1")]);
        assert!(html.contains(&format!("<a href=\"{back}\">")), "{html}");
        let (_, html, _) = refused(&refusal, &[BROWSER, from("https://evil.example/form")]);
        assert!(html.contains(&format!("<a href=\"{page}\">")), "{html}");
        let (status, _, hx_redirect) = refused(&refusal, &htmx);
        assert_eq!((status, hx_redirect), (401, Some(back)));
    }
    for refusal in
        [Refusal::Unauthenticated(Challenge::Bearer), Refusal::PermissionDenied, Refusal::CsrfFailed]
    {
        let (_, html, _) = refused(&refusal, &[BROWSER]);
        // The switch of languages is there all the same.
        assert!(!html.replace("/auth/language", "").contains("/auth/"), "{html}");
        assert_eq!(refused(&refusal, &htmx).2, None);
    }
}

#[test]
fn errors_that_no_guard_expects_are_refused_as_internal() {
    for (kind, is) in [
        (ErrorKind::InvalidToken, ErrorKind::InvalidToken),
        (ErrorKind::InvalidRequest, ErrorKind::InvalidRequest),
        (ErrorKind::Unavailable, ErrorKind::Unavailable),
        (ErrorKind::TooManyAttempts, ErrorKind::TooManyAttempts),
        (ErrorKind::InvalidCredentials, ErrorKind::Internal),
        (ErrorKind::Configuration, ErrorKind::Internal),
    ] {
        let rejection = Refusal::of(&Error::new(kind)).reject(&style(), &request("GET", "/x", &[]));
        assert_eq!(rejection.kind(), is);
    }
}

#[test]
fn mistakes_of_the_application_are_internal_and_say_nothing_to_the_client() {
    for rejection in [Rejection::missing_layer("add the layer"), Rejection::broken_guard("MyGuard")] {
        assert_eq!((rejection.status(), rejection.kind()), (500, ErrorKind::Internal));
        assert!(!rejection.is_nobody());
        let reply = rejection.into_response();
        let body: serde_json::Value = serde_json::from_slice(reply.body()).unwrap();
        assert_eq!(body["code"], "internal_error");
        assert!(!String::from_utf8_lossy(reply.body()).contains("guard"));
    }
}

#[test]
fn an_error_that_a_handler_passes_on_is_the_reply_of_the_table() {
    let form = Some("Form realm=\"Login Required\"");
    let cases = [
        (Error::new(ErrorKind::InvalidCredentials), form, None),
        (Error::new(ErrorKind::InvalidToken), Some(BEARER), None),
        (Error::new(ErrorKind::Unauthenticated), Some(BEARER), None),
        (Error::new(ErrorKind::CsrfFailed), None, None),
        (Error::invalid_request("the form is missing"), None, None),
        (Error::too_many_attempts(Duration::from_millis(1500)), None, Some("2")),
        (Error::new(ErrorKind::Internal).with_source("a detail for the log"), None, None),
    ];
    for (error, expected, retry_after) in cases {
        let (kind, detail) = (error.kind(), error.detail().map(str::to_owned));
        let rejection = Rejection::from(error);
        let reply = rejection.response();
        assert_eq!((rejection.kind(), reply.status()), (kind, kind.reply().status));
        assert_eq!((challenge(&rejection), reply.header("retry-after")), (expected, retry_after), "{kind:?}");
        let body: serde_json::Value = serde_json::from_slice(reply.body()).unwrap();
        assert_eq!((&body["code"], body["detail"].as_str()), (&kind.reply().code.into(), detail.as_deref()));
        assert!(!body.to_string().contains("for the log"));
    }
}
