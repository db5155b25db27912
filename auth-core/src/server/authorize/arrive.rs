//! A request that has come: what is kept of it.

use std::net::IpAddr;

use crate::error::Error;
use crate::http::BrowserId;

use super::super::Server;
use super::request::AuthorizationRequest;
use super::waiting::RequestHandle;

/// What requests that wait are counted as.
const WAITING: &str = "authorization request";

impl Server {
    /// Keeps a request for this browser while its user does something first, and answers under which name. A browser without a name is
    /// given one.
    ///
    /// # Errors
    /// `TooManyAttempts` for a network of which too many wait; `Unavailable`.
    pub(crate) async fn wait(
        &self,
        request: &AuthorizationRequest,
        browser: Option<BrowserId>,
        network: Option<IpAddr>,
    ) -> Result<(RequestHandle, BrowserId), Error> {
        let request = self.counted(request, network).await?;
        let browser = browser.unwrap_or_else(|| self.waiting.new_browser());
        Ok((self.waiting.keep(&request, &browser).await?, browser))
    }

    /// Keeps a request that came by a form of another site's, which brings no cookies, for the GET that follows.
    ///
    /// # Errors
    /// As of [`wait`](Self::wait).
    pub(crate) async fn hand_over(
        &self,
        request: &AuthorizationRequest,
        network: Option<IpAddr>,
    ) -> Result<RequestHandle, Error> {
        let request = self.counted(request, network).await?;
        self.waiting.hand_over(&request).await
    }

    /// The request in a turn of its network's, which it holds until it waits no more.
    async fn counted(
        &self,
        request: &AuthorizationRequest,
        network: Option<IpAddr>,
    ) -> Result<AuthorizationRequest, Error> {
        let turn = self.throttle.take_turn(WAITING, network).await?;
        Ok(request.clone().holding(turn, network))
    }

    async fn give_back(&self, request: &AuthorizationRequest) {
        if let Some((turn, network)) = request.held() {
            self.throttle.give_turn_back(WAITING, network, turn).await;
        }
    }

    /// The request that was handed over under this name, once.
    ///
    /// # Errors
    /// `AuthorizationExpired`; `Unavailable`.
    pub(crate) async fn fetch(&self, handle: &RequestHandle) -> Result<AuthorizationRequest, Error> {
        let request = self.waiting.fetch(handle).await?;
        self.give_back(&request).await;
        Ok(request)
    }

    /// The request that waits for this browser under this name, and waits no more: of parallel calls one gets it.
    ///
    /// # Errors
    /// As of [`fetch`](Self::fetch).
    pub(super) async fn take_waiting(
        &self,
        handle: &RequestHandle,
        browser: Option<&BrowserId>,
    ) -> Result<AuthorizationRequest, Error> {
        let request = self.waiting.take(handle, browser).await?;
        self.give_back(&request).await;
        Ok(request)
    }

    /// The request that waits for this browser under this name.
    ///
    /// # Errors
    /// `AuthorizationExpired`; `Unavailable`.
    pub(crate) async fn waiting_request(
        &self,
        handle: &RequestHandle,
        browser: Option<&BrowserId>,
    ) -> Result<AuthorizationRequest, Error> {
        self.waiting.find(handle, browser).await
    }
}
