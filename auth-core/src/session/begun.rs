//! What a session begins with, and what is handed out once it has begun.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::http::SessionId;

use super::{ProviderSession, SessionData, SessionKey, SessionRecord};

/// The longest user agent that is kept, in bytes.
const MAX_USER_AGENT: usize = 256;

/// Where a login comes from: the client, for the user's list of sessions, and the provider that vouched, if one did.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origin {
    pub(super) ip: Option<IpAddr>,
    pub(super) user_agent: Option<Arc<str>>,
    provider: Option<ProviderSession>,
}

impl Origin {
    pub(crate) fn new(ip: Option<IpAddr>, user_agent: Option<&str>) -> Self {
        let shorten = |text: &str| Arc::from(&text[..text.floor_char_boundary(MAX_USER_AGENT)]);
        Self { ip, user_agent: user_agent.filter(|text| !text.is_empty()).map(shorten), provider: None }
    }

    /// The same, vouched for by a provider.
    pub(crate) fn by_provider(self, provider: Option<ProviderSession>) -> Self {
        Self { provider, ..self }
    }

    /// The client's address, as far as it is known.
    pub(crate) fn network(&self) -> Option<IpAddr> {
        self.ip
    }

    /// What a session keeps of it beside the client.
    pub(super) fn data(&mut self) -> Option<Box<SessionData>> {
        let provider = self.provider.take()?;
        Some(Box::new(SessionData { provider: Some(provider), ..SessionData::default() }))
    }
}

/// A session that was just given an id; the only moment at which the id itself is known.
#[derive(Debug)]
pub(crate) struct Begun {
    id: SessionId,
    key: SessionKey,
    record: SessionRecord,
}

impl Begun {
    pub(super) fn new(id: SessionId, key: SessionKey, record: SessionRecord) -> Self {
        Self { id, key, record }
    }

    /// The value of its cookie.
    pub(crate) fn id(&self) -> &SessionId {
        &self.id
    }

    /// Under what it is kept.
    pub(crate) fn key(&self) -> &SessionKey {
        &self.key
    }

    /// What is kept.
    pub(crate) fn record(&self) -> &SessionRecord {
        &self.record
    }

    /// How long the cookie lives: to the end of the session with `remember`, else to the end of the browser.
    pub(crate) fn max_age(&self) -> Option<Duration> {
        self.record.remember.then(|| self.record.expires_at.since(self.record.last_seen_at))
    }
}
