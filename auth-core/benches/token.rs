//! What verifying an access token costs: the bare signature check, a token not seen before, a token seen before.
//!
//! `cargo bench -p auth-core --bench token`

use std::hint::black_box;
use std::time::{Duration, Instant};

use auth_core::clock::Timestamp;
use auth_core::key::{ApplicationSecrets, KeyRing, SigningAlgorithm, SigningKey};
use auth_core::random::OsRandom;
use auth_core::token::{AccessClaims, DEFAULT_LEEWAY, TokenVerifier, sign};
use criterion::{Criterion, criterion_group, criterion_main};

use self::support::{Bare, beyond};

mod support;

const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);
const ISSUER: &str = "https://app.example";

/// More tokens than fit would measure evictions too; a fresh verifier takes over when all have been seen.
const TOKENS: usize = 1000;

fn claims(number: usize) -> AccessClaims {
    AccessClaims {
        iss: ISSUER.to_owned(),
        sub: "0190c3f2-8d4e-7c31-9b0a-2f1e6d5c4b3a".to_owned(),
        aud: vec![ISSUER.to_owned()],
        exp: NOW + Duration::from_secs(900),
        iat: NOW,
        nbf: None,
        jti: format!("{number:022}"),
        client_id: "first-party".to_owned(),
        scope: "reports:read profile".to_owned(),
        auth_time: Some(NOW),
        amr: vec!["pwd".to_owned()],
        sid: Some("Zm9vYmFyYmF6cXV4MTIzNA".to_owned()),
        family: None,
        account: None,
        cnf: None,
        act: None,
        exchanged: false,
        auth_epoch: Some(0),
    }
}

fn verifier() -> TokenVerifier {
    TokenVerifier::new(ISSUER, ISSUER, DEFAULT_LEEWAY).expect("the settings are right")
}

fn verification(c: &mut Criterion) {
    for algorithm in SigningAlgorithm::ALL {
        // RS256 is not signed with by every backend.
        let Ok(key) = SigningKey::generate(algorithm, &OsRandom) else { continue };
        let kid = key.kid().to_owned();
        let ring = KeyRing::of(vec![key]).expect("one key is a ring");
        let tokens: Vec<String> =
            (0..TOKENS).map(|number| sign(&ring, &claims(number), NOW).expect("it signs")).collect();

        let public = ring.verifying_key(&kid, NOW).expect("the key is there");
        let bare: Vec<Bare<'_>> = tokens.iter().map(|token| Bare::of(token)).collect();
        c.bench_function(&format!("{algorithm}/signature alone"), |bencher| {
            let mut turns = bare.iter().cycle();
            bencher.iter(|| turns.next().is_some_and(|bare| bare.is_valid(public)));
        });

        c.bench_function(&format!("{algorithm}/not seen before"), |bencher| {
            bencher.iter_custom(|times| verify_new(&tokens, &ring, times));
        });

        c.bench_function(&format!("{algorithm}/not seen before, beyond its signature"), |bencher| {
            let mut new = verifier();
            bencher.iter_custom(|times| {
                beyond(&bare, public, times, |turn| {
                    if turn.start == 0 {
                        new = verifier();
                    }
                    verify_each(&new, &tokens[turn], &ring)
                })
            });
        });

        let verifier = verifier();
        c.bench_function(&format!("{algorithm}/seen before"), |bencher| {
            bencher.iter(|| verifier.verify(black_box(&tokens[0]), &ring, NOW));
        });
    }
}

fn verify_new(tokens: &[String], ring: &KeyRing, times: u64) -> Duration {
    let mut spent = Duration::ZERO;
    let mut left = usize::try_from(times).unwrap_or(usize::MAX);
    while left > 0 {
        let verifier = verifier();
        let batch = &tokens[..left.min(tokens.len())];
        spent += verify_each(&verifier, batch, ring);
        left -= batch.len();
    }
    spent
}

fn verify_each(verifier: &TokenVerifier, tokens: &[String], ring: &KeyRing) -> Duration {
    let start = Instant::now();
    for token in tokens {
        black_box(verifier.verify(token, ring, NOW)).expect("the token is right");
    }
    start.elapsed()
}

fn signing(c: &mut Criterion) {
    for algorithm in SigningAlgorithm::ALL {
        let Ok(key) = SigningKey::generate(algorithm, &OsRandom) else { continue };
        let ring = KeyRing::of(vec![key]).expect("one key is a ring");
        let claims = claims(0);
        c.bench_function(&format!("{algorithm}/sign"), |bencher| bencher.iter(|| sign(&ring, &claims, NOW)));
    }
}

fn keyed_hash(c: &mut Criterion) {
    let secrets = ApplicationSecrets::from_text("cBh6w0Lq7oVYjWnq1x0m4c9hJr2pDk8sTtUeZyXvGfA=")
        .expect("the secret is long enough");
    let hash = secrets.keyed_hash("session id");
    c.bench_function("keyed hash of 32 bytes", |bencher| bencher.iter(|| hash.hash(black_box(&[7; 32]))));
}

criterion_group!(benches, verification, signing, keyed_hash);
criterion_main!(benches);
