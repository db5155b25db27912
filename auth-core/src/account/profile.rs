//! What people change of their own profile.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{Error, ErrorKind};
use crate::text::Text;
use crate::user::{AccountChange, PersonName, User, UserId, UserUpdate, Username};

use super::Accounts;
use super::letter::Notice;
use super::notices::attached;
use super::registration::name_taken;

/// Reads a field's value as its attribute holds it; `None` for one that is none.
type Read = fn(&Value) -> Option<Value>;

/// What people may change of their own profile by `POST /auth/account`: first and last name, unless something else is said. Whatever is
/// not named is refused.
///
/// ```
/// use auth_core::account::ProfilePolicy;
///
/// let policy = ProfilePolicy::default().username().attribute::<String>("nickname").attribute::<bool>("newsletter");
/// # let _ = policy;
/// ```
#[derive(Clone)]
#[doc(alias("UserChangeForm", "profile_fields"))]
pub struct ProfilePolicy {
    has_names: bool,
    has_username: bool,
    attributes: BTreeMap<String, Read>,
}

impl Default for ProfilePolicy {
    fn default() -> Self {
        Self { has_names: true, ..Self::nothing() }
    }
}

impl ProfilePolicy {
    /// Nothing at all.
    pub fn nothing() -> Self {
        Self { has_names: false, has_username: false, attributes: BTreeMap::new() }
    }

    /// The user name too, where no other account has it. People are told by mail; they go on being logged in.
    #[must_use]
    pub fn username(mut self) -> Self {
        self.has_username = true;
        self
    }

    /// A field of the application's own data ([`User::attributes`]), which is what is read as `T`. The text of a form's field is read
    /// as JSON where it is none as it stands: `true`, `3`.
    #[must_use]
    pub fn attribute<T: DeserializeOwned + Serialize>(mut self, name: impl Into<String>) -> Self {
        self.attributes.insert(name.into(), read::<T>);
        self
    }

    pub(crate) fn has_names(&self) -> bool {
        self.has_names
    }

    pub(crate) fn has_username(&self) -> bool {
        self.has_username
    }

    /// The attributes that people may change.
    pub(crate) fn attributes(&self) -> Arc<[String]> {
        self.attributes.keys().cloned().collect()
    }

    /// What these fields change of the account.
    fn update(&self, user: &User, fields: BTreeMap<String, Value>) -> Result<UserUpdate, Error> {
        let (mut update, mut attributes) = (UserUpdate::default(), None);
        for (field, value) in fields {
            match (&*field, self.attributes.get(&field)) {
                ("first_name", _) if self.has_names => update.first_name = name(&field, &value)?,
                ("last_name", _) if self.has_names => update.last_name = name(&field, &value)?,
                ("username", _) if self.has_username => {
                    let new = text(&field, &value)?.map(|text| Username::new(text.trim())).transpose();
                    update.username = new.map_err(refused)?;
                }
                (_, Some(read)) => {
                    let value = read(&value).ok_or_else(|| no_value(field.clone()))?;
                    let all = attributes.get_or_insert_with(|| user.attributes.clone());
                    all.as_object_mut().ok_or(ErrorKind::Internal)?.insert(field, value);
                }
                _ => return Err(Error::new(ErrorKind::InvalidField).saying(no_field(&field))),
            }
        }
        update.attributes = attributes;
        Ok(update)
    }
}

impl fmt::Debug for ProfilePolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProfilePolicy")
            .field("has_names", &self.has_names)
            .field("has_username", &self.has_username)
            .field("attributes", &self.attributes.keys())
            .finish()
    }
}

fn read<T: DeserializeOwned + Serialize>(value: &Value) -> Option<Value> {
    let typed = T::deserialize(value).ok().or_else(|| serde_json::from_str(value.as_str()?).ok());
    serde_json::to_value(typed?).ok()
}

/// A text, or nothing to be changed.
fn text<'a>(field: &str, value: &'a Value) -> Result<Option<&'a str>, Error> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text)),
        _ => Err(Error::invalid(Text::FieldWrongType { field: field.to_owned() })),
    }
}

fn name(field: &str, value: &Value) -> Result<Option<PersonName>, Error> {
    text(field, value)?.map(PersonName::new).transpose().map_err(refused)
}

/// What is wrong with a value, as the refusal of a field.
fn refused(error: Error) -> Error {
    match error.kind() {
        ErrorKind::InvalidRequest => error.with_kind(ErrorKind::InvalidField),
        _ => error,
    }
}

fn no_value(field: String) -> Error {
    Error::new(ErrorKind::InvalidField).saying(Text::FieldNoValue { field })
}

/// Only a name as fields have them is said again: the rest is the request's own text.
fn no_field(field: &str) -> Text {
    let is_plain = field.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    match is_plain && (1..=32).contains(&field.len()) {
        true => Text::FieldFixed { field: field.to_owned() },
        false => Text::SomeFieldFixed,
    }
}

/// How often something else may change an account while its profile is.
const TRIES: usize = 5;

impl Accounts {
    /// What people may change of their own profile.
    pub fn profile_policy(&self) -> &ProfilePolicy {
        &self.policy
    }

