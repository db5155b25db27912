//! Who acts for the user of a token.

use serde::{Deserialize, Serialize};

/// Who acts for whom a token stands (RFC 8693 section 4.1), and who did before. Only the outermost acts now: the others are history.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct Actor {
    /// A client, or another user.
    pub sub: String,
    /// Who acted before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Box<Self>>,
}

impl Actor {
    /// Somebody who acts now, after others.
    pub fn after(sub: impl Into<String>, before: Option<Self>) -> Self {
        Self { sub: sub.into(), act: before.map(Box::new) }
    }

    /// How many there are, those of before with them.
    pub fn count(&self) -> usize {
        std::iter::successors(Some(self), |actor| actor.act.as_deref()).count()
    }
}
