//! `/auth/register`.

use std::sync::Arc;

use crate::account::{Acceptance, SignUpForm};
use crate::error::{Error, ErrorKind};
use crate::http::{
    AuthResponse, Fields, RequestView as _, SafeRedirect, json_response, path, prefers_html, see_other,
    see_other_route, with_retry_after,
};
use crate::human::HumanForm;
use crate::identity::Identity;
use crate::page::{Form, NoticePage, PasskeyButton, PasskeyUse, RegisterPage};
use crate::text::Text;

use super::to_login;
use crate::routes::about::{
    About, Answer, HUMAN, Member, NEXT, NO_HUMAN, Schema, USER_REPLY, optional, required,
};
use crate::routes::exchange::{Exchange, Failure};
use crate::routes::session::me::{UserJson, UserReply};
use crate::user::{Email, User};

pub(crate) const REGISTER_PAGE: About =
    About::page("The page on which somebody makes an account", "").query(&[NEXT, INVITATION]).refuses(&[(
        ErrorKind::InvalidLink,
        "the invitation was used, revoked, has expired, or a newer one came",
    )]);

pub(in crate::routes) const INVITATION: Member =
    optional("invitation", Schema::Secret, "the token of an invitation");

/// `GET /auth/register`.
pub(crate) async fn register_page(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let (fields, registrations) = (Fields::query(&exchange.request)?, exchange.registrations()?);
    let invited = match fields.text("invitation")? {
        Some(token) => Some(registrations.invited(token).await?),
        None => registrations.check_open().map(|()| None)?,
    };
    let is_guest = guest(exchange).await?.is_some();
    Ok(form(exchange, 200, &fields, (invited.as_ref(), is_guest), None))
}

pub(crate) const REGISTER: About = About::new(
    "Makes an account, and mails a link to prove its address",
    "Where another account has the address the answer is the same, nothing is made, and that account's owner is told.",
)
.body(&[
    required("username", Schema::Text, "at most 150 characters, without `@` and `:`"),
    required("email", Schema::Email, ""),
    required("password", Schema::Secret, ""),
    INVITATION,
    HUMAN,
    NEXT,
])
.answers(&[
    Answer::nothing(202, "a mail is on its way; or the account was made, and nobody can be logged in just now"),
    Answer::json(
        201,
        &[&USER_REPLY],
        "by invitation, or where the application tells who has an account: logged in at once",
    ),
])
.leads_on("to the page that says so; who is logged in at once, to `next`")
.sets_cookies()
.refuses(&[
    (ErrorKind::InvalidLink, "the invitation was used, revoked, has expired, or a newer one came"),
    (
        ErrorKind::AlreadyExists,
        "the user name, which is public, is taken; where the application tells who has an account, the address too",
    ),
    (ErrorKind::WeakPassword, "`violations` says what the policy has against the password"),
    (ErrorKind::TooManyAttempts, "too many accounts were made from this network"),
    NO_HUMAN,
]);

/// `POST /auth/register`.
pub(crate) async fn register(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let fields = Fields::form_or_json(&exchange.request)?;
    let invitation = fields.text("invitation")?;
    let outcome = match (invitation, guest(exchange).await?) {
        (Some(token), _) => accept(exchange, &fields, token).await,
        (None, guest) => sign_up(exchange, &fields, guest.as_deref()).await,
    };
    match outcome {
        Err(error) if prefers_html(&exchange.request) && can_be_mended(&error) => {
            let invited = match invitation {
                Some(token) => Some(exchange.registrations()?.invited(token).await?),
                None => None,
            };
            let is_guest = guest(exchange).await?.is_some();
            Ok(refused(exchange, &fields, (invited.as_ref(), is_guest), &error))
        }
        outcome => Ok(outcome?),
    }
}

/// The guest in whose session somebody registers.
pub(in crate::routes) async fn guest(exchange: &Exchange) -> Result<Option<Arc<Identity>>, Failure> {
    if exchange.request.header_lines("authorization").next().is_some() {
        return Ok(None);
    }
    let caller = exchange.caller().await?;
    Ok(caller.filter(|caller| caller.acting_user().is_some_and(|user| user.is_guest())))
}

async fn accept(exchange: &Exchange, fields: &Fields, token: &str) -> Result<AuthResponse, Error> {
    let (username, password) = (fields.required("username")?, fields.required("password")?);
    let acceptance = Acceptance { token, username, password };
    let next = fields.text("next")?;
    let context = &exchange.context;
    let user = context.accept_invitation(&exchange.request, acceptance, exchange.followed(next)).await?;
    Ok(entered(exchange, next, user.as_deref()))
}

