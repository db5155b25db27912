//! A body as it came.

use std::fmt;
use std::time::Duration;

use zeroize::Zeroize as _;

/// The largest body that a login route takes, in bytes: 64 KiB.
pub const BODY_LIMIT: usize = 64 * 1024;

/// How long a login route waits for a body, unless the settings say something else.
pub(crate) const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// What an adapter could read of a body.
pub enum RequestBody {
    /// The connection broke, or the framing was wrong.
    Broken,
    /// All of it.
    Complete(Vec<u8>),
    /// It took too long; the rest was not waited for. [`read_body`](crate::adapter::read_body) says so.
    Late,
    /// More than [`BODY_LIMIT`] bytes; the rest was not read.
    TooLarge,
}

impl fmt::Debug for RequestBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Broken => "Broken",
            Self::Complete(_) => "Complete([redacted])",
            Self::Late => "Late",
            Self::TooLarge => "TooLarge",
        })
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        if let Self::Complete(bytes) = self {
            bytes.zeroize();
        }
    }
}
