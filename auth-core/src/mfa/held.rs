//! What somebody has.

use crate::clock::Timestamp;
use crate::login::{Amr, Method};
use crate::user::User;

use super::{Factor, FactorKind, MfaConfig};

/// The factors of an account that count.
#[derive(Clone, Debug, Default)]
pub(crate) struct Held {
    pub(crate) totp: Option<Factor>,
    pub(crate) passkeys: Vec<Factor>,
    /// How many are left.
    pub(crate) recovery_codes: usize,
    /// The browsers that are spared the second factor, as far as they have not ended.
    pub(crate) devices: Vec<Factor>,
    /// That the password was set by a mailed link, and no factor was shown with it since.
    pub(super) mailed_password: Option<Factor>,
}

impl Held {
    pub(super) fn of(factors: Vec<Factor>, now: Timestamp) -> Self {
        let mut held = Self::default();
        for factor in factors {
            match factor.kind {
                _ if factor.expires_at.is_some_and(|end| end <= now) => {}
                FactorKind::MailedPassword => held.mailed_password = Some(factor),
                FactorKind::Passkey => held.passkeys.push(factor),
                FactorKind::RecoveryCode => held.recovery_codes += 1,
                FactorKind::Totp => held.totp = Some(factor),
                FactorKind::TrustedDevice => held.devices.push(factor),
            }
        }
        held
    }

    /// Whether a login asks for a second factor: recovery codes stand in for one, and are none.
    pub(crate) fn has_factor(&self) -> bool {
        self.totp.is_some() || !self.passkeys.is_empty()
    }

    /// By what a login can go on that was begun by this; nothing where it lacks nothing. Not by mail what was begun by mail, nor by a
    /// password that was. What cannot be opened any more is named where nothing else could be: nobody is let in for want of it.
    pub(super) fn methods(
        &self,
        config: &MfaConfig,
        user: &User,
        shown: Amr,
        can_be_opened: impl Fn(&Factor) -> bool,
    ) -> Vec<Method> {
        if !self.has_factor() || shown.contains(Amr::MFA) {
            return Vec::new();
        }
        let usable = self.named(config, user, shown, can_be_opened);
        if usable.is_empty() { self.named(config, user, shown, |_| true) } else { usable }
    }

    fn named(
        &self,
        config: &MfaConfig,
        user: &User,
        shown: Amr,
        counts: impl Fn(&Factor) -> bool,
    ) -> Vec<Method> {
        let is_by_mail = shown.contains(Amr::EMAIL) || self.mailed_password.is_some();
        let is_mail_offered = may_be_mailed(config, user) && !is_by_mail;
        let all = [
            (self.passkeys.iter().any(&counts), Method::Passkey),
            (self.totp.as_ref().is_some_and(&counts), Method::Totp),
            (is_mail_offered, Method::Email),
            (self.recovery_codes > 0, Method::RecoveryCode),
        ];
        all.into_iter().filter(|(is_there, _)| *is_there).map(|(_, method)| method).collect()
    }
}

impl Held {
    /// Whether a login can show this. A mailed code counts beside another factor alone.
    pub(super) fn has(&self, method: Method, config: &MfaConfig, user: &User) -> bool {
        match method {
            Method::Email => self.has_factor() && may_be_mailed(config, user),
            Method::Passkey => !self.passkeys.is_empty(),
            Method::RecoveryCode => self.recovery_codes > 0,
            Method::Totp => self.totp.is_some(),
        }
    }
}

/// Whether this user may be mailed a code: to an address that somebody proved to be theirs.
pub(super) fn may_be_mailed(config: &MfaConfig, user: &User) -> bool {
    config.mails_codes && user.email_verified && user.email.is_some()
}
