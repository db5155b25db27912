//! Device logins.

use super::*;

fn device() -> Value {
    json!({
        "device_code": "dc", "user_code": "WDJB-MJHT", "verification_uri": "https://idp.example/activate",
        "verification_uri_complete": "https://idp.example/activate?user_code=WDJB-MJHT", "expires_in": 900,
        "interval": 3,
    })
}

#[tokio::test]
async fn a_device_login_waits_as_it_is_told_and_gets_its_tokens() {
    let world = world(ClientAuthentication::None).await;
    world.servers.answer_json(Method::Post, DEVICE, &device());
    let login = world.client.begin_device_login("openid").await.unwrap();
    assert_eq!(field(&world.sent(), "scope").as_deref(), Some("openid"));
    assert_eq!(login.user_code(), "WDJB-MJHT");
    assert_eq!(login.verification_uri(), "https://idp.example/activate");
    assert_eq!(login.verification_uri_complete(), Some("https://idp.example/activate?user_code=WDJB-MJHT"));
    assert_eq!(login.expires_at(), NOW + Duration::from_secs(900));

    for answer in [pending("authorization_pending"), pending("slow_down"), OutboundResponse::new(503, "down")]
    {
        world.servers.answer_once(Method::Post, TOKEN, answer);
    }
    // GitHub says it with 200.
    let github = json_response(200, &json!({"error": "authorization_pending"}));
    world.servers.answer_once(Method::Post, TOKEN, github);
    world.servers.fail_once(Method::Post, TOKEN, OutboundFault::Timeout);
    world.servers.answer_once(Method::Post, TOKEN, json_response(200, &tokens()));
    let waits = std::sync::Mutex::new(Vec::new());
    let sleep = |wait: Duration| {
        waits.lock().unwrap().push(wait.as_secs());
        world.clock.advance(wait);
        std::future::ready(())
    };
    let issued = world.client.finish_device_login(login, sleep).await.unwrap();
    assert_eq!(issued.access_token.expose(), "at");
    assert_eq!(*waits.lock().unwrap(), [3, 3, 8, 16, 16, 32]);
    let asked = world.servers.requests_to(Method::Post, TOKEN);
    assert_eq!(asked.len(), 6);
    assert_eq!(field(&asked[0], "device_code").as_deref(), Some("dc"));
    assert_eq!(
        field(&asked[0], "grant_type").as_deref(),
        Some("urn:ietf:params:oauth:grant-type:device_code")
    );
}

#[tokio::test]
async fn a_device_login_ends_with_the_code_with_a_no_and_with_a_server_that_is_wrong() {
    let world = world(ClientAuthentication::None).await;
    world.servers.answer_json(Method::Post, DEVICE, &device());
    for (answer, kind) in [
        (pending("access_denied"), ErrorKind::PermissionDenied),
        (pending("expired_token"), ErrorKind::InvalidGrant),
        (pending("invalid_client"), ErrorKind::InvalidClient),
        (pending("unknown"), ErrorKind::ProviderError),
        (OutboundResponse::new(404, "<html>"), ErrorKind::ProviderError),
        (OutboundResponse::new(302, ""), ErrorKind::ProviderError),
        (json_response(200, &with("token_type", json!("mac"))), ErrorKind::ProviderError),
    ] {
        let mut login = world.client.begin_device_login("").await.unwrap();
        world.servers.answer_once(Method::Post, TOKEN, answer);
        assert_eq!(world.client.poll_device_login(&mut login).await.unwrap_err().kind(), kind);
    }

    world.servers.answer(Method::Post, TOKEN, pending("authorization_pending"));
    let login = world.client.begin_device_login("").await.unwrap();
    let sleep = |wait: Duration| {
        world.clock.advance(wait);
        std::future::ready(())
    };
    let ended = world.client.finish_device_login(login, sleep).await.unwrap_err();
    assert_eq!(ended.kind(), ErrorKind::InvalidGrant);
    assert_eq!(world.clock.now(), NOW + Duration::from_secs(900));
}

#[tokio::test]
async fn what_cannot_be_shown_to_a_person_is_no_device_login() {
    let world = world(ClientAuthentication::None).await;
    for (member, value) in [
        ("user_code", json!("\u{1b}[2J")),
        ("user_code", json!("")),
        ("user_code", json!("x".repeat(65))),
        ("verification_uri", json!("javascript:alert(1)")),
        ("verification_uri", json!("https://idp.example@evil.example/")),
        ("verification_uri_complete", json!("data:text/html,x")),
        ("expires_in", json!(null)),
        ("device_code", json!(null)),
    ] {
        let mut answer = device();
        answer[member] = value.clone();
        world.servers.answer_once(Method::Post, DEVICE, json_response(200, &answer));
        let error = world.client.begin_device_login("").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ProviderError, "{member} {value}");
    }
    let mut short = device();
    short["interval"] = json!(0);
    world.servers.answer_once(Method::Post, DEVICE, json_response(200, &short));
    assert_eq!(world.client.begin_device_login("").await.unwrap().interval(), Duration::from_secs(1));
}
