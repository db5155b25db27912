//! Settings of accounts.

/// Who makes an account of their own.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Registration {
    /// Nobody: accounts are made from code, by `auth user create`, or by a provider's sign-up.
    #[default]
    Closed,
    /// Whoever is invited ([`Accounts::invite`](super::Accounts::invite), `auth user invite`).
    ByInvitation,
    /// Whoever has an address, and whoever is invited. Whether the address is another account's is told to nobody.
    Open,
    /// The same, logged in at once, before the address is proven: 201 with the user. **It tells whoever asks who has an account here**:
    /// an address that one has is refused with `already_exists`. For an application where that is no secret. Refused at start together
    /// with [`EmailVerification::BeforeLogin`].
    OpenTellingWhoExists,
}

impl Registration {
    /// Whether anybody may who has an address.
    pub(crate) fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::OpenTellingWhoExists)
    }
}

/// When an address has to be proven.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
#[doc(alias("ACCOUNT_EMAIL_VERIFICATION"))]
pub enum EmailVerification {
    /// Never. A guard may ask for it ([`verified_email_required`](crate::access::verified_email_required)).
    #[default]
    Optional,
    /// Before the first login: an account whose address is not proven answers as one that is not there. One that has no address
    /// logs in.
    BeforeLogin,
}
