//! How many questions about tokens are under way at once.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::error::{Error, ErrorKind};

/// How long a request waits for its place.
const PATIENCE: Duration = Duration::from_secs(3);

/// How many networks are remembered before those that ask nothing are forgotten.
const FORGET_FROM: usize = 1024;

/// The places, and how many of them one network may have or wait for: so that it cannot keep all others waiting.
#[derive(Debug)]
pub(super) struct Places {
    all: Arc<Semaphore>,
    of_one_network: usize,
    networks: Mutex<HashMap<IpAddr, Weak<Semaphore>>>,
}

/// A place that is taken until this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    _among_all: OwnedSemaphorePermit,
    _in_network: Option<OwnedSemaphorePermit>,
}

impl Places {
    pub(super) fn new(most: usize, of_one_network: usize) -> Self {
        Self { all: Arc::new(Semaphore::new(most)), of_one_network, networks: Mutex::default() }
    }

    /// Waits for a place; a request without a network needs none in it.
    ///
    /// # Errors
    /// `Unavailable` when there is none in time.
    pub(super) async fn take(&self, network: Option<IpAddr>) -> Result<Place, Error> {
        let taken = timeout(PATIENCE, async {
            let in_network = match network {
                Some(address) => Some(self.network(address).acquire_owned().await.ok()?),
                None => None,
            };
            let among_all = self.all.clone().acquire_owned().await.ok()?;
            Some(Place { _among_all: among_all, _in_network: in_network })
        });
        taken.await.ok().flatten().ok_or_else(|| {
            Error::new(ErrorKind::Unavailable).with_source("too many questions about tokens are under way")
        })
    }

    fn network(&self, address: IpAddr) -> Arc<Semaphore> {
        let mut networks = self.networks.lock().unwrap_or_else(PoisonError::into_inner);
        if networks.len() >= FORGET_FROM {
            networks.retain(|_, places| places.strong_count() > 0);
        }
        let held = networks.entry(site(address)).or_default();
        held.upgrade().unwrap_or_else(|| {
            let places = Arc::new(Semaphore::new(self.of_one_network));
            *held = Arc::downgrade(&places);
            places
        })
    }
}

/// What one customer has at most: an IPv4 address, an IPv6 /48.
fn site(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 80))),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_network_waits_for_its_own_places_and_another_does_not() {
        let places = Places::new(64, 2);
        let of = |text: &str| Some(text.parse().unwrap());
        let first = places.take(of("2001:db8:1:2::3")).await.unwrap();
        let _second = places.take(of("2001:db8:1:ffff::4")).await.unwrap();
        assert_eq!(places.take(of("2001:db8:1::5")).await.unwrap_err().kind(), ErrorKind::Unavailable);
        let _another = places.take(of("2001:db8:2::1")).await.unwrap();
        let _nobodys = places.take(None).await.unwrap();
        drop(first);
        places.take(of("2001:db8:1::5")).await.unwrap();
    }

    #[tokio::test]
    async fn networks_that_ask_nothing_are_forgotten() {
        let places = Places::new(1, 1);
        for n in 0..3 * u32::try_from(FORGET_FROM).unwrap() {
            drop(places.take(Some(IpAddr::V4(n.into()))).await.unwrap());
        }
        assert!(places.networks.lock().unwrap().len() <= FORGET_FROM);
    }
}
