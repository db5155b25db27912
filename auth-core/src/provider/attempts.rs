//! The logins that were begun and are not over, where they are remembered.
//!
//! The key of an attempt is a hash of its `state`, the browser's cookie and the provider together: whoever brings one of them wrong finds
//! nothing, so there is nothing to compare afterwards, and a `state` that leaked spoils no login. What a provider posts comes without
//! cookies (`SameSite=Lax`; a laxer one would come with every forged form), so it is kept, decides nothing, and is fetched by a GET. An
//! answer that is used up is refused to its own browser too: sending somebody on would need a record of what became of it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::clock::{Clock, Timestamp};
use crate::error::{Error, ErrorKind};
use crate::http::{BrowserId, SafeRedirect};
use crate::key::{ApplicationSecrets, KeyedHash, OpaqueToken, Sealer};
use crate::random::Random;
use crate::secret::Secret;
use crate::short_lived::ShortLivedStore;
use crate::throttle::Turn;

use super::ProviderId;
use super::attempt::{Attempt, Record};
use super::callback::{Answer, CallbackParameters};
use super::errand::Errand;

/// How long somebody may take at the provider: as long as an authorization code lives at most (RFC 6749 section 4.1.2).
const ATTEMPT_LIFE: Duration = Duration::from_secs(10 * 60);

/// How long after its beginning an attempt can become a session, or a login that waits for a factor: as long again for the exchange,
/// however slow the provider is.
pub(super) const FINISH_LIFE: Duration = ATTEMPT_LIFE.saturating_mul(2);

/// How long the answer of a `form_post` waits for the browser that is being sent to fetch it.
const HANDOVER_LIFE: Duration = Duration::from_secs(60);

/// How long a browser keeps its cookie: some attempts after another.
pub(crate) const BROWSER_LIFE: Duration = Duration::from_secs(60 * 60);

/// The `state` of an authorization request: 256 random bits.
type State = OpaqueToken<32>;

