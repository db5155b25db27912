//! What goes over the wire: requests as they came, answers as somebody wants them.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use serde_json::Value;

use crate::browser::query;

/// A flood ends here, for a client that never stops reading. In bytes.
const FLOOD: u64 = 512 * 1024 * 1024;

/// A request as the provider saw it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The header lines; names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Seen {
    /// The field of this name in the form that the body is.
    pub fn field(&self, name: &str) -> Option<String> {
        query(&format!("?{}", self.body), name)
    }

    /// The value of the first header line of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(held, _)| held == name).map(|(_, value)| &**value)
    }
}

/// What the provider answers.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The head of an answer, and then a byte now and then.
    Drip,
    /// A JSON string that does not end.
    Flood,
    /// A whole answer.
    Reply {
        /// The status.
        status: u16,
        /// The header lines.
        headers: Vec<(String, String)>,
        /// The body.
        body: Vec<u8>,
    },
    /// Nothing, on a connection that stays open.
    Silence,
}

impl Answer {
    /// JSON.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::text(status, "application/json", &body.to_string())
    }

    /// A page.
    pub fn html(status: u16, body: &str) -> Self {
        Self::text(status, "text/html; charset=utf-8", body)
    }

    /// A body of this type.
    pub fn text(status: u16, content_type: &str, body: &str) -> Self {
        let headers = vec![("Content-Type".to_owned(), content_type.to_owned())];
        Self::Reply { status, headers, body: body.into() }
    }

    /// A redirect.
    pub fn redirect(status: u16, location: &str) -> Self {
        Self::Reply { status, headers: vec![("Location".into(), location.into())], body: Vec::new() }
    }

    /// The JSON of the answer, changed.
    #[must_use]
    pub fn but(self, change: impl FnOnce(&mut Value)) -> Self {
        let Self::Reply { status, headers, body } = self else { return self };
        let mut value: Value = serde_json::from_slice(&body).unwrap();
        change(&mut value);
        Self::Reply { status, headers, body: value.to_string().into() }
    }
}

/// What the provider does not get to the end of.
#[derive(Default)]
pub(super) struct Wire {
    /// Bytes of floods.
    pub(super) flooded: AtomicU64,
    /// Whether nobody listens any more.
    pub(super) is_over: AtomicBool,
}

impl Wire {
    pub(super) fn send(&self, mut stream: &TcpStream, answer: Answer) -> io::Result<()> {
        match answer {
            Answer::Reply { status, headers, body } => {
                let mut head =
                    format!("HTTP/1.1 {status} -\r\nContent-Length: {}\r\nConnection: close\r\n", body.len());
                for (name, value) in headers {
                    head += &format!("{name}: {value}\r\n");
                }
                stream.write_all(&[head.as_bytes(), b"\r\n", &body].concat())
            }
            Answer::Silence => self.until_left(stream, |_| Ok(())),
            Answer::Drip => {
                stream.write_all(
                    b"HTTP/1.1 200 -\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n",
                )?;
                self.until_left(stream, |mut stream| stream.write_all(b" "))
            }
            Answer::Flood => {
                stream.write_all(
                    b"HTTP/1.1 200 -\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n\"",
                )?;
                let block = [b'a'; 64 * 1024];
                while self.flooded.fetch_add(block.len() as u64, Ordering::SeqCst) < FLOOD {
                    stream.write_all(&block)?;
                }
                Ok(())
            }
        }
    }

    /// Does something every few milliseconds until the other side has left.
    fn until_left(
        &self,
        mut stream: &TcpStream,
        mut now_and_then: impl FnMut(&TcpStream) -> io::Result<()>,
    ) -> io::Result<()> {
        stream.set_read_timeout(Some(Duration::from_millis(20)))?;
        let mut buffer = [0; 64];
        while !self.is_over.load(Ordering::SeqCst) {
            match stream.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(_) => {}
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    now_and_then(stream)?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Reads a request; nothing when there is none.
pub(super) fn read(mut stream: &TcpStream) -> Option<Seen> {
    stream.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
    let (mut received, mut buffer) = (Vec::new(), [0; 8 * 1024]);
    loop {
        if let Some(seen) = parse(&received) {
            return Some(seen);
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return None,
            Ok(length) => received.extend_from_slice(&buffer[..length]),
        }
    }
}

/// The request, once it is complete.
fn parse(received: &[u8]) -> Option<Seen> {
    let end = received.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&received[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?);
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length").map(|(_, value)| value.parse());
    let length = length.and_then(Result::ok).unwrap_or(0);
    let body = received.get(end + 4..end + 4 + length)?;
    let path = target.split('?').next()?.to_owned();
    Some(Seen { method, path, headers, body: String::from_utf8_lossy(body).into_owned() })
}
