//! What a route answers: its own answers and refusals, and those that follow from its row.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::error::ErrorKind;
use crate::routes::about::{Answer, Audience, Body, OAUTH_ERROR, Object, PROBLEM};
use crate::routes::server::{oauth_code, oauth_status};
use crate::routes::table::{Flag, Route};

/// What refusals are made of.
pub(super) const OBJECTS: [&Object; 2] = [&PROBLEM, &OAUTH_ERROR];

const HTML: &str = "text/html";
const JAVASCRIPT: &str = "text/javascript";
const JSON: &str = "application/json";
const PROBLEM_JSON: &str = "application/problem+json";

/// All that is answered with one status.
#[derive(Default)]
struct Reply {
    about: Vec<&'static str>,
    headers: Map<String, Value>,
    content: Map<String, Value>,
    codes: Vec<&'static str>,
    oauth_codes: Vec<&'static str>,
}

/// By status.
pub(super) fn replies(route: &Route) -> Value {
    let mut replies: BTreeMap<u16, Reply> = BTreeMap::new();
    for answer in route.about.answers {
        replies.entry(answer.status).or_default().answer(answer, route.about.sets_cookies);
    }
    if let Some(to) = route.about.leads_on {
        let redirect = Answer::redirect(to);
        replies.entry(303).or_default().answer(&redirect, route.about.sets_cookies);
    }
    if let Some(to) = detour(route) {
        replies.entry(303).or_default().answer(&Answer::redirect(to), false);
    }
    for (kind, about) in refusals(route) {
        replies.entry(status_of(route, kind)).or_default().refuse(route, kind, about);
    }
    replies
        .into_iter()
        .map(|(status, reply)| (status.to_string(), reply.json()))
        .collect::<Map<_, _>>()
        .into()
}

/// Where a guard sends browsers.
fn detour(route: &Route) -> Option<&'static str> {
    let is_page = route.method == "GET";
    match route.about.audience {
        Audience::FreshUser if is_page => Some("a browser without a recent login: to the page for one"),
        Audience::DependsOnFields | Audience::User if is_page => {
            Some("a browser without a login: to the login page")
        }
        _ => None,
    }
}

/// With what status the route refuses so.
fn status_of(route: &Route, kind: ErrorKind) -> u16 {
    if route.has(Flag::OAuth) { oauth_status(kind) } else { kind.reply().status }
}

/// The refusals of its own first.
fn refusals(route: &Route) -> impl Iterator<Item = (ErrorKind, &'static str)> {
    let of_own = route.about.refusals.iter().copied();
    of_own.chain(of_caller(route)).chain(of_request(route))
}

/// What a guard refuses.
fn of_caller(route: &Route) -> Vec<(ErrorKind, &'static str)> {
    let bad_token = (ErrorKind::InvalidToken, "the access token is wrong, has ended or was revoked");
    let nobody = (ErrorKind::Unauthenticated, "nobody is logged in");
    let no_user = (ErrorKind::UserRequired, "the token stands for no user");
    let stale = (ErrorKind::ReauthenticationRequired, "the last proof is older than five minutes");
    let bad_proof = (ErrorKind::InvalidDpopProof, "the proof of the token's key does not hold, or was used");
    let no_nonce = (ErrorKind::UseDpopNonce, "that proof has to bear the nonce that comes with this answer");
    let of_token = [bad_token, bad_proof, no_nonce];
    let of_others = match route.about.audience {
        Audience::Anybody => return Vec::new(),
        Audience::AnybodyOrCaller => vec![],
        Audience::User => vec![nobody, no_user],
        Audience::DependsOnFields | Audience::FreshUser => vec![nobody, no_user, stale],
    };
    [&of_token[..], &of_others].concat()
}

