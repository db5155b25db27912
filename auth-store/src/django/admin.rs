//! Making and changing Django's users.

use std::slice::from_ref;
use std::sync::Arc;

use async_trait::async_trait;
use auth_core::error::StoreError;
use auth_core::random::{OsRandom, random_bytes};
use auth_core::user::{
    Account, AccountChange, Attachment, Email, Group, LoginName, NewUser, User, UserAdmin, UserId, Username,
};
use unicode_normalization::UnicodeNormalization as _;

use crate::database::Transaction;
use crate::sql::{Param, Row, Value};

use super::DjangoStore;
use super::id::IdKind;
use super::record::{Record, sorted};
use super::users::{not_an_id, readable};

const NO_GROUPS: &str = "groups: this user model has none";

impl DjangoStore {
    /// What making and changing a user write.
    fn params<'a>(&self, user: &'a User, email: &'a str) -> Vec<Param<'a>> {
        let name = if self.0.tables.is_email_the_name() { email } else { user.username() };
        vec![
            ("username", name.into()),
            ("email", email.into()),
            ("first_name", user.first_name.as_str().into()),
            ("last_name", user.last_name.as_str().into()),
            ("is_active", user.is_active.into()),
            ("is_staff", user.is_staff.into()),
            ("is_superuser", user.is_superuser.into()),
        ]
    }

    /// Refuses an address before anything is locked where no index finds the other accounts that have it: each would read the whole
    /// table, while everybody else who makes or changes an account waits.
    fn check_email_index(&self, email: Option<&Email>) -> Result<(), StoreError> {
        match (&self.0.missing_email_index, email) {
            (Some(statement), Some(_)) => Err(StoreError::unsupported(format!(
                "new addresses without an index that finds them: run `{statement}` in the Django database, and start again"
            ))),
            _ => Ok(()),
        }
    }

    /// Refuses an address that another account has. Django lets several share one; what is made here does not add to them.
    async fn check_email(&self, transaction: &mut Transaction, user: &User) -> Result<(), StoreError> {
        let Some(email) = &user.email else { return Ok(()) };
        transaction.take_turns("django", "").await?;
        let typed = [("typed", email.as_str().into())];
        let holder = transaction.one(&self.0.sql.users_by_email, &typed, self.decode()).await?;
        let holder = holder.map(|record| record.user.id);
        match holder {
            Some(holder) if holder != user.id => Err(StoreError::already_exists()),
            _ => Ok(()),
        }
    }

    /// Adds the row of a user; its id is the table's to give, unless it is a UUID.
    async fn insert_row(
        &self,
        transaction: &mut Transaction,
        user: &User,
        encoded: &str,
    ) -> Result<UserId, StoreError> {
        let mut params = self.params(user, address_of(user));
        if self.0.id == IdKind::Uuid {
            params.push(self.id_of(&user.id).ok_or_else(not_an_id)?.0);
        }
        params.extend([("password", encoded.into()), ("date_joined", user.date_joined.into())]);
        let text = |row: &Row<'_>| Ok(row.string(0)?.to_owned());
        let id = transaction.one(&self.0.sql.insert_user, &params, text).await?;
        id.and_then(|id| self.0.id.read(&id)).ok_or_else(not_an_id)
    }

    async fn set_groups(&self, transaction: &mut Transaction, user: &User) -> Result<(), StoreError> {
        let Some(held) = &self.0.sql.user_groups else { return Ok(()) };
        let (id, _) = self.id_of(&user.id).ok_or_else(not_an_id)?;
        transaction.execute(&held.clear, from_ref(&id)).await?;
        for name in distinct(&user.groups) {
            let group = self.group(transaction, name).await?;
            transaction.execute(&held.add, &[id.clone(), ("group_id", group.into())]).await?;
        }
        Ok(())
    }

    async fn set_permissions(&self, transaction: &mut Transaction, user: &User) -> Result<(), StoreError> {
        let Some(held) = &self.0.sql.user_permissions else { return Ok(()) };
        let (id, _) = self.id_of(&user.id).ok_or_else(not_an_id)?;
        transaction.execute(&held.clear, from_ref(&id)).await?;
        for permission in self.permissions(transaction, &user.direct_permissions).await? {
            let row = [id.clone(), ("permission_id", permission.into())];
            transaction.execute(&held.add, &row).await?;
        }
        Ok(())
    }

