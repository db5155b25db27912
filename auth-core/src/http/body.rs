//! Bodies: form or JSON, read into one set of fields.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::Value;
use zeroize::Zeroize as _;

use crate::error::{Error, ErrorKind};
use crate::secret::Secret;

use super::negotiate::{is_json, media_type};
use super::{AuthRequest, RequestView};

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
    /// It took too long; the rest was not waited for. [`Auth::read_body`](crate::Auth::read_body) says so.
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

/// The fields of a body, each at most once.
pub struct Fields(BTreeMap<String, Field>);

enum Field {
    Text(Secret),
    Json(Value),
}

impl Fields {
    /// Reads a form or a JSON object.
    ///
    /// # Errors
    /// `PayloadTooLarge`, `RequestTimeout`, `UnsupportedMediaType`, or `InvalidRequest` for what is malformed.
    pub fn form_or_json(request: &AuthRequest) -> Result<Self, Error> {
        Self::read(request, true)
    }

    /// Reads a form; for the OAuth endpoints (RFC 6749 section 3.2).
    ///
    /// # Errors
    /// As [`form_or_json`](Self::form_or_json).
    pub fn form(request: &AuthRequest) -> Result<Self, Error> {
        Self::read(request, false)
    }

    /// Reads a query.
    ///
    /// # Errors
    /// `InvalidRequest` for what is malformed.
    pub fn query(view: &impl RequestView) -> Result<Self, Error> {
        parse_form(view.query().unwrap_or_default().as_bytes())
    }

    fn read(request: &AuthRequest, takes_json: bool) -> Result<Self, Error> {
        let bytes = match request.body() {
            RequestBody::Broken => return Err(Error::invalid_request("the body ended early")),
            RequestBody::Late => return Err(ErrorKind::RequestTimeout.into()),
            RequestBody::TooLarge => return Err(ErrorKind::PayloadTooLarge.into()),
            RequestBody::Complete(bytes) => bytes,
        };
        if request.header_lines("content-encoding").any(|coding| !coding.eq_ignore_ascii_case(b"identity")) {
            return Err(ErrorKind::UnsupportedMediaType.into());
        }
        let mut types = request.header_lines("content-type");
        let content_type = types.next().map(std::str::from_utf8);
        match (content_type, types.next()) {
            (None, _) if bytes.is_empty() => Ok(Self(BTreeMap::new())),
            (Some(Ok(kind)), None) if takes_json && is_json(kind) && bytes.is_empty() => {
                Ok(Self(BTreeMap::new()))
            }
            (Some(Ok(kind)), None) if is_form(kind) => parse_form(bytes),
            (Some(Ok(kind)), None) if takes_json && is_json(kind) => parse_json(bytes),
            _ => Err(ErrorKind::UnsupportedMediaType.into()),
        }
    }

    /// A text field. One that is absent is `None`.
    ///
    /// # Errors
    /// `InvalidRequest` when it is no text.
    pub fn text(&self, name: &str) -> Result<Option<&str>, Error> {
        match self.0.get(name) {
            None | Some(Field::Json(Value::Null)) => Ok(None),
            Some(Field::Text(text)) => Ok(Some(text.expose())),
            Some(Field::Json(_)) => Err(Error::invalid_request("a field has the wrong type")),
        }
    }

    /// A text field that must be there.
    ///
    /// # Errors
    /// `InvalidRequest` when it is absent or no text.
    pub fn required(&self, name: &'static str) -> Result<&str, Error> {
        self.text(name)?.ok_or_else(|| Error::invalid_request(format!("the field {name} is missing")))
    }

