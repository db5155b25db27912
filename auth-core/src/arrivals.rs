//! Whether the login routes are where browsers are sent: what is mounted at another place answers 404, and says nothing.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

/// So many browsers may be on their way before it is odd that none has arrived. Two tabs of one browser may be restored at once.
const ON_THEIR_WAY: u8 = 3;

/// What the login routes have seen of those who were sent to them.
#[derive(Debug, Default)]
pub(crate) struct Arrivals {
    /// How many were sent before the first arrived; [`u8::MAX`] since then.
    sent: AtomicU8,
    has_noted: AtomicBool,
}

impl Arrivals {
    /// Somebody asked for a login route.
    pub(crate) fn arrived(&self) {
        self.sent.store(u8::MAX, Ordering::Relaxed);
    }

    /// A guard sends a browser to a login route. True the one time that it is odd.
    pub(crate) fn sent(&self) -> bool {
        let next = |sent: u8| (sent < ON_THEIR_WAY).then(|| sent + 1);
        let before = self.sent.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
        before == Ok(ON_THEIR_WAY - 1)
    }

    /// A login route was asked for at another place. True the first time.
    pub(crate) fn strayed(&self) -> bool {
        !self.has_noted.swap(true, Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_odd_once_that_nobody_arrives() {
        let arrivals = Arrivals::default();
        assert_eq!([(); 6].map(|()| arrivals.sent()), [false, false, true, false, false, false]);
        let arrivals = Arrivals::default();
        arrivals.arrived();
        assert_eq!([(); 300].map(|()| arrivals.sent()), [false; 300]);
        assert_eq!([(); 3].map(|()| arrivals.strayed()), [true, false, false]);
    }
}
