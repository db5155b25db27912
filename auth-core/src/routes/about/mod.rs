//! What a row of the table says of itself, for the OpenAPI document and for whoever reads its function: what it is for, its fields, its
//! answers, its refusals.
//!
//! Each stands beside the function that it is about, as a constant that the row names with it, so that no route is without one. What
//! follows from a row's flags is not repeated here: the origin rule, the limits of bodies, whose errors are OAuth's, where it is there
//! at all. The scenarios hold the document against `examples/guides/http_routes.md`, and both against what is answered.

mod answer;
mod schema;
mod shared;

pub(crate) use self::answer::{Answer, Body};
pub(crate) use self::schema::{Choices, Member, Object, Schema, nullable, object, optional, required};
pub(crate) use self::shared::{OAUTH_ERROR, PENDING, PROBLEM, USER, USER_REPLY};

use crate::error::ErrorKind;

/// Whom a route is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Audience {
    /// Anybody, whatever credential comes along.
    Anybody,
    /// Anybody; a caller who says who they are has to be that, and gets more of it.
    AnybodyOrCaller,
    /// Anybody, and only the caller, or a caller who has just logged in, where a field asks for more.
    DependsOnFields,
    /// A login at most five minutes old.
    FreshUser,
    /// Whoever is logged in.
    User,
}

/// What bodies a route takes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Takes {
    FormOrJson,
    /// As a standard says.
    FormOnly,
    /// As a standard says.
    #[cfg(feature = "server")]
    JsonOnly,
}

/// What is known of a route beyond its row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct About {
    pub(crate) summary: &'static str,
    pub(crate) details: &'static str,
    pub(crate) audience: Audience,
    pub(crate) query: &'static [Member],
    pub(crate) body: &'static [Member],
    pub(crate) takes: Takes,
    pub(crate) answers: &'static [Answer],
    /// Where a browser is led on to in place of the first answer.
    pub(crate) leads_on: Option<&'static str>,
    pub(crate) sets_cookies: bool,
    pub(crate) refusals: &'static [(ErrorKind, &'static str)],
}

impl About {
    /// A route for anybody, by what it does in a few words, and what else there is to know.
    pub(crate) const fn new(summary: &'static str, details: &'static str) -> Self {
        Self {
            summary,
            details,
            audience: Audience::Anybody,
            query: &[],
            body: &[],
            takes: Takes::FormOrJson,
            answers: &[],
            leads_on: None,
            sets_cookies: false,
            refusals: &[],
        }
    }

    /// A page, whatever `Accept` says.
    pub(crate) const fn page(summary: &'static str, details: &'static str) -> Self {
        const PAGE: &[Answer] = &[Answer::page()];
        Self::new(summary, details).answers(PAGE)
    }

    pub(crate) const fn audience(self, audience: Audience) -> Self {
        Self { audience, ..self }
    }

    pub(crate) const fn query(self, query: &'static [Member]) -> Self {
        Self { query, ..self }
    }

    pub(crate) const fn body(self, body: &'static [Member]) -> Self {
        Self { body, ..self }
    }

    /// A body that is a form, and nothing else.
    pub(crate) const fn form(self, body: &'static [Member]) -> Self {
        Self { body, takes: Takes::FormOnly, ..self }
    }

    /// A body that is JSON, and nothing else.
    #[cfg(feature = "server")]
    pub(crate) const fn json(self, body: &'static [Member]) -> Self {
        Self { body, takes: Takes::JsonOnly, ..self }
    }

    /// What a program is answered, the usual one first.
    pub(crate) const fn answers(self, answers: &'static [Answer]) -> Self {
        Self { answers, ..self }
    }

    /// A browser is answered 303, to this.
    pub(crate) const fn leads_on(self, to: &'static str) -> Self {
        Self { leads_on: Some(to), ..self }
    }

    /// What is answered comes with cookies, or takes them away.
    pub(crate) const fn sets_cookies(self) -> Self {
        Self { sets_cookies: true, ..self }
    }

    /// How it refuses, each with when; what the flags and the audience bring along aside.
    pub(crate) const fn refuses(self, refusals: &'static [(ErrorKind, &'static str)]) -> Self {
        Self { refusals, ..self }
    }
}

/// The field that says where a browser goes on.
pub(crate) const NEXT: Member =
    optional("next", Schema::Text, "where a browser goes on: a path on this site");

/// The field that shows that a person sends a form.
pub(crate) const HUMAN: Member = optional(
    "human_response",
    Schema::Text,
    "what shows that a person sends it, where the application asks for that; or in the field of the service's widget",
);

/// How a form is refused that nothing shows to be a person's.
pub(crate) const NO_HUMAN: (ErrorKind, &str) = (
    ErrorKind::HumanCheckRequired,
    "the application wants to know that a person sends it, and `human_response` does not show that",
);
