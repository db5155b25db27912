//! From a row to a user.

use std::sync::Arc;

use auth_core::error::BoxError;
use auth_core::password::PasswordHash;
use auth_core::user::{Account, Email, User, UserId, Username};

use crate::sqlite::columns::Columns as _;

use super::database::Row;
use super::dialect::{Dialect, IdKind};
use super::epoch::{self, Kept};
use super::statements::column;

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
    pub(super) fn read(row: &Row<'_>, dialect: Dialect, kind: IdKind) -> Result<Self, BoxError> {
        let id = dialect
            .user_id(kind, row.string(column::ID)?)
            .ok_or("a user's id is not of its column's type")?;
        let encoded = row.string(column::PASSWORD)?.to_owned();
        let kept = kept(row)?;
        let address = row.text(column::EMAIL)?.unwrap_or_default().to_owned();
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
    let name = Username::from_store(row.string(column::USERNAME)?);
    let mut user = User::new(id.clone(), name, row.time(column::DATE_JOINED)?);
    // Django checks addresses less strictly: one that is none to us is not shown, and nobody is kept out for it.
    user.email = Email::new(address).ok();
    user.email_verified = user.email.is_some() && row.text(column::VERIFIED_EMAIL)? == Some(address);
    user.is_active = row.is_set(column::IS_ACTIVE)?;
    user.is_staff = row.is_set(column::IS_STAFF)?;
    user.is_superuser = row.is_set(column::IS_SUPERUSER)?;
    user.last_login = row.optional_time(column::LAST_LOGIN)?;
    user.groups = sorted(row.string(column::GROUPS)?)?;
    user.direct_permissions = sorted(row.string(column::DIRECT_PERMISSIONS)?)?;
    user.permissions = sorted(row.string(column::PERMISSIONS)?)?;
    user.auth_epoch = epoch;
    if let Some(attributes) = row.text(column::ATTRIBUTES)? {
        user.attributes = serde_json::from_str(attributes)?;
    }
    Ok(user)
}

fn kept(row: &Row<'_>) -> Result<Option<Kept>, BoxError> {
    let Some(mark) = row.text(column::MARK)? else { return Ok(None) };
    Ok(Some(Kept {
        mark: mark.to_owned(),
        epoch: row.number(column::EPOCH)?.cast_unsigned(),
        session_hashes: serde_json::from_str(row.string(column::SESSION_HASHES)?)?,
    }))
}

/// In the order of bytes, which is no database's collation.
fn sorted(json: &str) -> Result<Vec<String>, BoxError> {
    let mut texts: Vec<String> = serde_json::from_str(json)?;
    texts.sort_unstable();
    Ok(texts)
}
