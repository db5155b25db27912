//! What the rows of the accounts' tables are written with, each value under the name of its column.

use std::collections::HashMap;

use auth_core::user::User;
use serde_json::Value as Json;

use crate::sql::{Kind, Param};

use super::rows::Columns;

/// What whoever makes or changes an account or a group takes turns at: whether a name is free, and what a group gives, are asked in
/// more than one table.
pub(super) const ACCOUNTS: &str = "accounts";

/// What an account is written with, all but the tenant.
pub(super) const USER: &Columns = &[
    ("id", Kind::Text),
    ("username", Kind::Text),
    ("username_canonical", Kind::Text),
    ("email", Kind::Text),
    ("email_canonical", Kind::Text),
    ("email_verified", Kind::Bool),
    ("is_active", Kind::Bool),
    ("is_staff", Kind::Bool),
    ("is_superuser", Kind::Bool),
    ("auth_epoch", Kind::Int),
    ("date_joined", Kind::Int),
    ("last_login", Kind::Int),
    ("group_names", Kind::Text),
    ("direct_permissions", Kind::Text),
    ("permissions", Kind::Text),
    ("attributes", Kind::Text),
    ("first_name", Kind::Text),
    ("last_name", Kind::Text),
    ("ending", Kind::Text),
    ("ends_at", Kind::Int),
    ("language", Kind::Text),
    ("password", Kind::Text),
];

/// What a change leaves as it is.
const KEPT: [&str; 4] = ["id", "password", "date_joined", "last_login"];

/// What a change of an account writes.
pub(super) fn changed() -> impl Iterator<Item = &'static str> {
    USER.iter().map(|(name, _)| *name).filter(|name| !KEPT.contains(name))
}

/// A further name to log in by.
pub(super) const LOGIN_NAME: &Columns =
    &[("name", Kind::Text), ("is_address", Kind::Bool), ("written", Kind::Text), ("user_id", Kind::Text)];

/// A group.
pub(super) const GROUP: &Columns = &[("name", Kind::Text), ("permissions", Kind::Text)];

/// A member of a group.
pub(super) const MEMBER: &Columns = &[("group_name", Kind::Text), ("user_id", Kind::Text)];

/// A name whose being taken is asked about.
pub(super) const NAME: &Columns = &[("kind", Kind::Int), ("name", Kind::Text)];

/// The columns of [`USER`], all but the password. What is JSON in its column is a text.
pub(super) fn params(user: &User) -> Vec<Param<'_>> {
    let email = user.email.as_ref();
    vec![
        ("id", user.id.as_str().into()),
        ("username", user.username.as_str().into()),
        ("username_canonical", user.username.canonical().into()),
        ("email", email.map(|email| email.as_str()).into()),
        ("email_canonical", email.map(|email| email.canonical()).into()),
        ("email_verified", user.email_verified.into()),
        ("is_active", user.is_active.into()),
        ("is_staff", user.is_staff.into()),
        ("is_superuser", user.is_superuser.into()),
        ("auth_epoch", user.auth_epoch.into()),
        ("date_joined", user.date_joined.into()),
        ("last_login", user.last_login.into()),
        ("group_names", list(&user.groups).into()),
        ("direct_permissions", list(&user.direct_permissions).into()),
        ("permissions", list(&user.permissions).into()),
        ("attributes", user.attributes.to_string().into()),
        ("first_name", user.first_name.as_str().into()),
        ("last_name", user.last_name.as_str().into()),
        ("ending", user.ending.map(|ending| ending.cause.as_str()).into()),
        ("ends_at", user.ending.map(|ending| ending.at).into()),
        ("language", user.language.as_ref().map(|language| language.as_str()).into()),
    ]
}

/// A list as its column holds it.
pub(super) fn list(texts: &[String]) -> String {
    Json::from(texts).to_string()
}

/// Each of them once, in order.
pub(super) fn sorted(mut texts: Vec<String>) -> Vec<String> {
    texts.sort_unstable();
    texts.dedup();
    texts
}

/// What each group gives its members.
pub(super) type Given = HashMap<String, Vec<String>>;

/// Works out the effective permissions: the direct ones and those of all groups, sorted, each once.
pub(super) fn settle(user: &mut User, given: &Given) {
    let by_group = user.groups.iter().filter_map(|group| given.get(group)).flatten();
    user.permissions = sorted(user.direct_permissions.iter().chain(by_group).cloned().collect());
}
