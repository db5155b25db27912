//! Other servers, played.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use serde_json::Value;
use tokio::sync::watch;

use crate::outbound::{
    HttpClient, Method, OutboundConfig, OutboundError, OutboundFault, OutboundRequest, OutboundResponse,
};

/// An [`HttpClient`] that calls nobody: it answers as it was told to, by method and URL (the query left aside), and keeps every
/// request. A URL that it was told nothing about cannot be reached. Clones are one and the same.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
/// use auth_core::outbound::{Method, Outbound, OutboundConfig, OutboundFault, OutboundRequest, OutboundUrl};
/// use auth_core::testing::FakeHttpClient;
///
/// let servers = FakeHttpClient::default();
/// let outbound = Outbound::new(Arc::new(servers.clone()), OutboundConfig::default());
/// let request = OutboundRequest::new(Method::Get, OutboundUrl::parse("https://idp.example/jwks")?);
///
/// servers.answer_json(Method::Get, "https://idp.example/jwks", &serde_json::json!({"keys": []}));
/// assert_eq!(outbound.send(request.clone()).await?.body, br#"{"keys":[]}"#);
///
/// servers.fail(Method::Get, "https://idp.example/jwks", OutboundFault::Connection);
/// let error = outbound.send(request).await.unwrap_err();
/// assert_eq!(error.fault(), OutboundFault::Connection);
/// assert_eq!(servers.requests().len(), 2);
/// # Ok(())
/// # }
/// ```
///
/// To see what happens while a request is under way, [`hold`](Self::hold) the answers back, wait until
/// [`arrived`](Self::arrived), look, and drop what `hold` returned.
#[derive(Clone, Debug, Default)]
pub struct FakeHttpClient(Arc<Servers>);

#[derive(Debug, Default)]
struct Servers {
    routes: Mutex<Vec<Route>>,
    requests: watch::Sender<Vec<OutboundRequest>>,
    holders: watch::Sender<usize>,
}

#[derive(Debug)]
struct Route {
    method: Method,
    url: String,
    once: VecDeque<Answer>,
    always: Option<Answer>,
}

type Work = dyn Fn(&OutboundRequest) -> Result<OutboundResponse, OutboundFault> + Send + Sync;

#[derive(Clone)]
struct Answer(Arc<Work>);

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Answer")
    }
}

impl FakeHttpClient {
    /// From now on, every such request is answered with `response`.
    pub fn answer(&self, method: Method, url: &str, response: OutboundResponse) {
        self.answer_by(method, url, move |_| Ok(response.clone()));
    }

    /// From now on, every such request is answered with a 200 and this document.
    pub fn answer_json(&self, method: Method, url: &str, document: &Value) {
        self.answer(method, url, json_response(200, document));
    }

    /// From now on, every such request fails like this.
    pub fn fail(&self, method: Method, url: &str, fault: OutboundFault) {
        self.answer_by(method, url, move |_| Err(fault));
    }

    /// From now on, every such request is answered with what `work` makes of it.
    pub fn answer_by(
        &self,
        method: Method,
        url: &str,
        work: impl Fn(&OutboundRequest) -> Result<OutboundResponse, OutboundFault> + Send + Sync + 'static,
    ) {
        self.with_route(method, url, |route| route.always = Some(Answer(Arc::new(work))));
    }

    /// The next such request is answered with `response`, and only that one. Called again, it adds to the queue.
    pub fn answer_once(&self, method: Method, url: &str, response: OutboundResponse) {
        let answer = Answer(Arc::new(move |_| Ok(response.clone())));
        self.with_route(method, url, |route| route.once.push_back(answer));
    }

    /// The next such request fails like this, and only that one. Called again, it adds to the queue.
    pub fn fail_once(&self, method: Method, url: &str, fault: OutboundFault) {
        self.with_route(method, url, |route| route.once.push_back(Answer(Arc::new(move |_| Err(fault)))));
    }

    /// Holds all answers back until what is returned is dropped. Requests still arrive.
    pub fn hold(&self) -> HeldAnswers {
        self.0.holders.send_modify(|holders| *holders += 1);
        HeldAnswers(Arc::clone(&self.0))
    }

    /// Waits until this many requests have arrived in all.
    pub async fn arrived(&self, count: usize) {
        let mut requests = self.0.requests.subscribe();
        // The sender lives as long as `self`.
        let _ = requests.wait_for(|requests| requests.len() >= count).await;
    }