/// Of somebody who is logged in at once; where nobody can be at the moment, of somebody who logs in later.
fn entered(exchange: &Exchange, next: Option<&str>, user: Option<&User>) -> AuthResponse {
    match (user, prefers_html(&exchange.request)) {
        (Some(_), true) => see_other(&exchange.after_login(next)),
        (Some(user), false) => json_response(201, &UserReply { user: UserJson::of(user) }),
        (None, true) => {
            let next = exchange.followed(next);
            let next = next.as_ref().map(SafeRedirect::as_str);
            see_other_route(&exchange.style().page_before(path::LOGIN, next))
        }
        (None, false) => AuthResponse::new(202),
    }
}

async fn sign_up(
    exchange: &Exchange,
    fields: &Fields,
    guest: Option<&Identity>,
) -> Result<AuthResponse, Error> {
    let registrations = exchange.registrations()?;
    registrations.admit()?;
    let form = SignUpForm {
        username: fields.required("username")?,
        email: fields.required("email")?,
        password: fields.required("password")?,
    };
    let next = exchange.followed(fields.text("next")?);
    exchange.check_human(HumanForm::Register, fields).await?;
    let (context, request) = (&exchange.context, &exchange.request);
    let is_told = registrations.tells_who_exists();
    if let Some(guest) = guest {
        let user = context.keep_guest(request, guest, form).await?;
        if is_told {
            return Ok(entered(exchange, fields.text("next")?, user.as_deref()));
        }
    } else if is_told {
        let user = context.register_and_enter(request, form, next).await?;
        return Ok(entered(exchange, fields.text("next")?, user.as_deref()));
    } else {
        let browser = exchange.context.sign_up_browser(&exchange.request)?;
        registrations.register(form, next.as_ref(), browser, exchange.client_ip()).await?;
    }
    Ok(match prefers_html(&exchange.request) {
        true => see_other_route(&exchange.style().path(path::REGISTER_SENT)),
        false => AuthResponse::new(202),
    })
}

fn can_be_mended(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::AlreadyExists
            | ErrorKind::HumanCheckRequired
            | ErrorKind::InvalidRequest
            | ErrorKind::TooManyAttempts
            | ErrorKind::WeakPassword
    )
}

fn refused(
    exchange: &Exchange,
    fields: &Fields,
    whose: (Option<&Email>, bool),
    error: &Error,
) -> AuthResponse {
    with_retry_after(form(exchange, error.kind().row().status, fields, whose, Some(error)), error)
}

/// With an invitation, for the address that it went to. A guest is not offered a passkey.
fn form(
    exchange: &Exchange,
    status: u16,
    fields: &Fields,
    (invited, is_guest): (Option<&Email>, bool),
    error: Option<&Error>,
) -> AuthResponse {
    let style = exchange.style();
    let typed = |name| fields.text(name).ok().flatten().unwrap_or_default();
    let next = exchange.followed(fields.text("next").ok().flatten());
    let form = Form::to(style.path(path::REGISTER)).with_next(next.as_ref().map(|next| next.as_str()));
    // Whoever is invited was chosen by somebody.
    let humans = exchange.auth.humans();
    let challenge = invited.is_none().then(|| humans.challenge(HumanForm::Register)).flatten();
    let errors = error.map(|error| style.complaints(error)).unwrap_or_default();
    let reference = error.and_then(Error::reference);
    let page = RegisterPage {
        challenge: challenge.as_ref(),
        passkey: passkey_button(exchange, next.as_ref(), invited.is_some()).filter(|_| !is_guest),
        form: if invited.is_some() { form.with("invitation", typed("invitation")) } else { form },
        invited: invited.map(Email::as_str),
        username: typed("username"),
        email: typed("email"),
        errors: &errors,
        reference: reference.as_deref(),
        login: to_login(exchange, Text::RegisterLogin),
    };
    style.page(status, &page)
}

/// What makes the account with a passkey, and leads to where the form for a password leads.
fn passkey_button(
    exchange: &Exchange,
    next: Option<&SafeRedirect>,
    is_invited: bool,
) -> Option<PasskeyButton> {
    let enters = is_invited || exchange.registrations().is_ok_and(|there| there.tells_who_exists());
    let sent = exchange.style().path(path::REGISTER_SENT);
    let after = exchange.after_login(next.map(SafeRedirect::as_str));
    exchange.passkey_button(PasskeyUse::SignUp, if enters { after.as_str() } else { &sent })
}

pub(crate) const REGISTER_SENT: About = About::page("The page that says that a mail is on its way", "");

/// `GET /auth/register/sent`.
pub(crate) async fn register_sent(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    Ok(sent(exchange, &Text::RegisterSentTitle, &Text::RegisterSentLead))
}

/// A page that says that a mail is on its way.
pub(super) fn sent(exchange: &Exchange, title: &Text, sentence: &Text) -> AuthResponse {
    let style = exchange.style();
    let (title, sentence) = (style.texts().say(title), style.texts().say(sentence));
    let way_on = to_login(exchange, Text::LoginTitle);
    style.page(200, &NoticePage { title: &title, sentence: &sentence, way_on })
}
