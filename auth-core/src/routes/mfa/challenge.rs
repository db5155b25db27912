//! `/auth/mfa`: the second factor of a login that waits.

use crate::access::FACTOR;
use crate::error::{Error, ErrorKind};
use crate::http::{
    AuthResponse, Fields, RoutePath, SafeRedirect, json_response, path, prefers_html, see_other,
    see_other_route, with_retry_after,
};
use crate::login::{Method, Waiting};
use crate::mfa::Shown;
use crate::page::{Form, Link, MfaPage, PasskeyUse};
use crate::routes::about::{About, Answer, Member, NEXT, PENDING, Schema, USER_REPLY, optional};
use crate::routes::exchange::{Exchange, Failure};
use crate::routes::session::me::{UserJson, UserReply};
use crate::text::Text;
use crate::user::User;

use super::{asked_for, asking_for};

pub(crate) const CHALLENGE_PAGE: About = About::new(
    "By what a login that waits can go on",
    "A browser gets the page that asks for the second factor. Where no login waits it is led on: to the login page, to a login with the \
     factor, or, where the account has none, to where one is added.",
)
.query(&[NEXT, FACTOR_ASKED])
.answers(&[Answer::json_or_page(&PENDING, "by what to go on")])
.leads_on("where no login waits: to the login page, to a login with the factor, or to where one is added")
.refuses(&[EXPIRED]);

pub(in crate::routes) const FACTOR_ASKED: Member = optional(
    FACTOR,
    Schema::Text,
    "which second factor is asked for, of several one, with spaces between: `passkey`, `totp`, `email`, `recovery_code`",
);

const EXPIRED: (ErrorKind, &str) = (
    ErrorKind::LoginExpired,
    "no login waits in this browser, or it is over: after 10 minutes, after 5 wrong codes, after a changed password",
);

/// `GET /auth/mfa`.
pub(crate) async fn challenge_page(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let fields = Fields::query(&exchange.request)?;
    let waiting = match exchange.context.waiting(&exchange.request).await {
        Err(error) if error.kind() == ErrorKind::LoginExpired && prefers_html(&exchange.request) => {
            return led_on(exchange, &fields).await;
        }
        waiting => waiting?,
    };
    let methods = exchange.mfa().methods(&waiting).await?;
    if !prefers_html(&exchange.request) {
        return Err(Method::pending(&methods).into());
    }
    Ok(page(exchange, 200, &methods, fields.flag("sent")?, None))
}

/// Where somebody goes on whom a guard has sent here for want of a factor.
async fn led_on(exchange: &Exchange, fields: &Fields) -> Result<AuthResponse, Failure> {
    let style = exchange.style();
    let (next, asked) = (exchange.followed(fields.text("next")?), asked_for(fields)?);
    let caller = exchange.caller().await?;
    let (page, factor) = match caller.as_ref().and_then(|caller| caller.acting_user()) {
        None => (path::LOGIN, None),
        Some(user) => way_to_factor(exchange, user, &asked).await?,
    };
    let there = style.page_before(page, next.as_ref().map(SafeRedirect::as_str));
    Ok(see_other_route(&match factor {
        Some(factor) => asking_for(there, factor),
        None => there,
    }))
}

/// Where somebody shows one of the factors that are asked for, and which one they have; or where they set one up: else they would be asked
/// for it for ever.
async fn way_to_factor(
    exchange: &Exchange,
    user: &User,
    asked: &[Method],
) -> Result<(RoutePath, Option<Method>), Error> {
    let mfa = exchange.mfa();
    if asked.is_empty() {
        let has_factor = mfa.held(user).await?.has_factor();
        return Ok((if has_factor { path::REAUTHENTICATE } else { path::FACTORS }, None));
    }
    if let Some(held) = mfa.held_of(user, asked).await?.first() {
        return Ok((path::REAUTHENTICATE, Some(*held)));
    }
    let is_made = asked.contains(&Method::Passkey) && exchange.auth.passkeys().is_some();
    Ok((if is_made { path::PASSKEYS } else { path::FACTORS }, None))
}

