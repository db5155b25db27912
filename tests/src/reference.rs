//! The reference of the login routes (`examples/guides/http_routes.md`), as the scenarios hold it against what is answered.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::app::TestApp;
use crate::client::Reply;

const PAGE: &str = include_str!("../../examples/guides/http_routes.md");

/// Whom a route is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Audience {
    /// Anybody.
    Anybody,
    /// Whoever is logged in.
    User,
    /// A login at most five minutes old.
    FreshUser,
}

/// A route as the page has it.
#[derive(Clone, Debug)]
pub struct Documented {
    /// Method and path, the path with the prefix.
    pub name: &'static str,
    /// Whom it is for.
    pub audience: Audience,
    /// Whether it takes forms only, and answers errors as OAuth does.
    pub takes_forms_only: bool,
    /// Whether it takes JSON only, and answers errors as OAuth does.
    pub takes_json_only: bool,
    /// Its fields, and whether each is required whatever the others say.
    pub fields: Vec<(&'static str, bool)>,
    /// The statuses of what it answers where it refuses nothing, a browser's redirect aside.
    pub answers: BTreeSet<u16>,
    /// Status and code of the refusals that are its own.
    pub refusals: BTreeSet<(u16, &'static str)>,
}

impl Documented {
    /// The method.
    pub fn method(&self) -> &'static str {
        self.name.split_once(' ').unwrap().0
    }

    /// The path, with the names of its variable parts.
    pub fn path(&self) -> &'static str {
        self.name.split_once(' ').unwrap().1
    }

    fn read(section: &'static str) -> Self {
        let (name, text) = section.split_once("`\n").unwrap();
        let intro = text.split("\n|").next().unwrap();
        let audience = [
            ("**For** whoever is logged in", Audience::User),
            ("**For** a login at most\nfive minutes old", Audience::FreshUser),
            ("**For** a login at most five minutes old", Audience::FreshUser),
        ];
        let audience = audience.iter().find(|(words, _)| intro.contains(words));
        let rows = || text.lines().filter_map(|line| line.strip_prefix("| "));
        Self {
            name,
            audience: audience.map_or(Audience::Anybody, |(_, audience)| *audience),
            takes_forms_only: intro.to_lowercase().contains("form only"),
            takes_json_only: intro.contains("JSON only"),
            fields: rows().filter_map(field).collect(),
            answers: rows().filter_map(answer).collect(),
            refusals: rows().filter_map(refusal).collect(),
        }
    }
}

/// Every route of the page.
pub fn documented() -> Vec<Documented> {
    PAGE.split("\n## `").skip(1).map(Documented::read).collect()
}

/// A row like `` `username` | required: the name | ``.
fn field(row: &'static str) -> Option<(&'static str, bool)> {
    let (name, about) = row.strip_prefix('`')?.split_once("` | ")?;
    Some((name, about.starts_with("required") && !about.starts_with("required with")))
}

/// A row like `204 | done | `, or one with what the body is like.
fn answer(row: &'static str) -> Option<u16> {
    let (status, rest) = row.split_once(' ')?;
    let is_answer = rest.starts_with('|') || rest.starts_with("`{");
    status.parse().ok().filter(|_| is_answer)
}

/// A row like `` 401 `invalid_credentials` | the password is wrong | ``.
fn refusal(row: &'static str) -> Option<(u16, &'static str)> {
    let (status, rest) = row.split_once(" `")?;
    let code = rest.split_once("` |")?.0;
    let is_code = code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    is_code.then_some((status.parse().ok()?, code))
}

/// A request that is refused: the route, status and code of the refusal, and what sends it.
pub type Trigger<A = TestApp> = (&'static str, u16, &'static str, fn(&A) -> Reply);

/// Sends every request, each to an application of its own, and holds what is refused against what the page says of these routes.
pub fn assert_refusals<A>(triggers: &[Trigger<A>], start: impl Fn() -> A, is_shown: impl Fn(&str) -> bool) {
    let page = documented();
    let on_page = page.iter().filter(|route| is_shown(route.path()));
    let on_page: BTreeSet<_> = on_page
        .flat_map(|route| route.refusals.iter().map(|(status, code)| (route.name, *status, *code)))
        .collect();
    let shown: BTreeSet<_> =
        triggers.iter().map(|(route, status, code, _)| (*route, *status, *code)).collect();
    assert_eq!(on_page, shown, "the page beside the refusals that are shown here");
    for (route, status, code, send) in triggers {
        let reply = send(&start());
        let said: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        let said = said.get("code").or(said.get("error")).and_then(Value::as_str);
        assert_eq!((reply.status, said), (*status, Some(*code)), "{route}: {}", reply.text());
    }
}
