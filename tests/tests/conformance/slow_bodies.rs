//! Bodies of login routes that do not come, do not end, or are none: each request gets an answer, and in time.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use conformance::{ALICE, Framework, Reply, TestApp, form, parse};

/// What a body may take here, and what a machine under load needs to say so.
const LIMIT: Duration = Duration::from_millis(500);
const AT_MOST: Duration = Duration::from_secs(8);

const FORM: &str = "Content-Type: application/x-www-form-urlencoded";
const BEGINNING: &str = "username=alice&password=";

fn start(on: Framework) -> TestApp {
    on.start_with(|builder| builder.body_timeout(LIMIT))
}

/// A connection on which this was sent, and which stays open.
fn send(app: &TestApp, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", app.port)).unwrap();
    stream.set_read_timeout(Some(AT_MOST)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    stream
}

fn head(method: &str, target: &str, lines: &str) -> String {
    format!("{method} {target} HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n\r\n")
}

/// What comes on a connection that the client leaves open, until the reply is whole; at most until the server closes it.
fn receive(mut stream: TcpStream, is_head: bool) -> Reply {
    let (mut bytes, mut part) = (Vec::new(), [0; 4096]);
    loop {
        let reply = parse(&bytes, is_head).filter(|reply| is_whole(reply, is_head));
        if let Some(reply) = reply {
            return reply;
        }
        match stream.read(&mut part) {
            Ok(read @ 1..) => bytes.extend_from_slice(&part[..read]),
            end => panic!("no whole reply: {end:?} after {}", String::from_utf8_lossy(&bytes)),
        }
    }
}

fn is_whole(reply: &Reply, is_head: bool) -> bool {
    let length = reply.header("content-length").and_then(|length| length.parse().ok());
    is_head || length.is_none_or(|length: usize| reply.body.len() == length)
}

/// The reply to a request whose sender then says nothing more.
fn ask(app: &TestApp, request: &str) -> Reply {
    receive(send(app, request), request.starts_with("HEAD "))
}

#[track_caller]
fn timed_out(reply: Reply) {
    assert_eq!(reply.problem(408, "request_timeout").header("cache-control"), Some("no-store"));
}

pub(crate) fn a_body_that_stops_half_way_is_408(on: Framework) {
    let app = start(on);
    for route in ["/auth/login", "/auth/logout", "/auth/login/"] {
        let lines = format!("{FORM}\r\nContent-Length: 1000");
        let reply = ask(&app, &(head("POST", route, &lines) + BEGINNING));
        if route.ends_with('/') { drop(reply.expect(404)) } else { timed_out(reply) }
    }
    let lines = format!("{FORM}\r\nTransfer-Encoding: chunked");
    let chunk = format!("{:x}\r\n{BEGINNING}\r\n", BEGINNING.len());
    timed_out(ask(&app, &(head("POST", "/auth/login", &lines) + &chunk)));
    let page = format!("{FORM}\r\nAccept: text/html\r\nContent-Length: 1000");
    let page = ask(&app, &(head("POST", "/auth/login", &page) + BEGINNING)).expect(408);
    assert!(page.text().contains("took too long"), "{}", page.text());
    assert_eq!(app.sessions(ALICE), 0);
}

pub(crate) fn oauth_routes_say_so_in_their_own_form(on: Framework) {
    let app = start(on);
    for route in ["/auth/token", "/auth/revoke"] {
        let lines = format!("{FORM}\r\nContent-Length: 1000");
        ask(&app, &(head("POST", route, &lines) + BEGINNING)).oauth(408, "invalid_request");
    }
}

pub(crate) fn a_body_that_drips_has_no_longer(on: Framework) {
    let app = start(on);
    let lines = format!("{FORM}\r\nTransfer-Encoding: chunked");
    let mut stream = send(&app, &(head("POST", "/auth/login", &lines) + "e\r\nusername=alice\r\n"));
    // The wait for the reply, cut into short ones, is what makes the body drip.
    stream.set_read_timeout(Some(LIMIT / 20)).unwrap();
    let (began, mut bytes, mut part) = (Instant::now(), Vec::new(), [0; 4096]);
    let reply = loop {
        if let Some(reply) = parse(&bytes, false) {
            break reply;
        }
        assert!(began.elapsed() < AT_MOST, "it goes on and on");
        match stream.read(&mut part) {
            Ok(read) => bytes.extend_from_slice(&part[..read]),
            Err(error) if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock) => {
                let _ = stream.write_all(b"1\r\nx\r\n");
            }
            Err(error) => panic!("{error}"),
        }
    };
    timed_out(reply);
}

pub(crate) fn a_body_that_is_waited_for_is_taken(on: Framework) {
    let app = on.start();
    let body = form(&[("username", ALICE.name), ("password", ALICE.password)]);
    let lines = format!("{FORM}\r\nExpect: 100-continue\r\nContent-Length: {}", body.len());
    let mut stream = send(&app, &head("POST", "/auth/login", &lines));
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).unwrap();
    assert_eq!(interim, *b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(body.as_bytes()).unwrap();
    receive(stream, false).expect(200);
}

pub(crate) fn a_handshake_is_answered_like_any_other_request(on: Framework) {
    let app = on.start();
    let websocket = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==";
    ask(&app, &head("GET", "/auth/login", websocket)).expect(200);
    ask(&app, &head("GET", "/auth/me", websocket)).problem(401, "unauthenticated");
    ask(&app, &head("GET", "/auth/logout", websocket)).problem(405, "method_not_allowed");
    ask(&app, &head("POST", "/auth/login", websocket)).problem(400, "invalid_request");
    ask(&app, &head("GET", "/.well-known/jwks.json", websocket)).expect(200);
    // One that does bring a body is read to its end, and no further.
    let body = form(&[("username", ALICE.name), ("password", ALICE.password)]);
    let lines = format!("{websocket}\r\n{FORM}\r\nContent-Length: {}", body.len());
    ask(&app, &(head("POST", "/auth/login", &lines) + &body)).expect(200);
}

pub(crate) fn a_connect_is_405(on: Framework) {
    let app = on.start();
    for route in ["/auth/login", "/auth/logout"] {
        ask(&app, &head("CONNECT", route, "Accept: */*")).problem(405, "method_not_allowed");
    }
    ask(&app, &head("CONNECT", "/auth/nothing", "Accept: */*")).problem(404, "not_found");
}

pub(crate) fn what_a_get_brings_along_changes_nothing(on: Framework) {
    let app = start(on);
    let body = "username=alice&password=x";
    let lines = format!("{FORM}\r\nContent-Length: {}", body.len());
    ask(&app, &(head("GET", "/auth/login", &lines) + body)).expect(200);
    ask(&app, &(head("HEAD", "/auth/login", &lines) + body)).expect(200);
    let endless = format!("{FORM}\r\nContent-Length: 1000");
    ask(&app, &(head("GET", "/auth/login", &endless) + body)).expect(200);
}
