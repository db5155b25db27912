//! A client that sends exactly what it is told to: HTTP/1.1 over a socket, one connection a request, no redirects, no jar.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpStream};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// A server that says nothing for this long is broken.
const SILENCE: Duration = Duration::from_secs(30);

/// What a browser sends in `Accept` when a person opens a page.
const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// A request in the making.
#[derive(Clone, Debug)]
#[must_use = "a request does nothing until it is sent"]
pub struct Request {
    port: u16,
    method: String,
    target: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Option<Vec<u8>>,
}

impl Request {
    /// A request to this port on 127.0.0.1.
    pub fn to(port: u16, method: &str, target: &str) -> Self {
        let host = format!("localhost:{port}").into_bytes();
        let headers = vec![("Host".to_owned(), host)];
        Self { port, method: method.into(), target: target.into(), headers, body: None }
    }

    /// A request to a server on loopback by the whole URL, under the name that the URL gives it.
    pub fn at(url: &str, method: &str) -> Self {
        let rest = url.strip_prefix("http://").unwrap_or_else(|| panic!("no http URL: {url}"));
        let (authority, target) = rest.find(['/', '?']).map_or((rest, "/"), |at| rest.split_at(at));
        let (host, port) = authority.split_once(':').unwrap_or_else(|| panic!("no port: {url}"));
        assert!(matches!(host, "localhost" | "127.0.0.1"), "not on loopback: {url}");
        let target = target.split('#').next().unwrap_or_default();
        let target = if target.starts_with('?') { format!("/{target}") } else { target.to_owned() };
        let headers = vec![("Host".to_owned(), authority.as_bytes().to_vec())];
        Self { port: port.parse().unwrap(), method: method.into(), target, headers, body: None }
    }

    /// The same by another method.
    pub fn with_method(mut self, method: &str) -> Self {
        method.clone_into(&mut self.method);
        self
    }

    /// Adds a header line.
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    /// Presents a session.
    pub fn session(self, session: &str) -> Self {
        self.header("Cookie", format!("session={session}"))
    }

    /// Presents these cookies.
    pub fn cookies(self, cookies: &[(&str, &str)]) -> Self {
        let pairs: Vec<_> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        self.header("Cookie", pairs.join("; "))
    }

    /// Presents an access token.
    pub fn bearer(self, token: &str) -> Self {
        self.header("Authorization", format!("Bearer {token}"))
    }

    /// Presents a user name and a password.
    pub fn basic(self, login: &str, password: &str) -> Self {
        self.header("Authorization", format!("Basic {}", STANDARD.encode(format!("{login}:{password}"))))
    }

    /// Asks as a browser does when a person opens a page or sends a form.
    pub fn browser(self) -> Self {
        self.header("Accept", BROWSER)
    }

    /// A body of this type.
    pub fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self.header("Content-Type", content_type)
    }

    /// A body without a type.
    pub fn untyped_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// A form.
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        self.body("application/x-www-form-urlencoded", form(fields))
    }

    /// A JSON body.
    pub fn json(self, body: &Value) -> Self {
        self.body("application/json", json_body(body))
    }

    /// The request as bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = format!("{} {} HTTP/1.1\r\n", self.method, self.target).into_bytes();
        for (name, value) in &self.headers {
            bytes.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        if let Some(body) = &self.body {
            bytes.extend(format!("Content-Length: {}\r\n", body.len()).into_bytes());
        }
        bytes.extend(b"Connection: close\r\n\r\n");
        bytes.extend(self.body.as_deref().unwrap_or_default());
        bytes
    }

    /// Sends it and reads the reply.
    pub fn send(self) -> Reply {
        let bytes = connect_and_send(self.port, &self.bytes());
        parse(&bytes, self.method == "HEAD").unwrap_or_else(|| {
            panic!("no reply to {} {}: {}", self.method, self.target, String::from_utf8_lossy(&bytes))
        })
    }
}

/// A form as a body.
pub fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// JSON as a body.
pub fn json_body(body: &Value) -> String {
    body.to_string()
}

/// Sends these bytes to the port and reads until the server closes the connection.
pub fn connect_and_send(port: u16, bytes: &[u8]) -> Vec<u8> {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))
        .unwrap_or_else(|error| panic!("port {port}: {error}"));
    stream.set_read_timeout(Some(SILENCE)).unwrap();
    stream.set_write_timeout(Some(SILENCE)).unwrap();
    std::thread::scope(|scope| {
        // A server that refuses a large body answers before all of it is sent.
        scope.spawn(|| {
            if (&stream).write_all(bytes).is_err() {
                let _ = stream.shutdown(Shutdown::Write);
            }
        });
        read_all(&stream)
    })
}

