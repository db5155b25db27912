//! A server of breached passwords that lies, stalls, floods or leads elsewhere keeps nobody from a password, and nobody waiting.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use auth_core::password::BreachCheck;
use conformance::{ALICE, Framework, TestApp};
use serde_json::json;

/// What the server does with whoever asks, until they are gone.
type Manners = fn(&mut TcpStream);

const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n";

const RUDE: [(&str, Manners); 6] = [
    ("hangs up", |_| ()),
    ("says nothing", |stream| {
        let _ = stream.read(&mut [0]);
    }),
    ("answers a page of somebody's proxy", |stream| {
        let _ = write!(stream, "{HEAD}content-length: 27\r\n\r\n<html>log in here</html>\r\n\r\n");
    }),
    ("leads elsewhere", |stream| {
        let _ = write!(
            stream,
            "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n"
        );
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

/// Starts a server of such manners; its URL, and how often it was asked.
fn server(manners: Manners) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}/range/", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            count.fetch_add(1, Ordering::Relaxed);
            thread::spawn(move || {
                let _ = stream.read(&mut [0; 4096]);
                manners(&mut stream);
            });
        }
    });
    (url, asked)
}

fn change(app: &TestApp) -> Duration {
    let session = app.login(ALICE);
    let began = Instant::now();
    let body =
        json!({"current_password": ALICE.password, "new_password": "violet umbrella cactus seventeen"});
    app.post("/auth/password/change").session(&session).json(&body).send().expect(204);
    began.elapsed()
}

pub(crate) fn a_server_without_manners_keeps_nobody_from_a_password(on: Framework) {
    for (what, manners) in RUDE {
        let (url, asked) = server(manners);
        let check = BreachCheck::mirror(url).within(Duration::from_millis(300));
        let app = on.start_with(|builder| builder.breached_passwords(check));
        let before = asked.load(Ordering::Relaxed);
        let took = change(&app);
        assert!(asked.load(Ordering::Relaxed) > before, "{what}: it was asked");
        assert!(took < Duration::from_secs(5), "{what}: {took:?}");
        app.try_login(ALICE.name, "violet umbrella cactus seventeen").send().expect(200);
    }
}
