//! What verifying another issuer's token costs while its keys are in the cache, beside the bare signature check.
//!
//! `cargo bench -p auth-core --bench issuer --features testing`

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use auth_core::clock::{SystemClock, Timestamp};
use auth_core::issuer::{Claims, IssuerConfig, Issuers, JwsAlgorithm, OutsideJws, OutsideVerifier};
use auth_core::key::{KeyRing, SigningAlgorithm, SigningKey};
use auth_core::outbound::{Method, Outbound, OutboundConfig, OutboundUrl};
use auth_core::random::OsRandom;
use auth_core::testing::FakeHttpClient;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use criterion::{Criterion, criterion_group, criterion_main};
use serde_json::json;
use tokio::runtime::Runtime;

use self::support::{Bare, beyond};

mod support;

const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);
const JWKS: &str = "https://idp.example/jwks";
const TOKENS: usize = 1000;

/// The claims that an access token of RFC 9068 has.
fn payload(number: usize) -> String {
    json!({
        "iss": "https://idp.example",
        "sub": "0190c3f2-8d4e-7c31-9b0a-2f1e6d5c4b3a",
        "aud": "https://api.example",
        "exp": 4_102_444_800_u64,
        "iat": 1_700_000_000,
        "jti": format!("{number:022}"),
        "client_id": "reports",
        "scope": "reports:read profile",
        "auth_time": 1_700_000_000,
        "sid": "Zm9vYmFyYmF6cXV4MTIzNA",
    })
    .to_string()
}

fn token(key: &SigningKey, number: usize) -> String {
    let header = json!({"alg": key.algorithm().name(), "typ": "at+jwt", "kid": key.kid()}).to_string();
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let message = format!("{}.{}", part(&header), part(&payload(number)));
    let signature = key.sign(message.as_bytes()).expect("it signs");
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// Whose keys are in the cache already.
struct Warm {
    runtime: Runtime,
    issuers: Issuers,
    jwks_uri: OutboundUrl,
    accepted: Vec<JwsAlgorithm>,
}

impl Warm {
    fn new(ring: &KeyRing, algorithm: SigningAlgorithm) -> Self {
        let servers = FakeHttpClient::default();
        let keys = serde_json::from_str(&ring.jwks(NOW)).expect("a key set is JSON");
        servers.answer_json(Method::Get, JWKS, &keys);
        let outbound = Outbound::new(Arc::new(servers), OutboundConfig::default());
        Self {
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .build()
                .expect("there is a runtime"),
            issuers: Issuers::new(outbound, Arc::new(SystemClock), IssuerConfig::default()),
            jwks_uri: OutboundUrl::parse(JWKS).expect("it is a URL"),
            accepted: vec![algorithm.into()],
        }
    }

    fn verify_each(&self, tokens: &[String]) -> Duration {
        self.runtime.block_on(async {
            let start = Instant::now();
            for token in tokens {
                black_box(self.claims(token).await);
            }
            start.elapsed()
        })
    }

    async fn claims(&self, token: &str) -> Claims {
        let jws = OutsideJws::parse(black_box(token)).expect("it is a token");
        self.issuers.claims(&self.jwks_uri, &jws, &self.accepted).await.expect("the signature is right")
    }
}

fn verification(c: &mut Criterion) {
    for algorithm in [SigningAlgorithm::EdDsa, SigningAlgorithm::Es256, SigningAlgorithm::Rs256] {
        // RS256 is not signed with by every backend.
        let Ok(key) = SigningKey::generate(algorithm, &OsRandom) else { continue };
        let ring = KeyRing::of(vec![key]).expect("one key is a ring");
        let key = ring.signer(NOW).expect("it signs");
        let tokens: Vec<String> = (0..TOKENS).map(|number| token(key, number)).collect();
        let bare: Vec<Bare<'_>> = tokens.iter().map(|token| Bare::of(token)).collect();
        let warm = Warm::new(&ring, algorithm);
        warm.runtime.block_on(warm.claims(&tokens[0]));

        c.bench_function(&format!("outside {algorithm}/signature alone"), |bencher| {
            let mut turns = bare.iter().cycle();
            bencher.iter(|| turns.next().is_some_and(|bare| bare.is_valid(key.verifying_key())));
        });

        c.bench_function(&format!("outside {algorithm}/not seen before, beyond its signature"), |bencher| {
            bencher.iter_custom(|times| {
                beyond(&bare, key.verifying_key(), times, |turn| warm.verify_each(&tokens[turn]))
            });
        });

        c.bench_function(&format!("outside {algorithm}/seen before"), |bencher| {
            let verifier = OutsideVerifier::new(warm.issuers.clone(), warm.accepted.clone());
            bencher.iter(|| warm.runtime.block_on(verifier.verify(&warm.jwks_uri, black_box(&tokens[0]))));
        });
    }
}

criterion_group!(benches, verification);
criterion_main!(benches);
