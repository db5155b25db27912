//! Another address for an account, and the way back.

use std::net::IpAddr;

use crate::error::{Error, ErrorKind};
use crate::identity::Identity;
use crate::link::Purpose;
use crate::user::{AccountChange, Email, LoginName, UserId, UserUpdate};

use super::Recovery;
use super::letter::Letter;
use super::recovery::{Proven, USE};

impl Recovery {
    /// Mails a link to the address that an account is to have, and a notice to the one that it has, by which its owner can take that
    /// back for 7 days. Nothing changes before the link is used. Whether another account has the address is not told.
    ///
    /// # Errors
    /// `InvalidRequest` for an address that is none; `UserRequired`; `TooManyAttempts`; `Unavailable`.
    pub(crate) async fn ask_for_address(
        &self,
        caller: &Identity,
        email: &str,
        network: Option<IpAddr>,
    ) -> Result<(), Error> {
        let user = caller.acting_user().ok_or(ErrorKind::UserRequired)?;
        let new = Email::typed(email)?;
        self.ask(Letter::new_address(user, &new), network).await?;
        match Letter::address_is_leaving(user) {
            Some(notice) => self.notices.post(&notice).await,
            None => Ok(()),
        }
    }

    /// Gives an account the address to which a link was mailed. Its sessions stay.
    ///
    /// # Errors
    /// `InvalidLink`; `Unavailable`.
    pub(super) async fn change_address(&self, token: &str) -> Result<Proven, Error> {
        let link = self.links.find(Purpose::ChangeEmail, token).await?;
        let (user, address) = (self.users.get(&link.facts.user()).await?, link.facts.address());
        let user = user.filter(|user| user.stands_at(link.facts.epoch())).ok_or(ErrorKind::InvalidLink)?;
        let address = address.ok_or(ErrorKind::InvalidLink)?;
        let facts = self.links.take(link).await?;
        self.free(&address, &user.id).await?;
        let change = AccountChange { update: with_proven(address), ..AccountChange::of(user.clone()) };
        self.write(&user, change, None).await?;
        Ok(Proven { next: facts.next(), reset: None })
    }

    /// Gives an account the address back that it had, to whoever owns that. Every session and token ends, and the linked accounts go;
    /// so does a password that was set since the address began to leave: whoever changed the address may have set it.
    ///
    /// # Errors
    /// `InvalidLink`; `TooManyAttempts`; `Unavailable`.
    pub(crate) async fn undo_address(&self, token: &str, network: Option<IpAddr>) -> Result<Proven, Error> {
        self.throttle.take_turn(USE, network).await?;
        let link = self.links.find(Purpose::UndoEmail, token).await?;
        let (user, address) = (self.users.get(&link.facts.user()).await?, link.facts.address());
        let user = user.filter(|user| user.is_active).ok_or(ErrorKind::InvalidLink)?;
        let address = address.ok_or(ErrorKind::InvalidLink)?;
        let facts = self.links.take(link).await?;
        self.free(&address, &user.id).await?;
        let is_password_new = user.auth_epoch != facts.epoch();
        let change = AccountChange {
            update: with_proven(address),
            password: is_password_new.then_some(None),
            ends_sessions: true,
            unlinks_all: true,
            ..AccountChange::of(user.clone())
        };
        let user = self.write(&user, change, None).await?;
        let reset = if is_password_new { self.reset_link(&user).await? } else { None };
        Ok(Proven { next: None, reset })
    }

    /// Takes an address away from an account that has it and did not prove it: its owner has come.
    async fn free(&self, address: &Email, owner: &UserId) -> Result<(), Error> {
        let holder = self.users.account_of(&LoginName::from(address)).await?.map(|account| account.user);
        let Some(holder) = holder.filter(|holder| holder.id != *owner) else { return Ok(()) };
        if holder.email_verified || holder.email.as_ref() != Some(address) {
            return Ok(());
        }
        let without = UserUpdate { email: Some((None, false)), ..UserUpdate::default() };
        let change = AccountChange { update: without, ..AccountChange::of(holder.clone()) };
        self.users.change(&holder.id, change).await.map(drop)
    }
}

fn with_proven(address: Email) -> UserUpdate {
    UserUpdate { email: Some((Some(address), true)), ..UserUpdate::default() }
}
