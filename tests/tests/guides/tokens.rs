//! Tokens that PyJWT and python-jose made (`tests/fixtures/coming-from`).

use std::time::Duration;

use serde_json::Value;

/// From the start of a scenario: the one that has an end has passed it.
pub(crate) const EXPIRED_AFTER: Duration = Duration::from_secs(1000);

/// One of them.
pub(crate) struct Token {
    /// What it is an example of.
    pub(crate) name: String,
    /// The token.
    pub(crate) text: String,
}

/// All of them.
pub(crate) fn tokens() -> Vec<Token> {
    let all: Vec<Value> =
        serde_json::from_str(include_str!("../../fixtures/coming-from/tokens.json")).unwrap();
    let text = |token: &Value, member: &str| token[member].as_str().unwrap().to_owned();
    all.iter().map(|token| Token { name: text(token, "name"), text: text(token, "token") }).collect()
}
