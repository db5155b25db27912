//! Epochs without a column of Django's.
//!
//! Django ends a session when the password field has changed since it began. So does this: an account that we never changed has
//! an epoch derived from that field, and a row of our own holds the epoch for as long as the password is the one that the row
//! was written for.

use auth_core::user::UserId;
use sha2::{Digest as _, Sha256};

/// Epochs travel in the JSON of access tokens, where integers are exact up to 2^53 (RFC 8259 section 6).
const EPOCH_BITS: u32 = 53;

/// What a row of ours says of an account.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    /// Of the password that the row was written for.
    pub(super) mark: String,
    pub(super) epoch: u64,
    /// Django's session hashes of the same password under encodings that we replaced, in hex.
    pub(super) session_hashes: Vec<String>,
}

/// The row of ours, as long as nobody else changed the password since it was written.
pub(super) fn still_kept<'a>(kept: Option<&'a Kept>, id: &UserId, password: &str) -> Option<&'a Kept> {
    kept.filter(|kept| kept.mark == mark(id, password))
}

/// The account's epoch.
pub(super) fn current(kept: Option<&Kept>, id: &UserId, password: &str) -> u64 {
    still_kept(kept, id, password).map_or_else(|| derived(id, password), |kept| kept.epoch)
}

/// The epoch that follows.
pub(super) fn next(epoch: u64) -> u64 {
    (epoch + 1) % (1 << EPOCH_BITS)
}

/// Tells one stored password from any other, and nothing else of it: what is hashed is a salted hash already.
pub(super) fn mark(id: &UserId, password: &str) -> String {
    let hash = digest("password mark", id, password);
    hash[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn derived(id: &UserId, password: &str) -> u64 {
    let hash = digest("epoch", id, password);
    let first = hash.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
    first >> (u64::BITS - EPOCH_BITS)
}

/// Each part with its length, so that no two inputs read alike.
fn digest(purpose: &str, id: &UserId, password: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in ["auth-store django", purpose, id.as_str(), password] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> UserId {
        UserId::new("7")
    }

    #[test]
    fn an_epoch_moves_with_the_password_field_alone() {
        assert_eq!(current(None, &id(), "one"), current(None, &id(), "one"));
        assert_ne!(current(None, &id(), "one"), current(None, &id(), "two"));
        assert_ne!(current(None, &id(), "one"), current(None, &UserId::new("8"), "one"));
        assert!(current(None, &id(), "one") < 1 << EPOCH_BITS);
    }

    #[test]
    fn a_row_counts_only_for_the_password_it_was_written_for() {
        let kept = Kept { mark: mark(&id(), "one"), epoch: 5, session_hashes: Vec::new() };
        assert_eq!(current(Some(&kept), &id(), "one"), 5);
        assert_eq!(current(Some(&kept), &id(), "two"), current(None, &id(), "two"));
    }

    #[test]
    fn the_last_epoch_is_followed_by_the_first() {
        assert_eq!(next((1 << EPOCH_BITS) - 1), 0);
        assert_eq!(next(5), 6);
    }
}
