//! The keys of the counters.
//!
//! A key has three bits of kind, four of limit, and 56 of hash: it fits a database's signed integer.

use std::net::IpAddr;

use sha2::{Digest as _, Sha256};

use crate::key::KeyedHash;
use crate::short_lived::Quota;
use crate::user::{Email, LoginName, UserId};

use super::config::{MOST_LIMITS, WIDER};
use super::{Limit, ThrottleConfig};

/// The kind of credential that passwords are, on whatever route they come.
pub(crate) const PASSWORD: &str = "password";

/// The kind of credential that codes of second factors are.
const CODE: &str = "code";
/// The same for those that an account takes beyond its limit.
const FURTHER_CODE: &str = "further code";

/// How many counters each limit has for what is without number: the names that people type, networks, browsers. They are hashed
/// down to these, so that a flood of them fills no memory; two that share one are limited together, which is only stricter.
const BUCKETS: u64 = 1 << 18;

/// What a counter counts; the first bits of its key.
#[derive(Clone, Copy)]
enum Kind {
    Account = 1,
    Name = 2,
    Network = 3,
    Route = 4,
    Browser = 5,
    Nobody = 6,
    Mail = 7,
}

/// One counter for each limit.
fn quotas(kind: Kind, hash: u64, limits: &[Limit]) -> Vec<Quota> {
    let quota = |(tier, limit): (usize, &Limit)| Quota {
        key: ((kind as u64) << 60) | ((tier as u64 & 0xf) << 56) | (hash & 0x00ff_ffff_ffff_ffff),
        limit: limit.attempts,
        window: limit.window,
    };
    limits.iter().enumerate().map(quota).collect()
}

/// A hash without a key, of what an attacker gains nothing by aiming at: to use up the counter of somebody's name, it is enough to
/// type that name. So a command finds the counters without the application's secret.
fn digest(kind: &str, credential: &str, name: &[u8]) -> u64 {
    let hash = Sha256::new_with_prefix(kind).chain_update([0]).chain_update(credential).chain_update([0]);
    first_eight(&hash.chain_update(name).finalize())
}

fn first_eight(digest: &[u8]) -> u64 {
    digest.first_chunk::<8>().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

/// What was typed for a name, in the one form that every store's way of comparing names leads to.
pub(super) fn folded(login: &LoginName) -> Box<str> {
    LoginName::parse(&login.with_case()).canonical().into()
}

/// The windows of a name, whether or not somebody has it: they are judged before anybody looks.
pub(super) fn name(credential: &str, login: &LoginName, limits: &[Limit]) -> Vec<Quota> {
    quotas(Kind::Name, digest("name", credential, folded(login).as_bytes()) % BUCKETS, limits)
}

/// An account's failures in a row. These counters are its own: their number is bounded by the accounts that exist, and one that
/// shared them could clear them by its own logins.
pub(super) fn in_a_row(credential: &str, user: &UserId, most: u32) -> Quota {
    let hash = digest("account", credential, user.as_str().as_bytes());
    quotas(Kind::Account, hash, &[Limit::new(most, std::time::Duration::MAX)])[0]
}

/// Wrong codes of an account's second factors, of all kinds and from everywhere. Counters of its own, as those in a row.
pub(super) fn codes(user: &UserId, limits: &[Limit]) -> Vec<Quota> {
    typed(CODE, user, limits)
}

/// What an account types of another kind.
pub(super) fn typed(kind: &str, user: &UserId, limits: &[Limit]) -> Vec<Quota> {
    quotas(Kind::Account, digest("account", kind, user.as_str().as_bytes()), limits)
}

/// Further codes of an account whose owner was let in again by mail: a counter of its own, which no link begins anew.
pub(super) fn further_codes(user: &UserId, limit: Limit) -> Vec<Quota> {
    quotas(Kind::Account, digest("account", FURTHER_CODE, user.as_str().as_bytes()), &[limit])
}

/// All of them, whatever the limits are.
pub(super) fn all_codes(user: &UserId) -> Vec<Quota> {
    codes(user, &[Limit::new(1, std::time::Duration::MAX); MOST_LIMITS])
}

/// What is counted in the place of an account that is not there, or takes no more: so that the store has the same to do. It limits
/// nothing.
pub(super) fn nobody(credential: &str, login: &LoginName) -> Quota {
    let hash = digest("nobody", credential, folded(login).as_bytes()) % BUCKETS;
    quotas(Kind::Nobody, hash, &[Limit::new(u32::MAX, std::time::Duration::from_secs(60))])[0]
}

/// A browser that is known from an earlier login. Nobody but itself knows its number, so nobody can aim at its counter.
pub(super) fn browser(credential: &str, id: &[u8], limits: &[Limit]) -> Vec<Quota> {
    quotas(Kind::Browser, digest("browser", credential, id) % BUCKETS, limits)
}

/// All that a name can be counted by, whatever the limits are.
pub(super) fn all_of_name(credential: &str, login: &LoginName) -> Vec<Quota> {
    name(credential, login, &[Limit::new(1, std::time::Duration::MAX); MOST_LIMITS])
}

/// The counters that many share. Their hash is keyed: nobody can look for a network of their own that shares a stranger's counter.
#[derive(Clone, Debug)]
pub(super) struct SharedCounters {
    pub(super) hash: KeyedHash,
}

impl SharedCounters {
    /// A kind of credential, or one of the parts that its attempts fall into.
    pub(super) fn route(&self, credential: &str, part: &str, limits: &[Limit]) -> Vec<Quota> {
        quotas(Kind::Route, self.digest("route", &[credential.as_bytes(), part.as_bytes()]) % BUCKETS, limits)
    }

    /// Mails of a kind to an address.
    pub(super) fn mail(&self, kind: &str, to: &Email, limits: &[Limit]) -> Vec<Quota> {
        let hash = self.digest("mail", &[kind.as_bytes(), b":", to.canonical().as_bytes()]) % BUCKETS;
        quotas(Kind::Mail, hash, limits)
    }

    /// A network, and those that it lies in.
    pub(super) fn network(&self, kind: &str, address: IpAddr, config: &ThrottleConfig) -> Vec<Quota> {
        let own = |prefix: &[u8], limits: &[Limit]| {
            let hash = self.digest("network", &[kind.as_bytes(), b":", prefix]) % BUCKETS;
            quotas(Kind::Network, hash, limits)
        };
        match address.to_canonical() {
            IpAddr::V4(v4) => own(&v4.octets(), &config.network),
            IpAddr::V6(v6) => {
                let octets = v6.octets();
                let wider = |(length, times): (usize, u32)| {
                    let more = |limit: &Limit| Limit::new(limit.attempts.saturating_mul(times), limit.window);
                    own(&octets[..length], &config.network.iter().map(more).collect::<Vec<_>>())
                };
                let mut all = own(&octets[..8], &config.network);
                all.extend(WIDER.into_iter().flat_map(wider));
                all
            }
        }
    }

    /// The name under which it is remembered that somebody logged in from a network: an IPv4 address, an IPv6 /64.
    pub(super) fn familiar(&self, credential: &str, address: IpAddr) -> String {
        let prefix = match address.to_canonical() {
            IpAddr::V4(v4) => v4.octets().to_vec(),
            IpAddr::V6(v6) => v6.octets()[..8].to_vec(),
        };
        format!("familiar:{:016x}", self.digest("familiar", &[credential.as_bytes(), b":", &prefix]))
    }

    fn digest(&self, kind: &str, parts: &[&[u8]]) -> u64 {
        first_eight(&self.hash.hash(&[kind.as_bytes(), b":", &parts.concat()].concat()))
    }
}
