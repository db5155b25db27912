//! The `oauth2` crate's way out, through ours.

use std::future::Future;
use std::pin::Pin;

use oauth2::http::{HeaderName, HeaderValue, Response, StatusCode};
use oauth2::{AsyncHttpClient, HttpRequest, HttpResponse};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::outbound::OutboundUrl;
use crate::outbound::{Method, Outbound, OutboundError, OutboundFault, OutboundRequest, OutboundResponse};

/// Sends what the `oauth2` crate asks for. All of it is POST.
pub(super) struct Bridge<'o>(pub(super) &'o Outbound);

impl<'c> AsyncHttpClient<'c> for Bridge<'_> {
    type Error = OutboundError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, OutboundError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let answer = self.0.send(outbound(request)?).await?;
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
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

/// The status that RFC 6749 section 5.2 gives to the answer: GitHub sends its errors with 200
/// (<https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors>).
pub(super) fn real_status(answer: &OutboundResponse) -> u16 {
    #[derive(Deserialize)]
    struct Refusal {
        error: Option<IgnoredAny>,
    }
    let says_error = || serde_json::from_slice::<Refusal>(&answer.body).is_ok_and(|said| said.error.is_some());
    if answer.status == 200 && says_error() { 400 } else { answer.status }
}
