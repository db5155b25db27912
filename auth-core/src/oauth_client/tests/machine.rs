//! Programs that call APIs.

use super::*;

/// A server that numbers the tokens it gives.
fn number_tokens(world: &World, life: u64) -> Arc<AtomicUsize> {
    let given = Arc::new(AtomicUsize::new(0));
    let count = given.clone();
    world.servers.answer_by(Method::Post, TOKEN, move |_| {
        let number = count.fetch_add(1, Ordering::Relaxed) + 1;
        let token = format!("t{number}");
        Ok(json_response(200, &json!({"access_token": token, "token_type": "bearer", "expires_in": life})))
    });
    given
}

/// An API that answers 200 with the token it got, or 401 to one that is on its list.
fn answer_api(world: &World, refused: &'static [&'static str]) {
    world.servers.answer_by(Method::Get, API, move |request| {
        let token = header(request, "authorization").unwrap().strip_prefix("Bearer ").unwrap();
        Ok(OutboundResponse::new(if refused.contains(&token) { 401 } else { 200 }, token))
    });
}

async fn machine() -> (World, MachineClient) {
    let world = world(ClientAuthentication::SecretBasic("s".into())).await;
    let machine = MachineClient::new(world.client.clone(), "a", ["https://api.example"]).unwrap();
    (world, machine)
}

async fn token_seen(machine: &MachineClient) -> String {
    let answer = machine.get(API).await.unwrap();
    assert_eq!(answer.status, 200);
    String::from_utf8(answer.body).unwrap()
}

#[tokio::test]
async fn a_machine_keeps_its_token_and_renews_it_before_it_ends() {
    let (world, machine) = machine().await;
    number_tokens(&world, 600);
    answer_api(&world, &[]);
    assert_eq!(token_seen(&machine).await, "t1");
    world.clock.advance(Duration::from_secs(539));
    assert_eq!(token_seen(&machine).await, "t1");
    // In the last minute the old one still serves while the new one is asked for.
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(token_seen(&machine).await, "t1");
    while machine.access_token().await.unwrap().expose() == "t1" {
        tokio::task::yield_now().await;
    }
    assert_eq!(token_seen(&machine).await, "t2");
    world.clock.advance(Duration::from_secs(600));
    assert_eq!(token_seen(&machine).await, "t3");
}

#[tokio::test]
async fn a_thousand_requests_of_a_machine_ask_for_one_token() {
    let (world, machine) = machine().await;
    let given = number_tokens(&world, 600);
    answer_api(&world, &[]);
    let held = world.servers.hold();
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..1000 {
        let machine = machine.clone();
        requests.spawn(async move { token_seen(&machine).await });
    }
    world.servers.arrived(1).await;
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    drop(held);
    assert!(requests.join_all().await.into_iter().all(|token| token == "t1"));
    assert_eq!(given.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_however_many_requests_it_failed() {
    let (world, machine) = machine().await;
    let given = number_tokens(&world, 600);
    answer_api(&world, &["t1"]);
    machine.access_token().await.unwrap();
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let machine = machine.clone();
        requests.spawn(async move { token_seen(&machine).await });
    }
    assert!(requests.join_all().await.into_iter().all(|token| token == "t2"));
    assert_eq!(given.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn an_api_that_refuses_every_token_is_asked_twice_and_no_more() {
    let (world, machine) = machine().await;
    number_tokens(&world, 600);
    world.servers.answer(Method::Get, API, OutboundResponse::new(401, ""));
    assert_eq!(machine.get(API).await.unwrap().status, 401);
    assert_eq!(world.servers.requests_to(Method::Get, API).len(), 2);
}

#[tokio::test]
async fn a_machine_s_token_goes_to_its_api_only_and_in_place_of_any_other() {
    let (world, machine) = machine().await;
    number_tokens(&world, 600);
    for elsewhere in ["https://evil.example/", "http://api.example/", "https://api.example:444/"] {
        assert_eq!(machine.get(elsewhere).await.unwrap_err().kind(), ErrorKind::Configuration);
    }
    assert!(world.servers.requests().is_empty());

    world.servers.answer(Method::Post, API, OutboundResponse::new(201, ""));
    let request = OutboundRequest::new(Method::Post, url(API)).with_header("Authorization", "Basic x");
    machine.send(request.with_body("text/plain", "hello")).await.unwrap();
    let credentials: Vec<_> = world
        .sent()
        .headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("authorization"))
        .map(|(_, value)| value.expose().to_owned())
        .collect();
    assert_eq!(credentials, ["Bearer t1"]);
    assert_eq!(world.sent().body.unwrap().expose(), "hello");
}

#[tokio::test]
async fn a_machine_without_a_token_says_why_and_tries_again_next_time() {
    let (world, machine) = machine().await;
    world.servers.answer_once(Method::Post, TOKEN, pending("invalid_client"));
    assert_eq!(machine.get(API).await.unwrap_err().kind(), ErrorKind::InvalidClient);
    world.servers.fail_once(Method::Post, TOKEN, OutboundFault::Timeout);
    assert_eq!(machine.get(API).await.unwrap_err().kind(), ErrorKind::ProviderError);
    number_tokens(&world, 600);
    answer_api(&world, &[]);
    assert_eq!(token_seen(&machine).await, "t1");
}
