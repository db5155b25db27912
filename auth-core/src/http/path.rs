//! The paths of the login routes, each by its name.
//!
//! This is the one place where they are spelled out. The table of routes is made of these names, and whoever writes a path (a
//! redirect, a form, a callback URL) asks [`ReplyStyle`](crate::page::ReplyStyle) for it by its name: a path that is not here does not
//! compile.

/// The path of a login route, with so many variable parts in it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct RoutePath<const PARTS: usize = 0> {
    pattern: &'static str,
    stands: Stands,
}

/// Where a login route stands, within the application.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Stands {
    /// Below the prefix of the login routes.
    Below,
    /// Beside the prefix, where a specification wants it; below the base URL's path too, where nothing else of the host is ours.
    Beside,
}

pub(crate) const ACCOUNT: RoutePath<2> = RoutePath::below("/accounts/{provider}/{id}");
pub(crate) const ACCOUNT_DELETE: RoutePath<2> = RoutePath::below("/accounts/{provider}/{id}/delete");
pub(crate) const ACCOUNTS: RoutePath = RoutePath::below("/accounts");
pub(crate) const JWKS: RoutePath = RoutePath::beside("/.well-known/jwks.json");
pub(crate) const LOGIN: RoutePath = RoutePath::below("/login");
pub(crate) const LOGOUT: RoutePath = RoutePath::below("/logout");
pub(crate) const ME: RoutePath = RoutePath::below("/me");
/// Where a second factor will be asked for. Nothing answers there until one can be had.
pub(crate) const MFA: RoutePath = RoutePath::below("/mfa");
pub(crate) const PASSWORD_CHANGE: RoutePath = RoutePath::below("/password/change");
pub(crate) const PROVIDER: RoutePath<1> = RoutePath::below("/login/{provider}");
pub(crate) const PROVIDER_CALLBACK: RoutePath<1> = RoutePath::below("/login/{provider}/callback");
pub(crate) const PROVIDER_LOGOUT: RoutePath<1> = RoutePath::below("/login/{provider}/backchannel-logout");
pub(crate) const REAUTHENTICATE: RoutePath = RoutePath::below("/reauthenticate");
pub(crate) const REVOKE: RoutePath = RoutePath::below("/revoke");
pub(crate) const SESSION: RoutePath<1> = RoutePath::below("/sessions/{id}");
pub(crate) const SESSION_DELETE: RoutePath<1> = RoutePath::below("/sessions/{id}/delete");
pub(crate) const SESSIONS: RoutePath = RoutePath::below("/sessions");
pub(crate) const SESSIONS_DELETE: RoutePath = RoutePath::below("/sessions/delete");
pub(crate) const TOKEN: RoutePath = RoutePath::below("/token");

impl<const PARTS: usize> RoutePath<PARTS> {
    const fn below(pattern: &'static str) -> Self {
        Self::new(pattern, Stands::Below)
    }

    const fn beside(pattern: &'static str) -> Self {
        Self::new(pattern, Stands::Beside)
    }

    const fn new(pattern: &'static str, stands: Stands) -> Self {
        assert!(variables(pattern) == PARTS, "the type says how many variable parts there are");
        Self { pattern, stands }
    }

    /// The path with the names of its variable parts in braces, as the router takes it.
    pub(crate) const fn pattern(self) -> &'static str {
        self.pattern
    }

    pub(crate) const fn stands(self) -> Stands {
        self.stands
    }

    /// The path with its variable parts filled in, which need no encoding.
    pub(super) fn filled(self, parts: [&str; PARTS]) -> String {
        let mut texts = self.pattern.split('{');
        let mut path = texts.next().unwrap_or_default().to_owned();
        for (part, text) in parts.into_iter().zip(texts) {
            path.push_str(part);
            path.push_str(text.split_once('}').map_or("", |(_, rest)| rest));
        }
        path
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
        assert_eq!(ACCOUNT.filled(["work", "17"]), "/accounts/work/17");
        assert_eq!(ACCOUNT_DELETE.filled(["{id}", "17"]), "/accounts/{id}/17/delete");
    }
}
