//! Browsers that are spared the second factor.

use std::cmp::Reverse;

use crate::error::Error;
use crate::event::{EventDraft, EventKind};
use crate::login::DeviceKey;
use crate::user::User;

use super::factors::{DEVICE_LIFE, DeviceToken};
use super::service::Mfa;
use super::{FactorChange, FactorKind};

/// How many browsers of a user are trusted at most; the oldest make room.
const MOST: usize = 20;

/// The longest name of a browser that is kept, in bytes.
const LONGEST_NAME: usize = 256;

impl Mfa {
    /// Spares a browser the second factor for 30 days, in which its user has just shown one, and answers the value of its cookie; `None`
    /// where the application has it otherwise. What ends the user's sessions ends it.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn trust(
        &self,
        user: &User,
        browser: Option<&str>,
    ) -> Result<Option<DeviceToken>, Error> {
        let Some((token, key)) = self.factors.new_device().filter(|_| self.factors.config.trusts_devices)
        else {
            return Ok(None);
        };
        let mut device = self.new_factor(&user.id, FactorKind::TrustedDevice, key.to_vec());
        let whose = (&device.id, device.kind, &device.user);
        let epoch = user.auth_epoch.to_be_bytes();
        device.data = self.factors.sealer.seal(whose, &epoch, &*self.factors.random);
        device.name = browser.map(|name| name[..name.floor_char_boundary(LONGEST_NAME)].to_owned());
        device.expires_at = Some(device.created_at + DEVICE_LIFE);
        let mut others = self.factors.of(&user.id).await?.devices;
        others.sort_by_key(|device| Reverse(device.created_at));
        let too_many = others.into_iter().skip(MOST - 1);
        let changes = too_many.map(|other| FactorChange::Remove { user: other.user, id: other.id });
        self.factors.store.apply(changes.chain([FactorChange::Add(device)]).collect()).await?;
        self.factors.events.note(event(user, true)).await;
        Ok(Some(token))
    }

    /// Has every browser of a user but the caller's own asked for the second factor again.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn distrust_others(&self, user: &User, own: Option<&DeviceKey>) -> Result<(), Error> {
        let devices = self.factors.of(&user.id).await?.devices.into_iter();
        let others = devices.filter(|device| own.is_none_or(|own| device.handle != own.as_slice()));
        let changes: Vec<_> =
            others.map(|other| FactorChange::Remove { user: other.user, id: other.id }).collect();
        if changes.is_empty() {
            return Ok(());
        }
        self.factors.store.apply(changes).await?;
        self.factors.events.note(event(user, false)).await;
        Ok(())
    }
}

/// What is told of a browser that is trusted from now on, or no more.
pub(super) fn event(user: &User, is_trusted: bool) -> EventDraft {
    EventDraft::of(if is_trusted { EventKind::DeviceTrusted } else { EventKind::DeviceDistrusted })
        .to(&user.id)
}
