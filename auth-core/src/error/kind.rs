//! What an error is about, and the one table from there to the reply.

use crate::text::{ENGLISH, Text};

/// What an [`Error`](super::Error) is about.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Somebody who was asked whether a device may log in has said no.
    AccessDenied,
    /// Something with that name exists already.
    AlreadyExists,
    /// An authorization request is over, or belongs to another browser: it begins anew at its client.
    AuthorizationExpired,
    /// Nobody has decided yet whether a device may log in.
    AuthorizationPending,
    /// The settings are wrong; the message says what to change.
    Configuration,
    /// A request that changes something came from another site.
    CsrfFailed,
    /// The time of a device's code is over.
    ExpiredToken,
    /// The guard wants a verified e-mail address.
    EmailUnverified,
    /// It has to be shown that a person sends the form.
    HumanCheckRequired,
    /// The token lacks a scope.
    InsufficientScope,
    /// A failure of this crate itself.
    Internal,
    /// An OAuth client could not be authenticated.
    InvalidClient,
    /// What a client says of itself cannot be registered.
    InvalidClientMetadata,
    /// A code of a second factor is wrong, was used, or is none.
    InvalidCode,
    /// A passkey that was made is not what was asked for, or is kept already.
    InvalidCredential,
    /// User unknown, password wrong or account disabled: never told apart.
    InvalidCredentials,
    /// The proof that a client holds a key (RFC 9449) does not hold, was used, or is missing where there has to be one.
    InvalidDpopProof,
    /// A field of a profile may not be changed, or not to this value.
    InvalidField,
    /// The grant (a refresh token, say) is wrong, used, expired or revoked.
    InvalidGrant,
    /// A mailed link was used, has expired, or was voided by a newer one.
    InvalidLink,
    /// A client cannot be registered with one of its redirect URIs.
    InvalidRedirectUri,
    /// The request is malformed.
    InvalidRequest,
    /// More or other scope was asked for than was granted.
    InvalidScope,
    /// A token was asked for a resource that the client has nothing to do with.
    InvalidTarget,
    /// The bearer token is wrong, expired, revoked or another issuer's.
    InvalidToken,
    /// The code that a device shows was typed wrong, has ended, or belongs to another session.
    InvalidUserCode,
    /// The last way to log in would be removed.
    LastLoginMethod,
    /// An account with the provider's address exists: its owner logs in to it first, and links then.
    LinkRequired,
    /// The login that waited for a factor is over, or there is none: it begins anew.
    LoginExpired,
    /// The first factor was right, and another is missing: somebody is on the way in, and nobody yet. The reply, which is none of an
    /// error, says by which [methods](super::Error::methods) to go on.
    LoginPending,
    /// The route does not answer this method.
    MethodNotAllowed,
    /// The guard wants a second factor.
    MfaRequired,
    /// No such thing here.
    NotFound,
    /// The body is too large.
    PayloadTooLarge,
    /// The user lacks a permission, a group or a flag.
    PermissionDenied,
    /// Another provider was told by its user, or decided itself, not to go on.
    ProviderDenied,
    /// Another provider did not do its part: it refused, could not be reached, or answered what does not hold.
    ProviderError,
    /// The guard wants a more recent login.
    ReauthenticationRequired,
    /// The body took too long.
    RequestTimeout,
    /// Nobody makes an account of their own here.
    RegistrationClosed,
    /// Nobody registers by that provider here.
    SignUpClosed,
    /// A device asks more often than it was told to.
    SlowDown,
    /// A provider's answer does not belong to a login that this browser began, or that login is over.
    StateMismatch,
    /// Too many failed attempts.
    TooManyAttempts,
    /// Nobody is logged in.
    Unauthenticated,
    /// The client is not registered for this grant.
    UnauthorizedClient,
    /// A client brings a statement about its software, and nobody's is trusted here.
    UnapprovedSoftwareStatement,
    /// A store or the hashing pool cannot answer now.
    Unavailable,
    /// The grant type is unknown or switched off.
    UnsupportedGrantType,
    /// The body's type is not one the route takes.
    UnsupportedMediaType,
    /// The proof that a client holds a key has to bear a nonce, which comes with the answer (RFC 9449 section 8).
    UseDpopNonce,
    /// The caller is a client, and the guard wants a user.
    UserRequired,
    /// The new password breaks the policy.
    WeakPassword,
}

/// How a kind answers: HTTP status, public `code`, and `title` of the problem document (RFC 9457).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// The stable word that programs branch on.
    pub code: &'static str,
    /// One plain sentence for people.
    pub title: &'static str,
}

/// A row of the table.
pub(crate) struct Row {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) title: Text,
}

const fn row(status: u16, code: &'static str, title: Text) -> Row {
    Row { status, code, title }
}

impl ErrorKind {
    /// How this kind answers, in English.
    pub fn reply(self) -> Reply {
        let Row { status, code, title } = self.row();
        Reply { status, code, title: ENGLISH.title(&title) }
    }

