//! Locking everybody out, after a change that the owner did not make.

use std::net::IpAddr;

use crate::error::Error;
use crate::link::Purpose;
use crate::user::AccountChange;

use super::Recovery;
use super::recovery::USE;

impl Recovery {
    /// Ends what anybody has of an account, by the link of a notice: sessions, tokens, the password, and every account at a provider,
    /// since whoever linked one need not be the owner; and the factors that were added lately. What else was changed since the notice
    /// went out does not void the link, or a thief would go on until it is void; another address does, whose own notice has a link. For a
    /// new password its owner asks by mail.
    ///
    /// # Errors
    /// `InvalidLink`; `TooManyAttempts`; `Unavailable`.
    pub(crate) async fn lock_out(&self, token: &str, network: Option<IpAddr>) -> Result<(), Error> {
        self.take_turn(USE, network).await?;
        let link = self.found(Purpose::SecureAccount, token).await?;
        let user = self.still_if(&link, |user| link.facts.are_of_the_mailbox_of(user)).await?;
        let change = AccountChange {
            password: Some(None),
            ends_sessions: true,
            unlinks_all: true,
            attached: self.without_young_factors(&user, Purpose::SecureAccount),
            ..AccountChange::of(user.clone())
        };
        self.write(&user, change, None).await?;
        self.links.spend(&link).await;
        Ok(())
    }
}
