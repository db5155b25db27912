//! Who a client is (RFC 6749 section 2.3).

use auth_core::server::{ClientAuthMethod, GrantType, OAuthClient};
use auth_core::throttle::{Limit, ThrottleConfig};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use conformance::{Framework, Reply, Request, TestApp};
use std::time::Duration;

use crate::registered::{NIGHTLY, SECRET, machine, with};

const GRANT: (&str, &str) = ("grant_type", "client_credentials");

fn token(app: &TestApp) -> Request {
    app.post("/auth/token")
}

fn posted(app: &TestApp, id: &str, secret: &str) -> Reply {
    token(app).form(&[GRANT, ("client_id", id), ("client_secret", secret)]).send()
}

const CHALLENGE: Option<&str> = Some("Basic realm=\"Login Required\", charset=\"UTF-8\"");

pub(crate) fn a_secret_goes_by_the_registered_way_alone(on: Framework) {
    let app = on.start_with(with([machine("poster").auth_method(ClientAuthMethod::ClientSecretPost)]));
    token(&app).basic(NIGHTLY, SECRET).form(&[GRANT]).send().expect(200);
    posted(&app, "poster", SECRET).expect(200);
    let refused = token(&app).basic("poster", SECRET).form(&[GRANT]).send().oauth(401, "invalid_client");
    assert_eq!(refused.header("www-authenticate"), CHALLENGE);
    let refused = posted(&app, NIGHTLY, SECRET).oauth(401, "invalid_client");
    assert_eq!(refused.header("www-authenticate"), None);
    // Named only, it has proven nothing.
    token(&app).form(&[GRANT, ("client_id", NIGHTLY)]).send().oauth(401, "invalid_client");
}

pub(crate) fn both_parts_of_basic_are_form_decoded(on: Framework) {
    let secret = "a+b c%d:e & \u{e9} of some length and more";
    let odd = OAuthClient::new("o:d%d+").secret(secret).grants([GrantType::ClientCredentials]);
    let app = on.start_with(with([odd]));
    token(&app)
        .basic("o%3Ad%25d%2B", "a%2Bb+c%25d%3Ae+%26+%C3%A9+of+some+length+and+more")
        .form(&[GRANT])
        .send()
        .expect(200);
    token(&app).basic("o%3Ad%25d%2B", secret).form(&[GRANT]).send().oauth(401, "invalid_client");
}

pub(crate) fn broken_basic_is_401(on: Framework) {
    let app = on.start_with(with([]));
    let latin = STANDARD.encode(b"nightly:\xe9");
    for credentials in ["bmlnaHRseQ==", "not base64", "", &latin] {
        let header = format!("Basic {credentials}");
        let refused = token(&app).header("Authorization", header).form(&[GRANT]).send();
        let refused = refused.oauth(401, "invalid_client");
        assert_eq!(refused.header("www-authenticate"), CHALLENGE, "{credentials}");
    }
}

pub(crate) fn several_ways_at_once_are_an_invalid_request(on: Framework) {
    let app = on.start_with(with([machine("poster").auth_method(ClientAuthMethod::ClientSecretPost)]));
    let both = [GRANT, ("client_id", NIGHTLY), ("client_secret", SECRET)];
    token(&app).basic(NIGHTLY, SECRET).form(&both).send().oauth(400, "invalid_request");
    token(&app).basic(NIGHTLY, SECRET).form(&both[..2]).send().expect(200);
    let other = [GRANT, ("client_id", "poster")];
    token(&app).basic(NIGHTLY, SECRET).form(&other).send().oauth(400, "invalid_request");
    let kind = ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    let assertion = [GRANT, kind, ("client_assertion", "a.b.c")];
    token(&app).basic(NIGHTLY, SECRET).form(&assertion).send().oauth(400, "invalid_request");
    token(&app).form(&[&both[..], &assertion[1..]].concat()).send().oauth(400, "invalid_request");
    token(&app).form(&assertion[..2]).send().oauth(400, "invalid_request");
    let twice = token(&app).basic(NIGHTLY, SECRET).header("Authorization", "Basic bmlnaHRseTp4");
    twice.form(&[GRANT]).send().oauth(400, "invalid_request");
    // In the query they would be in logs.
    let target = format!("/auth/token?client_id=poster&client_secret={}", SECRET.replace(' ', "+"));
    app.post(&target).form(&[GRANT]).send().oauth(400, "invalid_request");
}

