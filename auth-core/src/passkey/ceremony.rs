//! Ceremonies that were begun and are not over, where they are remembered.
//!
//! The key of one is a hash of its challenge, of what it is for and of whose it is: of the browser, of the login that waits there, or
//! of the session. The challenge is the one that the authenticator signed, inside `clientDataJSON`, and none that a body names beside it.
//! So whoever brings one of them wrong finds nothing and uses nothing up, and there is nothing to compare afterwards. What is found is
//! taken, by one caller.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::clock::{Clock, Timestamp};
use crate::error::{Error, ErrorKind};
use crate::http::BrowserId;
use crate::key::{ApplicationSecrets, KeyedHash, Sealer};
use crate::login::PendingId;
use crate::random::{Random, random_bytes};
use crate::session::SessionHandle;
use crate::short_lived::ShortLivedStore;
use crate::throttle::Turn;
use crate::user::UserId;

use super::read::Challenge;

/// How long a ceremony may take: the least of what WebAuthn Level 3 section 15.1 recommends for one in which a user is verified.
pub(super) const CEREMONY_LIFE: Duration = Duration::from_secs(5 * 60);

/// What a ceremony is for, and whose it is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose<'a> {
    /// A passkey is made, in this session.
    Register(&'a SessionHandle),
    /// An account is made with a passkey, in the browser that is kept under this name.
    SignUp(&'a str),
    /// Somebody logs in, in this browser.
    LogIn(&'a BrowserId),
    /// The second factor is shown to the login that waits here.
    SecondFactor(&'a PendingId),
    /// The user of this session proves once more who they are.
    StepUp(&'a SessionHandle),
}

/// What is remembered of a ceremony.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Ceremony {
    pub(super) whom: Whom,
    /// By what authenticators are to know the account of a passkey that is made.
    user_handle: Option<String>,
    /// Whose account is made with it.
    #[serde(default)]
    pub(super) newcomer: Option<Newcomer>,
    /// When a turn was taken for it, in unix milliseconds.
    turn: Option<i64>,
}

/// Somebody who signs up by a passkey, as they said at the start.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Newcomer {
    pub(crate) username: String,
    /// Where they were not invited.
    pub(crate) email: Option<String>,
    pub(crate) invitation: Option<String>,
    /// A checked path.
    pub(crate) next: Option<String>,
}

/// Who may end a ceremony.
#[derive(Debug, Deserialize, Serialize)]
pub(super) enum Whom {
    /// Whoever's passkey it is.
    Anybody,
    /// Nobody: the name that was typed is nobody's.
    Nobody,
    /// The user with this id.
    User(String),
}

/// The ceremonies that were begun and are not over, in the short-lived store; their content is sealed.
#[derive(Clone)]
pub(super) struct Ceremonies {
    store: Arc<dyn ShortLivedStore>,
    hash: KeyedHash,
    sealer: Sealer,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

/// What a ceremony is sealed for, and its key hashed.
const PURPOSE: &str = "passkey ceremony";

impl Purpose<'_> {
    /// A name, and what only whoever began it has.
    fn parts(&self) -> (&'static [u8], &[u8]) {
        match self {
            Self::Register(session) => (b"register", session.as_bytes()),
            Self::SignUp(browser) => (b"sign up", browser.as_bytes()),
            Self::LogIn(browser) => (b"login", browser.bytes()),
            Self::SecondFactor(pending) => (b"second factor", pending.bytes()),
            Self::StepUp(session) => (b"step up", session.as_bytes()),
        }
    }
}

impl Ceremony {
    pub(super) fn of(whom: Whom) -> Self {
        Self { whom, user_handle: None, newcomer: None, turn: None }
    }

    pub(super) fn making(user: &UserId, handle: &[u8]) -> Self {
        let user_handle = Some(URL_SAFE_NO_PAD.encode(handle));
        Self { user_handle, ..Self::of(Whom::user(user)) }
    }

    pub(super) fn signing_up(newcomer: Newcomer, handle: &[u8]) -> Self {
        let user_handle = Some(URL_SAFE_NO_PAD.encode(handle));
        Self { user_handle, newcomer: Some(newcomer), ..Self::of(Whom::Nobody) }
    }

    pub(super) fn counted(self, turn: Turn) -> Self {
        Self { turn: turn.at_in_store.map(Timestamp::unix_millis), ..self }
    }

    pub(super) fn user_handle(&self) -> Option<Vec<u8>> {
        URL_SAFE_NO_PAD.decode(self.user_handle.as_deref()?).ok()
    }

    /// The turn that it took, to be given back.
    pub(super) fn turn(&self) -> Turn {
        Turn { at_in_store: self.turn.map(Timestamp::from_unix_millis) }
    }
}

impl Whom {
    pub(super) fn user(user: &UserId) -> Self {
        Self::User(user.as_str().to_owned())
    }

    pub(super) fn takes(&self, user: &UserId) -> bool {
        match self {
            Self::Anybody => true,
            Self::Nobody => false,
            Self::User(id) => user.as_str() == id,
        }
    }
}

impl Ceremonies {
    pub(super) fn new(
        store: Arc<dyn ShortLivedStore>,
        secrets: &ApplicationSecrets,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self { store, hash: secrets.keyed_hash(PURPOSE), sealer: secrets.sealer(PURPOSE), clock, random }
    }

    /// A new name for a browser that has none.
    pub(super) fn new_browser(&self) -> BrowserId {
        BrowserId::generate(self.hash.current_version(), &*self.random)
    }

    /// Remembers a ceremony that begins, and answers its challenge.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(super) async fn begin(&self, purpose: Purpose<'_>, ceremony: &Ceremony) -> Result<Challenge, Error> {
        let challenge: Challenge = random_bytes(&*self.random);
        let key = key_of(&self.hash.hash(&named(purpose, &challenge)));
        let plain = serde_json::to_vec(ceremony).map(Zeroizing::new);
        let plain = plain.map_err(|error| Error::new(ErrorKind::Internal).with_source(error))?;
        let sealed = self.sealer.seal(&plain, key.as_bytes(), &*self.random);
        self.store.put(&key, &sealed, CEREMONY_LIFE, self.clock.now()).await?;
        Ok(challenge)
    }

    /// Takes the ceremony of this challenge; `None` where there is none for this purpose, or none any more.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(super) async fn take(
        &self,
        purpose: Purpose<'_>,
        challenge: &Challenge,
    ) -> Result<Option<Ceremony>, Error> {
        let keys: Vec<_> = self.hash.hashes(&named(purpose, challenge)).map(|hash| key_of(&hash)).collect();
        for key in keys {
            if let Some(sealed) = self.store.take(&key, self.clock.now()).await? {
                let plain = self.sealer.open(&sealed, key.as_bytes());
                return Ok(plain.and_then(|plain| serde_json::from_slice(&plain).ok()));
            }
        }
        Ok(None)
    }
}

fn named(purpose: Purpose<'_>, challenge: &Challenge) -> Vec<u8> {
    let (name, whose) = purpose.parts();
    // The challenge and what follows it have lengths of their own, the name begins the rest: no two read alike.
    [challenge.as_slice(), name, b":", whose].concat()
}

fn key_of(hash: &[u8; 32]) -> String {
    format!("passkey:{}", URL_SAFE_NO_PAD.encode(hash))
}

impl fmt::Debug for Ceremonies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ceremonies").finish_non_exhaustive()
    }
}
