//! The account itself.

use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use crate::clock::Timestamp;
use crate::password::PasswordHash;

use super::ending::COME_BACK;
use super::{Email, Ending, EndingCause, LanguageTag, LoginName, PersonName, UserUpdate, Username};

/// An account's id: an opaque text, a UUIDv7 (RFC 9562) unless the application's own table says otherwise.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct UserId(Arc<str>);

impl UserId {
    /// The id with this text.
    pub fn new(id: impl Into<Arc<str>>) -> Self {
        Self(id.into())
    }

    /// The id's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UserId({:?})", &*self.0)
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An account as guards and handlers see it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct User {
    /// The id, never reused.
    pub id: UserId,
    /// The name to log in with and to show.
    pub username: Username,
    /// The address, if there is one.
    pub email: Option<Email>,
    /// Whether the owner of the address proved to be this user.
    pub email_verified: bool,
    /// The first name; it may be empty.
    pub first_name: PersonName,
    /// The last name; it may be empty.
    pub last_name: PersonName,
    /// The language that the user wants to be addressed in, on pages and in mails, if that was ever said.
    pub language: Option<LanguageTag>,
    /// Whether the account may be used at all. Switch this off instead of deleting.
    pub is_active: bool,
    /// Whether it goes by itself: it was closed, is a guest's, or was never used.
    pub ending: Option<Ending>,
    /// Whether the user belongs to the staff (Django's `is_staff`).
    pub is_staff: bool,
    /// Whether the user has every permission without holding it.
    pub is_superuser: bool,
    /// The groups the user is in, sorted.
    pub groups: Vec<String>,
    /// The permissions given to the user directly, sorted.
    pub direct_permissions: Vec<String>,
    /// The effective permissions (`app.verb_noun`), direct and by group, sorted and without repetition.
    pub permissions: Vec<String>,
    /// When the account was made.
    pub date_joined: Timestamp,
    /// The last login, if there was one.
    pub last_login: Option<Timestamp>,
    /// Raised by whatever must end every session and token of this user.
    pub auth_epoch: u64,
    /// The application's own data about the user, a JSON object; read with [`User::attributes`].
    pub attributes: serde_json::Value,
}

impl User {
    /// An active account without address, groups and permissions: the base on which a store of your own fills in the rest.
    pub fn new(id: UserId, username: Username, date_joined: Timestamp) -> Self {
        Self {
            id,
            username,
            email: None,
            email_verified: false,
            first_name: PersonName::default(),
            last_name: PersonName::default(),
            language: None,
            is_active: true,
            ending: None,
            is_staff: false,
            is_superuser: false,
            groups: Vec::new(),
            direct_permissions: Vec::new(),
            permissions: Vec::new(),
            date_joined,
            last_login: None,
            auth_epoch: 0,
            attributes: serde_json::Value::Object(serde_json::Map::new()),
        }
    }

    /// The name to show.
    pub fn username(&self) -> &str {
        self.username.as_str()
    }

    /// Whether the account was closed, and waits for its end.
    pub fn is_closed(&self) -> bool {
        self.ends_by(EndingCause::Closed) || self.ends_by(EndingCause::ClosedInactive)
    }

    /// Whether somebody signed up for it, and nobody has proven or used it yet.
    pub(crate) fn is_unproven(&self) -> bool {
        self.ends_by(EndingCause::Unproven) || self.ends_by(EndingCause::UnprovenEntered)
    }

    /// Whether somebody who uses at this moment what signing up began has come back to a mere registration: by that it is theirs, as by
    /// another login.
    pub(crate) fn is_come_back_to(&self, at: Timestamp) -> bool {
        self.is_unproven() && at > self.date_joined + COME_BACK
    }

    /// Whether it is active once it is opened again.
    pub(crate) fn opens_active(&self) -> bool {
        self.ends_by(EndingCause::Closed)
    }

    /// Whether its owner can open it again.
    pub(crate) fn can_be_opened(&self, now: Timestamp) -> bool {
        self.opens_active() && self.ending.is_some_and(|ending| now < ending.at)
    }

    /// Whether it is a guest's: nobody has said whose it is yet.
    pub fn is_guest(&self) -> bool {
        self.ends_by(EndingCause::Guest)
    }

    fn ends_by(&self, cause: EndingCause) -> bool {
        self.ending.is_some_and(|ending| ending.cause == cause)
    }

    /// What the application gives somebody to begin with, beside what their account has.
    pub(crate) fn begun_with(&self, groups: Vec<String>, attributes: serde_json::Value) -> UserUpdate {
        let mut merged = self.attributes.clone();
        let has_more = match (&mut merged, attributes) {
            (serde_json::Value::Object(held), serde_json::Value::Object(more)) if !more.is_empty() => {
                held.extend(more);
                true
            }
            _ => false,
        };
        UserUpdate {
            groups: (!groups.is_empty()).then(|| [self.groups.clone(), groups].concat()),
            attributes: has_more.then_some(merged),
            ..UserUpdate::default()
        }
    }

