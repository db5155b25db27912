//! What a registered client gets without a person being asked.

use crate::error::{Error, ErrorKind};
use crate::token::{
    AccessDraft, Client, IDENTITY_SCOPES, IssuedAccess, Narrowing, ScopeSet, TokenPair, is_base_url,
};

use super::{GrantType, OAuthClient, Server};

impl Server {
    /// Whether there is this grant here: the exchange of tokens where the application has a policy for it.
    pub(super) fn serves(&self, grant: GrantType) -> bool {
        grant != GrantType::TokenExchange || self.exchange_policy.is_some()
    }

    /// The grant of this `grant_type`, if the client is registered for it.
    ///
    /// # Errors
    /// `UnsupportedGrantType` for one that there is not; `UnauthorizedClient`.
    pub(crate) fn check_grant(&self, client: &OAuthClient, grant_type: &str) -> Result<GrantType, Error> {
        let grant = GrantType::parse(grant_type).filter(|grant| self.serves(*grant));
        let grant = grant.ok_or(ErrorKind::UnsupportedGrantType)?;
        if client.has_grant(grant) { Ok(grant) } else { Err(ErrorKind::UnauthorizedClient.into()) }
    }

    /// Whether a client that has shown this key, or none, is given tokens.
    ///
    /// # Errors
    /// `InvalidDpopProof` where all of its tokens have to be bound to a key (RFC 9449 section 5.2).
    pub(crate) fn check_key(&self, client: &OAuthClient, key: Option<&str>) -> Result<(), Error> {
        match client.requires_dpop && key.is_none() {
            true => Err(ErrorKind::InvalidDpopProof.into()),
            false => Ok(()),
        }
    }

    /// An access token for the client itself (RFC 6749 section 4.4): of the scope that it asks for, all of which it has to be registered
    /// for, and for the resource that it names, or for us.
    ///
    /// # Errors
    /// `InvalidScope`, `InvalidTarget`, `Unavailable`.
    pub(crate) async fn client_credentials(
        &self,
        client: &OAuthClient,
        scope: Option<&str>,
        resource: Option<&str>,
        key: Option<&str>,
    ) -> Result<IssuedAccess, Error> {
        let asked = ScopeSet::parse(scope.unwrap_or_default())?;
        let mut granted: Vec<&str> = Vec::new();
        for word in asked.iter().filter(|word| !IDENTITY_SCOPES.contains(word)) {
            if !client.may_ask_for(word) {
                return Err(ErrorKind::InvalidScope.into());
            }
            if !granted.contains(&word) {
                granted.push(word);
            }
        }
        let draft = AccessDraft {
            // RFC 9068 section 2.2; no user has such an id.
            subject: client.id(),
            client: client.for_tokens().holding(key),
            audience: self.audience(client, resource)?,
            scope: granted.join(" "),
            login: None,
            act: None,
            ends_by: None,
        };
        self.tokens.issue(draft).await
    }

    /// The next tokens of a grant of this client's, of less if it asks for less.
    ///
    /// # Errors
    /// As of [`Tokens::refresh_for`](crate::token::Tokens::refresh_for).
    pub(crate) async fn refresh(
        &self,
        client: &OAuthClient,
        token: &str,
        asked: Narrowing<'_>,
        key: Option<&str>,
    ) -> Result<TokenPair, Error> {
        self.tokens.refresh_for(token, client.for_tokens().holding(key), asked).await
    }

    /// For whom a token is to be that is asked for this resource (RFC 8707): one of the client's; `None` for us.
    ///
    /// # Errors
    /// `InvalidTarget`.
    pub(crate) fn audience(
        &self,
        client: &OAuthClient,
        resource: Option<&str>,
    ) -> Result<Option<String>, Error> {
        match resource {
            None => Ok(None),
            Some(resource) if is_base_url(resource, &self.issuer) => Ok(None),
            Some(resource) if client.has_resource(resource) => Ok(Some(resource.to_owned())),
            Some(_) => Err(ErrorKind::InvalidTarget.into()),
        }
    }
}

impl OAuthClient {
    /// The client, as tokens need to know it.
    pub(crate) fn for_tokens(&self) -> Client<'_> {
        let may_have = (&self.scopes[..], &self.resources[..]);
        Client::registered(&self.id, may_have, self.access_life, self.refresh_grace, self.is_public())
    }
}
