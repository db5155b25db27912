//! What somebody is let in for.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::http::SafeRedirect;
use crate::login::PENDING_LIFE;

use super::{ProviderSession, SessionHandle};

/// What a login becomes once it is whole, on what it stands, and where the browser goes then.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Goal {
    wanted: Wanted,
    provider: Option<ProviderLogin>,
    /// The hash of another system's cookie, for which the session is exchanged.
    outside: Option<String>,
    /// A checked path.
    next: Option<String>,
}

/// What a login becomes.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) enum Wanted {
    /// A new session, whose cookie outlives the browser or does not.
    Session { remember: bool },
    /// The session with this handle, made fresh; until then it stays as it was. Whoever goes by no session has none to make fresh.
    Freshness { session: Option<String> },
}

/// A login by a provider: what it stands on until it has become a session.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct ProviderLogin {
    session: ProviderSession,
    subject: String,
    begun_at: i64,
    ends_at: i64,
}

impl Goal {
    /// A new session. With `remember` its cookie outlives the browser.
    pub(crate) fn login(remember: bool) -> Self {
        Self { wanted: Wanted::Session { remember }, provider: None, outside: None, next: None }
    }

    /// The caller's session, made fresh; `None` for a caller who goes by none.
    pub(crate) fn reauthenticate(session: Option<&SessionHandle>) -> Self {
        let wanted = Wanted::Freshness { session: session.map(SessionHandle::to_string) };
        Self { wanted, provider: None, outside: None, next: None }
    }

    /// The same, by the word of a provider.
    pub(crate) fn by_provider(self, login: ProviderLogin) -> Self {
        Self { provider: Some(login), ..self }
    }

    /// The same, in exchange for the cookie with this hash.
    pub(super) fn by_outside(self, hash: String) -> Self {
        Self { outside: Some(hash), ..self }
    }

    /// The same, and then there.
    pub(crate) fn then(self, next: Option<SafeRedirect>) -> Self {
        Self { next: next.map(|next| next.as_str().to_owned()), ..self }
    }

    /// The same for a login that is kept until a factor was shown: it can become a session for as much longer.
    pub(super) fn kept(mut self) -> Self {
        if let Some(login) = &mut self.provider {
            login.ends_at = (login.ends_at() + PENDING_LIFE).unix_millis();
        }
        self
    }

    pub(super) fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    /// Whether a factor that is missing can be waited for: without a session to come back to there is nothing to keep.
    pub(super) fn can_wait(&self) -> bool {
        !matches!(self.wanted, Wanted::Freshness { session: None })
    }

    pub(super) fn provider(&self) -> Option<&ProviderLogin> {
        self.provider.as_ref()
    }

    pub(super) fn outside(&self) -> Option<&str> {
        self.outside.as_deref()
    }

    pub(super) fn next(&self) -> Option<SafeRedirect> {
        SafeRedirect::parse(self.next.as_deref()?)
    }
}

impl ProviderLogin {
    /// A login of whom the provider calls `subject`. It can become a session until `ends_at`: whatever ends it is remembered until
    /// then.
    pub(crate) fn new(
        session: ProviderSession,
        subject: &str,
        begun_at: Timestamp,
        ends_at: Timestamp,
    ) -> Self {
        let (begun_at, ends_at) = (begun_at.unix_millis(), ends_at.unix_millis());
        Self { session, subject: subject.to_owned(), begun_at, ends_at }
    }

    /// The session at the provider.
    pub(crate) fn session(&self) -> &ProviderSession {
        &self.session
    }

    /// Whom the provider vouched for.
    pub(crate) fn subject(&self) -> &str {
        &self.subject
    }

    /// When the browser left for the provider.
    pub(crate) fn begun_at(&self) -> Timestamp {
        Timestamp::from_unix_millis(self.begun_at)
    }

    /// From when on it can become no session any more.
    pub(crate) fn ends_at(&self) -> Timestamp {
        Timestamp::from_unix_millis(self.ends_at)
    }
}
