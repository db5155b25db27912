//! The store contract of accounts.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::password::{HashingRules, PasswordHash};

use super::{
    Account, AccountChange, Attachment, BackendId, Erasure, Group, Insertion, LoginName, NewUser,
    QueuedLetter, SignUpEvents, User, UserId, UserUpdate,
};

/// What logging in and guards need of the users' table. An application with a table of its own implements this one;
/// the built-in backends also implement [`UserAdmin`].
///
/// # Contract
/// - A user name and an e-mail address are each compared in their canonical form ([`crate::user::Username::canonical`],
///   [`crate::user::Email::canonical`]) and byte by byte, never by a collation of the database. A table of another system may
///   tell more names apart ([`LoginName::with_case`]), never fewer.
/// - An address that several accounts share finds nobody.
/// - `auth_epoch` is compared for equality. It may start anywhere, and has to move with every change of the password, by
///   whomever.
/// - `User::permissions` is the effective set: direct ones and those of all groups, sorted, without repetition.
/// - A change is visible to every later call, from any process.
/// - An error means that the answer is unknown. An unknown user is `Ok(None)`.
#[async_trait]
pub trait UserStore: fmt::Debug + Send + Sync {
    /// The user with this id. Guards call this once per request: it should be one read by primary key.
    async fn get(&self, id: &UserId) -> Result<Option<Arc<User>>, StoreError>;

    /// The account with this user name or e-mail address, or to which it is a further name to log in by
    /// ([`NewUser::login_names`]). An address by which an account is found is not thereby one that its owner proved: that is
    /// `User::email` under `User::email_verified` alone.
    async fn find(&self, login: &LoginName) -> Result<Option<Account>, StoreError>;

    /// The account with this id.
    async fn account(&self, id: &UserId) -> Result<Option<Account>, StoreError>;

    /// Replaces the stored hash if it still is `old`, without raising the epoch: the same password, hashed with newer
    /// parameters. False when the hash had changed meanwhile. One atomic conditional write.
    async fn rehash_password(
        &self,
        id: &UserId,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<bool, StoreError>;

    /// Sets another password and raises `auth_epoch` by one, in one write, if the stored hash still is `old`
    /// (`None`: whatever it is). Answers the new epoch, or `None` when the hash had changed or the user is gone.
    async fn set_password(
        &self,
        id: &UserId,
        old: Option<&PasswordHash>,
        new: &PasswordHash,
    ) -> Result<Option<u64>, StoreError>;

    /// Raises `auth_epoch` by one and answers the new value; `None` when there is no such user.
    async fn raise_epoch(&self, id: &UserId) -> Result<Option<u64>, StoreError>;

    /// Notes the time of a login; never moves it back.
    async fn record_login(&self, id: &UserId, at: Timestamp) -> Result<(), StoreError>;

    /// What password hashes look like in this table, and whether a login may replace one. Asked once, at start. By default new
    /// hashes are Argon2id in PHC strings and older ones are replaced: a table that another program reads too has to say otherwise.
    fn hashing(&self) -> HashingRules {
        HashingRules::default()
    }
}

/// Making and changing accounts and groups.
///
/// # Contract
/// All of [`UserStore`]'s, and: each call is one transaction; a taken name or address is
/// [`StoreError::already_exists`], and nothing was changed then. A further login name takes a user name or an address as one that
/// stands in the account does, and the other way round; an account may hold one text in both ways. A backend that keeps none
/// refuses them as [`StoreError::unsupported`], and so it does with attachments of a kind that it does not know.
#[async_trait]
pub trait UserAdmin: UserStore {
    /// Adds an account.
    async fn insert(&self, new: NewUser) -> Result<Arc<User>, StoreError> {
        self.insert_with(new, Vec::new()).await
    }

    /// Adds an account together with what comes with it: all of it or nothing. What the attachments may not share with others
    /// (a linked account its issuer and subject) is [`StoreError::already_exists`] too. Their user is `new.id`.
    async fn insert_with(&self, new: NewUser, attached: Vec<Attachment>) -> Result<Arc<User>, StoreError>;

    /// Adds a batch of accounts, each whole or not at all, and answers in its order what became of each. One that clashes with an
    /// account of the store, or with one before it in the batch, is left out; the others are added. What clashes in several ways
    /// is answered by the first of id, name, address, further login name. By default one call of [`insert`](Self::insert) each; a
    /// backend that serves large imports adds the batch in one transaction.
    async fn insert_many(&self, new: Vec<NewUser>) -> Result<Vec<Insertion>, StoreError> {
        let mut outcomes = Vec::with_capacity(new.len());
        for new in new {
            let (id, username) = (new.id.clone(), LoginName::from(&new.username));
            let email = new.email.as_ref().map(LoginName::from);
            outcomes.push(match self.insert(new).await {
                Ok(_) => Insertion::Added,
                Err(error) if !error.is_already_exists() => return Err(error),
                Err(_) if self.get(&id).await?.is_some() => Insertion::IdTaken,
                Err(_) if self.find(&username).await?.is_some() => Insertion::UsernameTaken,
                Err(_) => match &email {
                    Some(email) if self.find(email).await?.is_some() => Insertion::EmailTaken,
                    _ => Insertion::LoginNameTaken,
                },
            });
        }
        Ok(outcomes)
    }

