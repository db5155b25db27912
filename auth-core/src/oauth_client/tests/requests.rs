//! What is sent, and how a client says who it is.

use super::*;

#[tokio::test]
async fn a_code_is_exchanged_with_its_verifier_and_redirect_uri() {
    let world = world(ClientAuthentication::SecretBasic("s".into())).await;
    let issued = world.exchange_json(&tokens()).await.unwrap();
    let sent = world.sent();
    assert_eq!((sent.method, sent.url.as_str()), (Method::Post, TOKEN));
    assert_eq!(header(&sent, "accept"), Some("application/json"));
    assert_eq!(header(&sent, "content-type"), Some("application/x-www-form-urlencoded"));
    for (name, value) in [
        ("grant_type", "authorization_code"),
        ("code", "the code"),
        ("redirect_uri", "https://app.example/cb"),
        ("code_verifier", &"v".repeat(43)),
    ] {
        assert_eq!(field(&sent, name).as_deref(), Some(value));
    }
    assert_eq!(issued.access_token.expose(), "at");
    assert_eq!(issued.refresh_token.unwrap().expose(), "rt");
    assert_eq!(issued.id_token.unwrap().expose(), "it");
    assert_eq!(issued.expires_at, Some(NOW + Duration::from_secs(600)));
    assert_eq!(issued.scope.as_deref(), Some("a b"));
}

#[tokio::test]
async fn refresh_and_client_credentials_send_what_their_sections_name() {
    let world = world(ClientAuthentication::None).await;
    world.servers.answer_json(Method::Post, TOKEN, &tokens());
    world.client.refresh(&"rt".into(), Some("a")).await.unwrap();
    let sent = world.sent();
    assert_eq!(field(&sent, "grant_type").as_deref(), Some("refresh_token"));
    assert_eq!(field(&sent, "refresh_token").as_deref(), Some("rt"));
    assert_eq!(field(&sent, "scope").as_deref(), Some("a"));

    world.client.refresh(&"rt".into(), None).await.unwrap();
    assert_eq!(field(&world.sent(), "scope"), None);

    world.client.client_credentials("a b").await.unwrap();
    assert_eq!(field(&world.sent(), "grant_type").as_deref(), Some("client_credentials"));
    assert_eq!(field(&world.sent(), "scope").as_deref(), Some("a b"));
}

#[tokio::test]
async fn each_way_of_authenticating_is_used_alone_and_at_every_endpoint() {
    let key = Arc::new(SigningKey::generate(SigningAlgorithm::Es256, &OsRandom).unwrap());
    let signed = ClientAuthentication::SignedSecret {
        team: "TEAM".into(),
        audience: "https://appleid.apple.com".into(),
        kid: "K1".into(),
        key: key.clone(),
    };
    for (authentication, has_basic, members) in [
        (ClientAuthentication::None, false, [true, false, false]),
        (ClientAuthentication::SecretBasic("s:1".into()), true, [false, false, false]),
        (ClientAuthentication::SecretPost("s:1".into()), false, [true, true, false]),
        (ClientAuthentication::PrivateKeyJwt(key.clone()), false, [true, false, true]),
        (signed, false, [true, true, false]),
    ] {
        let world = world(authentication).await;
        for endpoint in [TOKEN, REVOKE, INTROSPECT] {
            world.servers.answer_json(Method::Post, endpoint, &json!({"active": false}));
        }
        let _ = world.exchange().await;
        let _ = world.client.refresh(&"rt".into(), None).await;
        let _ = world.client.client_credentials("").await;
        world.client.revoke(&"rt".into()).await.unwrap();
        world.client.introspect(&"at".into()).await.unwrap();
        let sent = world.servers.requests();
        assert_eq!(sent.len(), 5);
        for request in sent {
            let basic = format!("Basic {}", STANDARD.encode("client+1:s%3A1"));
            assert_eq!(header(&request, "authorization"), has_basic.then_some(basic.as_str()));
            let names = ["client_id", "client_secret", "client_assertion"];
            assert_eq!(names.map(|name| field(&request, name).is_some()), members, "{request:?}");
            if members[0] {
                assert_eq!(field(&request, "client_id").as_deref(), Some("client 1"));
            }
        }
    }
}

/// Header and claims of a JWT whose signature is this key's.
fn opened(key: &SigningKey, jwt: &str) -> (Value, Value) {
    let (signed, signature) = jwt.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    assert!(key.verifying_key().is_valid(signed.as_bytes(), &signature));
    let part = |text: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap();
    let (header, claims) = signed.split_once('.').unwrap();
    (part(header), part(claims))
}

#[tokio::test]
async fn an_assertion_is_for_one_request_and_one_server() {
    for algorithm in [SigningAlgorithm::EdDsa, SigningAlgorithm::Es256] {
        let key = Arc::new(SigningKey::generate(algorithm, &OsRandom).unwrap());
        let world = world(ClientAuthentication::PrivateKeyJwt(key.clone())).await;
        world.exchange_json(&tokens()).await.unwrap();
        let first = field(&world.sent(), "client_assertion").unwrap();
        let (header, claims) = opened(&key, &first);
        assert_eq!(header, json!({"alg": algorithm.name(), "typ": "JWT", "kid": key.kid()}));
        let now = NOW.unix_seconds();
        assert_eq!(
            claims,
            json!({
                "iss": "client 1", "sub": "client 1", "aud": TOKEN, "jti": claims["jti"], "iat": now,
                "exp": now + 60,
            })
        );
        assert_eq!(
            field(&world.sent(), "client_assertion_type").as_deref(),
            Some("urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
        );
        // At the other endpoints it still names the token endpoint, and is another one.
        world.servers.answer_json(Method::Post, REVOKE, &json!({}));
        world.client.revoke(&"rt".into()).await.unwrap();
        let (_, second) = opened(&key, &field(&world.sent(), "client_assertion").unwrap());
        assert_eq!(second["aud"], TOKEN);
        assert_ne!(second["jti"], claims["jti"]);
    }
}

#[tokio::test]
async fn a_signed_secret_names_team_audience_and_the_provider_s_key_id() {
    let key = Arc::new(SigningKey::generate(SigningAlgorithm::Es256, &OsRandom).unwrap());
    let audience = "https://appleid.apple.com";
    let world = world(ClientAuthentication::SignedSecret {
        team: "TEAM".into(),
        audience: audience.into(),
        kid: "K1".into(),
        key: key.clone(),
    })
    .await;
    world.exchange_json(&tokens()).await.unwrap();
    let (header, claims) = opened(&key, &field(&world.sent(), "client_secret").unwrap());
    assert_eq!(header["kid"], "K1");
    let now = NOW.unix_seconds();
    assert_eq!(
        claims,
        json!({"iss": "TEAM", "sub": "client 1", "aud": audience, "iat": now, "exp": now + 60})
    );
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused_with_what_to_change() {
    let http = FakeHttpClient::default;
    let missing_server = OAuthClient::builder("c").http_client(http()).build().await.unwrap_err();
    assert!(missing_server.to_string().contains(".issuer("));
    let endpoints = || OAuthEndpoints::new(url(TOKEN));
    let nameless = OAuthClient::builder("").endpoints(endpoints()).http_client(http()).build().await;
    assert_eq!(nameless.unwrap_err().kind(), ErrorKind::Configuration);
    let client = world(ClientAuthentication::None).await.client;
    let wrong = MachineClient::new(client, "", ["https://api.example/v1"]).unwrap_err();
    assert!(wrong.to_string().contains("https://api.example/v1"));
}
