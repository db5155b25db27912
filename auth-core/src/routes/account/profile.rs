//! `POST /auth/account`: the profile.

use serde::Serialize;

use crate::access::login_required;
use crate::error::ErrorKind;
use crate::http::{AuthResponse, Fields, json_response, path, prefers_html, see_other, see_other_route};
use crate::page::AccountForm;
use crate::routes::about::{About, Answer, Audience, NEXT, Object, Schema, USER, optional, required};
use crate::routes::exchange::{Exchange, Failure};
use crate::routes::session::me::UserJson;
use crate::user::User;

use super::page::refused;

/// A user, as the routes of the account show them: with the names that only their owner is shown.
#[derive(Serialize)]
pub(super) struct ProfileJson<'a> {
    #[serde(flatten)]
    user: UserJson<'a>,
    first_name: &'a str,
    last_name: &'a str,
}

impl<'a> ProfileJson<'a> {
    pub(super) fn of(user: &'a User) -> Self {
        let (first_name, last_name) = (user.first_name.as_str(), user.last_name.as_str());
        Self { user: UserJson::of(user), first_name, last_name }
    }
}

/// `{"user":…}` with the names.
#[derive(Serialize)]
pub(super) struct ProfileReply<'a> {
    pub(super) user: ProfileJson<'a>,
}

pub(super) const PROFILE: Object = Object {
    name: "Profile",
    about: "A user, as the routes of the account show them.",
    members: &[
        USER.members[0],
        USER.members[1],
        USER.members[2],
        USER.members[3],
        USER.members[4],
        USER.members[5],
        USER.members[6],
        USER.members[7],
        USER.members[8],
        USER.members[9],
        USER.members[10],
        required("first_name", Schema::Text, "empty: none"),
        required("last_name", Schema::Text, "the same"),
    ],
};

pub(super) const PROFILE_REPLY: Object = Object {
    name: "ProfileReply",
    about: "A user and their names, as an answer.",
    members: &[required("user", Schema::Object(&PROFILE), "")],
};

pub(crate) const CHANGE_PROFILE: About = About::new(
    "Changes the profile",
    "As far as the application lets people; attributes that it names are fields too.",
)
.audience(Audience::User)
.body(&[
    optional("username", Schema::Text, "where the application says so"),
    optional("first_name", Schema::Text, "at most 150 characters; empty: none"),
    optional("last_name", Schema::Text, "the same"),
    NEXT,
])
.answers(&[Answer::json(200, &[&PROFILE_REPLY], "all of it is changed")])
.leads_on("changed: to `next`, else to the account")
.refuses(&[
    (ErrorKind::AlreadyExists, "the user name is taken"),
    (ErrorKind::InvalidField, "a field that nobody may change, or a value that is none: nothing is changed"),
]);

/// `POST /auth/account`.
pub(crate) async fn change_profile(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let identity = exchange.require(&login_required()).await?;
    if !exchange.auth.users().are_made_here() {
        return Err(ErrorKind::NotFound.into());
    }
    let fields = Fields::form_or_json(&exchange.request)?;
    let next = fields.text("next")?;
    let user = identity.acting_user().ok_or(ErrorKind::Internal)?;
    let changes = fields.values().filter(|(name, _)| *name != "next");
    let changes = changes.map(|(name, value)| (name.to_owned(), value)).collect();
    match exchange.accounts().change_own_profile(user, changes).await {
        Ok(_) if prefers_html(&exchange.request) => Ok(match exchange.followed(next) {
            Some(next) => see_other(&next),
            None => see_other_route(&exchange.style().path(path::ACCOUNT)),
        }),
        Ok(user) => Ok(json_response(200, &ProfileReply { user: ProfileJson::of(&user) })),
        Err(error) => refused(exchange, &identity, (AccountForm::Profile, &fields), error).await,
    }
}
