//! The paths that the core writes, each by its name.
//!
//! Whoever writes the path of a login route (a redirect, a form, a callback URL) asks
//! [`ReplyStyle`](crate::page::ReplyStyle) for it by its name: a path that is not here does not compile, and the tests find each name
//! in the table of routes. A path that nothing writes stands in the table alone.

/// The path of a login route below their prefix, with so many variable parts in it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct RoutePath<const PARTS: usize = 0>(&'static str);

/// The path of a login route beside their prefix, where a specification wants it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct WellKnownPath(&'static str);

pub(crate) const ACCOUNT: RoutePath = RoutePath::new("/account");
pub(crate) const ACCOUNT_CLOSED: RoutePath = RoutePath::new("/account/closed");
pub(crate) const ACCOUNT_DELETE: RoutePath = RoutePath::new("/account/delete");
pub(crate) const ACCOUNT_EXPORT: RoutePath = RoutePath::new("/account/export");
pub(crate) const ACCOUNT_REOPEN: RoutePath = RoutePath::new("/account/reopen");
pub(crate) const ACCOUNT_SECURE: RoutePath = RoutePath::new("/account/secure");
#[cfg(feature = "server")]
pub(crate) const AUTHORIZE: RoutePath = RoutePath::new("/authorize");
#[cfg(feature = "server")]
pub(crate) const CLIENT: RoutePath<1> = RoutePath::new("/clients/{id}");
#[cfg(feature = "server")]
pub(crate) const CLIENTS: RoutePath = RoutePath::new("/clients");
#[cfg(feature = "server")]
pub(crate) const CONSENT: RoutePath = RoutePath::new("/consent");
#[cfg(feature = "server")]
pub(crate) const DEVICE: RoutePath = RoutePath::new("/device");
#[cfg(feature = "server")]
pub(crate) const DEVICE_AUTHORIZATION: RoutePath = RoutePath::new("/device_authorization");
pub(crate) const DEVICE_DELETE: RoutePath<1> = RoutePath::new("/mfa/trusted-devices/{id}/delete");
pub(crate) const EMAIL_CHANGE: RoutePath = RoutePath::new("/email/change");
pub(crate) const EMAIL_RESEND: RoutePath = RoutePath::new("/email/resend");
pub(crate) const EMAIL_UNDO: RoutePath = RoutePath::new("/email/undo");
pub(crate) const EMAIL_VERIFY: RoutePath = RoutePath::new("/email/verify");
#[cfg(feature = "server")]
pub(crate) const END_SESSION: RoutePath = RoutePath::new("/end_session");
pub(crate) const FACTORS: RoutePath = RoutePath::new("/mfa/factors");
pub(crate) const GRANTS: RoutePath = RoutePath::new("/grants");
#[cfg(feature = "server")]
pub(crate) const GRANT_DELETE: RoutePath<1> = RoutePath::new("/grants/{client}/delete");
#[cfg(feature = "server")]
pub(crate) const INTROSPECT: RoutePath = RoutePath::new("/introspect");
pub(crate) const JWKS: WellKnownPath = WellKnownPath("/.well-known/jwks.json");
pub(crate) const LANGUAGE: RoutePath = RoutePath::new("/language");
pub(crate) const LINKED_ACCOUNT_DELETE: RoutePath<2> = RoutePath::new("/accounts/{provider}/{id}/delete");
pub(crate) const LINKED_ACCOUNTS: RoutePath = RoutePath::new("/accounts");
pub(crate) const LOGIN: RoutePath = RoutePath::new("/login");
pub(crate) const LOGOUT: RoutePath = RoutePath::new("/logout");
pub(crate) const MAGIC_LINK: RoutePath = RoutePath::new("/magic-link");
pub(crate) const MAGIC_LINK_CONFIRM: RoutePath = RoutePath::new("/magic-link/confirm");
pub(crate) const MFA: RoutePath = RoutePath::new("/mfa");
pub(crate) const MFA_EMAIL: RoutePath = RoutePath::new("/mfa/email");
#[cfg(feature = "server")]
pub(crate) const PAR: RoutePath = RoutePath::new("/par");
pub(crate) const PASSKEY_DELETE: RoutePath<1> = RoutePath::new("/passkeys/{id}/delete");
pub(crate) const PASSKEY_LOGIN_FINISH: RoutePath = RoutePath::new("/passkeys/login/finish");
pub(crate) const PASSKEY_LOGIN_START: RoutePath = RoutePath::new("/passkeys/login/start");
pub(crate) const PASSKEY_REGISTER_FINISH: RoutePath = RoutePath::new("/passkeys/register/finish");
pub(crate) const PASSKEY_REGISTER_START: RoutePath = RoutePath::new("/passkeys/register/start");
pub(crate) const PASSKEY_RENAME: RoutePath<1> = RoutePath::new("/passkeys/{id}/rename");
pub(crate) const PASSKEY_SCRIPT: RoutePath = RoutePath::new("/passkeys.js");
pub(crate) const PASSKEY_SIGN_UP_FINISH: RoutePath = RoutePath::new("/passkeys/sign-up/finish");
pub(crate) const PASSKEY_SIGN_UP_START: RoutePath = RoutePath::new("/passkeys/sign-up/start");
pub(crate) const PASSKEY_STEP_UP_FINISH: RoutePath = RoutePath::new("/passkeys/step-up/finish");
pub(crate) const PASSKEY_STEP_UP_START: RoutePath = RoutePath::new("/passkeys/step-up/start");
pub(crate) const PASSKEYS: RoutePath = RoutePath::new("/passkeys");
pub(crate) const PASSWORD_CHANGE: RoutePath = RoutePath::new("/password/change");
pub(crate) const PASSWORD_FORGOT: RoutePath = RoutePath::new("/password/forgot");
pub(crate) const PASSWORD_FORGOT_SENT: RoutePath = RoutePath::new("/password/forgot/sent");
pub(crate) const PASSWORD_RESET: RoutePath = RoutePath::new("/password/reset");
pub(crate) const PROTECTED_RESOURCE: WellKnownPath = WellKnownPath("/.well-known/oauth-protected-resource");
pub(crate) const PROVIDER: RoutePath<1> = RoutePath::new("/login/{provider}");
pub(crate) const PROVIDER_CALLBACK: RoutePath<1> = RoutePath::new("/login/{provider}/callback");
pub(crate) const REAUTHENTICATE: RoutePath = RoutePath::new("/reauthenticate");
pub(crate) const RECOVERY_CODES: RoutePath = RoutePath::new("/mfa/recovery-codes");
pub(crate) const REGISTER: RoutePath = RoutePath::new("/register");
pub(crate) const REGISTER_SENT: RoutePath = RoutePath::new("/register/sent");
pub(crate) const REVOKE: RoutePath = RoutePath::new("/revoke");
pub(crate) const SESSION_DELETE: RoutePath<1> = RoutePath::new("/sessions/{id}/delete");
pub(crate) const SESSIONS_DELETE: RoutePath = RoutePath::new("/sessions/delete");
pub(crate) const TOKEN: RoutePath = RoutePath::new("/token");
pub(crate) const TOTP: RoutePath = RoutePath::new("/mfa/totp");
pub(crate) const TOTP_CONFIRM: RoutePath = RoutePath::new("/mfa/totp/confirm");
pub(crate) const TOTP_DELETE: RoutePath = RoutePath::new("/mfa/totp/delete");
pub(crate) const UNLOCK: RoutePath = RoutePath::new("/unlock");
#[cfg(feature = "server")]
pub(crate) const USERINFO: RoutePath = RoutePath::new("/userinfo");

