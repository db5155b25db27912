//! From a template to a statement in a database's own words.
//!
//! In a template `@users` is a table (the prefix and its name), `:id` a parameter. What stands between quotation marks or in a
//! comment is left as it is, and so are the `::` of a cast and the `@@` of a server's setting.

use std::fmt;
use std::sync::Arc;

use auth_core::error::BoxError;

use super::dialect::Dialect;
use super::value::{Param, Value};

/// A statement, of one step or more: what one database does at once may take another two. A step with the parameter `:found` is taken
/// for each row that the step before it finds, whose first column that is.
#[derive(Clone, Debug)]
pub(crate) struct Statement(Arc<[Step]>);

/// What is sent at once, and the names of its parameters in the order in which they are bound.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    text: Arc<str>,
    params: Vec<Box<str>>,
}

/// What a statement is written from: the templates of its steps.
pub(crate) struct Template(Vec<String>);

impl From<&str> for Template {
    fn from(step: &str) -> Self {
        Self(vec![step.to_owned()])
    }
}

impl From<String> for Template {
    fn from(step: String) -> Self {
        Self(vec![step])
    }
}

impl From<Vec<String>> for Template {
    fn from(steps: Vec<String>) -> Self {
        Self(steps)
    }
}

/// Writes statements for one database and one prefix of its tables.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Writer<'a> {
    pub(crate) dialect: &'a dyn Dialect,
    /// Checked beforehand to be no more than a piece of a name.
    pub(crate) prefix: &'a str,
}

impl Writer<'_> {
    pub(crate) fn statement(&self, template: impl Into<Template>) -> Statement {
        let Template(steps) = template.into();
        Statement(steps.iter().map(|step| self.step(step)).collect())
    }

    /// The text of a script, which has no parameters, in the line ends of Unix whatever those of the checkout.
    pub(crate) fn script(&self, template: &str) -> String {
        self.step(&template.replace('\r', "")).text.to_string()
    }

    fn step(&self, template: &str) -> Step {
        let (mut text, mut params) = (String::with_capacity(template.len()), Vec::<Box<str>>::new());
        let mut rest = template;
        while !rest.is_empty() {
            let (token, behind) = rest.split_at(token_length(rest));
            rest = behind;
            match token.as_bytes() {
                [b'@', first, ..] if *first != b'@' => text.extend([self.prefix, &token[1..]]),
                [b':', first, ..] if *first != b':' => text += &self.param(&mut params, &token[1..]),
                _ => text += token,
            }
        }
        Step { text: text.into(), params }
    }

    /// A parameter that was there before keeps its number, where the dialect has numbers.
    fn param(&self, params: &mut Vec<Box<str>>, name: &str) -> String {
        let before = params.iter().position(|param| **param == *name);
        let place = before.filter(|_| self.dialect.has_numbered_params()).unwrap_or_else(|| {
            params.push(name.into());
            params.len() - 1
        });
        self.dialect.param(place + 1)
    }
}

/// The length of the first token: a quotation, a comment, a cast, a name with its sign, or the text up to the next of them.
fn token_length(rest: &str) -> usize {
    let is_special = |c: char| matches!(c, '\'' | '"' | '`' | '-' | ':' | '@');
    let is_no_name = |c: char| !c.is_ascii_alphanumeric() && c != '_';
    let first = rest.chars().next().unwrap_or_default();
    let behind = &rest[first.len_utf8()..];
    let length = match first {
        '\'' | '"' | '`' => behind.find(first).map(|end| end + 1),
        '-' if behind.starts_with('-') => behind.find('\n'),
        ':' if behind.starts_with(':') => Some(1),
        '@' if behind.starts_with('@') => behind[1..].find(is_no_name).map(|end| end + 1),
        ':' | '@' => behind.find(is_no_name),
        _ => behind.find(is_special),
    };
    first.len_utf8() + length.unwrap_or(behind.len())
}

impl Statement {
    pub(crate) fn steps(&self) -> &[Step] {
        &self.0
    }
}

impl Step {
    pub(crate) fn is_for_each_found(&self) -> bool {
        self.params.iter().any(|name| **name == *FOUND)
    }
}

/// A step with the values it is given: those of the caller, the tenant, which is bound by the handle alone, and what was found.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    step: &'a Step,
    tenant: &'a Value<'a>,
    params: &'a [Param<'a>],
    found: Option<&'a Value<'a>>,
}

impl<'a> Call<'a> {
    pub(crate) fn new(step: &'a Step, tenant: &'a Value<'a>, params: &'a [Param<'a>]) -> Self {
        Self { step, tenant, params, found: None }
    }

    /// The same for something that a step before found.
    pub(crate) fn for_found(self, found: &'a Value<'a>) -> Self {
        Self { found: Some(found), ..self }
    }

    pub(crate) fn text(self) -> &'a Arc<str> {
        &self.step.text
    }

    /// The values in the order in which they are bound.
    pub(crate) fn values(self) -> impl Iterator<Item = Result<&'a Value<'a>, BoxError>> + 'a {
        self.step.params.iter().map(move |name| {
            if **name == *TENANT {
                return Ok(self.tenant);
            }
            let given = self.params.iter().find(|(given, _)| **name == **given);
            let found = self.found.filter(|_| **name == *FOUND);
            given
                .map(|(_, value)| value)
                .or(found)
                .ok_or_else(|| format!("the statement is given no `{name}`").into())
        })
    }
}

/// The parameters that no caller gives.
const TENANT: &str = "tenant";
const FOUND: &str = "found";

impl fmt::Debug for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Call").field(&self.step.text).finish()
    }
}

#[cfg(test)]
impl Statement {
    pub(crate) fn texts(&self) -> Vec<&str> {
        self.0.iter().map(|step| &*step.text).collect()
    }

    /// Whether every step of it is bound to a tenant.
    pub(crate) fn is_of_a_tenant(&self) -> bool {
        self.0.iter().all(|step| step.params.iter().any(|name| **name == *TENANT))
    }
}
