//! Form or JSON, read into one set of fields.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
#[cfg(feature = "server")]
use serde_json::Map;
use serde_json::Value;

use crate::error::{Error, ErrorKind};
use crate::secret::Secret;
use crate::text::Text;

use super::negotiate::{is_json, media_type};
use super::{AuthRequest, RequestBody, RequestView};

/// The fields of a body, each at most once.
pub struct Fields(BTreeMap<String, Field>);

enum Field {
    Text(Secret),
    Json(Value),
}

impl Fields {
    /// Reads a form or a JSON object. Of a form, a checkbox may come twice: libraries put a hidden field that says no in front
    /// of it or behind it, since a browser sends nothing for a box that is not ticked.
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

    /// Reads a JSON object, as it came; for what a standard has in JSON alone.
    ///
    /// # Errors
    /// As [`form_or_json`](Self::form_or_json).
    #[cfg(feature = "server")]
    pub(crate) fn json(request: &AuthRequest) -> Result<Map<String, Value>, Error> {
        let bytes = body_of(request)?;
        let mut types = request.header_lines("content-type").map(std::str::from_utf8);
        match (types.next(), types.next()) {
            (Some(Ok(kind)), None) if is_json(kind) => {
                Ok(parse_json(bytes)?.values().map(|(name, value)| (name.to_owned(), value)).collect())
            }
            _ => Err(ErrorKind::UnsupportedMediaType.into()),
        }
    }

    /// Reads a query.
    ///
    /// # Errors
    /// `InvalidRequest` for what is malformed.
    pub fn query(view: &impl RequestView) -> Result<Self, Error> {
        parse_form(view.query().unwrap_or_default().as_bytes(), &[])
    }

    fn read(request: &AuthRequest, takes_json: bool) -> Result<Self, Error> {
        let bytes = body_of(request)?;
        let mut types = request.header_lines("content-type");
        let content_type = types.next().map(std::str::from_utf8);
        match (content_type, types.next()) {
            (None, _) if bytes.is_empty() => Ok(Self(BTreeMap::new())),
            (Some(Ok(kind)), None) if takes_json && is_json(kind) && bytes.is_empty() => {
                Ok(Self(BTreeMap::new()))
            }
            (Some(Ok(kind)), None) if is_form(kind) => {
                parse_form(bytes, if takes_json { &CHECKBOXES } else { &[] })
            }
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
            Some(Field::Json(_)) => Err(wrong_type(name)),
        }
    }

    /// All of them, each by its name.
    pub fn values(&self) -> impl Iterator<Item = (&str, Value)> {
        self.0.iter().map(|(name, field)| match field {
            Field::Text(text) => (name.as_str(), Value::String(text.expose().to_owned())),
            Field::Json(value) => (name.as_str(), value.clone()),
        })
    }

    /// A text field that must be there.
    ///
    /// # Errors
    /// `InvalidRequest` when it is absent or no text.
    pub fn required(&self, name: &'static str) -> Result<&str, Error> {
        self.text(name)?.ok_or_else(|| Error::invalid(Text::FieldMissing { field: name.to_owned() }))
    }

    /// A JSON object that must be there.
    ///
    /// # Errors
    /// `InvalidRequest` when it is absent or anything else.
    pub fn object(&self, name: &'static str) -> Result<&Value, Error> {
        match self.0.get(name) {
            None | Some(Field::Json(Value::Null)) => {
                Err(Error::invalid(Text::FieldMissing { field: name.to_owned() }))
            }
            Some(Field::Json(value @ Value::Object(_))) => Ok(value),
            Some(_) => Err(wrong_type(name)),
        }
    }

    /// A checkbox. One that is there and does not say no is ticked: every library has a value of its own for that (`on`, `true`,
    /// `y`, `1`, …). Saying no are `false`, `off`, `no`, `0` and their like, in any case, nothing, and in JSON `false` and `0`.
    ///
    /// # Errors
    /// `InvalidRequest` for a JSON array or object.
    pub fn flag(&self, name: &str) -> Result<bool, Error> {
        match self.0.get(name) {
            None | Some(Field::Json(Value::Null)) => Ok(false),
            Some(Field::Json(Value::Bool(flag))) => Ok(*flag),
            Some(Field::Json(Value::Number(number))) => Ok(number.as_f64() != Some(0.0)),
            Some(Field::Text(text)) => Ok(!says_no(text.expose())),
            Some(Field::Json(_)) => Err(wrong_type(name)),
        }
    }
}

/// The pairs of a query, as they came: for what has to be told of one that is there twice.
///
/// # Errors
/// `InvalidRequest` for what is malformed.
#[cfg(feature = "server")]
pub(crate) fn query_pairs(view: &impl RequestView) -> Result<Vec<(String, Secret)>, Error> {
    pairs(view.query().unwrap_or_default().as_bytes())
}

/// The same of a form.
///
/// # Errors
/// As of [`Fields::form`], but for what is there twice.
#[cfg(feature = "server")]
pub(crate) fn form_pairs(request: &AuthRequest) -> Result<Vec<(String, Secret)>, Error> {
    let bytes = body_of(request)?;
    let mut types = request.header_lines("content-type").map(std::str::from_utf8);
    match (types.next(), types.next()) {
        (None, _) if bytes.is_empty() => Ok(Vec::new()),
        (Some(Ok(kind)), None) if is_form(kind) => pairs(bytes),
        _ => Err(ErrorKind::UnsupportedMediaType.into()),
    }
}