    /// All requests so far, in the order of their arrival.
    pub fn requests(&self) -> Vec<OutboundRequest> {
        self.0.requests.borrow().clone()
    }

    /// The requests so far with this method and URL, the query left aside.
    pub fn requests_to(&self, method: Method, url: &str) -> Vec<OutboundRequest> {
        let is_meant = |request: &OutboundRequest| {
            request.method == method && without_query(request.url.as_str()) == without_query(url)
        };
        self.requests().into_iter().filter(is_meant).collect()
    }

    fn with_route(&self, method: Method, url: &str, change: impl FnOnce(&mut Route)) {
        let mut routes = self.routes();
        let url = without_query(url);
        let at = routes.iter().position(|route| route.is_for(method, url)).unwrap_or_else(|| {
            routes.push(Route { method, url: url.to_owned(), once: VecDeque::new(), always: None });
            routes.len() - 1
        });
        change(&mut routes[at]);
    }

    fn next_answer(&self, request: &OutboundRequest) -> Option<Answer> {
        let url = without_query(request.url.as_str());
        let mut routes = self.routes();
        let route = routes.iter_mut().find(|route| route.is_for(request.method, url))?;
        route.once.pop_front().or_else(|| route.always.clone())
    }

    fn routes(&self) -> MutexGuard<'_, Vec<Route>> {
        self.0.routes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Route {
    fn is_for(&self, method: Method, url: &str) -> bool {
        self.method == method && self.url == url
    }
}

#[async_trait]
impl HttpClient for FakeHttpClient {
    async fn send(
        &self,
        request: OutboundRequest,
        _config: &OutboundConfig,
    ) -> Result<OutboundResponse, OutboundError> {
        self.0.requests.send_modify(|requests| requests.push(request.clone()));
        // The sender lives as long as `self`.
        let _ = self.0.holders.subscribe().wait_for(|holders| *holders == 0).await;
        let fail = |fault| OutboundError::new(fault, request.url.host());
        let answer = self.next_answer(&request).ok_or_else(|| fail(OutboundFault::Connection))?;
        (answer.0)(&request).map_err(fail)
    }
}

/// While it lives, a [`FakeHttpClient`] answers nobody.
#[derive(Debug)]
#[must_use = "the answers are held back only while this lives"]
pub struct HeldAnswers(Arc<Servers>);

impl Drop for HeldAnswers {
    fn drop(&mut self) {
        self.0.holders.send_modify(|holders| *holders -= 1);
    }
}

/// An answer with this status and document.
pub fn json_response(status: u16, document: &Value) -> OutboundResponse {
    OutboundResponse::new(status, document.to_string()).with_header("content-type", "application/json")
}

fn without_query(url: &str) -> &str {
    url.split('?').next().unwrap_or(url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbound::OutboundUrl;

    const URL: &str = "https://idp.example/token";

    fn request(url: &str) -> OutboundRequest {
        OutboundRequest::new(Method::Post, OutboundUrl::parse(url).unwrap())
    }

    async fn status(servers: &FakeHttpClient, url: &str) -> Option<u16> {
        let answered = servers.send(request(url), &OutboundConfig::default()).await;
        answered.ok().map(|response| response.status)
    }

    #[tokio::test]
    async fn answers_that_are_meant_once_come_first_and_in_order() {
        let servers = FakeHttpClient::default();
        servers.answer(Method::Post, URL, OutboundResponse::new(200, ""));
        servers.answer_once(Method::Post, URL, OutboundResponse::new(500, ""));
        servers.fail_once(Method::Post, URL, OutboundFault::Timeout);
        assert_eq!(status(&servers, URL).await, Some(500));
        assert_eq!(status(&servers, URL).await, None);
        assert_eq!(status(&servers, "https://idp.example/token?x=1").await, Some(200));
        assert_eq!(status(&servers, "https://idp.example/other").await, None);
        assert_eq!(servers.requests_to(Method::Post, URL).len(), 3);
        assert_eq!(servers.requests_to(Method::Get, URL).len(), 0);
    }

    #[tokio::test]
    async fn held_answers_come_when_they_are_let_go() {
        let servers = FakeHttpClient::default();
        servers.answer(Method::Post, URL, OutboundResponse::new(200, ""));
        let held = servers.hold();
        let asking = tokio::spawn({
            let servers = servers.clone();
            async move { status(&servers, URL).await }
        });
        servers.arrived(1).await;
        assert!(!asking.is_finished());
        drop(held);
        assert_eq!(asking.await.unwrap(), Some(200));
    }
}
