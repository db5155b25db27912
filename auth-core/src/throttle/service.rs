//! Reserving, giving back, clearing.

use std::net::IpAddr;
use std::sync::Arc;

use crate::clock::Clock;
use crate::error::Error;
use crate::key::KeyedHash;
use crate::short_lived::{Quota, ShortLivedStore};
use crate::user::{LoginName, UserId};

use super::{Limit, ThrottleConfig};

/// How many counters each limit has. Names and addresses are hashed down to these, so that a flood of them fills no
/// memory; two that share one are limited together, which is only stricter. The hash is keyed: nobody can aim.
const BUCKETS: u64 = 1 << 18;

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
        let account = self.account_quotas(credential, subject);
        let mut shared = self.quotas("route", credential.as_bytes(), &self.config.route);
        match network.map(network_prefix) {
            Some(prefix) => {
                shared.extend(self.quotas(
                    "network",
                    &[credential.as_bytes(), &prefix].concat(),
                    &self.config.network,
                ));
            }
            None => tracing::warn!("the client's address is unknown: its network is not limited"),
        }
        let all = [account.as_slice(), &shared].concat();
        match self.store.reserve(&all, self.clock.now()).await? {
            Ok(()) => Ok(Attempt { account, shared }),
            Err(wait) => Err(Error::too_many_attempts(wait)),
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

    fn account_quotas(&self, credential: &'static str, subject: Subject<'_>) -> Vec<Quota> {
        let name = match subject {
            Subject::Account(id) => [b"id:", id.as_str().as_bytes()].concat(),
            Subject::Unknown(login) => [b"name:", login.as_str().as_bytes()].concat(),
        };
        self.quotas("account", &[credential.as_bytes(), b":", &name].concat(), &self.config.account)
    }

    fn quotas(&self, kind: &'static str, subject: &[u8], limits: &[Limit]) -> Vec<Quota> {
        let digest = self.hash.hash(&[kind.as_bytes(), b":", subject].concat());
        let bucket = digest.first_chunk::<8>().map_or(0, |bytes| u64::from_be_bytes(*bytes)) % BUCKETS;
        let quota = |(tier, limit): (usize, &Limit)| Quota {
            key: self.quota_key(kind, tier, bucket),
            limit: limit.attempts,
            window: limit.window,
        };
        limits.iter().enumerate().map(quota).collect()
    }

    fn quota_key(&self, kind: &'static str, tier: usize, bucket: u64) -> u64 {
        let kind = match kind {
            "account" => 1,
            "network" => 2,
            _ => 3,
        };
        (kind << 40) | ((tier as u64 & 0xff) << 32) | bucket
    }
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
