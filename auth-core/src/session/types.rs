//! The record behind a session cookie.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::login::{Amr, FactorTimes, Method};
use crate::token::SessionHandle;
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

/// The rarer part of a session: the client it was made for, the provider it came from, when factors were shown, the application's own
/// data, and whom to tell of its end.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SessionData {
    /// The OAuth client it was made for; `None` for the application itself.
    pub client: Option<Arc<str>>,
    /// The provider that logged the user in.
    pub provider: Option<ProviderSession>,
    /// When its user showed second factors, of those that were at another time than its `auth_time`.
    pub factor_times: FactorTimes,
    /// The OAuth clients that are told when it ends (OpenID Connect Back-Channel Logout 1.0), by their ids.
    pub told_clients: Vec<Arc<str>>,
    /// The application's data, a JSON object of at most 4 KiB as text.
    pub values: serde_json::Map<String, serde_json::Value>,
    /// Raised by one at each write of `values`.
    pub version: u64,
}

/// The session at a provider that a session here came from.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct ProviderSession {
    /// The registry entry of the provider.
    pub provider: String,
    /// The issuer, as in the linked account.
    pub issuer: String,
    /// The id of the linked account, as routes carry it.
    pub account: String,
    /// The provider's name of its session, if it gives any (OpenID Connect Back-Channel Logout 1.0 section 2.1).
    pub sid: Option<String>,
    /// The ID token, sealed, as the `id_token_hint` of RP-Initiated Logout 1.0 section 2; `None` where it is not needed.
    pub id_token: Option<Vec<u8>>,
}

// A quarter of a million sessions fit into 60 MB only as long as this holds (see `store::memory`).
const _: () = assert!(size_of::<SessionRecord>() <= 120);

impl SessionRecord {
    /// The OAuth client it was made for; `None` for the application itself.
    pub fn client(&self) -> Option<&str> {
        self.extra.as_ref()?.client.as_deref()
    }

    /// The OAuth clients that are told when it ends.
    pub fn told_clients(&self) -> &[Arc<str>] {
        self.extra.as_ref().map_or(&[], |data| &data.told_clients)
    }

    /// The session at a provider that it came from.
    pub fn provider(&self) -> Option<&ProviderSession> {
        self.extra.as_ref()?.provider.as_ref()
    }

    /// When this factor was last shown in it, if it ever was, which `amr` says: with the last proof, unless that was by another one.
    pub fn factor_time(&self, factor: Method) -> Timestamp {
        let kept = self.extra.as_ref().and_then(|data| data.factor_times.get(factor));
        kept.unwrap_or(self.auth_time)
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
