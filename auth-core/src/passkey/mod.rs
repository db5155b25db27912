//! Passkeys: Web Authentication (Level 3), to log in by alone, as a second factor, and to prove once more who one is.
//!
//! Verified by [`webauthn-rs-core`](https://docs.rs/webauthn-rs-core), which is kept (last released within weeks of this writing, used and
//! reviewed with kanidm) and free of OpenSSL, where `webauthn_rp`, the stricter one, has been without a release for a year and a half. Its
//! safe wrapper, `webauthn-rs`, ties whether a user has to be verified to the kind of credential and keeps its own states, so the core
//! below it is asked, for the statement and the signature alone: what it does not look at (members that stand twice in CBOR and
//! `clientDataJSON`, `crossOrigin`, bytes behind the end, ids that differ) is refused by a strict reader before it sees anything. The
//! price is no EdDSA, which no authenticator has alone, and its dependencies, which is why all of this is a cargo feature, `passkeys`.
//!
//! 1. A ceremony is begun by a route, kept on the server for 5 minutes under a hash of its challenge, its purpose and whose it is (the
//!    browser, the login that waits there, the session), and taken by the first who brings all three. The challenge is read from
//!    `clientDataJSON`, which the authenticator signed, and from nowhere else.
//! 2. The page has to be of one of the origins, whole (scheme, host, port), in nobody's frame, and the credential of this relying party.
//! 3. Somebody has to have been there. Where the passkey is the only proof the authenticator has to have verified them, now and when it
//!    was made: one that was made without is a second factor for good, and is looked up as nothing else.
//! 4. By itself a passkey has to say whose it is, and that is compared. A second factor has to be of the account whose login waits, a
//!    proof once more of the session's own user.
//! 5. A signature counter that is not above the kept one, unless both are 0, is refused and told of as an event; the kept one stays.
//! 6. A login with a name is answered like one without, and names no passkey, so that nobody learns who has an account.
//! 7. A passkey is made in a session of a recent login, and goes like any factor; the last way to log in stays.
//!
//! What an authenticator says of itself (its model, whether it verified anybody, whether it can be copied) is its own word: no statement
//! is asked for, and of those that come along the signature has to be right, but not whose it is.
//!
//! Configured by [`PasskeyConfig`] and turned on by [`AuthBuilder::passkeys`](crate::AuthBuilder::passkeys), which the cargo feature
//! brings.
//!
//! [Web Authentication Level 3](https://www.w3.org/TR/webauthn-3/), RFC 9052 and RFC 9053 (keys), RFC 8949 (CBOR), RFC 8176 (`amr`).

mod authenticators;
mod ceremony;
mod check;
mod config;
mod kept;
mod library;
mod list;
mod login;
mod options;
mod public_key;
mod read;
mod register;
mod service;
mod sign_up;
#[cfg(test)]
#[cfg(feature = "passkeys")]
mod tests;
mod ways;

pub use self::config::PasskeyConfig;
pub use self::kept::Passkey;

pub(crate) use self::ceremony::Newcomer;
pub(crate) use self::read::is_strict;
pub(crate) use self::register::NewlyMade;
pub(crate) use self::service::{PasskeyParts, Passkeys};
pub(crate) use self::sign_up::{NewPasskeyOfNobody, is_somebodys};
pub(crate) use self::ways::{OtherWay, OtherWays, PasskeyWays};
