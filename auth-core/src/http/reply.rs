//! Replies in the form that the client asked for: page or JSON (RFC 9457).

use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use crate::error::{Error, ErrorKind};

use super::htmx::{fetches_part, redirect_for, sender};
use super::page::{self, ErrorPage, Page};
use super::{AuthResponse, Place, RequestView, RoutePath, SafeRedirect, path, prefers_html};

/// What `next` escapes in a query: everything but the unreserved characters of RFC 3986 section 2.3.
const QUERY_VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What replies need to know of the application.
#[derive(Clone, Debug)]
pub(crate) struct ReplyStyle {
    pub(crate) app_name: String,
    pub(crate) origin: String,
    pub(crate) place: Place,
}

#[derive(Serialize)]
struct Problem<'a> {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    violations: Vec<ProblemViolation<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
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
    message: &'a str,
}

/// The realm of every challenge: what Flask-HTTPAuth and others call it too.
pub(crate) const REALM: &str = "Login Required";

impl ReplyStyle {
    pub(crate) fn realm(&self) -> &'static str {
        REALM
    }

    /// The path of a login route, as browsers know it.
    pub(crate) fn path(&self, route: RoutePath) -> String {
        self.path_of(route, [])
    }

    /// The path of a login route whose variable parts are these, which need no encoding.
    pub(crate) fn path_of<const PARTS: usize>(
        &self,
        route: RoutePath<PARTS>,
        parts: [&str; PARTS],
    ) -> String {
        self.place.of(route, parts)
    }

    /// The path of the application's front page.
    pub(crate) fn home(&self) -> String {
        self.place.home()
    }

    /// An error, as a page or as JSON.
    pub(crate) fn error(&self, view: &impl RequestView, error: &Error) -> AuthResponse {
        self.error_with(view, error, None)
    }

    /// An error; as a page, with a way on: path and text of a link.
    pub(crate) fn error_with(
        &self,
        view: &impl RequestView,
        error: &Error,
        way_on: Option<(&str, &str)>,
    ) -> AuthResponse {
        let response = match (prefers_html(view), error.kind()) {
            (true, ErrorKind::LoginPending) => self.to_the_missing_factor(view),
            (true, _) => self.error_page(error, way_on),
            (false, _) => problem(error),
        };
        with_retry_after(response, error)
    }

    /// Sends somebody on whose login lacks a factor. Where it leads is kept with the login.
    fn to_the_missing_factor(&self, view: &impl RequestView) -> AuthResponse {
        redirect_for(view, AuthResponse::new(303).with_header("location", self.path(path::MFA)))
    }

    fn error_page(&self, error: &Error, way_on: Option<(&str, &str)>) -> AuthResponse {
        let reply = error.kind().reply();
        let rules: Vec<_> = error.violations().iter().map(|violation| violation.message.as_str()).collect();
        let rules = Some(rules.join(" ")).filter(|rules| !rules.is_empty());
        let page = page::error(&ErrorPage {
            app_name: &self.app_name,
            status: reply.status,
            title: reply.title,
            detail: error.detail().or(rules.as_deref()),
            home: &self.home(),
            way_on,
        });
        page_response(reply.status, page)
    }

    /// Sends a person who opens a page to one of the login routes, and back afterwards.
    pub(crate) fn detour(&self, view: &impl RequestView, page: RoutePath) -> AuthResponse {
        let location = match fetches_part(view) {
            true => self.way_on(view, page),
            false => self.detour_to(page, &self.place.public(&view.path_and_query())),
        };
        redirect_for(view, AuthResponse::new(303).with_header("location", location))
    }

    /// The path of a page of the login routes that leads back to where the request was sent from, if that is known.
    pub(crate) fn way_on(&self, view: &impl RequestView, page: RoutePath) -> String {
        match sender(view, &self.origin) {
            Some(sender) => self.detour_to(page, sender.as_str()),
            None => self.path(page),
        }
    }

    /// The path of that detour; `back_to` is a path as browsers know it.
    pub(crate) fn detour_to(&self, page: RoutePath, back_to: &str) -> String {
        format!("{}?next={}", self.path(page), utf8_percent_encode(back_to, QUERY_VALUE))
    }
}

/// A page with the headers that belong to every page.
pub(crate) fn page_response(status: u16, page: Page) -> AuthResponse {
    AuthResponse::new(status)
        .with_body("text/html; charset=utf-8", page.html)
        .with_header("content-security-policy", page.content_security_policy)
        .with_header("x-content-type-options", "nosniff")
        .with_header("referrer-policy", "same-origin")
}

/// A JSON body.
pub(crate) fn json_response(status: u16, body: &impl Serialize) -> AuthResponse {
    match serde_json::to_vec(body) {
        Ok(bytes) => AuthResponse::new(status).with_body("application/json", bytes),
        Err(error) => problem(&Error::new(ErrorKind::Internal).with_source(error)),
    }
}

/// A redirect after a POST: 303, which never repeats the body (RFC 9110 section 15.4.4).
pub(crate) fn see_other(target: &SafeRedirect) -> AuthResponse {
    AuthResponse::new(303).with_header("location", target.as_str())
}

/// An error as JSON.
pub(crate) fn problem(error: &Error) -> AuthResponse {
    let reply = error.kind().reply();
    if error.kind() == ErrorKind::LoginPending {
        return json_response(reply.status, &Pending { status: reply.code, methods: error.methods() });
    }
    let violations =
        error.violations().iter().map(|v| ProblemViolation { code: v.code, message: &v.message }).collect();
    let body = Problem {
        r#type: "about:blank",
        title: reply.title,
        status: reply.status,
        code: reply.code,
        detail: error.detail(),
        violations,
        retry_after: error.retry_after().map(whole_seconds),
    };
    let bytes = serde_json::to_vec(&body).unwrap_or_default();
    AuthResponse::new(reply.status).with_body("application/problem+json", bytes)
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
