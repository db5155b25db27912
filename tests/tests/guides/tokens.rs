//! Tokens that PyJWT and python-jose made (`tests/fixtures/coming-from`).

use serde_json::Value;

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
