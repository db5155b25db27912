//! An HTTP client that does as little as it can: the load program shares the cores with what it measures.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};

/// The largest reply that is read, head and body.
const MAX_REPLY: usize = 64 * 1024;

/// A connection that is kept alive.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// A reply, borrowed from its connection.
pub(crate) struct Reply<'a> {
    pub(crate) head: &'a str,
    pub(crate) body: &'a str,
}

impl Connection {
    /// Connects to a program on this machine. A reply is slept for.
    pub(crate) fn open(port: u16) -> io::Result<Self> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; MAX_REPLY] })
    }

    /// The same, but a reply is waited for awake: nobody has to wake this thread.
    pub(crate) fn open_awake(port: u16) -> io::Result<Self> {
        let connection = Self::open(port)?;
        connection.stream.set_nonblocking(true)?;
        Ok(connection)
    }

    /// Sends a request and reads its reply.
    pub(crate) fn ask(&mut self, request: &[u8]) -> io::Result<Reply<'_>> {
        self.send(request)?;
        self.receive()
    }

    /// Sends a request.
    pub(crate) fn send(&mut self, request: &[u8]) -> io::Result<()> {
        self.stream.write_all(request)
    }

    /// Sends a request and reads its reply, which has to be of this status.
    pub(crate) fn ask_for(&mut self, request: &[u8], status: &str) -> io::Result<Reply<'_>> {
        self.send(request)?;
        self.receive_for(status)
    }

    /// Reads a reply, which has to be a 200.
    pub(crate) fn receive(&mut self) -> io::Result<Reply<'_>> {
        self.receive_for("200")
    }

    /// Reads a reply, which has to be of this status and with a `Content-Length`.
    fn receive_for(&mut self, expected: &str) -> io::Result<Reply<'_>> {
        let (mut filled, mut needed) = (0, None);
        while needed.is_none_or(|(_, end)| filled < end) {
            filled += match self.stream.read(&mut self.buffer[filled..]) {
                Ok(0) => return Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                Err(error) => return Err(error),
            };
            if needed.is_none() {
                needed = measure(&self.buffer[..filled], expected)?;
            }
        }
        let (head, end) = needed.unwrap_or_default();
        let text = |bytes| std::str::from_utf8(bytes).map_err(io::Error::other);
        Ok(Reply { head: text(&self.buffer[..head])?, body: text(&self.buffer[head..end])? })
    }
}

impl AsFd for Connection {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

impl Reply<'_> {
    /// The value of the session cookie that the reply sets.
    pub(crate) fn session_cookie(&self) -> Option<&str> {
        self.head.split_once("session=")?.1.split(';').next()
    }

    /// The access token in a reply of the token endpoint.
    pub(crate) fn access_token(&self) -> Option<&str> {
        self.text("access_token")
    }

    /// The refresh token in a reply of the token endpoint.
    pub(crate) fn refresh_token(&self) -> Option<&str> {
        self.text("refresh_token")
    }

    /// A text in a reply of JSON.
    fn text(&self, name: &str) -> Option<&str> {
        self.body.split_once(&format!("\"{name}\":\""))?.1.split('"').next()
    }
}

/// Where the head ends, and where the reply ends, once the head is complete.
fn measure(reply: &[u8], expected: &str) -> io::Result<Option<(usize, usize)>> {
    let Some(head) = reply.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let mut lines = reply[..head].split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
    let status = lines.next().unwrap_or_default();
    if status.get(9..12) != Some(expected.as_bytes()) {
        return Err(io::Error::other(format!("answered {}", String::from_utf8_lossy(status))));
    }
    let length = lines.find_map(|line| {
        let (name, value) = line.split_at_checked("content-length:".len())?;
        name.eq_ignore_ascii_case(b"content-length:")
            .then(|| std::str::from_utf8(value).ok()?.trim().parse().ok())?
    });
    let length: usize = length.ok_or_else(|| io::Error::other("a reply without Content-Length"))?;
    if head + 4 + length > MAX_REPLY {
        return Err(io::Error::other("a reply beyond 64 KiB"));
    }
    Ok(Some((head + 4, head + 4 + length)))
}

/// A GET with one more header line.
pub(crate) fn get(path: &str, header: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n{header}\r\n\r\n").into_bytes()
}

/// The header line of this session cookie.
pub(crate) fn cookie(session: &str) -> String {
    format!("Cookie: session={session}")
}

/// A POST of a form, with one more header line or none.
pub(crate) fn post(path: &str, header: Option<&str>, form: &str) -> Vec<u8> {
    let (header, length) = (header.map(|line| format!("{line}\r\n")).unwrap_or_default(), form.len());
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n{header}\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{form}"
    )
    .into_bytes()
}

/// The password of alice, as a form has it.
const PASSWORD: &str = "correct+horse+battery+staple";

/// Logs alice in.
pub(crate) fn login() -> Vec<u8> {
    login_of("alice")
}

/// Logs somebody in who has alice's password.
pub(crate) fn login_of(username: &str) -> Vec<u8> {
    post("/auth/login", None, &format!("username={username}&password={PASSWORD}"))
}

/// Asks for tokens for alice.
pub(crate) fn token() -> Vec<u8> {
    post("/auth/token", None, &format!("grant_type=password&username=alice&password={PASSWORD}"))
}

/// Asks for the successor of a refresh token.
pub(crate) fn refresh(token: &str) -> Vec<u8> {
    post("/auth/token", None, &format!("grant_type=refresh_token&refresh_token={token}"))
}
