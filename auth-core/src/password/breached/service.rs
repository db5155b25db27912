//! Asking.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

use crate::error::{BoxError, Error, ErrorKind, Violation};
use crate::metric;
use crate::text::Text;

use super::BreachedPasswords;
use super::range::SplitHash;

/// The passwords of breaches, as far as somebody answers; by default nobody is asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Breaches(Option<Asked>);

#[derive(Clone, Debug)]
struct Asked {
    known: Arc<dyn BreachedPasswords>,
    within: Duration,
}

impl Breaches {
    pub(super) fn new(known: Arc<dyn BreachedPasswords>, within: Duration) -> Self {
        Self(Some(Asked { known, within }))
    }

    /// Refuses one of them.
    ///
    /// # Errors
    /// `WeakPassword`.
    pub(crate) async fn check(&self, password: &str) -> Result<(), Error> {
        if !self.hold(password).await {
            return Ok(());
        }
        let violation = Violation::saying("breached", Text::PasswordBreached);
        Err(Error::new(ErrorKind::WeakPassword).with_violations(vec![violation]))
    }

    /// Whether the password is known to be one of them; not where nobody answers.
    pub(super) async fn hold(&self, password: &str) -> bool {
        let Some(asked) = &self.0 else { return false };
        match asked.ask(password).await {
            Ok(is_breached) => {
                metric::breach_check(if is_breached { "breached" } else { "unknown" });
                is_breached
            }
            Err(error) => {
                metric::breach_check("unanswered");
                tracing::warn!(%error, "a new password was not looked for among those of breaches, and is taken");
                false
            }
        }
    }
}

impl Asked {
    async fn ask(&self, password: &str) -> Result<bool, BoxError> {
        let normalised = Zeroizing::new(password.nfc().collect::<String>());
        let hash = SplitHash::of(&normalised);
        let range = timeout(self.within, self.known.range(&hash.prefix)).await;
        let range = range.map_err(|_| format!("there was no answer within {:?}", self.within))??;
        hash.is_in(&range).ok_or_else(|| "the answer is no range of hashes".into())
    }
}
