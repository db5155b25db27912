//! Tokens that their issuer is asked about.

use super::*;

/// An application that asks the issuer about tokens.
async fn asking_world(configure: impl FnOnce(OutsideIssuer) -> OutsideIssuer) -> World {
    let asked = OutsideIssuer::introspection(ISSUER, "api", ClientAuthentication::SecretBasic("s".into()));
    world_with(|builder| builder.outside_issuer(configure(asked))).await
}

fn active() -> Value {
    json!({
        "active": true, "iss": ISSUER, "sub": "u1", "aud": API, "exp": NOW + 600, "client_id": "c1",
        "scope": "reports:read", "token_type": "Bearer",
    })
}

impl World {
    fn answer(&self, document: &Value) {
        self.idp.servers.answer_json(Method::Post, INTROSPECT, document);
    }

    fn questions(&self) -> usize {
        self.idp.servers.requests_to(Method::Post, INTROSPECT).len()
    }
}

#[tokio::test]
async fn an_opaque_token_is_what_its_issuer_says_of_it() {
    let world = asking_world(|issuer| issuer.audience(API)).await;
    world.answer(&active());
    let caller = world.guard(&require_oauth("reports:read"), "opaque-1").await.unwrap().unwrap();
    assert_eq!(caller.client_id(), Some("c1"));
    assert_eq!(caller.outside_token().unwrap().subject(), Some("u1"));
    assert_eq!(refusal(world.guard(&require_oauth("x"), "opaque-1").await), ErrorKind::InsufficientScope);

    let taken = [
        json!({"iss": null}),
        json!({"aud": ["x", API]}),
        json!({"token_type": null}),
        json!({"token_type": "bearer"}),
        json!({"token_type": "access_token"}),
        json!({"exp": null}),
        json!({"token_use": "access_token"}),
    ];
    let refused = [
        json!({"active": false}),
        json!({"iss": OTHER}),
        json!({"aud": "https://x.example"}),
        json!({"aud": null}),
        json!({"token_type": "DPoP"}),
        json!({"token_type": "refresh_token"}),
        json!({"token_use": "refresh_token"}),
        json!({"typ": "Refresh"}),
        json!({"cnf": {"jkt": "x"}}),
        json!({"exp": NOW - 10}),
        json!({"nbf": NOW + 60}),
        json!({"exp": "soon"}),
        json!({"scope": ["a b"]}),
    ];
    for (number, changes) in taken.iter().chain(&refused).enumerate() {
        world.answer(&changed(active(), changes.clone()));
        let is_accepted = world.accepts(&format!("token-{number}")).await;
        assert_eq!(is_accepted, number < taken.len(), "{changes}");
    }
}

#[tokio::test]
async fn a_server_that_names_no_audience_has_to_be_said_to_be_one() {
    let world = asking_world(OutsideIssuer::any_introspected_audience).await;
    world.answer(&changed(active(), json!({"aud": null})));
    assert!(world.accepts("opaque").await);
}

#[tokio::test]
async fn answers_about_tokens_are_used_again_for_a_bounded_time() {
    let world = asking_world(|issuer| issuer.audience(API)).await;
    world.answer(&active());
    for _ in 0..3 {
        assert!(world.accepts("valid").await);
    }
    assert_eq!(world.questions(), 1);
    world.answer(&json!({"active": false}));
    world.system.advance(29);
    assert!(world.accepts("valid").await);
    world.system.advance(1);
    assert!(!world.accepts("valid").await, "revoked meanwhile");
    assert_eq!(world.questions(), 2);

    assert!(!world.accepts("made-up").await && !world.accepts("made-up").await);
    assert_eq!(world.questions(), 3);
    world.system.advance(10);
    assert!(!world.accepts("made-up").await);
    assert_eq!(world.questions(), 4);

    // Never past the end of the token.
    world.answer(&changed(active(), json!({"exp": NOW + 45})));
    assert!(world.accepts("short").await);
    world.system.advance(5);
    assert!(world.accepts("short").await);
    assert_eq!(world.questions(), 6, "asked again at its end");
}

