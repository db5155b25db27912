//! Calling APIs with an access token.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use url::Origin;

use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind};
use crate::outbound::{Method, Outbound, OutboundRequest, OutboundResponse, OutboundUrl};
use crate::secret::Secret;

/// The most of a token's life that is left when it is renewed.
const RENEWAL: Duration = Duration::from_secs(60);

/// A client that calls APIs with an access token that it keeps fresh: a program in its own name
/// ([`MachineClient`](super::MachineClient)) or in a user's ([`ProviderClient`](crate::provider::ProviderClient)). What they call
/// can be replaced in tests.
#[async_trait]
pub trait ApiClient: fmt::Debug + Send + Sync {
    /// What the API answers to this request, with the token added, whatever its status.
    ///
    /// # Errors
    /// `Configuration` when the URL is none or not of the API's origins; `ProviderError` when the authorization server or the API
    /// cannot be reached; and what the client says of itself.
    async fn send(&self, request: OutboundRequest) -> Result<OutboundResponse, Error>;

    /// The token, for a client of another kind. It is good for a while, not for good: ask for it before each use.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    async fn access_token(&self) -> Result<Secret, Error>;

    /// What the API answers to a GET, whatever its status.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    async fn get(&self, url: &str) -> Result<OutboundResponse, Error> {
        self.send(OutboundRequest::new(Method::Get, OutboundUrl::parse(url)?)).await
    }

    /// What the API answers to a POST of this body.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    async fn post(&self, url: &str, content_type: &str, body: Secret) -> Result<OutboundResponse, Error> {
        let request = OutboundRequest::new(Method::Post, OutboundUrl::parse(url)?);
        self.send(request.with_body(content_type, body)).await
    }
}

/// When to renew a token that was issued at `now`: a minute before its end, or when nine tenths of a short life are over.
pub(crate) fn renewal(now: Timestamp, ends_at: Timestamp) -> Timestamp {
    ends_at - RENEWAL.min(ends_at.since(now) / 10)
}

/// Sends a request with a bearer token (RFC 6750 section 2.1), in place of any other credential.
pub(crate) async fn call(
    outbound: &Outbound,
    mut request: OutboundRequest,
    token: &Secret,
) -> Result<OutboundResponse, Error> {
    request.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("authorization"));
    let request = request.with_header("authorization", format!("Bearer {}", token.expose()));
    outbound.send(request).await.map_err(|error| Error::new(ErrorKind::ProviderError).with_source(error))
}

/// The origins of the APIs that a token is meant for: scheme, host and port. Sent anywhere else, a bearer token is given away.
#[derive(Clone, Debug, Default)]
pub(crate) struct ApiOrigins(Vec<Origin>);

impl ApiOrigins {
    /// Takes origins, written like `https://api.example.com`.
    pub(crate) fn parse<S: AsRef<str>>(origins: impl IntoIterator<Item = S>) -> Result<Self, Error> {
        origins.into_iter().map(|origin| parse_origin(origin.as_ref())).collect::<Result<_, _>>().map(Self)
    }

    /// Takes the URL only if it is of one of these origins.
    pub(crate) fn check(&self, url: &OutboundUrl) -> Result<(), Error> {
        let origin = url.url().origin();
        if self.0.contains(&origin) {
            return Ok(());
        }
        Err(Error::configuration(format!(
            "the access token is not for {}: name that among the API's origins if it is",
            origin.ascii_serialization()
        )))
    }
}

fn parse_origin(text: &str) -> Result<Origin, Error> {
    let url = OutboundUrl::parse(text)?;
    if matches!(url.url().path(), "" | "/") && url.url().query().is_none() {
        Ok(url.url().origin())
    } else {
        Err(Error::configuration(format!(
            "`{text}` must be an origin: scheme, host and port, without a path"
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_allowed(url: &str) -> bool {
        let origins = ApiOrigins::parse(["https://api.example.com", "http://localhost:8080"]).unwrap();
        origins.check(&OutboundUrl::parse(url).unwrap()).is_ok()
    }

    #[test]
    fn only_the_very_origins_get_the_token() {
        assert!(is_allowed("https://api.example.com/a?b") && is_allowed("https://API.example.com:443/"));
        assert!(is_allowed("http://localhost:8080/x"));
        for url in [
            "http://api.example.com/",
            "https://api.example.com:8443/",
            "https://api.example.com.evil.example/",
            "https://x.api.example.com/",
            "https://evil.example/https://api.example.com/",
            "http://localhost/",
        ] {
            assert!(!is_allowed(url), "{url}");
        }
    }

    #[test]
    fn what_is_more_than_an_origin_is_refused() {
        for text in
            ["https://api.example.com/v1", "https://api.example.com?x", "api.example.com", "ftp://x", ""]
        {
            assert!(ApiOrigins::parse([text]).is_err(), "{text}");
        }
    }
}
