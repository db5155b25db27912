//! Making and changing accounts and groups.

use std::sync::Arc;

use async_trait::async_trait;
use auth_core::clock::Timestamp;
use auth_core::error::{BoxError, StoreError};
use auth_core::password::PasswordHash;
use auth_core::user::{
    Account, AccountChange, Attachment, BackendId, Erasure, Group, Insertion, LoginName, NewUser,
    QueuedLetter, SignUpEvents, User, UserAdmin, UserId,
};

use crate::database::Transaction;
use crate::sql::{Param, Row};

use super::insertion::{New, further_names, memberships, names};
use super::linked_accounts;
use super::rows::{batch, send};
use super::store::SqlStore;
use super::user_row::{ACCOUNTS, GROUP, LOGIN_NAME, MEMBER, list, params, settle, sorted};
use super::users::{account, user};

/// A group as its row.
fn row<'a>(name: &'a str, permissions: &[String]) -> Vec<Param<'a>> {
    vec![("name", name.into()), ("permissions", list(&sorted(permissions.to_vec())).into())]
}

fn group(row: &Row<'_>) -> Result<Group, BoxError> {
    Ok(Group::new(row.string(0)?, serde_json::from_str(row.string(1)?)?))
}

impl SqlStore {
    /// The account as the transaction sees it, kept from others until that ends.
    async fn lock(&self, transaction: &mut Transaction, id: &UserId) -> Result<Option<User>, StoreError> {
        transaction.one(&self.sql().users.lock, &[("id", id.as_str().into())], user).await
    }

    async fn write_account(
        &self,
        transaction: &mut Transaction,
        user: &User,
        login_names: Option<&[LoginName]>,
    ) -> Result<(), StoreError> {
        let sql = &self.sql().users;
        let id = [("id", user.id.as_str().into())];
        self.check_names(transaction, user, login_names.unwrap_or_default()).await?;
        transaction.execute(&sql.update, &params(user)).await?;
        if let Some(login_names) = login_names {
            transaction.execute(&sql.clear_login_names, &id).await?;
            let rows: Vec<_> = further_names(&user.id, login_names).collect();
            send(transaction, &sql.add_login_names, LOGIN_NAME, &rows).await?;
        }
        transaction.execute(&sql.clear_memberships, &id).await?;
        let rows: Vec<_> = memberships(user).collect();
        send(transaction, &sql.add_memberships, MEMBER, &rows).await.map(drop)
    }

    /// Within a transaction: writes what comes with an account or a change of one.
    pub(super) async fn attach(
        &self,
        transaction: &mut Transaction,
        attached: &[Attachment],
    ) -> Result<(), StoreError> {
        for attachment in attached {
            match attachment {
                Attachment::LinkedAccount(account) => {
                    self.insert_linked_account(transaction, account).await?;
                }
                Attachment::Factor(change) => self.change_factor(transaction, change).await?,
                Attachment::Event(event) => self.insert_event(transaction, event).await?,
                Attachment::Letter(letter) => self.insert_letter(transaction, letter).await?,
                _ => return Err(StoreError::unsupported("attachments of this kind")),
            }
        }
        Ok(())
    }

    /// Within a transaction: removes an account; false when there was none. Linked accounts, factors and consents go with a row of ours by their key,
    /// but for those that were there before it.
    async fn remove_within(&self, transaction: &mut Transaction, id: &UserId) -> Result<bool, StoreError> {
        let (sql, id) = (self.sql(), [("id", id.as_str().into())]);
        transaction.execute(&sql.linked_accounts.remove_of_user, &id).await?;
        transaction.execute(&sql.factors.remove_of_user, &id).await?;
        transaction.execute(&sql.consents.remove_of_user, &id).await?;
        Ok(transaction.execute(&sql.users.remove, &id).await? > 0)
    }

