//! Settings of second factors.

use std::time::Duration;

use crate::error::Error;

use super::MfaPolicy;

/// Which factors there are beside authenticator apps, passkeys and recovery codes.
///
/// ```
/// use auth_core::mfa::MfaConfig;
///
/// let config = MfaConfig::default().mailed_codes(true).trusted_devices(false);
/// ```
#[derive(Clone, Debug)]
pub struct MfaConfig {
    pub(super) mails_codes: bool,
    pub(super) trusts_devices: bool,
    pub(super) policy: Option<MfaPolicy>,
    pub(super) reset_delay: Duration,
}

impl Default for MfaConfig {
    /// No mailed codes; trusted devices; nobody must have a second factor; a reset by the staff does not wait.
    fn default() -> Self {
        Self { mails_codes: false, trusts_devices: true, policy: None, reset_delay: Duration::ZERO }
    }
}

impl MfaConfig {
    /// Whether a code that is mailed counts as the second factor of an account that has another one and a proven address. Whoever reads
    /// somebody's mail sets another password too, so it is the weakest of them: one factor twice.
    #[must_use]
    pub fn mailed_codes(self, are_on: bool) -> Self {
        Self { mails_codes: are_on, ..self }
    }

    /// Whether somebody may have a browser spared the second factor for 30 days.
    #[must_use]
    pub fn trusted_devices(self, are_on: bool) -> Self {
        Self { trusts_devices: are_on, ..self }
    }

    /// Who must have a second factor. Whoever lacks one adds one before anything else, once the policy's grace is over.
    #[must_use]
    pub fn required_of(self, policy: MfaPolicy) -> Self {
        Self { policy: Some(policy), ..self }
    }

    /// How long a reset of somebody's second factors waits, after the owner was told by mail of what the staff are about to do
    /// ([`Accounts::reset_factors`](crate::account::Accounts::reset_factors)).
    #[must_use]
    pub fn reset_delay(self, delay: Duration) -> Self {
        Self { reset_delay: delay, ..self }
    }

    /// # Errors
    /// `Configuration`, which says what to change.
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.policy.as_ref().map_or(Ok(()), MfaPolicy::check)
    }

    pub(crate) fn mails_codes(&self) -> bool {
        self.mails_codes
    }

    pub(crate) fn delay_of_resets(&self) -> Duration {
        self.reset_delay
    }

    pub(crate) fn trusts_devices(&self) -> bool {
        self.trusts_devices
    }
}
