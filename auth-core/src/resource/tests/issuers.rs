//! Whose a token is, and the keys of several issuers.

use super::*;

#[tokio::test]
async fn of_several_issuers_each_speaks_for_itself_and_no_stranger_is_asked() {
    let servers = FakeHttpClient::default();
    let (idp, other) = (Idp::new(&servers, ISSUER), Idp::new(&servers, OTHER));
    let system = System::with(|builder| {
        builder
            .http_client(servers.clone())
            .outside_issuer(OutsideIssuer::jwt(ISSUER).audience(API))
            .outside_issuer(OutsideIssuer::jwt(OTHER).audience("https://other-api.example"))
    })
    .await;
    let world = World { system, idp };
    let of_other = |changes: Value| other.token_with(changes);
    assert!(world.accepts(&world.idp.token()).await);
    assert!(world.accepts(&of_other(json!({"aud": "https://other-api.example"}))).await);
    assert!(!world.accepts(&of_other(json!({}))).await, "the audience that the first issuer's tokens have");
    assert!(!world.accepts(&of_other(json!({"iss": ISSUER}))).await, "signed by the wrong one");
    let before = servers.requests().len();
    assert!(!world.accepts(&of_other(json!({"iss": "https://stranger.example"}))).await);
    assert!(!world.accepts("opaque").await);
    assert_eq!(servers.requests().len(), before);
}

#[tokio::test]
async fn tenants_of_one_key_set_are_issuers_of_their_own() {
    const COMMON: &str = "https://login.example/common/v2.0";
    const TENANT: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";
    let servers = FakeHttpClient::default();
    let idp = Idp::new(&servers, COMMON);
    let id = IssuerId::template(COMMON, "https://login.example/{tenantid}/v2.0").unwrap();
    let metadata = json!({"issuer": "https://login.example/{tenantid}/v2.0", "jwks_uri": idp.jwks_uri()});
    servers.answer_json(Method::Get, &format!("{COMMON}/.well-known/openid-configuration"), &metadata);
    let issuer = OutsideIssuer::jwt_of_tenants(id).audience(API).profile(TokenProfile::PlainJwt);
    let other = OutsideIssuer::jwt(OTHER).audience(API);
    let system = System::with(|builder| {
        builder.http_client(servers.clone()).outside_issuer(issuer).outside_issuer(other)
    })
    .await;
    let world = World { system, idp };
    let iss = format!("https://login.example/{TENANT}/v2.0");
    let token = world.idp.plain(json!({"iss": iss, "tid": TENANT}));
    assert_eq!(world.token_of(&token).await.issuer(), iss);
    for (iss, tid) in [
        (iss.as_str(), json!("72f988bf-86f1-41af-91ab-2d7cd011db47")),
        (iss.as_str(), json!(null)),
        (COMMON, json!(TENANT)),
        ("https://login.example/x/y/v2.0", json!("x/y")),
    ] {
        assert!(!world.accepts(&world.idp.plain(json!({"iss": iss, "tid": tid}))).await, "{iss} {tid}");
    }
}

#[tokio::test]
async fn a_key_that_the_issuer_took_out_verifies_nothing_any_more() {
    let world = world().await;
    let token = world.idp.token();
    assert!(world.accepts(&token).await);
    let newer = ring(SigningAlgorithm::Es256);
    world.idp.publish(&newer);
    world.system.advance(31);
    let header = json!({"alg": "ES256", "typ": "at+jwt", "kid": newer.signer(at(NOW)).unwrap().kid()});
    assert!(world.accepts(&sign(&newer, &header, &world.idp.claims().to_string())).await);
    assert!(!world.accepts(&token).await, "remembered under the older keys");
}

#[tokio::test]
async fn keys_that_cannot_be_had_are_an_outage_and_keys_that_are_there_go_on() {
    let world = world().await;
    let jwks = world.idp.jwks_uri();
    for fault in [OutboundFault::Connection, OutboundFault::Timeout, OutboundFault::TooLarge] {
        let world =
            world_with(|builder| builder.outside_issuer(OutsideIssuer::jwt(ISSUER).audience(API))).await;
        world.idp.servers.fail(Method::Get, &jwks, fault);
        let refused = world.guard(&oauth_required(), &world.idp.token()).await.unwrap_err();
        assert_eq!((refused.kind(), refused.status()), (ErrorKind::Unavailable, 503));
        assert!(refused.response().header("retry-after").is_some() && !refused.is_nobody());
    }
    assert!(world.accepts(&world.idp.token()).await);
    world.idp.servers.fail(Method::Get, &jwks, OutboundFault::Connection);
    world.system.advance(2 * 60 * 60);
    let later = world.idp.token_with(json!({"exp": NOW + 10 * 24 * 60 * 60, "jti": "j2"}));
    assert!(world.accepts(&later).await);
    world.system.advance(2 * 24 * 60 * 60);
    assert_eq!(refusal(world.guard(&oauth_required(), &later).await), ErrorKind::Unavailable);
}

#[tokio::test]
async fn an_issuer_that_publishes_nothing_else_is_known_by_its_key_set() {
    let issuer = OutsideIssuer::jwt(ISSUER).audience(API).jwks_uri("https://idp.example/jwks");
    let world = world_with(|builder| builder.outside_issuer(issuer)).await;
    assert!(world.accepts(&world.idp.token()).await);
    assert_eq!(world.idp.servers.requests().len(), 1);
}