pub(crate) const CHALLENGE: About = About::new(
    "Finishes a login that lacks a second factor",
    "By one of the two. A session that was to be made fresh is that under a new id; anybody else gets a new session.",
)
.body(&[
    optional("code", Schema::Secret, "required without `recovery_code`: of the authenticator app, or mailed"),
    optional("recovery_code", Schema::Secret, "required without `code`: one of those that were written down"),
    optional("trust_device", Schema::Boolean, "this browser is spared the second factor for 30 days; in a form, a checkbox"),
])
.answers(&[Answer::json(200, &[&USER_REPLY], "logged in")])
.leads_on("logged in: on to where they were going")
.sets_cookies()
.refuses(&[
    (ErrorKind::InvalidCode, "a wrong code, one that was used, or none"),
    EXPIRED,
    (ErrorKind::TooManyAttempts, "20 wrong codes of the account in an hour"),
]);

/// `POST /auth/mfa`.
pub(crate) async fn challenge(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let fields = Fields::form_or_json(&exchange.request)?;
    match show(exchange, &fields).await {
        Err(error) if prefers_html(&exchange.request) && can_be_mended(&error) => {
            let methods = exchange.mfa().methods(&exchange.context.waiting(&exchange.request).await?).await?;
            let status = error.kind().row().status;
            let page = with_retry_after(page(exchange, status, &methods, false, Some(&error)), &error);
            Ok(exchange.challenge(&exchange.public_path(), &error, page))
        }
        outcome => Ok(outcome?),
    }
}

async fn show(exchange: &Exchange, fields: &Fields) -> Result<AuthResponse, Error> {
    let shown = match (typed(fields, "code")?, typed(fields, "recovery_code")?) {
        (Some(code), None) => Shown::Code(code),
        (None, Some(code)) => Shown::RecoveryCode(code),
        _ => return Err(Error::invalid(Text::MfaOneOfTwo)),
    };
    let is_trusted = fields.flag("trust_device")?;
    let (user, next) = exchange.context.show_factor(&exchange.request, shown, is_trusted).await?;
    if prefers_html(&exchange.request) {
        return Ok(see_other(&next.unwrap_or_else(|| exchange.after_login(None))));
    }
    Ok(json_response(200, &UserReply { user: UserJson::of(&user) }))
}

/// What was typed into a field; one that was left empty beside another is none.
fn typed<'a>(fields: &'a Fields, name: &str) -> Result<Option<&'a str>, Error> {
    Ok(fields.text(name)?.filter(|text| !text.is_empty()))
}

fn can_be_mended(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::InvalidCode | ErrorKind::InvalidRequest | ErrorKind::TooManyAttempts)
}

pub(crate) const MAIL_CODE: About = About::new(
    "Mails a code for the login that waits",
    "Eight digits, which count for 10 minutes and in this browser, where that is one of the `methods`.",
)
.answers(&[Answer::nothing(202, "it is on its way")])
.leads_on("to the page that asks for it")
.refuses(&[
    EXPIRED,
    (ErrorKind::PermissionDenied, "no code is mailed to this login"),
    (ErrorKind::TooManyAttempts, "too many mails were asked for from this network"),
]);

/// `POST /auth/mfa/email`.
pub(crate) async fn mail_code(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let waiting: Waiting = exchange.context.waiting(&exchange.request).await?;
    exchange.mfa().mail_code(&waiting, exchange.client_ip()).await?;
    Ok(match prefers_html(&exchange.request) {
        true => see_other_route(&format!("{}?sent=true", exchange.style().path(path::MFA))),
        false => AuthResponse::new(202),
    })
}

fn page(
    exchange: &Exchange,
    status: u16,
    methods: &[Method],
    is_sent: bool,
    error: Option<&Error>,
) -> AuthResponse {
    let style = exchange.style();
    let form = || Form::to(style.path(path::MFA));
    let has = |method| methods.contains(&method);
    let (told, reference) = (error.map(|error| style.told(error)), error.and_then(Error::reference));
    let again = Link::new(style.path(path::LOGIN), style.texts().say(&Text::MfaAgain));
    let passkey = match has(Method::Passkey) {
        true => exchange.passkey_button(PasskeyUse::Ask, exchange.after_login(None).as_str()),
        false => None,
    };
    let page = MfaPage {
        passkey,
        has_totp: has(Method::Totp),
        code: (has(Method::Totp) || has(Method::Email)).then(form),
        mail: has(Method::Email).then(|| Form::to(style.path(path::MFA_EMAIL))),
        is_mail_sent: is_sent && has(Method::Email),
        recovery_code: has(Method::RecoveryCode).then(form),
        takes_trust: exchange.auth.config().trusts_devices,
        error: told.as_deref(),
        reference: reference.as_deref(),
        again,
    };
    style.page(status, &page)
}
