//! `/auth/login/{provider}` and what is below it: there and back, and being logged out from there.

use crate::access::{fresh_login_required, session_required};
use crate::error::{Error, ErrorKind};
use crate::http::{AuthResponse, Fields, SafeRedirect, path, see_other};
use crate::page::{Form, ProviderAction, ProviderButton, ProviderPage, WayOn};
use crate::provider::{Answer, CallbackParameters, Errand, Provider, Unfinished};
use crate::routes::about::{About, Answer as Reply, Audience, Member, NEXT, Schema, optional, required};
use crate::routes::exchange::{Exchange, Failure};
use crate::session::FRESH;
use crate::text::Text;

pub(crate) const PROVIDER_PAGE: About =
    About::page("A page with one button, which starts the login with this provider", "")
        .audience(Audience::DependsOnFields)
        .query(&ERRAND)
        .refuses(&[NOT_TO_CONFIRM, NO_PROVIDER]);

const ERRAND: [Member; 3] = [
    NEXT,
    optional("link", Schema::Boolean, "to connect the provider's account to this one"),
    optional(
        "reauthenticate",
        Schema::Boolean,
        "to prove once more who is there, for accounts without a password",
    ),
];
const NO_PROVIDER: (ErrorKind, &str) = (ErrorKind::NotFound, "there is no such provider");
const NOT_TO_CONFIRM: (ErrorKind, &str) = (
    ErrorKind::ReauthenticationRequired,
    "with `reauthenticate`: the account has a password, or this provider cannot be asked once more",
);

/// `GET /auth/login/{provider}`: one button, so that no link alone sends anybody to a provider.
pub(crate) async fn provider_page(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let provider = provider(exchange)?;
    let fields = Fields::query(&exchange.request)?;
    let errand = errand(exchange, &fields).await?;
    exchange.auth.providers().check_errand(provider.id().as_str(), &errand).await?;
    let next = exchange.followed(fields.text("next")?);
    let next = next.as_ref().map(SafeRedirect::as_str);
    let (button, action) = match errand {
        Errand::Login => (button(exchange, provider, next), ProviderAction::Login),
        Errand::Link(_) => (link_button(exchange, provider, next), ProviderAction::Link),
        Errand::Reauthenticate(_) => {
            (confirm_button(exchange, provider, next), ProviderAction::Reauthenticate)
        }
    };
    Ok(exchange.style().page(200, &ProviderPage::new(button, action)))
}

pub(crate) const BEGIN_PROVIDER_LOGIN: About =
    About::new("Sends the browser to the provider", "With `state`, PKCE and, for OpenID Connect, `nonce`.")
        .audience(Audience::DependsOnFields)
        .body(&ERRAND)
        .answers(&[Reply::redirect("to the provider, for programs too")])
        .sets_cookies()
        .refuses(&[
            (ErrorKind::ProviderError, "the provider cannot be reached"),
            NOT_TO_CONFIRM,
            NO_PROVIDER,
            (ErrorKind::TooManyAttempts, "too many logins were begun from this network"),
        ]);

/// `POST /auth/login/{provider}`: sends the browser to the provider.
pub(crate) async fn begin_provider_login(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let provider = provider(exchange)?.id().clone();
    let fields = Fields::form_or_json(&exchange.request)?;
    let errand = errand(exchange, &fields).await?;
    let next = exchange.after_login(fields.text("next")?);
    let url = exchange.context.depart(&exchange.request, provider.as_str(), errand, next).await?;
    Ok(AuthResponse::new(303).with_header("location", url.as_str()))
}

pub(crate) const TAKE_PROVIDER_POST: About =
    About::new("Takes what a provider posts", "It is kept, and the browser is sent to fetch it.")
        .form(&ANSWER)
        .answers(&[Reply::redirect("to the same path by GET, with a `handle`")])
        .refuses(&[NO_PROVIDER, (ErrorKind::TooManyAttempts, "too much was posted from this network")]);

