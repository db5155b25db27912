//! From a row to a user.

use std::sync::Arc;

use auth_core::error::BoxError;
use auth_core::password::PasswordHash;
use auth_core::user::{Account, Email, PersonName, User, UserId, Username};

use crate::sql::Row;

use super::epoch::{self, Kept};
use super::id::IdKind;
use super::statements::Column;

/// What Django writes before the random text of an account without a password.
const UNUSABLE: char = '!';

/// An account as the database holds it.
pub(super) struct Record {
    pub(super) user: User,
    /// The password field as it is.
    pub(super) encoded: String,
    /// The address as it is; nothing, where there is none.
    pub(super) address: String,
    pub(super) kept: Option<Kept>,
}

impl Record {
    pub(super) fn read(row: &Row<'_>, kind: IdKind) -> Result<Self, BoxError> {
        let id = kind.read(row.string(Column::id)?).ok_or("a user's id is not of its column's type")?;
        let encoded = row.text(Column::password)?.unwrap_or_default().to_owned();
        let kept = kept(row)?;
        let address = row.text(Column::email)?.unwrap_or_default().to_owned();
        let user = user(row, &id, &address, epoch::current(kept.as_ref(), &id, &encoded))?;
        Ok(Self { user, encoded, address, kept })
    }

    pub(super) fn id(&self) -> &UserId {
        &self.user.id
    }

    /// Our row, while the password is the one it was written for.
    pub(super) fn still_kept(&self) -> Option<&Kept> {
        epoch::still_kept(self.kept.as_ref(), self.id(), &self.encoded)
    }

    /// What the account logs in with; nothing, where Django says that it has no password.
    pub(super) fn password(&self) -> Option<PasswordHash> {
        let has_one = !self.encoded.is_empty() && !self.encoded.starts_with(UNUSABLE);
        has_one.then(|| PasswordHash::from_encoded(self.encoded.as_str()))
    }

    pub(super) fn into_account(self) -> Account {
        Account { password: self.password(), user: Arc::new(self.user) }
    }
}

fn user(row: &Row<'_>, id: &UserId, address: &str, epoch: u64) -> Result<User, BoxError> {
    // A model of the project's own may leave these empty, in some of its accounts.
    let name = Username::from_store(row.text(Column::username)?.unwrap_or_default());
    let joined = row.optional_time(Column::date_joined)?.unwrap_or_default();
    let mut user = User::new(id.clone(), name, joined);
    // Django checks addresses less strictly: one that is none to us is not shown, and nobody is kept out for it.
    user.email = Email::new(address).ok();
    user.email_verified = user.email.is_some() && row.text(Column::verified_email)? == Some(address);
    let name = |text: Option<&str>| PersonName::from_store(text.unwrap_or_default());
    user.first_name = name(row.text(Column::first_name)?);
    user.last_name = name(row.text(Column::last_name)?);
    user.is_active = row.is_set(Column::is_active)?;
    user.is_staff = row.is_set(Column::is_staff)?;
    user.is_superuser = row.is_set(Column::is_superuser)?;
    user.last_login = row.optional_time(Column::last_login)?;
    user.groups = sorted(row.string(Column::group_names)?)?;
    user.direct_permissions = sorted(row.string(Column::direct_permissions)?)?;
    user.permissions = sorted(row.string(Column::permissions)?)?;
    user.auth_epoch = epoch;
    if let Some(attributes) = row.text(Column::attributes)? {
        user.attributes = serde_json::from_str(attributes)?;
    }
    Ok(user)
}

fn kept(row: &Row<'_>) -> Result<Option<Kept>, BoxError> {
    let Some(mark) = row.text(Column::mark)? else { return Ok(None) };
    Ok(Some(Kept {
        mark: mark.to_owned(),
        epoch: row.number(Column::epoch)?.cast_unsigned(),
        session_hashes: serde_json::from_str(row.string(Column::session_hashes)?)?,
    }))
}

/// In the order of bytes, which is no database's collation, and each once.
pub(super) fn sorted(json: &str) -> Result<Vec<String>, BoxError> {
    let mut texts: Vec<String> = serde_json::from_str(json)?;
    texts.sort_unstable();
    texts.dedup();
    Ok(texts)
}
