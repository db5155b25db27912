mod refused;
mod resealed;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::super::tokens::TokenKeeper;
use super::super::*;
use crate::clock::{Clock as _, Timestamp};
use crate::error::{Error, ErrorKind};
use crate::oauth_client::{ApiClient as _, IssuedTokens};
use crate::outbound::{Method, OutboundConfig, OutboundFault, OutboundRequest, OutboundResponse};
use crate::random::{OsRandom, random_bytes};
use crate::store::MemoryStore;
use crate::testing::{FakeHttpClient, ManualClock, json_response};
use crate::user::UserId;
use crate::{Auth, AuthBuilder, tests};

const TOKEN: &str = "https://work.example/token";
const API: &str = "https://api.work.example/me";
const NOW: Timestamp = Timestamp::from_unix_seconds(1_800_000_000);
const LIFE: Duration = Duration::from_secs(600);

/// An application in two processes over one store, and a provider whose tokens are kept.
struct World {
    servers: FakeHttpClient,
    clock: ManualClock,
    one: Auth,
    other: Auth,
    user: UserId,
}

fn config() -> ProviderConfig {
    let endpoints = ProviderEndpoints {
        authorization: "https://work.example/authorize".into(),
        token: TOKEN.into(),
        userinfo: "https://work.example/user".into(),
    };
    ProviderConfig::oauth2("work", endpoints, "app")
        .client_secret("the secret of the application at the provider")
        .keep_tokens(true)
        .api_origins(["https://api.work.example"])
}

async fn world() -> World {
    world_with(|builder| builder).await
}

async fn world_with(configure: impl Fn(AuthBuilder) -> AuthBuilder) -> World {
    let (servers, clock, store) = (FakeHttpClient::default(), ManualClock::new(NOW), MemoryStore::new());
    let auth = async || {
        let builder = tests::builder().store(store.clone()).clock(Arc::new(clock.clone()));
        let builder = builder.random(Arc::new(OsRandom)).http_client(servers.clone()).provider(config());
        configure(builder).build().await.unwrap()
    };
    let (one, other) = (auth().await, auth().await);
    one.migrate().await.unwrap();
    let user = one.users().create_without_password(one.users().new_user("alice").unwrap()).await.unwrap();
    World { user: user.id.clone(), servers, clock, one, other }
}

fn issued(access: &str, refresh: Option<&str>, now: Timestamp) -> IssuedTokens {
    IssuedTokens {
        access_token: access.into(),
        refresh_token: refresh.map(Into::into),
        id_token: None,
        expires_at: Some(now + LIFE),
        scope: None,
    }
}

impl World {
    fn account(&self, subject: &str) -> LinkedAccount {
        LinkedAccount {
            id: LinkedAccountId::new(random_bytes(&OsRandom)),
            provider: "work".into(),
            issuer: "https://work.example".into(),
            subject: subject.into(),
            user: self.user.clone(),
            email: None,
            name: None,
            created_at: NOW,
            last_login_at: None,
            tokens: None,
            tokens_version: 0,
        }
    }

    fn keeper(&self) -> &TokenKeeper {
        &self.one.providers().inner().tokens
    }

    fn connection(&self) -> &ProviderConnection {
        self.one.providers().connection("work").unwrap()
    }

    /// What a login does.
    async fn log_in(&self, access: &str, refresh: Option<&str>) -> LinkedAccount {
        let account = self.account("s1");
        let held = match self.keeper().store.find(&account.issuer, "s1").await.unwrap() {
            Some(held) => held,
            None => {
                self.keeper().store.link(account.clone(), Vec::new()).await.unwrap();
                account
            }
        };
        self.keeper()
            .keep(self.connection(), &held, &issued(access, refresh, self.clock.now()))
            .await
            .unwrap();
        self.held().await
    }

    async fn held(&self) -> LinkedAccount {
        self.keeper().store.find("https://work.example", "s1").await.unwrap().unwrap()
    }

    async fn client(&self) -> Result<ProviderClient, Error> {
        self.one.providers().client(&self.user, "work").await
    }

    async fn access_token(&self) -> Result<String, Error> {
        let token = self.client().await?.access_token().await?;
        Ok(token.expose().to_owned())
    }