/// The logins that were begun and are not over, in the short-lived store.
///
/// The key of a record is a keyed hash of the `state`, the browser's cookie and the provider. So whoever brings one of them
/// wrong finds nothing and uses nothing up: a `state` that leaked neither logs another browser in nor spoils the login that
/// it belongs to. What is found is taken, by one caller; its content is sealed.
#[derive(Clone)]
pub(crate) struct Attempts {
    store: Arc<dyn ShortLivedStore>,
    hash: KeyedHash,
    sealer: Sealer,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

/// What an attempt is sealed for, and its key hashed.
const PURPOSE: &str = "provider attempt";

impl Attempts {
    pub(super) fn new(
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

    /// Remembers a login that begins, and answers it with its `state`.
    pub(crate) async fn begin(
        &self,
        provider: &ProviderId,
        browser: &BrowserId,
        (errand, next, turn): (Errand, SafeRedirect, Turn),
    ) -> Result<(Attempt, Secret), Error> {
        let now = self.clock.now();
        let state = State::generate(self.hash.current_version(), &*self.random);
        let attempt = Attempt::new(errand, next, turn, now, &*self.random);
        let key = self.attempt_key(provider, browser, &state).ok_or(ErrorKind::Internal)?;
        self.put(&key, &Record::of(&attempt), ATTEMPT_LIFE, now).await?;
        Ok((attempt, state.expose().into()))
    }

    /// What a provider answered, and the attempt that it belongs to. That is over now, whatever the answer says.
    ///
    /// # Errors
    /// `StateMismatch` when there is none, or none any more; `Unavailable`.
    pub(crate) async fn answered(
        &self,
        provider: &ProviderId,
        browser: Option<&BrowserId>,
        answer: Answer,
    ) -> Result<(CallbackParameters, Attempt), Error> {
        let parameters = match answer {
            Answer::Here(parameters) => parameters,
            Answer::Kept(handle) => self.fetch(provider, &handle).await?,
        };
        let attempt = self.take(provider, browser, parameters.state.as_deref()).await?;
        Ok((parameters, attempt))
    }

    /// Takes the login that this browser began with this provider under this `state`.
    ///
    /// # Errors
    /// `StateMismatch` when there is none, or none any more; `Unavailable`.
    async fn take(
        &self,
        provider: &ProviderId,
        browser: Option<&BrowserId>,
        state: Option<&str>,
    ) -> Result<Attempt, Error> {
        let browser = browser.ok_or_else(|| mismatch("the browser brought no cookie"))?;
        let state =
            state.and_then(State::parse).ok_or_else(|| mismatch("there is no state, or none of ours"))?;
        let key = self.attempt_key(provider, browser, &state);
        let key = key.ok_or_else(|| mismatch("the state is older than the application secret"))?;
        let record: Option<Record<'static>> = self.take_sealed(&key).await?;
        let attempt = record.and_then(Record::into_attempt);
        attempt.ok_or_else(|| mismatch("no login of this browser with this provider has this state"))
    }

    /// Keeps what a provider posted until the browser fetches it, and answers the handle for that. A form that another site
    /// posts comes without cookies, so nothing else can be done with it.
    pub(crate) async fn hand_over(
        &self,
        provider: &ProviderId,
        parameters: &CallbackParameters,
    ) -> Result<String, Error> {
        let handle = State::generate(self.hash.current_version(), &*self.random);
        let key = self.handover_key(provider, &handle).ok_or(ErrorKind::Internal)?;
        self.put(&key, parameters, HANDOVER_LIFE, self.clock.now()).await?;
        Ok(handle.expose())
    }

    /// Takes what a provider posted.
    ///
    /// # Errors
    /// `StateMismatch` when it was fetched before, or too long ago; `Unavailable`.
    async fn fetch(&self, provider: &ProviderId, handle: &str) -> Result<CallbackParameters, Error> {
        let key = State::parse(handle).and_then(|handle| self.handover_key(provider, &handle));
        let key = key.ok_or_else(|| mismatch("the handle is none of ours"))?;
        let parameters = self.take_sealed(&key).await?;
        parameters.ok_or_else(|| mismatch("the handle was used, or is over"))
    }

    async fn put(
        &self,
        key: &str,
        value: &impl Serialize,
        life: Duration,
        now: Timestamp,
    ) -> Result<(), Error> {
        let sealed = self.sealer.seal_record(value, key.as_bytes(), &*self.random)?;
        Ok(self.store.put(key, &sealed, life, now).await?)
    }

    async fn take_sealed<T: for<'de> Deserialize<'de>>(&self, key: &str) -> Result<Option<T>, Error> {
        let Some(sealed) = self.store.take(key, self.clock.now()).await? else { return Ok(None) };
        Ok(self.sealer.open_record(&sealed, key.as_bytes()))
    }

    fn attempt_key(&self, provider: &ProviderId, browser: &BrowserId, state: &State) -> Option<String> {
        let named = [state.bytes().as_slice(), browser.bytes(), provider.as_str().as_bytes()].concat();
        let hash = self.hash.hash_with(state.version(), &named)?;
        Some(format!("provider:attempt:{}", URL_SAFE_NO_PAD.encode(hash)))
    }

    fn handover_key(&self, provider: &ProviderId, handle: &State) -> Option<String> {
        let named = [handle.bytes().as_slice(), provider.as_str().as_bytes()].concat();
        let hash = self.hash.hash_with(handle.version(), &named)?;
        Some(format!("provider:handover:{}", URL_SAFE_NO_PAD.encode(hash)))
    }
}

impl fmt::Debug for Attempts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempts").finish_non_exhaustive()
    }
}

/// An answer that belongs to no login here; which of the reasons it is, only the log learns.
fn mismatch(reason: &'static str) -> Error {
    Error::new(ErrorKind::StateMismatch).with_source(reason)
}

#[cfg(test)]
mod tests {
    use super::super::errand::Caller;
    use super::*;
    use crate::session::SessionHandle;
    use crate::store::{Backend as _, MemoryStore};
    use crate::testing::{ManualClock, SeededRandom};
    use crate::tests::SECRET;
    use crate::user::UserId;

    struct Room {
        attempts: Attempts,
        clock: ManualClock,
        browser: BrowserId,
        provider: ProviderId,
    }

    impl Room {
        fn new() -> Self {
            let secrets = ApplicationSecrets::from_text(SECRET).unwrap();
            let clock = ManualClock::default();
            let store = MemoryStore::new().stores().short_lived;
            let random = Arc::new(SeededRandom::new(7));
            let attempts = Attempts::new(store, &secrets, Arc::new(clock.clone()), random);
            let browser = attempts.new_browser();
            Self { attempts, clock, browser, provider: ProviderId::new("idp").unwrap() }
        }

