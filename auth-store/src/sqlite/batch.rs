//! Many accounts at once.
//!
//! A batch travels to SQLite as one JSON text, in one transaction: the cost of a row is that of writing it.

use std::collections::{HashMap, HashSet};

use auth_core::clock::Timestamp;
use auth_core::error::StoreError;
use auth_core::password::PasswordHash;
use auth_core::user::{Insertion, NewUser, User};
use serde_json::{Value, json};
use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::users::sort_and_dedup;
use super::{SqlStore, signed, store_error};

/// An account to be added, and its password.
type New = (User, Option<PasswordHash>);

impl SqlStore {
    pub(super) async fn insert_batch(&self, new: Vec<NewUser>) -> Result<Vec<Insertion>, StoreError> {
        let new: Vec<New> = new.into_iter().map(ready).collect();
        let sql = &self.0.statements;
        let mut transaction = self.0.begin().await?;
        let identities: Value = new.iter().map(|(user, _)| identity(user)).collect();
        let clashes = sql.user_clashes.query().bind(identities.to_string());
        let clashes = clashes.fetch_all(&mut *transaction).await.map_err(store_error)?;
        let mut clashes: HashMap<i64, Insertion> = clashes.iter().map(clash).collect::<Result<_, _>>()?;
        let mut claimed = Claimed::default();
        let claim =
            |(place, (user, _)): (i64, &New)| clashes.remove(&place).unwrap_or_else(|| claimed.claim(user));
        let outcomes: Vec<Insertion> = (0..).zip(&new).map(claim).collect();
        let is_added = |(_, outcome): &(&New, &Insertion)| **outcome == Insertion::Added;
        let added: Vec<&New> = new.iter().zip(&outcomes).filter(is_added).map(|(new, _)| new).collect();
        let rows: Value = added.iter().map(|new| columns(new)).collect();
        let insert = sql.insert_users.query().bind(rows.to_string());
        insert.execute(&mut *transaction).await.map_err(store_error)?;
        self.join_groups(&mut transaction, added.iter().map(|(user, _)| user)).await?;
        transaction.commit().await.map_err(store_error)?;
        Ok(outcomes)
    }

    /// Within a transaction: puts users that were added into their groups, and works out what these let them do.
    async fn join_groups(
        &self,
        connection: &mut SqliteConnection,
        added: impl Iterator<Item = &User>,
    ) -> Result<(), StoreError> {
        let members = added.filter(|user| !user.groups.is_empty());
        let members: Vec<Value> = members.map(|user| json!([user.id.as_str(), user.groups])).collect();
        if members.is_empty() {
            return Ok(());
        }
        let (sql, members) = (&self.0.statements, Value::Array(members).to_string());
        for statement in [&sql.make_groups, &sql.add_memberships, &sql.settle_members] {
            let query = statement.query().bind(members.clone());
            query.execute(&mut *connection).await.map_err(store_error)?;
        }
        Ok(())
    }
}

/// What the accounts of a batch took before those that come after them.
#[derive(Default)]
struct Claimed {
    ids: HashSet<String>,
    usernames: HashSet<String>,
    emails: HashSet<String>,
}

impl Claimed {
    /// Takes all that the account is known by, or nothing.
    fn claim(&mut self, user: &User) -> Insertion {
        let (id, username) = (user.id.as_str(), user.username.canonical());
        let email = user.email.as_ref().map(|email| email.canonical());
        if self.ids.contains(id) {
            return Insertion::IdTaken;
        }
        if self.usernames.contains(username) {
            return Insertion::UsernameTaken;
        }
        if email.is_some_and(|email| self.emails.contains(email)) {
            return Insertion::EmailTaken;
        }
        self.ids.insert(id.to_owned());
        self.usernames.insert(username.to_owned());
        self.emails.extend(email.map(str::to_owned));
        Insertion::Added
    }
}

fn ready(new: NewUser) -> New {
    let (mut user, password) = new.into_user();
    sort_and_dedup(&mut user.groups);
    sort_and_dedup(&mut user.direct_permissions);
    (user, password)
}

/// What no two accounts share.
fn identity(user: &User) -> Value {
    let email = user.email.as_ref().map(|email| email.canonical());
    json!([user.id.as_str(), user.username.canonical(), email])
}

/// The columns of `inserted_columns!` but the last. What is JSON in its column is a text here.
fn columns((user, password): &New) -> Value {
    json!([
        user.id.as_str(),
        user.username.as_str(),
        user.username.canonical(),
        user.email.as_ref().map(|email| email.as_str()),
        user.email.as_ref().map(|email| email.canonical()),
        i64::from(user.email_verified),
        password.as_ref().map(PasswordHash::as_encoded),
        i64::from(user.is_active),
        i64::from(user.is_staff),
        i64::from(user.is_superuser),
        signed(user.auth_epoch),
        user.date_joined.unix_millis(),
        user.last_login.map(Timestamp::unix_millis),
        json!(user.groups).to_string(),
        json!(user.direct_permissions).to_string(),
        user.attributes.to_string(),
    ])
}

/// A place in the batch, and what is taken of the account there; the address, where it is neither of the others.
fn clash(row: &SqliteRow) -> Result<(i64, Insertion), StoreError> {
    let is_taken = |column: usize| row.try_get::<bool, _>(column).map_err(store_error);
    let outcome = match (is_taken(1)?, is_taken(2)?) {
        (true, _) => Insertion::IdTaken,
        (false, true) => Insertion::UsernameTaken,
        (false, false) => Insertion::EmailTaken,
    };
    Ok((row.try_get(0).map_err(store_error)?, outcome))
}
