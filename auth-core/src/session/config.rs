//! How long sessions live.

use std::num::NonZeroUsize;
use std::time::Duration;

use crate::error::Error;

use super::MaxSessions;

/// A login counts as fresh for this long, where nothing else is said.
pub const FRESH_SECONDS: u64 = 300;

pub(crate) const FRESH: Duration = Duration::from_secs(FRESH_SECONDS);

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Limits of sessions.
#[derive(Clone, Debug)]
#[doc(alias("cookie", "remember_me"))]
pub struct SessionConfig {
    pub(super) idle: Duration,
    pub(super) absolute: Duration,
    pub(super) max: MaxSessions,
}

impl Default for SessionConfig {
    /// 14 days without use (Django's default age), 90 days in all, any number per user.
    fn default() -> Self {
        Self { idle: 14 * DAY, absolute: 90 * DAY, max: None }
    }
}

impl SessionConfig {
    /// Ends a session that was not used for this long.
    #[must_use]
    pub fn idle(mut self, idle: Duration) -> Self {
        self.idle = idle;
        self
    }

    /// Ends a session after this long, however much it is used.
    #[must_use]
    pub fn absolute(mut self, absolute: Duration) -> Self {
        self.absolute = absolute;
        self
    }

    /// Lets a user have this many sessions; the oldest makes room for a new one, and ends with what came from it: the event
    /// `session.ended` tells of it.
    #[must_use]
    pub fn max_per_user(mut self, max: NonZeroUsize) -> Self {
        self.max = Some(max);
        self
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.idle < TOUCH_EVERY * 2 || self.absolute < self.idle {
            return Err(Error::configuration(format!(
                "the session limits do not fit: the idle limit ({} s) must be 2 minutes at least, and the absolute limit ({} s) no \
                 less than it",
                self.idle.as_secs_f64(),
                self.absolute.as_secs_f64()
            )));
        }
        Ok(())
    }
}

/// How often a session's last use is written at most: once a minute.
pub(crate) const TOUCH_EVERY: Duration = Duration::from_secs(60);
