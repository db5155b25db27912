//! Adding accounts, one or many, in one way.
//!
//! They travel to the database as one JSON text a table, in one transaction: the cost of a row is that of writing it.

use std::collections::{BTreeSet, HashSet};

use auth_core::error::{BoxError, StoreError};
use auth_core::password::PasswordHash;
use auth_core::user::{Insertion, LoginName, NewUser, User, UserId};

use crate::database::Transaction;
use crate::sql;

use super::rows::{Row, batch, send};
use super::store::SqlStore;
use super::user_row::{ACCOUNTS, GROUP, Given, LOGIN_NAME, MEMBER, NAME, USER, params, settle, sorted};

/// An account to be added.
#[derive(Clone)]
pub(super) struct New {
    user: User,
    password: Option<PasswordHash>,
    login_names: Vec<LoginName>,
}

impl New {
    pub(super) fn of(mut new: NewUser) -> Self {
        let login_names = LoginName::distinct(std::mem::take(&mut new.login_names));
        let (mut user, password) = new.into_user();
        user.groups = sorted(user.groups);
        user.direct_permissions = sorted(user.direct_permissions);
        Self { user, password, login_names }
    }

    /// What became of it, once it was added.
    pub(super) fn into_user(self) -> User {
        self.user
    }
}

impl SqlStore {
    pub(super) async fn insert_batch(&self, new: Vec<NewUser>) -> Result<Vec<Insertion>, StoreError> {
        let new: Vec<New> = new.into_iter().map(New::of).collect();
        self.database
            .retried(|| async {
                let mut transaction = self.database.begin_in_turn(ACCOUNTS, "").await?;
                let (outcomes, _) = self.add_accounts(&mut transaction, &new).await?;
                transaction.commit().await?;
                Ok(outcomes)
            })
            .await
    }

    /// Within a transaction, in turn: adds those of whom nothing is taken. What became of each, and those that were added.
    pub(super) async fn add_accounts(
        &self,
        transaction: &mut Transaction,
        new: &[New],
    ) -> Result<(Vec<Insertion>, Vec<New>), StoreError> {
        let asked: Vec<_> = new.iter().flat_map(identities).collect();
        let mut taken = Taken(self.taken(transaction, None, &asked).await?);
        let outcomes: Vec<_> = new.iter().map(|new| taken.claim(new)).collect();
        let is_added = |(_, outcome): &(&New, &Insertion)| **outcome == Insertion::Added;
        let mut added: Vec<_> =
            new.iter().zip(&outcomes).filter(is_added).map(|(new, _)| new.clone()).collect();
        self.add_free(transaction, &mut added).await?;
        Ok((outcomes, added))
    }

    /// What of these ids, names and addresses is another's than this account's.
    pub(super) async fn taken(
        &self,
        transaction: &mut Transaction,
        of: Option<&UserId>,
        asked: &[(i64, &str)],
    ) -> Result<HashSet<(i64, String)>, StoreError> {
        let asked = asked.iter().map(|&(kind, name)| vec![("kind", kind.into()), ("name", name.into())]);
        let asked: Vec<Row<'_>> = asked.collect();
        let params = [
            batch(NAME, &asked)?,
            ("id", of.map_or("", UserId::as_str).into()),
            ("no", false.into()),
            ("yes", true.into()),
        ];
        let read = |row: &sql::Row<'_>| Ok((row.number(0)?, row.string(1)?.to_owned()));
        Ok(transaction.all(&self.sql().users.taken, &params, read).await?.into_iter().collect())
    }

    async fn add_free(&self, transaction: &mut Transaction, added: &mut [New]) -> Result<(), StoreError> {
        let sql = &self.sql().users;
        let groups: BTreeSet<_> =
            added.iter().flat_map(|new| new.user.groups.iter().map(String::as_str)).collect();
        let given = self.make_groups(transaction, groups).await?;
        added.iter_mut().for_each(|new| settle(&mut new.user, &given));
        let (mut users, mut members, mut login_names) = (Vec::new(), Vec::new(), Vec::new());
        for New { user, password, login_names: further } in &*added {
            let mut row = params(user);
            row.push(("password", password.as_ref().map(PasswordHash::as_encoded).into()));
            users.push(row);
            members.extend(memberships(user));
            login_names.extend(further_names(&user.id, further));
        }
        send(transaction, &sql.insert, USER, &users).await?;
        send(transaction, &sql.add_memberships, MEMBER, &members).await?;
        send(transaction, &sql.add_login_names, LOGIN_NAME, &login_names).await?;
        Ok(())
    }

    /// Makes those of the groups that are missing; what each of them gives its members.
    pub(super) async fn make_groups(
        &self,
        transaction: &mut Transaction,
        names: BTreeSet<&str>,
    ) -> Result<Given, StoreError> {
        if names.is_empty() {
            return Ok(Given::new());
        }
        let sql = &self.sql().users;
        let rows = names.iter().map(|&name| vec![("name", name.into()), ("permissions", "[]".into())]);
        let rows: Vec<Row<'_>> = rows.collect();
        send(transaction, &sql.add_groups, GROUP, &rows).await?;
        let names: serde_json::Value = names.into_iter().collect();
        let given = transaction.all(&sql.given, &[("names", names.to_string().into())], given).await?;
        Ok(given.into_iter().collect())
    }
}

fn given(row: &sql::Row<'_>) -> Result<(String, Vec<String>), BoxError> {
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
    [(ID, user.id.as_str())].into_iter().chain(names(user, login_names))
}

/// What an account is logged in by, each with its kind.
pub(super) fn names<'a>(user: &'a User, further: &'a [LoginName]) -> impl Iterator<Item = (i64, &'a str)> {
    let email = user.email.as_ref().map(|email| (EMAIL, email.canonical()));
    let further = further.iter().map(|name| (kind(name), name.canonical()));
    [(USERNAME, user.username.canonical())].into_iter().chain(email).chain(further)
}

/// The rows of an account among the members of its groups.
pub(super) fn memberships(user: &User) -> impl Iterator<Item = Row<'_>> {
    user.groups
        .iter()
        .map(|name| vec![("group_name", name.as_str().into()), ("user_id", user.id.as_str().into())])
}

/// The rows of an account's further names.
pub(super) fn further_names<'a>(id: &'a UserId, names: &'a [LoginName]) -> impl Iterator<Item = Row<'a>> {
    names.iter().map(move |name| {
        vec![
            ("name", name.canonical().into()),
            ("is_address", name.email().is_some().into()),
            ("written", name.as_str().into()),
            ("user_id", id.as_str().into()),
        ]
    })
}
