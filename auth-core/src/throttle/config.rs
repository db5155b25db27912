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
    pub(super) name: Vec<Limit>,
    pub(super) most_in_a_row: u32,
    pub(super) known_browser: Vec<Limit>,
    pub(super) network: Vec<Limit>,
    pub(super) route: Vec<Limit>,
    pub(super) mail: Vec<Limit>,
    pub(super) codes: Vec<Limit>,
}

impl Default for ThrottleConfig {
    /// Name: 25 in 5 minutes, 50 in an hour, 75 in a day. Account: 100 in a row, of which strangers have 90. Known browser: 5 in 5
    /// minutes, 10 in an hour, 20 in a day. Network (an IPv4 address, an IPv6 /64): 100 in a minute, 1 000 in an hour, since many
    /// people sit behind one address; an IPv6 /56 twice that, a /48 five times. Each kind of credential: 3 000 in a minute, a bound on
    /// what a botnet can make the machine hash. Mails of a kind to an address: 6 an hour, 20 a day. Codes of second factors:
    /// 20 an hour for each account.
    fn default() -> Self {
        Self {
            is_on: true,
            name: vec![Limit::new(25, 5 * MINUTE), Limit::new(50, HOUR), Limit::new(75, DAY)],
            most_in_a_row: MOST_IN_A_ROW,
            known_browser: vec![Limit::new(5, 5 * MINUTE), Limit::new(10, HOUR), Limit::new(20, DAY)],
            network: vec![Limit::new(100, MINUTE), Limit::new(1_000, HOUR)],
            route: vec![Limit::new(3_000, MINUTE)],
            mail: vec![Limit::new(6, HOUR), Limit::new(20, DAY)],
            codes: vec![Limit::new(20, HOUR)],
        }
    }
}

/// The most consecutive failures of one account (NIST SP 800-63B-4 section 3.2.2).
const MOST_IN_A_ROW: u32 = 100;

/// An IPv6 prefix beside the /64, in octets, and how many times a /64's limits it has: a site is handed a /56 or a /48 (RIPE-690
/// section 4.2), and whoever holds one has 256 or 65 536 networks.
pub(super) const WIDER: [(usize, u32); 2] = [(7, 2), (6, 5)];

impl ThrottleConfig {
    /// Replaces the limits of an account: those of each name that it is called by, and, with a window of [`Duration::MAX`], how many
    /// failures it takes in a row, which is never more than 100.
    #[must_use]
    pub fn account(mut self, limits: impl IntoIterator<Item = Limit>) -> Self {
        let (in_a_row, name) = limits.into_iter().partition(|limit: &Limit| limit.window == Duration::MAX);
        let in_a_row: Vec<Limit> = in_a_row;
        self.most_in_a_row = in_a_row.iter().map(|limit| limit.attempts).fold(MOST_IN_A_ROW, u32::min);
        self.name = name;
        self
    }

    /// Replaces the limits of a browser that is [known](super#known-browsers) from an earlier login.
    #[must_use]
    pub fn known_browser(mut self, limits: impl IntoIterator<Item = Limit>) -> Self {
        self.known_browser = limits.into_iter().collect();
        self
    }

    /// Replaces the limits of a network: an IPv4 address or an IPv6 /64. A /56 has twice them, a /48 five times.
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

    /// Replaces the limits of the mails of each kind to one address.
    #[must_use]
    pub fn mail(mut self, limits: impl IntoIterator<Item = Limit>) -> Self {
        self.mail = limits.into_iter().collect();
        self
    }

    /// Replaces the limits of wrong codes of an account's second factors, of all kinds together. What a login that waits has of its own, 5
    /// of them, stays.
    #[must_use]
    pub fn codes(mut self, limits: impl IntoIterator<Item = Limit>) -> Self {
        self.codes = limits.into_iter().collect();
        self
    }

    /// No limits at all: for load measurements. Anybody can guess passwords as fast as the machine hashes.
    #[must_use]
    pub fn insecure_off() -> Self {
        Self { is_on: false, ..Self::default() }
    }

    /// Every list limits something and nothing is limited to nothing; a counter's key has room for 15 limits of a kind. The names
    /// may go without: an account always has its limit in a row.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let fits = |limit: &Limit| limit.attempts > 0 && limit.window >= Duration::from_secs(1);
        let is_sane = |limits: &[Limit], least: usize| {
            (least..=MOST_LIMITS).contains(&limits.len()) && limits.iter().all(fits)
        };
        let shared = [&self.known_browser, &self.network, &self.route, &self.mail, &self.codes];
        if self.most_in_a_row > 0 && is_sane(&self.name, 0) && shared.iter().all(|limits| is_sane(limits, 1))
        {
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

    /// How many failures in a row an account takes from browsers that it does not know: a tenth, and one at least where
    /// there are two, is kept for those that it knows.
    pub(super) fn most_by_strangers(&self) -> u32 {
        let kept = (self.most_in_a_row / 10).max(1);
        self.most_in_a_row.saturating_sub(kept).max(1)
    }
}

/// How many limits a kind may have.
pub(super) const MOST_LIMITS: usize = 15;
