//! Requests that wait while somebody logs in, in the short-lived store.
//!
//! The key of a record is a hash of a random name, which is in the address, and of the browser's cookie: whoever brings one of them wrong
//! finds nothing and uses nothing up. What another site's form posts comes without cookies, so it is kept under its name alone, for a
//! moment, decides nothing, and is fetched by a GET.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::http::BrowserId;
use crate::key::{ApplicationSecrets, KeyedHash, OpaqueToken, Sealer};
use crate::random::Random;
use crate::short_lived::ShortLivedStore;

use super::AuthorizationRequest;

/// How long a request waits: long enough to make an account, and for the mail that proves its address. The browser keeps its cookie as
/// long, which it shares with logins by providers.
pub(crate) const WAITING_LIFE: Duration = Duration::from_secs(60 * 60);

/// How long what was posted waits for the browser that is being sent to fetch it.
const HANDOVER_LIFE: Duration = Duration::from_secs(60);

/// The name of a request that waits: 256 random bits.
pub(crate) type RequestHandle = OpaqueToken<32>;

/// The requests that wait.
#[derive(Clone)]
pub(crate) struct WaitingRequests {
    store: Arc<dyn ShortLivedStore>,
    hash: KeyedHash,
    sealer: Sealer,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

/// What a request is sealed for, and its key hashed.
const PURPOSE: &str = "authorization request";

impl WaitingRequests {
    pub(crate) fn new(
        store: Arc<dyn ShortLivedStore>,
        secrets: &ApplicationSecrets,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self { store, hash: secrets.keyed_hash(PURPOSE), sealer: secrets.sealer(PURPOSE), clock, random }
    }

    /// A new name for a browser that has none.
    pub(crate) fn new_browser(&self) -> BrowserId {
        BrowserId::generate(self.hash.current_version(), &*self.random)
    }

    /// Keeps a request for this browser, and answers its name.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn keep(
        &self,
        request: &AuthorizationRequest,
        browser: &BrowserId,
    ) -> Result<RequestHandle, Error> {
        self.put(request, Some(browser), WAITING_LIFE).await
    }

    /// Keeps a request for whoever fetches it next, and answers its name.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn hand_over(&self, request: &AuthorizationRequest) -> Result<RequestHandle, Error> {
        self.put(request, None, HANDOVER_LIFE).await
    }

    /// The request of this name and browser, which goes on waiting.
    ///
    /// # Errors
    /// `AuthorizationExpired` where there is none; `Unavailable`.
    pub(crate) async fn find(
        &self,
        handle: &RequestHandle,
        browser: Option<&BrowserId>,
    ) -> Result<AuthorizationRequest, Error> {
        let key = self.key(handle, Some(browser.ok_or_else(expired)?)).ok_or_else(expired)?;
        let sealed = self.store.get(&key, self.clock.now()).await?;
        self.open(&key, sealed)
    }

    /// The request of this name and browser, which waits no more: of parallel calls one gets it.
    ///
    /// # Errors
    /// As [`find`](Self::find).
    pub(crate) async fn take(
        &self,
        handle: &RequestHandle,
        browser: Option<&BrowserId>,
    ) -> Result<AuthorizationRequest, Error> {
        let key = self.key(handle, Some(browser.ok_or_else(expired)?)).ok_or_else(expired)?;
        let sealed = self.store.take(&key, self.clock.now()).await?;
        self.open(&key, sealed)
    }

    /// What was handed over under this name, once.
    ///
    /// # Errors
    /// As [`find`](Self::find).
    pub(crate) async fn fetch(&self, handle: &RequestHandle) -> Result<AuthorizationRequest, Error> {
        let key = self.key(handle, None).ok_or_else(expired)?;
        let sealed = self.store.take(&key, self.clock.now()).await?;
        self.open(&key, sealed)
    }

    async fn put(
        &self,
        request: &AuthorizationRequest,
        browser: Option<&BrowserId>,
        life: Duration,
    ) -> Result<RequestHandle, Error> {
        let handle = self.new_handle();
        let key = self.key(&handle, browser).ok_or(ErrorKind::Internal)?;
        self.put_at(&key, request, life).await?;
        Ok(handle)
    }

    pub(super) fn new_handle(&self) -> RequestHandle {
        RequestHandle::generate(self.hash.current_version(), &*self.random)
    }

    /// Keeps a request under this key.
    pub(super) async fn put_at(
        &self,
        key: &str,
        request: &AuthorizationRequest,
        life: Duration,
    ) -> Result<(), Error> {
        let sealed = self.sealer.seal_record(request, key.as_bytes(), &*self.random)?;
        Ok(self.store.put(key, &sealed, life, self.clock.now()).await?)
    }

    /// Takes the request under this key.
    pub(super) async fn take_at(&self, key: &str) -> Result<AuthorizationRequest, Error> {
        let sealed = self.store.take(key, self.clock.now()).await?;
        self.open(key, sealed)
    }

    fn open(&self, key: &str, sealed: Option<Vec<u8>>) -> Result<AuthorizationRequest, Error> {
        sealed.and_then(|sealed| self.sealer.open_record(&sealed, key.as_bytes())).ok_or_else(expired)
    }

    fn key(&self, handle: &RequestHandle, browser: Option<&BrowserId>) -> Option<String> {
        let browser = browser.map_or(&[][..], |browser| browser.bytes());
        let hash = self.hash_of(handle, browser)?;
        Some(format!("authorize:{}", URL_SAFE_NO_PAD.encode(hash)))
    }

    /// The hash of a name and of whose it is.
    pub(super) fn hash_of(&self, handle: &RequestHandle, holder: &[u8]) -> Option<[u8; 32]> {
        self.hash.hash_with(handle.version(), &[handle.bytes(), holder].concat())
    }
}

impl fmt::Debug for WaitingRequests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitingRequests").finish_non_exhaustive()
    }
}

fn expired() -> Error {
    ErrorKind::AuthorizationExpired.into()
}
