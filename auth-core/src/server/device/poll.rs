//! The device, which asks again and again.

use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind};
use crate::login::Amr;
use crate::token::{Delegated, Delegation, OFFLINE_ACCESS, ScopeSet, SessionHandle};
use crate::user::UserId;

use super::super::{GrantType, OAuthClient, Server};
use super::kept::Decided;

impl Server {
    /// Tokens for a device whose owner has allowed it.
    ///
    /// # Errors
    /// `InvalidGrant` for a code that is unknown, another client's or used, and where the owner's session is over or they have taken it back; `ExpiredToken`;
    /// `InvalidTarget` where the client has lost the resource since; `SlowDown` for one that asks too often; `AuthorizationPending`; `AccessDenied`; `Unavailable`.
    pub(crate) async fn poll_device(
        &self,
        client: &OAuthClient,
        code: &str,
        held: Option<&str>,
    ) -> Result<Delegated, Error> {
        let (asked, key) = self.devices.of_device(code).await?.ok_or(ErrorKind::InvalidGrant)?;
        if asked.client_id != client.id() {
            return Err(ErrorKind::InvalidGrant.into());
        }
        if self.clock.now() >= asked.ends_at() {
            return Err(ErrorKind::ExpiredToken.into());
        }
        if !self.devices.may_ask(&key).await? {
            return Err(ErrorKind::SlowDown.into());
        }
        match self.devices.take_decided(&key).await? {
            None => Err(ErrorKind::AuthorizationPending.into()),
            Some(Decided::Denied) => Err(ErrorKind::AccessDenied.into()),
            Some(Decided::Allowed { user, epoch, session, scope, auth_time, amr, withdrawn }) => {
                let is_refreshed = client.has_grant(GrantType::RefreshToken);
                let lasts = ScopeSet::of(&scope).contains(OFFLINE_ACCESS);
                let resource = self.audience(client, asked.resource.as_deref())?;
                let delegation = Delegation {
                    client: client.for_tokens().holding(held),
                    user: UserId::new(user.as_str()),
                    epoch,
                    session: SessionHandle::parse(&session).ok_or(ErrorKind::Internal)?,
                    is_offline: is_refreshed && lasts,
                    is_refreshed,
                    scope: &scope,
                    resource: resource.as_deref(),
                    auth_time: Timestamp::from_unix_millis(auth_time),
                    amr: Amr::from_bits(amr),
                };
                let delegated = self.tokens.delegate(delegation).await?;
                self.check_still_allowed(client, (&scope, Some(&withdrawn)), &delegated).await?;
                Ok(delegated)
            }
        }
    }
}
