//! The keys: one row a sentence, with what is put into it.

use fluent_bundle::FluentValue;

/// Rows of the table, each `Name = "key" { what is put in: its type };`.
macro_rules! texts {
    ($($name:ident = $key:literal $({ $($argument:ident: $type:ty),+ })?;)+) => {
        /// A sentence that a person reads, before it is known in which words.
        #[derive(Clone, Debug, Eq, PartialEq)]
        #[cfg_attr(not(feature = "server"), allow(dead_code, reason = "some are said by what the feature brings"))]
        pub(crate) enum Text {
            $($name $({ $($argument: $type),+ })?,)+
        }

        impl Text {
            /// The key of every sentence, and what may be put into it.
            pub(super) const KEYS: &[(&str, &[&str])] =
                &[$(($key, &[$($(stringify!($argument)),+)?])),+];

            pub(super) fn key(&self) -> &'static str {
                match self {
                    $(Self::$name { .. } => $key,)+
                }
            }

            pub(super) fn arguments(&self) -> Vec<(&'static str, FluentValue<'_>)> {
                match self {
                    $(Self::$name $({ $($argument),+ })? => {
                        vec![$($((stringify!($argument), FluentValue::from($argument))),+)?]
                    })+
                }
            }
        }
    };
}

texts! {
    // Every page
    LanguageName = "language-name";
    LanguageSwitch = "language-switch";
    PageHome = "page-home";

    // The login page
    LoginTitle = "login-title";
    LoginUsername = "login-username";
    LoginPassword = "login-password";
    LoginRemember = "login-remember";
    LoginButton = "login-button";
    LoginOr = "login-or";
    LoginWith = "login-with" { provider: String };

    // The page that asks who somebody is once more
    ReauthenticateTitlePassword = "reauthenticate-title-password";
    ReauthenticateTitleProvider = "reauthenticate-title-provider";
    ReauthenticateLead = "reauthenticate-lead";
    ReauthenticateUsername = "reauthenticate-username";
    ReauthenticatePassword = "reauthenticate-password";
    ReauthenticateButton = "reauthenticate-button";
    ReauthenticateWith = "reauthenticate-with" { provider: String };
    ReauthenticateLoginWith = "reauthenticate-login-with" { provider: String };
    ReauthenticateByEmail = "reauthenticate-by-email";
    ReauthenticateByPasskey = "reauthenticate-by-passkey";
    ReauthenticateByRecovery = "reauthenticate-by-recovery";
    ReauthenticateByTotp = "reauthenticate-by-totp";
    ReauthenticateImpossible = "reauthenticate-impossible";

    // The page that asks for the second factor
    MfaTitle = "mfa-title";
    MfaLeadTotp = "mfa-lead-totp";
    MfaLeadEmail = "mfa-lead-email";
    MfaLeadPasskey = "mfa-lead-passkey";
    MfaLeadRecovery = "mfa-lead-recovery";
    MfaCode = "mfa-code";
    MfaButton = "mfa-button";
    MfaTrust = "mfa-trust";
    MfaEmailButton = "mfa-email-button";
    MfaEmailSent = "mfa-email-sent";
    MfaRecoveryTitle = "mfa-recovery-title";
    MfaRecoveryCode = "mfa-recovery-code";
    MfaAgain = "mfa-again";
    MfaOneOfTwo = "mfa-one-of-two";

    // The page with one provider's button
    ProviderTitleLink = "provider-title-link" { provider: String };
    ProviderTitleLogin = "provider-title-login" { provider: String };
    ProviderTitleReauthenticate = "provider-title-reauthenticate" { provider: String };
    ProviderLead = "provider-lead" { provider: String };
    ProviderButton = "provider-button";

    // The page of linked accounts
    LinkedAccountsTitle = "linked-accounts-title";
    LinkedAccountsLead = "linked-accounts-lead" { username: String };
    LinkedAccountsLeadPassword = "linked-accounts-lead-password" { username: String };
    LinkedAccountsNone = "linked-accounts-none";
    LinkedAccountsUnlink = "linked-accounts-unlink";
    LinkedAccountsConfirm = "linked-accounts-confirm" { link: String };
    LinkedAccountsConfirmLink = "linked-accounts-confirm-link";
    LinkedAccountsLink = "linked-accounts-link" { provider: String };

    // Passkeys
    PasskeyUse = "passkey-use";
    PasskeyFailed = "passkey-failed";
    PasskeyNotMade = "passkey-not-made";
    PasskeyHeld = "passkey-held";
    PasskeyUnnamed = "passkey-unnamed";
    PasskeyCodesTitle = "passkey-codes-title";
    PasskeyCodesLead = "passkey-codes-lead";
    PasskeyCodesDone = "passkey-codes-done";
    PasskeysTitle = "passkeys-title";
    PasskeysLead = "passkeys-lead" { username: String };
    PasskeysNone = "passkeys-none";
    PasskeysMadeOn = "passkeys-made-on" { day: String };
    PasskeysUsedOn = "passkeys-used-on" { day: String };
    PasskeysUnused = "passkeys-unused";
    PasskeysSecondFactorOnly = "passkeys-second-factor-only";
    PasskeysName = "passkeys-name";
    PasskeysRename = "passkeys-rename";
    PasskeysRemove = "passkeys-remove";
    PasskeysMakeTitle = "passkeys-make-title";
    PasskeysMake = "passkeys-make";
    PasskeysScript = "passkeys-script";
    PasskeysUnproven = "passkeys-unproven";
    PasskeysConfirm = "passkeys-confirm" { link: String };
    PasskeysConfirmLink = "passkeys-confirm-link";

    // The way from the login page to others
    LoginForgotten = "login-forgotten";
    LoginByMail = "login-by-mail";
    LoginRegister = "login-register";

    // The page of somebody's own account
    AccountTitle = "account-title";
    AccountUnproven = "account-unproven";
    AccountNoEmail = "account-no-email";
    AccountConfirm = "account-confirm" { link: String };
    AccountEmailTitle = "account-email-title";
    PasswordWrong = "password-wrong";
    AccountNewEmail = "account-new-email";
    AccountEmailButton = "account-email-button";
    AccountPasswordTitle = "account-password-title";
    AccountCurrentPassword = "account-current-password";
    AccountSessionsTitle = "account-sessions-title";
    AccountUnknownDevice = "account-unknown-device";
    AccountThisSession = "account-this-session";
    AccountEndSession = "account-end-session";
    AccountEndOthers = "account-end-others";
    AccountExport = "account-export";
    AccountProfileTitle = "account-profile-title";
    AccountFirstName = "account-first-name";
    AccountLastName = "account-last-name";
    AccountProfileButton = "account-profile-button";
    AccountClose = "account-close";
    AccountLogOut = "account-log-out";

    // The pages of second factors
    FactorsTitle = "factors-title";
    FactorsLead = "factors-lead";
    FactorsUnproven = "factors-unproven";
    FactorsDue = "factors-due" { day: String };
    FactorsPasskeys = "factors-passkeys";
    FactorNotHeld = "factor-not-held";
    FactorsDueNow = "factors-due-now";
    FactorsLastDemanded = "factors-last-demanded";
    FactorsTotp = "factors-totp";
    FactorsTotpOn = "factors-totp-on" { day: String };
    FactorsTotpOff = "factors-totp-off";
    FactorsTotpAdd = "factors-totp-add";
    FactorsTotpReplace = "factors-totp-replace";
    FactorsTotpRemove = "factors-totp-remove";
    FactorsEmail = "factors-email";
    FactorsRecovery = "factors-recovery";
    FactorsRecoveryLeft = "factors-recovery-left" { count: String };
    FactorsRecoveryRenew = "factors-recovery-renew";
    FactorsDevices = "factors-devices";
    FactorsDeviceEnd = "factors-device-end";
    FactorsConfirm = "factors-confirm" { link: String };
    TotpTitle = "totp-title";
    TotpLead = "totp-lead";
    TotpQr = "totp-qr";
    TotpSecret = "totp-secret";
    TotpOpen = "totp-open";
    TotpCode = "totp-code";
    TotpButton = "totp-button";
    RecoveryTitle = "recovery-title";
    RecoveryLead = "recovery-lead";
    RecoveryDownload = "recovery-download";
    RecoveryDone = "recovery-done";

    // The page on which somebody makes an account
    RegisterTitle = "register-title";
    RegisterUsername = "register-username";
    RegisterEmail = "register-email";
    RegisterPassword = "register-password";
    RegisterPasskey = "register-passkey";
    RegisterPasskeyLead = "register-passkey-lead";
    RegisterPasswordHint = "register-password-hint";
    RegisterButton = "register-button";
    RegisterLogin = "register-login";
    RegisterNameTaken = "register-name-taken";
    RegisterAddressTaken = "register-address-taken";
    RegisterSentTitle = "register-sent-title";
    RegisterSentLead = "register-sent-lead";

    // What shows that a person sends a form
    HumanCheckMissing = "human-check-missing";
    HumanCheckFailed = "human-check-failed";
    HumanCheckTwice = "human-check-twice";
    HumanCheckScript = "human-check-script";

    // The pages for logging in by mail
    MagicLinkTitle = "magic-link-title";
    MagicLinkLead = "magic-link-lead";
    MagicLinkCodeLead = "magic-link-code-lead";
    MagicLinkCode = "magic-link-code";
    MagicLinkConfirmLead = "magic-link-confirm-lead" { username: String };
    MagicLinkTokenOrCode = "magic-link-token-or-code";
    MagicLinkWrong = "magic-link-wrong";

    // The page that takes an address back
    UndoTitle = "undo-title";
    UndoLead = "undo-lead";
    UndoButton = "undo-button";

    // The page that lets an account in again
    UnlockTitle = "unlock-title";
    UnlockLead = "unlock-lead";
    UnlockButton = "unlock-button";

    // The page that proves an address
    VerifyTitle = "verify-title";
    VerifyLead = "verify-lead";
    VerifyPassword = "verify-password";
    VerifyPasswordHint = "verify-password-hint";
    VerifyAgainLead = "verify-again-lead";
    VerifyWhose = "verify-whose";
    VerifyButton = "verify-button";

    // The pages for a forgotten password
    ForgottenTitle = "forgotten-title";
    ForgottenLead = "forgotten-lead";
    ForgottenButton = "forgotten-button";
    ForgottenAgain = "forgotten-again";
    ForgottenSentTitle = "forgotten-sent-title";
    ForgottenSentLead = "forgotten-sent-lead";
    ResetTitle = "reset-title";
    ResetLead = "reset-lead";
    ResetPassword = "reset-password";
    ResetButton = "reset-button";

    RegisterInvited = "register-invited" { email: String };
    InvitationHasAccount = "invitation-has-account";

    // The pages that close an account and open it again
    CloseTitle = "close-title";
    CloseLead = "close-lead" { day: String };
    CloseButton = "close-button";
    CloseSuperuser = "close-superuser";
    ClosedTitle = "closed-title";
    ClosedLead = "closed-lead" { days: i64 };
    ReopenTitle = "reopen-title";
    ReopenLead = "reopen-lead";
    ReopenButton = "reopen-button";

    // The page that locks everybody out
    SecureTitle = "secure-title";
    SecureLead = "secure-lead";
    SecureButton = "secure-button";

    // Mails
    MailVerifySubject = "mail-verify-subject" { app: String };
    MailVerifyLead = "mail-verify-lead" { app: String };
    MailVerifyButton = "mail-verify-button";
    MailVerifyNote = "mail-verify-note";
    MailHasAccountSubject = "mail-has-account-subject" { app: String };
    MailHasAccountLead = "mail-has-account-lead" { app: String, username: String };
    MailHasAccountButton = "mail-has-account-button";
    MailHasAccountNote = "mail-has-account-note";
    MailResetSubject = "mail-reset-subject" { app: String };
    MailResetLead = "mail-reset-lead" { app: String, username: String };
    MailResetButton = "mail-reset-button";
    MailResetNote = "mail-reset-note";
    MailLogInSubject = "mail-log-in-subject" { app: String };
    MailLogInLead = "mail-log-in-lead" { app: String, username: String };
    MailLogInButton = "mail-log-in-button";
    MailLogInNote = "mail-log-in-note" { code: String };
    MailNewAddressSubject = "mail-new-address-subject" { app: String };
    MailNewAddressLead = "mail-new-address-lead" { app: String };
    MailNewAddressNote = "mail-new-address-note";
    MailAddressLeavingSubject = "mail-address-leaving-subject" { app: String };
    MailAddressLeavingLead = "mail-address-leaving-lead" { app: String, username: String };
    MailAddressLeavingButton = "mail-address-leaving-button";
    MailAddressLeavingNote = "mail-address-leaving-note";
    MailAddressLeavingLaterNote = "mail-address-leaving-later-note";
    MailInvitationSubject = "mail-invitation-subject" { app: String };
    MailInvitationLead = "mail-invitation-lead" { app: String };
    MailInvitationButton = "mail-invitation-button";
    MailInvitationNote = "mail-invitation-note";
    MailClosedSubject = "mail-closed-subject" { app: String };
    MailClosedLead = "mail-closed-lead" { app: String, day: String };
    MailClosedButton = "mail-closed-button";
    MailClosedNote = "mail-closed-note";
    MailLockedSubject = "mail-locked-subject" { app: String };
    MailLockedLead = "mail-locked-lead" { app: String, username: String };
    MailLockedNote = "mail-locked-note";
    MailCodesLockedSubject = "mail-codes-locked-subject" { app: String };
    MailCodesLockedLead = "mail-codes-locked-lead" { app: String, username: String };
    MailPasswordChangedSubject = "mail-password-changed-subject" { app: String };
    MailPasswordChangedLead = "mail-password-changed-lead" { app: String, username: String };
    MailRenamedSubject = "mail-renamed-subject" { app: String };
    MailRenamedLead = "mail-renamed-lead" { app: String, name: String };
    MailLinkedSubject = "mail-linked-subject" { app: String, provider: String };
    MailLinkedLead = "mail-linked-lead" { app: String, provider: String };
    MailUnlinkedSubject = "mail-unlinked-subject" { app: String, provider: String };
    MailUnlinkedLead = "mail-unlinked-lead" { app: String, provider: String };
    MailCodeSubject = "mail-code-subject" { app: String };
    MailCodeLead = "mail-code-lead" { app: String, code: String };
    MailCodeButton = "mail-code-button";
    MailCodeNote = "mail-code-note";
    MailPasskeyAddedSubject = "mail-passkey-added-subject" { app: String };
    MailPasskeyAddedLead = "mail-passkey-added-lead" { app: String, name: String };
    MailPasskeyRemovedSubject = "mail-passkey-removed-subject" { app: String };
    MailPasskeyRemovedLead = "mail-passkey-removed-lead" { app: String, name: String };
    MailRecoveryCodeUsedSubject = "mail-recovery-code-used-subject" { app: String };
    MailRecoveryCodeUsedLead = "mail-recovery-code-used-lead" { app: String, left: String };
    MailRecoveryCodesMadeSubject = "mail-recovery-codes-made-subject" { app: String };
    MailRecoveryCodesMadeLead = "mail-recovery-codes-made-lead" { app: String, username: String };
    MailTotpAddedSubject = "mail-totp-added-subject" { app: String };
    MailTotpAddedLead = "mail-totp-added-lead" { app: String, username: String };
    MailTotpRemovedSubject = "mail-totp-removed-subject" { app: String };
    MailTotpRemovedLead = "mail-totp-removed-lead" { app: String, username: String };
    MailFactorsResetSubject = "mail-factors-reset-subject" { app: String };
    MailFactorsResetLead = "mail-factors-reset-lead" { app: String, username: String };
    MailFactorsResetAskedSubject = "mail-factors-reset-asked-subject" { app: String };
    MailFactorsResetAskedLead = "mail-factors-reset-asked-lead" { app: String, day: String };
    MailNoticeButton = "mail-notice-button";
    MailNoticeNote = "mail-notice-note";

    // The error page
    ErrorStatus = "error-status" { status: u16 };
    ErrorReference = "error-reference" { reference: String };
    Advice401 = "advice-401";
    Advice403 = "advice-403";
    Advice404 = "advice-404";
    Advice405 = "advice-405";
    Advice409 = "advice-409";
    Advice413 = "advice-413";
    Advice415 = "advice-415";
    Advice429 = "advice-429";
    Advice503 = "advice-503";
    AdviceLink = "advice-link";
    AdviceRequest = "advice-request";
    AdviceServer = "advice-server";

    // Ways on from an error
    WayToLinkedAccounts = "way-to-linked-accounts";
    WayToLink = "way-to-link";
    WayToForm = "way-to-form";
    WayToGoBack = "way-to-go-back";
    WayToLogIn = "way-to-log-in";
    WayToLoginPage = "way-to-login-page";
    WayToMfa = "way-to-mfa";
    WayBackToLoginPage = "way-back-to-login-page";
    WayToReauthenticate = "way-to-reauthenticate";

    // What each kind of error is called
    TitleAccessDenied = "title-access-denied";
    TitleAlreadyExists = "title-already-exists";
    TitleAuthorizationPending = "title-authorization-pending";
    TitleAuthorizationExpired = "title-authorization-expired";
    TitleCsrfFailed = "title-csrf-failed";
    TitleEmailUnverified = "title-email-unverified";
    TitleExpiredToken = "title-expired-token";
    TitleHumanCheckRequired = "title-human-check-required";
    TitleInsufficientScope = "title-insufficient-scope";
    TitleInternalError = "title-internal-error";
    TitleInvalidClient = "title-invalid-client";
    TitleInvalidClientMetadata = "title-invalid-client-metadata";
    TitleInvalidCode = "title-invalid-code";
    TitleInvalidCredential = "title-invalid-credential";
    TitleInvalidCredentials = "title-invalid-credentials";
    TitleInvalidDpopProof = "title-invalid-dpop-proof";
    TitleInvalidField = "title-invalid-field";
    TitleInvalidGrant = "title-invalid-grant";
    TitleInvalidLink = "title-invalid-link";
    TitleInvalidRedirectUri = "title-invalid-redirect-uri";
    TitleInvalidRequest = "title-invalid-request";
    TitleInvalidScope = "title-invalid-scope";
    TitleInvalidTarget = "title-invalid-target";
    TitleInvalidToken = "title-invalid-token";
    TitleInvalidUserCode = "title-invalid-user-code";
    TitleLastLoginMethod = "title-last-login-method";
    TitleLinkRequired = "title-link-required";
    TitleLoginExpired = "title-login-expired";
    TitleMethodNotAllowed = "title-method-not-allowed";
    TitleMfaRequired = "title-mfa-required";
    TitleNotFound = "title-not-found";
    TitlePayloadTooLarge = "title-payload-too-large";
    TitlePermissionDenied = "title-permission-denied";
    TitleProviderDenied = "title-provider-denied";
    TitleProviderError = "title-provider-error";
    TitleReauthenticationRequired = "title-reauthentication-required";
    TitleRegistrationClosed = "title-registration-closed";
    TitleRequestTimeout = "title-request-timeout";
    TitleSignUpClosed = "title-sign-up-closed";
    TitleSlowDown = "title-slow-down";
    TitleStateMismatch = "title-state-mismatch";
    TitleTooManyAttempts = "title-too-many-attempts";
    TitleUnauthenticated = "title-unauthenticated";
    TitleUnauthorizedClient = "title-unauthorized-client";
    TitleUnapprovedSoftwareStatement = "title-unapproved-software-statement";
    TitleUnavailable = "title-unavailable";
    TitleUnsupportedGrantType = "title-unsupported-grant-type";
    TitleUnsupportedMediaType = "title-unsupported-media-type";
    TitleUseDpopNonce = "title-use-dpop-nonce";
    TitleUserRequired = "title-user-required";
    TitleWeakPassword = "title-weak-password";

    // What was sent
    BodyEndedEarly = "body-ended-early";
    BodyMalformed = "body-malformed";
    FieldHoldsNul = "field-holds-nul" { field: String };
    FieldMissing = "field-missing" { field: String };
    FieldTwice = "field-twice" { field: String };
    FieldWrongType = "field-wrong-type" { field: String };
    SomeFieldHoldsNul = "some-field-holds-nul";
    SomeFieldTwice = "some-field-twice";

    // What is chosen
    LanguageUnknown = "language-unknown";

    // Names, addresses and passwords
    EmailInvalid = "email-invalid";
    FieldFixed = "field-fixed" { field: String };
    SomeFieldFixed = "some-field-fixed";
    FieldNoValue = "field-no-value" { field: String };
    PersonNameInvalid = "person-name-invalid";
    LoginNameTooLong = "login-name-too-long";
    PasskeyNameInvalid = "passkey-name-invalid" { most: usize };
    PasskeyTooMany = "passkey-too-many" { most: usize };
    UsernameLength = "username-length" { most: usize };
    UsernameSigns = "username-signs";
    UsernameUnseen = "username-unseen";
    PasswordHoldsNul = "password-holds-nul";
    PasswordOverLimit = "password-over-limit" { most: usize };
    PasswordCommon = "password-common";
    PasswordContext = "password-context";
    PasswordTooLong = "password-too-long" { most: usize };
    PasswordTooShort = "password-too-short" { least: usize };
    PasswordBreached = "password-breached";

    // Logins with providers
    ProviderDown = "provider-down" { provider: String };
    ProviderDownFor = "provider-down-for" { provider: String, seconds: u64 };
    ProviderDownSaid = "provider-down-said" { provider: String, said: String };
    ProviderBroken = "provider-broken" { provider: String };
    ProviderBrokenFor = "provider-broken-for" { provider: String, seconds: u64 };
    ProviderBrokenSaid = "provider-broken-said" { provider: String, said: String };
    ProviderCancelled = "provider-cancelled" { provider: String };
    ProviderCancelledSaid = "provider-cancelled-said" { provider: String, said: String };
    ProviderAccountTaken = "provider-account-taken" { provider: String };
    ProviderAccountUnusable = "provider-account-unusable";
    ProviderAlreadyLoggedIn = "provider-already-logged-in";
    ProviderAnswerTooLong = "provider-answer-too-long";
    ProviderBeginAgain = "provider-begin-again";
    ProviderCannotConfirm = "provider-cannot-confirm" { provider: String };
    ProviderLinkOrConfirm = "provider-link-or-confirm";
    ProviderLogInAgain = "provider-log-in-again";
    ProviderLoginOver = "provider-login-over";
    ProviderLoginTooOld = "provider-login-too-old";
    ProviderOtherAccount = "provider-other-account";
    ProviderPasswordConfirms = "provider-password-confirms";

    // The pages on which somebody is asked whether another application may
    ConsentTitle = "consent-title" { client: String };
    ConsentLead = "consent-lead" { username: String, client: String };
    ConsentLeadNothing = "consent-lead-nothing" { username: String, client: String };
    ConsentDestination = "consent-destination" { place: String };
    ConsentAllow = "consent-allow";
    ConsentDeny = "consent-deny";
    ConsentOtherAccount = "consent-other-account";
    ConsentNote = "consent-note";
    HandOnTitle = "hand-on-title" { client: String };
    HandOnLead = "hand-on-lead";
    HandOnButton = "hand-on-button";
    GrantsTitle = "grants-title";
    GrantsLead = "grants-lead" { username: String };
    GrantsNone = "grants-none";
    GrantsSince = "grants-since" { day: String };
    GrantsWithdraw = "grants-withdraw";
    EndSessionTitle = "end-session-title";
    EndSessionLead = "end-session-lead";
    EndSessionLeadOf = "end-session-lead-of" { client: String };
    EndSessionStay = "end-session-stay";

    // Requests of other applications
    AuthorizeTooLong = "authorize-too-long";
    AuthorizeUnknownClient = "authorize-unknown-client";
    AuthorizeUnknownPlace = "authorize-unknown-place" { client: String };
    LogoutOtherClient = "logout-other-client";

    // The page for the code of a device
    DeviceTitle = "device-title";
    DeviceLead = "device-lead";
    DeviceCode = "device-code";
    DeviceButton = "device-button";
    DeviceAskTitle = "device-ask-title" { client: String };
    DeviceAskLead = "device-ask-lead" { client: String };
    DeviceNote = "device-note";
    DeviceAllowedTitle = "device-allowed-title";
    DeviceAllowed = "device-allowed" { client: String };
    DeviceDeniedTitle = "device-denied-title";
    DeviceDenied = "device-denied" { client: String };

    // What other applications may do here
    ScopeEmail = "scope-email";
    ScopeOfflineAccess = "scope-offline-access";
    ScopeOpenid = "scope-openid";
    ScopeProfile = "scope-profile";

    // What a handler passed on
    DeviceCodeEnded = "device-code-ended";
    SessionValuesTooLarge = "session-values-too-large";
}