pub(crate) fn a_wrong_secret_and_an_unknown_client_are_answered_alike(on: Framework) {
    let app = on.start_with(with([]));
    let refused = |id: &str, secret: &str| {
        let reply = token(&app).basic(id, secret).form(&[GRANT]).send().oauth(401, "invalid_client");
        (reply.header("www-authenticate").map(str::to_owned), reply.body)
    };
    let wrong = refused(NIGHTLY, "another secret of that length!!!!!");
    assert_eq!(wrong.0.as_deref(), CHALLENGE);
    assert_eq!(wrong, refused("nobody", SECRET));
    assert_eq!(wrong, refused("first-party", SECRET));
    assert_eq!(wrong, refused(NIGHTLY, &SECRET.to_uppercase()));
    assert_eq!(wrong, refused(&NIGHTLY.to_uppercase(), SECRET));
}

pub(crate) fn a_public_client_names_itself_and_sends_nothing_else(on: Framework) {
    let public = OAuthClient::new("app").redirect_uris(["com.example.app:/cb"]);
    let app = on.start_with(with([public]));
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", "x"), ("client_id", "app")];
    token(&app).form(&refresh).send().oauth(400, "invalid_grant");
    token(&app).basic("app", "").form(&refresh[..2]).send().oauth(400, "invalid_grant");
    token(&app).basic("app", SECRET).form(&refresh[..2]).send().oauth(401, "invalid_client");
    let with_secret = [&refresh[..], &[("client_secret", SECRET)]].concat();
    token(&app).form(&with_secret).send().oauth(401, "invalid_client");
    // It would be whoever names it.
    token(&app).form(&[GRANT, ("client_id", "app")]).send().oauth(400, "unauthorized_client");
}

pub(crate) fn two_secrets_are_valid_while_one_follows_the_other(on: Framework) {
    let next = "the words that follow of some length too";
    let app = on.start_with(with([machine("rotated").secret(next)]));
    for secret in [SECRET, next] {
        token(&app).basic("rotated", secret).form(&[GRANT]).send().expect(200);
    }
    token(&app).basic("rotated", "neither of them").form(&[GRANT]).send().oauth(401, "invalid_client");
}

pub(crate) fn wrong_secrets_are_limited(on: Framework) {
    let app = on.start_with(|builder| {
        let limits = ThrottleConfig::default().network([Limit::new(5, Duration::from_secs(60))]);
        with([])(builder).throttle(limits)
    });
    // What is right is given back.
    for _ in 0..10 {
        token(&app).basic(NIGHTLY, SECRET).form(&[GRANT]).send().expect(200);
    }
    for guess in 0..5 {
        let wrong = format!("guess {guess}");
        token(&app).basic(NIGHTLY, &wrong).form(&[GRANT]).send().oauth(401, "invalid_client");
    }
    let limited = token(&app).basic(NIGHTLY, SECRET).form(&[GRANT]).send();
    assert!(limited.oauth(429, "temporarily_unavailable").header("retry-after").is_some());
    app.clock.advance(Duration::from_secs(121));
    token(&app).basic(NIGHTLY, SECRET).form(&[GRANT]).send().expect(200);
}

pub(crate) fn without_a_server_there_is_but_one_client(on: Framework) {
    let app = on.start();
    token(&app).basic(NIGHTLY, SECRET).form(&[GRANT]).send().oauth(401, "invalid_client");
    token(&app).form(&[GRANT]).send().oauth(400, "unsupported_grant_type");
    app.post("/auth/introspect")
        .basic(NIGHTLY, SECRET)
        .form(&[("token", "x")])
        .send()
        .problem(404, "not_found");
}
