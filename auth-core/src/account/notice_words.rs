//! What a notice says was changed.

use crate::text::Text;

use super::letter::Notice;

impl Notice {
    /// As what such mails are counted.
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::FactorsReset => "factors-reset",
            Self::FactorsResetAsked => "factors-reset-asked",
            Self::Linked => "linked",
            Self::PasskeyAdded | Self::TotpAdded => "factor-added",
            Self::PasskeyRemoved | Self::TotpRemoved => "factor-removed",
            Self::PasswordChanged => "password-changed",
            Self::RecoveryCodeUsed => "recovery-code-used",
            Self::RecoveryCodesMade => "recovery-codes-made",
            Self::Renamed => "renamed",
            Self::Unlinked => "unlinked",
        }
    }

    /// The subject, and what it is about.
    pub(super) fn words(self, app: String, name: String) -> (Text, Text) {
        let (app_too, name_too) = (app.clone(), name.clone());
        match self {
            Self::FactorsReset => (
                Text::MailFactorsResetSubject { app },
                Text::MailFactorsResetLead { app: app_too, username: name },
            ),
            Self::FactorsResetAsked => (
                Text::MailFactorsResetAskedSubject { app },
                Text::MailFactorsResetAskedLead { app: app_too, day: name },
            ),
            Self::Linked => (
                Text::MailLinkedSubject { app, provider: name },
                Text::MailLinkedLead { app: app_too, provider: name_too },
            ),
            Self::PasswordChanged => (
                Text::MailPasswordChangedSubject { app },
                Text::MailPasswordChangedLead { app: app_too, username: name },
            ),
            Self::PasskeyAdded => {
                (Text::MailPasskeyAddedSubject { app }, Text::MailPasskeyAddedLead { app: app_too, name })
            }
            Self::PasskeyRemoved => {
                (Text::MailPasskeyRemovedSubject { app }, Text::MailPasskeyRemovedLead { app: app_too, name })
            }
            Self::RecoveryCodeUsed => (
                Text::MailRecoveryCodeUsedSubject { app },
                Text::MailRecoveryCodeUsedLead { app: app_too, left: name },
            ),
            Self::RecoveryCodesMade => (
                Text::MailRecoveryCodesMadeSubject { app },
                Text::MailRecoveryCodesMadeLead { app: app_too, username: name },
            ),
            Self::TotpAdded => {
                (Text::MailTotpAddedSubject { app }, Text::MailTotpAddedLead { app: app_too, username: name })
            }
            Self::TotpRemoved => (
                Text::MailTotpRemovedSubject { app },
                Text::MailTotpRemovedLead { app: app_too, username: name },
            ),
            Self::Renamed => (Text::MailRenamedSubject { app }, Text::MailRenamedLead { app: app_too, name }),
            Self::Unlinked => (
                Text::MailUnlinkedSubject { app, provider: name },
                Text::MailUnlinkedLead { app: app_too, provider: name_too },
            ),
        }
    }
}
