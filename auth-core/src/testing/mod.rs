//! What tests need: a clock that is moved by hand, randomness that repeats, and the store conformance suite.
//!
//! Only with the cargo feature `testing`; nothing of it belongs into a program that serves people.

mod clock;
mod random;
#[expect(clippy::unwrap_used, reason = "a case that fails is a test that panics")]
pub mod store;

pub use self::clock::ManualClock;
pub use self::random::SeededRandom;
