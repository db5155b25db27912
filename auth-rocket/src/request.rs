//! rocket's request as the core reads it.

use std::borrow::Cow;
use std::net::IpAddr;

use auth_core::http::{AuthRequest, BODY_LIMIT, RequestBody, RequestView};
use auth_core::{Auth, adapter};
use rocket::data::{Data, ToByteUnit};
use rocket::form::Form;
use rocket::http::{HeaderMap, Method};
use rocket::request::Request;

use crate::slot::Cached;

/// A borrowed request.
pub(crate) struct View<'a, 'r> {
    request: &'a Request<'r>,
    method: Method,
}

impl<'a, 'r> View<'a, 'r> {
    /// As the handlers see it, except that a HEAD stays one: rocket turns it into a GET where no route takes it.
    pub(crate) fn new(request: &'a Request<'r>, cached: &Cached) -> Self {
        Self { request, method: if cached.was_head() { Method::Head } else { request.method() } }
    }
}

impl RequestView for View<'_, '_> {
    fn method(&self) -> &str {
        self.method.as_str()
    }

    fn path(&self) -> &str {
        self.request.uri().path().raw().as_str()
    }

    fn query(&self) -> Option<&str> {
        self.request.uri().query().map(|query| query.raw().as_str())
    }

    fn raw_header_lines<'a>(&'a self, name: &'static str) -> impl Iterator<Item = &'a [u8]> {
        lines(self.request.headers(), name)
    }

    /// The connection's own end. Not `client_ip`, which believes a header that anybody can send.
    fn peer(&self) -> Option<IpAddr> {
        self.request.remote().map(|peer| peer.ip())
    }
}

/// The values of every header line of this name. Rocket's own lookup hashes the name letter by letter, which takes longer
/// than passing by the few lines that are there.
pub(crate) fn lines<'a>(headers: &'a HeaderMap<'_>, name: &'static str) -> impl Iterator<Item = &'a [u8]> {
    headers.iter().filter(move |line| line.name == name).filter_map(|line| match line.value {
        Cow::Borrowed(value) => Some(value.as_bytes()),
        // The map lends its lines; one that it made for us could not be lent on.
        Cow::Owned(_) => None,
    })
}

/// Reads a whole request for a login route.
pub(crate) async fn read(auth: &Auth, request: &Request<'_>, mut data: Data<'_>) -> AuthRequest {
    let was_complete = data.peek_complete();
    let start = data.peek(PEEKED).await;
    let method = sent_method(request, start);
    // Rocket has peeked before, and took an error there for the end of the body.
    let is_cut = !was_complete && start.len() < PEEKED;
    let body =
        if is_cut { RequestBody::Broken } else { adapter::read_body(auth, read_body(request, data)).await };
    AuthRequest::new(&View { request, method }, headers(request), body)
}

/// The header lines, names in lower case.
fn headers(request: &Request<'_>) -> Vec<(String, Vec<u8>)> {
    request
        .headers()
        .iter()
        .map(|header| (header.name().as_str().to_ascii_lowercase(), header.value().as_bytes().to_vec()))
        .collect()
}

async fn read_body(request: &Request<'_>, data: Data<'_>) -> RequestBody {
    let declared = request.headers().get_one("content-length").and_then(|length| length.parse().ok());
    match data.open(BODY_LIMIT.bytes()).into_bytes().await {
        Ok(bytes) if !bytes.is_complete() => RequestBody::TooLarge,
        Ok(bytes) if declared.is_some_and(|length: usize| length != bytes.len()) => RequestBody::Broken,
        Ok(bytes) => RequestBody::Complete(bytes.into_inner()),
        Err(_) => RequestBody::Broken,
    }
}

/// How much of a body rocket looks at before routing: `_method=delete`.
pub(crate) const PEEKED: usize = "_method=delete".len();

/// The method that was sent. Rocket gives a form POST whose first field is `_method` that method instead; for the login
/// routes, which other frameworks serve too, a POST is a POST. A request that was sent with the very method that its
/// `_method` names looks the same, and counts as a POST.
pub(crate) fn sent_method(request: &Request<'_>, start: &[u8]) -> Method {
    let is_form = request.content_type().is_some_and(|content_type| content_type.is_form());
    if is_form && override_in(start) == Some(request.method()) { Method::Post } else { request.method() }
}

/// The method that rocket reads out of the start of a form, by rocket's own rule.
fn override_in(start: &[u8]) -> Option<Method> {
    let start = std::str::from_utf8(start).ok().filter(|start| start.len() >= "_method=get".len())?;
    let field = Form::values(start).next()?;
    if field.name == "_method" { field.value.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_override_is_read_as_rocket_reads_it() {
        assert_eq!(override_in(b"_method=put&us"), Some(Method::Put));
        assert_eq!(override_in(b"_method=delete"), Some(Method::Delete));
        for none in ["", "_method=", "a=b&_method=put", "_method=nothin", "username=alice"] {
            assert_eq!(override_in(none.as_bytes()), None, "{none}");
        }
    }
}
