//! Many accounts at once.
//!
//! A batch travels to SQLite as one JSON text, in one transaction: the cost of a row is that of writing it.

use std::collections::HashSet;

use auth_core::clock::Timestamp;
use auth_core::error::StoreError;
use auth_core::password::PasswordHash;
use auth_core::user::{Insertion, NewUser, User};
use serde_json::{Value, json};
use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::statements::Statement;
use super::users::sort_and_dedup;
use super::{SqlStore, signed, store_error};

/// What no two accounts share: id, canonical name, canonical address.
type Identity = (String, String, Option<String>);

impl SqlStore {
    pub(super) async fn insert_batch(&self, new: Vec<NewUser>) -> Result<Vec<Insertion>, StoreError> {
        let users: Vec<_> = new.into_iter().map(ready).collect();
        let sql = &self.0.statements;
        let mut transaction = self.0.begin().await?;
        let added = rows(&mut transaction, &sql.insert_users, users.iter().map(columns).collect()).await?;
        let mut added: HashSet<Identity> = added.iter().map(read_identity).collect::<Result<_, _>>()?;
        let (added, clashing): (Vec<_>, Vec<_>) =
            users.iter().enumerate().partition(|(_, (user, _))| added.remove(&identity(user)));
        self.join_groups(&mut transaction, added.iter().map(|(_, (user, _))| user)).await?;
        let mut outcomes = vec![Insertion::Added; users.len()];
        let identities = clashing.iter().map(|(_, (user, _))| json!(identity(user))).collect();
        let clashes = rows(&mut transaction, &sql.user_clashes, identities).await?;
        for ((place, _), clash) in clashing.iter().zip(&clashes) {
            outcomes[*place] = read_clash(clash)?;
        }
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
        let members: Value = members.map(|user| json!([user.id.as_str(), user.groups])).collect();
        if members.as_array().is_some_and(Vec::is_empty) {
            return Ok(());
        }
        let (sql, members) = (&self.0.statements, members.to_string());
        for statement in [&sql.make_groups, &sql.add_memberships, &sql.settle_members] {
            let query = statement.query().bind(members.clone());
            query.execute(&mut *connection).await.map_err(store_error)?;
        }
        Ok(())
    }
}

fn ready(new: NewUser) -> (User, Option<PasswordHash>) {
    let (mut user, password) = new.into_user();
    sort_and_dedup(&mut user.groups);
    sort_and_dedup(&mut user.direct_permissions);
    (user, password)
}

/// The columns of `inserted_columns!` but the last. What is JSON in its column is a text here.
fn columns((user, password): &(User, Option<PasswordHash>)) -> Value {
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

/// The rows that a statement over a JSON array answers.
async fn rows(
    connection: &mut SqliteConnection,
    statement: &Statement,
    values: Vec<Value>,
) -> Result<Vec<SqliteRow>, StoreError> {
    if values.is_empty() {
        return Ok(Vec::new());
    }
    let query = statement.query().bind(Value::Array(values).to_string());
    query.fetch_all(connection).await.map_err(store_error)
}

fn identity(user: &User) -> Identity {
    let email = user.email.as_ref().map(|email| email.canonical().to_owned());
    (user.id.as_str().to_owned(), user.username.canonical().to_owned(), email)
}

fn read_identity(row: &SqliteRow) -> Result<Identity, StoreError> {
    let text = |column| row.try_get(column).map_err(store_error);
    Ok((text(0)?, text(1)?, row.try_get(2).map_err(store_error)?))
}

/// Which of its texts an account could not have; the address, where it is neither of the others.
fn read_clash(row: &SqliteRow) -> Result<Insertion, StoreError> {
    let is_taken = |column: usize| row.try_get::<bool, _>(column).map_err(store_error);
    Ok(match (is_taken(0)?, is_taken(1)?) {
        (true, _) => Insertion::IdTaken,
        (false, true) => Insertion::UsernameTaken,
        (false, false) => Insertion::EmailTaken,
    })
}
