//! JSON objects in which each member stands once.
//!
//! RFC 7515 section 4 and RFC 7519 section 4 let a parser refuse duplicate names or take the last one. Refusing is the
//! only choice that no other parser can disagree with.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// The most members of one object that are remembered by name. It keeps the search for duplicates short.
const MAX_MEMBERS: usize = 64;

/// A member's name, or another text, borrowed where it holds no escapes.
pub(crate) struct Name<'de>(Cow<'de, str>);

/// The names met in one object so far.
#[derive(Default)]
pub(crate) struct Names<'de>(Vec<Name<'de>>);

impl<'de> Names<'de> {
    /// The next member's name; an error when it stood before. The caller reads the value.
    pub(crate) fn next<A: MapAccess<'de>>(&mut self, map: &mut A) -> Result<Option<&str>, A::Error> {
        let Some(name) = map.next_key::<Name<'de>>()? else { return Ok(None) };
        self.remember(name)?;
        Ok(self.0.last().map(|name| &*name.0))
    }

    /// Remembers a name; an error when it stood before.
    pub(crate) fn remember<E: Error>(&mut self, name: Name<'de>) -> Result<(), E> {
        if self.0.len() == MAX_MEMBERS {
            return Err(E::custom("too many members"));
        }
        if self.0.iter().any(|earlier| earlier.0 == name.0) {
            return Err(duplicate());
        }
        self.0.push(name);
        Ok(())
    }
}

/// Fills in a member that has a place of its own; an error when it stood before.
pub(crate) fn fill<T, E: Error>(place: &mut Option<T>, value: T) -> Result<(), E> {
    if place.replace(value).is_some() { Err(duplicate()) } else { Ok(()) }
}

fn duplicate<E: Error>() -> E {
    E::custom("duplicate member")
}

impl Deref for Name<'_> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;
        impl<'de> Visitor<'de> for NameVisitor {
            type Value = Name<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }
            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Borrowed(name)))
            }
            fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Owned(name.to_owned())))
            }
        }
        deserializer.deserialize_str(NameVisitor)
    }
}

/// Any value, of which nothing is kept; an error when an object inside it has a duplicate member.
pub(crate) struct Skipped;

impl<'de> Deserialize<'de> for Skipped {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Skipped {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Self, A::Error> {
        while values.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
        let mut names = Names::default();
        while names.next(&mut map)?.is_some() {
            map.next_value::<Self>()?;
        }
        Ok(self)
    }
}

/// A value in which no object has a member twice.
pub(crate) struct Strict(pub(crate) Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Strict;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Strict, E> {
        Ok(Strict(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Strict, E> {
        Ok(Strict(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Strict, E> {
        Ok(Strict(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Strict, E> {
        Ok(Strict(Number::from_f64(value).map_or(Value::Null, Value::Number)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Strict, E> {
        Ok(Strict(value.into()))
    }

    fn visit_unit<E>(self) -> Result<Strict, E> {
        Ok(Strict(Value::Null))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Strict, A::Error> {
        let mut list = Vec::new();
        while let Some(Strict(value)) = values.next_element()? {
            list.push(value);
        }
        Ok(Strict(Value::Array(list)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Strict, A::Error> {
        let mut members = Map::new();
        while let Some((name, Strict(value))) = map.next_entry::<String, _>()? {
            if members.insert(name, value).is_some() {
                return Err(duplicate());
            }
        }
        Ok(Strict(Value::Object(members)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_strict(text: &str) -> bool {
        serde_json::from_str::<Skipped>(text).is_ok()
    }

    #[test]
    fn duplicates_are_found_at_any_level_and_behind_escapes() {
        assert!(is_strict(r#"{"a":1,"b":{"a":[{"a":null},{"a":1.5e3}]},"A":"x"}"#));
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":1}"#,
            r#"{"x":{"a":1,"a":2}}"#,
            r#"{"x":[0,{"y":{"a":1,"b":2,"a":3}}]}"#,
        ] {
            assert!(!is_strict(text), "{text}");
        }
    }

    #[test]
    fn members_and_depth_are_bounded() {
        let object = |members: usize| {
            let members: Vec<String> = (0..members).map(|index| format!("\"m{index}\":0")).collect();
            format!("{{{}}}", members.join(","))
        };
        assert!(is_strict(&object(MAX_MEMBERS)));
        assert!(!is_strict(&object(MAX_MEMBERS + 1)));
        assert!(!is_strict(&"[".repeat(100_000)));
        assert!(!is_strict(&r#"{"a":"#.repeat(100_000)));
    }

    proptest! {
        #[test]
        fn garbage_never_panics(text in any::<String>()) {
            is_strict(&text);
        }
    }
}
