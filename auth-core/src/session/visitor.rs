//! Who comes to be let in, before anybody knows who that is.

use std::net::IpAddr;

use crate::login::DeviceKey;
use crate::throttle::Source;

use super::{Origin, SessionKey};

/// A browser that somebody asks to be let in with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Visitor {
    session: Option<SessionKey>,
    origin: Origin,
    source: Source,
    device: Option<DeviceKey>,
}

impl Visitor {
    /// A visitor who came with this session, whether or not that lives.
    pub(crate) fn new(session: Option<SessionKey>, origin: Origin) -> Self {
        Self { session, origin, source: Source::default(), device: None }
    }

    /// The same, as the limits on guessing see them.
    pub(crate) fn guessing_from(self, source: Source) -> Self {
        Self { source, ..self }
    }

    /// The same in a browser that may be one in which somebody is spared the second factor.
    pub(crate) fn on_device(self, device: Option<DeviceKey>) -> Self {
        Self { device, ..self }
    }

    /// Under what it is known that somebody is spared the second factor there.
    pub(super) fn device(&self) -> Option<&DeviceKey> {
        self.device.as_ref()
    }

    /// The same in another session: the one that they were recognised by.
    pub(crate) fn in_session(self, session: Option<SessionKey>) -> Self {
        Self { session, ..self }
    }

    /// The session that they came with.
    pub(crate) fn session(&self) -> Option<&SessionKey> {
        self.session.as_ref()
    }

    /// Where they come from, as the limits on guessing see it.
    pub(crate) fn source(&self) -> &Source {
        &self.source
    }

    /// Their address, as far as it is known.
    pub(crate) fn network(&self) -> Option<IpAddr> {
        self.origin.network()
    }

    pub(super) fn into_origin(self) -> Origin {
        self.origin
    }
}
