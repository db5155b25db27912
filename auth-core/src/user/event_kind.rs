//! What happens to accounts.

use std::fmt;

macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $kind:ident = $name:literal,)+) => {
        /// What happened.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[non_exhaustive]
        pub enum EventKind {
            $($(#[doc = $doc])+ $kind,)+
            /// Something that only a newer version knows.
            Other,
        }

        impl EventKind {
            /// Every kind that this version knows.
            pub const ALL: &[Self] = &[$(Self::$kind,)+];

            /// The name of the kind, as tables, logs and webhooks have it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)+
                    Self::Other => "other",
                }
            }
        }
    };
}

kinds! {
    /// Something of an account was written: `changed` says what.
    AccountChanged = "account.changed",
    /// An account was made, from code or by a provider's sign-up.
    AccountCreated = "account.created",
    /// An account was removed, and events of before name it by a pseudonym.
    AccountErased = "account.erased",
    /// An account takes no password any more, after too many failures in a row: worth an alarm.
    AccountLocked = "account.locked",
    /// A client has replaced its own registration.
    ClientChanged = "client.changed",
    /// A client has registered itself.
    ClientRegistered = "client.registered",
    /// A client has removed its own registration, and its tokens are dead.
    ClientRemoved = "client.removed",
    /// A user has allowed a client to do something in their name.
    ConsentGiven = "consent.given",
    /// What a user had allowed a client was withdrawn, and what it held has ended.
    ConsentWithdrawn = "consent.withdrawn",
    /// A browser is not spared the second factor any more.
    DeviceDistrusted = "device.distrusted",
    /// A browser is spared the second factor for 30 days, in which somebody has just shown it.
    DeviceTrusted = "device.trusted",
    /// An account takes its password again, by the link that its owner was mailed or by support.
    AccountUnlocked = "account.unlocked",
    /// The address was changed.
    EmailChanged = "email.changed",
    /// The address of before is back, and what the account had beside it has ended.
    EmailRestored = "email.restored",
    /// The owner of the address proved it.
    EmailVerified = "email.verified",
    /// A second factor was added, or has taken the place of another one: `factor` says which.
    FactorAdded = "factor.added",
    /// Somebody showed a wrong code of a second factor, which the first one had led to.
    FactorRefused = "factor.refused",
    /// A second factor was removed: `factor` says which.
    FactorRemoved = "factor.removed",
    /// The staff took all second factors from an account, whose owner had lost them.
    FactorsReset = "factors.reset",
    /// Somebody did not show that a person sends a form.
    HumanRefused = "human.refused",
    /// A link that was mailed was refused, which logs nobody in: `reason` says why, the route what it would have done.
    LinkRefused = "link.refused",
    /// Somebody was not let in: `reason` says why.
    LoginFailed = "login.failed",
    /// Somebody was let in: `amr` says by what.
    LoginSucceeded = "login.succeeded",
    /// Somebody logged out.
    Logout = "logout",
    /// The password was changed, by its owner or by support staff.
    PasswordChanged = "password.changed",
    /// The password was set by a link that was mailed.
    PasswordReset = "password.reset",
    /// An account at a provider was linked.
    ProviderLinked = "provider.linked",
    /// An account at a provider was not linked: `reason` says why.
    ProviderRefused = "provider.refused",
    /// An account at a provider was unlinked.
    ProviderUnlinked = "provider.unlinked",
    /// A recovery code stood in for the second factor, and is used up.
    RecoveryCodeUsed = "recovery_code.used",
    /// There are other recovery codes, and those of before are void.
    RecoveryCodesMade = "recovery_codes.made",
    /// Somebody signed up.
    Registered = "registration.succeeded",
    /// Somebody signed up, and no account was made.
    RegistrationRefused = "registration.refused",
    /// A session or a refresh family was ended from elsewhere.
    SessionEnded = "session.ended",
    /// All sessions were ended, or all but one.
    SessionsEnded = "sessions.ended",
    /// A client has exchanged a token of a user's for one of its own.
    TokenExchanged = "token.exchanged",
    /// A refresh token that was used before was presented, and its family has ended: somebody else may have it. Worth an alarm.
    TokenReused = "token.reused",
    /// A refresh family was revoked by its client.
    TokenRevoked = "token.revoked",
    /// A request was refused because there were too many: many of these are a flood.
    TooManyAttempts = "throttle.refused",
}

impl EventKind {
    /// The kind of this name; `None` for one that this version does not know.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// The kind of a stored name.
    pub fn of_store(name: &str) -> Self {
        Self::parse(name).unwrap_or(Self::Other)
    }

    /// Whether somebody was refused.
    pub const fn is_refusal(self) -> bool {
        matches!(
            self,
            Self::FactorRefused
                | Self::HumanRefused
                | Self::LinkRefused
                | Self::LoginFailed
                | Self::ProviderRefused
                | Self::RegistrationRefused
                | Self::TooManyAttempts
        )
    }

    /// Whether it is of the kind that alarms are made of: somebody may be at work who should not be.
    pub const fn is_alarm(self) -> bool {
        matches!(self, Self::AccountLocked | Self::TokenReused | Self::TooManyAttempts)
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_its_name_and_no_two_share_one() {
        for kind in EventKind::ALL {
            assert_eq!(EventKind::parse(kind.name()), Some(*kind));
        }
        assert_eq!((EventKind::parse("other"), EventKind::of_store("newer.thing")), (None, EventKind::Other));
    }
}
