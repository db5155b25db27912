//! Reserving, giving back, clearing.

use std::net::IpAddr;
use std::sync::{Arc, Once};
use std::time::Duration;

use crate::clock::Clock;
use crate::error::Error;
use crate::key::KeyedHash;
use crate::short_lived::{Quota, ShortLivedStore};
use crate::user::{LoginName, UserId};

use super::{Limit, ThrottleConfig};

/// How many counters each limit has for what is without number: names that nobody has, and networks. They are hashed down to
/// these, so that a flood of them fills no memory; two that share one are limited together, which is only stricter: no
/// success clears them. The hash is keyed: nobody can aim.
const BUCKETS: u64 = 1 << 18;

/// Said once: a server that knows no addresses would fill its log.
static WARNED: Once = Once::new();

/// The longest wait that is told, for limits that time alone does not lift too.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// Who an attempt is counted against.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Subject<'a> {
    /// An account, by whatever name it was called.
    Account(&'a UserId),
    /// A name that no account has.
    Unknown(&'a LoginName),
}

/// The limits on guessing.
#[derive(Clone, Debug)]
#[doc(alias("rate_limit", "lockout"))]
pub struct Throttle {
    config: ThrottleConfig,
    store: Arc<dyn ShortLivedStore>,
    clock: Arc<dyn Clock>,
    hash: KeyedHash,
}

/// An attempt that was let through and is not decided yet.
#[derive(Debug)]
#[must_use = "an attempt that is neither succeeded nor abandoned counts as a failure"]
pub(crate) struct Attempt {
    account: Vec<Quota>,
    shared: Vec<Quota>,
}

impl Throttle {
    pub(crate) fn new(
        config: ThrottleConfig,
        store: Arc<dyn ShortLivedStore>,
        clock: Arc<dyn Clock>,
        hash: KeyedHash,
    ) -> Self {
        Self { config, store, clock, hash }
    }

    /// Takes one attempt with a kind of credential.
    ///
    /// # Errors
    /// `TooManyAttempts` with the time to wait; `Unavailable`.
    pub(crate) async fn reserve(
        &self,
        credential: &'static str,
        subject: Subject<'_>,
        network: Option<IpAddr>,
    ) -> Result<Attempt, Error> {
        if !self.config.is_on {
            return Ok(Attempt { account: Vec::new(), shared: Vec::new() });
        }
        if network.is_none() {
            WARNED.call_once(|| tracing::warn!("a client's address is unknown: its network is not limited"));
        }
        let account = self.account_quotas(credential, subject);
        let shared = self.shared_quotas(credential, network);
        let all = [account.as_slice(), &shared].concat();
        match self.store.reserve(&all, self.clock.now()).await? {
            Ok(()) => Ok(Attempt { account, shared }),
            Err(wait) => Err(Error::too_many_attempts(wait.min(LONGEST_WAIT))),
        }
    }

    /// Takes one turn at something that costs no guess and yet costs: room in a store, say. It is the network that is limited, so
    /// that no other one can use up everybody's turns; without a network, all together.
    ///
    /// # Errors
    /// `TooManyAttempts` with the time to wait; `Unavailable`.
    pub(crate) async fn take_turn(&self, kind: &'static str, network: Option<IpAddr>) -> Result<(), Error> {
        if !self.config.is_on {
            return Ok(());
        }
        let reserved = self.store.reserve(&self.turns(kind, network), self.clock.now()).await?;
        reserved.map_err(|wait| Error::too_many_attempts(wait.min(LONGEST_WAIT)))
    }

    /// Gives a turn back to whom it served: an office that logs in by one provider every morning is no flood.
    pub(crate) async fn give_turn_back(&self, kind: &'static str, network: Option<IpAddr>) {
        if !self.config.is_on {
            return;
        }
        if let Err(error) = self.store.refund(&self.turns(kind, network), self.clock.now()).await {
            tracing::warn!(%error, "a turn could not be given back");
        }
    }

    fn turns(&self, kind: &'static str, network: Option<IpAddr>) -> Vec<Quota> {
        match network {
            Some(address) => self.network_quotas(kind, address),
            None => self.shared_quotas(kind, None),
        }
    }

    /// Notes a success: the account starts afresh, network and route get the attempt back.
    pub(crate) async fn succeeded(&self, attempt: Attempt) -> Result<(), Error> {
        if !attempt.account.is_empty() {
            self.store.clear(&attempt.account).await?;
            self.store.refund(&attempt.shared, self.clock.now()).await?;
        }
        Ok(())
    }

    /// Notes that the attempt was never evaluated: a store or the hashing pool could not answer.
    pub(crate) async fn abandoned(&self, attempt: Attempt) {
        let all = [attempt.account, attempt.shared].concat();
        if all.is_empty() {
            return;
        }
        if let Err(error) = self.store.refund(&all, self.clock.now()).await {
            tracing::warn!(%error, "an attempt that was not evaluated could not be given back");
        }
    }

    /// Lets an account in again that was locked by failed attempts; for support staff.
    ///
    /// # Errors
    /// [`Unavailable`](crate::error::ErrorKind::Unavailable).
    pub async fn clear(&self, user: &UserId) -> Result<(), Error> {
        Ok(self.store.clear(&self.account_quotas(PASSWORD, Subject::Account(user))).await?)
    }

    /// An account's counters are its own: their number is bounded by the accounts that exist, and one that shared them could
    /// clear them by its own logins. Names that nobody has are without number, and share.
    fn account_quotas(&self, credential: &'static str, subject: Subject<'_>) -> Vec<Quota> {
        let name = |text: &str| [credential.as_bytes(), b":", text.as_bytes()].concat();
        let limits = &self.config.account;
        match subject {
            Subject::Account(id) => quotas(Kind::Account, self.digest("account", &name(id.as_str())), limits),
            Subject::Unknown(login) => {
                quotas(Kind::Unknown, self.digest("name", &name(login.canonical())) % BUCKETS, limits)
            }
        }
    }

    fn shared_quotas(&self, credential: &'static str, network: Option<IpAddr>) -> Vec<Quota> {
        let route = self.digest("route", credential.as_bytes()) % BUCKETS;
        let mut shared = quotas(Kind::Route, route, &self.config.route);
        if let Some(address) = network {
            shared.extend(self.network_quotas(credential, address));
        }
        shared
    }

    fn network_quotas(&self, credential: &'static str, address: IpAddr) -> Vec<Quota> {
        let name = [credential.as_bytes(), b":", &network_prefix(address)].concat();
        quotas(Kind::Network, self.digest("network", &name) % BUCKETS, &self.config.network)
    }

    fn digest(&self, kind: &str, name: &[u8]) -> u64 {
        let digest = self.hash.hash(&[kind.as_bytes(), b":", name].concat());
        digest.first_chunk::<8>().map_or(0, |bytes| u64::from_be_bytes(*bytes))
    }
}

/// What a counter counts; the first bits of its key.
#[derive(Clone, Copy)]
enum Kind {
    Account = 1,
    Unknown = 2,
    Network = 3,
    Route = 4,
}

/// One counter for each limit. A key has three bits of kind, four of limit, and 56 of hash: it fits a database's signed
/// integer.
fn quotas(kind: Kind, hash: u64, limits: &[Limit]) -> Vec<Quota> {
    let quota = |(tier, limit): (usize, &Limit)| Quota {
        key: ((kind as u64) << 60) | ((tier as u64 & 0xf) << 56) | (hash & 0x00ff_ffff_ffff_ffff),
        limit: limit.attempts,
        window: limit.window,
    };
    limits.iter().enumerate().map(quota).collect()
}

/// The kind of credential that passwords are, on whatever route they come.
pub(crate) const PASSWORD: &str = "password";

/// What one household or server has: an IPv4 address, an IPv6 /64.
fn network_prefix(address: IpAddr) -> Vec<u8> {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.octets().to_vec(),
        IpAddr::V6(v6) => v6.octets()[..8].to_vec(),
    }
}