    /// The one table from kind to reply.
    pub(crate) const fn row(self) -> Row {
        match self {
            Self::AccessDenied => row(400, "access_denied", Text::TitleAccessDenied),
            Self::AlreadyExists => row(422, "already_exists", Text::TitleAlreadyExists),
            Self::AuthorizationExpired => row(400, "authorization_expired", Text::TitleAuthorizationExpired),
            Self::AuthorizationPending => row(400, "authorization_pending", Text::TitleAuthorizationPending),
            Self::CsrfFailed => row(403, "csrf_failed", Text::TitleCsrfFailed),
            Self::EmailUnverified => row(403, "email_unverified", Text::TitleEmailUnverified),
            Self::ExpiredToken => row(400, "expired_token", Text::TitleExpiredToken),
            Self::HumanCheckRequired => row(403, "human_check_required", Text::TitleHumanCheckRequired),
            Self::InsufficientScope => row(403, "insufficient_scope", Text::TitleInsufficientScope),
            // A wrong setting that shows only at run time is our failure as seen from outside.
            Self::Configuration | Self::Internal => row(500, "internal_error", Text::TitleInternalError),
            Self::InvalidClient => row(401, "invalid_client", Text::TitleInvalidClient),
            Self::InvalidClientMetadata => {
                row(400, "invalid_client_metadata", Text::TitleInvalidClientMetadata)
            }
            Self::InvalidCode => row(401, "invalid_code", Text::TitleInvalidCode),
            Self::InvalidCredential => row(400, "invalid_credential", Text::TitleInvalidCredential),
            // One reply for unknown user, wrong password and disabled account: which of them it was must not show.
            Self::InvalidCredentials => row(401, "invalid_credentials", Text::TitleInvalidCredentials),
            // At a guard; the token endpoint says 400 (RFC 9449 sections 5 and 7.1).
            Self::InvalidDpopProof => row(401, "invalid_dpop_proof", Text::TitleInvalidDpopProof),
            Self::InvalidField => row(422, "invalid_field", Text::TitleInvalidField),
            Self::InvalidGrant => row(400, "invalid_grant", Text::TitleInvalidGrant),
            Self::InvalidLink => row(400, "invalid_token_link", Text::TitleInvalidLink),
            Self::InvalidRedirectUri => row(400, "invalid_redirect_uri", Text::TitleInvalidRedirectUri),
            Self::InvalidRequest => row(400, "invalid_request", Text::TitleInvalidRequest),
            Self::InvalidScope => row(400, "invalid_scope", Text::TitleInvalidScope),
            Self::InvalidTarget => row(400, "invalid_target", Text::TitleInvalidTarget),
            Self::InvalidToken => row(401, "invalid_token", Text::TitleInvalidToken),
            Self::InvalidUserCode => row(400, "invalid_user_code", Text::TitleInvalidUserCode),
            Self::LastLoginMethod => row(409, "last_login_method", Text::TitleLastLoginMethod),
            Self::LinkRequired => row(409, "link_required", Text::TitleLinkRequired),
            Self::LoginExpired => row(401, "login_expired", Text::TitleLoginExpired),
            Self::LoginPending => row(200, "mfa_required", Text::TitleMfaRequired),
            Self::MethodNotAllowed => row(405, "method_not_allowed", Text::TitleMethodNotAllowed),
            Self::MfaRequired => row(401, "mfa_required", Text::TitleMfaRequired),
            Self::NotFound => row(404, "not_found", Text::TitleNotFound),
            Self::PayloadTooLarge => row(413, "payload_too_large", Text::TitlePayloadTooLarge),
            Self::PermissionDenied => row(403, "permission_denied", Text::TitlePermissionDenied),
            // To programs the same as any other refusal of the provider's.
            Self::ProviderDenied => row(400, "provider_error", Text::TitleProviderDenied),
            Self::ProviderError => row(400, "provider_error", Text::TitleProviderError),
            Self::ReauthenticationRequired => {
                row(401, "reauthentication_required", Text::TitleReauthenticationRequired)
            }
            Self::RegistrationClosed => row(403, "registration_closed", Text::TitleRegistrationClosed),
            Self::RequestTimeout => row(408, "request_timeout", Text::TitleRequestTimeout),
            Self::SignUpClosed => row(403, "sign_up_closed", Text::TitleSignUpClosed),
            Self::SlowDown => row(400, "slow_down", Text::TitleSlowDown),
            Self::StateMismatch => row(400, "state_mismatch", Text::TitleStateMismatch),
            Self::TooManyAttempts => row(429, "too_many_attempts", Text::TitleTooManyAttempts),
            Self::Unauthenticated => row(401, "unauthenticated", Text::TitleUnauthenticated),
            Self::UnauthorizedClient => row(400, "unauthorized_client", Text::TitleUnauthorizedClient),
            Self::UnapprovedSoftwareStatement => {
                row(400, "unapproved_software_statement", Text::TitleUnapprovedSoftwareStatement)
            }
            Self::Unavailable => row(503, "unavailable", Text::TitleUnavailable),
            Self::UnsupportedGrantType => row(400, "unsupported_grant_type", Text::TitleUnsupportedGrantType),
            Self::UnsupportedMediaType => row(415, "unsupported_media_type", Text::TitleUnsupportedMediaType),
            Self::UseDpopNonce => row(401, "use_dpop_nonce", Text::TitleUseDpopNonce),
            Self::UserRequired => row(403, "user_required", Text::TitleUserRequired),
            Self::WeakPassword => row(422, "weak_password", Text::TitleWeakPassword),
        }
    }
}
