//! Requests as bytes.

use std::collections::BTreeMap;
use std::time::Duration;

/// Who answers a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Whose {
    /// It reaches an adapter: the answers are the same.
    Adapters,
    /// The framework's parser or router may answer it by itself, short of 5xx.
    Frameworks,
}

/// One request of the list.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) whose: Whose,
    /// How much later than the one before.
    pub(crate) later: Duration,
}

impl Case {
    /// A request from its bytes.
    pub(crate) fn raw(name: &str, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.to_owned(), bytes: bytes.into(), whose: Whose::Adapters, later: Duration::ZERO }
    }

    /// The same, where the framework may answer by itself.
    pub(crate) fn own(self) -> Self {
        Self { whose: Whose::Frameworks, ..self }
    }

    /// The same, some seconds later.
    pub(crate) fn after(self, seconds: u64) -> Self {
        Self { later: Duration::from_secs(seconds), ..self }
    }
}

/// A request with these header lines, separated by line feeds.
pub(crate) fn ask(method: &str, target: &str, lines: &str, body: Option<&[u8]>) -> Case {
    let mut head = format!("{method} {target} HTTP/1.1\r\nHost: localhost:3000\r\nConnection: close\r\n");
    for line in lines.split('\n').filter(|line| !line.is_empty()) {
        head += &format!("{line}\r\n");
    }
    if let Some(body) = body {
        head += &format!("Content-Length: {}\r\n", body.len());
    }
    let shown: String = body
        .map(|body| String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned())
        .unwrap_or_default();
    let name =
        format!("{method} {} [{}] {shown}", &target[..target.len().min(80)], &lines[..lines.len().min(120)]);
    Case::raw(&name, [head.as_bytes(), b"\r\n", body.unwrap_or_default()].concat())
}

/// A GET.
pub(crate) fn get(target: &str, lines: &str) -> Case {
    ask("GET", target, lines, None)
}

/// A POST of a form.
pub(crate) fn form(target: &str, lines: &str, body: &str) -> Case {
    let lines = format!("Content-Type: application/x-www-form-urlencoded\n{lines}");
    ask("POST", target, &lines, Some(body.as_bytes()))
}

/// A POST of JSON.
pub(crate) fn json(target: &str, lines: &str, body: &str) -> Case {
    let lines = format!("Content-Type: application/json\n{lines}");
    ask("POST", target, &lines, Some(body.as_bytes()))
}

/// Puts what earlier replies handed out where the request wants it. Only the head is looked at, and form bodies that end
/// in such a place keep a length of their own.
pub(crate) fn fill_in(bytes: &[u8], kept: &BTreeMap<&'static str, String>) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for (place, value) in kept {
        while let Some(at) = bytes.windows(place.len()).position(|part| part == place.as_bytes()) {
            bytes.splice(at..at + place.len(), value.bytes());
        }
    }
    bytes
}
