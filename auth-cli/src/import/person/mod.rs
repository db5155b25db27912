//! A row of a source, and the account it becomes.

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use auth_core::UserId;
use auth_core::clock::Timestamp;
use auth_core::password::{HashFormat, PasswordHash};
use auth_core::token::FIRST_PARTY;
use auth_core::user::{Email, LoginName, NewUser, PersonName, Username};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use uuid::Builder;

use super::django_factors::SourceFactors;

/// The longest id of a source.
const MAX_ID: usize = 128;

/// The longest name of a group (Django's `Group.name`), of a permission and of a person, in code points.
const MAX_NAME: usize = 150;

/// Where a row stands in its source.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(super) enum Place {
    /// The value of its primary key.
    Id(String),
    /// The line of the file that it begins in.
    Line(u64),
    /// How many rows there are up to it, where its primary key cannot be read.
    Number(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "id {}", id.escape_debug()),
            Self::Line(line) => write!(f, "line {line}"),
            Self::Number(number) => write!(f, "row {number}"),
        }
    }
}

/// A row as it was read, or why it could not be.
pub(super) type Row = (Place, Result<Person, String>);

/// Somebody as the source describes them.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) id: Option<String>,
    pub(super) username: Option<String>,
    pub(super) email: Option<String>,
    pub(super) email_verified: bool,
    pub(super) password: Option<PasswordHash>,
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
    pub(super) is_active: bool,
    pub(super) is_staff: bool,
    pub(super) is_superuser: bool,
    pub(super) groups: Vec<String>,
    pub(super) permissions: Vec<String>,
    pub(super) date_joined: Option<Timestamp>,
    pub(super) last_login: Option<Timestamp>,
    pub(super) attributes: Map<String, Value>,
    /// Whether a second factor stays behind.
    pub(super) has_second_factor: bool,
    /// The second factors that come along.
    pub(super) factors: Arc<SourceFactors>,
}

impl Default for Person {
    fn default() -> Self {
        Self {
            id: None,
            username: None,
            email: None,
            email_verified: false,
            password: None,
            first_name: None,
            last_name: None,
            is_active: true,
            is_staff: false,
            is_superuser: false,
            groups: Vec::new(),
            permissions: Vec::new(),
            date_joined: None,
            last_login: None,
            attributes: Map::new(),
            has_second_factor: false,
            factors: Arc::default(),
        }
    }
}

/// What an account does not bring along, though it is imported.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Note {
    NameMade,
    NameChanged,
    NameTaken,
    AddressShared,
    AddressTaken,
    AddressInvalid,
    NoPassword,
    SecondFactor,
    FactorUnreadable,
    FactorUnfit,
    FactorOneOfSeveral,
    CodesAlone,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NameMade => "user name made from the e-mail address",
            Self::NameChanged => "user name changed, since it has signs that are none here; people log in by the old one too",
            Self::NameTaken => "old user name left out: it is an address that another account has; people log in by the new one",
            Self::AddressShared => "address left out: several accounts share it",
            Self::AddressTaken => "address left out: an account that is not of this import has it",
            Self::AddressInvalid => "address left out: it is none",
            Self::NoPassword => "password left out: its hash cannot be verified here",
            Self::SecondFactor => "second factor left out: it has to be set up again",
            Self::FactorUnreadable => "second factor left out: it cannot be read, perhaps because the project seals it; it has to be set up again",
            Self::FactorUnfit => "authenticator app left out: its digits, its steps or its clock are none here; it has to be set up again",
            Self::FactorOneOfSeveral => "authenticator app left out: there is a newer one, and each has one here",
            Self::CodesAlone => "recovery codes left out: there is no authenticator app beside them",
        })
    }
}

/// An account to be added, and what is to be said of it.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) new: NewUser,
    /// The name in the source, where the account is called otherwise.
    pub(super) old_name: Option<String>,
    /// Whether the source gave the id, which is one that follows from the name otherwise.
    pub(super) has_own_id: bool,
    /// Whether the address is the old name too, and so by itself what people log in by.
    pub(super) is_address_the_name: bool,
    /// The hash that the source has, whether or not it can be verified.
    pub(super) found: Option<PasswordHash>,
    pub(super) notes: Vec<Note>,
    pub(super) factors: Arc<SourceFactors>,
}