    /// Refuses a name or an address that another account has, in whichever way.
    async fn check_names(
        &self,
        transaction: &mut Transaction,
        user: &User,
        login_names: &[LoginName],
    ) -> Result<(), StoreError> {
        let asked: Vec<_> = names(user, login_names).collect();
        match self.taken(transaction, Some(&user.id), &asked).await?.is_empty() {
            true => Ok(()),
            false => Err(StoreError::already_exists()),
        }
    }
}

#[async_trait]
impl UserAdmin for SqlStore {
    fn backend_id(&self) -> BackendId {
        self.id()
    }

    async fn insert_with(&self, new: NewUser, attached: Vec<Attachment>) -> Result<Arc<User>, StoreError> {
        let new = [New::of(new)];
        self.database
            .retried(|| async {
                let mut transaction = self.database.begin_in_turn(ACCOUNTS, "").await?;
                let (_, mut added) = self.add_accounts(&mut transaction, &new).await?;
                let user = added.pop().ok_or_else(StoreError::already_exists)?.into_user();
                self.attach(&mut transaction, &attached).await?;
                transaction.commit().await?;
                Ok(Arc::new(user))
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

    fn keeps_letters(&self) -> bool {
        true
    }

    async fn sign_up(
        &self,
        new: NewUser,
        letter: QueuedLetter,
        events: SignUpEvents,
    ) -> Result<Insertion, StoreError> {
        let new = [New::of(new)];
        self.database
            .retried(|| async {
                let mut transaction = self.database.begin_in_turn(ACCOUNTS, "").await?;
                let (outcomes, _) = self.add_accounts(&mut transaction, &new).await?;
                let outcome = outcomes.first().copied().ok_or_else(StoreError::already_exists)?;
                let told = match outcome {
                    Insertion::Added => Some(&events.added),
                    Insertion::EmailTaken => Some(&events.address_taken),
                    _ => None,
                };
                if let Some(told) = told {
                    self.insert_letter(&mut transaction, &letter).await?;
                    self.attach(&mut transaction, told).await?;
                }
                transaction.commit().await?;
                Ok(outcome)
            })
            .await
    }

    async fn change(&self, id: &UserId, change: AccountChange) -> Result<Option<Arc<User>>, StoreError> {
        let sql = self.sql();
        let login_names = change.update.login_names.clone().map(LoginName::distinct);
        let of_user = [("id", id.as_str().into())];
        self.database
            .retried(|| async {
                let mut transaction = self.database.begin_in_turn(ACCOUNTS, "").await?;
                let locked = self.lock(&mut transaction, id).await?;
                let Some(mut user) = locked.filter(|user| change.is_for(user)) else { return Ok(None) };
                if let Some(needed) = &change.needs_linked {
                    let user = [("user_id", id.as_str().into())];
                    let linked =
                        transaction.all(&sql.linked_accounts.lock, &user, linked_accounts::id).await?;
                    if !linked.iter().any(|linked| needed.contains(linked)) {
                        return Ok(None);
                    }
                }
                change.apply(&mut user);
                user.groups = sorted(user.groups);
                user.direct_permissions = sorted(user.direct_permissions);
                let groups = user.groups.iter().map(String::as_str).collect();
                let given = self.make_groups(&mut transaction, groups).await?;
                settle(&mut user, &given);
                if let Some(email) = user.email.as_ref().filter(|_| change.takes_unproven_email) {
                    let of_others = [
                        ("id", id.as_str().into()),
                        ("email", email.canonical().into()),
                        ("unproven", false.into()),
                    ];
                    transaction.execute(&sql.users.take_unproven_email, &of_others).await?;
                }
                self.write_account(&mut transaction, &user, login_names.as_deref()).await?;
                if let Some(password) = &change.password {
                    let password = password.as_ref().map(PasswordHash::as_encoded);
                    let params = [
                        ("id", id.as_str().into()),
                        ("new", password.into()),
                        ("epoch", user.auth_epoch.into()),
                    ];
                    transaction.execute(&sql.users.set_password, &params).await?;
                }
                if change.unlinks_all {
                    transaction.execute(&sql.linked_accounts.remove_of_user, &of_user).await?;
                }
                if change.removes_factors {
                    transaction.execute(&sql.factors.remove_of_user, &of_user).await?;
                }
                self.attach(&mut transaction, &change.attached).await?;
                transaction.commit().await?;
                Ok(Some(Arc::new(user)))
            })
            .await
    }

    async fn record_login_with(
        &self,
        id: &UserId,
        at: Timestamp,
        attached: Vec<Attachment>,
    ) -> Result<(), StoreError> {
        let params = [("id", id.as_str().into()), ("at", at.into())];
        self.database
            .retried(|| async {
                let mut transaction = self.database.begin().await?;
                let noted = transaction.execute(&self.sql().users.record_login, &params).await?;
                // None is noted where there was a later one, or where the account is gone.
                if noted == 0 && self.lock(&mut transaction, id).await?.is_none() {
                    return Ok(());
                }
                self.attach(&mut transaction, &attached).await?;
                transaction.commit().await
            })
            .await
    }

    async fn erase(&self, id: &UserId, erasure: Erasure) -> Result<bool, StoreError> {
        self.database
            .retried(|| async {
                let mut transaction = self.database.begin().await?;
                if !self.remove_within(&mut transaction, id).await? {
                    return Ok(false);
                }
                self.pseudonymise_within(&mut transaction, id, &erasure.pseudonym).await?;
                self.attach(&mut transaction, &erasure.attached).await?;
                transaction.commit().await?;
                Ok(true)
            })
            .await
    }

    async fn remove(&self, id: &UserId) -> Result<bool, StoreError> {
        self.database
            .retried(|| async {
                let mut transaction = self.database.begin().await?;
                if !self.remove_within(&mut transaction, id).await? {
                    return Ok(false);
                }
                transaction.commit().await?;
                Ok(true)
            })
            .await
    }

    async fn ended(&self, now: Timestamp, limit: usize) -> Result<Vec<UserId>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let params = [("now", now.into()), ("limit", limit.into())];
        let read = |row: &Row<'_>| Ok(UserId::new(row.string(0)?));
        self.database.look_up(&self.sql().users.ended, &params, read).await
    }

    async fn remove_ended(
        &self,
        id: &UserId,
        now: Timestamp,
        erasure: Option<Erasure>,
    ) -> Result<bool, StoreError> {
        self.database
            .retried(|| async {
                let mut transaction = self.database.begin_in_turn(ACCOUNTS, "").await?;
                let user = self.lock(&mut transaction, id).await?;
                let is_due = |user: &User| user.ending.is_some_and(|ending| ending.is_due(user, now));
                if !user.as_ref().is_some_and(is_due) {
                    return Ok(false);
                }
                self.remove_within(&mut transaction, id).await?;
                if let Some(erasure) = &erasure {
                    self.pseudonymise_within(&mut transaction, id, &erasure.pseudonym).await?;
                    self.attach(&mut transaction, &erasure.attached).await?;
                }
                transaction.commit().await?;
                Ok(true)
            })
            .await
    }

    async fn login_names(&self, id: &UserId) -> Result<Vec<LoginName>, StoreError> {
        let read = |row: &Row<'_>| Ok(LoginName::parse(row.string(0)?));
        self.database.look_up(&self.sql().users.login_names, &[("id", id.as_str().into())], read).await
    }

    async fn groups(&self) -> Result<Vec<Group>, StoreError> {
        self.database.look_up(&self.sql().users.groups, &[], group).await
    }

    async fn put_group(&self, group: &str, permissions: &[String]) -> Result<(), StoreError> {
        let sql = &self.sql().users;
        let params = row(group, permissions);
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
        let batch = batch(GROUP, &[row(group, permissions)])?;
        Ok(self.database.execute(&self.sql().users.add_groups, &[batch]).await? == 1)
    }
}
