//! What verifying an access token costs: the bare signature check, a token not seen before, a token seen before.
//!
//! `cargo bench -p auth-core --bench token`

use std::hint::black_box;
use std::time::{Duration, Instant};

use auth_core::clock::Timestamp;
use auth_core::key::{ApplicationSecrets, KeyRing, SigningAlgorithm, SigningKey, VerifyingKey};
use auth_core::random::OsRandom;
use auth_core::token::{AccessClaims, DEFAULT_LEEWAY, TokenVerifier, sign};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use criterion::{Criterion, criterion_group, criterion_main};

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
            bencher.iter_custom(|times| beyond(&tokens, &bare, &ring, public, times));
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

/// What verifying takes beyond the signature check, the two measured in turn over the same tokens, so that a machine
/// that slows down does so for both.
fn beyond(
    tokens: &[String],
    bare: &[Bare<'_>],
    ring: &KeyRing,
    public: &VerifyingKey,
    times: u64,
) -> Duration {
    const TURN: usize = 20;
    let (mut whole, mut part) = (Duration::ZERO, Duration::ZERO);
    let mut left = usize::try_from(times).unwrap_or(usize::MAX);
    while left > 0 {
        let verifier = verifier();
        let batch = left.min(tokens.len());
        for (tokens, bare) in tokens[..batch].chunks(TURN).zip(bare[..batch].chunks(TURN)) {
            let start = Instant::now();
            bare.iter().for_each(|bare| assert!(bare.is_valid(public)));
            part += start.elapsed();
            whole += verify_each(&verifier, tokens, ring);
        }
        left -= batch;
    }
    // Criterion divides by it.
    whole.saturating_sub(part).max(Duration::from_nanos(1))
}

fn verify_each(verifier: &TokenVerifier, tokens: &[String], ring: &KeyRing) -> Duration {
    let start = Instant::now();
    for token in tokens {
        black_box(verifier.verify(token, ring, NOW)).expect("the token is right");
    }
    start.elapsed()
}

/// A token's signature, decoded, and what it is over.
struct Bare<'t> {
    signed: &'t str,
    signature: Vec<u8>,
}

impl<'t> Bare<'t> {
    fn of(token: &'t str) -> Self {
        let (signed, signature) = token.rsplit_once('.').expect("a token has parts");
        Self { signed, signature: URL_SAFE_NO_PAD.decode(signature).expect("a signature is base64url") }
    }

    fn is_valid(&self, key: &VerifyingKey) -> bool {
        key.is_valid(black_box(self.signed.as_bytes()), black_box(&self.signature))
    }
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
