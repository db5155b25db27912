//! By what somebody can log in, and prove once more who they are.

use async_trait::async_trait;

use crate::error::{Error, ErrorKind};
use crate::mfa::FactorId;
use crate::passkey::{OtherWay, OtherWays};
use crate::session::SessionHandle;
use crate::user::UserId;

use super::registry::Provider;
use super::service::Providers;
use super::{LinkedAccount, LinkedAccountId};

/// By what a user can log in.
#[derive(Debug)]
pub(crate) struct WaysIn<'a> {
    pub(crate) has_password: bool,
    /// Their linked accounts, oldest first.
    pub(crate) linked: Vec<LinkedWay>,
    /// Where they have linked none.
    pub(crate) unlinked: Vec<&'a Provider>,
}

/// A linked account as a way to log in.
#[derive(Debug)]
pub(crate) struct LinkedWay {
    pub(crate) account: LinkedAccount,
    /// Whether they can still log in without it.
    pub(crate) can_go: bool,
}

/// By what a user can prove once more who they are: by their password alone, or, where they have none, by a provider that they have
/// linked an account of.
#[derive(Debug)]
pub(crate) struct WaysToConfirm<'a> {
    pub(crate) has_password: bool,
    /// Can be asked for a new proof.
    pub(crate) by_new_proof: Vec<&'a Provider>,
    /// Cannot, but can be logged in with anew.
    pub(crate) by_new_login: Vec<&'a Provider>,
}

/// What somebody without a password can log in by: one of it has to stay.
#[derive(Debug)]
pub(super) struct Needed {
    pub(super) linked: Vec<LinkedAccountId>,
    pub(super) passkeys: Vec<FactorId>,
}

impl Needed {
    fn is_left_without(&self, id: &LinkedAccountId) -> bool {
        !self.passkeys.is_empty() || self.linked.iter().any(|other| other != id)
    }
}

impl Providers {
    /// By what a user can log in.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn ways_in(&self, user: &UserId) -> Result<WaysIn<'_>, Error> {
        let linked = self.linked_accounts(user).await?;
        let has_password = self.has_password(user).await?;
        let needed = if has_password { None } else { Some(self.needed_of(user, &linked).await?) };
        let is_linked =
            |provider: &Provider| linked.iter().any(|account| provider.vouches_by(&account.issuer));
        let unlinked = self.list().filter(|provider| !is_linked(provider)).collect();
        let can_go = |account: &LinkedAccount| match &needed {
            Some(needed) => needed.is_left_without(&account.id),
            None => true,
        };
        let way = |account| LinkedWay { can_go: can_go(&account), account };
        Ok(WaysIn { has_password, linked: linked.into_iter().map(way).collect(), unlinked })
    }

    /// By what a user can prove once more who they are.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn ways_to_confirm(&self, user: &UserId) -> Result<WaysToConfirm<'_>, Error> {
        let has_password = self.has_password(user).await?;
        let linked = if has_password { Vec::new() } else { self.linked_accounts(user).await? };
        let is_linked =
            |provider: &&Provider| linked.iter().any(|held| held.provider == provider.id().as_str());
        let (by_new_proof, by_new_login) =
            self.list().filter(is_linked).partition(|provider| provider.can_reauthenticate());
        Ok(WaysToConfirm { has_password, by_new_proof, by_new_login })
    }

    /// [Unlinks](Self::unlink) the account that a user has at this provider of the registry.
    ///
    /// # Errors
    /// As [`unlink`](Self::unlink); `NotFound` for an account at another one.
    pub(crate) async fn unlink_at(
        &self,
        user: &UserId,
        provider: &str,
        id: &LinkedAccountId,
        current: Option<&SessionHandle>,
    ) -> Result<(), Error> {
        let accounts = self.linked_accounts(user).await?;
        if accounts.iter().any(|account| account.id == *id && account.provider != provider) {
            return Err(ErrorKind::NotFound.into());
        }
        self.unlink(user, id, current).await
    }

    /// Of what a user has one has to stay, or they could not log in any more; `None` for one who has a password.
    pub(super) async fn needed(&self, user: &UserId) -> Result<Option<Needed>, Error> {
        if self.has_password(user).await? {
            return Ok(None);
        }
        Ok(Some(self.needed_of(user, &self.linked_accounts(user).await?).await?))
    }

    async fn needed_of(&self, user: &UserId, linked: &[LinkedAccount]) -> Result<Needed, Error> {
        let passkeys = match &self.0.passkeys {
            Some(passkeys) => passkeys.of(user).await?,
            None => Vec::new(),
        };
        Ok(Needed { linked: self.usable(linked), passkeys })
    }

    /// Which of these accounts one can log in by: the registry has a provider of its issuer, under whatever name.
    fn usable(&self, accounts: &[LinkedAccount]) -> Vec<LinkedAccountId> {
        let is_usable = |account: &&LinkedAccount| self.list().any(|held| held.vouches_by(&account.issuer));
        accounts.iter().filter(is_usable).map(|account| account.id).collect()
    }
}

/// By a password, or an account at a provider that the registry has.
#[async_trait]
impl OtherWays for Providers {
    async fn other_way(&self, user: &UserId) -> Result<OtherWay, Error> {
        Ok(match self.has_password(user).await? {
            true => OtherWay::Password,
            false => OtherWay::Linked(self.usable(&self.linked_accounts(user).await?)),
        })
    }
}
