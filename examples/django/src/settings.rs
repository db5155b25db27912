//! What the example reads of the environment.

use std::fmt;

use auth_core::clock::Timestamp;
use auth_core::error::Error;

/// Where Django's project is, and what it keeps secret.
pub struct Settings {
    /// The port to listen on; 0 is any free one.
    pub port: u16,
    /// The URL of Django's database.
    pub django: String,
    /// The URL of the example's own SQLite file.
    pub own: String,
    /// Django's `SECRET_KEY`, and after it its `SECRET_KEY_FALLBACKS`.
    pub secret_keys: Vec<String>,
    /// The date until which Django's sessions count here; without one they do not.
    pub sessions_until: Option<Timestamp>,
}

impl Settings {
    /// Reads `PORT`, `DJANGO_DATABASE`, `DJANGO_SECRET_KEY`, `DJANGO_SECRET_KEY_FALLBACKS` and `DJANGO_SESSIONS_UNTIL`.
    ///
    /// # Errors
    /// `Configuration`, with the variable at fault and what to set it to.
    pub fn from_env() -> Result<Self, Error> {
        Self::read(|name| std::env::var(name).ok())
    }

    pub(crate) fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let needed =
            |name: &str| variable(name).ok_or_else(|| Error::configuration(format!("{name} is not set")));
        let port = variable("PORT").map_or(Ok(3000), |port| port.parse());
        let until = variable("DJANGO_SESSIONS_UNTIL").map(|date| Timestamp::from_rfc3339(&date)).transpose();
        let fallbacks = variable("DJANGO_SECRET_KEY_FALLBACKS").unwrap_or_default();
        let fallbacks = fallbacks.split(',').filter(|key| !key.is_empty()).map(str::to_owned);
        Ok(Self {
            port: port.map_err(|_| Error::configuration("PORT must be a number from 0 to 65535"))?,
            django: needed("DJANGO_DATABASE")?,
            own: "sqlite:auth.db?mode=rwc".to_owned(),
            secret_keys: std::iter::once(needed("DJANGO_SECRET_KEY")?).chain(fallbacks).collect(),
            sessions_until: until.map_err(|_| {
                Error::configuration("DJANGO_SESSIONS_UNTIL must be a date like 2027-01-29T08:00:00Z")
            })?,
        })
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("port", &self.port).finish_non_exhaustive()
    }
}
