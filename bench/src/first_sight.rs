//! What verifying an access token costs that was not seen before, over the bare check of its signature.
//!
//! In this process: a request's share of the kernel would hide it. The two take short turns over the same tokens, so that a machine
//! that slows down does so for both; the median of the differences is printed.

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use auth_core::clock::Timestamp;
use auth_core::key::{KeyRing, SigningAlgorithm, SigningKey, VerifyingKey};
use auth_core::random::OsRandom;
use auth_core::token::{AccessClaims, DEFAULT_LEEWAY, TokenVerifier, sign};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::options::Options;
use crate::table::{Row, half_spread, median};

const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);
const ISSUER: &str = "https://app.example";

/// Tokens of a turn, and turns of a round.
const TOKENS: usize = 20;
const TURNS: usize = 200;

/// What may be added to the signature check: a share of it, and this.
const SHARE: f64 = 0.08;
const SLACK: f64 = 2.0;

/// A turn of each, in microseconds for a token.
struct Turn {
    signature: f64,
    whole: f64,
}

pub(crate) fn measure(options: &Options) -> Result<Vec<Row>, Box<dyn Error>> {
    SigningAlgorithm::ALL.into_iter().map(|algorithm| row(algorithm, options.rounds)).collect()
}

fn row(algorithm: SigningAlgorithm, rounds: usize) -> Result<Row, Box<dyn Error>> {
    let key = SigningKey::generate(algorithm, &OsRandom)?;
    let kid = key.kid().to_owned();
    let ring = KeyRing::of(vec![key])?;
    let key = ring.verifying_key(&kid, NOW).ok_or("the ring lacks its own key")?;
    let mut turns = Vec::new();
    for number in 0..rounds * TURNS {
        turns.push(turn(number, &ring, key)?);
    }
    let signature = median(turns.iter().map(|turn| turn.signature).collect());
    let beyond = || turns.iter().map(|turn| turn.whole - turn.signature).collect();
    let (difference, spread) = (median(beyond()), half_spread(beyond()));
    let bar = signature * SHARE + SLACK;
    Ok(Row {
        what: format!("token not seen before, over its signature check, {}", algorithm.name()),
        rate: None,
        measured: format!("{:.2} µs", median(turns.iter().map(|turn| turn.whole).collect())),
        beside: format!("{signature:.2} µs"),
        difference: format!("{difference:+.2} ± {spread:.2} µs"),
        bar: format!("8 % + 2 µs = {bar:.2} µs"),
        passes: Some(difference <= bar),
    })
}

/// A verifier of its own for each turn, so that none of the tokens was seen before and nothing is evicted.
fn turn(number: usize, ring: &KeyRing, key: &VerifyingKey) -> Result<Turn, Box<dyn Error>> {
    let verifier = TokenVerifier::new(ISSUER, ISSUER, DEFAULT_LEEWAY)?;
    let tokens: Vec<String> = (0..=TOKENS)
        .map(|token| sign(ring, &claims(number * (TOKENS + 1) + token), NOW))
        .collect::<Result<_, _>>()?;
    let bare: Vec<_> = tokens.iter().map(|token| bare(token)).collect::<Result<_, Box<dyn Error>>>()?;
    // The first one of each wakes the processor and fills the tables.
    let (warm, tokens) = tokens.split_first().ok_or("no tokens")?;
    verifier.verify(warm, ring, NOW)?;
    let begun = Instant::now();
    let valid =
        bare[1..].iter().filter(|(signed, signature)| key.is_valid(black_box(signed), signature)).count();
    let signature = begun.elapsed();
    let begun = Instant::now();
    for token in tokens {
        black_box(verifier.verify(black_box(token), ring, NOW))?;
    }
    let whole = begun.elapsed();
    if valid != TOKENS {
        return Err("a signature of our own was refused".into());
    }
    Ok(Turn { signature: each(signature), whole: each(whole) })
}

fn each(turn: Duration) -> f64 {
    turn.as_secs_f64() * 1e6 / TOKENS as f64
}

/// What is signed, and the signature.
type Bare<'t> = (&'t [u8], Vec<u8>);

fn bare(token: &str) -> Result<Bare<'_>, Box<dyn Error>> {
    let (signed, signature) = token.rsplit_once('.').ok_or("a token has parts")?;
    Ok((signed.as_bytes(), URL_SAFE_NO_PAD.decode(signature)?))
}

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
