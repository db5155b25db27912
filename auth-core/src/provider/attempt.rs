//! A login that was begun and is not over, and as what it is remembered while the browser is at the provider.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::clock::Timestamp;
use crate::http::SafeRedirect;
use crate::random::{Random, random_bytes};
use crate::secret::Secret;
use crate::session::SessionHandle;
use crate::throttle::Turn;
use crate::user::UserId;

use super::errand::{Caller, Errand};

/// One login that was begun.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub(super) errand: Errand,
    pub(super) begun_at: Timestamp,
    pub(super) nonce: Secret,
    pub(super) verifier: Secret,
    pub(super) next: SafeRedirect,
    /// The turn that it took of its network.
    pub(super) turn: Turn,
}

impl Attempt {
    pub(super) fn new(
        errand: Errand,
        next: SafeRedirect,
        turn: Turn,
        now: Timestamp,
        random: &dyn Random,
    ) -> Self {
        // 32 bytes in base64url: the 43 characters that RFC 7636 section 4.1 recommends for a verifier.
        let drawn = || Secret::new(URL_SAFE_NO_PAD.encode(Zeroizing::new(random_bytes::<32>(random))));
        Self { errand, begun_at: now, nonce: drawn(), verifier: drawn(), next, turn }
    }

    /// Who has to come back, if anybody in particular.
    pub(crate) fn caller(&self) -> Option<&Caller> {
        self.errand.caller()
    }
}

/// An attempt as it is sealed.
#[derive(Deserialize, Serialize)]
pub(super) struct Record<'a> {
    errand: RecordedErrand<'a>,
    begun_at: i64,
    nonce: Cow<'a, str>,
    verifier: Cow<'a, str>,
    next: Cow<'a, str>,
    /// Absent in what an older version has written.
    #[serde(default)]
    turn_at: Option<i64>,
}

#[derive(Deserialize, Serialize)]
enum RecordedErrand<'a> {
    Login,
    Link { user: Cow<'a, str>, session: String },
    Reauthenticate { user: Cow<'a, str>, session: String },
}

impl<'a> Record<'a> {
    pub(super) fn of(attempt: &'a Attempt) -> Self {
        Self {
            errand: RecordedErrand::of(&attempt.errand),
            begun_at: attempt.begun_at.unix_millis(),
            nonce: attempt.nonce.expose().into(),
            verifier: attempt.verifier.expose().into(),
            next: attempt.next.as_str().into(),
            turn_at: attempt.turn.at_in_store.map(Timestamp::unix_millis),
        }
    }

    pub(super) fn into_attempt(self) -> Option<Attempt> {
        Some(Attempt {
            errand: self.errand.into_errand()?,
            begun_at: Timestamp::from_unix_millis(self.begun_at),
            nonce: self.nonce.into_owned().into(),
            verifier: self.verifier.into_owned().into(),
            next: SafeRedirect::or_home(Some(&self.next)),
            turn: Turn { at_in_store: self.turn_at.map(Timestamp::from_unix_millis) },
        })
    }
}

impl<'a> RecordedErrand<'a> {
    fn of(errand: &'a Errand) -> Self {
        let parts = |caller: &'a Caller| (caller.user.as_str().into(), caller.session.to_string());
        match errand {
            Errand::Login => Self::Login,
            Errand::Link(caller) => {
                let (user, session) = parts(caller);
                Self::Link { user, session }
            }
            Errand::Reauthenticate(caller) => {
                let (user, session) = parts(caller);
                Self::Reauthenticate { user, session }
            }
        }
    }

    fn into_errand(self) -> Option<Errand> {
        let caller = |user: Cow<'_, str>, session: &str| {
            let session = SessionHandle::parse(session)?;
            Some(Caller { user: UserId::new(user.into_owned()), session })
        };
        Some(match self {
            Self::Login => Errand::Login,
            Self::Link { user, session } => Errand::Link(caller(user, &session)?),
            Self::Reauthenticate { user, session } => Errand::Reauthenticate(caller(user, &session)?),
        })
    }
}
