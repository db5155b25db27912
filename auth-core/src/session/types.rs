//! The record behind a session cookie.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::clock::Timestamp;
use crate::user::UserId;

/// The keyed hash of a session id. Only this is stored, so that a copy of the store opens no session.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct SessionKey([u8; 32]);

impl SessionKey {
    /// The key with these bytes.
    pub const fn new(hash: [u8; 32]) -> Self {
        Self(hash)
    }

    /// The key's bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKey([redacted])")
    }
}

/// The public name of a session: it names one in lists and in the `sid` claim, and opens nothing. It stays the same when
/// the session gets a new id.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct SessionHandle([u8; 16]);

impl SessionHandle {
    /// The handle with these bytes.
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The handle's bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Reads the text form; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }
}

impl fmt::Display for SessionHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

/// How the user was authenticated: the `amr` values of RFC 8176, in the order in which they were used.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Amr(u8);

impl Amr {
    /// A password.
    pub const PWD: Self = Self(1);
    /// A one-time password.
    pub const OTP: Self = Self(1 << 1);
    /// Proof of possession of a hardware-secured key.
    pub const HWK: Self = Self(1 << 2);
    /// Several factors.
    pub const MFA: Self = Self(1 << 3);
    /// Another provider's word.
    pub const FED: Self = Self(1 << 4);

    const NAMES: [(Self, &'static str); 5] =
        [(Self::PWD, "pwd"), (Self::OTP, "otp"), (Self::HWK, "hwk"), (Self::MFA, "mfa"), (Self::FED, "fed")];

    /// Both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether every method of `other` is among these.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The integer that stores keep.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// The methods of a stored integer; unknown bits are dropped.
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits & 0b1_1111)
    }

    /// The methods of these names; unknown names are dropped.
    pub fn from_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        names.into_iter().fold(Self::default(), |amr, name| {
            Self::NAMES.iter().find(|(_, known)| *known == name).map_or(amr, |(method, _)| amr.and(*method))
        })
    }

    /// The names, as the `amr` claim lists them.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES.into_iter().filter(move |(method, _)| self.contains(*method)).map(|(_, name)| name)
    }
}

/// What the store keeps of a session.
#[derive(Clone, Debug)]
pub struct SessionRecord {
    /// The public name.
    pub handle: SessionHandle,
    /// Whose session it is.
    pub user: UserId,
    /// The user's `auth_epoch` at login: the session is dead once that has moved.
    pub epoch: u64,
    /// When the login happened.
    pub created_at: Timestamp,
    /// When it was last used; written at most once a minute.
    pub last_seen_at: Timestamp,
    /// When it ends, however much it is used.
    pub expires_at: Timestamp,
    /// When the user last proved who they are.
    pub auth_time: Timestamp,
    /// How they proved it.
    pub amr: Amr,
    /// Whether the cookie outlives the browser.
    pub remember: bool,
    /// The client's address at login.
    pub ip: Option<IpAddr>,
    /// The browser's name for itself at login, shortened.
    pub user_agent: Option<Arc<str>>,
    /// What only some sessions have; boxed, because most have none.
    pub extra: Option<Box<SessionData>>,
}

/// The rarer part of a session: the client it was made for, the provider it came from, the application's own data.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SessionData {
    /// The OAuth client it was made for; `None` for the application itself.
    pub client: Option<Arc<str>>,
    /// `iss` and `sid` of the provider that logged the user in.
    pub provider: Option<(String, String)>,
    /// The application's data, a JSON object of at most 4 KiB as text.
    pub values: serde_json::Map<String, serde_json::Value>,
    /// Raised by one at each write of `values`.
    pub version: u64,
}

// A quarter of a million sessions fit into 60 MB only as long as this holds (see `store::memory`).
const _: () = assert!(size_of::<SessionRecord>() <= 120);

impl SessionRecord {
    /// The OAuth client it was made for; `None` for the application itself.
    pub fn client(&self) -> Option<&str> {
        self.extra.as_ref()?.client.as_deref()
    }

    /// The version of its data: 0 when it never had any.
    pub fn data_version(&self) -> u64 {
        self.extra.as_ref().map_or(0, |data| data.version)
    }

    /// Whether it has ended at `now`: past its absolute end, or not used for `idle`.
    pub fn is_expired(&self, now: Timestamp, idle: std::time::Duration) -> bool {
        now >= self.expires_at || now >= self.last_seen_at + idle
    }
}
