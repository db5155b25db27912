//! `/auth/login` and `/auth/logout`.

use crate::error::Error;
use crate::http::page::{self, LoginPage};
use crate::http::{
    AuthResponse, Fields, SafeRedirect, json_response, page_response, prefers_html, see_other,
    with_retry_after,
};
use crate::login::Credentials;
use crate::outbound::OutboundUrl;
use crate::session::SessionRecord;

use super::challenge;
use super::me::{UserJson, UserReply};
use super::providers::button;
use crate::exchange::{Exchange, Failure};

/// `GET /auth/login`.
pub(crate) async fn login_page(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let fields = Fields::query(&exchange.request)?;
    let next = fields.text("next")?.and_then(SafeRedirect::parse);
    let page = form(exchange, next.as_ref().map(SafeRedirect::as_str), "", false, None);
    Ok(page_response(200, page))
}

/// `POST /auth/login`.
pub(crate) async fn login(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    exchange.check_origin()?;
    let fields = Fields::form_or_json(&exchange.request)?;
    let username = fields.required("username")?;
    let remember = fields.flag("remember")?;
    let next = fields.text("next")?;
    let credentials = Credentials::Password { login: username, password: fields.required("password")? };
    match exchange.auth.logins().admit(credentials, exchange.client_ip()).await {
        Ok(admitted) => {
            let user = admitted.user().clone();
            exchange.context.begin(&exchange.request, admitted, remember).await?;
            if prefers_html(&exchange.request) {
                Ok(see_other(&exchange.after_login(next)))
            } else {
                let user = exchange.auth.users().get(&user.id).await?.unwrap_or(user);
                Ok(json_response(200, &UserReply { user: UserJson::of(&user) }))
            }
        }
        Err(error) => Ok(challenge(exchange, &error, refused(exchange, &error, username, remember, next))),
    }
}

/// The page again with what was typed, or the error as JSON.
fn refused(
    exchange: &Exchange,
    error: &Error,
    username: &str,
    remember: bool,
    next: Option<&str>,
) -> AuthResponse {
    if !prefers_html(&exchange.request) {
        return exchange.auth.style().error(&exchange.request, error);
    }
    let next = next.and_then(SafeRedirect::parse);
    let text = error.to_string();
    let page = form(exchange, next.as_ref().map(SafeRedirect::as_str), username, remember, Some(&text));
    with_retry_after(page_response(error.kind().reply().status, page), error)
}

fn form(
    exchange: &Exchange,
    next: Option<&str>,
    username: &str,
    remember: bool,
    error: Option<&str>,
) -> page::Page {
    let style = exchange.auth.style();
    let providers: Vec<_> =
        exchange.auth.providers().list().map(|provider| button(exchange, provider)).collect();
    page::login(&LoginPage {
        app_name: &style.app_name,
        action: &style.path("/login"),
        next,
        username,
        remember,
        error,
        providers: &providers,
    })
}

/// `POST /auth/logout`.
pub(crate) async fn logout(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    exchange.check_origin()?;
    let fields = Fields::form_or_json(&exchange.request)?;
    let next = fields.text("next")?;
    let ended = exchange.context.end(&exchange.request).await?;
    if !prefers_html(&exchange.request) {
        return Ok(AuthResponse::new(204));
    }
    if let Some(url) = provider_logout(exchange, ended.as_deref()).await {
        return Ok(AuthResponse::new(303).with_header("location", url.as_str()));
    }
    Ok(see_other(&SafeRedirect::or_home(next)))
}

/// Where the browser goes on to log out, if its session came from a provider that wants it so.
async fn provider_logout(exchange: &Exchange, ended: Option<&SessionRecord>) -> Option<OutboundUrl> {
    let ended = ended?;
    exchange.auth.providers().logout_url(&ended.user, ended.provider()?).await
}
