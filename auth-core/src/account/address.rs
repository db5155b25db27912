//! Another address for an account, and the way back.

use std::net::IpAddr;

use crate::error::{Error, ErrorKind};
use crate::identity::Identity;
use crate::link::Purpose;
use crate::text::Text;
use crate::user::{AccountChange, Email, EventDraft, EventKind, UserUpdate};

use super::Recovery;
use super::letter::Letter;
use super::recovery::{ASK, Claimant, Proven, USE};

impl Recovery {
    /// Mails a link to the address that an account is to have, and a notice to the one that it has, by which its owner can take that
    /// back for 7 days. Nothing changes before the link is used. Whether another account has the address is not told.
    ///
    /// # Errors
    /// `InvalidRequest` for an address that is none; `UserRequired`; `PermissionDenied` for a guest, whose account becomes one of their own
    /// by registration; `TooManyAttempts`; `Unavailable`.
    pub(crate) async fn ask_for_address(
        &self,
        caller: &Identity,
        email: &str,
        network: Option<IpAddr>,
    ) -> Result<(), Error> {
        let user = caller.acting_user().ok_or(ErrorKind::UserRequired)?;
        if user.is_guest() {
            return Err(ErrorKind::PermissionDenied.into());
        }
        let new = Email::typed(email)?;
        self.take_turn(ASK, network).await?;
        let is_kept = |held: &Email| user.email_verified && held.is_same_mailbox(&new);
        if user.email.as_ref().is_some_and(is_kept) {
            return Ok(());
        }
        // First: whoever gets a link has made the owner hear of it.
        if let Some(notice) = Letter::address_is_leaving(user) {
            self.notices.post(&notice).await?;
        }
        self.notices.post(&Letter::new_address(user, &new)).await
    }

    /// Gives an account the address to which a link was mailed. Its sessions stay. Who opens the link owns the address, and need not
    /// own the account: unless they show that, somebody could have an account of their own proven by the owner of an address.
    ///
    /// # Errors
    /// `InvalidLink`; `InvalidCredentials` for somebody who is not logged in to the account and does not know its password, by which the
    /// link is not used up; `TooManyAttempts`; `Unavailable`.
    pub(super) async fn change_address(&self, token: &str, claimant: Claimant<'_>) -> Result<Proven, Error> {
        let link = self.found(Purpose::ChangeEmail, token).await?;
        let user = self.still_if(&link, |user| link.facts.are_from(user)).await?;
        let address = link.facts.address().ok_or_else(|| self.spent(Some(&*user)))?;
        if !self.is_whose_it_is(&user, claimant).await? {
            return Err(Error::new(ErrorKind::InvalidCredentials).saying(Text::VerifyWhose));
        }
        let change = AccountChange {
            update: with_proven(address),
            takes_unproven_email: true,
            event: Some(EventDraft::of(EventKind::EmailChanged)),
            ..AccountChange::of(user.clone())
        };
        self.write(&user, change, None).await?;
        self.links.spend(&link).await;
        Ok(Proven { next: link.facts.next(), lost_password: None })
    }

    /// Gives an account the address back that it had, to whoever owns that. Whoever changed it knew the password, or had it changed: so
    /// that goes, with every session and token, and the linked accounts. An account that was closed is opened again: whoever changed the
    /// address may have done so, and the link to open it went to theirs.
    ///
    /// # Errors
    /// `InvalidLink`; `TooManyAttempts`; `Unavailable`.
    pub(crate) async fn undo_address(&self, token: &str, network: Option<IpAddr>) -> Result<Proven, Error> {
        self.take_turn(USE, network).await?;
        let link = self.found(Purpose::UndoEmail, token).await?;
        let now = self.links.now();
        let user = self.still_if(&link, |user| user.is_active || user.can_be_opened(now)).await?;
        let address = link.facts.address().ok_or_else(|| self.spent(Some(&*user)))?;
        let change = AccountChange {
            update: UserUpdate { is_active: user.is_closed().then_some(true), ..with_proven(address) },
            takes_unproven_email: true,
            password: Some(None),
            ends_sessions: true,
            unlinks_all: true,
            attached: self.without_young_factors(&user, Purpose::UndoEmail),
            event: Some(EventDraft::of(EventKind::EmailRestored)),
            ..AccountChange::of(user.clone())
        };
        let user = self.write(&user, change, None).await?;
        self.links.spend(&link).await;
        Ok(Proven { next: None, lost_password: Some(user) })
    }
}

fn with_proven(address: Email) -> UserUpdate {
    UserUpdate { email: Some((Some(address), true)), ..UserUpdate::default() }
}
