//! What a request with another issuer's access token costs at its guard, while the issuer's keys are in the cache: with a token seen
//! before, and with a new one beyond the bare signature check.
//!
//! `cargo bench -p auth-core --bench outside --features testing`

use std::borrow::Cow;
use std::hint::black_box;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use auth_core::access::require_oauth;
use auth_core::adapter::Slot;
use auth_core::clock::Timestamp;
use auth_core::http::{RequestView, ResponseHead};
use auth_core::key::{KeyRing, SigningAlgorithm, SigningKey};
use auth_core::outbound::Method;
use auth_core::random::OsRandom;
use auth_core::resource::OutsideIssuer;
use auth_core::store::MemoryStore;
use auth_core::testing::{FakeHttpClient, ManualClock};
use auth_core::{Auth, Requirement};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use criterion::{Criterion, criterion_group, criterion_main};
use serde_json::json;
use tokio::runtime::{Builder, Runtime};

use self::support::{Bare, beyond};

mod support;

const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);
const ISSUER: &str = "https://idp.example";
const API: &str = "https://api.example";
const TOKENS: usize = 1000;

/// A request with one header line.
struct View<'a>(&'a str);

impl RequestView for View<'_> {
    fn method(&self) -> &str {
        "GET"
    }

    fn path(&self) -> &str {
        "/reports"
    }

    fn query(&self) -> Option<&str> {
        None
    }

    fn raw_header_lines<'a>(&'a self, name: &'static str) -> impl Iterator<Item = &'a [u8]> {
        (name == "authorization").then_some(self.0.as_bytes()).into_iter()
    }

    fn peer(&self) -> Option<IpAddr> {
        None
    }
}

/// Takes what the layer adds and keeps none of it.
struct Discard;

impl ResponseHead for Discard {
    fn lines<'a>(&'a self, name: &'static str) -> impl Iterator<Item = &'a [u8]> {
        black_box(name);
        std::iter::empty()
    }

    fn append(&mut self, name: &'static str, value: Cow<'static, str>) {
        black_box((name, value));
    }

    fn remove(&mut self, name: &'static str) {
        black_box(name);
    }

    fn remove_ending(&mut self, end: &'static str) -> bool {
        black_box(end).is_empty()
    }
}

fn token(key: &SigningKey, number: usize) -> String {
    let header = json!({"alg": key.algorithm().name(), "typ": "at+jwt", "kid": key.kid()}).to_string();
    let claims = json!({
        "iss": ISSUER, "sub": "0190c3f2-8d4e-7c31-9b0a-2f1e6d5c4b3a", "aud": API, "exp": 4_102_444_800_u64,
        "iat": 1_700_000_000, "jti": format!("{number:022}"), "client_id": "reports",
        "scope": "reports:read profile", "auth_time": 1_700_000_000,
    });
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let message = format!("{}.{}", part(&header), part(&claims.to_string()));
    let signature = key.sign(message.as_bytes()).expect("it signs");
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// An application that takes the tokens of this ring's keys.
async fn auth(ring: &KeyRing) -> Auth {
    let servers = FakeHttpClient::default();
    let metadata = json!({"issuer": ISSUER, "jwks_uri": "https://idp.example/jwks"});
    servers.answer_json(Method::Get, "https://idp.example/.well-known/openid-configuration", &metadata);
    let keys = serde_json::from_str(&ring.jwks(NOW)).expect("a key set is JSON");
    servers.answer_json(Method::Get, "https://idp.example/jwks", &keys);
    Auth::builder()
        .base_url("http://localhost:3000")
        .secret_text("cBh6w0Lq7oVYjWnq1x0m4c9hJr2pDk8sTtUeZyXvGfA=")
        .store(MemoryStore::new())
        .clock(Arc::new(ManualClock::new(NOW)))
        .http_client(servers)
        .outside_issuer(OutsideIssuer::jwt(ISSUER).audience(API))
        .build()
        .await
        .expect("the settings are right")
}

/// The layer's part and the guard's, as an adapter calls them.
async fn guarded(auth: &Auth, header: &str, requirement: &Requirement) {
    let slot = Slot::new(auth);
    slot.guard(black_box(&View(header)), requirement).await.expect("the token is valid");
    assert!(slot.settle(200).is_none());
    slot.commit(&mut Discard);
}

fn guard_each(runtime: &Runtime, auth: &Auth, headers: &[String]) -> Duration {
    let requirement = require_oauth("reports:read");
    runtime.block_on(async {
        let start = Instant::now();
        for header in headers {
            guarded(auth, header, &requirement).await;
        }
        start.elapsed()
    })
}

fn guards(c: &mut Criterion) {
    let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime starts");
    for algorithm in [SigningAlgorithm::EdDsa, SigningAlgorithm::Es256, SigningAlgorithm::Rs256] {
        // RS256 is not signed with by every backend.
        let Ok(key) = SigningKey::generate(algorithm, &OsRandom) else { continue };
        let ring = KeyRing::of(vec![key]).expect("one key is a ring");
        let key = ring.signer(NOW).expect("it signs");
        let tokens: Vec<String> = (0..TOKENS).map(|number| token(key, number)).collect();
        let headers: Vec<String> = tokens.iter().map(|token| format!("Bearer {token}")).collect();
        let bare: Vec<Bare<'_>> = tokens.iter().map(|token| Bare::of(token)).collect();
        let auth_now = || runtime.block_on(auth(&ring));

        c.bench_function(&format!("outside guard {algorithm}/signature alone"), |bencher| {
            let mut turns = bare.iter().cycle();
            bencher.iter(|| turns.next().is_some_and(|bare| bare.is_valid(key.verifying_key())));
        });

        c.bench_function(
            &format!("outside guard {algorithm}/not seen before, beyond its signature"),
            |bencher| {
                bencher.iter_custom(|times| {
                    let mut fresh = auth_now();
                    beyond(&bare, key.verifying_key(), times, |turn| {
                        if turn.start == 0 {
                            // Keys in the cache, and no token; the last one is not among those that are measured first.
                            fresh = auth_now();
                            guard_each(&runtime, &fresh, &headers[TOKENS - 1..]);
                        }
                        guard_each(&runtime, &fresh, &headers[turn])
                    })
                });
            },
        );

        let auth = auth_now();
        c.bench_function(&format!("outside guard {algorithm}/seen before"), |bencher| {
            let requirement = require_oauth("reports:read");
            bencher.to_async(&runtime).iter(|| guarded(&auth, &headers[0], &requirement));
        });
    }
}

criterion_group!(benches, guards);
criterion_main!(benches);
