//! The crate `openidconnect`, which others wrote, as a client of ours: it finds everything by discovery, and checks all that it is told.

use std::io;

use auth_core::clock::{Clock as _, SystemClock};
use auth_core::key::SigningAlgorithm;
use conformance::{ALICE, Browser, Framework, Request};
use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreProviderMetadata, CoreUserInfoClaims};
use openidconnect::{
    AccessTokenHash, AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest, HttpResponse,
    IssuerUrl, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, RedirectUrl, Scope, TokenResponse as _,
    http,
};

use crate::registered::SECRET;
use crate::relying_party::{SHOP, allow, callback, log_in, serving, shop};

fn call(request: HttpRequest) -> Result<HttpResponse, io::Error> {
    let (head, body) = request.into_parts();
    let ours = Request::at(&head.uri.to_string(), head.method.as_str());
    let ours =
        head.headers.iter().fold(ours, |ours, (name, value)| ours.header(name.as_str(), value.as_bytes()));
    let reply = if body.is_empty() { ours } else { ours.untyped_body(body) }.send();
    let response = http::Response::builder().status(reply.status);
    let response =
        reply.headers.iter().fold(response, |response, (name, value)| response.header(name, value));
    response.body(reply.body).map_err(io::Error::other)
}

pub(crate) fn a_client_that_others_wrote_logs_somebody_in(on: Framework) {
    for algorithm in [SigningAlgorithm::EdDsa, SigningAlgorithm::Es256, SigningAlgorithm::Rs256] {
        let app = on.start_with(|builder| serving([shop()])(builder.signing_algorithm(algorithm)));
        // It knows no time but the real one.
        app.clock.set(SystemClock.now());
        let issuer = IssuerUrl::new(app.base.clone()).unwrap();
        let metadata = CoreProviderMetadata::discover(&issuer, &call).unwrap();
        let (id, secret) = (ClientId::new(SHOP.to_owned()), ClientSecret::new(SECRET.to_owned()));
        let client = CoreClient::from_provider_metadata(metadata, id, Some(secret))
            .set_redirect_uri(RedirectUrl::new(callback(&app)).unwrap());
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let (url, state, nonce) = client
            .authorize_url(flow, CsrfToken::new_random, Nonce::new_random)
            .add_scope(Scope::new("email".to_owned()))
            .set_pkce_challenge(challenge)
            .url();

        let mut browser = Browser::new();
        let page = browser.open(url.as_str());
        let page = log_in(&mut browser, &page, ALICE);
        let page = allow(&mut browser, &page);
        assert_eq!(page.query("state").as_ref(), Some(state.secret()));
        assert_eq!(page.query("iss"), Some(app.base.clone()));

        let code = AuthorizationCode::new(page.query("code").unwrap());
        let request = client.exchange_code(code).unwrap().set_pkce_verifier(verifier);
        let tokens = request.request(&call).unwrap();
        let token = tokens.id_token().unwrap();
        let checked_by = client.id_token_verifier();
        let claims = token.claims(&checked_by, &nonce).unwrap();
        assert_eq!(claims.subject().as_str(), app.user(ALICE).id.as_str());
        let (alg, key) = (token.signing_alg().unwrap(), token.signing_key(&checked_by).unwrap());
        let hash = AccessTokenHash::from_token(tokens.access_token(), alg, key).unwrap();
        assert_eq!(claims.access_token_hash(), Some(&hash), "{algorithm}");

        let subject = Some(claims.subject().clone());
        let info = client.user_info(tokens.access_token().clone(), subject).unwrap();
        let info: CoreUserInfoClaims = info.request(&call).unwrap();
        assert_eq!(info.email().unwrap().as_str(), "alice@example.com");
        let refreshed = client.exchange_refresh_token(tokens.refresh_token().unwrap()).unwrap();
        assert!(refreshed.request(&call).is_ok());
    }
}
