//! Stored hashes.

use std::fmt;

use crate::secret::Secret;

use super::format::HashFormat;
use super::stored::Stored;

/// A stored hash, as text: what new ones look like (`$argon2id$v=19$m=19456,t=2,p=1$…$…`), or one of another framework.
/// `Debug` shows nothing of it.
///
/// Any text can be one, as stores and imports may hold anything. [`HashFormat`] lists what is verified, and
/// [the module](super) the caps on what one may ask for; what is outside of that verifies no password.
#[derive(Clone)]
pub struct PasswordHash(Secret);

impl PasswordHash {
    /// The hash with this text, which is not looked at until a password is verified against it.
    pub fn from_encoded(encoded: impl Into<String>) -> Self {
        Self(Secret::new(encoded))
    }

    /// The text, to be stored.
    pub fn as_encoded(&self) -> &str {
        self.0.expose()
    }

    /// Which format it has, by its beginning: for reports.
    pub fn format(&self) -> HashFormat {
        HashFormat::of(self.as_encoded())
    }

    /// Whether some password could be verified against it: its format is known, nothing of it is missing, and it asks
    /// for no more than the caps allow. An account whose hash is not usable is one without a password.
    pub fn is_usable(&self) -> bool {
        self.read().is_some()
    }

    pub(super) fn read(&self) -> Option<Stored> {
        Stored::read(self.as_encoded())
    }
}

impl PartialEq for PasswordHash {
    /// In time that does not depend on where they differ.
    fn eq(&self, other: &Self) -> bool {
        self.0.is_same(&other.0)
    }
}

impl Eq for PasswordHash {}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash([redacted])")
    }
}
