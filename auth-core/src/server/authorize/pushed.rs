//! Requests that a client pushes before it sends its user (RFC 9126): nobody on the way reads them or changes them.
//!
//! What is answered names the request for 60 seconds, for its client, once.

use std::net::IpAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::{Error, ErrorKind};

use super::super::{GrantType, OAuthClient, Server};
use super::answer::{ResponseMode, WayBack};
use super::parameters::Parameters;
use super::read::Fault;
use super::request::{AuthorizationRequest, Sent};
use super::waiting::{RequestHandle, WaitingRequests};

/// How long a pushed request waits for its browser (RFC 9126 section 2.2 has 5 to 600 seconds).
pub(crate) const PUSHED_LIFE: Duration = Duration::from_secs(60);

/// How the name begins (RFC 9126 section 2.2).
const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";

/// As what requests are counted that public clients push.
const PUSHED: &str = "pushed request";

impl Server {
    /// Takes a request of this client's, and answers its `request_uri`. A key that it shows to hold is the one that the code is bound to
    /// (RFC 9449 section 10.1).
    ///
    /// # Errors
    /// `InvalidRequest`, `InvalidScope`, `InvalidTarget`, `UnauthorizedClient`: what the authorization endpoint would tell the client;
    /// `InvalidDpopProof` for another key than it names; `TooManyAttempts`; `Unavailable`.
    pub(crate) async fn push(
        &self,
        client: &OAuthClient,
        parameters: &Parameters,
        key: Option<String>,
        network: Option<IpAddr>,
    ) -> Result<String, Error> {
        if parameters.get("client_id").is_some_and(|id| id != client.id()) {
            return Err(Error::invalid_request("there are two different client ids"));
        }
        if !client.has_grant(GrantType::AuthorizationCode) {
            return Err(ErrorKind::UnauthorizedClient.into());
        }
        let redirect_uri = parameters.get("redirect_uri").filter(|uri| client.takes_codes_at(uri));
        let redirect_uri = redirect_uri
            .ok_or_else(|| Error::invalid_request("redirect_uri is missing, or is not among the client's"))?;
        let way_back = WayBack {
            redirect_uri: redirect_uri.to_owned(),
            mode: parameters.get("response_mode").and_then(ResponseMode::parse).unwrap_or_default(),
            state: parameters.get("state").map(str::to_owned),
        };
        let mut asked = self.read_asked(client, parameters).map_err(told)?;
        if let Some(key) = key {
            if asked.dpop_jkt.as_ref().is_some_and(|named| *named != key) {
                return Err(ErrorKind::InvalidDpopProof.into());
            }
            asked.dpop_jkt = Some(key);
        }
        // Anybody can push in the name of a public client, and each request takes room.
        if client.is_public() {
            self.throttle.take_turn(PUSHED, network).await?;
        }
        let request =
            AuthorizationRequest::new(client.id(), way_back, asked, (Sent::ByGet, self.clock.now()));
        let handle = self.waiting.push(&request, client).await?;
        Ok(format!("{PREFIX}{}", handle.expose()))
    }

    /// The request that this client has pushed under this name, as it comes now; `None` for a name of another kind.
    ///
    /// # Errors
    /// `AuthorizationExpired` for one that is unknown, used, over or another client's; `Unavailable`.
    pub(super) async fn fetch_pushed(
        &self,
        client: &OAuthClient,
        request_uri: &str,
        sent: Sent,
    ) -> Result<Option<AuthorizationRequest>, Error> {
        let Some(handle) = request_uri.strip_prefix(PREFIX) else { return Ok(None) };
        let handle = RequestHandle::parse(handle).ok_or(ErrorKind::AuthorizationExpired)?;
        let request = self.waiting.fetch_pushed(&handle, client).await?;
        Ok(Some(request.arriving(sent, self.clock.now())))
    }
}

impl WaitingRequests {
    async fn push(
        &self,
        request: &AuthorizationRequest,
        client: &OAuthClient,
    ) -> Result<RequestHandle, Error> {
        let handle = self.new_handle();
        let key = self.pushed_key(&handle, client).ok_or(ErrorKind::Internal)?;
        self.put_at(&key, request, PUSHED_LIFE).await?;
        Ok(handle)
    }

    async fn fetch_pushed(
        &self,
        handle: &RequestHandle,
        client: &OAuthClient,
    ) -> Result<AuthorizationRequest, Error> {
        let key = self.pushed_key(handle, client).ok_or(ErrorKind::AuthorizationExpired)?;
        self.take_at(&key).await
    }

    /// Bound to the client: another one finds nothing, and uses nothing up.
    fn pushed_key(&self, handle: &RequestHandle, client: &OAuthClient) -> Option<String> {
        let hash = self.hash_of(handle, client.id().as_bytes())?;
        Some(format!("pushed:{}", URL_SAFE_NO_PAD.encode(hash)))
    }
}

/// The same as an error of the token endpoint's kind.
fn told(fault: Fault) -> Error {
    match fault {
        Fault::InvalidScope => ErrorKind::InvalidScope.into(),
        Fault::InvalidTarget => ErrorKind::InvalidTarget.into(),
        Fault::UnauthorizedClient => ErrorKind::UnauthorizedClient.into(),
        other => Error::invalid_request(other.description()),
    }
}
