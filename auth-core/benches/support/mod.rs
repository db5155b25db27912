//! The bare signature check, which verifying a token is measured against.

use std::hint::black_box;
use std::ops::Range;
use std::time::{Duration, Instant};

use auth_core::key::VerifyingKey;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A token's signature, decoded, and what it is over.
pub(crate) struct Bare<'t> {
    signed: &'t str,
    signature: Vec<u8>,
}

impl<'t> Bare<'t> {
    pub(crate) fn of(token: &'t str) -> Self {
        let (signed, signature) = token.rsplit_once('.').expect("a token has parts");
        Self { signed, signature: URL_SAFE_NO_PAD.decode(signature).expect("a signature is base64url") }
    }

    pub(crate) fn is_valid(&self, key: &VerifyingKey) -> bool {
        key.is_valid(black_box(self.signed.as_bytes()), black_box(&self.signature))
    }
}

/// What `verify`, which takes the tokens of a range and says how long that took, takes beyond the signature check. The two are
/// measured in turn over the same tokens, so that a machine that slows down does so for both. A range from 0 begins anew.
pub(crate) fn beyond(
    bare: &[Bare<'_>],
    key: &VerifyingKey,
    times: u64,
    mut verify: impl FnMut(Range<usize>) -> Duration,
) -> Duration {
    const TURN: usize = 20;
    let (mut whole, mut part) = (Duration::ZERO, Duration::ZERO);
    let mut left = usize::try_from(times).unwrap_or(usize::MAX);
    while left > 0 {
        let batch = left.min(bare.len());
        for start in (0..batch).step_by(TURN) {
            let turn = start..batch.min(start + TURN);
            let begun = Instant::now();
            bare[turn.clone()].iter().for_each(|bare| assert!(bare.is_valid(key)));
            part += begun.elapsed();
            whole += verify(turn);
        }
        left -= batch;
    }
    // Criterion divides by it.
    whole.saturating_sub(part).max(Duration::from_nanos(1))
}
