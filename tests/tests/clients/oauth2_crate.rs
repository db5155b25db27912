//! The crate `oauth2`, which most Rust programs log in by.

use std::io;
use std::time::Duration;

use conformance::{ALICE, Browser, Framework, Request, TestApp};
use oauth2::basic::{BasicClient, BasicErrorResponseType, BasicRequestTokenError};
use oauth2::{
    AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, DeviceAuthorizationUrl, EndpointSet,
    HttpRequest, HttpResponse, IntrospectionUrl, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    RevocationUrl, Scope, StandardDeviceAuthorizationResponse, StandardRevocableToken,
    TokenIntrospectionResponse as _, TokenResponse as _, TokenUrl, http,
};

use crate::registered::{callback, start};

const SECRET: &str = "some words + of thirty-two bytes: %so";

type Client = BasicClient<EndpointSet, EndpointSet, EndpointSet, EndpointSet, EndpointSet>;

fn call(request: HttpRequest) -> Result<HttpResponse, io::Error> {
    let (head, body) = request.into_parts();
    let ours = Request::at(&head.uri.to_string(), head.method.as_str());
    let ours =
        head.headers.iter().fold(ours, |ours, (name, value)| ours.header(name.as_str(), value.as_bytes()));
    let reply = ours.untyped_body(body).send();
    let response = http::Response::builder().status(reply.status);
    let response =
        reply.headers.iter().fold(response, |response, (name, value)| response.header(name, value));
    response.body(reply.body).map_err(io::Error::other)
}

/// A client that was told where everything is.
fn client(app: &TestApp, id: &str, secret: Option<&str>) -> Client {
    let at = |path: &str| format!("{}{path}", app.base);
    let client = BasicClient::new(ClientId::new(id.to_owned()))
        .set_auth_uri(AuthUrl::new(at("/auth/authorize")).unwrap())
        .set_token_uri(TokenUrl::new(at("/auth/token")).unwrap())
        .set_device_authorization_url(DeviceAuthorizationUrl::new(at("/auth/device_authorization")).unwrap())
        .set_introspection_url(IntrospectionUrl::new(at("/auth/introspect")).unwrap())
        // It wants `https` there, and is called by our own hand.
        .set_revocation_url(RevocationUrl::new(at("/auth/revoke").replacen("http:", "https:", 1)).unwrap())
        .set_redirect_uri(RedirectUrl::new(callback(app)).unwrap());
    match secret {
        Some(secret) => client.set_client_secret(ClientSecret::new(secret.to_owned())),
        None => client,
    }
}

fn reports() -> Scope {
    Scope::new("reports:read".to_owned())
}

/// The refusal of the token endpoint.
fn refusal<T: std::fmt::Debug>(
    answer: Result<T, BasicRequestTokenError<io::Error>>,
) -> BasicErrorResponseType {
    match answer {
        Err(BasicRequestTokenError::ServerResponse(refusal)) => refusal.error().clone(),
        other => panic!("it is no refusal: {other:?}"),
    }
}

/// Sends the user, and answers what came back with them.
fn authorize(client: &Client, open: impl FnOnce(&str) -> String) -> (AuthorizationCode, PkceCodeVerifier) {
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let request = client.authorize_url(CsrfToken::new_random).add_scope(reports());
    let (url, state) = request.set_pkce_challenge(challenge).url();
    let answer = open(url.as_str());
    assert_eq!(conformance::query(&answer, "state").as_ref(), Some(state.secret()));
    (AuthorizationCode::new(conformance::query(&answer, "code").unwrap()), verifier)
}

pub(crate) fn it_goes_through_each_flow_that_it_has(on: Framework) {
    let app = start(on, SECRET);
    let mut browser = Browser::new();
    codes_and_refresh_tokens(&app, &mut browser);
    a_machine(&app);
    a_device(&app, &mut browser);
}

fn codes_and_refresh_tokens(app: &TestApp, browser: &mut Browser) {
    let client = client(app, "shop", Some(SECRET));
    let (code, verifier) = authorize(&client, |url| {
        let page = browser.open(url);
        let login = [("username", ALICE.name), ("password", ALICE.password)];
        let page = browser.submit(&page, "/auth/login", &login);
        browser.submit(&page, "/auth/consent", &[("decision", "allow")]).url
    });
    let tokens = client.exchange_code(code).set_pkce_verifier(verifier).request(&call).unwrap();
    assert_eq!(tokens.scopes().unwrap(), &vec![reports()]);
    let told = client.introspect(tokens.access_token()).request(&call).unwrap();
    assert!(told.active() && told.client_id().is_some_and(|id| id.as_str() == "shop"));

    let refresh = tokens.refresh_token().unwrap();
    let refreshed = client.exchange_refresh_token(refresh).request(&call).unwrap();
    for dead in [refresh, refreshed.refresh_token().unwrap()] {
        let answer = client.exchange_refresh_token(dead).request(&call);
        assert_eq!(refusal(answer), BasicErrorResponseType::InvalidGrant);
    }
    let (code, _) = authorize(&client, |url| browser.open(url).url);
    let (_, other) = PkceCodeChallenge::new_random_sha256();
    let answer = client.exchange_code(code).set_pkce_verifier(PkceCodeVerifier::new(other.secret().clone()));
    assert_eq!(refusal(answer.request(&call)), BasicErrorResponseType::InvalidGrant);
}

fn a_machine(app: &TestApp) {
    let client = client(app, "api", Some(SECRET));
    let tokens = client.exchange_client_credentials().add_scope(reports()).request(&call).unwrap();
    let is_active = || client.introspect(tokens.access_token()).request(&call).unwrap().active();
    assert!(is_active());
    let token = StandardRevocableToken::from(tokens.access_token());
    let revoke = |mut request: HttpRequest| {
        *request.uri_mut() = request.uri().to_string().replacen("https:", "http:", 1).parse().unwrap();
        call(request)
    };
    client.revoke_token(token).unwrap().request(&revoke).unwrap();
    assert!(!is_active());
    let answer =
        client.exchange_client_credentials().add_scope(Scope::new("admin".to_owned())).request(&call);
    assert_eq!(refusal(answer), BasicErrorResponseType::InvalidScope);
}

/// By somebody who is logged in.
fn a_device(app: &TestApp, browser: &mut Browser) {
    let client = client(app, "tv", None);
    let began: StandardDeviceAuthorizationResponse =
        client.exchange_device_code().add_scope(reports()).request(&call).unwrap();
    let page = browser.open(began.verification_uri_complete().unwrap().secret()).expect(200);
    browser.submit(&page, "/auth/device", &[("decision", "allow")]).expect(200);
    let soon = Some(Duration::from_secs(10));
    let tokens = client.exchange_device_access_token(&began).request(&call, |_| (), soon).unwrap();
    assert!(app.get("/scoped").bearer(tokens.access_token().secret()).send().status == 200);
}
