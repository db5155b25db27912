//! What token endpoints answer, read.

use std::time::Duration;

use oauth2::basic::{BasicErrorResponse, BasicErrorResponseType, BasicTokenType};
use oauth2::{AccessToken, RefreshToken, RequestTokenError, Scope, TokenResponse};
use serde::de::{Deserializer, IgnoredAny};
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

use crate::clock::Timestamp;
use crate::outbound::{OutboundError, OutboundResponse, OutsideError, OutsideFault};

use super::IssuedTokens;
use super::bridge::Met;

/// How much of an error description reaches the log, in bytes.
const MAX_DESCRIPTION: usize = 200;

/// A successful answer (RFC 6749 section 5.1), with what providers do to it: what is not needed to use the access token is as if it
/// were not there where it is of another type, and the log names it.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct TokenAnswer {
    access_token: AccessToken,
    /// Absent where it is required: LinkedIn leaves it out (<https://github.com/panva/openid-client/issues/826>). What is absent
    /// is used as `Bearer`; what is there must be it.
    #[serde(default = "bearer", deserialize_with = "token_type")]
    token_type: BasicTokenType,
    #[serde(default, deserialize_with = "expires_in")]
    expires_in: Option<u64>,
    #[serde(default, deserialize_with = "refresh_token")]
    refresh_token: Option<RefreshToken>,
    /// A secret like the others, and kept as one until it is handed on.
    #[serde(default, deserialize_with = "id_token")]
    id_token: Option<AccessToken>,
    #[serde(default, deserialize_with = "scope")]
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
    pub(super) fn issued(self, now: Timestamp) -> Result<IssuedTokens, OutsideError> {
        if self.token_type != BasicTokenType::Bearer {
            return Err(OutsideError::failed("the token endpoint issued a token that is no bearer token"));
        }
        if self.access_token.secret().is_empty() {
            return Err(OutsideError::failed("the token endpoint issued an empty access token"));
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

/// What became of a request that issued nothing. What the server calls it decides the fault; where it was sent, what the answer
/// was like and the words of the server are for the log.
pub(super) fn failed(error: RequestTokenError<OutboundError, BasicErrorResponse>, met: &Met) -> OutsideError {
    match (error, met.outage()) {
        (RequestTokenError::ServerResponse(answer), _) => refused(&answer, met),
        (RequestTokenError::Request(error), _) | (_, Some(error)) => error.into(),
        // Neither the body nor the parser's words, which quote it: there may be tokens in both.
        (RequestTokenError::Parse(error, body), None) => {
            OutsideError::failed(match serde_json::from_slice(&body) {
                Ok(IgnoredAny) => format!("{met} is not readable at `{}`", error.path()),
                Err(_) => format!("{met} is no JSON"),
            })
        }
        (RequestTokenError::Other(_), None) => OutsideError::failed(format!("{met} is empty or no JSON")),
    }
}

/// An error answer (RFC 6749 section 5.2).
pub(super) fn refused(answer: &BasicErrorResponse, met: &Met) -> OutsideError {
    let fault = match answer.error() {
        BasicErrorResponseType::InvalidGrant => OutsideFault::Grant,
        BasicErrorResponseType::InvalidClient | BasicErrorResponseType::UnauthorizedClient => {
            OutsideFault::Client
        }
        BasicErrorResponseType::InvalidScope => OutsideFault::Scope,
        BasicErrorResponseType::Extension(code) => match code.as_str() {
            // GitHub's words for the same.
            "bad_verification_code" | "bad_refresh_token" => OutsideFault::Grant,
            "incorrect_client_credentials" => OutsideFault::Client,
            _ => OutsideFault::Failed,
        },
        _ => OutsideFault::Failed,
    };
    let code: &str = answer.error().as_ref();
    let description = answer.error_description().map_or("", String::as_str);
    let (code, description) = (plain(code), plain(description));
    OutsideError::new(fault).with_source(format!("{met} is a refusal: {code:?} {description:?}"))
}

/// The code of an error answer, if it is one.
pub(super) fn error_code(answer: &OutboundResponse) -> Option<BasicErrorResponseType> {
    serde_json::from_slice::<BasicErrorResponse>(&answer.body).ok().map(|answer| answer.error().clone())
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
fn token_type<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BasicTokenType, D::Error> {
    Ok(match Option::<String>::deserialize(deserializer)? {
        Some(name) if !name.eq_ignore_ascii_case("bearer") => BasicTokenType::Extension(name),
        _ => BasicTokenType::Bearer,
    })
}

fn refresh_token<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<RefreshToken>, D::Error> {
    Ok(member(deserializer, "refresh_token", text)?.map(RefreshToken::new))
}

fn id_token<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<AccessToken>, D::Error> {
    Ok(member(deserializer, "id_token", text)?.map(AccessToken::new))
}

/// Some write it as a list.
fn scope<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    member(deserializer, "scope", |value| match value {
        Value::Array(words) => {
            let words: Option<Vec<_>> = words.iter().map(Value::as_str).collect();
            words.map(|words| words.join(" "))
        }
        other => text(other),
    })
}

pub(super) fn expires_in<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    member(deserializer, "expires_in", seconds)
}

pub(super) fn interval<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    member(deserializer, "interval", seconds)
}

/// A member that is not needed. `null` and the empty text are absence.
fn member<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    name: &'static str,
    read: impl FnOnce(&Value) -> Option<T>,
) -> Result<Option<T>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    if value.is_null() || value.as_str() == Some("") {
        return Ok(None);
    }
    let fit = read(&value);
    if fit.is_none() {
        tracing::warn!(
            member = name,
            "a member of a token endpoint's answer is of another type, and left out"
        );
    }
    Ok(fit)
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// A number of seconds, with a fraction or as text too: Naver writes it so (<https://developers.naver.com/docs/login/api/api.md>).
fn seconds(value: &Value) -> Option<u64> {
    let whole = |number: &Number| number.as_u64().or_else(|| cut_off(number.as_f64()?));
    match value {
        Value::Number(number) => whole(number),
        Value::String(text) => whole(&text.trim().parse().ok()?),
        _ => None,
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked before")]
fn cut_off(seconds: f64) -> Option<u64> {
    (0.0..=f64::from(u32::MAX)).contains(&seconds).then_some(seconds as u64)
}
