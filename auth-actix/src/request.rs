//! actix-web's request as the core reads it.

use std::future::poll_fn;
use std::net::IpAddr;
use std::pin::pin;

use actix_web::HttpRequest;
use actix_web::body::{BodyStream, MessageBody as _};
use actix_web::http::Version;
use actix_web::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use actix_web::web::Payload;
use auth_core::http::{AuthRequest, BODY_LIMIT, RequestBody, RequestView};
use auth_core::{Auth, adapter};

use crate::response::header_name;

/// A borrowed request.
pub(crate) struct View<'a>(pub(crate) &'a HttpRequest);

impl RequestView for View<'_> {
    fn method(&self) -> &str {
        self.0.method().as_str()
    }

    fn path(&self) -> &str {
        self.0.uri().path()
    }

    fn query(&self) -> Option<&str> {
        self.0.uri().query()
    }

    fn raw_header_lines<'a>(&'a self, name: &'static str) -> impl Iterator<Item = &'a [u8]> {
        self.0.headers().get_all(header_name(name)).map(|value| value.as_bytes())
    }

    /// The connection's own end; never a forwarding header, which is the core's to judge.
    fn peer(&self) -> Option<IpAddr> {
        self.0.peer_addr().map(|peer| peer.ip())
    }
}

/// Reads a whole request for a login route.
pub(crate) async fn read(auth: &Auth, request: &HttpRequest, payload: Payload) -> AuthRequest {
    let body = adapter::read_body(auth, read_body(request, payload)).await;
    AuthRequest::new(&View(request), headers(request), body)
}

/// The header lines; names are in lower case already.
fn headers(request: &HttpRequest) -> Vec<(String, Vec<u8>)> {
    request
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
        .collect()
}

async fn read_body(request: &HttpRequest, payload: Payload) -> RequestBody {
    let declared = declared_length(request);
    let mut payload = pin!(BodyStream::new(payload));
    let mut bytes = Vec::new();
    while declared.is_none_or(|length| bytes.len() < length) {
        let Some(data) = poll_fn(|cx| payload.as_mut().poll_next(cx)).await else { break };
        let Ok(data) = data else { return RequestBody::Broken };
        if bytes.len() + data.len() > BODY_LIMIT {
            return RequestBody::TooLarge;
        }
        bytes.extend_from_slice(&data);
    }
    match declared {
        Some(length) if bytes.len() < length => return RequestBody::Broken,
        Some(length) => bytes.truncate(length),
        None => {}
    }
    RequestBody::Complete(bytes)
}

/// How long the body is; `None` where only its end tells. In HTTP/1, what names neither a length nor a coding has none (RFC 9112
/// section 6.3): actix reads a CONNECT, and whatever wants to become a WebSocket, until the connection ends.
fn declared_length(request: &HttpRequest) -> Option<usize> {
    let headers = request.headers();
    if request.version() >= Version::HTTP_2 || headers.contains_key(TRANSFER_ENCODING) {
        return None;
    }
    let length = headers.get(CONTENT_LENGTH).map_or("0", |length| length.to_str().unwrap_or_default());
    length.parse().ok()
}
