//! A reverse proxy in front of applications that share a host, each below a path of its own.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::client::connect_and_send;

/// What a proxy does with the path that an application is below.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Forwarding {
    /// It takes the path away: the application has its routes at the root.
    Stripped,
    /// It passes the path on: the application has its routes below it.
    Whole,
}

impl Forwarding {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Stripped, Self::Whole];
}

/// The proxy. It stops when this is dropped.
#[derive(Debug)]
pub struct Proxy(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    address: SocketAddr,
    routes: Mutex<Vec<(String, Forwarding, u16)>>,
    is_over: AtomicBool,
}

impl Proxy {
    /// Starts one that knows no application yet.
    pub fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let inner = Inner { address, routes: Mutex::default(), is_over: AtomicBool::new(false) };
        let inner = Arc::new(inner);
        let served = inner.clone();
        thread::spawn(move || served.serve(&listener));
        Self(inner)
    }

    /// Where browsers find what is below the path.
    pub fn url(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.port())
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.0.address.port()
    }

    /// From now on the application at this port gets what is below the path.
    pub fn forward(&self, path: &str, forwarding: Forwarding, port: u16) {
        self.0.routes.lock().unwrap().push((path.to_owned(), forwarding, port));
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.0.is_over.store(true, Ordering::SeqCst);
        // Whoever waits for a connection gets one, and sees that it is over.
        let _ = TcpStream::connect(self.0.address);
    }
}

impl Inner {
    fn serve(self: Arc<Self>, listener: &TcpListener) {
        for stream in listener.incoming().flatten() {
            if self.is_over.load(Ordering::SeqCst) {
                return;
            }
            let served = self.clone();
            thread::spawn(move || served.answer(stream));
        }
    }

    fn answer(&self, mut stream: TcpStream) {
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let Some(request) = read_request(&stream) else { return };
        let reply = self.forwarded(&request).unwrap_or_else(|| {
            b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec()
        });
        let _ = stream.write_all(&reply);
    }

    /// What the application answers to which the path belongs.
    fn forwarded(&self, request: &[u8]) -> Option<Vec<u8>> {
        let line = request.split(|byte| *byte == b'\r').next()?;
        let (method, rest) = std::str::from_utf8(line).ok()?.split_once(' ')?;
        let routes = self.routes.lock().unwrap().clone();
        let (below, forwarding, port) = routes.into_iter().find_map(|(path, forwarding, port)| {
            let below = rest.strip_prefix(&path)?;
            below.starts_with(['/', '?', ' ']).then_some((below, forwarding, port))
        })?;
        let target = match forwarding {
            Forwarding::Whole => rest.to_owned(),
            Forwarding::Stripped if below.starts_with('/') => below.to_owned(),
            Forwarding::Stripped => format!("/{below}"),
        };
        let head = format!("{method} {target}");
        Some(connect_and_send(port, &[head.as_bytes(), &request[line.len()..]].concat()))
    }
}

/// A whole request, as the client of this package sends it: with a length, if it has a body at all.
fn read_request(mut stream: &TcpStream) -> Option<Vec<u8>> {
    let mut request = Vec::new();
    let mut buffer = [0; 16 * 1024];
    loop {
        let head = request.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4);
        if head.is_some_and(|head| request.len() >= head + length(&request[..head])) {
            return Some(request);
        }
        match stream.read(&mut buffer).ok()? {
            0 => return None,
            count => request.extend_from_slice(&buffer[..count]),
        }
    }
}

fn length(head: &[u8]) -> usize {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let line =
        head.lines().find_map(|line| line.strip_prefix("content-length:").map(str::trim).map(str::to_owned));
    line.and_then(|length| length.parse().ok()).unwrap_or_default()
}
