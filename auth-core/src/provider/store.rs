//! The store contract of linked accounts.

use std::fmt;

use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::user::factor::FactorId;
use crate::user::{Attachment, UserId};

use super::{LinkedAccount, LinkedAccountId};

/// What became of a request to unlink.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unlinked {
    /// None of the others that one of had to be left is there.
    Last,
    /// There is no such account of this user.
    NotFound,
    /// It is gone.
    Removed,
}

/// Where linked accounts are kept.
///
/// # Contract
/// - Each call is atomic, also across processes. (`issuer`, `subject`) is unique, compared byte by byte: a second one is
///   [`StoreError::already_exists`], and nothing was changed then.
/// - What comes with linking or unlinking is written in the same step, and where nothing is linked or unlinked, nothing is. A backend
///   refuses attachments of a kind that it does not know as [`StoreError::unsupported`].
/// - An account goes with its user: it does not outlive `UserAdmin::remove`. Whether a user exists is for the caller to know, since
///   the users' table may be the application's own.
/// - A change is visible to every later call, from any process.
#[async_trait]
pub trait LinkedAccountStore: fmt::Debug + Send + Sync {
    /// The account of this subject at this issuer.
    async fn find(&self, issuer: &str, subject: &str) -> Result<Option<LinkedAccount>, StoreError>;

    /// The accounts of a user, oldest first.
    async fn list(&self, user: &UserId) -> Result<Vec<LinkedAccount>, StoreError>;

    /// The first `limit` accounts after the one with the id `after`, whoever's they are, in the order of ids: a walk through all of
    /// them, page by page, sees each account that stays once.
    async fn page(
        &self,
        after: Option<&LinkedAccountId>,
        limit: usize,
    ) -> Result<Vec<LinkedAccount>, StoreError>;

    /// Links an account to a user who is there, with what comes with that. One that is made with its user, or with a change of theirs, is
    /// an [`Attachment`](Attachment::LinkedAccount).
    async fn link(&self, account: LinkedAccount, attached: Vec<Attachment>) -> Result<(), StoreError>;

    /// Removes the user's account with this id, with what comes with that. With `others`, only while at least one of those accounts is
    /// this user's too, and another one than it, or one of those factors is; looked up in the same step as it is removed, and kept from
    /// going beside it: of parallel calls that count on each other's account or factor, the last one finds none. A backend without
    /// factors has none of them.
    async fn unlink(
        &self,
        user: &UserId,
        id: &LinkedAccountId,
        others: Option<(&[LinkedAccountId], &[FactorId])>,
        attached: Vec<Attachment>,
    ) -> Result<Unlinked, StoreError>;

    /// Notes a login and what the provider says of the account now; `None` leaves what is known, since some providers name
    /// somebody at the first login only. A login that is older than the last one changes nothing.
    async fn record_login(
        &self,
        id: &LinkedAccountId,
        at: Timestamp,
        email: Option<&str>,
        name: Option<&str>,
    ) -> Result<(), StoreError>;

    /// Replaces the sealed tokens if their version still is `expected`; the new version is `expected + 1`. False, and nothing changed,
    /// when it had moved or the account is gone.
    async fn write_tokens(
        &self,
        id: &LinkedAccountId,
        expected: u64,
        tokens: Option<Vec<u8>>,
    ) -> Result<bool, StoreError>;
}
