//! Letting in again who was locked out.

use std::sync::Arc;

use crate::error::Error;
use crate::short_lived::ShortLivedStore;
use crate::user::{LoginName, User, UserId, UserStore};

use super::counters::{self, PASSWORD};
use super::limiter::Limiter;

/// Lets accounts in again that failed attempts have locked: for support staff, and for commands, since it needs no application
/// secret.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), auth_core::Error> {
/// use auth_core::store::{Backend as _, MemoryStore};
/// use auth_core::throttle::Lockouts;
///
/// let stores = MemoryStore::new().stores();
/// let lockouts = Lockouts::new(stores.users, stores.short_lived);
/// assert!(lockouts.clear_login("alice").await?.is_none(), "nobody is called so");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Lockouts {
    users: Arc<dyn UserStore>,
    limiter: Limiter,
}

impl Lockouts {
    /// The locked accounts of these users, whose attempts are counted in this store.
    pub fn new(users: Arc<dyn UserStore>, short_lived: Arc<dyn ShortLivedStore>) -> Self {
        Self::by(users, Limiter::new(short_lived))
    }

    pub(super) fn by(users: Arc<dyn UserStore>, limiter: Limiter) -> Self {
        Self { users, limiter }
    }

    /// Forgets the failed attempts at an account, at its user name and at its address. False when there is no such user. A further
    /// name ([`NewUser::login_names`](crate::user::NewUser::login_names)) is a matter of [`clear_login`](Self::clear_login).
    ///
    /// # Errors
    /// [`Unavailable`](crate::error::ErrorKind::Unavailable).
    pub async fn clear(&self, user: &UserId) -> Result<bool, Error> {
        self.forget_codes(user).await?;
        self.clear_passwords(user).await
    }

    /// The same, but what was guessed of its second factor stays counted.
    pub(super) async fn clear_passwords(&self, user: &UserId) -> Result<bool, Error> {
        self.forget_row(user).await?;
        let Some(user) = self.users.get(user).await? else { return Ok(false) };
        self.forget_names(&user).await?;
        Ok(true)
    }

    /// Forgets the failed attempts at a name or an address as somebody types it, and at the account that it leads to, which is
    /// answered. Attempts are counted at names that nobody has too.
    ///
    /// # Errors
    /// [`Unavailable`](crate::error::ErrorKind::Unavailable).
    pub async fn clear_login(&self, login: &str) -> Result<Option<Arc<User>>, Error> {
        let login = LoginName::parse(login);
        self.limiter.clear(&counters::all_of_name(PASSWORD, &login)).await?;
        let Some(account) = self.users.find(&login).await? else { return Ok(None) };
        self.forget_row(&account.user.id).await?;
        self.forget_codes(&account.user.id).await?;
        self.forget_names(&account.user).await?;
        Ok(Some(account.user))
    }

    /// Forgets all of them, of an account that may be gone.
    pub(crate) async fn forget(&self, user: &User) -> Result<(), Error> {
        self.forget_row(&user.id).await?;
        self.forget_codes(&user.id).await?;
        self.forget_names(user).await
    }

    /// Forgets the failures in a row alone: what anybody can see of an account's limits stays as it is.
    pub(crate) async fn forget_row(&self, user: &UserId) -> Result<(), Error> {
        Ok(self.limiter.clear(&[counters::in_a_row(PASSWORD, user, 0)]).await?)
    }

    async fn forget_codes(&self, user: &UserId) -> Result<(), Error> {
        Ok(self.limiter.clear(&counters::all_codes(user)).await?)
    }

    async fn forget_names(&self, user: &User) -> Result<(), Error> {
        let names =
            [LoginName::parse(user.username())].into_iter().chain(user.email.as_ref().map(Into::into));
        let counters: Vec<_> = names.flat_map(|name| counters::all_of_name(PASSWORD, &name)).collect();
        Ok(self.limiter.clear(&counters).await?)
    }
}
