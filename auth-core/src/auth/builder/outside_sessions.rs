//! Another system's sessions, while people move over from it.

use std::sync::Arc;

use crate::clock::Timestamp;
use crate::error::Error;
use crate::http::CookieConfig;
use crate::session::{Entrance, OutsideLogins, OutsideSessions};

use super::AuthBuilder;
use super::assemble::Parts;
use super::session_cookie::is_token;

impl AuthBuilder {
    /// Honours the session cookie of another system (Django) until `until`: whoever is logged in there is logged in here, by a
    /// session of ours that the cookie is exchanged for. See [`OutsideSessions`].
    ///
    /// # Security
    /// `until` has to be a fixed date, the same at every start ([`Timestamp::from_rfc3339`] reads one from a setting), never so
    /// long from now: that would move with each restart, and the time would never be over. And it should not be put off later.
    /// That a cookie was exchanged, or used up by a logout here, is remembered until the date that held then; with a later one, a
    /// cookie that the other system still takes counts once more from there on.
    pub fn outside_sessions(mut self, sessions: impl OutsideSessions + 'static, until: Timestamp) -> Self {
        self.outside_sessions = Some((Arc::new(sessions), until));
        self
    }
}

impl Parts {
    pub(super) fn outside_logins(
        &mut self,
        own: &CookieConfig,
        entrance: &Entrance,
    ) -> Result<Option<Arc<OutsideLogins>>, Error> {
        let Some((source, until)) = self.builder.outside_sessions.take() else { return Ok(None) };
        check_name(source.cookie_name(), own)?;
        let (short_lived, clock) = (self.stores.short_lived.clone(), self.clock());
        let outside =
            OutsideLogins::new((source, until), entrance.clone(), short_lived, &self.secrets, clock);
        Ok(Some(Arc::new(outside)))
    }
}

/// A cookie's name is a token (RFC 6265 section 4.1.1), and no two systems can share one.
fn check_name(name: &str, own: &CookieConfig) -> Result<(), Error> {
    if name.is_empty() || !is_token(name) {
        return Err(Error::configuration(format!(
            "the other system's session cookie is named `{}`, which no cookie can be: give the name that it has there (Django's \
             SESSION_COOKIE_NAME)",
            name.escape_debug()
        )));
    }
    if own.takes(name) {
        return Err(Error::configuration(format!(
            "the other system's session cookie is named `{name}` like one of ours: name ours by `.session_cookie(..)`, or rename it \
             there (Django's SESSION_COOKIE_NAME)"
        )));
    }
    Ok(())
}
