//! Whether this server can answer requests, for whoever sends it some: a proxy, an orchestrator, a monitor.
//!
//! 1. A server is *live* while its process answers. Nothing else is asked: whoever restarts servers that are not live must not restart
//!    all of them because a database is away.
//! 2. It is *ready* while every store answers, their tables are up to date, its signing keys are loaded, and its clock is within a
//!    minute of the database's. What does not answer by a deadline does not answer.
//! 3. Only reading is tried. A database that has become read-only lets guards go on, and taking every server away for it would end
//!    that too.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), auth_core::Error> {
//! use auth_core::Auth;
//! use auth_core::health::READY_WITHIN;
//! use auth_core::store::MemoryStore;
//!
//! let auth = Auth::builder()
//!     .base_url("http://localhost:3000")
//!     .secret_text("Bivcc2MtE0an74A79Vx2zqcfbW0/7xTgN+WSE5KCiEQ=") // AUTH_SECRET, in a real program
//!     .store(MemoryStore::new())
//!     .health_routes(true) // GET /auth/health/live and /auth/health/ready
//!     .build()
//!     .await?;
//! auth.migrate().await?;
//! assert!(auth.readiness(READY_WITHIN).await.is_ready());
//! # Ok(())
//! # }
//! ```
//!
//! The routes are off unless [`AuthBuilder::health_routes`](crate::AuthBuilder::health_routes) switches them on. They tell nobody what is
//! wrong: that is in the log, once when the server ceases to be ready, and in what [`Auth::readiness`](crate::Auth::readiness) answers.
//! Whoever asks the route often costs no more: an answer is good for a second, and those who ask at once share one.

mod probe;
mod service;
#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

pub(crate) use self::service::Health;

/// How long the route waits for the stores. It is less than what a call to a store may take (3 seconds) and than what proxies and
/// orchestrators wait for, so that the answer is no time-out.
pub const READY_WITHIN: Duration = Duration::from_secs(2);

/// What a server needs to answer requests.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Part {
    /// The store of accounts.
    Accounts,
    /// Its clock, beside that of the database.
    Clock,
    /// The store of second factors.
    Factors,
    /// The store of accounts at providers.
    LinkedAccounts,
    /// The store of refresh tokens.
    RefreshTokens,
    /// The store of sessions.
    Sessions,
    /// The store of everything short-lived: codes, marks, limits.
    ShortLived,
    /// The signing keys, and their store.
    SigningKeys,
    /// The tables of the backend.
    Tables,
}

/// As operators call it.
impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Accounts => "accounts",
            Self::Clock => "this server's clock",
            Self::Factors => "second factors",
            Self::LinkedAccounts => "accounts at providers",
            Self::RefreshTokens => "refresh tokens",
            Self::Sessions => "sessions",
            Self::ShortLived => "short-lived values",
            Self::SigningKeys => "the signing keys",
            Self::Tables => "the tables",
        })
    }
}

/// Why a part is not as it has to be: for the operator, since it may name hosts.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Fault {
    /// What is at fault.
    pub part: Part,
    /// What is wrong with it, and what to do where that is known.
    pub reason: String,
}

/// Whether a server can answer requests, and what keeps it from that: `Display` is a sentence for the operator.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[must_use = "a server that is not ready should be sent no requests"]
pub struct Readiness(Vec<Fault>);

impl Readiness {
    /// Whether nothing is wrong.
    pub fn is_ready(&self) -> bool {
        self.0.is_empty()
    }

    /// Everything that is wrong, in the order of [`Part`].
    pub fn faults(&self) -> &[Fault] {
        &self.0
    }
}

impl fmt::Display for Readiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_ready() {
            return f.write_str("ready");
        }
        for (index, Fault { part, reason }) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{part}: {reason}")?;
        }
        Ok(())
    }
}
