//! What a client is told of a user: claims by scope (OpenID Connect Core 1.0 sections 5.1, 5.3 and 5.4).

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value};

use crate::error::{Error, ErrorKind};
use crate::token::{EMAIL, PROFILE, ScopeSet};
use crate::user::{LanguageTag, User};

use super::{OAuthClient, Server};

/// The claims that say who issued what to whom: they are ours alone.
const OURS: [&str; 13] =
    ["iss", "sub", "aud", "exp", "iat", "nbf", "auth_time", "nonce", "acr", "amr", "azp", "at_hash", "sid"];

/// What further claims are asked for.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ClaimsRequest<'a> {
    /// The user.
    pub user: &'a User,
    /// The client that asks.
    pub client_id: &'a str,
    /// What it was allowed.
    pub scope: ScopeSet<'a>,
}

/// The application's own claims about users, beside those of the scopes `profile` and `email`.
///
/// ```
/// use async_trait::async_trait;
/// use auth_core::Error;
/// use auth_core::server::{ClaimsRequest, UserClaims};
/// use serde_json::{Map, Value, json};
///
/// #[derive(Debug)]
/// struct Departments;
///
/// #[async_trait]
/// impl UserClaims for Departments {
///     async fn claims(&self, request: ClaimsRequest<'_>) -> Result<Map<String, Value>, Error> {
///         let mut claims = Map::new();
///         if request.scope.contains("department") {
///             claims.insert("department".to_owned(), json!(request.user.groups));
///         }
///         Ok(claims)
///     }
/// }
/// ```
#[async_trait]
pub trait UserClaims: fmt::Debug + Send + Sync {
    /// The claims about this user for this client. Those of the specification that say who issued what to whom (`sub`, `iss`, …) are not
    /// taken from here.
    ///
    /// # Errors
    /// Whatever keeps them from being known; the client is told nothing then.
    async fn claims(&self, request: ClaimsRequest<'_>) -> Result<Map<String, Value>, Error>;
}

impl Server {
    /// What a client may know of a user by this scope.
    ///
    /// # Errors
    /// `InvalidToken` for a client that is no more; what the application's claims fail with.
    pub(crate) async fn user_info(
        &self,
        client_id: &str,
        user: &User,
        scope: ScopeSet<'_>,
    ) -> Result<Map<String, Value>, Error> {
        let client = self.clients.find(client_id).await?.ok_or(ErrorKind::InvalidToken)?;
        let mut claims = self.claims(&client, user, scope).await?;
        claims.insert("sub".to_owned(), self.subject(&client, &user.id)?.into());
        Ok(claims)
    }

    async fn claims(
        &self,
        client: &OAuthClient,
        user: &User,
        scope: ScopeSet<'_>,
    ) -> Result<Map<String, Value>, Error> {
        let request = ClaimsRequest { user, client_id: client.id(), scope };
        let mut claims = match &self.user_claims {
            Some(source) => source.claims(request).await?,
            None => Map::new(),
        };
        claims.retain(|name, _| !OURS.contains(&name.as_str()));
        if scope.contains(PROFILE) {
            claims.extend(profile(user));
        }
        if scope.contains(EMAIL)
            && let Some(email) = &user.email
        {
            claims.insert("email".to_owned(), email.as_str().into());
            claims.insert("email_verified".to_owned(), user.email_verified.into());
        }
        Ok(claims)
    }
}

/// What the scope `profile` says, as far as it is known.
fn profile(user: &User) -> impl Iterator<Item = (String, Value)> {
    let (first, last) = (user.first_name.as_str(), user.last_name.as_str());
    let name = [first, last].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    let claims = [
        ("preferred_username", Some(user.username())),
        ("given_name", Some(first)),
        ("family_name", Some(last)),
        ("locale", user.language.as_ref().map(LanguageTag::as_str)),
        ("name", Some(name.as_str())),
    ];
    let known = claims.into_iter().filter_map(|(claim, value)| Some((claim, value?)));
    let known: Vec<_> = known
        .filter(|(_, value)| !value.is_empty())
        .map(|(claim, value)| (claim.to_owned(), Value::from(value)))
        .collect();
    known.into_iter()
}

/// Where the application's own claims come from.
pub(crate) type ClaimsSource = Arc<dyn UserClaims>;
