//! What keys are called.
//!
//! `iam:acme:session:…` is a session of the tenant `acme`. Whatever could end a part or mean something to Redis is escaped in the
//! tenant's name, so that no two things share a key; what follows the kind is taken as it is, to the end.

use auth_core::session::{SessionHandle, SessionKey};
use auth_core::token::FamilyKey;
use auth_core::user::UserId;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Neither `:`, nor what a hash tag or a pattern is made of.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// How long a key is as text.
const KEY_LENGTH: usize = 43;

/// Names the keys of one tenant.
#[derive(Debug)]
pub(super) struct Names {
    session: String,
    user_sessions: String,
    user: String,
    family: String,
    user_families: String,
    session_families: String,
    value: String,
    quota: String,
    receipt: String,
    changes: String,
    identity: String,
}

impl Names {
    pub(super) fn new(prefix: &str, tenant: &str) -> Self {
        let tenant = utf8_percent_encode(tenant, ESCAPED);
        let of = |kind: &str| format!("{prefix}{tenant}:{kind}:");
        Self {
            session: of("session"),
            user_sessions: of("sessions-of"),
            user: of("user"),
            family: of("family"),
            user_families: of("families-of"),
            session_families: of("families-from"),
            value: of("value"),
            // Several quotas are used up in one step, so Redis Cluster has to keep a tenant's in one slot.
            quota: format!("{prefix}{{{tenant}:quota}}:"),
            receipt: format!("{prefix}{{{tenant}:quota}}-receipt:"),
            changes: format!("{prefix}{tenant}:changes"),
            identity: format!("{prefix}{tenant}:identity"),
        }
    }

    pub(super) fn session(&self, key: &SessionKey) -> String {
        of_key(&self.session, key.as_bytes())
    }

    pub(super) fn user_sessions(&self, user: &UserId) -> String {
        format!("{}{user}", self.user_sessions)
    }

    pub(super) fn user(&self, user: &UserId) -> String {
        format!("{}{user}", self.user)
    }

    /// How the names of users' records begin.
    pub(super) fn users(&self) -> &str {
        &self.user
    }

    pub(super) fn every_user(&self) -> String {
        all(&self.user)
    }

    pub(super) fn family(&self, key: &FamilyKey) -> String {
        of_key(&self.family, key.as_bytes())
    }

    pub(super) fn user_families(&self, user: &UserId) -> String {
        format!("{}{user}", self.user_families)
    }

    pub(super) fn session_families(&self, session: &SessionHandle) -> String {
        format!("{}{session}", self.session_families)
    }

    pub(super) fn value(&self, key: &str) -> String {
        format!("{}{key}", self.value)
    }

    pub(super) fn quota(&self, key: u64) -> String {
        format!("{}{key}", self.quota)
    }

    /// Where a change of quotas leaves word that it happened.
    pub(super) fn receipt(&self, [one, other]: [u64; 2]) -> String {
        format!("{}{one:016x}{other:016x}", self.receipt)
    }

    /// The channel on which servers tell each other of changes.
    pub(super) fn changes(&self) -> &str {
        &self.changes
    }

    /// What this Redis is told from others by.
    pub(super) fn identity(&self) -> &str {
        &self.identity
    }

    /// A key that is there for an instant.
    pub(super) fn probe(&self) -> String {
        self.value("\0probe")
    }

    pub(super) fn every_session(&self) -> String {
        all(&self.session)
    }

    pub(super) fn every_user_with_sessions(&self) -> String {
        all(&self.user_sessions)
    }

    pub(super) fn every_family(&self) -> String {
        all(&self.family)
    }

    pub(super) fn every_user_with_families(&self) -> String {
        all(&self.user_families)
    }

    pub(super) fn every_session_with_families(&self) -> String {
        all(&self.session_families)
    }

    pub(super) fn every_value(&self) -> String {
        all(&self.value)
    }

    pub(super) fn every_quota(&self) -> String {
        all(&self.quota)
    }

    /// The key of the family whose name this is.
    pub(super) fn family_key(&self, name: &[u8]) -> Option<FamilyKey> {
        let encoded = name.strip_prefix(self.family.as_bytes())?;
        Some(FamilyKey::new(BASE64.decode(encoded).ok()?.try_into().ok()?))
    }

    /// The key of the session whose name this is.
    pub(super) fn session_key(&self, name: &[u8]) -> Option<SessionKey> {
        let encoded = name.strip_prefix(self.session.as_bytes())?;
        Some(SessionKey::new(BASE64.decode(encoded).ok()?.try_into().ok()?))
    }
}

/// The name of what has a key. Every guard makes one, so it takes no more than one allocation.
fn of_key(beginning: &str, key: &[u8; 32]) -> String {
    let mut name = String::with_capacity(beginning.len() + KEY_LENGTH);
    name.push_str(beginning);
    BASE64.encode_string(key, &mut name);
    name
}

/// The pattern of all keys that begin so. There is nothing in them that means something in a pattern.
fn all(beginning: &str) -> String {
    format!("{beginning}*")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_tenants_share_a_key() {
        let name = |tenant: &str, key: &str| Names::new("iam:", tenant).value(key);
        assert_eq!(name("", "a:b"), "iam::value:a:b");
        assert_eq!(name("b\u{fc}ro [1]*", ""), "iam:b%C3%BCro%20%5B1%5D%2A:value:");
        let odd = ["", "a", "a:value", ":value:a", "a}", "{a", "*", "a%3A", "A"];
        for (i, one) in odd.iter().enumerate() {
            for other in &odd[i + 1..] {
                for (key, other_key) in [("k", "k"), ("k", ":value:k"), ("value:k", "k")] {
                    assert_ne!(name(one, key), name(other, other_key));
                    assert_ne!(name(one, other_key), name(other, key));
                }
            }
        }
    }

    #[test]
    fn the_quotas_of_a_tenant_are_in_one_slot() {
        let names = Names::new("iam:", "a}b{c");
        for name in [names.quota(0), names.quota(u64::MAX), names.receipt([1, u64::MAX])] {
            let (_, rest) = name.split_once('{').unwrap();
            assert_eq!(rest.split_once('}').unwrap().0, "a%7Db%7Bc:quota");
        }
    }

    #[test]
    fn a_name_gives_its_key_back() {
        let names = Names::new("iam:", "acme");
        let (family, session) = (FamilyKey::new([7; 32]), SessionKey::new([9; 32]));
        assert!(names.family_key(names.family(&family).as_bytes()) == Some(family));
        assert!(names.session_key(names.session(&session).as_bytes()) == Some(session));
        assert!(names.session_key(names.family(&family).as_bytes()).is_none());
        assert!(names.session_key(b"iam:acme:session:short").is_none());
    }
}
