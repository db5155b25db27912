//! Replies that are no page: JSON, errors as JSON (RFC 9457), redirects.

use std::borrow::Cow;
use std::time::Duration;

use serde::Serialize;

use crate::error::{Error, ErrorKind, Row};
use crate::text::{ENGLISH, Texts};

use super::{AuthResponse, SafeRedirect};

#[derive(Serialize)]
struct Problem<'a> {
    r#type: &'static str,
    title: &'a str,
    status: u16,
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    violations: Vec<ProblemViolation<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'static str>,
    /// The event, for support to find (RFC 9457 section 3.1.5).
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
}

/// What is said of a login that lacks a factor: it is no problem.
#[derive(Serialize)]
struct Pending<'a> {
    status: &'static str,
    methods: &'a [&'static str],
}

#[derive(Serialize)]
struct ProblemViolation<'a> {
    code: &'static str,
    message: Cow<'a, str>,
}

/// The realm of every challenge: what Flask-HTTPAuth and others call it too.
pub(crate) const REALM: &str = "Login Required";

/// A JSON body.
pub(crate) fn json_response(status: u16, body: &impl Serialize) -> AuthResponse {
    match serde_json::to_vec(body) {
        Ok(bytes) => AuthResponse::new(status).with_body("application/json", bytes),
        Err(error) => problem(&Error::new(ErrorKind::Internal).with_source(error), &ENGLISH),
    }
}

/// A redirect after a POST: 303, which never repeats the body (RFC 9110 section 15.4.4).
pub(crate) fn see_other(target: &SafeRedirect) -> AuthResponse {
    AuthResponse::new(303).with_header("location", target.as_str())
}

/// The same to a login route, whose path is ours.
pub(crate) fn see_other_route(path: &str) -> AuthResponse {
    AuthResponse::new(303).with_header("location", path)
}

/// An error as JSON, in these words.
pub(crate) fn problem(error: &Error, texts: &Texts) -> AuthResponse {
    let Row { status, code, title } = error.kind().row();
    if error.kind() == ErrorKind::LoginPending {
        return json_response(status, &Pending { status: code, methods: error.methods() });
    }
    let violations = error.violations().iter();
    let violations = violations.map(|v| ProblemViolation { code: v.code, message: v.said(texts) }).collect();
    let body = Problem {
        r#type: "about:blank",
        title: &texts.say(&title),
        status,
        code,
        detail: error.said(texts),
        violations,
        retry_after: error.retry_after().map(whole_seconds),
        hint: error.hint(),
        instance: error.event().map(|event| event.urn()),
    };
    let bytes = serde_json::to_vec(&body).unwrap_or_default();
    AuthResponse::new(status).with_body("application/problem+json", bytes)
}

/// Adds `Retry-After` where the error knows it.
pub(crate) fn with_retry_after(response: AuthResponse, error: &Error) -> AuthResponse {
    match error.retry_after() {
        Some(wait) => response.with_header("retry-after", whole_seconds(wait).to_string()),
        None => response,
    }
}

/// Whole seconds, rounded up, one at least (RFC 9110 section 10.2.3).
pub(crate) fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0)).max(1)
}
