//! Types of fields and members, as JSON Schema 2020-12, which OpenAPI 3.1 takes as it is.

use serde_json::{Map, Value, json};

/// The type of a field or a member.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Schema {
    /// Any JSON.
    Any,
    Boolean,
    Email,
    /// One of the grants that are on.
    Grant,
    Integer,
    /// The tag of one of the languages that the application speaks.
    Language,
    List(&'static Schema),
    Object(&'static Object),
    /// The id of a login provider.
    Provider,
    /// What is typed and not shown.
    Secret,
    Text,
    /// RFC 3339.
    Time,
    /// One of these words.
    Word(&'static [&'static str]),
}

/// What the settings leave to choose from.
#[derive(Debug)]
pub(crate) struct Choices {
    pub(crate) grants: Vec<&'static str>,
    pub(crate) languages: Vec<String>,
    pub(crate) providers: Vec<String>,
}

/// A JSON object with a name.
#[derive(Debug)]
pub(crate) struct Object {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) members: &'static [Member],
}

/// A field of a request, or a member of an object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member {
    pub(crate) name: &'static str,
    pub(crate) schema: Schema,
    pub(crate) about: &'static str,
    pub(crate) is_required: bool,
    is_nullable: bool,
}

/// What is always there.
pub(crate) const fn required(name: &'static str, schema: Schema, about: &'static str) -> Member {
    Member { name, schema, about, is_required: true, is_nullable: false }
}

/// What is always there, as `null` where there is nothing to say.
pub(crate) const fn nullable(name: &'static str, schema: Schema, about: &'static str) -> Member {
    Member { name, schema, about, is_required: true, is_nullable: true }
}

/// What may be left out.
pub(crate) const fn optional(name: &'static str, schema: Schema, about: &'static str) -> Member {
    Member { name, schema, about, is_required: false, is_nullable: false }
}

impl Schema {
    pub(crate) fn json(&self, choices: &Choices) -> Value {
        match self {
            Self::Any => json!({}),
            Self::Boolean => json!({"type": "boolean"}),
            Self::Email => json!({"type": "string", "format": "email"}),
            Self::Grant => json!({"type": "string", "enum": choices.grants}),
            Self::Integer => json!({"type": "integer"}),
            Self::Language => json!({"type": "string", "enum": choices.languages}),
            Self::List(of) => json!({"type": "array", "items": of.json(choices)}),
            Self::Object(object) => object.reference(),
            Self::Provider => json!({"type": "string", "enum": choices.providers}),
            Self::Secret => json!({"type": "string", "format": "password"}),
            Self::Text => json!({"type": "string"}),
            Self::Time => json!({"type": "string", "format": "date-time"}),
            Self::Word(words) => json!({"type": "string", "enum": words}),
        }
    }

    /// The named object that is in it.
    fn object(&self) -> Option<&'static Object> {
        match self {
            Self::List(of) => of.object(),
            Self::Object(object) => Some(object),
            _ => None,
        }
    }
}

impl Member {
    pub(crate) fn json(&self, choices: &Choices) -> Value {
        let mut schema = self.schema.json(choices);
        if self.is_nullable {
            schema = match schema.get("type").cloned() {
                Some(kind) => with(schema, "type", json!([kind, "null"])),
                None => json!({"anyOf": [schema, {"type": "null"}]}),
            };
        }
        if self.about.is_empty() { schema } else { with(schema, "description", json!(self.about)) }
    }
}

fn with(mut schema: Value, name: &str, value: Value) -> Value {
    schema[name] = value;
    schema
}

impl Object {
    pub(crate) fn reference(&self) -> Value {
        json!({"$ref": format!("#/components/schemas/{}", self.name)})
    }

    pub(crate) fn json(&self, choices: &Choices) -> Value {
        with(object(self.members, choices), "description", json!(self.about))
    }

    /// The objects that it is made of, by themselves.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &'static Object> {
        self.members.iter().filter_map(|member| member.schema.object())
    }
}

/// An object with these members, and perhaps others.
pub(crate) fn object(members: &[Member], choices: &Choices) -> Value {
    let properties: Map<_, _> =
        members.iter().map(|member| (member.name.to_owned(), member.json(choices))).collect();
    let required: Vec<_> =
        members.iter().filter(|member| member.is_required).map(|member| member.name).collect();
    let mut schema = json!({"type": "object", "properties": properties});
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}