const ANSWER: [Member; 6] = [
    optional("state", Schema::Text, "what the login was begun with"),
    optional("code", Schema::Secret, "what the provider answers"),
    optional("iss", Schema::Text, "who answers (RFC 9207)"),
    optional("error", Schema::Text, "why the provider says no"),
    optional("error_description", Schema::Text, "the same in words, for the log"),
    optional("user", Schema::Text, "the name, from Apple"),
];

/// `POST /auth/login/{provider}/callback`, the `form_post` of a provider: another site's form, which comes without cookies. Its
/// parameters are kept, and the browser is sent to fetch them by GET.
pub(crate) async fn take_provider_post(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let provider = provider(exchange)?.id().clone();
    let parameters = CallbackParameters::read(&Fields::form(&exchange.request)?)?;
    let providers = exchange.auth.providers();
    let handle = providers.hand_over(provider.as_str(), &parameters, exchange.client_ip()).await?;
    let location = format!("{}?handle={handle}", exchange.public_path());
    Ok(AuthResponse::new(303).with_header("location", location))
}

pub(crate) const FINISH_PROVIDER_LOGIN: About =
    About::new("Where the browser comes back to from the provider", "Register this URL there.")
        .audience(Audience::AnybodyOrCaller)
        .query(&CALLBACK)
        .answers(&[Reply::redirect("logged in, connected or confirmed: to `next`")])
        .sets_cookies()
        .refuses(&[
            (ErrorKind::StateMismatch, "this browser did not begin that login, or it is over"),
            (ErrorKind::ProviderError, "the provider said no, or its answer does not hold"),
            (ErrorKind::InvalidCredentials, "the account here is disabled"),
            (
                ErrorKind::ReauthenticationRequired,
                "with `link`: the login here is more than five minutes old by now",
            ),
            (ErrorKind::SignUpClosed, "no account belongs to this login, and none is made"),
            NO_PROVIDER,
            (ErrorKind::LinkRequired, "an account with this address exists: log in to it, then connect"),
            (ErrorKind::AlreadyExists, "the provider's account is connected to another account here"),
        ]);

const CALLBACK: [Member; 7] = {
    let [state, code, iss, error, description, user] = ANSWER;
    [state, code, iss, error, description, user, optional("handle", Schema::Secret, "what was posted")]
};

/// `GET /auth/login/{provider}/callback`: the browser comes back. Nobody is sent to the login page from here: the way back to this URL
/// would carry a code that is used up.
pub(crate) async fn finish_provider_login(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let provider = provider(exchange)?.id();
    let answer = Answer::read(&Fields::query(&exchange.request)?)?;
    match exchange.context.arrive(&exchange.request, provider.as_str(), answer).await {
        Ok(next) => Ok(see_other(&next)),
        Err(Unfinished::Cancelled { errand, next, error }) => Ok(cancelled(exchange, &errand, &next, &error)),
        Err(Unfinished::Failed(error)) => Err(error.into()),
        Err(Unfinished::Stale(error)) => nothing_to_do(exchange, error).await,
    }
}

/// An answer that is good for nothing is refused, whoever brings it. To somebody who is logged in, who most likely loaded the
/// page again, the refusal says that they are.
async fn nothing_to_do(exchange: &Exchange, error: Error) -> Result<AuthResponse, Failure> {
    if exchange.caller().await?.is_none_or(|identity| identity.acting_user().is_none()) {
        return Err(error.saying(Text::ProviderBeginAgain).into());
    }
    let error = error.saying(Text::ProviderAlreadyLoggedIn);
    Ok(exchange.style().error_with(&exchange.request, &error, None))
}

/// Somebody said no at the provider, and is shown the way back to where they came from.
fn cancelled(exchange: &Exchange, errand: &Errand, next: &SafeRedirect, error: &Error) -> AuthResponse {
    let style = exchange.style();
    let (href, text) = match errand {
        Errand::Login => (style.detour_to(path::LOGIN, next.as_str()), Text::WayBackToLoginPage),
        Errand::Link(_) => (style.path(path::LINKED_ACCOUNTS), Text::WayToLinkedAccounts),
        Errand::Reauthenticate(_) => {
            (style.detour_to(path::REAUTHENTICATE, next.as_str()), Text::WayToGoBack)
        }
    };
    style.error_with(&exchange.request, error, Some((href, text)))
}