fn read_all(mut stream: &TcpStream) -> Vec<u8> {
    let mut received = Vec::new();
    let mut buffer = [0; 16 * 1024];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => received.extend_from_slice(&buffer[..length]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    let _ = stream.shutdown(Shutdown::Both);
    received
}

/// A reply.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The header lines; names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Reply {
    /// The values of all header lines of this name.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(held, _)| held == name).map(|(_, value)| value.as_str()).collect()
    }

    /// The value of the only header line of this name; nothing when there is none.
    pub fn header(&self, name: &str) -> Option<&str> {
        let all = self.all(name);
        assert!(all.len() < 2, "{name} stands more than once: {all:?}");
        all.first().copied()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    /// The session id that the reply hands out.
    pub fn session(&self) -> Option<String> {
        self.cookie("session")
    }

    /// The line that sets the session cookie; nothing when none does.
    pub fn session_cookie(&self) -> Option<&str> {
        self.line_of("session").or_else(|| self.line_of("__Host-session"))
    }

    /// The line that hands the browser what it is known by; nothing when none does.
    pub fn known_cookie(&self) -> Option<&str> {
        self.line_of("session-known").or_else(|| self.line_of("__Host-session-known"))
    }

    fn line_of(&self, name: &str) -> Option<&str> {
        let is_meant = |line: &&str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with('='));
        self.all("set-cookie").into_iter().find(is_meant)
    }

    /// The value that the reply gives the cookie of this name, if it sets it at all.
    pub fn cookie(&self, name: &str) -> Option<String> {
        let lines = self.all("set-cookie");
        let mut values =
            lines.iter().filter_map(|line| line.strip_prefix(name)?.strip_prefix('=')?.split(';').next());
        let value = values.next()?;
        assert_eq!(values.next(), None, "{name} is set twice: {lines:?}");
        (!value.is_empty()).then(|| value.to_owned())
    }

    /// Whether the reply clears the session cookie.
    pub fn clears_session(&self) -> bool {
        self.header("set-cookie") == Some("session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0")
    }

    /// The reply, which has this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{:?}\n{}", self.headers, String::from_utf8_lossy(&self.body));
        self
    }

    /// The reply, which is the problem document of this status and code.
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Self {
        let reply = self.expect(status);
        assert_eq!(reply.header("content-type"), Some("application/problem+json"));
        let problem = reply.json();
        assert_eq!(problem["code"], code, "{problem}");
        assert_eq!(problem["status"], status, "{problem}");
        assert_eq!(problem["type"], "about:blank", "{problem}");
        assert!(problem["title"].as_str().is_some_and(|title| !title.is_empty()), "{problem}");
        reply
    }

    /// The body without the name of the event that it is told by, which every reply to somebody who is refused has of its own: the
    /// member `instance` of a problem document, the reference on a page.
    pub fn body_but_for_its_event(&self) -> String {
        let body = self.text();
        if let Ok(Value::Object(mut problem)) = serde_json::from_str(&body) {
            let instance = problem.remove("instance");
            assert!(
                instance.is_some_and(|instance| instance
                    .as_str()
                    .is_some_and(|urn| urn.starts_with("urn:uuid:")))
            );
            return Value::Object(problem).to_string();
        }
        let (before, rest) = body.split_once("Reference: ").unwrap_or_else(|| panic!("no reference: {body}"));
        format!("{before}{}", &rest["01K5-7Q2M-0ZX4".len()..])
    }

    /// The reply, which is an error in OAuth's form.
    #[track_caller]
    pub fn oauth(self, status: u16, error: &str) -> Self {
        let reply = self.expect(status);
        assert_eq!(reply.header("content-type"), Some("application/json"));
        let body = reply.json();
        assert_eq!(body["error"], error, "{body}");
        let members: Vec<_> = body.as_object().unwrap().keys().collect();
        assert_eq!(members, ["error", "error_description"], "{body}");
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        reply
    }

    /// The reply, which is a redirect to this place.
    #[track_caller]
    pub fn redirect(self, location: &str) -> Self {
        let reply = self.expect(303);
        assert_eq!(reply.header("location"), Some(location));
        reply
    }
}

/// Reads a reply out of what a server sent until it closed the connection; nothing when that is no reply.
pub fn parse(bytes: &[u8], is_head: bool) -> Option<Reply> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status: u16 = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    if status == 100 {
        return parse(&bytes[end + 4..], is_head);
    }
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let rest = &bytes[end + 4..];
    let is_chunked = headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked");
    let body = match (is_head, is_chunked) {
        (true, _) => Vec::new(),
        (false, true) => dechunk(rest)?,
        (false, false) => rest.to_vec(),
    };
    Some(Reply { status, headers, body })
}

fn dechunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n")?;
        let length = usize::from_str_radix(std::str::from_utf8(&rest[..end]).ok()?, 16).ok()?;
        if length == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(end + 2..end + 2 + length)?);
        rest = rest.get(end + 4 + length..)?;
    }
}
