//! Settings of a Django database.

use std::time::Duration;

use auth_core::error::Error;
use auth_core::password::{HashingRules, NewHashFormat};
use auth_core::secret::Secret;

use crate::SqlStoreOptions;

use super::tables::DjangoTables;

/// Settings of a [`DjangoStore`](super::DjangoStore).
#[derive(Clone, Debug)]
pub struct DjangoOptions {
    pub(super) tables: DjangoTables,
    pub(super) own: SqlStoreOptions,
    pub(super) keys: Vec<Secret>,
    pub(super) hashing: HashingRules,
}

impl DjangoOptions {
    /// For a database that Django leaves: a login upgrades an older hash to Argon2id, in the form that Django reads too, so that
    /// the way back stays open.
    pub fn take_over() -> Self {
        Self::new(HashingRules { format: NewHashFormat::DjangoArgon2, upgrade: true })
    }

    /// For a database on which Django keeps running: a login never rewrites a hash, since that would end its user's sessions in
    /// Django. A new password is written as the project itself would, in the format of the first of its `PASSWORD_HASHERS`; in
    /// any other, Django would rewrite it at the next login there, which ends the sessions here.
    pub fn side_by_side(format: NewHashFormat) -> Self {
        Self::new(HashingRules { format, upgrade: false })
    }

    fn new(hashing: HashingRules) -> Self {
        Self { tables: DjangoTables::default(), own: SqlStoreOptions::default(), keys: Vec::new(), hashing }
    }

    /// The names of tables and columns, where they are not those of Django's own `auth.User`.
    #[must_use]
    pub fn tables(mut self, tables: DjangoTables) -> Self {
        self.tables = tables;
        self
    }

    /// Begins the name of our own table in Django's database with `prefix` instead of `iam_`.
    #[must_use]
    pub fn table_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.own = self.own.table_prefix(prefix);
        self
    }

    /// Fails a call with [`Unavailable`](auth_core::ErrorKind::Unavailable) that Django's database could not answer in this time, 3
    /// seconds by default, as [`SqlStoreOptions::timeout`] does.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.own = self.own.timeout(timeout);
        self
    }

    /// The project's `SECRET_KEY`, for [its sessions](super::DjangoStore::sessions). Call it again for each of the
    /// `SECRET_KEY_FALLBACKS`. With it, a session of Django's is still known after its user's hash was upgraded here.
    #[must_use]
    pub fn secret_key(mut self, key: impl Into<Secret>) -> Self {
        self.keys.push(key.into());
        self
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        self.own.check()?;
        self.tables.check()?;
        if !self.hashing.format.format().is_django() {
            return Err(Error::configuration(
                "Django cannot read hashes of that format: side by side, use one of the `NewHashFormat::Django…`",
            ));
        }
        match self.keys.iter().any(|key| key.expose().is_empty()) {
            true => Err(Error::configuration(
                "Django's SECRET_KEY is empty: give the one in the project's settings",
            )),
            false => Ok(()),
        }
    }
}
