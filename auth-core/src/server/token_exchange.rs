//! A token for another one (RFC 8693): a program that was called with a user's token gets one to call the next program with.
//!
//! 1. Without an [`ExchangePolicy`] of the application's nothing is exchanged.
//! 2. What is exchanged is an access token of ours that stands for a user and counts now: one that is for us, for a resource of the client's, or
//!    the client's own. No token of a client by itself is.
//! 3. What comes of it is never more: of its scope, as far as the client is registered for it and the user may give it; for its audience, or
//!    for a resource of the client's where it was for us; for no longer; and ended by whatever ends it. A client of the operator's own gets
//!    none for another client's token, since guards take its tokens for the user.
//! 4. The policy says whether the new token names who acts (`act`). Who acted before stays in it, and there are no more than
//!    [`MAX_ACTORS`] of them.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::error::{Error, ErrorKind};
use crate::event::{EventDraft, EventKind};
use crate::token::{AccessClaims, Actor, Bearer, IssuedAccess, ScopeSet};
use crate::user::User;

use super::{OAuthClient, Server};

/// The most actors that a token names, the current one with them: a longer chain is a loop, or nobody's plan.
pub const MAX_ACTORS: usize = 4;

/// The types of a token that is taken and given (RFC 8693 section 3).
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

/// What a new token would be of, for the application to decide.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ExchangeRequest<'a> {
    /// The client that asks.
    pub client_id: &'a str,
    /// For whom the token stands.
    pub user: &'a User,
    /// What the token says that is exchanged.
    pub subject: &'a AccessClaims,
    /// What the token says of whoever is to act for the user; `None` where the client itself is.
    pub actor: Option<&'a AccessClaims>,
    /// The scope of the new token.
    pub scope: ScopeSet<'a>,
    /// The resource that it is for; `None` for this application.
    pub resource: Option<&'a str>,
}

/// What comes of a request for an exchange.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ExchangeDecision {
    /// A token that says who acts for the user (RFC 8693 section 4.1).
    Delegate,
    /// A token that names no further actor: whoever is called cannot tell it from the user's own.
    Impersonate,
    /// None.
    Refuse,
}

/// Who may exchange what, as the application has it.
///
/// ```
/// use async_trait::async_trait;
/// use auth_core::Error;
/// use auth_core::server::{ExchangeDecision, ExchangePolicy, ExchangeRequest};
///
/// /// The gateway may call the reports in the name of whoever called it.
/// #[derive(Debug)]
/// struct GatewayOnly;
///
/// #[async_trait]
/// impl ExchangePolicy for GatewayOnly {
///     async fn decide(&self, request: ExchangeRequest<'_>) -> Result<ExchangeDecision, Error> {
///         let is_known = request.client_id == "gateway" && request.actor.is_none();
///         Ok(if is_known { ExchangeDecision::Delegate } else { ExchangeDecision::Refuse })
///     }
/// }
/// ```
#[async_trait]
pub trait ExchangePolicy: fmt::Debug + Send + Sync {
    /// Whether this client gets a token for that one. What it asks for is never more than that one has.
    ///
    /// # Errors
    /// Whatever keeps it from being known; no token is given then.
    async fn decide(&self, request: ExchangeRequest<'_>) -> Result<ExchangeDecision, Error>;
}

/// What a client sends (RFC 8693 section 2.1).
pub(crate) struct ExchangeWish<'a> {
    pub(crate) subject_token: &'a str,
    pub(crate) subject_token_type: &'a str,
    pub(crate) actor_token: Option<&'a str>,
    pub(crate) actor_token_type: Option<&'a str>,
    pub(crate) requested_token_type: Option<&'a str>,
    pub(crate) scope: Option<&'a str>,
    pub(crate) resource: Option<&'a str>,
    pub(crate) audience: Option<&'a str>,
    /// The thumbprint of the key that the client has shown to hold.
    pub(crate) key: Option<&'a str>,
}

/// Where what is exchanged is decided.
pub(crate) type ExchangeSource = Arc<dyn ExchangePolicy>;

impl Server {
    /// An access token for another one.
    ///
    /// # Errors
    /// `UnsupportedGrantType` without a policy; `InvalidRequest` for tokens that do not count, or are not exchanged (RFC 8693 section 2.2.2);
    /// `InvalidScope`, `InvalidTarget` for more than the token has; `AccessDenied` where the policy says no; `Unavailable`.
    pub(crate) async fn exchange_token(
        &self,
        client: &OAuthClient,
        wish: &ExchangeWish<'_>,
    ) -> Result<IssuedAccess, Error> {
        let policy = self.exchange_policy.as_ref().ok_or(ErrorKind::UnsupportedGrantType)?;
        wish.check_types()?;
        let subject = self.shown(client, wish.subject_token).await?;
        let user = subject.user.as_deref().ok_or_else(|| refused("the token stands for no user"))?;
        if client.is_first_party() && !subject.is_first_party {
            return Err(refused("another client's token is not exchanged for one that stands for its user"));
        }
        let actor = match wish.actor_token {
            Some(token) => Some(self.shown(client, token).await?.claims),
            None => None,
        };
        let audience = self.narrowed_audience(client, &subject.claims, wish)?;
        let scope = narrowed_scope(client, &subject.claims, wish.scope)?;
        let scope = self.tokens.grantable(user, client.for_tokens(), &scope).await?;
        let decision = policy
            .decide(ExchangeRequest {
                client_id: client.id(),
                user,
                subject: &subject.claims,
                actor: actor.as_deref(),
                scope: ScopeSet::of(&scope),
                resource: audience.as_deref(),
            })
            .await?;
        let acting = actor.as_ref().map_or(client.id(), |actor| &actor.sub);
        let act = acts(decision, acting, subject.claims.act.as_ref())?;
        let holder = client.for_tokens().holding(wish.key);
        let issued = self.tokens.exchange(&subject, holder, audience, scope, act).await?;
        self.tell_of_exchange(client, &subject, user).await;
        Ok(issued)
    }