impl Note {
    /// Whether somebody cannot log in as they did.
    pub(super) fn is_loss(self) -> bool {
        matches!(self, Self::NameTaken | Self::NoPassword)
    }

    /// Whether the account is called otherwise than in the source.
    pub(super) fn is_rename(self) -> bool {
        matches!(self, Self::NameMade | Self::NameChanged)
    }
}

impl Candidate {
    /// The old name, where it is an address. It is not the account's own one, unless it stands in its place.
    pub(super) fn address_of_name(&self) -> Option<Email> {
        self.new.login_names.first().and_then(as_address)
    }

    pub(super) fn address(&self) -> Option<&Email> {
        self.new.email.as_ref()
    }

    /// The address, where the source says that its owner proved it.
    pub(super) fn proven_address(&self) -> Option<&Email> {
        self.address().filter(|_| self.new.email_verified)
    }

    /// Whether an account of this user name, with that address and those further names to log in by, came of the same name in a
    /// source.
    pub(super) fn is_named_as(&self, email: Option<&Email>, further: &[LoginName]) -> bool {
        let Some(old) = self.old_name.as_deref().map(LoginName::parse) else {
            let other = email.filter(|email| self.address() != Some(*email)).map(LoginName::from);
            return !further.iter().chain(&other).any(|name| self.is_made_from(name));
        };
        match as_address(&old) {
            Some(old) => {
                let mut addresses = further.iter().filter_map(as_address).chain(email.cloned());
                addresses.any(|address| address.is_same_mailbox(&old))
            }
            None => further.iter().any(|name| name.username() == old.username()),
        }
    }

    /// Whether the user name is what this one becomes here.
    fn is_made_from(&self, name: &LoginName) -> bool {
        allowed(name.email().unwrap_or(name.as_str())).is_ok_and(|made| made == self.new.username)
    }

    /// Leaves out the address, which others have too.
    pub(super) fn drop_address(&mut self, note: Note) {
        (self.new.email, self.new.email_verified) = (None, false);
        self.notes.push(note);
    }

    /// Leaves out the address, which an account has that is not of this import.
    pub(super) fn lose_address(&mut self) {
        self.drop_address(if self.is_address_the_name { Note::NameTaken } else { Note::AddressTaken });
    }

    /// Leaves out the old name as one to log in by.
    pub(super) fn drop_login_names(&mut self) {
        self.new.login_names.clear();
        self.notes.push(Note::NameTaken);
    }
}

impl Person {
    /// The account that it becomes, as far as the row alone tells.
    ///
    /// # Errors
    /// Why the row cannot become one.
    pub(super) fn into_candidate(self, id_prefix: &str, now: Timestamp) -> Result<Candidate, String> {
        let mut notes = Vec::new();
        let email = self.email.as_deref().map(|address| Email::new(address).ok());
        if email.as_ref().is_some_and(Option::is_none) {
            notes.push(Note::AddressInvalid);
        }
        let email = email.flatten();
        let (username, old_name) = self.names(email.as_ref(), &mut notes)?;
        let id = user_id(self.id.as_deref(), id_prefix, &username)?;
        check_names("group", &self.groups)?;
        check_names("permission", &self.permissions)?;
        let mut new = NewUser::new(id, username, self.date_joined.unwrap_or(now));
        new.email_verified = self.email_verified && email.is_some();
        // A name that stands in for the address is proven by nobody.
        let is_missing = self.email.is_none();
        new.email = email.or_else(|| Email::new(old_name.as_ref()?.as_str()).ok().filter(|_| is_missing));
        let old_text = old_name.as_ref().map(|name| name.as_str().to_owned());
        new.login_names = old_name.into_iter().collect();
        new.password = self.password.clone().filter(PasswordHash::is_usable);
        if new.password.is_none() && self.password.as_ref().is_some_and(claims_a_password) {
            notes.push(Note::NoPassword);
        }
        (new.is_active, new.is_staff, new.is_superuser) = (self.is_active, self.is_staff, self.is_superuser);
        new.first_name = person_name("first_name", self.first_name.as_deref())?;
        new.last_name = person_name("last_name", self.last_name.as_deref())?;
        (new.groups, new.permissions) = (self.groups, self.permissions);
        new.last_login = self.last_login;
        new.attributes = Value::Object(self.attributes);
        if self.has_second_factor {
            notes.push(Note::SecondFactor);
        }
        let factors = self.factors;
        notes.extend(&factors.notes);
        if factors.totp.is_none() && !factors.codes.is_empty() {
            notes.push(Note::CodesAlone);
        }
        let has_own_id = self.id.is_some();
        Ok(Candidate {
            new,
            old_name: old_text,
            has_own_id,
            is_address_the_name: false,
            found: self.password,
            notes,
            factors,
        })
    }

