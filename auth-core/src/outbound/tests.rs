use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::error::ErrorKind;
use crate::testing::{FakeHttpClient, json_response};

const URL: &str = "https://idp.example/document";

fn url(text: &str) -> OutboundUrl {
    OutboundUrl::parse(text).unwrap()
}

fn outbound(servers: &FakeHttpClient) -> Outbound {
    Outbound::new(Arc::new(servers.clone()), OutboundConfig::default())
}

async fn fault_of(response: OutboundResponse) -> Option<OutboundFault> {
    let servers = FakeHttpClient::default();
    servers.answer(Method::Get, URL, response);
    outbound(&servers).get_json::<Value>(&url(URL)).await.err().map(|error| error.fault())
}

#[tokio::test]
async fn a_server_that_has_had_too_many_requests_says_so_by_429_or_as_github_does() {
    let is_limited = async |status, header: (&str, &str)| {
        let servers = FakeHttpClient::default();
        let answer = OutboundResponse::new(status, "{}").with_header(header.0, header.1);
        servers.answer(Method::Get, URL, answer);
        outbound(&servers).get_json::<Value>(&url(URL)).await.unwrap_err().is_limited()
    };
    let (used_up, wait) = (("x-ratelimit-remaining", "0"), ("retry-after", "60"));
    assert!(is_limited(403, used_up).await && is_limited(403, wait).await);
    assert!(is_limited(429, ("x-other", "1")).await);
    assert!(
        !is_limited(403, ("x-ratelimit-remaining", "59")).await && !is_limited(403, ("x-other", "1")).await
    );
    assert!(!is_limited(404, used_up).await, "what is not there is not there later");
}

#[tokio::test]
async fn json_is_taken_of_a_200_whatever_it_is_called() {
    let typed =
        |content_type: &str| OutboundResponse::new(200, "{}").with_header("content-type", content_type);
    for name in ["application/json", "application/jwk-set+json", "text/html; charset=utf-8", "text/plain", ""]
    {
        assert_eq!(fault_of(typed(name)).await, None, "{name}");
    }
    assert_eq!(fault_of(OutboundResponse::new(200, "{}")).await, None);
    let page = OutboundResponse::new(200, "<html>").with_header("content-type", "Text/HTML; charset=utf-8");
    let error = page.json::<Value>().unwrap_err().to_string();
    assert_eq!(error, "no JSON, by line 1, column 1; it is called \"text/html\"");
    for body in ["", "<html>", "{", "{} {}", "\u{feff}{}"] {
        let response = OutboundResponse::new(200, body).with_header("content-type", "application/json");
        assert_eq!(fault_of(response).await, Some(OutboundFault::Malformed), "{body}");
    }
    for status in [201, 204, 400, 404, 500, 503] {
        assert_eq!(
            fault_of(json_response(status, &json!({}))).await,
            Some(OutboundFault::Status),
            "{status}"
        );
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        for target in
            ["http://127.0.0.1/", "http://169.254.169.254/", "file:///etc/passwd", "https://other.example/"]
        {
            let servers = FakeHttpClient::default();
            let response = json_response(status, &json!({})).with_header("location", target);
            servers.answer(Method::Get, URL, response);
            let error = outbound(&servers).get_json::<Value>(&url(URL)).await.unwrap_err();
            assert_eq!((error.fault(), error.status()), (OutboundFault::Redirect, Some(status)));
            assert_eq!(servers.requests().len(), 1);
        }
    }
}

#[tokio::test]
async fn refused_addresses_are_not_called() {
    let servers = FakeHttpClient::default();
    for refused in ["http://idp.example/", "https://169.254.169.254/", "http://localhost/", "https://[::1]/"]
    {
        let error = outbound(&servers).get_json::<Value>(&url(refused)).await.unwrap_err();
        assert_eq!(error.fault(), OutboundFault::AddressRefused, "{refused}");
    }
    assert!(servers.requests().is_empty());
}

#[tokio::test(start_paused = true)]
async fn limits_hold_whatever_the_client_makes_of_them() {
    let servers = FakeHttpClient::default();
    let big = vec![b' '; OutboundConfig::default().max_body + 1];
    servers.answer_once(Method::Get, URL, OutboundResponse::new(200, big));
    let error = outbound(&servers).get_json::<Value>(&url(URL)).await.unwrap_err();
    assert_eq!(error.fault(), OutboundFault::TooLarge);

    let _silence = servers.hold();
    let begun = tokio::time::Instant::now();
    let error = outbound(&servers).get_json::<Value>(&url(URL)).await.unwrap_err();
    assert_eq!(error.fault(), OutboundFault::Timeout);
    assert!(begun.elapsed() < OutboundConfig::default().timeout + Duration::from_secs(1));
}

