//! What is taken for an answer.

use super::*;

#[tokio::test]
async fn answers_are_taken_as_providers_really_write_them() {
    let world = world(ClientAuthentication::None).await;
    for token_type in ["bearer", "BEARER", "Bearer"] {
        world.exchange_json(&with("token_type", json!(token_type))).await.unwrap();
    }
    world.exchange_json(&without("token_type")).await.unwrap();
    let life = |issued: IssuedTokens| issued.expires_at.map(|at| at.since(NOW).as_secs());
    assert_eq!(life(world.exchange_json(&with("expires_in", json!("3600"))).await.unwrap()), Some(3600));
    assert_eq!(life(world.exchange_json(&with("expires_in", json!(null))).await.unwrap()), None);
    assert_eq!(life(world.exchange_json(&without("expires_in")).await.unwrap()), None);
    let far = world.exchange_json(&with("expires_in", json!(u64::MAX))).await.unwrap();
    assert_eq!(far.expires_at, Some(Timestamp::FAR_FUTURE));
    for nothing in [json!(null), json!("")] {
        world.exchange_json(&with("error", nothing)).await.unwrap();
    }
    world.exchange_json(&with("token_type", json!(null))).await.unwrap();
    for (said, seconds) in [
        (json!(3599.0), Some(3599)),
        (json!("3599"), Some(3599)),
        (json!("3599.9"), Some(3599)),
        (json!(""), None),
        (json!(-1), None),
        (json!("soon"), None),
        (json!({}), None),
        (json!(1e300), None),
    ] {
        assert_eq!(
            life(world.exchange_json(&with("expires_in", said.clone())).await.unwrap()),
            seconds,
            "{said}"
        );
    }
    let scope = async |said: Value| world.exchange_json(&with("scope", said)).await.unwrap().scope;
    assert_eq!(scope(json!(["openid", "email"])).await.as_deref(), Some("openid email"));
    assert_eq!(
        (scope(json!(null)).await, scope(json!(["a", 7])).await, scope(json!(7)).await),
        (None, None, None)
    );
    for unfit in [json!(null), json!(""), json!(7), json!(["rt"])] {
        assert!(
            world.exchange_json(&with("refresh_token", unfit.clone())).await.unwrap().refresh_token.is_none()
        );
        assert!(world.exchange_json(&with("id_token", unfit)).await.unwrap().id_token.is_none());
    }
    let page = OutboundResponse::new(200, tokens().to_string()).with_header("content-type", "text/html");
    world.exchange_for(page).await.unwrap();
    let bare =
        world.exchange_json(&json!({"access_token": "at", "token_type": "bearer", "x": {}})).await.unwrap();
    assert!(bare.refresh_token.is_none() && bare.id_token.is_none() && bare.scope.is_none());
}

#[tokio::test]
async fn an_answer_of_another_form_is_the_provider_s_error_and_is_not_quoted() {
    let world = world(ClientAuthentication::SecretPost("hidden".into())).await;
    let html = OutboundResponse::new(200, "<html>hidden</html>").with_header("content-type", "text/html");
    let broken = OutboundResponse::new(200, r#"{"access_token":"hidden""#);
    let doubled = OutboundResponse::new(
        200,
        r#"{"access_token":"hidden","access_token":"hidden","token_type":"Bearer"}"#,
    );
    let mut answers =
        vec![html, broken, doubled, OutboundResponse::new(200, ""), OutboundResponse::new(500, "hidden")];
    answers.extend(
        [
            with("token_type", json!("DPoP")),
            with("token_type", json!("mac")),
            with("token_type", json!(7)),
            with("access_token", json!(12_345_678)),
            with("access_token", json!("")),
            without("access_token"),
            json!([]),
        ]
        .map(|document| json_response(200, &document)),
    );
    for answer in answers {
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        let error = world.exchange_for(answer).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ProviderError, "{body}");
        assert!(
            !shown(&error).contains("hidden") && !shown(&error).contains("12345678"),
            "{}",
            shown(&error)
        );
    }
    for fault in [OutboundFault::Timeout, OutboundFault::TooLarge, OutboundFault::Connection] {
        world.servers.fail_once(Method::Post, TOKEN, fault);
        assert_eq!(world.exchange().await.unwrap_err().kind(), ErrorKind::ProviderError);
    }
    let moved = OutboundResponse::new(302, "").with_header("location", "https://evil.example/");
    assert_eq!(world.exchange_for(moved).await.unwrap_err().kind(), ErrorKind::ProviderError);
}

