//! What a login was on the way to when a factor was missing.

use serde::{Deserialize, Serialize};

use crate::http::SafeRedirect;

use super::{ProviderSession, SessionHandle};

/// What a login becomes once it is whole, and where the browser goes then.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Goal {
    pub(crate) purpose: Purpose,
    /// The session at a provider that it came from.
    pub(crate) provider: Option<ProviderSession>,
    /// A checked path.
    next: Option<String>,
}

/// What a login becomes.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum Purpose {
    /// A new session, whose cookie outlives the browser or does not.
    Login { remember: bool },
    /// The session with this handle, made fresh. Until then it stays as it was.
    Reauthenticate { session: String },
}

impl Goal {
    pub(crate) fn login(remember: bool) -> Self {
        Self { purpose: Purpose::Login { remember }, provider: None, next: None }
    }

    pub(crate) fn reauthenticate(session: &SessionHandle) -> Self {
        let purpose = Purpose::Reauthenticate { session: session.to_string() };
        Self { purpose, provider: None, next: None }
    }

    pub(crate) fn by_provider(self, provider: ProviderSession) -> Self {
        Self { provider: Some(provider), ..self }
    }

    pub(crate) fn then(self, next: Option<SafeRedirect>) -> Self {
        Self { next: next.map(|next| next.as_str().to_owned()), ..self }
    }
}