    /// Writes what only we keep.
    async fn keep_beside(&self, transaction: &mut Transaction, user: &User) -> Result<(), StoreError> {
        let (_, key) = self.id_of(&user.id).ok_or_else(not_an_id)?;
        let verified = user.email.as_ref().filter(|_| user.email_verified).map(|email| email.as_str());
        let row = [
            ("key", Value::from(key)),
            ("verified_email", verified.into()),
            ("attributes", user.attributes.to_string().into()),
        ];
        transaction.execute(&self.0.sql.keep_attributes, &row).await.map(drop)
    }

    /// The group's id; it is made if need be.
    async fn group(&self, transaction: &mut Transaction, name: &str) -> Result<i64, StoreError> {
        let (sql, name) = (&self.0.sql, [("name", Value::from(name))]);
        if let Some(id) = transaction.one(&sql.group_id, &name, number).await? {
            return Ok(id);
        }
        transaction.execute(&sql.insert_group, &name).await?;
        let made = transaction.one(&sql.group_id, &name, number).await?;
        made.ok_or_else(|| StoreError::unavailable("the group vanished while it was written"))
    }

    fn check_groups(&self) -> Result<(), StoreError> {
        match self.0.sql.user_groups {
            Some(_) => Ok(()),
            None => Err(StoreError::unsupported(NO_GROUPS)),
        }
    }

    /// Makes the group if need be, and sets what it permits.
    async fn write_group(
        &self,
        transaction: &mut Transaction,
        group: &str,
        permissions: &[String],
    ) -> Result<(), StoreError> {
        let sql = &self.0.sql;
        let group = ("group_id", self.group(transaction, group).await?.into());
        let permissions = self.permissions(transaction, permissions).await?;
        transaction.execute(&sql.clear_group_permissions, from_ref(&group)).await?;
        for permission in permissions {
            let row = [group.clone(), ("permission_id", permission.into())];
            transaction.execute(&sql.add_group_permission, &row).await?;
        }
        Ok(())
    }

    /// The permissions' ids. Django makes permissions itself, from its models, and knows no others.
    async fn permissions(
        &self,
        transaction: &mut Transaction,
        names: &[String],
    ) -> Result<Vec<i64>, StoreError> {
        let mut ids = Vec::new();
        for name in distinct(names) {
            let (app, codename) = name.split_once('.').unwrap_or(("", name));
            let named = [("app", app.into()), ("codename", codename.into())];
            let id = transaction.one(&self.0.sql.permission_ids, &named, number).await?;
            ids.push(id.ok_or_else(|| {
                StoreError::unsupported(
                    "a permission that Django does not have: add it to a model's Meta.permissions there",
                )
            })?);
        }
        Ok(ids)
    }

    /// What Django's columns cannot hold.
    fn check_columns(&self, user: &User, address: &str) -> Result<(), StoreError> {
        let tables = &self.0.tables;
        let refusals = [
            (
                address.is_empty() && tables.is_email_the_name(),
                "accounts without an address: it is their name here",
            ),
            (
                !user.first_name.is_empty() && tables.first_name.is_none()
                    || !user.last_name.is_empty() && tables.last_name.is_none(),
                "first and last names: this user model does not have both",
            ),
            (
                user.ending.is_some(),
                "closed accounts and guests among a Django project's users: disable them",
            ),
            (user.language.is_some(), "the language of a Django project's user: it is the browser's there"),
            (user.is_staff && tables.is_staff.is_none(), "staff: this user model has no is_staff"),
            (user.is_superuser && tables.is_superuser.is_none(), "superusers: this user model has none"),
            (
                !user.is_active && tables.is_active.is_none(),
                "disabled accounts: this user model has no is_active",
            ),
            (
                user.email.is_some() && tables.email.is_none(),
                "addresses: this user model has no e-mail column",
            ),
            (!user.groups.is_empty() && tables.user_groups.is_none(), NO_GROUPS),
            (
                !user.direct_permissions.is_empty() && tables.user_permissions.is_none(),
                "permissions: this user model has none",
            ),
        ];
        match refusals.into_iter().find(|(is_refused, _)| *is_refused) {
            Some((_, what)) => Err(StoreError::unsupported(what)),
            None => Ok(()),
        }
    }

