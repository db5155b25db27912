//! `POST /auth/account`: the profile.

use crate::access::login_required;
use crate::error::ErrorKind;
use crate::http::{AuthResponse, Fields, json_response, path, prefers_html, see_other, see_other_route};
use crate::page::AccountForm;
use crate::routes::about::{About, Answer, Audience, NEXT, Schema, USER_REPLY, optional};
use crate::routes::exchange::{Exchange, Failure};
use crate::routes::session::me::{UserJson, UserReply};

use super::page::refused;

pub(crate) const CHANGE: About = About::new(
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
.answers(&[Answer::json(200, &[&USER_REPLY], "all of it is changed")])
.leads_on("changed: to `next`, else to the account")
.refuses(&[
    (ErrorKind::AlreadyExists, "the user name is taken"),
    (ErrorKind::InvalidField, "a field that nobody may change, or a value that is none: nothing is changed"),
]);

/// `POST /auth/account`.
pub(crate) async fn change(exchange: &Exchange) -> Result<AuthResponse, Failure> {
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
        Ok(user) => Ok(json_response(200, &UserReply { user: UserJson::of(&user) })),
        Err(error) => refused(exchange, &identity, (AccountForm::Profile, &fields), error).await,
    }
}
