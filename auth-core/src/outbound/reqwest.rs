//! The client that comes along.

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use ::reqwest as backend;
use async_trait::async_trait;
use backend::dns::{Addrs, Name, Resolve, Resolving};

use super::{
    HttpClient, Method, OutboundConfig, OutboundError, OutboundFault, OutboundRequest, OutboundResponse,
};
use crate::error::Error;

/// A client over `reqwest`, `rustls` and the system's trusted certificates: HTTP/1.1 without redirects, proxies, cookies,
/// referrers, compression and retries. Connections are kept for reuse.
///
/// The addresses of a name are checked when the connection is made, and it is made to those that were checked: a name that
/// resolves to one address for a check and to another one later (DNS rebinding) gains nothing.
pub struct ReqwestClient {
    /// One for each configuration it was called with, of which a program has one.
    clients: Mutex<Vec<(OutboundConfig, backend::Client)>>,
}

impl ReqwestClient {
    /// A client without connections yet.
    ///
    /// # Errors
    /// `Configuration` when the system has no trusted certificates.
    pub fn new() -> Result<Self, Error> {
        let config = OutboundConfig::default();
        let client = build(&config).map_err(|error| {
            Error::configuration("the HTTP client cannot be made: are CA certificates installed?")
                .with_source(error)
        })?;
        Ok(Self { clients: Mutex::new(vec![(config, client)]) })
    }

    fn client(&self, config: &OutboundConfig) -> Result<backend::Client, backend::Error> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, client)) = clients.iter().find(|(built_for, _)| built_for == config) {
            return Ok(client.clone());
        }
        let client = build(config)?;
        clients.push((config.clone(), client.clone()));
        Ok(client)
    }
}

impl fmt::Debug for ReqwestClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReqwestClient").finish_non_exhaustive()
    }
}

#[async_trait]
impl HttpClient for ReqwestClient {
    async fn send(
        &self,
        request: OutboundRequest,
        config: &OutboundConfig,
    ) -> Result<OutboundResponse, OutboundError> {
        let host = request.url.host().to_owned();
        // An address that is written out in the URL never comes before the resolver.
        if !config.allows_url(request.url.url()) {
            return Err(OutboundError::new(OutboundFault::AddressRefused, host));
        }
        let failed = |error| failure(error, &host);
        let client = self.client(config).map_err(failed)?;
        let response = to_backend(&client, &request).send().await.map_err(failed)?;
        let (status, headers) = (response.status().as_u16(), text_headers(response.headers()));
        let body = read_body(response, config.max_body, &host).await?;
        Ok(OutboundResponse { status, headers, body })
    }
}

fn build(config: &OutboundConfig) -> Result<backend::Client, backend::Error> {
    backend::Client::builder()
        .connect_timeout(config.connect_timeout)
        .timeout(config.timeout)
        .dns_resolver(Arc::new(CheckedResolver(config.clone())))
        .no_proxy()
        .redirect(backend::redirect::Policy::none())
        .referer(false)
        .retry(backend::retry::never())
        .build()
}

fn to_backend(client: &backend::Client, request: &OutboundRequest) -> backend::RequestBuilder {
    let method = match request.method {
        Method::Delete => backend::Method::DELETE,
        Method::Get => backend::Method::GET,
        Method::Patch => backend::Method::PATCH,
        Method::Post => backend::Method::POST,
        Method::Put => backend::Method::PUT,
    };
    let mut sending = client.request(method, request.url.url().clone());
    for (name, value) in &request.headers {
        sending = sending.header(name, value.expose());
    }
    match &request.body {
        Some(body) => sending.body(body.expose().to_owned()),
        None => sending,
    }
}

