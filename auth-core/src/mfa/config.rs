//! Settings of second factors.

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
}

impl Default for MfaConfig {
    /// No mailed codes; trusted devices.
    fn default() -> Self {
        Self { mails_codes: false, trusts_devices: true }
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

    pub(crate) fn mails_codes(&self) -> bool {
        self.mails_codes
    }

    pub(crate) fn trusts_devices(&self) -> bool {
        self.trusts_devices
    }
}