#[tokio::test]
async fn many_requests_with_one_token_ask_once() {
    let world = Arc::new(asking_world(|issuer| issuer.audience(API)).await);
    world.answer(&active());
    let held = world.idp.servers.hold();
    let accepted = Arc::new(AtomicUsize::new(0));
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..1000 {
        let (world, accepted) = (world.clone(), accepted.clone());
        requests.spawn(async move {
            accepted.fetch_add(usize::from(world.accepts("opaque").await), Ordering::Relaxed);
        });
    }
    world.idp.servers.arrived(1).await;
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    drop(held);
    requests.join_all().await;
    assert_eq!((accepted.load(Ordering::Relaxed), world.questions()), (1000, 1));
}

/// What a guard says to a token that comes from an address.
async fn said_to(world: &World, peer: &str, token: &str) -> Option<ErrorKind> {
    let header = ("authorization", &*format!("Bearer {token}"));
    let request = request_from(peer, "GET", "/x", &[header]);
    world.system.auth.context().guard(&request, &oauth_required()).await.err().map(|refused| refused.kind())
}

/// Has every network of `peers` bring ten tokens that nobody knows, whose answers are held back.
fn flood(world: &Arc<World>, peers: impl Iterator<Item = String>) -> tokio::task::JoinSet<Option<ErrorKind>> {
    let mut requests = tokio::task::JoinSet::new();
    for peer in peers {
        for number in 0..10 {
            let (world, peer) = (world.clone(), peer.clone());
            requests.spawn(async move {
                said_to(&world, &peer, &format!("made-up-{}-{number}", peer.replace(':', "."))).await
            });
        }
    }
    requests
}

#[tokio::test]
async fn a_flood_of_made_up_tokens_is_no_flood_at_the_issuer() {
    let world = Arc::new(asking_world(|issuer| issuer.audience(API)).await);
    tokio::time::pause();
    world.answer(&json!({"active": false}));
    let held = world.idp.servers.hold();
    let mut requests = flood(&world, (0..20).map(|n| format!("192.0.2.{n}")));
    let first = requests.join_next().await.unwrap().unwrap();
    assert_eq!(first, Some(ErrorKind::Unavailable), "after it has waited for its turn");
    assert!(world.questions() <= 64, "{}", world.questions());
    drop(held);
    assert!(requests.join_all().await.contains(&Some(ErrorKind::InvalidToken)));
}

#[tokio::test]
async fn made_up_tokens_keep_no_real_one_waiting() {
    let world = Arc::new(asking_world(|issuer| issuer.audience(API)).await);
    tokio::time::pause();
    world.answer(&active());
    assert!(world.accepts("valid").await);
    world.system.advance(31);
    let held = world.idp.servers.hold();
    // One site floods as much as it can.
    let requests = flood(&world, (0..5).map(|n| format!("2001:db8:7:{n:x}::1")));
    world.idp.servers.arrived(2 + 8).await;
    let renewed = tokio::spawn({
        let world = world.clone();
        async move { said_to(&world, "2001:db8:7::1", "valid").await }
    });
    let new = tokio::spawn({
        let world = world.clone();
        async move { said_to(&world, "192.0.2.7", "new").await }
    });
    world.idp.servers.arrived(2 + 8 + 2).await;
    drop(held);
    assert_eq!((renewed.await.unwrap(), new.await.unwrap()), (None, None));
    drop(requests);
}

#[tokio::test]
async fn a_network_is_limited_in_made_up_tokens_and_not_in_real_ones() {
    let world = asking_world(|issuer| issuer.audience(API)).await;
    world.answer(&active());
    for number in 0..150 {
        assert_eq!(said_to(&world, "192.0.2.7", &format!("real-{number}")).await, None);
    }
    world.answer(&json!({"active": false}));
    for number in 0..100 {
        let said = said_to(&world, "192.0.2.7", &format!("made-up-{number}")).await;
        assert_eq!(said, Some(ErrorKind::InvalidToken));
    }
    let asked = world.questions();
    assert_eq!(said_to(&world, "192.0.2.7", "made-up").await, Some(ErrorKind::TooManyAttempts));
    assert_eq!(
        said_to(&world, "192.0.2.7", "made-up-1").await,
        Some(ErrorKind::InvalidToken),
        "known as such"
    );
    assert_eq!(world.questions(), asked);
    world.answer(&active());
    assert_eq!(said_to(&world, "192.0.2.8", "made-up").await, None);
    world.system.advance(31);
    assert_eq!(said_to(&world, "192.0.2.7", "real-1").await, None, "what was valid is asked about again");
}