    async fn reread(&self, transaction: &mut Transaction, id: &UserId) -> Result<Arc<User>, StoreError> {
        let record = self.lock(transaction, id).await?;
        let vanished = || StoreError::unavailable("the account vanished while it was written");
        record.map(|record| Arc::new(record.user)).ok_or_else(vanished)
    }
}

#[async_trait]
impl UserAdmin for DjangoStore {
    /// A table that numbers its users gives them ids of its own: the id of the answer is what counts.
    async fn insert_with(&self, new: NewUser, attached: Vec<Attachment>) -> Result<Arc<User>, StoreError> {
        check_attached(&attached)?;
        if let Some(obstacle) = &self.0.obstacle {
            return Err(StoreError::unsupported(obstacle.clone()));
        }
        check_login_names(&new.login_names)?;
        let (mut user, password) = new.into_user();
        user.username = stored_as(&user.username);
        self.check_columns(&user, address_of(&user))?;
        self.check_email_index(user.email.as_ref())?;
        let encoded = match &password {
            Some(password) => readable(password)?.to_owned(),
            None => unusable(),
        };
        self.0
            .database
            .retried(|| async {
                let mut transaction = self.0.database.begin().await?;
                let mut user = user.clone();
                self.check_email(&mut transaction, &user).await?;
                user.id = self.insert_row(&mut transaction, &user, &encoded).await?;
                self.keep(&mut transaction, &user.id, &encoded, user.auth_epoch, &[]).await?;
                self.set_groups(&mut transaction, &user).await?;
                self.set_permissions(&mut transaction, &user).await?;
                self.keep_beside(&mut transaction, &user).await?;
                let user = self.reread(&mut transaction, &user.id).await?;
                transaction.commit().await?;
                Ok(user)
            })
            .await
    }

    /// Only what the update names is written: Django may be at the rest at the same time, and keeps addresses that are none here.
    async fn change(&self, id: &UserId, change: AccountChange) -> Result<Option<Arc<User>>, StoreError> {
        check_attached(&change.attached)?;
        if change.unlinks_all || change.removes_factors {
            return Err(StoreError::unsupported(
                "unlinking, and removing factors, with a change of a Django user",
            ));
        }
        let update = &change.update;
        check_login_names(update.login_names.as_deref().unwrap_or_default())?;
        self.check_email_index(update.email.as_ref().and_then(|(email, _)| email.as_ref()))?;
        self.0
            .database
            .retried(|| async {
                let mut transaction = self.0.database.begin().await?;
                let record = self.lock(&mut transaction, id).await?;
                let Some(record) = record.filter(|record| change.is_for(&record.user)) else {
                    return Ok(None);
                };
                let hashes = record.still_kept().map(|kept| kept.session_hashes.clone()).unwrap_or_default();
                let (mut user, mut address) = (record.user.clone(), record.address.clone());
                change.apply(&mut user);
                if update.username.is_some() {
                    user.username = stored_as(&user.username);
                }
                if update.email.is_some() {
                    self.check_email(&mut transaction, &user).await?;
                    address = address_of(&user).to_owned();
                }
                self.check_columns(&user, &address)?;
                let mut params = self.params(&user, &address);
                params.push(self.id_of(id).ok_or_else(not_an_id)?.0);
                transaction.execute(&self.0.sql.update_user, &params).await?;
                match &change.password {
                    Some(Some(new)) => {
                        self.write_password(&mut transaction, &record, new, user.auth_epoch, &[]).await?;
                    }
                    Some(None) => {
                        return Err(StoreError::unsupported("taking a Django user's password away"));
                    }
                    None => {
                        self.keep(&mut transaction, id, &record.encoded, user.auth_epoch, &hashes).await?;
                    }
                }
                if update.groups.is_some() {
                    self.set_groups(&mut transaction, &user).await?;
                }
                if update.permissions.is_some() {
                    self.set_permissions(&mut transaction, &user).await?;
                }
                self.keep_beside(&mut transaction, &user).await?;
                let user = self.reread(&mut transaction, id).await?;
                transaction.commit().await?;
                Ok(Some(user))
            })
            .await
    }

