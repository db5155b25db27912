//! `/auth/language`: the language of the pages.

use crate::error::Error;
use crate::http::{AuthResponse, Fields, SafeRedirect, prefers_html, see_other};
use crate::text::Text;
use crate::user::{LanguageTag, UserUpdate};

use crate::routes::about::{About, Answer, Member, Schema, optional, required};
use crate::routes::exchange::{Exchange, Failure};

pub(crate) const CHOOSE: About =
    About::new(
        "Chooses the language of the pages",
        "In a cookie that is there for a year; whoever is logged in is addressed in it from then on, elsewhere and in mails too.",
    )
        .body(&[required("language", Schema::Language, "its tag"), ANYWHERE])
        .answers(&[Answer::nothing(204, "chosen")])
        .leads_on("chosen: to `next`")
        .sets_cookies();

const ANYWHERE: Member = optional("next", Schema::Text, "where a browser goes on: any path on this site");

/// `POST /auth/language`. Whoever chooses is on a page, and goes back there whichever it is.
pub(crate) async fn choose(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let fields = Fields::form_or_json(&exchange.request)?;
    let (tag, next) = (fields.required("language")?, fields.text("next")?);
    let cookie = exchange.style().choice_of_language(tag);
    let cookie = cookie.ok_or_else(|| Error::invalid(Text::LanguageUnknown))?;
    keep(exchange, tag).await;
    let reply = match prefers_html(&exchange.request) {
        true => see_other(&next.and_then(SafeRedirect::parse).unwrap_or_else(|| exchange.auth.home())),
        false => AuthResponse::new(204),
    };
    Ok(reply.with_header("set-cookie", cookie))
}

/// Keeps the language of whoever is logged in with the account. What counts here is the cookie: whatever is wrong with a credential that
/// comes along, it is chosen.
async fn keep(exchange: &Exchange, tag: &str) {
    let language = exchange.style().spoken_tag(tag).and_then(LanguageTag::new);
    let caller = exchange.caller().await.ok().flatten();
    let Some(user) = caller.as_ref().and_then(|caller| caller.acting_user()) else { return };
    let users = exchange.auth.users();
    if user.language == language || !users.keep_letters() {
        return;
    }
    let update = UserUpdate { language: Some(language), ..UserUpdate::default() };
    if let Err(error) = users.update(&user.id, update).await {
        tracing::warn!(?error, "the language that somebody chose could not be kept with the account");
    }
}