        async fn begin(&self, errand: Errand) -> (Attempt, String) {
            let next = SafeRedirect::or_home(Some("/private"));
            let turn = Turn { at_in_store: Some(self.clock.now()) };
            let begun = self.attempts.begin(&self.provider, &self.browser, (errand, next, turn)).await;
            let (attempt, state) = begun.unwrap();
            (attempt, state.expose().to_owned())
        }

        async fn take(&self, state: &str) -> Result<Attempt, ErrorKind> {
            let taken = self.attempts.take(&self.provider, Some(&self.browser), Some(state)).await;
            taken.map_err(|error| error.kind())
        }
    }

    fn caller() -> Caller {
        Caller { user: UserId::new("alice"), session: SessionHandle::new([7; 16]) }
    }

    #[tokio::test]
    async fn what_was_begun_comes_back_once() {
        let room = Room::new();
        for errand in [Errand::Login, Errand::Link(caller()), Errand::Reauthenticate(caller())] {
            let (begun, state) = room.begin(errand).await;
            let taken = room.take(&state).await.unwrap();
            assert_eq!((&taken.errand, &taken.next), (&begun.errand, &begun.next));
            assert_eq!((taken.begun_at, taken.turn), (begun.begun_at, begun.turn));
            assert!(taken.nonce.is_same(&begun.nonce) && taken.verifier.is_same(&begun.verifier));
            assert_eq!(room.take(&state).await.unwrap_err(), ErrorKind::StateMismatch);
        }
    }

    #[tokio::test]
    async fn another_browser_another_provider_and_another_state_find_nothing_and_spoil_nothing() {
        let room = Room::new();
        let (_, state) = room.begin(Errand::Login).await;
        let (attempts, provider) = (&room.attempts, &room.provider);
        let (other_browser, other_provider) = (attempts.new_browser(), ProviderId::new("other").unwrap());
        for (provider, browser, state) in [
            (provider, Some(&other_browser), Some(state.as_str())),
            (provider, None, Some(state.as_str())),
            (&other_provider, Some(&room.browser), Some(state.as_str())),
            (provider, Some(&room.browser), Some("x")),
            (provider, Some(&room.browser), Some("")),
            (provider, Some(&room.browser), None),
        ] {
            let refused = attempts.take(provider, browser, state).await.unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::StateMismatch);
        }
        assert!(room.take(&state).await.is_ok());
    }

    #[tokio::test]
    async fn an_attempt_ends_after_ten_minutes() {
        let room = Room::new();
        let (_, early) = room.begin(Errand::Login).await;
        let (_, late) = room.begin(Errand::Login).await;
        room.clock.advance(ATTEMPT_LIFE - Duration::from_millis(1));
        assert!(room.take(&early).await.is_ok());
        room.clock.advance(Duration::from_millis(1));
        assert_eq!(room.take(&late).await.unwrap_err(), ErrorKind::StateMismatch);
    }

    #[tokio::test]
    async fn no_two_attempts_share_anything() {
        let room = Room::new();
        let mut drawn = std::collections::HashSet::new();
        for _ in 0..20 {
            let (attempt, state) = room.begin(Errand::Login).await;
            for text in [state.as_str(), attempt.nonce.expose(), attempt.verifier.expose()] {
                assert!((43..=128).contains(&text.len()) && drawn.insert(text.to_owned()));
            }
        }
    }

    #[tokio::test]
    async fn what_a_provider_posted_is_fetched_once_and_within_a_minute() {
        let room = Room::new();
        let parameters = CallbackParameters { code: Some("code".to_owned()), ..Default::default() };
        let hand_over = || room.attempts.hand_over(&room.provider, &parameters);
        let handle = hand_over().await.unwrap();
        let other = ProviderId::new("other").unwrap();
        assert!(room.attempts.fetch(&other, &handle).await.is_err());
        let fetched = room.attempts.fetch(&room.provider, &handle).await.unwrap();
        assert_eq!(fetched.code.as_deref(), Some("code"));
        assert!(room.attempts.fetch(&room.provider, &handle).await.is_err());

        let handle = hand_over().await.unwrap();
        room.clock.advance(HANDOVER_LIFE);
        assert!(room.attempts.fetch(&room.provider, &handle).await.is_err());
        assert!(room.attempts.fetch(&room.provider, "x").await.is_err());
    }
}
