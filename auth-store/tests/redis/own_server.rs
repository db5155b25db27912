//! A Redis of a test's own, which it may stop, pause and set up as it likes.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{self, Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use redis::{Client, Connection};
use tempfile::TempDir;

use crate::home::skip;

/// How long a server may take to start or to stop.
const PATIENCE: Duration = Duration::from_secs(20);

/// A `redis-server` on a free port of loopback.
pub(crate) struct OwnServer {
    pub(crate) port: u16,
    arguments: Vec<String>,
    child: Option<Child>,
    folder: TempDir,
}

impl OwnServer {
    pub(crate) fn start(arguments: &[&str]) -> Option<Self> {
        if Command::new("redis-server").arg("--version").output().is_err() {
            skip("there is no `redis-server`");
            return None;
        }
        let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let folder = tempfile::tempdir().unwrap();
        let mut server = Self { port: free_port(), arguments, child: None, folder };
        server.start_again();
        Some(server)
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Starts it again, set up otherwise.
    pub(crate) fn start_with(&mut self, arguments: &[&str]) {
        self.arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        self.start_again();
    }

    pub(crate) fn start_again(&mut self) {
        let child = Command::new("redis-server")
            .args([
                "--bind",
                "127.0.0.1",
                "--port",
                &self.port.to_string(),
                "--save",
                "",
                "--appendonly",
                "no",
            ])
            .args(["--loglevel", "warning", "--dir"])
            .arg(self.folder.path())
            .args(&self.arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.child = Some(child.unwrap());
        wait_for("a server that answers", || self.answers());
    }

    /// Whether it answers at all: an error is an answer.
    fn answers(&self) -> bool {
        let ask = || {
            let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
            stream.set_read_timeout(Some(Duration::from_secs(1)))?;
            stream.write_all(b"PING\r\n")?;
            stream.read(&mut [0; 64])
        };
        ask().is_ok_and(|length| length > 0)
    }

    /// As another program sees it.
    pub(crate) fn raw(&self) -> Connection {
        Client::open(self.url()).unwrap().get_connection().unwrap()
    }

    pub(crate) fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Lets it hang: connections stay, and nothing is answered.
    pub(crate) fn pause(&self) {
        self.signal("-STOP");
    }

    pub(crate) fn resume(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let id = self.child.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A port that nobody listens on, and that no outgoing connection is given meanwhile: those are from 32768 on.
pub(crate) fn free_port() -> u16 {
    const PORTS: u32 = 20_000;
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        // Where another test program is on, it begins elsewhere.
        let n = process::id().wrapping_mul(101).wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = 10_000 + u16::try_from(n % PORTS).unwrap();
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}

/// Asks until it is so.
pub(crate) fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < end, "there was never {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