    /// The provider refreshes: `at2`, `at3`, … with a new refresh token each time, and takes each of those once.
    fn rotate(&self) -> Arc<AtomicUsize> {
        let refreshed = Arc::new(AtomicUsize::new(1));
        let count = refreshed.clone();
        self.servers.answer_by(Method::Post, TOKEN, move |request| {
            let number = count.load(Ordering::SeqCst);
            let body = request.body.as_ref().unwrap().expose();
            if !body.contains(&format!("refresh_token=rt{number}")) {
                return Ok(json_response(400, &json!({"error": "invalid_grant"})));
            }
            let next = count.fetch_add(1, Ordering::SeqCst) + 1;
            Ok(json_response(200, &tokens(next)))
        });
        refreshed
    }

    fn refreshes(&self) -> usize {
        self.servers.requests_to(Method::Post, TOKEN).len()
    }
}

fn tokens(number: usize) -> Value {
    json!({
        "access_token": format!("at{number}"), "refresh_token": format!("rt{number}"), "token_type": "bearer",
        "expires_in": 600,
    })
}

fn bearer(request: &OutboundRequest) -> &str {
    let header = request.headers.iter().find(|(name, _)| name == "authorization").unwrap();
    header.1.expose().strip_prefix("Bearer ").unwrap()
}

#[tokio::test]
async fn kept_tokens_are_sealed_for_their_account_and_open_for_no_other() {
    let world = world().await;
    let held = world.log_in("at1", Some("rt1")).await;
    let sealed = held.tokens.clone().unwrap();
    assert!(!sealed.windows(3).any(|bytes| bytes == b"at1" || bytes == b"rt1"));
    let open = |account: &LinkedAccount| world.keeper().open(world.connection(), account);
    assert_eq!(open(&held).unwrap().access_token.expose(), "at1");
    assert!(open(&LinkedAccount { tokens: Some(sealed), ..world.account("s2") }).is_none());
    assert!(!format!("{:?}", open(&held)).contains("at1"));
    assert!(!format!("{:?}", world.client().await.unwrap()).contains("rt1"));
}

#[tokio::test]
async fn a_good_token_is_used_as_it_is_and_only_at_the_provider_s_api() {
    let world = world().await;
    world.log_in("at1", Some("rt1")).await;
    world.servers.answer(Method::Get, API, OutboundResponse::new(200, "hello"));
    let client = world.client().await.unwrap();
    assert_eq!(client.get(API).await.unwrap().body, b"hello");
    assert_eq!(bearer(&world.servers.requests()[0]), "at1");
    for elsewhere in
        ["https://work.example/", "https://api.work.example.evil.example/", "http://api.work.example/"]
    {
        assert_eq!(client.get(elsewhere).await.unwrap_err().kind(), ErrorKind::Configuration, "{elsewhere}");
    }
    world.servers.answer(Method::Post, API, OutboundResponse::new(201, ""));
    assert_eq!(client.post(API, "application/json", "{}".into()).await.unwrap().status, 201);
    assert_eq!((world.servers.requests().len(), world.refreshes()), (2, 0));
}

#[tokio::test]
async fn a_token_at_its_end_is_refreshed_and_the_rotated_one_is_kept() {
    let world = world().await;
    world.log_in("at1", Some("rt1")).await;
    world.rotate();
    world.clock.advance(LIFE - Duration::from_secs(61));
    assert_eq!(world.access_token().await.unwrap(), "at1");
    for number in 2..5 {
        world.clock.advance(LIFE);
        assert_eq!(world.access_token().await.unwrap(), format!("at{number}"));
        assert_eq!(world.access_token().await.unwrap(), format!("at{number}"), "from the store");
    }
    assert_eq!(world.refreshes(), 3);
}

