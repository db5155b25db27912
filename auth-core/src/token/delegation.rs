//! Tokens for a client that a user has let act for them.
//!
//! They come from a session, which was made from an admission. So nothing is given where the session is over, or its user stands no more as
//! they did when it began.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind};
use crate::login::Amr;
use crate::random::random_bytes;
use crate::secret::Secret;
use crate::user::{User, UserId};

use super::issue::{AccessDraft, IssuedAccess};
use super::service::{RefreshToken, Tokens};
use super::types::Client;
use super::{RefreshFamily, Rotation, ScopeSet, SessionHandle};

/// What a user has let a client have.
#[derive(Debug)]
pub(crate) struct Delegation<'a> {
    pub(crate) client: Client<'a>,
    pub(crate) user: UserId,
    /// The user's `auth_epoch` when they agreed.
    pub(crate) epoch: u64,
    /// The session in which they did.
    pub(crate) session: SessionHandle,
    /// Whether it lasts beyond that session.
    pub(crate) is_offline: bool,
    /// Whether the client gets a refresh token.
    pub(crate) is_refreshed: bool,
    pub(crate) scope: &'a str,
    pub(crate) resource: Option<&'a str>,
    pub(crate) auth_time: Timestamp,
    pub(crate) amr: Amr,
}

/// What the client gets.
pub(crate) struct Delegated {
    pub(crate) user: Arc<User>,
    /// By which all of it can be ended.
    pub(crate) family: SessionHandle,
    pub(crate) access: IssuedAccess,
    pub(crate) refresh_token: Option<Secret>,
}

impl Delegated {
    /// The reply of a token endpoint (RFC 6749 section 5.1).
    pub(crate) fn to_json(&self) -> serde_json::Value {
        let mut answer = self.access.to_json();
        if let Some(token) = &self.refresh_token {
            answer["refresh_token"] = token.expose().into();
        }
        answer
    }
}

impl Tokens {
    /// The scopes of these that this user may give this client.
    ///
    /// # Errors
    /// `InvalidScope`; whatever keeps the [`ScopePolicy`](super::ScopePolicy) from answering.
    pub(crate) async fn grantable(
        &self,
        user: &User,
        client: Client<'_>,
        scope: &str,
    ) -> Result<String, Error> {
        self.allowed(user, client, ScopeSet::parse(scope)?).await
    }

    /// Gives a client what a user has let it have. What it is kept as is there also where the client gets no refresh token: so it is found
    /// again when the user withdraws it.
    ///
    /// # Errors
    /// `InvalidGrant` where the session is over, or its user is not who they were or must add a second factor first; `Unavailable`.
    pub(crate) async fn delegate(&self, delegation: Delegation<'_>) -> Result<Delegated, Error> {
        let user = self.users.get(&delegation.user).await?;
        let user = user.filter(|user| user.stands_at(delegation.epoch)).ok_or(ErrorKind::InvalidGrant)?;
        let is_alive = self.sessions.is_alive(&delegation.user, &delegation.session).await?;
        if !is_alive || !self.is_fit(&user, delegation.amr).await? {
            return Err(ErrorKind::InvalidGrant.into());
        }
        let now = self.clock.now();
        let access_life = delegation.client.access_life().unwrap_or(self.config.access_life);
        let token = RefreshToken::generate(self.family_hash.current_version(), &*self.random);
        let (key, current) = self.hashes(&token).ok_or(ErrorKind::Internal)?;
        let life = match delegation.is_refreshed {
            true => self.config.refresh_absolute,
            false => access_life + self.config.leeway,
        };
        let family = RefreshFamily {
            sid: SessionHandle::new(random_bytes(&*self.random)),
            client_id: delegation.client.id().into(),
            user: delegation.user,
            epoch: delegation.epoch,
            scope: delegation.scope.to_owned(),
            session: (!delegation.is_offline).then_some(delegation.session),
            resource: delegation.resource.map(Into::into),
            jkt: delegation.client.refresh_key().map(Into::into),
            auth_time: delegation.auth_time,
            amr: delegation.amr,
            created_at: now,
            expires_at: now + life,
            rotation: Rotation { current, rotated_at: now, previous: None },
        };
        self.store.insert(&key, family.clone()).await?;
        let draft = AccessDraft::of_family(&family, delegation.client, family.scope.clone());
        Ok(Delegated {
            user,
            family: family.sid,
            access: self.issue(draft).await?,
            refresh_token: delegation.is_refreshed.then(|| Secret::new(token.expose())),
        })
    }

    /// Ends what a client holds of a user by the family with this name, and answers whether there was anything.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn end_delegation(&self, user: &UserId, family: &SessionHandle) -> Result<bool, Error> {
        Ok(self.revocations.end_families(user, |held| held.sid == *family).await? > 0)
    }

    /// Ends all that a client holds of a user, and answers whether there was anything.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn end_delegations(&self, user: &UserId, client: Client<'_>) -> Result<bool, Error> {
        Ok(self.revocations.end_families(user, |held| *held.client_id == *client.id()).await? > 0)
    }

    /// How long a family lives, however much it is used.
    pub(crate) fn longest_life(&self) -> Duration {
        self.config.refresh_absolute
    }
}