#[tokio::test]
async fn what_ends_an_exchange_is_named_with_the_url_and_the_status() {
    let world = world(ClientAuthentication::None).await;
    let page =
        |status| OutboundResponse::new(status, "<html>hidden").with_header("content-type", "text/html");
    for (answer, said) in [
        (page(200), format!("the answer of {TOKEN} (status 200, \"text/html\") is no JSON")),
        (page(502), format!("{TOKEN} answered with an error (status 502)")),
        (
            json_response(200, &with("access_token", json!(7))),
            format!(
                "the answer of {TOKEN} (status 200, \"application/json\") is not readable at `access_token`"
            ),
        ),
        (
            json_response(400, &json!({"error": "invalid_grant"})),
            format!(
                "the answer of {TOKEN} (status 400, \"application/json\") is a refusal: \"invalid_grant\" \"\""
            ),
        ),
    ] {
        let error = world.exchange_for(answer).await.unwrap_err();
        assert_eq!(std::error::Error::source(&error).unwrap().to_string(), said);
    }
}

#[tokio::test]
async fn error_answers_say_whose_mistake_it_is_and_the_log_what_the_server_said() {
    let world = world(ClientAuthentication::None).await;
    for (code, kind) in [
        ("invalid_grant", ErrorKind::InvalidGrant),
        ("invalid_client", ErrorKind::InvalidClient),
        ("unauthorized_client", ErrorKind::InvalidClient),
        ("invalid_scope", ErrorKind::InvalidScope),
        ("invalid_request", ErrorKind::ProviderError),
        ("temporarily_unavailable", ErrorKind::ProviderError),
        ("bad_verification_code", ErrorKind::InvalidGrant),
        ("incorrect_client_credentials", ErrorKind::InvalidClient),
    ] {
        for status in [200, 400, 401] {
            let said = format!("because\ncode=SplxlOBeZQQYbYS6WxSbIA {}", "x".repeat(500));
            let answer = json!({"error": code, "error_description": said});
            let error = world.exchange_for(json_response(status, &answer)).await.unwrap_err();
            assert_eq!(error.kind(), kind, "{code}");
            let shown = shown(&error);
            assert!(shown.contains(code) && shown.contains("because"), "{shown}");
            assert!(!shown.contains("SplxlOBeZQQYbYS6WxSbIA"), "{shown}");
            assert!(shown.len() < 500 && !shown.contains('\n'));
            assert!(!error.to_string().contains("because"));
        }
    }
}

#[tokio::test]
async fn revocation_is_a_form_and_any_200_means_gone() {
    let world = world(ClientAuthentication::SecretBasic("s".into())).await;
    world.servers.answer_once(Method::Post, REVOKE, OutboundResponse::new(200, ""));
    world.client.revoke(&"rt".into()).await.unwrap();
    assert_eq!(field(&world.sent(), "token").as_deref(), Some("rt"));
    let refused = json_response(400, &json!({"error": "unsupported_token_type"}));
    world.servers.answer_once(Method::Post, REVOKE, refused);
    assert_eq!(world.client.revoke(&"rt".into()).await.unwrap_err().kind(), ErrorKind::ProviderError);
    world.servers.answer_once(Method::Post, REVOKE, OutboundResponse::new(503, "down"));
    assert_eq!(world.client.revoke(&"rt".into()).await.unwrap_err().kind(), ErrorKind::ProviderError);
}

#[tokio::test]
async fn only_an_introspection_that_says_true_is_about_a_valid_token() {
    let world = world(ClientAuthentication::SecretBasic("s".into())).await;
    let ask = async |answer: OutboundResponse| {
        world.servers.answer_once(Method::Post, INTROSPECT, answer);
        world.client.introspect(&"at".into()).await
    };
    let active = ask(json_response(200, &json!({"active": true, "sub": "u1"}))).await.unwrap();
    assert!(active.active && active.claims["sub"] == "u1" && active.claims.len() == 1);
    assert_eq!(field(&world.sent(), "token").as_deref(), Some("at"));
    let inactive = ask(json_response(200, &json!({"active": false, "sub": "u1"}))).await.unwrap();
    assert!(!inactive.active && inactive.claims.is_empty());
    for answer in [json!({}), json!({"active": "true"}), json!({"active": 1}), json!(null), json!([true])] {
        let error = ask(json_response(200, &answer)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ProviderError, "{answer}");
    }
    let html = OutboundResponse::new(200, "<html>").with_header("content-type", "text/html");
    assert_eq!(ask(html).await.unwrap_err().kind(), ErrorKind::ProviderError);
    let denied = json_response(401, &json!({"error": "invalid_client"}));
    assert_eq!(ask(denied).await.unwrap_err().kind(), ErrorKind::InvalidClient);
}

#[tokio::test]
async fn an_endpoint_that_the_server_has_not_is_a_wrong_setting() {
    let client = OAuthClient::builder("c")
        .endpoints(OAuthEndpoints::new(url(TOKEN)))
        .http_client(FakeHttpClient::default())
        .build()
        .await
        .unwrap();
    let token = Secret::from("t");
    assert_eq!(client.revoke(&token).await.unwrap_err().kind(), ErrorKind::Configuration);
    assert_eq!(client.introspect(&token).await.unwrap_err().kind(), ErrorKind::Configuration);
    assert_eq!(client.begin_device_login("").await.unwrap_err().kind(), ErrorKind::Configuration);
}