    /// Other tables of the project refer to its users, and only Django knows what goes with one: disable the account instead.
    async fn remove(&self, _id: &UserId) -> Result<bool, StoreError> {
        Err(StoreError::unsupported("removing a Django user: disable the account, or delete it in Django"))
    }

    /// The database's own order of ids, which is that of no other.
    async fn list(&self, after: Option<&UserId>, limit: usize) -> Result<Vec<Account>, StoreError> {
        let limit = ("limit", i64::try_from(limit).unwrap_or(i64::MAX).into());
        let (sql, database) = (&self.0.sql, &self.0.database);
        let page = match after {
            None => database.look_up(&sql.first_users, &[limit], self.decode()).await?,
            Some(after) => {
                let (after, _) = self.id_of(after).ok_or_else(not_an_id)?;
                database.look_up(&sql.next_users, &[after, limit], self.decode()).await?
            }
        };
        Ok(page.into_iter().map(Record::into_account).collect())
    }

    async fn groups(&self) -> Result<Vec<Group>, StoreError> {
        if self.0.sql.user_groups.is_none() {
            return Ok(Vec::new());
        }
        let group = |row: &Row<'_>| Ok(Group::new(row.string(0)?, sorted(row.string(1)?)?));
        let mut groups = self.0.database.look_up(&self.0.sql.groups, &[], group).await?;
        groups.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(groups)
    }

    async fn put_group(&self, group: &str, permissions: &[String]) -> Result<(), StoreError> {
        self.check_groups()?;
        self.0
            .database
            .retried(|| async {
                let mut transaction = self.0.database.begin_in_turn("django", "").await?;
                self.write_group(&mut transaction, group, permissions).await?;
                transaction.commit().await
            })
            .await
    }

    async fn add_group(&self, group: &str, permissions: &[String]) -> Result<bool, StoreError> {
        self.check_groups()?;
        self.0
            .database
            .retried(|| async {
                let mut transaction = self.0.database.begin_in_turn("django", "").await?;
                let name = [("name", Value::from(group))];
                if transaction.one(&self.0.sql.group_id, &name, number).await?.is_some() {
                    return Ok(false);
                }
                self.write_group(&mut transaction, group, permissions).await?;
                transaction.commit().await?;
                Ok(true)
            })
            .await
    }
}

/// What comes with a user is kept in the store beside, which may be another database: two cannot promise both or neither.
fn check_attached(attached: &[Attachment]) -> Result<(), StoreError> {
    match attached.first() {
        None => Ok(()),
        Some(Attachment::LinkedAccount(_)) => Err(StoreError::unsupported(
            "signing up by a provider over Django's users: make the account by `.sign_up(..)` on the builder",
        )),
        Some(_) => Err(StoreError::unsupported("attachments of this kind")),
    }
}

/// A user of Django's has one name, which may be an address.
fn check_login_names(login_names: &[LoginName]) -> Result<(), StoreError> {
    match login_names.is_empty() {
        true => Ok(()),
        false => Err(StoreError::unsupported(
            "further login names: a Django user has one, which may be an address",
        )),
    }
}

fn number(row: &Row<'_>) -> Result<i64, auth_core::error::BoxError> {
    row.number(0)
}

/// The address as its column holds it.
fn address_of(user: &User) -> &str {
    user.email.as_ref().map_or("", |email| email.as_str())
}

/// Django keeps names in NFKC.
fn stored_as(name: &Username) -> Username {
    Username::from_store(&name.as_str().nfkc().collect::<String>())
}

fn distinct(names: &[String]) -> std::collections::BTreeSet<&str> {
    names.iter().map(String::as_str).collect()
}

/// What Django writes for an account without a password: a mark, and random text that makes it unlike any other.
fn unusable() -> String {
    let random: [u8; 20] = random_bytes(&OsRandom);
    random.iter().fold("!".to_owned(), |text, byte| text + &format!("{byte:02x}"))
}
