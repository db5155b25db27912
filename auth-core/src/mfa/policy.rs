//! Who must have a second factor.

use std::time::Duration;

use crate::error::Error;
use crate::user::{User, UserId};

/// Who must have a second factor, and how long they may take to add their first one.
///
/// Whoever comes under several rules comes under the whole once. What happens to an account that has none is the matter of
/// [`mfa`](super#who-must-have-one).
///
/// ```
/// use std::time::Duration;
///
/// use auth_core::mfa::{MfaConfig, MfaPolicy};
///
/// let two_weeks = Duration::from_secs(14 * 24 * 60 * 60);
/// let policy = MfaPolicy::staff().or_group("editors").or_whoever(|user| user.has_permission("books.close"));
/// let config = MfaConfig::default().required_of(policy.grace(two_weeks));
/// ```
#[derive(Clone, Debug)]
#[must_use = "a policy demands nothing until the settings have it"]
pub struct MfaPolicy {
    rules: Vec<Rule>,
    grace: Duration,
}

/// Whom one part of a policy names.
#[derive(Clone, Debug)]
enum Rule {
    Everybody,
    Group(String),
    Staff,
    Test(fn(&User) -> bool),
    User(UserId),
}

impl MfaPolicy {
    /// The longest grace that is taken: a year.
    pub const LONGEST_GRACE: Duration = Duration::from_secs(365 * 24 * 60 * 60);

    /// Every account.
    pub fn everybody() -> Self {
        Self::of(Rule::Everybody)
    }

    /// The staff and superusers.
    pub fn staff() -> Self {
        Self::of(Rule::Staff)
    }

    /// Whoever is in the group.
    #[doc(alias("role"))]
    pub fn group(name: impl Into<String>) -> Self {
        Self::of(Rule::Group(name.into()))
    }

    /// Whoever passes the test, which is asked at guards of logins without a factor, and so shall be quick.
    pub fn whoever(test: fn(&User) -> bool) -> Self {
        Self::of(Rule::Test(test))
    }

    /// This user.
    pub fn user(id: UserId) -> Self {
        Self::of(Rule::User(id))
    }

    /// And whoever is in the group.
    pub fn or_group(self, name: impl Into<String>) -> Self {
        self.or(Rule::Group(name.into()))
    }

    /// And the staff and superusers.
    pub fn or_staff(self) -> Self {
        self.or(Rule::Staff)
    }

    /// And this user.
    pub fn or_user(self, id: UserId) -> Self {
        self.or(Rule::User(id))
    }

    /// And whoever passes the test, as [`whoever`](Self::whoever).
    pub fn or_whoever(self, test: fn(&User) -> bool) -> Self {
        self.or(Rule::Test(test))
    }

    /// For how long somebody goes on without, from the first request by which a guard sees that they lack one. None by default: the
    /// page that adds one is where they are led then.
    pub fn grace(self, grace: Duration) -> Self {
        Self { grace, ..self }
    }

    fn of(rule: Rule) -> Self {
        Self { rules: vec![rule], grace: Duration::ZERO }
    }

    fn or(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }

    /// Whether it names this user.
    pub(crate) fn demands_of(&self, user: &User) -> bool {
        self.rules.iter().any(|rule| match rule {
            Rule::Everybody => true,
            Rule::Group(group) => user.is_in_group(group),
            Rule::Staff => user.is_staff || user.is_superuser,
            Rule::Test(test) => test(user),
            Rule::User(id) => user.id == *id,
        })
    }

    pub(super) fn grace_given(&self) -> Duration {
        self.grace
    }

    /// # Errors
    /// `Configuration`, which says what to change.
    pub(super) fn check(&self) -> Result<(), Error> {
        if self.grace > Self::LONGEST_GRACE {
            return Err(Error::configuration(
                "`MfaPolicy::grace` is longer than a year: whoever must have a second factor would go on without",
            ));
        }
        if self.rules.iter().any(|rule| matches!(rule, Rule::Group(name) if name.is_empty())) {
            return Err(Error::configuration("`MfaPolicy` names a group without a name: say which one"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::user::Username;

    fn user(change: impl FnOnce(&mut User)) -> User {
        let name = Username::new("alice").unwrap();
        let mut user = User::new(UserId::new("1"), name, Timestamp::from_unix_seconds(0));
        change(&mut user);
        user
    }

    #[test]
    fn a_policy_demands_of_whom_it_names_and_of_nobody_else() {
        let plain = user(|_| {});
        let editor = user(|new| new.groups = vec!["editors".to_owned()]);
        let (staff, root) = (user(|new| new.is_staff = true), user(|new| new.is_superuser = true));
        for (policy, demands) in [
            (MfaPolicy::everybody(), [true, true, true, true]),
            (MfaPolicy::staff(), [false, false, true, true]),
            (MfaPolicy::group("editors"), [false, true, false, false]),
            (MfaPolicy::group("editors").or_staff(), [false, true, true, true]),
            (MfaPolicy::whoever(|user| user.is_superuser), [false, false, false, true]),
            (MfaPolicy::user(UserId::new("2")), [false; 4]),
            (MfaPolicy::staff().or_user(UserId::new("1")), [true; 4]),
        ] {
            let asked = [&plain, &editor, &staff, &root].map(|user| policy.demands_of(user));
            assert_eq!(asked, demands, "{policy:?}");
        }
    }

    #[test]
    fn a_grace_without_an_end_and_a_group_without_a_name_are_refused_at_start() {
        assert!(MfaPolicy::staff().grace(MfaPolicy::LONGEST_GRACE).check().is_ok());
        assert!(MfaPolicy::staff().grace(Duration::MAX).check().is_err());
        assert!(MfaPolicy::staff().or_group("").check().is_err());
    }
}
