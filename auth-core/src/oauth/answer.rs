//! What token endpoints answer, read.

use std::fmt;
use std::time::Duration;

use oauth2::basic::{BasicErrorResponse, BasicErrorResponseType, BasicTokenType};
use oauth2::{AccessToken, RefreshToken, RequestTokenError, Scope, TokenResponse};
use serde::de::{Deserializer, Error as _, Unexpected, Visitor};
use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind};
use crate::outbound::{OutboundError, OutboundResponse};

use super::IssuedTokens;

/// How much of an error description reaches the log, in bytes.
const MAX_DESCRIPTION: usize = 200;

/// A successful answer (RFC 6749 section 5.1), with what providers do to it.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct TokenAnswer {
    access_token: AccessToken,
    /// Absent where it is required: LinkedIn leaves it out (<https://github.com/panva/openid-client/issues/826>). What is absent
    /// is used as `Bearer`; what is there must be it.
    #[serde(default = "bearer", deserialize_with = "any_case")]
    token_type: BasicTokenType,
    /// Naver writes the number as text (<https://developers.naver.com/docs/login/api/api.md>).
    #[serde(default, deserialize_with = "seconds")]
    expires_in: Option<u64>,
    refresh_token: Option<RefreshToken>,
    /// A secret like the others, and kept as one until it is handed on.
    id_token: Option<AccessToken>,
    scope: Option<String>,
}

impl TokenResponse for TokenAnswer {
    type TokenType = BasicTokenType;

    fn access_token(&self) -> &AccessToken {
        &self.access_token
    }

    fn token_type(&self) -> &BasicTokenType {
        &self.token_type
    }

    fn expires_in(&self) -> Option<Duration> {
        self.expires_in.map(Duration::from_secs)
    }

    fn refresh_token(&self) -> Option<&RefreshToken> {
        self.refresh_token.as_ref()
    }

    /// Nobody asks: the scope is handed on as it came.
    fn scopes(&self) -> Option<&Vec<Scope>> {
        None
    }
}

impl TokenAnswer {
    /// What was issued, by a request that was sent at `now`.
    pub(super) fn issued(self, now: Timestamp) -> Result<IssuedTokens, Error> {
        if self.token_type != BasicTokenType::Bearer {
            return Err(provider_error("the token endpoint issued a token that is no bearer token"));
        }
        if self.access_token.secret().is_empty() {
            return Err(provider_error("the token endpoint issued an empty access token"));
        }
        Ok(IssuedTokens {
            expires_at: self.expires_in().map(|life| now + life),
            access_token: self.access_token.into_secret().into(),
            refresh_token: self.refresh_token.map(|token| token.into_secret().into()),
            id_token: self.id_token.map(|token| token.into_secret().into()),
            scope: self.scope,
        })
    }
}

/// What became of a request that issued nothing. The client's own name for it decides the kind; the words of the server are for
/// the log.
pub(super) fn failed(error: RequestTokenError<OutboundError, BasicErrorResponse>) -> Error {
    match error {
        RequestTokenError::ServerResponse(answer) => refused(&answer),
        RequestTokenError::Request(error) => Error::new(ErrorKind::ProviderError).with_source(error),
        // Neither the body nor the parser's words, which quote it: there may be tokens in both.
        RequestTokenError::Parse(error, _) => provider_error(format!(
            "the token endpoint's answer is not readable at {:?}",
            error.path().to_string()
        )),
        RequestTokenError::Other(_) => provider_error("the token endpoint's answer is empty or no JSON"),
    }
}

/// An error answer (RFC 6749 section 5.2).
pub(super) fn refused(answer: &BasicErrorResponse) -> Error {
    let kind = match answer.error() {
        BasicErrorResponseType::InvalidGrant => ErrorKind::InvalidGrant,
        BasicErrorResponseType::InvalidClient | BasicErrorResponseType::UnauthorizedClient => {
            ErrorKind::InvalidClient
        }
        BasicErrorResponseType::InvalidScope => ErrorKind::InvalidScope,
        BasicErrorResponseType::Extension(code) => match code.as_str() {
            // GitHub's words for the same.
            "bad_verification_code" | "bad_refresh_token" => ErrorKind::InvalidGrant,
            "incorrect_client_credentials" => ErrorKind::InvalidClient,
            _ => ErrorKind::ProviderError,
        },
        _ => ErrorKind::ProviderError,
    };
    let code: &str = answer.error().as_ref();
    let description = answer.error_description().map_or("", String::as_str);
    Error::new(kind).with_source(format!("the server refused: {:?} {:?}", plain(code), plain(description)))
}

/// The code of an error answer, if it is one.
pub(super) fn error_code(answer: &OutboundResponse) -> Option<BasicErrorResponseType> {
    serde_json::from_slice::<BasicErrorResponse>(&answer.body).ok().map(|answer| answer.error().clone())
}

pub(super) fn provider_error(reason: impl Into<String>) -> Error {
    Error::new(ErrorKind::ProviderError).with_source(reason.into())
}

/// What may be logged of a server's text. One that repeats our request has our code, secret or token in it: whatever is longer
/// than a word and is no error code is left out.
fn plain(text: &str) -> String {
    let is_code = |word: &str| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let shown = |word| if word_fits(word) || is_code(word) { word } else { "…" };
    cut(text).split_whitespace().map(shown).collect::<Vec<_>>().join(" ")
}

/// Codes, secrets and tokens are longer: 16 characters of base64url hold 96 bits.
fn word_fits(word: &str) -> bool {
    word.len() < 16
}

fn cut(text: &str) -> &str {
    let end = (0..=MAX_DESCRIPTION.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

fn bearer() -> BasicTokenType {
    BasicTokenType::Bearer
}

/// RFC 6749 section 5.1: the value is compared without case.
fn any_case<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BasicTokenType, D::Error> {
    let name = String::deserialize(deserializer)?;
    Ok(if name.eq_ignore_ascii_case("bearer") {
        BasicTokenType::Bearer
    } else {
        BasicTokenType::Extension(name)
    })
}

/// A number of seconds, also where it is written as text.
pub(super) fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    struct Seconds;
    impl<'de> Visitor<'de> for Seconds {
        type Value = Option<u64>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a number of seconds")
        }
        fn visit_u64<E>(self, seconds: u64) -> Result<Self::Value, E> {
            Ok(Some(seconds))
        }
        fn visit_str<E: serde::de::Error>(self, seconds: &str) -> Result<Self::Value, E> {
            seconds.parse().map(Some).map_err(|_| E::invalid_value(Unexpected::Other("text"), &self))
        }
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
    }
    deserializer.deserialize_any(Seconds).map_err(|_| D::Error::custom("not a number of seconds"))
}
