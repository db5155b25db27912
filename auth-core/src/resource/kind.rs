//! What a token says that it is for.
//!
//! Compared with what access tokens are called: a list of what refresh tokens are called would be one library short. The price is that an
//! issuer which calls its access tokens something else has to be described, by `token_kind`.

use crate::issuer::{Claims, OutsideRefusal};
use crate::outbound::OutsideError;

/// The claims in which a token's kind is named: by Keycloak and Guardian in `typ`, Cognito and Hydra in `token_use`, SimpleJWT
/// and introspection (RFC 7662 section 2.2) in `token_type`, Casdoor in `tokenType`, Flask-JWT-Extended and AuthX in `type`, by
/// programs of one's own in any of them, `use` or `purpose`.
const KIND_CLAIMS: [&str; 7] = ["typ", "token_use", "token_type", "tokenType", "type", "use", "purpose"];

/// What an access token is called there, without case, `-` and `_`.
const ACCESS_TOKEN_KINDS: [&str; 3] = ["access", "accesstoken", "at+jwt"];

/// How an access token is written or sent, which is true of ID tokens as well. It says what a token is for in one place alone:
/// Keycloak's `typ`, which is `Bearer`, `ID` or `Refresh`.
const FORMS: [&str; 2] = ["bearer", "jwt"];

/// What other tokens are called, in the same spelling. A scope that is such a name and nothing else is a kind too: programs that
/// have no claim for it write `refresh_token` there, and Directus `password-reset`. Beside other words it is a scope (Salesforce
/// has one that is called so).
const OTHER_KINDS: [&str; 10] = [
    "emailtoken",
    "emailverification",
    "idtoken",
    "logouttoken",
    "passwordreset",
    "refresh",
    "refreshtoken",
    "resetpassword",
    "resettoken",
    "verifyemail",
];

/// Which kinds of tokens are taken for access tokens: those that are called so, and what the application adds.
#[derive(Clone, Debug, Default)]
pub(super) struct TokenKinds(Vec<String>);

impl TokenKinds {
    pub(super) fn add(&mut self, kind: &str) {
        self.0.push(simple(kind));
    }

    /// Refuses a name that is no access token's.
    pub(super) fn check_settings(&self) -> Result<(), &'static str> {
        let is_other =
            |kind: &String| kind.is_empty() || kind == "id" || OTHER_KINDS.contains(&kind.as_str());
        match self.0.iter().any(is_other) {
            true => Err("`.token_kind(..)` is for what access tokens are called, never refresh or ID tokens"),
            false => Ok(()),
        }
    }

    /// Refuses a token that says that it is for something else, and answers whether it says that it is for access.
    pub(super) fn check(&self, claims: &Claims) -> Result<bool, OutsideError> {
        let mut says_access = false;
        for name in KIND_CLAIMS {
            if let Some(kind) = claims.text(name)? {
                says_access |= self.check_kind(name, kind)?;
            }
        }
        Ok(says_access)
    }

    /// Refuses a token whose scope is the name of another kind.
    pub(super) fn check_scope(scope: &str) -> Result<(), OutsideError> {
        let mut words = scope.split_whitespace();
        match (words.next(), words.next()) {
            (Some(word), None) if OTHER_KINDS.contains(&simple(word).as_str()) => {
                Err(OutsideError::token(OutsideRefusal::Type))
            }
            _ => Ok(()),
        }
    }

    /// Refuses the name of another kind, and answers whether this one says that the token is for access.
    fn check_kind(&self, name: &str, kind: &str) -> Result<bool, OutsideError> {
        let kind = simple(kind);
        if FORMS.contains(&kind.as_str()) {
            return Ok(name == "typ" && kind == "bearer");
        }
        if ACCESS_TOKEN_KINDS.contains(&kind.as_str()) || self.0.contains(&kind) {
            return Ok(true);
        }
        tracing::debug!(
            claim = name,
            kind,
            "a token of another kind; where access tokens are called so, `.token_kind(..)` says it"
        );
        Err(OutsideError::token(OutsideRefusal::Type))
    }
}

/// A name without case, `-` and `_`: `access-token` is `accessToken`.
fn simple(name: &str) -> String {
    name.chars()
        .filter(|letter| !matches!(letter, '-' | '_'))
        .map(|letter| letter.to_ascii_lowercase())
        .collect()
}