#[tokio::test]
async fn an_issuer_that_cannot_be_asked_is_an_outage() {
    let world = asking_world(|issuer| issuer.audience(API)).await;
    let html = OutboundResponse::new(200, "<html>").with_header("content-type", "text/html");
    for (number, answer) in [
        OutboundResponse::new(500, ""),
        OutboundResponse::new(302, ""),
        html,
        json_response(200, &json!({"active": "true"})),
        json_response(200, &json!([])),
        json_response(401, &json!({"error": "invalid_client"})),
        json_response(400, &json!({"error": "invalid_request"})),
    ]
    .into_iter()
    .enumerate()
    {
        world.idp.servers.answer(Method::Post, INTROSPECT, answer);
        let refused = world.guard(&oauth_required(), &format!("t{number}")).await.unwrap_err();
        assert_eq!((refused.kind(), refused.status()), (ErrorKind::Unavailable, 503), "{number}");
        assert!(refused.response().header("retry-after").is_some());
    }
    world.idp.servers.fail(Method::Post, INTROSPECT, OutboundFault::Timeout);
    assert_eq!(refusal(world.guard(&oauth_required(), "t").await), ErrorKind::Unavailable);
    world.answer(&active());
    assert!(world.accepts("t").await, "and nothing of it is remembered");
}

#[tokio::test]
async fn what_cannot_be_a_token_is_refused_without_asking() {
    let world = asking_world(|issuer| issuer.audience(API)).await;
    for not_a_token in ["", "a b", "a\"b", "a,b", "a%20b", &"x".repeat(16 * 1024 + 1)] {
        assert!(!world.accepts(not_a_token).await);
    }
    // A signed token of somebody else is not shown to this issuer either.
    let stranger = world.idp.token_with(json!({"iss": OTHER}));
    assert!(!world.accepts(&stranger).await);
    assert_eq!(world.questions(), 0);
    world.answer(&active());
    assert!(world.accepts(&world.idp.token()).await, "one of its own is");
}

#[tokio::test]
async fn signed_and_asked_issuers_stand_side_by_side() {
    let servers = FakeHttpClient::default();
    let (idp, other) = (Idp::new(&servers, ISSUER), Idp::new(&servers, OTHER));
    let asked = OutsideIssuer::introspection(ISSUER, "api", ClientAuthentication::None);
    let asked = asked.audience(API).introspection_endpoint("https://idp.example/introspect");
    let system = System::with(|builder| {
        builder
            .http_client(servers.clone())
            .outside_issuer(OutsideIssuer::jwt(OTHER).audience(API))
            .outside_issuer(asked)
    })
    .await;
    let world = World { system, idp };
    world.answer(&active());
    assert!(world.accepts("opaque").await);
    assert!(world.accepts(&other.token()).await);
    assert_eq!(world.questions(), 1);
    assert_eq!(world.token_of("opaque").await.issuer(), ISSUER);
    assert_eq!(world.token_of(&other.token()).await.issuer(), OTHER);
}

#[tokio::test]
async fn an_issuer_of_both_kinds_of_tokens_is_asked_about_the_opaque_ones_only() {
    let asked = OutsideIssuer::introspection(ISSUER, "api", ClientAuthentication::None).audience(API);
    let world = world_with(|builder| {
        builder.outside_issuer(OutsideIssuer::jwt(ISSUER).audience(API)).outside_issuer(asked)
    })
    .await;
    world.answer(&active());
    assert!(world.accepts(&world.idp.token()).await);
    assert!(!world.accepts(&world.idp.token_with(json!({"aud": "https://x.example"}))).await);
    let stranger = sign(&ring(SigningAlgorithm::Es256), &world.idp.header(), &world.idp.claims().to_string());
    assert!(!world.accepts(&stranger).await, "its word does not make up for a wrong signature");
    assert_eq!(world.questions(), 0);
    assert!(world.accepts("opaque").await);
    assert_eq!(world.questions(), 1);
}

