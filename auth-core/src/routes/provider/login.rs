//! `/auth/login/{provider}` and what is below it: there and back, and being logged out from there.

use std::sync::Arc;

use crate::access::{Requirement, fresh_login_required, session_required};
use crate::error::{Error, ErrorKind};
use crate::http::page::{self, ProviderAction, ProviderButton, ProviderPage};
use crate::http::{AuthResponse, Fields, SafeRedirect, page_response, path, see_other};
use crate::identity::Identity;
use crate::login::{Admitted, Amr, Credentials};
use crate::provider::{Attempt, CallbackParameters, Caller, Provider, ProviderConnection, Purpose, Vouched};
use crate::routes::exchange::{Exchange, Failure};
use crate::throttle::Source;
use crate::user::UserId;

use crate::routes::session::FRESH;

/// `GET /auth/login/{provider}`: one button, so that no link alone sends anybody to a provider.
pub(crate) async fn provider_page(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let provider = provider(exchange)?;
    let fields = Fields::query(&exchange.request)?;
    let purpose = match purpose(exchange, &fields).await? {
        Purpose::Login => ProviderAction::Login,
        Purpose::Link(_) => ProviderAction::Link,
        Purpose::Reauthenticate(_) => ProviderAction::Reauthenticate,
    };
    let style = exchange.auth.style();
    let next = exchange.followed(fields.text("next")?);
    let page = page::provider(&ProviderPage {
        app_name: &style.app_name,
        provider: &button(exchange, provider),
        purpose,
        next: next.as_ref().map(SafeRedirect::as_str),
    });
    Ok(page_response(200, page))
}

/// `POST /auth/login/{provider}`: sends the browser to the provider.
pub(crate) async fn begin_provider_login(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    exchange.check_origin()?;
    let provider = provider(exchange)?.id().clone();
    let fields = Fields::form_or_json(&exchange.request)?;
    let purpose = purpose(exchange, &fields).await?;
    let next = exchange.after_login(fields.text("next")?);
    let url = exchange.context.depart(&exchange.request, provider.as_str(), purpose, next).await?;
    Ok(AuthResponse::new(303).with_header("location", url.as_str()))
}

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

/// `GET /auth/login/{provider}/callback`: the browser comes back.
pub(crate) async fn finish_provider_login(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let id = provider(exchange)?.id().as_str();
    let providers = exchange.auth.providers();
    let (parameters, attempt) = match take_answer(exchange, id).await {
        Err(error) if error.kind() == ErrorKind::StateMismatch => {
            return nothing_to_do(exchange, error).await;
        }
        taken => taken?,
    };
    let returned = returned(exchange, &attempt).await?;
    let connection = providers.connection(id)?;
    let vouched = match connection.identify(&attempt, parameters).await {
        Err(error) if error.kind() == ErrorKind::ProviderDenied => {
            return Ok(cancelled(exchange, &attempt, &error));
        }
        identified => identified?,
    };
    providers.arrived(exchange.client_ip()).await;
    match (&attempt.purpose, returned) {
        (Purpose::Login, _) => log_in(exchange, connection, &attempt, &vouched).await?,
        (Purpose::Link(_), Some(identity)) => link(exchange, connection, &vouched, &identity).await?,
        (Purpose::Reauthenticate(_), Some(identity)) => {
            confirm(exchange, connection, &attempt, &vouched, &identity).await?;
        }
        (Purpose::Link(_) | Purpose::Reauthenticate(_), None) => {
            return Err(ErrorKind::StateMismatch.into());
        }
    }
    Ok(see_other(&attempt.next))
}

/// What the provider answered, and the attempt that it belongs to, which is over now.
async fn take_answer(exchange: &Exchange, id: &str) -> Result<(CallbackParameters, Attempt), Error> {
    let providers = exchange.auth.providers();
    let fields = Fields::query(&exchange.request)?;
    let parameters = match fields.text("handle")? {
        Some(handle) => providers.fetch(id, handle).await?,
        None => CallbackParameters::read(&fields)?,
    };
    let browser = exchange.context.browser(&exchange.request);
    let attempt = providers.take_attempt(id, browser.as_ref(), parameters.state.as_deref()).await?;
    Ok((parameters, attempt))
}

