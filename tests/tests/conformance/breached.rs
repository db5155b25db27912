//! A server of breached passwords that lies, stalls, floods or leads elsewhere keeps nobody from a password, and nobody waiting.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use auth_core::password::BreachCheck;
use conformance::{ALICE, Framework, Reply, TestApp};
use serde_json::json;

/// What the server does with whoever asks, until they are gone.
type Manners = fn(&mut TcpStream);

const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n";

const RUDE: [(&str, Manners); 7] = [
    ("hangs up", |_| ()),
    ("says nothing", |stream| {
        let _ = stream.read(&mut [0]);
    }),
    ("answers a page of somebody's proxy", |stream| {
        answer(stream, "200 OK", "<html>log in here</html>\r\n");
    }),
    ("says no in words that are a range", |stream| answer(stream, "503 Service Unavailable", KNOWN)),
    ("has one line of another form", |stream| {
        answer(stream, "200 OK", &format!("{KNOWN}\r\n<!-- by your proxy -->"));
    }),
    ("never ends", |stream| {
        let line = "0".repeat(35) + ":1\r\n";
        let _ = write!(stream, "{HEAD}\r\n");
        while stream.write_all(line.as_bytes()).is_ok() {}
    }),
    ("drips", |stream| {
        let _ = write!(stream, "{HEAD}\r\n");
        while stream.write_all(b"0").is_ok() {
            thread::sleep(Duration::from_millis(20));
        }
    }),
];

/// What is set, and the line by which a server says that it is known from a breach: its SHA-1 but for the first five digits.
const NEW: &str = "violet umbrella cactus seventeen";
const KNOWN: &str = "4851C18F9E3BD05F0F055EA11BB2259F8D2:3";

fn answer(stream: &mut TcpStream, status: &str, body: &str) {
    let length = body.len();
    let _ = write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-type: text/plain\r\ncontent-length: {length}\r\n\r\n{body}"
    );
}

/// A server that leads to that place.
fn leading_to(place: String) -> (String, Arc<AtomicUsize>) {
    server_of(move |stream| {
        let _ = write!(stream, "HTTP/1.1 302 Found\r\nlocation: {place}00000\r\ncontent-length: 0\r\n\r\n");
    })
}

fn server(manners: Manners) -> (String, Arc<AtomicUsize>) {
    server_of(manners)
}

/// Starts a server of such manners; its URL, and how often it was asked.
fn server_of(manners: impl Fn(&mut TcpStream) + Clone + Send + 'static) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}/range/", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            count.fetch_add(1, Ordering::Relaxed);
            let manners = manners.clone();
            thread::spawn(move || {
                let _ = stream.read(&mut [0; 4096]);
                manners(&mut stream);
            });
        }
    });
    (url, asked)
}

fn change(app: &TestApp) -> (Reply, Duration) {
    let session = app.login(ALICE);
    let began = Instant::now();
    let body = json!({"current_password": ALICE.password, "new_password": NEW});
    let reply = app.post("/auth/password/change").session(&session).json(&body).send();
    (reply, began.elapsed())
}

fn start(on: Framework, url: String) -> TestApp {
    let check = BreachCheck::mirror(url).within(Duration::from_millis(300));
    on.start_with(|builder| builder.breached_passwords(check))
}

pub(crate) fn a_server_that_knows_the_password_refuses_it(on: Framework) {
    let (url, asked) = server(|stream| answer(stream, "200 OK", KNOWN));
    let app = start(on, url);
    let refused = change(&app).0.problem(422, "weak_password");
    assert!(refused.json()["violations"].to_string().contains("breached"), "{refused:?}");
    assert!(asked.load(Ordering::Relaxed) > 0);
}

pub(crate) fn a_server_without_manners_keeps_nobody_from_a_password(on: Framework) {
    for (what, manners) in RUDE {
        let (url, asked) = server(manners);
        let app = start(on, url);
        let before = asked.load(Ordering::Relaxed);
        let (reply, took) = change(&app);
        assert_eq!(reply.status, 204, "{what}: {reply:?}");
        assert!(asked.load(Ordering::Relaxed) > before, "{what}: it was asked");
        assert!(took < Duration::from_secs(5), "{what}: {took:?}");
        app.try_login(ALICE.name, NEW).send().expect(200);
    }
}

/// Where it leads to a server that knows the password.
pub(crate) fn a_server_that_leads_elsewhere_is_not_followed(on: Framework) {
    let (elsewhere, asked_there) = server(|stream| answer(stream, "200 OK", KNOWN));
    let (url, asked) = leading_to(elsewhere);
    let app = start(on, url);
    change(&app).0.expect(204);
    assert!(asked.load(Ordering::Relaxed) > 0);
    assert_eq!(asked_there.load(Ordering::Relaxed), 0);
}
