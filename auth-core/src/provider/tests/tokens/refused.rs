//! Tokens that are no good, and who has none.

use super::*;

#[tokio::test]
async fn a_refused_token_is_refreshed_and_the_request_sent_once_more() {
    let world = world().await;
    world.log_in("at1", Some("rt1")).await;
    world.rotate();
    world.servers.answer_by(Method::Get, API, |request| {
        Ok(OutboundResponse::new(if bearer(request) == "at1" { 401 } else { 200 }, bearer(request)))
    });
    let client = world.client().await.unwrap();
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let client = client.clone();
        requests.spawn(async move { client.get(API).await.unwrap() });
    }
    assert!(requests.join_all().await.into_iter().all(|answer| answer.body == b"at2"));
    assert_eq!(world.refreshes(), 1);
}

#[tokio::test]
async fn without_a_refresh_token_the_api_s_no_is_the_answer() {
    let world = world().await;
    world.log_in("at1", None).await;
    world.servers.answer(Method::Get, API, OutboundResponse::new(401, ""));
    assert_eq!(world.client().await.unwrap().get(API).await.unwrap().status, 401);
    world.clock.advance(LIFE);
    let over = world.access_token().await.unwrap_err();
    assert_eq!(over.kind(), ErrorKind::InvalidGrant);
    assert!(over.to_string().contains("log in with the provider again"));
}

#[tokio::test]
async fn tokens_that_the_provider_will_not_refresh_are_forgotten() {
    let world = world().await;
    world.log_in("at1", Some("revoked")).await;
    world.rotate();
    world.clock.advance(LIFE);
    let client = world.client().await.unwrap();
    assert_eq!(client.access_token().await.unwrap_err().kind(), ErrorKind::InvalidGrant);
    assert!(world.held().await.tokens.is_none());
    assert_eq!(world.client().await.unwrap_err().kind(), ErrorKind::InvalidGrant);
    assert_eq!(client.access_token().await.unwrap_err().kind(), ErrorKind::InvalidGrant);
    assert_eq!(world.refreshes(), 1, "and nobody asks again");
    world.log_in("at9", Some("rt9")).await;
    assert_eq!(world.access_token().await.unwrap(), "at9");
}

#[tokio::test]
async fn a_provider_that_is_down_costs_no_tokens() {
    let world = world().await;
    world.log_in("at1", Some("rt1")).await;
    world.clock.advance(LIFE);
    world.servers.fail(Method::Post, TOKEN, OutboundFault::Timeout);
    assert_eq!(world.access_token().await.unwrap_err().kind(), ErrorKind::ProviderError);
    let denied = json_response(401, &json!({"error": "invalid_client"}));
    world.servers.answer(Method::Post, TOKEN, denied);
    assert_eq!(world.access_token().await.unwrap_err().kind(), ErrorKind::ProviderError);
    world.rotate();
    assert_eq!(world.access_token().await.unwrap(), "at2");
}

#[tokio::test]
async fn an_account_that_was_unlinked_meanwhile_is_not_found() {
    let world = world().await;
    let held = world.log_in("at1", Some("rt1")).await;
    world.rotate();
    world.clock.advance(LIFE);
    let client = world.client().await.unwrap();
    let gone = world.keeper().store.unlink(&world.user, &held.id, None, Vec::new()).await.unwrap();
    assert_eq!(gone, Unlinked::Removed);
    assert_eq!(client.access_token().await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(world.client().await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(world.refreshes(), 0);
}

#[tokio::test]
async fn who_has_no_tokens_here_is_told_which_way_to_go() {
    let world = world().await;
    let kind =
        async |provider: &str| world.one.providers().client(&world.user, provider).await.unwrap_err().kind();
    assert_eq!(kind("unknown").await, ErrorKind::NotFound);
    assert_eq!(kind("work").await, ErrorKind::NotFound);
    world.keeper().store.link(world.account("s1"), Vec::new()).await.unwrap();
    assert_eq!(kind("work").await, ErrorKind::InvalidGrant);

    let forgetful = tests::builder().http_client(FakeHttpClient::default());
    let forgetful = forgetful.provider(config().keep_tokens(false)).build().await.unwrap();
    let refused = forgetful.providers().client(&world.user, "work").await.unwrap_err();
    assert!(refused.kind() == ErrorKind::Configuration && refused.to_string().contains("keep_tokens"));
}
