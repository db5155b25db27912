//! Logging in with Django's users.

use std::sync::Arc;

use async_trait::async_trait;
use auth_core::clock::Timestamp;
use auth_core::error::StoreError;
use auth_core::password::{HashingRules, PasswordHash};
use auth_core::user::{Account, LoginName, User, UserId, UserStore};

use crate::database::Transaction;
use crate::sql::{Decode, Param, Row, Statement, Value};

use super::DjangoStore;
use super::epoch;
use super::record::Record;

/// The longest encoded password: Django's column is a `varchar(128)`.
const MAX_PASSWORD: usize = 128;

/// How many of Django's session hashes are remembered of one password: a few upgrades under a few keys.
const MAX_SESSION_HASHES: usize = 16;

impl DjangoStore {
    /// From a row to an account.
    pub(super) fn decode(&self) -> impl Decode<Record> + Copy + use<> {
        let kind = self.0.id;
        move |row: &Row<'_>| Record::read(row, kind)
    }

    /// The id as the database writes it: as the parameter `:id`, and as the key of our own table. `None` for a text that is no id
    /// there, and so nobody's.
    pub(super) fn id_of(&self, id: &UserId) -> Option<(Param<'static>, String)> {
        let (value, key) = self.0.id.written(self.0.database.dialect(), id)?;
        Some((("id", value), key))
    }

    /// The account with this id, for a guard. The column's collation may find one whose id is only like it: that is another one.
    pub(super) async fn record(&self, id: &UserId) -> Result<Option<Record>, StoreError> {
        let Some((param, _)) = self.id_of(id) else { return Ok(None) };
        let found = self.0.database.one(&self.0.sql.user_by_id, &[param], self.decode()).await?;
        Ok(found.filter(|record| record.id() == id))
    }

    /// The account as a transaction sees it, kept from other writers until that ends.
    pub(super) async fn lock(
        &self,
        transaction: &mut Transaction,
        id: &UserId,
    ) -> Result<Option<Record>, StoreError> {
        let Some((param, _)) = self.id_of(id) else { return Ok(None) };
        let param = [param];
        if transaction.one(&self.0.sql.lock_user, &param, |_: &Row<'_>| Ok(())).await?.is_none() {
            return Ok(None);
        }
        let found = transaction.one(&self.0.sql.user_by_id, &param, self.decode()).await?;
        Ok(found.filter(|record| record.id() == id))
    }

    /// The account with exactly this name; else the only one that the column's collation takes for it, as Django does, where it passes
    /// over no more than case.
    async fn by_name(&self, login: &LoginName) -> Result<Option<Record>, StoreError> {
        let name = login.with_case();
        let mut found = self.look_up(&self.0.sql.users_by_name, &name).await?;
        if let Some(place) = found.iter().position(|record| record.user.username() == name) {
            return Ok(Some(found.swap_remove(place)));
        }
        let is_like =
            |record: &Record| LoginName::parse(record.user.username()).canonical() == login.canonical();
        Ok(if found.len() == 1 { found.pop().filter(is_like) } else { None })
    }

    /// The only account with this address. Django's tables let several share one: then it is nobody's.
    async fn by_email(&self, email: &str) -> Result<Option<Record>, StoreError> {
        if self.0.missing_email_index.is_some() {
            return Ok(None);
        }
        let mut found = self.look_up(&self.0.sql.users_by_email, email).await?;
        found.retain(|record| record.address.eq_ignore_ascii_case(email));
        Ok(if found.len() == 1 { found.pop() } else { None })
    }

    /// The accounts that somebody means who is nobody yet. No guard waits for that.
    async fn look_up(&self, statement: &Statement, typed: &str) -> Result<Vec<Record>, StoreError> {
        self.0.database.look_up(statement, &[("typed", typed.into())], self.decode()).await
    }

    /// Writes the password field and what we keep beside it.
    pub(super) async fn write_password(
        &self,
        transaction: &mut Transaction,
        record: &Record,
        new: &PasswordHash,
        epoch: u64,
        session_hashes: &[String],
    ) -> Result<(), StoreError> {
        let new = readable(new)?;
        let (id, _) = self.id_of(record.id()).ok_or_else(not_an_id)?;
        transaction.execute(&self.0.sql.set_password, &[id, ("password", new.into())]).await?;
        self.keep(transaction, record.id(), new, epoch, session_hashes).await
    }

    /// Writes our row for the password that is now stored.
    pub(super) async fn keep(
        &self,
        transaction: &mut Transaction,
        id: &UserId,
        encoded: &str,
        epoch: u64,
        session_hashes: &[String],
    ) -> Result<(), StoreError> {
        let (_, key) = self.id_of(id).ok_or_else(not_an_id)?;
        let hashes = serde_json::to_string(session_hashes).map_err(StoreError::unavailable)?;
        let row = [
            ("key", Value::from(key)),
            ("mark", epoch::mark(id, encoded).into()),
            ("epoch", epoch.into()),
            ("session_hashes", hashes.into()),
        ];
        transaction.execute(&self.0.sql.keep, &row).await.map(drop)
    }

