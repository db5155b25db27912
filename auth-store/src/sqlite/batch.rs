//! Many accounts at once.
//!
//! A batch travels to SQLite as one JSON text, in one transaction: the cost of a row is that of writing it.

use std::collections::{HashMap, HashSet};

use auth_core::clock::Timestamp;
use auth_core::error::StoreError;
use auth_core::password::PasswordHash;
use auth_core::user::{Insertion, LoginName, NewUser, User};
use serde_json::{Value, json};
use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::users::sort_and_dedup;
use super::{SqlStore, signed, store_error};

/// An account to be added.
struct New {
    user: User,
    password: Option<PasswordHash>,
    login_names: Vec<LoginName>,
}

impl SqlStore {
    pub(super) async fn insert_batch(&self, new: Vec<NewUser>) -> Result<Vec<Insertion>, StoreError> {
        let new: Vec<New> = new.into_iter().map(ready).collect();
        let sql = &self.0.statements;
        let mut transaction = self.0.begin().await?;
        let identities: Value = new.iter().map(identity).collect();
        let clashes = sql.user_clashes.query().bind(identities.to_string());
        let clashes = clashes.fetch_all(&mut *transaction).await.map_err(store_error)?;
        let mut clashes: HashMap<i64, Insertion> = clashes.iter().map(clash).collect::<Result<_, _>>()?;
        let mut claimed = Claimed::default();
        let claim = |(place, new): (i64, &New)| clashes.remove(&place).unwrap_or_else(|| claimed.claim(new));
        let outcomes: Vec<Insertion> = (0..).zip(&new).map(claim).collect();
        let is_added = |(_, outcome): &(&New, &Insertion)| **outcome == Insertion::Added;
        let added: Vec<&New> = new.iter().zip(&outcomes).filter(is_added).map(|(new, _)| new).collect();
        let rows: Value = added.iter().map(|new| columns(new)).collect();
        let insert = sql.insert_users.query().bind(rows.to_string());
        insert.execute(&mut *transaction).await.map_err(store_error)?;
        self.join_groups(&mut transaction, added.iter().map(|new| &new.user)).await?;
        let login_names: Value = added.iter().flat_map(|new| login_names(new)).collect();
        let add = sql.add_login_names.query().bind(login_names.to_string());
        add.execute(&mut *transaction).await.map_err(store_error)?;
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
    fn claim(&mut self, new: &New) -> Insertion {
        let New { user, login_names, .. } = new;
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
        if login_names.iter().any(|name| self.of_kind(name).contains(name.canonical())) {
            return Insertion::LoginNameTaken;
        }
        self.ids.insert(id.to_owned());
        self.usernames.insert(username.to_owned());
        self.emails.extend(email.map(str::to_owned));
        for name in login_names {
            self.of_kind(name).insert(name.canonical().to_owned());
        }
        Insertion::Added
    }

    fn of_kind(&mut self, name: &LoginName) -> &mut HashSet<String> {
        if name.email().is_some() { &mut self.emails } else { &mut self.usernames }
    }
}

fn ready(mut new: NewUser) -> New {
    let login_names = LoginName::distinct(std::mem::take(&mut new.login_names));
    let (mut user, password) = new.into_user();
    sort_and_dedup(&mut user.groups);
    sort_and_dedup(&mut user.direct_permissions);
    New { user, password, login_names }
}

/// What no two accounts share.
fn identity(New { user, login_names, .. }: &New) -> Value {
    let email = user.email.as_ref().map(|email| email.canonical());
    let further = login_names.iter().map(|name| json!([name.canonical(), i64::from(name.email().is_some())]));
    json!([user.id.as_str(), user.username.canonical(), email, further.collect::<Value>()])
}

/// The columns of `add_login_names`, of each.
fn login_names(New { user, login_names, .. }: &New) -> impl Iterator<Item = Value> {
    let row = |name: &LoginName| {
        json!([name.canonical(), i64::from(name.email().is_some()), name.as_str(), user.id.as_str()])
    };
    login_names.iter().map(row)
}

/// The columns of `inserted_columns!` but the last. What is JSON in its column is a text here.
fn columns(New { user, password, .. }: &New) -> Value {
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

/// A place in the batch, and what is taken of the account there, the first of them.
fn clash(row: &SqliteRow) -> Result<(i64, Insertion), StoreError> {
    let is_taken = |column: usize| row.try_get::<bool, _>(column).map_err(store_error);
    let outcome = match (is_taken(1)?, is_taken(2)?, is_taken(3)?) {
        (true, ..) => Insertion::IdTaken,
        (false, true, _) => Insertion::UsernameTaken,
        (false, false, true) => Insertion::EmailTaken,
        (false, false, false) => Insertion::LoginNameTaken,
    };
    Ok((row.try_get(0).map_err(store_error)?, outcome))
}
