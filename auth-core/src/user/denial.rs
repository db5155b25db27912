//! Why somebody was refused.

use serde::{Deserialize, Serialize};

/// Why somebody was refused. Only the operator learns that.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum Denial {
    /// The account is closed by too many failures in a row.
    AccountLocked,
    /// The address is another account's.
    AddressTaken,
    /// The account at the provider is linked to another one here.
    AlreadyLinked,
    /// The account is switched off.
    Disabled,
    /// Another factor is missing, which cannot be asked for there.
    FactorMissing,
    /// The link that was mailed is used, expired, voided or none of ours.
    InvalidLink,
    /// An account has the address that a provider vouches for: its owner logs in to it first.
    LinkRequired,
    /// Nothing showed that a person sent the form.
    NotHuman,
    /// The signature counter of a passkey went back: there may be a copy of it. Worth a look.
    PasskeyCopied,
    /// Somebody said no at the provider, or it did.
    ProviderDenied,
    /// The provider could not be reached, or what it answered does not hold.
    ProviderError,
    /// Nobody makes an account of their own here, or the application said no.
    RegistrationClosed,
    /// Nobody registers by that provider here.
    SignUpClosed,
    /// What came back from a provider belongs to no login that this browser began, or to none any more.
    StateMismatch,
    /// A limit was reached.
    TooManyAttempts,
    /// Nobody is called so.
    UnknownUser,
    /// The address has to be proven before.
    UnprovenAddress,
    /// A code is another one than was mailed or made, was used, or there were too many tries.
    WrongCode,
    /// A passkey is not what was asked for.
    WrongPasskey,
    /// The password is wrong.
    WrongPassword,
    /// A reason of a newer version's.
    #[serde(other)]
    Other,
}

impl Denial {
    /// The word for it, as logs, tables and webhooks have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::AccountLocked => "account_locked",
            Self::AddressTaken => "address_taken",
            Self::AlreadyLinked => "already_linked",
            Self::Disabled => "disabled",
            Self::FactorMissing => "factor_missing",
            Self::InvalidLink => "invalid_link",
            Self::LinkRequired => "link_required",
            Self::NotHuman => "not_human",
            Self::PasskeyCopied => "passkey_copied",
            Self::ProviderDenied => "provider_denied",
            Self::ProviderError => "provider_error",
            Self::RegistrationClosed => "registration_closed",
            Self::SignUpClosed => "sign_up_closed",
            Self::StateMismatch => "state_mismatch",
            Self::TooManyAttempts => "too_many_attempts",
            Self::UnknownUser => "unknown_user",
            Self::UnprovenAddress => "unproven_address",
            Self::WrongCode => "wrong_code",
            Self::WrongPasskey => "wrong_passkey",
            Self::WrongPassword => "wrong_password",
            Self::Other => "other",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_denial_is_called_in_tables_what_it_is_called_elsewhere() {
        for denial in [
            Denial::AccountLocked,
            Denial::AddressTaken,
            Denial::AlreadyLinked,
            Denial::Disabled,
            Denial::FactorMissing,
            Denial::InvalidLink,
            Denial::LinkRequired,
            Denial::NotHuman,
            Denial::PasskeyCopied,
            Denial::ProviderDenied,
            Denial::ProviderError,
            Denial::RegistrationClosed,
            Denial::SignUpClosed,
            Denial::StateMismatch,
            Denial::TooManyAttempts,
            Denial::UnknownUser,
            Denial::UnprovenAddress,
            Denial::WrongCode,
            Denial::WrongPasskey,
            Denial::WrongPassword,
            Denial::Other,
        ] {
            assert_eq!(serde_json::to_value(denial).unwrap(), denial.name());
        }
    }
}
