//! Looking at one's passkeys, calling them something else, and parting with one.

use std::fmt;

use async_trait::async_trait;

use crate::error::{Error, ErrorKind};
use crate::identity::Identity;
use crate::login::{Amr, LONG_AGO};
use crate::mfa::{FactorId, FactorTold, Mfa};
use crate::session::{Entered, Visitor};
use crate::user::{User, UserId};

use super::kept::Passkey;
use super::register::read_name;
use super::service::{Held, Passkeys};

/// Whether there are other ways to log in.
#[async_trait]
pub(crate) trait OtherWays: fmt::Debug + Send + Sync {
    /// Whether this user can log in by something else than a passkey.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn has_one(&self, user: &UserId) -> Result<bool, Error>;
}

impl Passkeys {
    /// The passkeys of a user, oldest first.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn list(&self, user: &UserId) -> Result<Vec<Passkey>, Error> {
        Ok(self.held(user).await?.iter().map(|held| Passkey::of(&held.factor, held.kept.as_ref())).collect())
    }

    /// Whether a user has a passkey that is a proof by itself.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn has_one_alone(&self, user: &UserId) -> Result<bool, Error> {
        Ok(self.held(user).await?.iter().any(Held::works_alone))
    }

    /// Calls a passkey something else; by nothing it is called what it is.
    ///
    /// # Errors
    /// `NotFound` where the user has none such; `InvalidField` for a name that nothing can be called by; `Unavailable`.
    pub(crate) async fn rename(&self, user: &UserId, id: &FactorId, name: &str) -> Result<Passkey, Error> {
        let name = read_name(name)?;
        let is_theirs = |held: &Held| held.factor.id == *id;
        let mut held = self.held(user).await?.into_iter().find(is_theirs).ok_or(ErrorKind::NotFound)?;
        if !self.0.store.rename(user, id, name.as_deref()).await? {
            return Err(ErrorKind::NotFound.into());
        }
        held.factor.name = name;
        Ok(Passkey::of(&held.factor, held.kept.as_ref()))
    }

    /// Parts with a passkey, unless nothing is left to log in by, and answers the caller's session under a new id. Its owner is told of it
    /// by its name, or by `unnamed` where it has none.
    ///
    /// # Errors
    /// `NotFound` where the user has none such; `LastLoginMethod`; `UserRequired` for a caller without a session; `Unavailable`; what
    /// [`Mfa::dismiss`] and [`Mfa::settle`] answer.
    pub(crate) async fn remove(
        &self,
        mfa: &Mfa,
        caller: &Identity,
        (id, unnamed): (&FactorId, &str),
        visitor: Visitor,
    ) -> Result<Entered, Error> {
        let user = caller.acting_user().ok_or(ErrorKind::UserRequired)?;
        let held = self.held(&user.id).await?;
        let meant = held.iter().find(|held| held.factor.id == *id).ok_or(ErrorKind::NotFound)?;
        if meant.works_alone() && !self.can_go(user, &held, id).await? {
            return Err(ErrorKind::LastLoginMethod.into());
        }
        let name = Passkey::of(&meant.factor, meant.kept.as_ref()).name;
        let told = FactorTold::PasskeyRemoved(name.unwrap_or_else(|| unnamed.to_owned()));
        let changed = mfa.dismiss(user, |factor| factor.id == *id, told).await?;
        let proven_at = caller.auth_time().unwrap_or(LONG_AGO);
        mfa.settle(caller, changed, (Amr::default(), proven_at), visitor).await
    }

    /// Whether somebody can still log in without this passkey: by another, by a password, or in another way.
    async fn can_go(&self, user: &User, held: &[Held], id: &FactorId) -> Result<bool, Error> {
        if held.iter().any(|other| other.works_alone() && other.factor.id != *id) {
            return Ok(true);
        }
        self.0.other_ways.has_one(&user.id).await
    }
}