/// What is refused whoever calls.
fn of_request(route: &Route) -> impl Iterator<Item = (ErrorKind, &'static str)> {
    let takes_body = route.method != "GET";
    let keeps_origins = takes_body && !route.has(Flag::NoCredentials);
    let is_read = takes_body || !route.about.query.is_empty() || route.has(Flag::Form);
    let is_read = is_read || route.about.audience != Audience::Anybody;
    let wanted = move |kind| match kind {
        ErrorKind::InvalidRequest => is_read,
        ErrorKind::CsrfFailed => keeps_origins,
        ErrorKind::Unavailable => true,
        _ => takes_body,
    };
    let all = [
        (
            ErrorKind::InvalidRequest,
            "a field is missing, has the wrong type or stands twice, or the request is malformed",
        ),
        (ErrorKind::CsrfFailed, "a page of another site sent it"),
        (ErrorKind::RequestTimeout, "the body was not there in time"),
        (ErrorKind::PayloadTooLarge, "the body is longer than 64 KiB"),
        (ErrorKind::UnsupportedMediaType, "the body has another type"),
        (ErrorKind::Unavailable, "a store, or what hashes passwords, cannot answer now"),
    ];
    all.into_iter().filter(move |(kind, _)| wanted(*kind))
}

impl Reply {
    fn answer(&mut self, answer: &Answer, sets_cookies: bool) {
        self.about.push(answer.about);
        if sets_cookies {
            self.header("Set-Cookie", false, "the session's cookie, and those beside it");
        }
        match answer.body {
            Body::Json(objects) => self.json_of(objects),
            Body::JsonOrPage(object) => {
                self.json_of(&[object]);
                self.page();
            }
            Body::Nothing => {}
            Body::Page => self.page(),
            Body::Redirect => self.header("Location", true, "where to go on"),
            Body::Script => self.text(JAVASCRIPT),
        }
    }

    fn json_of(&mut self, objects: &[&Object]) {
        let schema = match objects {
            [object] => object.reference(),
            objects => json!({"oneOf": objects.iter().map(|object| object.reference()).collect::<Vec<_>>()}),
        };
        self.content.insert(JSON.to_owned(), json!({"schema": schema}));
    }

    fn page(&mut self) {
        self.text(HTML);
    }

    fn text(&mut self, media_type: &str) {
        self.content.insert(media_type.to_owned(), json!({"schema": {"type": "string"}}));
    }

    fn refuse(&mut self, route: &Route, kind: ErrorKind, about: &'static str) {
        self.about.push(about);
        let status = status_of(route, kind);
        if matches!(status, 429 | 503) {
            self.header("Retry-After", true, "in how many seconds to come again");
        }
        if route.has(Flag::OAuth) {
            self.oauth_codes.push(oauth_code(kind));
            if status == 401 {
                self.header("WWW-Authenticate", false, "where HTTP Basic was tried");
            }
        }
        // That a provider is not there at all, the router says, which knows no form of a row's.
        if route.has(Flag::OAuth) && kind != ErrorKind::NotFound {
            return;
        }
        self.codes.push(kind.reply().code);
        if status == 401 {
            self.header("WWW-Authenticate", true, "how to get in");
        }
        self.page();
    }

    fn header(&mut self, name: &str, is_required: bool, about: &str) {
        let header = json!({"required": is_required, "description": about, "schema": {"type": "string"}});
        self.headers.insert(name.to_owned(), header);
    }

    fn json(mut self) -> Value {
        for (media_type, object, member, codes) in [
            (PROBLEM_JSON, &PROBLEM, "code", sorted(self.codes)),
            (JSON, &OAUTH_ERROR, "error", sorted(self.oauth_codes)),
        ] {
            if !codes.is_empty() {
                let one_of = json!({"type": "object", "properties": {member: {"enum": codes}}});
                let schema = json!({"allOf": [object.reference(), one_of]});
                self.content.insert(media_type.to_owned(), json!({"schema": schema}));
            }
        }
        let mut reply = json!({"description": self.about.join("; ")});
        if !self.headers.is_empty() {
            reply["headers"] = self.headers.into();
        }
        if !self.content.is_empty() {
            reply["content"] = self.content.into();
        }
        reply
    }
}

fn sorted(mut codes: Vec<&'static str>) -> Vec<&'static str> {
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// What any path answers to a method that it does not have: no operation's own.
pub(super) fn method_not_allowed() -> Value {
    let mut reply = Reply { about: vec!["the path does not have this method"], ..Reply::default() };
    reply.codes.push(ErrorKind::MethodNotAllowed.reply().code);
    reply.header("Allow", true, "those that it has");
    reply.page();
    reply.json()
}
