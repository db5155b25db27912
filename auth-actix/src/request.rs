//! actix-web's request as the core reads it.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header::HeaderName;
use actix_web::web::Payload;
use auth_core::http::{AuthRequest, BODY_LIMIT, RequestBody, RequestView};

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
        self.0.headers().get_all(HeaderName::from_static(name)).map(|value| value.as_bytes())
    }

    /// The connection's own end; never a forwarding header, which is the core's to judge.
    fn peer(&self) -> Option<IpAddr> {
        self.0.peer_addr().map(|peer| peer.ip())
    }
}

/// Reads a whole request for a login route.
pub(crate) async fn read(request: &HttpRequest, payload: Payload) -> AuthRequest {
    let body = read_body(payload).await;
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

async fn read_body(payload: Payload) -> RequestBody {
    match payload.to_bytes_limited(BODY_LIMIT).await {
        Ok(Ok(bytes)) => RequestBody::Complete(bytes.into()),
        Ok(Err(_)) => RequestBody::Broken,
        Err(_) => RequestBody::TooLarge,
    }
}