#[tokio::test]
async fn requests_say_who_asks() {
    let servers = FakeHttpClient::default();
    servers.answer_json(Method::Get, URL, &json!({}));
    let agent = |request: &OutboundRequest| {
        let named = request.headers.iter().filter(|(name, _)| name == "user-agent");
        named.map(|(_, value)| value.expose().to_owned()).collect::<Vec<_>>()
    };
    outbound(&servers).send(OutboundRequest::new(Method::Get, url(URL))).await.unwrap();
    let own = OutboundRequest::new(Method::Get, url(URL)).with_header("user-agent", "shop/1");
    outbound(&servers).send(own).await.unwrap();
    let agents: Vec<_> = servers.requests().iter().map(agent).collect();
    assert_eq!(agents, [[concat!("auth-core/", env!("CARGO_PKG_VERSION"))], ["shop/1"]]);
}

#[tokio::test]
async fn errors_name_the_url_and_the_status_and_quote_nothing() {
    let servers = FakeHttpClient::default();
    let body = json!({"access_token": "hunter2"});
    servers.answer_json(Method::Get, URL, &body);
    let error =
        outbound(&servers).get_json::<Vec<u8>>(&url(&format!("{URL}?code=hunter2"))).await.unwrap_err();
    assert_eq!(error.to_string(), format!("{URL} answered in another form than was asked for"));
    let error = OutsideError::from(error).into_provider_error();
    assert_eq!(error.kind(), ErrorKind::ProviderError);
    assert!(!format!("{error:?} {:?}", servers.requests()).contains("hunter2"));
    servers.answer(Method::Get, URL, json_response(502, &body));
    let error = outbound(&servers).get_json::<Value>(&url(&format!("{URL}?code=hunter2"))).await;
    assert_eq!(error.unwrap_err().to_string(), format!("{URL} answered with an error (status 502)"));
    servers.fail(Method::Get, URL, OutboundFault::Connection);
    let error = outbound(&servers).send(OutboundRequest::new(Method::Get, url(URL))).await;
    assert_eq!(error.unwrap_err().to_string(), format!("{URL} could not be reached"));
}

#[cfg(feature = "server")]
#[tokio::test]
async fn what_strangers_want_called_is_held_to_more_than_the_settings_say() {
    let config =
        OutboundConfig { allows_loopback: true, allows_private_addresses: true, ..Default::default() };
    let servers = FakeHttpClient::default();
    let own = Outbound::new(Arc::new(servers.clone()), config);
    let strangers = own.for_strangers(Duration::from_secs(5), 10);
    for inside in ["http://localhost:1/x", "https://127.0.0.1/x", "https://10.0.0.1/x", "https://[fd00::1]/x"]
    {
        assert!(own.check(&url(inside)).is_ok(), "{inside}");
        let fault = strangers.check(&url(inside)).unwrap_err().fault();
        assert_eq!(fault, OutboundFault::AddressRefused, "{inside}");
    }
    let sent = async |outbound: &Outbound, body: &str| {
        servers.answer(Method::Get, URL, OutboundResponse::new(200, body));
        let request = OutboundRequest::new(Method::Get, url(URL));
        outbound.send(request).await.err().map(|error| error.fault())
    };
    assert_eq!(sent(&strangers, "ten bytes!").await, None);
    assert_eq!(sent(&strangers, "eleven byte").await, Some(OutboundFault::TooLarge));
    assert_eq!(sent(&own, "eleven byte").await, None);
}

#[cfg(feature = "server")]
#[tokio::test(start_paused = true)]
async fn a_stranger_that_is_slow_is_waited_for_no_longer_than_that() {
    let servers = FakeHttpClient::default();
    servers.answer(Method::Get, URL, OutboundResponse::new(200, ""));
    let strangers = outbound(&servers).for_strangers(Duration::from_secs(5), 10);
    let _held = servers.hold();
    let begun = tokio::time::Instant::now();
    let fault = strangers.send(OutboundRequest::new(Method::Get, url(URL))).await.unwrap_err().fault();
    assert_eq!((fault, begun.elapsed().as_secs()), (OutboundFault::Timeout, 5));
}