    /// The user name, and the one that the source has, where that is none here. Where it has none at all, people logged in by their
    /// address: that is the old name then.
    fn names(
        &self,
        email: Option<&Email>,
        notes: &mut Vec<Note>,
    ) -> Result<(Username, Option<LoginName>), String> {
        let Some(name) = &self.username else {
            let email = email.ok_or("it has neither a user name nor an e-mail address")?;
            notes.push(Note::NameMade);
            return Ok((allowed(email.canonical())?, Some(LoginName::from(email))));
        };
        if let Ok(username) = Username::new(name) {
            return Ok((username, None));
        }
        let old = LoginName::parse(name);
        let (note, text) = match old.email() {
            Some(address) => (Note::NameMade, address),
            None => (Note::NameChanged, name.as_str()),
        };
        notes.push(note);
        Ok((allowed(text)?, Some(old)))
    }
}

fn as_address(name: &LoginName) -> Option<Email> {
    name.email().and_then(|_| Email::new(name.as_str()).ok())
}

/// Whether it is more than a mark that there is no password.
fn claims_a_password(hash: &PasswordHash) -> bool {
    hash.format() != HashFormat::Unusable
}

/// The name that one becomes which is none here, the same each time: `_at_` for `@`, or `_` where that would be too long, and `_`
/// for `:`. So a name that Django allows is allowed here.
fn allowed(name: &str) -> Result<Username, String> {
    let spelled = |at| Username::new(name.trim().replace('@', at).replace(':', "_").as_str());
    spelled("_at_")
        .or_else(|_| spelled("_"))
        .map_err(|error| format!("the user name is not one here: {error}"))
}

/// The source's own id, since other tables refer to it; else one that follows from the name, so that a second run knows it.
fn user_id(id: Option<&str>, prefix: &str, username: &Username) -> Result<UserId, String> {
    let Some(id) = id else { return Ok(id_of(prefix, username)) };
    let id = format!("{prefix}{id}");
    if id.len() > MAX_ID || !id.bytes().all(|byte| byte.is_ascii_graphic()) || id == FIRST_PARTY {
        return Err(format!(
            "the id is not one here: 1 to {MAX_ID} letters, digits and signs of ASCII, not `{FIRST_PARTY}`"
        ));
    }
    Ok(UserId::new(id))
}

/// A UUIDv8 from the SHA-256 of the name (RFC 9562 section 5.8 and appendix B.2).
fn id_of(prefix: &str, username: &Username) -> UserId {
    let digest = Sha256::new_with_prefix(b"auth import\0").chain_update(username.canonical()).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    let uuid = Builder::from_custom_bytes(bytes).into_uuid();
    UserId::new(format!("{prefix}{}", uuid.hyphenated()))
}

fn person_name(what: &str, text: Option<&str>) -> Result<PersonName, String> {
    PersonName::new(text.unwrap_or_default()).map_err(|_| {
        format!("{what} is no name here: at most {MAX_NAME} characters, and no control characters")
    })
}

fn check_names(kind: &str, names: &[String]) -> Result<(), String> {
    match names.iter().find(|name| !is_name(name)) {
        Some(name) => Err(format!("`{}` is no name of a {kind}", name.escape_debug())),
        None => Ok(()),
    }
}

/// Whether a group or a permission can be called so.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().count() <= MAX_NAME && !name.chars().any(char::is_control)
}
