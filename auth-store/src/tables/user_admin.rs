//! Making and changing accounts and groups.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use auth_core::error::{BoxError, StoreError};
use auth_core::password::PasswordHash;
use auth_core::user::{
    Account, Attachment, Group, Insertion, LoginName, NewUser, User, UserAdmin, UserId, UserUpdate,
};

use crate::database::Transaction;
use crate::sql::{Param, Row};

use super::SqlStore;
use super::users::{account, user};

/// The columns of [`WRITTEN`](super::users::WRITTEN), all but the password, which a change leaves alone.
fn params(user: &User) -> Result<Vec<Param<'_>>, StoreError> {
    let email = user.email.as_ref();
    Ok(vec![
        ("id", user.id.as_str().into()),
        ("username", user.username.as_str().into()),
        ("username_canonical", user.username.canonical().into()),
        ("email", email.map(|email| email.as_str()).into()),
        ("email_canonical", email.map(|email| email.canonical()).into()),
        ("email_verified", user.email_verified.into()),
        ("is_active", user.is_active.into()),
        ("is_staff", user.is_staff.into()),
        ("is_superuser", user.is_superuser.into()),
        ("auth_epoch", user.auth_epoch.into()),
        ("date_joined", user.date_joined.into()),
        ("last_login", user.last_login.into()),
        ("group_names", json(&user.groups)?.into()),
        ("direct_permissions", json(&user.direct_permissions)?.into()),
        ("permissions", json(&user.permissions)?.into()),
        ("attributes", user.attributes.to_string().into()),
    ])
}

fn json(texts: &[String]) -> Result<String, StoreError> {
    serde_json::to_string(texts).map_err(StoreError::unavailable)
}

pub(super) fn sort_and_dedup(texts: &mut Vec<String>) {
    texts.sort_unstable();
    texts.dedup();
}

/// What whoever makes or changes an account or a group takes turns at: whether a name is free, and what a group gives, are asked in
/// more than one table.
pub(super) const ACCOUNTS: &str = "accounts";

/// What each group gives its members.
pub(super) type Given = HashMap<String, Vec<String>>;

/// Works out the effective permissions: the direct ones and those of all groups, sorted, each once.
pub(super) fn settle(user: &mut User, given: &Given) {
    user.permissions = user.direct_permissions.clone();
    user.permissions.extend(user.groups.iter().filter_map(|group| given.get(group)).flatten().cloned());
    sort_and_dedup(&mut user.permissions);
}

fn flag(row: &Row<'_>) -> Result<bool, BoxError> {
    row.is_set(0)
}

fn group(row: &Row<'_>) -> Result<Group, BoxError> {
    Ok(Group::new(row.string(0)?, serde_json::from_str(row.string(1)?)?))
}

impl SqlStore {
    /// Within a transaction: adds an account.
    async fn insert_user(
        &self,
        transaction: &mut Transaction,
        mut new: NewUser,
    ) -> Result<Arc<User>, StoreError> {
        let login_names = LoginName::distinct(std::mem::take(&mut new.login_names));
        let (mut user, password) = new.into_user();
        self.make_groups(transaction, &mut user).await?;
        let mut params = params(&user)?;
        params.push(("password", password.as_ref().map(PasswordHash::as_encoded).into()));
        transaction.execute(&self.sql().users.insert, &params).await?;
        self.check_names(transaction, &user).await?;
        self.add_login_names(transaction, &user.id, login_names).await?;
        self.join_groups(transaction, &user).await?;
        Ok(Arc::new(user))
    }

    /// Makes the user's groups that are missing, and works out what they let the user do.
    async fn make_groups(&self, transaction: &mut Transaction, user: &mut User) -> Result<(), StoreError> {
        let sql = &self.sql().users;
        sort_and_dedup(&mut user.groups);
        sort_and_dedup(&mut user.direct_permissions);
        let mut given = Given::new();
        for name in &user.groups {
            let made = [("name", name.as_str().into()), ("permissions", "[]".into())];
            transaction.execute(&sql.add_group, &made).await?;
            let read = |row: &Row<'_>| Ok(serde_json::from_str(row.string(0)?)?);
            let permissions = transaction.one(&sql.permissions_of, &made[..1], read).await?;
            given.insert(name.clone(), permissions.unwrap_or_default());
        }
        settle(user, &given);
        Ok(())
    }

    async fn join_groups(&self, transaction: &mut Transaction, user: &User) -> Result<(), StoreError> {
        for name in &user.groups {
            let member = [("group_name", name.as_str().into()), ("user_id", user.id.as_str().into())];
            transaction.execute(&self.sql().users.add_membership, &member).await?;
        }
        Ok(())
    }

    /// Refuses a name or an address that is a further one of another account.
    async fn check_names(&self, transaction: &mut Transaction, user: &User) -> Result<(), StoreError> {
        let params = [
            ("id", user.id.as_str().into()),
            ("username", user.username.canonical().into()),
            ("email", user.email.as_ref().map(|email| email.canonical()).into()),
            ("no", false.into()),
            ("yes", true.into()),
        ];
        match transaction.one(&self.sql().users.is_further_name, &params, flag).await? {
            Some(false) => Ok(()),
            _ => Err(StoreError::already_exists()),
        }
    }

