//! The core's replies as axum's responses.

use auth_core::http::{AuthResponse, ResponseHead};
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;

/// Translates a reply.
pub(crate) fn into_response(reply: AuthResponse) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::from_u16(reply.status()).unwrap_or_default();
    let mut head = Head(response.headers_mut());
    for (name, value) in reply.headers() {
        head.append(name, value);
    }
    *response.body_mut() = Body::from(reply.into_body());
    response
}

/// The head of a response that goes out, open for what the context collected.
pub(crate) struct Head<'a>(pub(crate) &'a mut HeaderMap);

impl ResponseHead for Head<'_> {
    fn contains(&self, name: &'static str) -> bool {
        self.0.contains_key(name)
    }

    fn append(&mut self, name: &'static str, value: &str) {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.0.append(HeaderName::from_static(name), value);
        }
    }
}