const OTHER_INTROSPECT: &str = "https://other.example/introspect";

/// An application that asks two issuers about tokens, `ISSUER` first.
async fn world_of_two() -> World {
    let asked = |issuer: &str| {
        let asked = OutsideIssuer::introspection(issuer, "api", ClientAuthentication::None);
        let endpoint = format!("{issuer}/introspect");
        asked.audience(API).introspection_endpoint(endpoint).may_see_others_tokens()
    };
    world_with(|builder| builder.outside_issuer(asked(ISSUER)).outside_issuer(asked(OTHER))).await
}

impl World {
    fn other_answers(&self, document: &Value) {
        self.idp.servers.answer_json(Method::Post, OTHER_INTROSPECT, document);
    }

    /// How often each of the two was asked.
    fn questions_to_both(&self) -> (usize, usize) {
        (self.questions(), self.idp.servers.requests_to(Method::Post, OTHER_INTROSPECT).len())
    }
}

#[tokio::test]
async fn of_several_issuers_the_first_that_calls_a_token_valid_has_issued_it() {
    let world = world_of_two().await;
    world.answer(&active());
    assert_eq!(world.token_of("first").await.issuer(), ISSUER);
    assert_eq!(world.questions_to_both(), (1, 0), "the other one is not shown it");

    world.answer(&json!({"active": false}));
    world.other_answers(&changed(active(), json!({"iss": OTHER})));
    for _ in 0..3 {
        assert_eq!(world.token_of("second").await.issuer(), OTHER);
    }
    assert_eq!(world.questions_to_both(), (2, 1));
    // The first has forgotten its no, and is not asked again as long as the other's yes counts.
    world.system.advance(15);
    assert_eq!(world.token_of("second").await.issuer(), OTHER);
    assert_eq!(world.questions_to_both(), (2, 1));

    world.other_answers(&json!({"active": false}));
    assert_eq!(refusal(world.guard(&oauth_required(), "made-up").await), ErrorKind::InvalidToken);
    assert_eq!(refusal(world.guard(&oauth_required(), "made-up").await), ErrorKind::InvalidToken);
    assert_eq!(world.questions_to_both(), (3, 2));
    // One that says whose it is, is shown to that one only.
    let named =
        Idp { servers: world.idp.servers.clone(), issuer: OTHER, ring: ring(SigningAlgorithm::Es256) };
    assert!(!world.accepts(&named.token()).await);
    assert_eq!(world.questions_to_both(), (3, 3));
}

#[tokio::test]
async fn a_token_that_may_be_of_an_issuer_that_is_down_is_an_outage_and_not_invalid() {
    let world = world_of_two().await;
    world.answer(&active());
    assert!(world.accepts("known").await);
    for (down, up) in [(INTROSPECT, OTHER_INTROSPECT), (OTHER_INTROSPECT, INTROSPECT)] {
        world.idp.servers.fail(Method::Post, down, OutboundFault::Connection);
        world.idp.servers.answer_json(Method::Post, up, &json!({"active": false}));
        let refused = world.guard(&oauth_required(), &format!("whose-{}", down.len())).await.unwrap_err();
        assert_eq!((refused.kind(), refused.status()), (ErrorKind::Unavailable, 503), "{down}");
        assert!(world.accepts("known").await, "what is known goes on");
    }
    // Whose it is once it is known, no outage of the other changes.
    world.idp.servers.fail(Method::Post, INTROSPECT, OutboundFault::Connection);
    world.other_answers(&changed(active(), json!({"iss": OTHER})));
    assert_eq!(world.token_of("theirs").await.issuer(), OTHER);
}