fn text_headers(headers: &backend::header::HeaderMap) -> Vec<(String, String)> {
    let lines = headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    lines.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Reads as far as the limit: what a server sends beyond it takes neither memory nor time.
async fn read_body(
    mut response: backend::Response,
    max: usize,
    host: &str,
) -> Result<Vec<u8>, OutboundError> {
    let too_large = || OutboundError::new(OutboundFault::TooLarge, host);
    let announced = response.content_length().unwrap_or(0);
    if usize::try_from(announced).map_or(true, |announced| announced > max) {
        return Err(too_large());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| failure(error, host))? {
        if chunk.len() > max - body.len() {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn failure(error: backend::Error, host: &str) -> OutboundError {
    let causes = std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source());
    let fault = if causes.into_iter().any(|cause| cause.is::<Refused>()) {
        OutboundFault::AddressRefused
    } else if error.is_timeout() {
        OutboundFault::Timeout
    } else {
        OutboundFault::Connection
    };
    // The URL's query may be secret.
    OutboundError::new(fault, host).with_source(error.without_url())
}

/// The system's resolver, of whose answers only those are heard that may be connected to.
struct CheckedResolver(OutboundConfig);

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let config = self.0.clone();
        Box::pin(async move {
            // The port is the URL's, filled in later.
            let resolved = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let is_allowed = |address: &SocketAddr| config.allows_address(name.as_str(), address.ip());
            let allowed: Vec<SocketAddr> = resolved.filter(is_allowed).collect();
            if allowed.is_empty() {
                return Err(Refused.into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// A name has no address that may be connected to.
#[derive(Debug)]
struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name resolves to no address that may be called")
    }
}

impl std::error::Error for Refused {}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::net::{TcpListener, TcpStream};
    use std::sync::mpsc;
    use std::time::{Duration, Instant};

    use super::*;
    use crate::outbound::{Outbound, OutboundUrl};

    /// A server on loopback that answers each request with `answer`, written as it is, and then is silent. The receiver gets the
    /// lines of each request, with the number of its connection in front.
    fn server(answer: impl Into<Vec<u8>>) -> (OutboundUrl, mpsc::Receiver<Vec<String>>) {
        let (listener, answer) = (TcpListener::bind("127.0.0.1:0").unwrap(), answer.into());
        let url = OutboundUrl::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
        let (sender, requests) = mpsc::channel();
        std::thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let (sender, answer) = (sender.clone(), answer.clone());
                std::thread::spawn(move || serve(stream.unwrap(), number, &answer, &sender));
            }
        });
        (url, requests)
    }

    fn serve(mut stream: TcpStream, number: usize, answer: &[u8], requests: &mpsc::Sender<Vec<String>>) {
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        let mut request = vec![number.to_string()];
        while let Some(Ok(line)) = lines.next() {
            if !line.is_empty() {
                request.push(line);
                continue;
            }
            let read = std::mem::replace(&mut request, vec![number.to_string()]);
            if requests.send(read).is_err() || stream.write_all(answer).is_err() {
                return;
            }
        }
    }

    fn config() -> OutboundConfig {
        OutboundConfig { allows_loopback: true, max_body: 1000, ..OutboundConfig::default() }
    }

    fn outbound(config: OutboundConfig) -> Outbound {
        Outbound::new(Arc::new(ReqwestClient::new().unwrap()), config)
    }

    fn get(url: &OutboundUrl) -> OutboundRequest {
        OutboundRequest::new(Method::Get, url.clone())
    }

    async fn fault(answer: impl Into<Vec<u8>>, config: OutboundConfig) -> Option<OutboundFault> {
        let (url, _requests) = server(answer);
        outbound(config).send(get(&url)).await.err().map(|error| error.fault())
    }

    #[tokio::test]
    async fn requests_and_answers_go_through_as_they_are() {
        let (url, requests) =
            server("HTTP/1.1 418 Teapot\r\nContent-Length: 2\r\nX-A: 1\r\nX-B: é\r\n\r\nhi");
        let request = OutboundRequest::new(Method::Post, url).with_header("authorization", "Bearer x");
        let response = outbound(config()).send(request.with_body("text/plain", "")).await.unwrap();
        assert_eq!((response.status, response.header("x-a"), &*response.body), (418, Some("1"), &b"hi"[..]));
        assert_eq!(response.header("x-b"), None);
        let request = requests.recv().unwrap();
        assert!(request[1].starts_with("POST / "));
        assert!(request.contains(&"authorization: Bearer x".to_owned()));
        assert!(!request.iter().any(|line| line.starts_with("accept-encoding")));
    }

    #[tokio::test]
    async fn connections_are_reused_and_cookies_are_not_kept() {
        let (url, requests) = server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nSet-Cookie: a=b\r\n\r\n");
        let outbound = outbound(config());
        for _ in 0..3 {
            outbound.send(get(&url)).await.unwrap();
            let request = requests.recv().unwrap();
            assert_eq!(request[0], "0");
            assert!(!request.iter().any(|line| line.starts_with("cookie")));
        }
    }

    #[tokio::test]
    async fn redirects_are_not_followed() {
        let (target, followed) = server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        let redirect =
            format!("HTTP/1.1 302 Found\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n", target.as_str());
        assert_eq!(fault(redirect, config()).await, Some(OutboundFault::Redirect));
        assert!(followed.try_recv().is_err());
    }

    #[tokio::test]
    async fn answers_over_the_limit_are_not_read() {
        let full = format!("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{}", "x".repeat(1000));
        assert_eq!(fault(full, config()).await, None);
        // Announced, and then nothing: it is not waited for.
        let announced = "HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n";
        assert_eq!(fault(announced, config()).await, Some(OutboundFault::TooLarge));
        let huge = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", u64::MAX / 2);
        assert_eq!(fault(huge, config()).await, Some(OutboundFault::TooLarge));
        let chunk = format!("200\r\n{}\r\n", "x".repeat(512));
        let unannounced =
            format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{}", chunk.repeat(100));
        assert_eq!(fault(unannounced, config()).await, Some(OutboundFault::TooLarge));
    }

    #[tokio::test]
    async fn silence_ends_with_the_time_limit() {
        let config = OutboundConfig { timeout: Duration::from_millis(100), ..config() };
        let begun = Instant::now();
        for silent in ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"] {
            assert_eq!(fault(silent, config.clone()).await, Some(OutboundFault::Timeout), "{silent}");
        }
        assert!(begun.elapsed() < Duration::from_secs(5));
    }

    #[tokio::test]
    async fn broken_and_refused_connections_are_faults() {
        assert_eq!(fault("SSH-2.0-OpenSSH\r\n\r\n", config()).await, Some(OutboundFault::Connection));
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let url = OutboundUrl::parse(&format!("http://{closed}/?code=hunter2")).unwrap();
        let error = outbound(config()).send(get(&url)).await.unwrap_err();
        assert_eq!(error.fault(), OutboundFault::Connection);
        assert!(!format!("{error:?}").contains("hunter2"));
    }

    #[tokio::test]
    async fn written_out_addresses_are_refused_by_the_client_too() {
        let (url, requests) = server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        let refused = ReqwestClient::new().unwrap().send(get(&url), &OutboundConfig::default()).await;
        assert_eq!(refused.unwrap_err().fault(), OutboundFault::AddressRefused);
        assert!(requests.try_recv().is_err());
    }

    #[tokio::test]
    async fn names_that_resolve_to_refused_addresses_are_not_connected_to() {
        let (url, requests) = server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        let url = url.as_str().replace("127.0.0.1", "localhost");
        // Past the check of the URL's text, as a name would be that changed its address in between.
        let strict = ReqwestClient::new().unwrap().client(&OutboundConfig::default()).unwrap();
        let error = strict.get(&url).send().await.unwrap_err();
        assert_eq!(failure(error, "localhost").fault(), OutboundFault::AddressRefused);
        assert!(requests.try_recv().is_err());
        let allowed = outbound(config()).send(get(&OutboundUrl::parse(&url).unwrap())).await;
        assert_eq!(allowed.unwrap().status, 200);
    }
}
