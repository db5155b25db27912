//! What a token is bound to.

use serde::{Deserialize, Serialize};

/// What whoever shows a token has to show beside it (RFC 7800 section 3), so that the token alone is good for nothing.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    /// The thumbprint of a key (RFC 9449 section 6.1): that its holder sends the request.
    pub jkt: String,
}

impl Confirmation {
    /// That the key with this thumbprint (RFC 7638) is held.
    pub fn of_key(thumbprint: impl Into<String>) -> Self {
        Self { jkt: thumbprint.into() }
    }
}