    /// Whether what was begun at this epoch still counts: the account is active, and nothing has happened to it since by which all of
    /// its sessions and tokens end.
    pub(crate) fn stands_at(&self, epoch: u64) -> bool {
        self.is_active && self.auth_epoch == epoch
    }

    /// Whether the user holds the permission, directly, through a group, or as a superuser. An inactive account holds none.
    pub fn has_permission(&self, permission: &str) -> bool {
        self.is_active
            && (self.is_superuser
                || self.permissions.binary_search_by(|held| held.as_str().cmp(permission)).is_ok())
    }

    /// Whether the user is in the group.
    pub fn is_in_group(&self, group: &str) -> bool {
        self.groups.iter().any(|held| held == group)
    }

    /// The application's own data, read as its own type.
    ///
    /// # Errors
    /// When the stored JSON does not fit `T`.
    pub fn attributes<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        T::deserialize(&self.attributes)
    }
}

/// An account together with its password hash, for the few places that check or change the password.
#[derive(Clone, Debug)]
pub struct Account {
    /// The account.
    pub user: Arc<User>,
    /// The stored hash; `None` for an account that has no password.
    pub password: Option<PasswordHash>,
}

/// What a new account starts with.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NewUser {
    /// The id.
    pub id: UserId,
    /// The name.
    pub username: Username,
    /// The address.
    pub email: Option<Email>,
    /// Whether the address is already proven.
    pub email_verified: bool,
    /// Further names to log in by, of an account that had them elsewhere. One that is an address proves nothing and is not
    /// written to: it is no [`email`](Self::email).
    pub login_names: Vec<LoginName>,
    /// The hash of the password; `None` for an account without one.
    pub password: Option<PasswordHash>,
    /// See [`User::first_name`].
    pub first_name: PersonName,
    /// See [`User::last_name`].
    pub last_name: PersonName,
    /// See [`User::language`].
    pub language: Option<LanguageTag>,
    /// See [`User::is_active`].
    pub is_active: bool,
    /// See [`User::ending`].
    pub ending: Option<Ending>,
    /// See [`User::is_staff`].
    pub is_staff: bool,
    /// See [`User::is_superuser`].
    pub is_superuser: bool,
    /// Groups to join; each exists afterwards.
    pub groups: Vec<String>,
    /// Permissions given directly.
    pub permissions: Vec<String>,
    /// See [`User::date_joined`].
    pub date_joined: Timestamp,
    /// See [`User::last_login`]: of an account that comes from elsewhere.
    pub last_login: Option<Timestamp>,
    /// See [`User::attributes`]; a JSON object.
    pub attributes: serde_json::Value,
}

impl NewUser {
    /// A plain account.
    pub fn new(id: UserId, username: Username, date_joined: Timestamp) -> Self {
        Self {
            id,
            username,
            email: None,
            email_verified: false,
            login_names: Vec::new(),
            password: None,
            first_name: PersonName::default(),
            last_name: PersonName::default(),
            language: None,
            is_active: true,
            ending: None,
            is_staff: false,
            is_superuser: false,
            groups: Vec::new(),
            permissions: Vec::new(),
            date_joined,
            last_login: None,
            attributes: serde_json::Value::Object(serde_json::Map::new()),
        }
    }
}

impl NewUser {
    /// The account that it becomes, and its password: groups and permissions as given, the effective permissions still
    /// to be worked out by the store, which keeps [`login_names`](Self::login_names) beside the account.
    pub fn into_user(self) -> (User, Option<PasswordHash>) {
        let user = User {
            email_verified: self.email_verified && self.email.is_some(),
            email: self.email,
            first_name: self.first_name,
            last_name: self.last_name,
            language: self.language,
            is_active: self.is_active,
            ending: self.ending,
            is_staff: self.is_staff,
            is_superuser: self.is_superuser,
            groups: self.groups,
            direct_permissions: self.permissions,
            last_login: self.last_login,
            attributes: self.attributes,
            ..User::new(self.id, self.username, self.date_joined)
        };
        (user, self.password)
    }
}

/// What became of an account of a batch ([`UserAdmin::insert_many`](super::UserAdmin::insert_many)). Complete: these are the
/// ways in which two accounts can clash.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use = "an account that clashes with another one is not added"]
pub enum Insertion {
    /// It was added.
    Added,
    /// Not added: the address is another account's.
    EmailTaken,
    /// Not added: there is an account with this id.
    IdTaken,
    /// Not added: one of the further login names is another account's, in whatever way.
    LoginNameTaken,
    /// Not added: the name is another account's.
    UsernameTaken,
}

/// A group, and the permissions that it gives its members.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Group {
    /// The name.
    pub name: String,
    /// Its permissions (`app.verb_noun`), sorted and without repetition.
    pub permissions: Vec<String>,
}

impl Group {
    /// The group with this name and these permissions.
    pub fn new(name: impl Into<String>, mut permissions: Vec<String>) -> Self {
        permissions.sort_unstable();
        permissions.dedup();
        Self { name: name.into(), permissions }
    }
}
