//! The limits and their defaults.

use std::time::Duration;

use crate::error::Error;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// At most `attempts` failures in any `window`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limit {
    /// How many.
    pub attempts: u32,
    /// In what time; [`Duration::MAX`] for in a row.
    pub window: Duration,
}

impl Limit {
    /// At most `attempts` failures in any `window`.
    pub const fn new(attempts: u32, window: Duration) -> Self {
        Self { attempts, window }
    }
}

/// The limits on failed attempts.
#[derive(Clone, Debug)]
pub struct ThrottleConfig {
    pub(super) is_on: bool,
    pub(super) account: Vec<Limit>,
    pub(super) network: Vec<Limit>,
    pub(super) route: Vec<Limit>,
}

impl Default for ThrottleConfig {
    /// Account: 25 in 5 minutes, 50 in an hour, 75 in a day, 100 in a row. Network (an IPv4 address, an IPv6 /64): 100 in
    /// a minute, 1 000 in an hour; many people sit behind one address. Each kind of credential: 3 000 in a minute, a
    /// bound on what a botnet can make the machine hash.
    fn default() -> Self {
        Self {
            is_on: true,
            account: vec![
                Limit::new(25, 5 * MINUTE),
                Limit::new(50, HOUR),
                Limit::new(75, DAY),
                Limit::new(MOST_IN_A_ROW, Duration::MAX),
            ],
            network: vec![Limit::new(100, MINUTE), Limit::new(1_000, HOUR)],
            route: vec![Limit::new(3_000, MINUTE)],
        }
    }
}

/// The most consecutive failures of one account (NIST SP 800-63B-4 section 3.2.2).
pub(super) const MOST_IN_A_ROW: u32 = 100;

impl ThrottleConfig {
    /// Replaces the limits of an account. One of at most 100 in a row is always added.
    #[must_use]
    pub fn account(mut self, limits: impl IntoIterator<Item = Limit>) -> Self {
        self.account = limits.into_iter().collect();
        self.account.push(Limit::new(MOST_IN_A_ROW, Duration::MAX));
        self
    }

    /// Replaces the limits of a network.
    #[must_use]
    pub fn network(mut self, limits: impl IntoIterator<Item = Limit>) -> Self {
        self.network = limits.into_iter().collect();
        self
    }

    /// Replaces the limits of each kind of credential.
    #[must_use]
    pub fn route(mut self, limits: impl IntoIterator<Item = Limit>) -> Self {
        self.route = limits.into_iter().collect();
        self
    }

    /// No limits at all: for load measurements. Anybody can guess passwords as fast as the machine hashes.
    #[must_use]
    pub fn insecure_off() -> Self {
        Self { is_on: false, ..Self::default() }
    }

    /// Every list limits something and nothing is limited to nothing; a counter's key has room for 15 limits of a kind.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let fits = |limit: &Limit| limit.attempts > 0 && limit.window >= Duration::from_secs(1);
        let is_sane = |limits: &[Limit]| (1..=15).contains(&limits.len()) && limits.iter().all(fits);
        if [&self.account, &self.network, &self.route].into_iter().all(|limits| is_sane(limits)) {
            return Ok(());
        }
        Err(Error::configuration(
            "the limits on guessing do not fit: give each kind 1 to 15 limits, of an attempt and a second at least \
             (`ThrottleConfig::insecure_off()` is there for load measurements)",
        ))
    }

    pub(crate) fn is_on(&self) -> bool {
        self.is_on
    }
}
