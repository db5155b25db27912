//! ID tokens of ours that come back: whom a client means.

use serde::Deserialize;

use crate::jose::CompactJws;

use super::Server;

/// More is no ID token of ours, in bytes.
const MAX_LEN: usize = 8 * 1024;

/// The `typ` of an ID token: that of no other token of ours.
const TYP: &str = "JWT";

/// What an ID token says that we gave once, however long ago: it proves nothing, and says who is meant.
#[derive(Deserialize)]
pub(super) struct IdTokenHint {
    iss: String,
    pub(super) sub: String,
    /// The client that it was given to.
    pub(super) aud: String,
    /// The session.
    pub(super) sid: String,
}

impl Server {
    /// What an ID token of ours says; nothing for any other.
    pub(super) fn read_hint(&self, token: &str) -> Option<IdTokenHint> {
        let jws = CompactJws::parse(MAX_LEN, token).ok()?;
        let header = jws.header().ok()?;
        let ring = self.tokens.keys().ok()?.ring();
        let key = ring.verifying_key(header.kid()?, self.clock.now())?;
        header.check(key).ok()?;
        let payload = jws.verify(key).ok().filter(|_| header.typ() == Some(TYP))?;
        let hint: IdTokenHint = serde_json::from_slice(&payload).ok()?;
        (*hint.iss == *self.issuer).then_some(hint)
    }
}