impl<const PARTS: usize> RoutePath<PARTS> {
    const fn new(pattern: &'static str) -> Self {
        assert!(variables(pattern) == PARTS, "the type says how many variable parts there are");
        Self(pattern)
    }

    /// The path with the names of its variable parts in braces, as the router takes it.
    pub(crate) const fn pattern(self) -> &'static str {
        self.0
    }

    pub(crate) const fn is_well_known(self) -> bool {
        false
    }

    /// The path with its variable parts filled in, which need no encoding.
    pub(super) fn filled(self, parts: [&str; PARTS]) -> String {
        let mut texts = self.0.split('{');
        let mut path = texts.next().unwrap_or_default().to_owned();
        for (part, text) in parts.into_iter().zip(texts) {
            path.push_str(part);
            path.push_str(text.split_once('}').map_or("", |(_, rest)| rest));
        }
        path
    }
}

impl WellKnownPath {
    /// The path, as the router takes it.
    pub(crate) const fn pattern(self) -> &'static str {
        self.0
    }

    pub(crate) const fn is_well_known(self) -> bool {
        true
    }
}

const fn variables(pattern: &str) -> usize {
    let (mut count, mut at) = (0, 0);
    while at < pattern.len() {
        count += (pattern.as_bytes()[at] == b'{') as usize;
        at += 1;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variable_parts_are_filled_in_order() {
        assert_eq!(LOGIN.filled([]), "/login");
        assert_eq!(PROVIDER_CALLBACK.filled(["work"]), "/login/work/callback");
        assert_eq!(LINKED_ACCOUNT_DELETE.filled(["{id}", "17"]), "/accounts/{id}/17/delete");
    }
}