    /// With the account in its table: refuses a further name that is the name or the address of another.
    async fn add_login_names(
        &self,
        transaction: &mut Transaction,
        id: &UserId,
        login_names: Vec<LoginName>,
    ) -> Result<(), StoreError> {
        let sql = &self.sql().users;
        for name in login_names {
            let is_address = name.email().is_some();
            let is_taken = if is_address { &sql.is_email } else { &sql.is_username };
            let params = [
                ("name", name.canonical().into()),
                ("is_address", is_address.into()),
                ("written", name.as_str().into()),
                ("user_id", id.as_str().into()),
                ("id", id.as_str().into()),
            ];
            if transaction.one(is_taken, &params, flag).await? != Some(false) {
                return Err(StoreError::already_exists());
            }
            transaction.execute(&sql.add_login_name, &params).await?;
        }
        Ok(())
    }

    /// The account as the transaction sees it, kept from others until that ends.
    async fn lock(&self, transaction: &mut Transaction, id: &UserId) -> Result<Option<User>, StoreError> {
        transaction.one(&self.sql().users.lock, &[("id", id.as_str().into())], user).await
    }

    async fn change(
        &self,
        transaction: &mut Transaction,
        user: &User,
        login_names: Option<Vec<LoginName>>,
    ) -> Result<(), StoreError> {
        let sql = &self.sql().users;
        let id = [("id", user.id.as_str().into())];
        transaction.execute(&sql.update, &params(user)?).await?;
        self.check_names(transaction, user).await?;
        if let Some(login_names) = login_names {
            transaction.execute(&sql.clear_login_names, &id).await?;
            self.add_login_names(transaction, &user.id, LoginName::distinct(login_names)).await?;
        }
        transaction.execute(&sql.clear_memberships, &id).await?;
        self.join_groups(transaction, user).await
    }
}

#[async_trait]
impl UserAdmin for SqlStore {
    async fn insert_with(&self, new: NewUser, attached: Vec<Attachment>) -> Result<Arc<User>, StoreError> {
        self.database
            .retried(|| async {
                let mut transaction = self.database.begin_in_turn(ACCOUNTS, "").await?;
                let user = self.insert_user(&mut transaction, new.clone()).await?;
                for attachment in &attached {
                    match attachment {
                        Attachment::LinkedAccount(account) => {
                            self.insert_linked_account(&mut transaction, account).await?;
                        }
                        _ => return Err(StoreError::unsupported("attachments of this kind")),
                    }
                }
                transaction.commit().await?;
                Ok(user)
            })
            .await
    }

    async fn insert_many(&self, new: Vec<NewUser>) -> Result<Vec<Insertion>, StoreError> {
        self.insert_batch(new).await
    }

    async fn list(&self, after: Option<&UserId>, limit: usize) -> Result<Vec<Account>, StoreError> {
        let after = after.map_or("", UserId::as_str);
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let params = [("after", after.into()), ("limit", limit.into())];
        self.database.look_up(&self.sql().users.list, &params, account).await
    }

    async fn update(&self, id: &UserId, mut update: UserUpdate) -> Result<Option<Arc<User>>, StoreError> {
        let login_names = update.login_names.take();
        self.database
            .retried(|| async {
                let mut transaction = self.database.begin_in_turn(ACCOUNTS, "").await?;
                let Some(mut user) = self.lock(&mut transaction, id).await? else { return Ok(None) };
                update.clone().apply(&mut user);
                self.make_groups(&mut transaction, &mut user).await?;
                self.change(&mut transaction, &user, login_names.clone()).await?;
                transaction.commit().await?;
                Ok(Some(Arc::new(user)))
            })
            .await
    }

    async fn remove(&self, id: &UserId) -> Result<bool, StoreError> {
        Ok(self.database.execute(&self.sql().users.remove, &[("id", id.as_str().into())]).await? == 1)
    }

    async fn login_names(&self, id: &UserId) -> Result<Vec<LoginName>, StoreError> {
        let read = |row: &Row<'_>| Ok(LoginName::parse(row.string(0)?));
        self.database.all(&self.sql().users.login_names, &[("id", id.as_str().into())], read).await
    }

    async fn groups(&self) -> Result<Vec<Group>, StoreError> {
        self.database.look_up(&self.sql().users.groups, &[], group).await
    }

    async fn put_group(&self, group: &str, permissions: &[String]) -> Result<(), StoreError> {
        let sql = &self.sql().users;
        let mut permissions = permissions.to_vec();
        sort_and_dedup(&mut permissions);
        let params = [("name", group.into()), ("permissions", json(&permissions)?.into())];
        self.database
            .retried(|| async {
                let mut transaction = self.database.begin_in_turn(ACCOUNTS, "").await?;
                transaction.execute(&sql.put_group, &params).await?;
                transaction.execute(&sql.settle_members, &params).await?;
                transaction.commit().await
            })
            .await
    }

    async fn add_group(&self, group: &str, permissions: &[String]) -> Result<bool, StoreError> {
        let mut permissions = permissions.to_vec();
        sort_and_dedup(&mut permissions);
        let params = [("name", group.into()), ("permissions", json(&permissions)?.into())];
        Ok(self.database.execute(&self.sql().users.add_group, &params).await? == 1)
    }
}