/// An answer that is good for nothing is refused, whoever brings it. To somebody who is logged in, who most likely loaded the
/// page again, the refusal says that they are.
async fn nothing_to_do(exchange: &Exchange, error: Error) -> Result<AuthResponse, Failure> {
    let identity = exchange.context.guard(&exchange.request, &Requirement::anyone()).await;
    if identity.map_err(Failure::Rejected)?.is_none_or(|identity| identity.acting_user().is_none()) {
        return Err(error.with_detail("Begin again from the login page.").into());
    }
    let error = error
        .with_detail("You are logged in already: this address was for one use, go on from the start page.");
    Ok(exchange.auth.style().error_with(&exchange.request, &error, None))
}

/// Somebody said no at the provider, and is shown the way back to where they came from.
fn cancelled(exchange: &Exchange, attempt: &Attempt, error: &Error) -> AuthResponse {
    let style = exchange.auth.style();
    let next = attempt.next.as_str();
    let (href, text) = match &attempt.purpose {
        Purpose::Login => (style.detour_to(path::LOGIN, next), "Go back to the login page"),
        Purpose::Link(_) => (style.path(path::ACCOUNTS), "Go back to the connected accounts"),
        Purpose::Reauthenticate(_) => (style.detour_to(path::REAUTHENTICATE, next), "Go back"),
    };
    style.error_with(&exchange.request, error, Some((&href, text)))
}

/// Who left to link or to confirm has to come back: the same user, in the same session.
async fn returned(exchange: &Exchange, attempt: &Attempt) -> Result<Option<Arc<Identity>>, Failure> {
    let Some(left) = attempt.caller() else { return Ok(None) };
    // Nobody is sent to the login page from here: the way back to this URL would carry a code that is used up.
    let identity = exchange.context.guard(&exchange.request, &Requirement::anyone()).await;
    let identity =
        identity.map_err(Failure::Rejected)?.filter(|identity| caller(identity).as_ref() == Some(left));
    Ok(Some(identity.ok_or(ErrorKind::StateMismatch)?))
}

async fn log_in(
    exchange: &Exchange,
    connection: &ProviderConnection,
    attempt: &Attempt,
    vouched: &Vouched,
) -> Result<(), Failure> {
    let providers = exchange.auth.providers();
    let account = providers.open(connection, vouched).await?;
    let admitted = admit(exchange, connection, &account.user, vouched).await?;
    providers.record_login(connection, &account, vouched).await?;
    let session = providers.session(connection, vouched, &account).await?;
    let stands = providers.check_standing(attempt, vouched, &account);
    Ok(exchange.context.begin_by(&exchange.request, admitted, session, stands).await?)
}

/// What was true when they left is looked at again, now that the provider has answered: that the session lives, and that its login
/// is recent. Once more when the link is there, so that whatever ended the session meanwhile leaves no link behind.
async fn link(
    exchange: &Exchange,
    connection: &ProviderConnection,
    vouched: &Vouched,
    identity: &Identity,
) -> Result<(), Failure> {
    let user = &identity.acting_user().ok_or(ErrorKind::Internal)?.id;
    let is_still_fresh = async || {
        let now = exchange.context.look_again(identity).await?.ok_or(ErrorKind::StateMismatch)?;
        let is_fresh = now.auth_time().is_some_and(|at| at.is_within(FRESH, exchange.now()));
        is_fresh.then_some(()).ok_or_else(|| {
            let detail = "Your last login is too long ago to connect an account by it. Nothing was changed.";
            Error::new(ErrorKind::ReauthenticationRequired).with_detail(detail)
        })
    };
    is_still_fresh().await?;
    exchange.auth.providers().link(connection, vouched, user, is_still_fresh()).await?;
    Ok(())
}