fn body_of(request: &AuthRequest) -> Result<&[u8], Error> {
    let bytes = match request.body() {
        RequestBody::Broken => return Err(Error::invalid(Text::BodyEndedEarly)),
        RequestBody::Late => return Err(ErrorKind::RequestTimeout.into()),
        RequestBody::TooLarge => return Err(ErrorKind::PayloadTooLarge.into()),
        RequestBody::Complete(bytes) => bytes,
    };
    match request.header_lines("content-encoding").any(|coding| !coding.eq_ignore_ascii_case(b"identity")) {
        true => Err(ErrorKind::UnsupportedMediaType.into()),
        false => Ok(bytes),
    }
}

/// The fields that are checkboxes.
const CHECKBOXES: [&str; 4] = ["link", "reauthenticate", "remember", "trust_device"];

/// What says no in a checkbox: the false values of WTForms' `BooleanField`, Django's `CheckboxInput` and Rails' boolean attributes,
/// in any case, and what JavaScript and Python write where there is no value.
fn says_no(text: &str) -> bool {
    const NOES: [&str; 10] = ["", "0", "f", "false", "n", "no", "none", "null", "off", "undefined"];
    NOES.iter().any(|no| text.trim().eq_ignore_ascii_case(no))
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
    Error::invalid(Text::BodyMalformed)
}

fn wrong_type(name: &str) -> Error {
    Error::invalid(Text::FieldWrongType { field: name.to_owned() })
}

fn holds_nul(name: &str) -> Error {
    Error::invalid(match named(name) {
        Some(field) => Text::FieldHoldsNul { field },
        None => Text::SomeFieldHoldsNul,
    })
}

fn is_there_twice(name: &str) -> Error {
    Error::invalid(match named(name) {
        Some(field) => Text::FieldTwice { field },
        None => Text::SomeFieldTwice,
    })
}

/// The field that an error is about, where that is a name as fields have them: the rest is the request's own text.
fn named(name: &str) -> Option<String> {
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (is_plain && (1..=MOST_NAMED).contains(&name.len())).then(|| name.to_owned())
}

/// No field of the login routes has a longer name, in bytes.
const MOST_NAMED: usize = 32;

/// What stands in a form, in its order.
fn pairs(bytes: &[u8]) -> Result<Vec<(String, Secret)>, Error> {
    if has_broken_escape(bytes) || percent_encoding::percent_decode(bytes).decode_utf8().is_err() {
        return Err(malformed());
    }
    let pairs = form_urlencoded::parse(bytes).map(|(name, value)| {
        match name.contains('\0') || value.contains('\0') {
            true => Err(holds_nul(&name)),
            false => Ok((name.into_owned(), Secret::new(value))),
        }
    });
    pairs.collect()
}

fn parse_form(bytes: &[u8], checkboxes: &[&str]) -> Result<Fields, Error> {
    let mut fields = BTreeMap::new();
    for (name, value) in pairs(bytes)? {
        match fields.entry(name) {
            Entry::Vacant(place) => drop(place.insert(Field::Text(value))),
            // Of the two that a checkbox comes as, the one that says yes is the box.
            Entry::Occupied(mut held) if checkboxes.contains(&held.key().as_str()) => {
                if !says_no(value.expose()) {
                    held.insert(Field::Text(value));
                }
            }
            Entry::Occupied(held) => return Err(is_there_twice(held.key())),
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
        parse_form(text.as_bytes(), &CHECKBOXES)
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
        assert!(fields.flag("other").is_err());
    }

    #[test]
    fn a_checkbox_that_does_not_say_no_is_ticked() {
        for yes in ["y", "yes", "True", "ON", "1", "t", "checked", "remember", "2", "%20true%20"] {
            assert!(form(&format!("remember={yes}")).unwrap().flag("remember").unwrap(), "{yes}");
        }
        for no in ["", "0", "F", "False", "n", "NO", "off", "None", "null", "undefined", "+"] {
            assert!(!form(&format!("remember={no}")).unwrap().flag("remember").unwrap(), "{no}");
        }
        for (json, is_ticked) in [
            ("true", true),
            ("1", true),
            (r#""on""#, true),
            ("0", false),
            ("-0.0", false),
            (r#""no""#, false),
            ("null", false),
        ] {
            let fields = parse_json(format!(r#"{{"remember":{json}}}"#).as_bytes()).unwrap();
            assert_eq!(fields.flag("remember").unwrap(), is_ticked, "{json}");
        }
    }

    #[test]
    fn a_checkbox_may_come_beside_the_hidden_field_that_says_no() {
        for (body, is_ticked) in [
            ("remember=false&remember=true", true),
            ("remember=true&remember=false", true),
            ("remember=0&remember=1", true),
            ("remember=false&remember=", false),
        ] {
            assert_eq!(form(body).unwrap().flag("remember").unwrap(), is_ticked, "{body}");
        }
        assert!(
            parse_form(b"remember=false&remember=true", &[]).is_err(),
            "OAuth's forms and queries know no checkbox"
        );
        assert!(parse_json(br#"{"remember":false,"remember":true}"#).is_err());
    }

    #[test]
    fn an_error_about_a_field_names_it() {
        let told = |outcome: Result<Fields, Error>| outcome.unwrap_err().to_string();
        assert_eq!(told(form("a=1&a=2")), "the field a is there twice");
        assert_eq!(told(form("user_name=%00")), "the field user_name holds a NUL character");
        assert_eq!(told(form("%3Cb%3E=1&%3Cb%3E=2")), "a field is there twice");
        assert_eq!(told(form("=1&=2")), "a field is there twice");
        let fields = parse_json(br#"{"next":1}"#).unwrap();
        assert_eq!(fields.text("next").unwrap_err().to_string(), "the field next has the wrong type");
        assert_eq!(fields.required("password").unwrap_err().to_string(), "the field password is missing");
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

    #[test]
    fn debug_shows_names_only() {
        assert_eq!(format!("{:?}", form("password=hunter2").unwrap()), "{\"password\"}");
    }
}
