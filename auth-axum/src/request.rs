//! axum's request as the core reads it.

use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;

use auth_core::http::{AuthRequest, BODY_LIMIT, RequestBody, RequestView};
use auth_core::{Auth, adapter};
use axum::body::{Body, HttpBody};
use axum::extract::{ConnectInfo, OriginalUri, Request};
use axum::http::Uri;
use axum::http::request::Parts;

use crate::response::header_name;

/// A borrowed request.
pub(crate) struct View<'a>(pub(crate) &'a Parts);

impl RequestView for View<'_> {
    fn method(&self) -> &str {
        self.0.method.as_str()
    }

    fn path(&self) -> &str {
        uri(self.0).path()
    }

    fn query(&self) -> Option<&str> {
        uri(self.0).query()
    }

    fn raw_header_lines<'a>(&'a self, name: &'static str) -> impl Iterator<Item = &'a [u8]> {
        self.0.headers.get_all(header_name(name)).iter().map(|value| value.as_bytes())
    }

    /// Known when the application is served with `into_make_service_with_connect_info::<SocketAddr>()`.
    fn peer(&self) -> Option<IpAddr> {
        self.0.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip())
    }
}

/// The target as it was sent: a nested router sees it without its own prefix.
fn uri(parts: &Parts) -> &Uri {
    parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |original| &original.0)
}

/// Reads a whole request for a login route.
pub(crate) async fn read(auth: &Auth, request: Request) -> AuthRequest {
    let (parts, body) = request.into_parts();
    let body = adapter::read_body(auth, read_body(body)).await;
    AuthRequest::new(&View(&parts), headers(&parts), body)
}

/// The header lines; names are in lower case already.
fn headers(parts: &Parts) -> Vec<(String, Vec<u8>)> {
    parts.headers.iter().map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec())).collect()
}

async fn read_body(mut body: Body) -> RequestBody {
    let mut bytes = Vec::new();
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        let Ok(frame) = frame else { return RequestBody::Broken };
        let Ok(data) = frame.into_data() else { continue };
        if bytes.len() + data.len() > BODY_LIMIT {
            return RequestBody::TooLarge;
        }
        bytes.extend_from_slice(&data);
    }
    RequestBody::Complete(bytes)
}