async fn confirm(
    exchange: &Exchange,
    connection: &ProviderConnection,
    attempt: &Attempt,
    vouched: &Vouched,
    identity: &Identity,
) -> Result<(), Failure> {
    let providers = exchange.auth.providers();
    let user = &identity.acting_user().ok_or(ErrorKind::Internal)?.id;
    providers.check_confirms(&connection.provider, user).await?;
    let account = providers.account_of(connection, vouched, user).await?;
    let admitted = admit(exchange, connection, user, vouched).await?;
    providers.record_login(connection, &account, vouched).await?;
    let session = providers.session(connection, vouched, &account).await?;
    let stands = providers.check_standing(attempt, vouched, &account);
    Ok(exchange.context.renew_by(identity, admitted, session, stands).await?)
}

/// Through the one way in. A login at the provider that was long ago is no fresh one here.
async fn admit(
    exchange: &Exchange,
    connection: &ProviderConnection,
    user: &UserId,
    vouched: &Vouched,
) -> Result<Admitted, Error> {
    let proven_at = exchange.auth.providers().proven_at(&connection.provider, vouched, user).await?;
    let credentials = Credentials::Vouched { user, amr: Amr::FED };
    let admitted = exchange.auth.logins().admit(credentials, &Source::default()).await;
    let admitted = admitted.map_err(|error| match error.kind() {
        ErrorKind::InvalidCredentials => error.with_detail("This account cannot be used."),
        _ => error,
    })?;
    Ok(match proven_at {
        Some(at) => admitted.proven_at(at),
        None => admitted,
    })
}

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

/// What somebody wants of a provider. To link takes a fresh login, or a browser left alone would be enough to keep the account; to
/// confirm, an account and a provider for which that is a proof.
async fn purpose(exchange: &Exchange, fields: &Fields) -> Result<Purpose, Failure> {
    match (fields.flag("link")?, fields.flag("reauthenticate")?) {
        (false, false) => Ok(Purpose::Login),
        (true, false) => {
            let fresh = session_required().and(fresh_login_required(FRESH));
            let caller = caller(&*exchange.require(&fresh).await?);
            Ok(Purpose::Link(caller.ok_or(ErrorKind::Internal)?))
        }
        (false, true) => {
            let caller = caller(&*exchange.require(&session_required()).await?);
            let caller = caller.ok_or(ErrorKind::Internal)?;
            exchange.auth.providers().check_confirms(provider(exchange)?, &caller.user).await?;
            Ok(Purpose::Reauthenticate(caller))
        }
        (true, true) => Err(Error::invalid_request("one can link or confirm, not both").into()),
    }
}

fn caller(identity: &Identity) -> Option<Caller> {
    let user = identity.acting_user()?.id.clone();
    Some(Caller { user, session: identity.session_record()?.handle })
}

/// The path of a provider's login.
pub(super) fn login_path(exchange: &Exchange, provider: &str) -> String {
    exchange.auth.style().path_of(path::PROVIDER, [provider])
}

/// A provider as a button.
pub(in crate::routes) fn button<'a>(exchange: &Exchange, provider: &'a Provider) -> ProviderButton<'a> {
    ProviderButton { label: provider.label(), action: login_path(exchange, provider.id().as_str()) }
}

/// The link by which people go on from an error: to log in and connect, or to try again.
pub(in crate::routes) fn way_on(exchange: &Exchange, error: &Error) -> Option<(String, &'static str)> {
    let style = exchange.auth.style();
    let provider = exchange.parameter("provider")?;
    match error.kind() {
        ErrorKind::LinkRequired => {
            let connect = format!("{}?link=true", login_path(exchange, provider));
            Some((style.detour_to(path::LOGIN, &connect), "Log in and connect"))
        }
        ErrorKind::AlreadyExists => Some((style.path(path::ACCOUNTS), "Go back to the connected accounts")),
        ErrorKind::ReauthenticationRequired => {
            Some((style.detour_to(path::REAUTHENTICATE, &style.path(path::ACCOUNTS)), "Confirm who you are"))
        }
        ErrorKind::ProviderError | ErrorKind::SignUpClosed | ErrorKind::StateMismatch => {
            Some((style.path(path::LOGIN), "Go to the login page"))
        }
        _ => None,
    }
}