    /// The session hashes under which Django's sessions of this password began.
    fn session_hashes(&self, record: &Record) -> Vec<String> {
        let mut hashes = record.still_kept().map(|kept| kept.session_hashes.clone()).unwrap_or_default();
        hashes.extend(self.0.keys.session_hashes(&record.encoded));
        let surplus = hashes.len().saturating_sub(MAX_SESSION_HASHES);
        hashes.drain(..surplus);
        hashes
    }
}

#[async_trait]
impl UserStore for DjangoStore {
    async fn get(&self, id: &UserId) -> Result<Option<Arc<User>>, StoreError> {
        Ok(self.record(id).await?.map(|record| Arc::new(record.user)))
    }

    fn hashing(&self) -> HashingRules {
        self.0.hashing
    }

    /// By name first, as Django does; a text that is nobody's name may be the address of one account. Both are looked up whatever
    /// the first one finds: how long it takes is not to tell who has such a name.
    async fn find(&self, login: &LoginName) -> Result<Option<Account>, StoreError> {
        let typed = login.with_case();
        // PostgreSQL takes no NUL in a text, and no name of Django's has one.
        if typed.is_empty() || typed.contains('\0') {
            return Ok(None);
        }
        let by_name = self.by_name(login).await?;
        let by_email = if login.email().is_some() { self.by_email(&typed).await? } else { None };
        Ok(by_name.or(by_email).map(Record::into_account))
    }

    async fn account(&self, id: &UserId) -> Result<Option<Account>, StoreError> {
        let Some((param, _)) = self.id_of(id) else { return Ok(None) };
        let found = self.0.database.look_up_one(&self.0.sql.user_by_id, &[param], self.decode()).await?;
        Ok(found.filter(|record| record.id() == id).map(Record::into_account))
    }

    /// The same password in another encoding: sessions here go on by the row that is written with it, and Django's are still
    /// known by the hashes that it keeps.
    async fn rehash_password(
        &self,
        id: &UserId,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<bool, StoreError> {
        self.0
            .database
            .retried(|| async {
                let mut transaction = self.0.database.begin().await?;
                let Some(record) = self.lock(&mut transaction, id).await? else { return Ok(false) };
                if record.password().as_ref() != Some(old) {
                    return Ok(false);
                }
                let (epoch, hashes) = (record.user.auth_epoch, self.session_hashes(&record));
                self.write_password(&mut transaction, &record, new, epoch, &hashes).await?;
                transaction.commit().await?;
                Ok(true)
            })
            .await
    }

    async fn set_password(
        &self,
        id: &UserId,
        old: Option<&PasswordHash>,
        new: &PasswordHash,
    ) -> Result<Option<u64>, StoreError> {
        self.0
            .database
            .retried(|| async {
                let mut transaction = self.0.database.begin().await?;
                let Some(record) = self.lock(&mut transaction, id).await? else { return Ok(None) };
                if old.is_some() && record.password().as_ref() != old {
                    return Ok(None);
                }
                let epoch = epoch::next(record.user.auth_epoch);
                self.write_password(&mut transaction, &record, new, epoch, &[]).await?;
                transaction.commit().await?;
                Ok(Some(epoch))
            })
            .await
    }

    /// Ends what began here. Django's own sessions are Django's to end; a changed password ends both.
    async fn raise_epoch(&self, id: &UserId) -> Result<Option<u64>, StoreError> {
        self.0
            .database
            .retried(|| async {
                let mut transaction = self.0.database.begin().await?;
                let Some(record) = self.lock(&mut transaction, id).await? else { return Ok(None) };
                let epoch = epoch::next(record.user.auth_epoch);
                let hashes = record.still_kept().map(|kept| kept.session_hashes.clone()).unwrap_or_default();
                self.keep(&mut transaction, id, &record.encoded, epoch, &hashes).await?;
                transaction.commit().await?;
                Ok(Some(epoch))
            })
            .await
    }

    async fn record_login(&self, id: &UserId, at: Timestamp) -> Result<(), StoreError> {
        let Some(statement) = &self.0.sql.record_login else { return Ok(()) };
        let Some((id, _)) = self.id_of(id) else { return Ok(()) };
        self.0.database.execute(statement, &[id, ("at", at.into())]).await.map(drop)
    }
}

/// The last line of defence for Django's own logins: what Django cannot read never gets into its table.
pub(super) fn readable(hash: &PasswordHash) -> Result<&str, StoreError> {
    let encoded = hash.as_encoded();
    if !hash.format().is_django() || encoded.len() > MAX_PASSWORD {
        return Err(StoreError::unsupported("a password hash in a form that Django cannot read"));
    }
    Ok(encoded)
}

pub(super) fn not_an_id() -> StoreError {
    StoreError::unavailable("the id is none of this table's")
}
