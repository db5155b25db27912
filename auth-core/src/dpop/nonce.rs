//! Nonces that proofs have to bear (RFC 9449 section 8): a time that only we can have written, so that nothing is kept.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq as _;

use crate::clock::Timestamp;
use crate::key::KeyedHash;

/// How long a nonce is taken: clients keep it until they are told of another, and need not ask each time.
pub(super) const NONCE_LIFE: Duration = Duration::from_secs(5 * 60);

/// By how much the clocks of two servers may differ.
const LEEWAY: Duration = Duration::from_secs(10);

/// How much of the hash a nonce has, in bytes: 128 bits, which nobody guesses.
const TAG_LEN: usize = 16;

/// A version of the secret, a time, and the hash of that.
const LEN: usize = 1 + 8 + TAG_LEN;

/// The nonce of this moment.
pub(super) fn issue(hash: &KeyedHash, now: Timestamp) -> String {
    let time = now.unix_seconds().to_be_bytes();
    let tag = hash.hash(&time);
    URL_SAFE_NO_PAD.encode([&[hash.current_version()], &time[..], &tag[..TAG_LEN]].concat())
}

/// Until when a nonce is taken; `None` for one that is not, or not any more.
pub(super) fn end_of(hash: &KeyedHash, nonce: &str, now: Timestamp) -> Option<Timestamp> {
    let bytes: [u8; LEN] = URL_SAFE_NO_PAD.decode(nonce).ok()?.try_into().ok()?;
    let (version, rest) = bytes.split_first()?;
    let (time, tag) = rest.split_first_chunk::<8>()?;
    let right = hash.hash_with(*version, time)?;
    let is_ours: bool = right[..TAG_LEN].ct_eq(tag).into();
    if !is_ours {
        return None;
    }
    let made_at = Timestamp::from_unix_seconds(i64::from_be_bytes(*time));
    let end = made_at + NONCE_LIFE;
    (now < end && made_at <= now + LEEWAY).then_some(end)
}
