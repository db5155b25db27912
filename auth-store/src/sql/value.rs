//! Values that statements are given.

use std::borrow::Cow;

use auth_core::clock::Timestamp;

/// A value of a kind that every database has. One that is missing has a kind too: PostgreSQL asks for it.
#[derive(Clone, Debug)]
pub(crate) enum Value<'a> {
    Blob(Option<Cow<'a, [u8]>>),
    Bool(bool),
    Int(Option<i64>),
    Text(Option<Cow<'a, str>>),
}

/// A parameter by its name in the statement.
pub(crate) type Param<'a> = (&'static str, Value<'a>);

impl Value<'_> {
    /// As JSON has it; a blob has no form there.
    pub(crate) fn json(&self) -> Option<serde_json::Value> {
        Some(match self {
            Self::Blob(_) => return None,
            Self::Bool(flag) => (*flag).into(),
            Self::Int(number) => (*number).into(),
            Self::Text(text) => text.as_deref().into(),
        })
    }

    /// The same, for those who may have to wait before they bind it.
    pub(crate) fn to_owned(&self) -> Value<'static> {
        match self {
            Self::Blob(bytes) => Value::Blob(bytes.as_ref().map(|bytes| bytes.to_vec().into())),
            Self::Bool(flag) => Value::Bool(*flag),
            Self::Int(number) => Value::Int(*number),
            Self::Text(text) => Value::Text(text.as_ref().map(|text| text.to_string().into())),
        }
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Some(text.into()))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(Some(text.into()))
    }
}

impl<'a> From<Option<&'a str>> for Value<'a> {
    fn from(text: Option<&'a str>) -> Self {
        Self::Text(text.map(Cow::from))
    }
}

impl From<Option<String>> for Value<'_> {
    fn from(text: Option<String>) -> Self {
        Self::Text(text.map(Cow::from))
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Blob(Some(bytes.into()))
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Value<'a> {
    fn from(bytes: &'a [u8; N]) -> Self {
        Self::from(bytes.as_slice())
    }
}

impl<'a> From<Option<&'a [u8]>> for Value<'a> {
    fn from(bytes: Option<&'a [u8]>) -> Self {
        Self::Blob(bytes.map(Cow::from))
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Int(Some(number))
    }
}

impl From<Option<i64>> for Value<'_> {
    fn from(number: Option<i64>) -> Self {
        Self::Int(number)
    }
}

/// The databases' integers are signed: epochs, versions and keys are kept by their bits.
impl From<u64> for Value<'_> {
    fn from(number: u64) -> Self {
        Self::from(number.cast_signed())
    }
}

impl From<bool> for Value<'_> {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

impl From<Timestamp> for Value<'_> {
    fn from(time: Timestamp) -> Self {
        Self::from(time.unix_millis())
    }
}

impl From<Option<Timestamp>> for Value<'_> {
    fn from(time: Option<Timestamp>) -> Self {
        Self::Int(time.map(Timestamp::unix_millis))
    }
}
