//! Good news.

use super::Object;

/// One answer of a route.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Body,
    pub(crate) about: &'static str,
}

/// What an answer holds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Body {
    /// One of these, as JSON.
    Json(&'static [&'static Object]),
    /// That as JSON, or a page for a browser.
    JsonOrPage(&'static Object),
    Nothing,
    Page,
    /// `Location`.
    Redirect,
    /// JavaScript.
    Script,
}

impl Answer {
    pub(crate) const fn json(status: u16, body: &'static [&'static Object], about: &'static str) -> Self {
        Self { status, body: Body::Json(body), about }
    }

    pub(crate) const fn json_or_page(body: &'static Object, about: &'static str) -> Self {
        Self { status: 200, body: Body::JsonOrPage(body), about }
    }

    pub(crate) const fn nothing(status: u16, about: &'static str) -> Self {
        Self { status, body: Body::Nothing, about }
    }

    pub(crate) const fn page() -> Self {
        Self { status: 200, body: Body::Page, about: "the page" }
    }

    /// A page in place of another answer.
    #[cfg(feature = "server")]
    pub(crate) const fn page_of(about: &'static str) -> Self {
        Self { status: 200, body: Body::Page, about }
    }

    pub(crate) const fn script() -> Self {
        Self { status: 200, body: Body::Script, about: "the script" }
    }

    pub(crate) const fn redirect(about: &'static str) -> Self {
        Self { status: 303, body: Body::Redirect, about }
    }
}