    /// A token that the client brings, if it counts and is any of its business.
    async fn shown(&self, client: &OAuthClient, token: &str) -> Result<Bearer, Error> {
        let bearer = match self.tokens.inspect(token, self.clock.now()).await {
            Err(error) if error.kind() == ErrorKind::InvalidToken => {
                return Err(refused("the token is not valid"));
            }
            bearer => bearer?,
        };
        let is_meant = |aud: &String| *aud == *self.issuer || client.has_resource(aud);
        match bearer.claims.client_id == client.id() || bearer.claims.aud.iter().any(is_meant) {
            true => Ok(bearer),
            false => Err(refused("the token is not valid")),
        }
    }

    /// For whom the new token is: for whom the other one was, or, where that was us, for a resource of the client's.
    fn narrowed_audience(
        &self,
        client: &OAuthClient,
        subject: &AccessClaims,
        wish: &ExchangeWish<'_>,
    ) -> Result<Option<String>, Error> {
        let asked = match (wish.resource, wish.audience) {
            (Some(one), Some(other)) if one != other => return Err(ErrorKind::InvalidTarget.into()),
            (one, other) => one.or(other),
        };
        let is_ours = subject.aud.iter().any(|aud| **aud == *self.issuer);
        match asked {
            None if is_ours => Ok(None),
            None => Ok(subject.aud.first().cloned()),
            Some(asked) if subject.aud.iter().any(|aud| aud == asked) => {
                Ok(Some(asked.to_owned()).filter(|asked| **asked != *self.issuer))
            }
            Some(asked) if is_ours => self.audience(client, Some(asked)),
            Some(_) => Err(ErrorKind::InvalidTarget.into()),
        }
    }

    async fn tell_of_exchange(&self, client: &OAuthClient, subject: &Bearer, user: &User) {
        let draft = EventDraft::of(EventKind::TokenExchanged).to(&user.id).with(|details| {
            details.client = Some(client.id().to_owned());
            details.session.clone_from(&subject.claims.sid);
        });
        self.events.note(draft).await;
    }
}

impl ExchangeWish<'_> {
    /// Access tokens are taken and given, and nothing else.
    fn check_types(&self) -> Result<(), Error> {
        let is_known = |kind: &str| matches!(kind, ACCESS_TOKEN | JWT);
        if !is_known(self.subject_token_type) || self.actor_token_type.is_some_and(|kind| !is_known(kind)) {
            return Err(refused("access tokens of this server are exchanged, and no others"));
        }
        if self.actor_token.is_some() != self.actor_token_type.is_some() {
            return Err(refused("an actor token and its type come together"));
        }
        match self.requested_token_type {
            Some(kind) if !is_known(kind) => Err(refused("access tokens are given, and no others")),
            _ => Ok(()),
        }
    }
}

/// The scope of the new token: that of the other one as far as the client is registered for it, or what of that it asks for.
fn narrowed_scope(
    client: &OAuthClient,
    subject: &AccessClaims,
    asked: Option<&str>,
) -> Result<String, Error> {
    let held = ScopeSet::of(&subject.scope);
    let Some(asked) = asked else {
        let both = held.iter().filter(|word| client.may_ask_for(word));
        return Ok(both.collect::<Vec<_>>().join(" "));
    };
    let asked = ScopeSet::parse(asked)?;
    match asked.iter().all(|word| held.contains(word) && client.may_ask_for(word)) {
        true => Ok(asked.as_str().to_owned()),
        false => Err(ErrorKind::InvalidScope.into()),
    }
}

/// Who acts by the new token, and who did before.
fn acts(decision: ExchangeDecision, acting: &str, before: Option<&Actor>) -> Result<Option<Actor>, Error> {
    let act = match decision {
        ExchangeDecision::Delegate => Some(Actor::after(acting, before.cloned())),
        ExchangeDecision::Impersonate => before.cloned(),
        ExchangeDecision::Refuse => return Err(ErrorKind::AccessDenied.into()),
    };
    match act.as_ref().is_some_and(|act| act.count() > MAX_ACTORS) {
        true => Err(refused("too many have acted by this token already")),
        false => Ok(act),
    }
}

fn refused(why: &'static str) -> Error {
    Error::invalid_request(why)
}
