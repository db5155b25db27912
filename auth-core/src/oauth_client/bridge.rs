//! The `oauth2` crate's way out, through ours.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};

use oauth2::http::{HeaderName, HeaderValue, Response, StatusCode};
use oauth2::{AsyncHttpClient, HttpRequest, HttpResponse};
use serde::Deserialize;

use crate::outbound::{
    Method, Outbound, OutboundError, OutboundFault, OutboundRequest, OutboundResponse, OutboundUrl,
};

/// Sends what the `oauth2` crate asks for, and keeps what it does not say of the answer. All of it is POST.
pub(super) struct Bridge<'o> {
    outbound: &'o Outbound,
    met: Mutex<Met>,
}

/// An answer from outside, for the log: `the answer of https://idp.example/token (status 502, text/html)`.
#[derive(Clone, Debug)]
pub(super) struct Met {
    url: OutboundUrl,
    status: Option<u16>,
    media_type: String,
}

impl Met {
    /// No answer yet of this URL.
    pub(super) fn nothing_of(url: &OutboundUrl) -> Self {
        Self { url: url.clone(), status: None, media_type: String::new() }
    }

    /// The answer of this URL.
    pub(super) fn of(url: &OutboundUrl, answer: &OutboundResponse) -> Self {
        Self { status: Some(answer.status), media_type: answer.media_type(), ..Self::nothing_of(url) }
    }

    /// What there is to say where the server says itself that it is broken.
    pub(super) fn outage(&self) -> Option<OutboundError> {
        let status = self.status.filter(|status| *status >= 500)?;
        let error = OutboundError::new(OutboundFault::Status, self.url.host());
        Some(error.with_url(&self.url).with_status(status))
    }
}

impl fmt::Display for Met {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the answer of {}", self.url.without_query())?;
        match self.status {
            Some(status) => write!(f, " (status {status}, {:?})", self.media_type),
            None => Ok(()),
        }
    }
}

impl<'o> Bridge<'o> {
    pub(super) fn new(outbound: &'o Outbound, endpoint: &OutboundUrl) -> Self {
        Self { outbound, met: Mutex::new(Met::nothing_of(endpoint)) }
    }

    /// What was met there.
    pub(super) fn met(&self) -> Met {
        self.met.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl<'c> AsyncHttpClient<'c> for Bridge<'_> {
    type Error = OutboundError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, OutboundError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let request = outbound(request)?;
            let url = request.url.clone();
            let answer = self.outbound.send(request).await?;
            *self.met.lock().unwrap_or_else(PoisonError::into_inner) = Met::of(&url, &answer);
            Ok(inbound(answer))
        })
    }
}

fn outbound(request: HttpRequest) -> Result<OutboundRequest, OutboundError> {
    let unsendable = || OutboundError::new(OutboundFault::AddressRefused, "the token endpoint");
    let (head, body) = request.into_parts();
    let url = OutboundUrl::parse(&head.uri.to_string()).map_err(|_| unsendable())?;
    let mut outbound = OutboundRequest::new(Method::Post, url);
    for (name, value) in &head.headers {
        outbound = outbound.with_header(name.as_str(), value.to_str().map_err(|_| unsendable())?);
    }
    outbound.body = Some(String::from_utf8(body).map_err(|_| unsendable())?.into());
    Ok(outbound)
}

fn inbound(answer: OutboundResponse) -> HttpResponse {
    let status = StatusCode::from_u16(real_status(&answer)).unwrap_or(StatusCode::BAD_GATEWAY);
    let mut response = Response::new(answer.body);
    *response.status_mut() = status;
    // Its type too stays behind: the crate takes JSON only where it is called so, and some servers call theirs `text/html`.
    for (name, value) in answer.headers.into_iter().filter(|(name, _)| name != "content-type") {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

/// The status that RFC 6749 section 5.2 gives to the answer: GitHub and Naver send their errors with 200
/// (<https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors>,
/// <https://developers.naver.com/docs/login/api/api.md>).
pub(super) fn real_status(answer: &OutboundResponse) -> u16 {
    #[derive(Deserialize)]
    struct Refusal {
        error: String,
    }
    let is_refusal =
        || serde_json::from_slice(&answer.body).is_ok_and(|said: Refusal| !said.error.is_empty());
    if answer.status == 200 && is_refusal() { 400 } else { answer.status }
}
