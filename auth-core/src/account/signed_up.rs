//! In which browser somebody signed up.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq as _;

use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::http::BrowserId;
use crate::key::{ApplicationSecrets, KeyedHash};
use crate::link::Purpose;
use crate::random::Random;
use crate::short_lived::ShortLivedStore;
use crate::user::UserId;

/// For how long it is known in which browser an account was made, and that keeps its cookie: twice as long as a link lives, which can
/// be asked for again.
pub(crate) const SIGN_UP_BROWSER_LIFE: Duration = Purpose::VerifyEmail.life().saturating_mul(2);

/// Remembers in which browser accounts were made. What stores and letters hold of a browser is a keyed hash of its cookie.
#[derive(Clone)]
pub(crate) struct SignUpBrowsers {
    store: Arc<dyn ShortLivedStore>,
    hash: KeyedHash,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl SignUpBrowsers {
    pub(crate) fn new(
        store: Arc<dyn ShortLivedStore>,
        secrets: &ApplicationSecrets,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self { store, hash: secrets.keyed_hash("sign-up browser"), clock, random }
    }

    /// A new cookie, and what it is kept as.
    pub(crate) fn new_browser(&self) -> Result<(BrowserId, String), Error> {
        let id = BrowserId::generate(self.hash.current_version(), &*self.random);
        let name = self.name(&id).ok_or(ErrorKind::Internal)?;
        Ok((id, name))
    }

    /// What a cookie is kept as; `None` for one of an application secret that is gone.
    pub(crate) fn name(&self, id: &BrowserId) -> Option<String> {
        Some(URL_SAFE_NO_PAD.encode(self.hash.hash_token(id)?))
    }

    pub(super) async fn note(&self, user: &UserId, browser: &str) -> Result<(), Error> {
        Ok(self.store.put(&key(user), browser.as_bytes(), SIGN_UP_BROWSER_LIFE, self.clock.now()).await?)
    }

    /// Whether the account was made in this browser.
    pub(super) async fn is_of(&self, user: &UserId, browser: Option<&str>) -> Result<bool, Error> {
        let Some(browser) = browser else { return Ok(false) };
        let noted = self.store.get(&key(user), self.clock.now()).await?;
        Ok(noted.is_some_and(|noted| noted.ct_eq(browser.as_bytes()).into()))
    }
}

pub(super) fn key(user: &UserId) -> String {
    format!("signed-up:{}", user.as_str())
}

impl fmt::Debug for SignUpBrowsers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignUpBrowsers").finish_non_exhaustive()
    }
}