    /// The first `limit` accounts after the one with the id `after`, in the order of ids: a walk through all of them, page by
    /// page, sees each account that stays in the table once.
    async fn list(&self, after: Option<&UserId>, limit: usize) -> Result<Vec<Account>, StoreError> {
        let _ = (after, limit);
        Err(StoreError::unsupported("listing accounts"))
    }

    /// Which backend this is of: the audit and the outbox, which are written in one transaction with accounts, have to say the same. By
    /// default this very value. Handles that share a backend name what they share, and a store in front of another one passes on what
    /// that one says.
    fn backend_id(&self) -> BackendId {
        BackendId::of(self)
    }

    /// Whether letters and events can come with an account, with a change of one and with a login: they are written by the same
    /// transaction.
    fn keeps_letters(&self) -> bool {
        false
    }

    /// Adds an account for somebody who signs up, and posts the letter that says so to its address, with what is told of it. Where the
    /// address is another account's, no account is made, and what is told is that: nothing that is done, and no time that it takes,
    /// tells the two apart. Where the name is taken, nothing is written.
    async fn sign_up(
        &self,
        new: NewUser,
        letter: QueuedLetter,
        events: SignUpEvents,
    ) -> Result<Insertion, StoreError> {
        let _ = (new, letter, events);
        Err(StoreError::unsupported("signing up"))
    }

    /// Changes an account; `None` when there is no such user.
    async fn update(&self, id: &UserId, update: UserUpdate) -> Result<Option<Arc<User>>, StoreError> {
        self.change(id, AccountChange { update, ..AccountChange::default() }).await
    }

    /// Changes an account, with all that comes with the change; `None`, and nothing changed, when there is no such user or it is not
    /// [as it was read](AccountChange::is_for) any more.
    async fn change(&self, id: &UserId, change: AccountChange) -> Result<Option<Arc<User>>, StoreError>;

    /// [Notes a login](UserStore::record_login), with what comes with it: both, or neither, and nothing where there is
    /// no such user. What comes with it is written too where a later login was noted before.
    async fn record_login_with(
        &self,
        id: &UserId,
        at: Timestamp,
        attached: Vec<Attachment>,
    ) -> Result<(), StoreError> {
        let _ = (id, at, attached);
        Err(StoreError::unsupported("attachments of a login"))
    }

    /// Removes an account, gives its events a pseudonym in its place, and writes what comes with that; false, and nothing written, when
    /// there was none. For a backend that keeps events of accounts in the same place.
    async fn erase(&self, id: &UserId, erasure: Erasure) -> Result<bool, StoreError> {
        let _ = (id, erasure);
        Err(StoreError::unsupported("erasing an account from its events"))
    }

    /// Removes an account; false when there was none.
    async fn remove(&self, id: &UserId) -> Result<bool, StoreError>;

    /// The first `limit` accounts whose [`ending`](User::ending) has come, those first that it came for first. None in a table that
    /// keeps no endings.
    async fn ended(&self, now: Timestamp, limit: usize) -> Result<Vec<UserId>, StoreError> {
        let _ = (now, limit);
        Ok(Vec::new())
    }

    /// Removes an account that is to go now ([`Ending::is_due`](super::Ending::is_due)), as it is when it is removed: false, and nothing
    /// changed, for one that was opened again meanwhile. What comes with it is as of [`erase`](Self::erase).
    async fn remove_ended(
        &self,
        id: &UserId,
        now: Timestamp,
        erasure: Option<Erasure>,
    ) -> Result<bool, StoreError> {
        let _ = (id, now, erasure);
        Ok(false)
    }

    /// The further names by which a user may log in, in a fixed order; none where there is no such user.
    async fn login_names(&self, id: &UserId) -> Result<Vec<LoginName>, StoreError> {
        let _ = id;
        Ok(Vec::new())
    }

    /// Every group, by its name.
    async fn groups(&self) -> Result<Vec<Group>, StoreError> {
        Err(StoreError::unsupported("listing groups"))
    }

    /// Makes the group if need be, and sets the permissions it gives.
    async fn put_group(&self, group: &str, permissions: &[String]) -> Result<(), StoreError>;

    /// Makes the group with the permissions it gives; false, and nothing changed, when it is there.
    async fn add_group(&self, group: &str, permissions: &[String]) -> Result<bool, StoreError> {
        let _ = (group, permissions);
        Err(StoreError::unsupported("making a group only where there is none"))
    }
}