pub(crate) const BACKCHANNEL_LOGOUT: About = About::new(
    "Ends the sessions that began at the provider",
    "OpenID Connect Back-Channel Logout: register this URL there. For the provider.",
)
.form(&[required("logout_token", Schema::Secret, "signed by the provider")])
.answers(&[Reply::nothing(200, "they have ended")])
.refuses(&[(ErrorKind::ProviderError, "the logout token does not hold"), NO_PROVIDER]);

/// `POST /auth/login/{provider}/backchannel-logout` (OpenID Connect Back-Channel Logout 1.0 sections 2.5 and 2.8).
pub(crate) async fn backchannel_logout(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let provider = provider(exchange)?.id().clone();
    let fields = Fields::form(&exchange.request)?;
    exchange.auth.providers().log_out(provider.as_str(), fields.required("logout_token")?).await?;
    Ok(AuthResponse::new(200))
}

fn provider(exchange: &Exchange) -> Result<&Provider, Error> {
    let id = exchange.parameter("provider").unwrap_or_default();
    exchange.auth.providers().get(id).ok_or_else(|| ErrorKind::NotFound.into())
}

/// What somebody wants of a provider.
async fn errand(exchange: &Exchange, fields: &Fields) -> Result<Errand, Failure> {
    match (fields.flag("link")?, fields.flag("reauthenticate")?) {
        (false, false) => Ok(Errand::Login),
        (true, false) => {
            let fresh = session_required().and(fresh_login_required(FRESH));
            Ok(Errand::link(&*exchange.require(&fresh).await?, exchange.now())?)
        }
        (false, true) => Ok(Errand::reauthenticate(&*exchange.require(&session_required()).await?)?),
        (true, true) => Err(Error::invalid(Text::ProviderLinkOrConfirm).into()),
    }
}

/// The path of a provider's login.
pub(super) fn login_path(exchange: &Exchange, provider: &str) -> String {
    exchange.style().path_of(path::PROVIDER, [provider])
}

/// A provider as a button that logs in, and leads to `next`.
pub(in crate::routes) fn button<'a>(
    exchange: &Exchange,
    provider: &'a Provider,
    next: Option<&str>,
) -> ProviderButton<'a> {
    ProviderButton::new(provider.label(), form(exchange, provider).with_next(next))
}

/// The same for a proof of who somebody is.
pub(in crate::routes) fn confirm_button<'a>(
    exchange: &Exchange,
    provider: &'a Provider,
    next: Option<&str>,
) -> ProviderButton<'a> {
    let form = form(exchange, provider).with("reauthenticate", "true");
    ProviderButton::new(provider.label(), form.with_next(next))
}

/// The same to link an account.
fn link_button<'a>(exchange: &Exchange, provider: &'a Provider, next: Option<&str>) -> ProviderButton<'a> {
    ProviderButton::new(provider.label(), form(exchange, provider).with("link", "true").with_next(next))
}

fn form(exchange: &Exchange, provider: &Provider) -> Form {
    Form::to(login_path(exchange, provider.id().as_str()))
}

/// The link by which people go on from an error: to log in and connect, or to try again.
pub(in crate::routes) fn way_on(exchange: &Exchange, error: &Error) -> Option<WayOn> {
    let style = exchange.style();
    let provider = exchange.parameter("provider")?;
    match error.kind() {
        ErrorKind::LinkRequired => {
            let connect = format!("{}?link=true", login_path(exchange, provider));
            Some((style.detour_to(path::LOGIN, &connect), Text::WayToLink))
        }
        ErrorKind::AlreadyExists => Some((style.path(path::LINKED_ACCOUNTS), Text::WayToLinkedAccounts)),
        ErrorKind::ReauthenticationRequired => Some((
            style.detour_to(path::REAUTHENTICATE, &style.path(path::LINKED_ACCOUNTS)),
            Text::WayToReauthenticate,
        )),
        ErrorKind::ProviderError | ErrorKind::SignUpClosed | ErrorKind::StateMismatch => {
            Some((style.path(path::LOGIN), Text::WayToLoginPage))
        }
        _ => None,
    }
}
