//! Many accounts at once.
//!
//! A batch travels to the database as one JSON text a table, in one transaction: the cost of a row is that of writing it.

use std::collections::{BTreeSet, HashSet};

use auth_core::clock::Timestamp;
use auth_core::error::{BoxError, StoreError};
use auth_core::password::PasswordHash;
use auth_core::user::{Insertion, LoginName, NewUser, User};
use serde_json::{Value, json};

use crate::database::Transaction;
use crate::sql::{Row, Statement};

use super::SqlStore;
use super::user_admin::{ACCOUNTS, Given, settle, sort_and_dedup};
use super::users::WRITTEN;

/// An account to be added.
#[derive(Clone)]
struct New {
    user: User,
    password: Option<PasswordHash>,
    login_names: Vec<LoginName>,
}

impl SqlStore {
    pub(super) async fn insert_batch(&self, new: Vec<NewUser>) -> Result<Vec<Insertion>, StoreError> {
        let new: Vec<New> = new.into_iter().map(ready).collect();
        self.database
            .retried(|| async {
                let mut transaction = self.database.begin_in_turn(ACCOUNTS, "").await?;
                let mut taken = self.taken(&mut transaction, &new).await?;
                let outcomes: Vec<_> = new.iter().map(|new| taken.claim(new)).collect();
                let is_added = |(_, outcome): &(&New, &Insertion)| **outcome == Insertion::Added;
                let added = new.iter().zip(&outcomes).filter(is_added).map(|(new, _)| new.clone()).collect();
                self.add(&mut transaction, added).await?;
                transaction.commit().await?;
                Ok(outcomes)
            })
            .await
    }

    /// What of all that these accounts are known by is another account's.
    async fn taken(&self, transaction: &mut Transaction, new: &[New]) -> Result<Taken, StoreError> {
        let asked: Value = new.iter().flat_map(identities).map(|(kind, name)| json!([kind, name])).collect();
        let params = [("batch", asked.to_string().into()), ("no", false.into()), ("yes", true.into())];
        let read = |row: &Row<'_>| Ok((row.number(0)?, row.string(1)?.to_owned()));
        let found = transaction.all(&self.sql().users.taken, &params, read).await?;
        Ok(Taken(found.into_iter().collect()))
    }

    async fn add(&self, transaction: &mut Transaction, mut added: Vec<New>) -> Result<(), StoreError> {
        let sql = &self.sql().users;
        let groups: BTreeSet<&String> = added.iter().flat_map(|new| &new.user.groups).collect();
        let groups = groups.into_iter().map(|name| json!([name, "[]"])).collect();
        if send(transaction, &sql.add_groups, groups).await? {
            let given = transaction.all(&sql.groups, &[], given).await?.into_iter().collect();
            added.iter_mut().for_each(|new| settle(&mut new.user, &given));
        }
        send(transaction, &sql.insert_many, added.iter().map(columns).collect()).await?;
        send(transaction, &sql.add_memberships, added.iter().flat_map(memberships).collect()).await?;
        send(transaction, &sql.add_login_names, added.iter().flat_map(login_names).collect()).await?;
        Ok(())
    }
}

/// Sends rows, if there are any.
async fn send(
    transaction: &mut Transaction,
    statement: &Statement,
    rows: Vec<Value>,
) -> Result<bool, StoreError> {
    if rows.is_empty() {
        return Ok(false);
    }
    let batch = Value::Array(rows).to_string();
    transaction.execute(statement, &[("batch", batch.into())]).await?;
    Ok(true)
}

fn given(row: &Row<'_>) -> Result<(String, Vec<String>), BoxError> {
    Ok((row.string(0)?.to_owned(), serde_json::from_str(row.string(1)?)?))
}

/// The kinds of what no two accounts share, as the statement numbers them.
const ID: i64 = 0;
const USERNAME: i64 = 1;
const EMAIL: i64 = 2;

/// What accounts of the table have, and those that came before in the batch.
struct Taken(HashSet<(i64, String)>);

impl Taken {
    /// Takes all that the account is known by, or nothing.
    fn claim(&mut self, new: &New) -> Insertion {
        let New { user, login_names, .. } = new;
        if self.has(ID, user.id.as_str()) {
            return Insertion::IdTaken;
        }
        if self.has(USERNAME, user.username.canonical()) {
            return Insertion::UsernameTaken;
        }
        if user.email.as_ref().is_some_and(|email| self.has(EMAIL, email.canonical())) {
            return Insertion::EmailTaken;
        }
        if login_names.iter().any(|name| self.has(kind(name), name.canonical())) {
            return Insertion::LoginNameTaken;
        }
        self.0.extend(identities(new).map(|(kind, name)| (kind, name.to_owned())));
        Insertion::Added
    }

    fn has(&self, kind: i64, name: &str) -> bool {
        self.0.contains(&(kind, name.to_owned()))
    }
}

fn kind(name: &LoginName) -> i64 {
    if name.email().is_some() { EMAIL } else { USERNAME }
}

/// All that the account is known by, each with its kind.
fn identities(New { user, login_names, .. }: &New) -> impl Iterator<Item = (i64, &str)> {
    let own = [(ID, user.id.as_str()), (USERNAME, user.username.canonical())];
    let email = user.email.as_ref().map(|email| (EMAIL, email.canonical()));
    let further = login_names.iter().map(|name| (kind(name), name.canonical()));
    own.into_iter().chain(email).chain(further)
}

fn ready(mut new: NewUser) -> New {
    let login_names = LoginName::distinct(std::mem::take(&mut new.login_names));
    let (mut user, password) = new.into_user();
    sort_and_dedup(&mut user.groups);
    sort_and_dedup(&mut user.direct_permissions);
    settle(&mut user, &Given::new());
    New { user, password, login_names }
}

fn memberships(New { user, .. }: &New) -> impl Iterator<Item = Value> {
    user.groups.iter().map(|group| json!([group, user.id.as_str()]))
}

fn login_names(New { user, login_names, .. }: &New) -> impl Iterator<Item = Value> {
    let row =
        |name: &LoginName| json!([name.canonical(), name.email().is_some(), name.as_str(), user.id.as_str()]);
    login_names.iter().map(row)
}

/// The columns of [`WRITTEN`](super::users::WRITTEN), in their order. What is JSON in its column is a text here.
fn columns(New { user, password, .. }: &New) -> Value {
    let email = user.email.as_ref();
    let columns = json!([
        user.id.as_str(),
        user.username.as_str(),
        user.username.canonical(),
        email.map(|email| email.as_str()),
        email.map(|email| email.canonical()),
        user.email_verified,
        password.as_ref().map(PasswordHash::as_encoded),
        user.is_active,
        user.is_staff,
        user.is_superuser,
        user.auth_epoch.cast_signed(),
        user.date_joined.unix_millis(),
        user.last_login.map(Timestamp::unix_millis),
        json!(user.groups).to_string(),
        json!(user.direct_permissions).to_string(),
        json!(user.permissions).to_string(),
        user.attributes.to_string(),
    ]);
    debug_assert_eq!(columns.as_array().map(Vec::len), Some(WRITTEN.len()), "a value for each column");
    columns
}
