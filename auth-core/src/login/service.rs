//! Admission.

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::password::{Password, PasswordHash, PasswordHasher, Verdict};
use crate::throttle::{PASSWORD, Subject, Throttle};
use crate::user::{Account, LoginName, MAX_LOGIN, User, UserId, UserStore};

use super::{Admitted, Amr, Credentials};

/// The one way in.
#[derive(Clone, Debug)]
pub(crate) struct Logins {
    pub(crate) users: Arc<dyn UserStore>,
    pub(crate) hasher: PasswordHasher,
    pub(crate) throttle: Throttle,
    pub(crate) clock: Arc<dyn Clock>,
    /// Accounts whose hash is being renewed, so that parallel logins renew it once.
    pub(crate) rehashing: Arc<Mutex<HashSet<UserId>>>,
}

impl Logins {
    /// Checks credentials, account and limits.
    ///
    /// # Errors
    /// `InvalidCredentials` for an unknown user, a wrong password and a disabled account alike; `TooManyAttempts`;
    /// `Unavailable`; `InvalidRequest` for a password that nobody can have.
    pub(crate) async fn admit(
        &self,
        credentials: Credentials<'_>,
        ip: Option<IpAddr>,
    ) -> Result<Admitted, Error> {
        match credentials {
            Credentials::Password { login, password } => {
                let password = Password::new(password)?;
                let login = read_login(login)?;
                let account = self.users.find(&login).await?;
                let subject = subject(account.as_ref(), &login);
                self.admit_password(account.as_ref(), subject, &password, ip).await
            }
            Credentials::PasswordOf { user, password } => {
                let password = Password::new(password)?;
                let account = self.users.account(user).await?;
                self.admit_password(account.as_ref(), Subject::Account(user), &password, ip).await
            }
            Credentials::Vouched { user, amr } => {
                let user = self.users.get(user).await?.filter(|user| user.is_active);
                self.enter(user.ok_or(ErrorKind::InvalidCredentials)?, amr).await
            }
        }
    }

    async fn admit_password(
        &self,
        account: Option<&Account>,
        subject: Subject<'_>,
        password: &Password,
        ip: Option<IpAddr>,
    ) -> Result<Admitted, Error> {
        let attempt = self.throttle.reserve(PASSWORD, subject, ip).await?;
        let stored = account.and_then(|account| account.password.as_ref());
        let verdict = match self.hasher.verify(password, stored).await {
            Ok(verdict) => verdict,
            Err(error) => {
                self.throttle.abandoned(attempt).await;
                return Err(error);
            }
        };
        let account = account.filter(|account| account.user.is_active && verdict != Verdict::Invalid);
        let account = account.ok_or(ErrorKind::InvalidCredentials)?;
        self.throttle.succeeded(attempt).await?;
        if let (Verdict::ValidOutdated, Some(old)) = (verdict, &account.password) {
            self.rehash(&account.user.id, old, password).await;
        }
        self.enter(account.user.clone(), Amr::PWD).await
    }

    async fn enter(&self, user: Arc<User>, amr: Amr) -> Result<Admitted, Error> {
        let now = self.clock.now();
        self.users.record_login(&user.id, now).await?;
        Ok(Admitted::new(user, now, amr))
    }

    /// Renews a hash that was made with other parameters. Whoever comes while it is renewed leaves it be, and a failure
    /// keeps nobody out: the next login tries again.
    async fn rehash(&self, id: &UserId, old: &PasswordHash, password: &Password) {
        let Some(_turn) = Turn::take(&self.rehashing, id) else { return };
        if let Err(error) = self.try_rehash(id, old, password).await {
            tracing::warn!(%error, user = %id, "a password hash could not be renewed");
        }
    }

    async fn try_rehash(&self, id: &UserId, old: &PasswordHash, password: &Password) -> Result<(), Error> {
        let stored = self.users.account(id).await?.and_then(|account| account.password);
        if stored.as_ref() == Some(old) {
            let new = self.hasher.hash(password).await?;
            self.users.rehash_password(id, old, &new).await?;
        }
        Ok(())
    }
}

/// One account's turn in a set of those being worked on.
struct Turn<'a> {
    taken: &'a Mutex<HashSet<UserId>>,
    id: &'a UserId,
}

impl<'a> Turn<'a> {
    fn take(taken: &'a Mutex<HashSet<UserId>>, id: &'a UserId) -> Option<Self> {
        let is_first = taken.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone());
        is_first.then(|| Self { taken, id })
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).remove(self.id);
    }
}

/// Longer names belong to nobody: they are refused before they cost anything.
fn read_login(login: &str) -> Result<LoginName, Error> {
    if login.len() > MAX_LOGIN {
        return Err(Error::invalid_request("the user name is too long"));
    }
    Ok(LoginName::parse(login))
}

fn subject<'a>(account: Option<&'a Account>, login: &'a LoginName) -> Subject<'a> {
    account.map_or(Subject::Unknown(login), |account| Subject::Account(&account.user.id))
}
