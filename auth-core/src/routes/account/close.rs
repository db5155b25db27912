//! Closing one's account, opening it again, and locking everybody out of it.

use crate::error::ErrorKind;
use crate::http::{AuthResponse, Fields, path, prefers_html, see_other_route};
use crate::page::{ConfirmPage, Confirmation, Form, Link, NoticePage};
use crate::routes::about::{About, Answer, Audience, Schema, required};
use crate::routes::exchange::{Exchange, Failure};
use crate::routes::mfa::{FACTOR_MISSING, require_recent};
use crate::text::Text;

use super::confirm::asking;

pub(crate) const CLOSE_PAGE: About =
    About::page("The page that says what closing the account does, and asks", "")
        .audience(Audience::FreshUser)
        .refuses(&[FACTOR_MISSING]);

/// `GET /auth/account/delete`: says what happens, and asks.
pub(crate) async fn close_page(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    require_recent(exchange).await?;
    let (style, end) = (exchange.style(), exchange.now() + exchange.auth.accounts().grace());
    let [title, sentence, button, back] =
        [Text::CloseTitle, Text::CloseLead { day: end.day() }, Text::CloseButton, Text::AccountTitle]
            .map(|text| style.texts().say(&text).into_owned());
    let page = ConfirmPage {
        what: Confirmation::CloseAccount,
        form: Form::to(style.path(path::ACCOUNT_DELETE)),
        title: &title,
        sentence: &sentence,
        button: &button,
        way_back: Some(Link::new(style.path(path::ACCOUNT), back)),
    };
    Ok(style.page(200, &page))
}

pub(crate) const CLOSE: About = About::new(
    "Closes the account",
    "It is switched off, every session, token, waiting login and link ends, and it is erased later; until then a mailed link opens it again.",
)
.audience(Audience::FreshUser)
.answers(&[Answer::nothing(204, "closed, and the cookie cleared")])
.leads_on("to the page that says what happens next")
.sets_cookies()
.refuses(&[
    FACTOR_MISSING,
    (ErrorKind::PermissionDenied, "whoever may do everything does not close their own account"),
]);

/// `DELETE /auth/account`, `POST /auth/account/delete`.
pub(crate) async fn close(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let identity = require_recent(exchange).await?;
    // The other methods of this path answer without mail too.
    exchange.recovery()?;
    let own = exchange.auth.own_accounts().in_language(exchange.style().asked_language());
    own.close(&identity).await?;
    if identity.session_record().is_some() {
        exchange.context.end(&exchange.request).await?;
    }
    Ok(match prefers_html(&exchange.request) {
        true => see_other_route(&exchange.style().path(path::ACCOUNT_CLOSED)),
        false => AuthResponse::new(204),
    })
}

pub(crate) const CLOSED_PAGE: About =
    About::page("The page that says what happens to an account that was closed", "");

/// `GET /auth/account/closed`: says what happens next, whoever asks.
pub(crate) async fn closed_page(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let style = exchange.style();
    let days = i64::try_from(exchange.auth.accounts().grace().as_secs() / (24 * 60 * 60)).unwrap_or(i64::MAX);
    let title = style.texts().say(&Text::ClosedTitle);
    let sentence = style.texts().say(&Text::ClosedLead { days });
    let way_on = Link::new(style.home(), style.texts().say(&Text::PageHome));
    Ok(style.page(200, &NoticePage { title: &title, sentence: &sentence, way_on }))
}

pub(crate) const REOPEN_PAGE: About = About::page(
    "The page that the mailed link to open a closed account again leads to",
    "It uses nothing up.",
)
.query(&[required("token", Schema::Secret, "that of the link")]);

/// `GET /auth/account/reopen`: asks, and uses nothing up.
pub(crate) async fn reopen_page(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let words = [Text::ReopenTitle, Text::ReopenLead, Text::ReopenButton];
    asking(exchange, Confirmation::ReopenAccount, path::ACCOUNT_REOPEN, words)
}

pub(crate) const SECURE_PAGE: About = About::page(
    "The page that the link in a notice leads to",
    "It uses nothing up.",
)
.query(&[required("token", Schema::Secret, "that of the link")]);

/// `GET /auth/account/secure`: asks, and uses nothing up.
pub(crate) async fn secure_page(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let words = [Text::SecureTitle, Text::SecureLead, Text::SecureButton];
    asking(exchange, Confirmation::LockOut, path::ACCOUNT_SECURE, words)
}

pub(crate) const SECURE: About = About::new(
    "Locks everybody out, after a change that the owner did not make",
    "Sessions, tokens, the password and linked logins go.",
)
.body(&[required("token", Schema::Secret, "that of the link")])
.answers(&[Answer::nothing(204, "nobody is in any more")])
.leads_on("to where a link to set a new password is asked for")
.refuses(&[
    (ErrorKind::InvalidLink, "the link was used, has expired, or was voided"),
    (ErrorKind::TooManyAttempts, "too many from this network"),
]);

/// `POST /auth/account/secure`: leads a person on to where a new password is asked for. It takes another mail: one that has lain in a
/// mailbox for days sets none.
pub(crate) async fn secure(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let fields = Fields::form_or_json(&exchange.request)?;
    let (token, recovery) = (fields.required("token")?, exchange.recovery()?);
    recovery.lock_out(token, exchange.client_ip()).await?;
    Ok(match prefers_html(&exchange.request) {
        true => see_other_route(&exchange.style().path(path::PASSWORD_FORGOT)),
        false => AuthResponse::new(204),
    })
}

pub(crate) const REOPEN: About =
    About::new("Opens a closed account again", "What was begun before stays ended, and nobody is logged in.")
        .body(&[required("token", Schema::Secret, "that of the link")])
        .answers(&[Answer::nothing(204, "it is open")])
        .leads_on("to the login page")
        .refuses(&[
            (ErrorKind::InvalidLink, "the link was used, has expired, or was voided"),
            (ErrorKind::TooManyAttempts, "too many from this network"),
        ]);

/// `POST /auth/account/reopen`.
pub(crate) async fn reopen(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let fields = Fields::form_or_json(&exchange.request)?;
    let token = fields.required("token")?;
    exchange.recovery()?.reopen(token, exchange.client_ip()).await?;
    Ok(match prefers_html(&exchange.request) {
        true => see_other_route(&exchange.style().path(path::LOGIN)),
        false => AuthResponse::new(204),
    })
}