#[tokio::test]
async fn a_refresh_token_goes_on_where_no_new_one_comes() {
    let world = world().await;
    world.log_in("at1", Some("rt1")).await;
    // A later login that brings none, as Google's.
    world.log_in("at2", None).await;
    assert_eq!(world.access_token().await.unwrap(), "at2");
    let mut answer = tokens(3);
    answer.as_object_mut().unwrap().remove("refresh_token");
    world.servers.answer_json(Method::Post, TOKEN, &answer);
    for _ in 0..2 {
        world.clock.advance(LIFE);
        assert_eq!(world.access_token().await.unwrap(), "at3");
        let sent = world.servers.requests().pop().unwrap();
        assert!(sent.body.unwrap().expose().contains("refresh_token=rt1"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_thousand_requests_of_two_processes_refresh_once() {
    let world = world().await;
    world.log_in("at1", Some("rt1")).await;
    world.rotate();
    world.clock.advance(LIFE);
    let held = world.servers.hold();
    let mut requests = tokio::task::JoinSet::new();
    for number in 0..1000 {
        let auth = if number % 2 == 0 { world.one.clone() } else { world.other.clone() };
        let user = world.user.clone();
        requests.spawn(async move {
            let client = auth.providers().client(&user, "work").await.unwrap();
            client.access_token().await.unwrap().expose().to_owned()
        });
    }
    world.servers.arrived(1).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    drop(held);
    assert!(requests.join_all().await.into_iter().all(|token| token == "at2"));
    assert_eq!(world.refreshes(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_process_that_died_while_refreshing_is_succeeded_by_another() {
    let world = world().await;
    let held = world.log_in("at1", Some("rt1")).await;
    world.rotate();
    world.clock.advance(LIFE);
    let lease = format!("provider:refresh:{}", held.id);
    let store = &world.keeper().short_lived;
    assert!(store.insert_new(&lease, Duration::from_secs(30), world.clock.now()).await.unwrap());
    let clock = world.clock.clone();
    let later = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(1)).await;
        clock.advance(Duration::from_secs(30));
    });
    assert_eq!(world.access_token().await.unwrap(), "at2");
    later.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn no_other_process_takes_over_while_the_slowest_refresh_is_under_way() {
    for timeout in [1, 10, 240].map(Duration::from_secs) {
        let world =
            world_with(|builder| builder.outbound(OutboundConfig { timeout, ..OutboundConfig::default() }))
                .await;
        world.log_in("at1", Some("rt1")).await;
        world.rotate();
        world.clock.advance(LIFE);
        let held = world.servers.hold();
        let token = |auth: &Auth| {
            let (auth, user) = (auth.clone(), world.user.clone());
            tokio::spawn(async move {
                let client = auth.providers().client(&user, "work").await.unwrap();
                client.access_token().await.map(|token| token.expose().to_owned())
            })
        };
        let slow = token(&world.one);
        world.servers.arrived(1).await;
        let waiting = token(&world.other);
        // As long as two requests take at most, one after the other.
        world.clock.advance(timeout * 2);
        tokio::time::sleep(timeout / 2).await;
        assert_eq!(world.refreshes(), 1, "{timeout:?}");
        drop(held);
        for answered in [slow, waiting] {
            assert_eq!(answered.await.unwrap().unwrap(), "at2");
        }
        assert_eq!(world.refreshes(), 1);
    }
}

#[tokio::test]
async fn a_login_while_a_refresh_is_under_way_has_the_last_word() {
    let world = world().await;
    world.log_in("at1", Some("rt1")).await;
    world.rotate();
    world.clock.advance(LIFE);
    let held = world.servers.hold();
    let client = world.client().await.unwrap();
    let refreshing = tokio::spawn(async move { client.access_token().await.unwrap().expose().to_owned() });
    world.servers.arrived(1).await;
    world.log_in("at-of-login", Some("rt-of-login")).await;
    drop(held);
    assert_eq!(refreshing.await.unwrap(), "at-of-login");
    let kept = world.keeper().open(world.connection(), &world.held().await).unwrap();
    assert_eq!(kept.access_token.expose(), "at-of-login");
}

#[tokio::test]
async fn of_several_accounts_the_last_one_that_logged_in_speaks() {
    let world = world().await;
    let first = world.log_in("at1", None).await;
    let second = LinkedAccount { created_at: NOW + Duration::from_secs(1), ..world.account("s2") };
    world.keeper().store.link(second.clone(), Vec::new()).await.unwrap();
    world.keeper().keep(world.connection(), &second, &issued("of-second", None, NOW)).await.unwrap();
    assert_eq!(world.access_token().await.unwrap(), "of-second");
    let later = NOW + Duration::from_secs(2);
    world.keeper().store.record_login(&first.id, later, None, None).await.unwrap();
    assert_eq!(world.access_token().await.unwrap(), "at1");
}
