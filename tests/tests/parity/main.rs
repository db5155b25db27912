//! Parity: one list of requests, well-formed and not, sent to all three example apps in the same order, with the same
//! clock and the same randomness. Status, headers and bodies are compared byte by byte.

mod malformed;
mod ordinary;
mod providers;
mod request;
mod typed;

use std::collections::BTreeMap;
use std::sync::Arc;

use conformance::{Framework, Holders, Reply, TestApp, connect_and_send, parse, query};

use self::request::{Case, Whose, fill_in};

/// Headers of the connection, and the time of day.
const OF_THE_CONNECTION: [&str; 4] = ["connection", "date", "keep-alive", "transfer-encoding"];

/// The base URL of all three, so that tokens are the same too. Where they really listen is another port each.
const BASE: &str = "http://localhost:3000";

/// What earlier replies handed out, for later requests: `{session}`, `{pending}`, `{access}`, `{refresh}`, `{handle}`, and on the way to a
/// provider `{browser}`, `{state}` and `{fetch}`.
type Kept = BTreeMap<&'static str, String>;

/// A reply as it is compared: status, header values by name, body.
type Compared = (u16, BTreeMap<String, Vec<String>>, String);

#[test]
fn every_framework_gives_the_same_answers() {
    let cases = cases();
    assert!(cases.len() >= 100, "{} requests", cases.len());
    let [axum, actix, rocket] = std::thread::scope(|scope| {
        let running = Framework::ALL.map(|framework| {
            let cases = &cases;
            scope.spawn(move || answers(framework, cases))
        });
        running.map(|running| running.join().unwrap())
    });
    let mut differences = Vec::new();
    for (at, case) in cases.iter().enumerate() {
        let replies = [&axum[at], &actix[at], &rocket[at]];
        for (framework, reply) in Framework::ALL.iter().zip(replies) {
            if reply.as_ref().is_some_and(|reply| reply.0 >= 500) {
                differences.push(format!("{}: {framework:?} answers 5xx: {reply:?}", case.name));
            }
        }
        let is_same = replies[0] == replies[1] && replies[1] == replies[2];
        if case.whose == Whose::Adapters && (!is_same || replies[0].is_none()) {
            differences.push(format!(
                "{}:\n  axum   {:?}\n  actix  {:?}\n  rocket {:?}",
                case.name, replies[0], replies[1], replies[2]
            ));
        }
    }
    assert!(differences.is_empty(), "{} differences\n{}", differences.len(), differences.join("\n"));
}

fn cases() -> Vec<Case> {
    [ordinary::cases(), providers::cases(), malformed::cases(), typed::cases()].concat()
}

fn answers(framework: Framework, cases: &[Case]) -> Vec<Option<Compared>> {
    let app = framework.start_with(|builder| {
        let builder = builder.base_url(BASE).provider(providers::provider());
        builder.second_factors(Arc::new(Holders(&["bob"])))
    });
    let mut kept = Kept::new();
    cases.iter().map(|case| answer(&app, case, &mut kept)).collect()
}

fn answer(app: &TestApp, case: &Case, kept: &mut Kept) -> Option<Compared> {
    app.clock.advance(case.later);
    let bytes = connect_and_send(app.port, &fill_in(&case.bytes, kept));
    let reply = parse(&bytes, case.bytes.starts_with(b"HEAD "))?;
    keep(&reply, kept);
    Some(compared(reply))
}

fn keep(reply: &Reply, kept: &mut Kept) {
    if let Some(session) = reply.session() {
        kept.insert("{session}", session);
    }
    if let Some(pending) = reply.cookie("pending") {
        kept.insert("{pending}", pending);
    }
    if let Some(browser) = reply.cookie("session-login") {
        kept.insert("{browser}", browser);
    }
    if let Some(location) = reply.header("location") {
        if let Some(state) = query(location, "state") {
            kept.insert("{state}", state);
        }
        if location.contains("/callback?handle=") {
            kept.insert("{fetch}", location.to_owned());
        }
    }
    let Ok(json) = serde_json::from_slice::<serde_json::Value>(&reply.body) else { return };
    for (name, place) in [("access_token", "{access}"), ("refresh_token", "{refresh}")] {
        if let Some(token) = json[name].as_str() {
            kept.insert(place, token.to_owned());
        }
    }
    if let Some(handle) = json["sessions"][0]["id"].as_str() {
        kept.insert("{handle}", handle.to_owned());
    }
}

fn compared(reply: Reply) -> Compared {
    let mut headers = BTreeMap::<String, Vec<String>>::new();
    for (name, value) in reply.headers {
        if !OF_THE_CONNECTION.contains(&name.as_str()) {
            headers.entry(name).or_default().push(value);
        }
    }
    (reply.status, headers, String::from_utf8_lossy(&reply.body).into_owned())
}