    /// Changes what the [policy](crate::AuthBuilder::profile_policy) lets people change of their own profile, as `POST /auth/account`
    /// does; all of it or nothing. `None` when there is no such user. Whoever may change more does so by
    /// [`Users::update`](crate::user::Users::update).
    ///
    /// # Errors
    /// `InvalidField` for what the policy does not name, and for a value that is none; `AlreadyExists` for a user name that is taken;
    /// `Unavailable`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), auth_core::Error> {
    /// # use auth_core::{Auth, ErrorKind, store::MemoryStore};
    /// # let auth = Auth::builder().base_url("http://localhost:3000").store(MemoryStore::new());
    /// # let auth = auth.secret_text("Bivcc2MtE0an74A79Vx2zqcfbW0/7xTgN+WSE5KCiEQ=").build().await?;
    /// let alice = auth.users().create_without_password(auth.users().new_user("alice")?).await?;
    /// let names = [("first_name".to_owned(), "Alice".into())].into();
    /// let alice = auth.accounts().change_profile(&alice.id, names).await?.expect("she is there");
    /// assert_eq!(alice.first_name.as_str(), "Alice");
    /// let more = [("is_superuser".to_owned(), true.into())].into();
    /// assert_eq!(auth.accounts().change_profile(&alice.id, more).await.unwrap_err().kind(), ErrorKind::InvalidField);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn change_profile(
        &self,
        user: &UserId,
        fields: BTreeMap<String, Value>,
    ) -> Result<Option<Arc<User>>, Error> {
        self.change_while(user, |_| true, fields).await
    }

    /// The same for a caller, whose session or token has to be good still when it is written.
    ///
    /// # Errors
    /// `Unauthenticated` where it is not.
    pub(crate) async fn change_own_profile(
        &self,
        caller: &User,
        fields: BTreeMap<String, Value>,
    ) -> Result<Arc<User>, Error> {
        let stands = |read: &User| read.stands_at(caller.auth_epoch);
        let changed = self.change_while(&caller.id, stands, fields).await?;
        changed.ok_or_else(|| ErrorKind::Unauthenticated.into())
    }

    async fn change_while(
        &self,
        user: &UserId,
        is_allowed: impl Fn(&User) -> bool,
        fields: BTreeMap<String, Value>,
    ) -> Result<Option<Arc<User>>, Error> {
        for _ in 0..TRIES {
            let read = self.endings.users.get(user).await?;
            let Some(read) = read.filter(|read| is_allowed(read)) else { return Ok(None) };
            let update = self.policy.update(&read, fields.clone())?;
            if let Some(changed) = self.write_profile(read, update).await? {
                return Ok(Some(changed));
            }
        }
        Err(Error::new(ErrorKind::Unavailable).with_source("the account is being changed by others"))
    }

    async fn write_profile(&self, read: Arc<User>, update: UserUpdate) -> Result<Option<Arc<User>>, Error> {
        let (id, notices) = (read.id.clone(), &self.endings.notices);
        let mut letter = None;
        if let Some(new) = update.username.as_ref().filter(|new| new.as_str() != read.username()) {
            self.check_name(&read, new).await?;
            letter = notices.notice(&read, Notice::Renamed, new.as_str())?;
        }
        let change = AccountChange { update, attached: attached(letter), ..AccountChange::of(read) };
        let changed = self.endings.users.change(&id, change).await;
        notices.wake();
        changed.map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => name_taken(),
            _ => error,
        })
    }

    /// A name that is held for somebody who signed up is taken, whether or not an account was made.
    async fn check_name(&self, user: &User, new: &Username) -> Result<(), Error> {
        match user.username != *new && self.endings.users.is_held(new).await? {
            true => Err(name_taken()),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::clock::Timestamp;

    fn user() -> User {
        let mut user =
            User::new(UserId::new("u1"), Username::new("alice").unwrap(), Timestamp::from_unix_seconds(0));
        user.attributes = json!({ "kept": 1, "n": 1 });
        user
    }

    fn update(policy: &ProfilePolicy, fields: &[(&str, Value)]) -> Result<UserUpdate, Error> {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        policy.update(&user(), fields.collect())
    }

    #[test]
    fn what_is_not_named_is_refused_and_nothing_of_the_rest_is_taken() {
        let policy = ProfilePolicy::default();
        let names = [("first_name", json!("A")), ("last_name", json!(null))];
        let taken = update(&policy, &names).unwrap();
        assert_eq!((taken.first_name.unwrap().as_str(), taken.last_name), ("A", None));
        for field in ["username", "email", "is_superuser", "groups", "attributes", "", "<b>"] {
            let refused = update(&policy, &[("first_name", json!("A")), (field, json!("x"))]).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::InvalidField, "{field}");
            assert!(!refused.to_string().contains('<'), "{refused}");
        }
        assert!(update(&ProfilePolicy::nothing(), &names).is_err());
    }

    #[test]
    fn attributes_are_read_as_their_type_from_json_and_from_forms() {
        let policy =
            ProfilePolicy::nothing().attribute::<u8>("n").attribute::<bool>("b").attribute::<String>("s");
        for (n, b) in [(json!(7), json!(true)), (json!("7"), json!("true"))] {
            let read = update(&policy, &[("n", n), ("b", b), ("s", json!("7"))]).unwrap().attributes;
            assert_eq!(read, Some(json!({ "kept": 1, "n": 7, "b": true, "s": "7" })));
        }
        for bad in [("n", json!(256)), ("n", json!("x")), ("b", json!([])), ("s", json!(1))] {
            assert_eq!(update(&policy, &[bad]).unwrap_err().kind(), ErrorKind::InvalidField);
        }
    }

    #[test]
    fn a_name_that_is_none_is_refused_with_what_is_wrong() {
        let policy = ProfilePolicy::default().username();
        for (field, value) in [("first_name", "a\u{0}b"), ("username", "a@b"), ("username", "")] {
            assert_eq!(
                update(&policy, &[(field, json!(value))]).unwrap_err().kind(),
                ErrorKind::InvalidField
            );
        }
        assert_eq!(update(&policy, &[("username", json!(1))]).unwrap_err().kind(), ErrorKind::InvalidRequest);
    }
}