    /// A yes-or-no field: a JSON boolean, or the text of a checkbox (`on`, `true`, `1`; `off`, `false`, `0` or nothing).
    ///
    /// # Errors
    /// `InvalidRequest` when it is neither.
    pub fn flag(&self, name: &str) -> Result<bool, Error> {
        match self.0.get(name) {
            None | Some(Field::Json(Value::Null)) => Ok(false),
            Some(Field::Json(Value::Bool(flag))) => Ok(*flag),
            Some(Field::Text(text)) => match text.expose() {
                "on" | "true" | "1" => Ok(true),
                "off" | "false" | "0" | "" => Ok(false),
                _ => Err(Error::invalid_request("a field has the wrong type")),
            },
            Some(Field::Json(_)) => Err(Error::invalid_request("a field has the wrong type")),
        }
    }
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

fn is_form(content_type: &str) -> bool {
    media_type(content_type).eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

fn malformed() -> Error {
    Error::invalid_request("the body is malformed, or holds a field twice")
}

fn parse_form(bytes: &[u8]) -> Result<Fields, Error> {
    if has_broken_escape(bytes) || percent_encoding::percent_decode(bytes).decode_utf8().is_err() {
        return Err(malformed());
    }
    let mut fields = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(bytes) {
        if name.contains('\0') || value.contains('\0') {
            return Err(malformed());
        }
        if fields.insert(name.into_owned(), Field::Text(Secret::new(value))).is_some() {
            return Err(malformed());
        }
    }
    Ok(Fields(fields))
}

/// Whether a `%` is not followed by two hexadecimal digits.
fn has_broken_escape(bytes: &[u8]) -> bool {
    bytes.iter().enumerate().filter(|(_, byte)| **byte == b'%').any(|(at, _)| {
        let digits = bytes.get(at + 1..at + 3);
        !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

fn parse_json(bytes: &[u8]) -> Result<Fields, Error> {
    serde_json::from_slice(bytes).map_err(|_| malformed())
}

impl<'de> Deserialize<'de> for Fields {
    /// A JSON object; a member named twice or text with a NUL is an error.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
        let mut fields = BTreeMap::new();
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            let field = match value {
                Value::String(text) if text.contains('\0') => return Err(A::Error::custom("a NUL")),
                Value::String(text) => Field::Text(Secret::new(text)),
                other => Field::Json(other),
            };
            if name.contains('\0') || fields.insert(name, field).is_some() {
                return Err(A::Error::custom("a member twice, or a NUL"));
            }
        }
        Ok(Fields(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(text: &str) -> Result<Fields, Error> {
        parse_form(text.as_bytes())
    }

    #[test]
    fn forms_are_decoded_and_never_trimmed() {
        let fields = form("username=al+ice&password=%20p%C3%A9%26%20&remember=on&x").unwrap();
        assert_eq!(fields.required("username").unwrap(), "al ice");
        assert_eq!(fields.required("password").unwrap(), " p\u{e9}& ");
        assert!(fields.flag("remember").unwrap());
        assert!(!fields.flag("absent").unwrap());
    }

    #[test]
    fn broken_forms_are_refused() {
        for bad in ["a=1&a=2", "a=%", "a=%2", "a=%zz", "a=%ff", "a=%00", "%00=1", "a=%c3", "a=1&%61=2"] {
            assert!(form(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn json_fields_keep_their_types() {
        let fields = parse_json(br#"{"username":"alice","remember":true,"other":[1],"next":null}"#).unwrap();
        assert_eq!(fields.required("username").unwrap(), "alice");
        assert!(fields.flag("remember").unwrap());
        assert_eq!(fields.text("next").unwrap(), None);
        assert!(fields.text("other").is_err());
        assert!(fields.text("remember").is_err());
        assert!(fields.flag("username").is_err());
    }

    #[test]
    fn broken_json_is_refused() {
        for bad in [
            r#"{"a":"1","a":"2"}"#,
            r#"{"a":"\u0000"}"#,
            "[]",
            "1",
            "",
            "{",
            r#"{"a":1}x"#,
            "null",
            "\"a\"",
            "{\"a\":\"\u{0}\"}",
        ] {
            assert!(parse_json(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(parse_json(&[b'[', 0xff, b']']).is_err());
        assert!(parse_json("[".repeat(60_000).as_bytes()).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_is_waited_for_ten_seconds_and_no_longer() {
        let system = crate::tests::System::new().await;
        let began = tokio::time::Instant::now();
        let body = system.auth.read_body(std::future::pending()).await;
        assert!(matches!(body, RequestBody::Late));
        assert_eq!(began.elapsed().as_secs(), 10);
        let body = system.auth.read_body(async {
            tokio::time::sleep(BODY_TIMEOUT - Duration::from_millis(2)).await;
            RequestBody::Complete(b"x".to_vec())
        });
        assert!(matches!(body.await, RequestBody::Complete(_)));
    }

    #[test]
    fn debug_shows_names_only() {
        assert_eq!(format!("{:?}", form("password=hunter2").unwrap()), "{\"password\"}");
    }
}
