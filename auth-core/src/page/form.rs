//! What a page leads on by: forms and links.

use std::fmt;

use askama::Template;

/// A form of a page: where it goes, and what it carries along, which may be the token of a link: `Debug` leaves that out.
#[derive(Clone, Eq, PartialEq)]
pub struct Form {
    action: String,
    hidden: Vec<(&'static str, String)>,
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Form").field("action", &self.action).finish_non_exhaustive()
    }
}

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<form method="post" action="{{ action }}">{% if !fields.is_empty() %}
{{ fields|safe }}{% endif %}"#
)]
struct Opened<'a> {
    action: &'a str,
    fields: &'a str,
}

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"{% for (name, value) in hidden %}{% if !loop.first %}
{% endif %}<input type="hidden" name="{{ name }}" value="{{ value }}">{% endfor %}"#
)]
struct Hidden<'a> {
    hidden: &'a [(&'static str, String)],
}

impl Form {
    pub(crate) fn to(action: impl Into<String>) -> Self {
        Self { action: action.into(), hidden: Vec::new() }
    }

    /// The same with a field that is not shown.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.hidden.push((name, value.into()));
        self
    }

    /// The same with where to go afterwards, if that is anywhere.
    pub(crate) fn with_next(self, next: Option<&str>) -> Self {
        match next {
            Some(next) => self.with("next", next),
            None => self,
        }
    }

    /// The path that shows the page of the form anew, where that is opened by what the form carries.
    pub(super) fn opened_at(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.hidden);
        match self.hidden.is_empty() {
            true => self.action.clone(),
            false => format!("{}?{}", self.action, query.finish()),
        }
    }

    /// The opening tag and every field that is not shown, as HTML: what follows is the application's, and ends in `</form>`.
    pub fn open(&self) -> String {
        written(&Opened { action: &self.action, fields: &self.hidden_fields() })
    }

    /// The path that takes the form, by `POST`; for an opening tag of one's own, with [`hidden_fields`](Self::hidden_fields) behind it.
    pub fn action(&self) -> &str {
        &self.action
    }

    /// Whether a page holds this form, and not the fields that it has to carry.
    pub(super) fn is_forgotten(&self, html: &str) -> bool {
        html.contains(&self.action) && !html.contains(&self.hidden_fields())
    }

    /// The fields that are not shown, as HTML.
    pub fn hidden_fields(&self) -> String {
        written(&Hidden { hidden: &self.hidden })
    }
}

/// A link.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Link {
    /// Where it leads: a path.
    pub href: String,
    /// What it says.
    pub text: String,
}

impl Link {
    pub(crate) fn new(href: impl Into<String>, text: impl Into<String>) -> Self {
        Self { href: href.into(), text: text.into() }
    }
}

pub(super) fn written(template: &impl Template) -> String {
    template.render().expect("the templates write text into a string, which cannot fail")
}
