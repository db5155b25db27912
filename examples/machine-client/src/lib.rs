//! A program that calls an API: in its own name (`client_credentials`), or in that of a person who confirms in a browser elsewhere
//! (device flow).

#[cfg(test)]
mod tests;

use std::time::Duration;

use auth_core::oauth_client::{
    ApiClient as _, ClientAuthentication, MachineClient, OAuthClient, OAuthClientBuilder,
};
use auth_core::outbound::OutboundConfig;
use auth_core::{Error, ErrorKind};
use url::Url;

/// What to call, and by whose leave.
#[derive(Debug)]
pub struct Settings {
    /// The authorization server.
    pub issuer: String,
    /// This program's id there.
    pub client_id: String,
    /// Its secret, unless it is a public client.
    pub client_secret: Option<String>,
    /// The scope to ask for.
    pub scope: String,
    /// What to GET.
    pub api: Url,
}

/// A client of the issuer.
pub fn builder(settings: &Settings) -> OAuthClientBuilder {
    let mut outbound = OutboundConfig::default();
    // An issuer and an API on the developer's own machine: nowhere else is plain `http` called.
    outbound.allows_loopback = settings.issuer.starts_with("http://");
    let authentication = match &settings.client_secret {
        Some(secret) => ClientAuthentication::SecretBasic(secret.as_str().into()),
        None => ClientAuthentication::None,
    };
    OAuthClient::builder(&settings.client_id)
        .issuer(&settings.issuer)
        .authentication(authentication)
        .outbound(outbound)
}

/// Calls the API in the program's own name. A real program keeps the client, and with it the token.
///
/// # Errors
/// When the issuer gives no token or the API cannot be reached.
pub async fn call(client: OAuthClient, settings: &Settings) -> Result<String, Error> {
    let origin = settings.api.origin().ascii_serialization();
    let machine = MachineClient::new(client, &settings.scope, [origin])?;
    let answer = machine.get(settings.api.as_str()).await?;
    Ok(format!("{} {}", answer.status, String::from_utf8_lossy(&answer.body)))
}

/// Has a person log in elsewhere, told by `show`, and answers their access token.
///
/// # Errors
/// When they refuse, take too long, or the issuer gives no token.
pub async fn log_in<S: Future<Output = ()>>(
    client: OAuthClient,
    settings: &Settings,
    show: impl FnOnce(&str),
    sleep: impl Fn(Duration) -> S,
) -> Result<String, Error> {
    let login = client.begin_device_login(&settings.scope).await?;
    show(&format!("open {} and type {}", login.verification_uri(), login.user_code()));
    match client.finish_device_login(login, sleep).await {
        Ok(tokens) => Ok(tokens.access_token.expose().to_owned()),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Err(error.with_detail("they said no")),
        Err(error) => Err(error),
    }
}
