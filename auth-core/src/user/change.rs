//! What changes of an account.

use std::sync::Arc;

use crate::password::PasswordHash;

use super::attachment::LinkedAccountId;
use super::{
    Attachment, Email, Ending, EndingCause, EventDraft, LanguageTag, LoginName, PersonName, User, Username,
};

/// Changes to an account; a field that is `None` stays as it is.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct UserUpdate {
    /// The new name.
    pub username: Option<Username>,
    /// The new address (`Some(None)` removes it), and whether it is proven.
    pub email: Option<(Option<Email>, bool)>,
    /// All further names to log in by ([`NewUser::login_names`](super::NewUser::login_names)). The store keeps them beside the account.
    pub login_names: Option<Vec<LoginName>>,
    /// See [`User::first_name`].
    pub first_name: Option<PersonName>,
    /// See [`User::last_name`].
    pub last_name: Option<PersonName>,
    /// See [`User::language`]; `Some(None)`: it was never said.
    pub language: Option<Option<LanguageTag>>,
    /// Switches the account on or off. Switching off raises the epoch; switching on opens a closed one again.
    pub is_active: Option<bool>,
    /// When it goes by itself; `Some(None)`: it stays.
    pub ending: Option<Option<Ending>>,
    /// See [`User::is_staff`]. Who becomes that goes by themselves no more.
    pub is_staff: Option<bool>,
    /// See [`User::is_superuser`]. Who becomes that goes by themselves no more.
    pub is_superuser: Option<bool>,
    /// All groups the user shall be in; each exists afterwards.
    pub groups: Option<Vec<String>>,
    /// All permissions the user shall hold directly.
    pub permissions: Option<Vec<String>>,
    /// The application's data, replaced whole; a JSON object.
    pub attributes: Option<serde_json::Value>,
}

impl UserUpdate {
    /// Makes the changes to a loaded account. The effective permissions are still to be worked out by the store.
    pub fn apply(self, user: &mut User) {
        if let Some(username) = self.username {
            user.username = username;
        }
        if let Some((email, is_verified)) = self.email {
            user.email_verified = is_verified && email.is_some();
            user.email = email;
            // It is somebody's.
            if user.email_verified && !user.is_closed() {
                user.ending = None;
            }
        }
        if let Some(is_active) = self.is_active {
            // What was closed and is switched off cannot be opened again by the link that its owner was mailed.
            if !is_active && (user.is_active || user.is_closed()) {
                user.auth_epoch = user.auth_epoch.saturating_add(1);
            }
            if let Some(ending) = user.ending.as_mut().filter(|ending| ending.cause == EndingCause::Closed)
                && !is_active
            {
                ending.cause = EndingCause::ClosedInactive;
            }
            if is_active && user.is_closed() {
                user.ending = None;
            }
            user.is_active = is_active;
        }
        // Whoever belongs to the staff is nobody who may go by themselves.
        if (self.is_staff == Some(true) || self.is_superuser == Some(true)) && !user.is_closed() {
            user.ending = None;
        }
        user.ending = self.ending.unwrap_or(user.ending);
        user.first_name = self.first_name.unwrap_or_else(|| std::mem::take(&mut user.first_name));
        user.last_name = self.last_name.unwrap_or_else(|| std::mem::take(&mut user.last_name));
        user.language = self.language.unwrap_or_else(|| user.language.take());
        user.is_staff = self.is_staff.unwrap_or(user.is_staff);
        user.is_superuser = self.is_superuser.unwrap_or(user.is_superuser);
        user.groups = self.groups.unwrap_or_else(|| std::mem::take(&mut user.groups));
        user.direct_permissions =
            self.permissions.unwrap_or_else(|| std::mem::take(&mut user.direct_permissions));
        user.attributes = self.attributes.unwrap_or_else(|| std::mem::take(&mut user.attributes));
    }
}

/// A change of an account that was decided by what was read of it, and what comes with it: all of it or nothing.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct AccountChange {
    /// Only while the account is as it was read: active or not, with this address, proven or not, and at this epoch; and with these
    /// attributes, where others are to take their place.
    pub as_read: Option<Arc<User>>,
    /// What changes of the account itself.
    pub update: UserUpdate,
    /// Another password; `Some(None)` takes it away. The epoch moves with it, as with every password: whoever writes one by an account that
    /// was read before writes none over it.
    pub password: Option<Option<PasswordHash>>,
    /// Whether another account loses the address that this one gets, where it has it and did not prove it. One that did keeps it.
    pub takes_unproven_email: bool,
    /// Whether every session and token of the account ends: raises the epoch by one. Another password ends them in any case.
    pub ends_sessions: bool,
    /// Whether every account at a provider is unlinked.
    pub unlinks_all: bool,
    /// Only while one of these accounts at providers is linked, which is looked up in the same step, and kept from being unlinked beside
    /// it: what goes is not the last way to log in then.
    pub needs_linked: Option<Vec<LinkedAccountId>>,
    /// Whether every factor of the account goes, of whatever kind.
    pub removes_factors: bool,
    /// What is written with it.
    pub attached: Vec<Attachment>,
    /// What is told of it. By default that the account was [changed](super::EventKind::AccountChanged), and in which fields. Backends
    /// leave it alone: what they write is an [attachment](Attachment::Event).
    pub event: Option<EventDraft>,
}

impl AccountChange {
    /// Of an account that was read, if it still is as it was.
    pub fn of(as_read: Arc<User>) -> Self {
        Self { as_read: Some(as_read), ..Self::default() }
    }

    /// Whether this is still to be done to the account as it is now: for backends.
    pub fn is_for(&self, now: &User) -> bool {
        let text = |user: &User| user.email.as_ref().map(|email| email.as_str().to_owned());
        self.as_read.as_ref().is_none_or(|read| {
            // Attributes are replaced whole: what others have put there meanwhile is not to be lost.
            let has_attributes = self.update.attributes.is_none() || read.attributes == now.attributes;
            (read.is_active, read.auth_epoch, read.email_verified)
                == (now.is_active, now.auth_epoch, now.email_verified)
                && text(read) == text(now)
                && has_attributes
        })
    }

    /// Makes the changes to a loaded account, all that stands in its row but the password: for backends. The effective permissions are
    /// still to be worked out.
    pub fn apply(&self, user: &mut User) {
        self.update.clone().apply(user);
        if self.ends_sessions || self.password.is_some() {
            user.auth_epoch = user.auth_epoch.saturating_add(1);
        }
    }
}
