//! Admission by a name and a password.
//!
//! Limits come first, by nothing but what was typed. Then the same is done for every name: one look-up, one hash run.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::{Error, ErrorKind};
use crate::event::{Denial, EventDraft, EventKind};
use crate::password::{Password, PasswordHash, Verdict};
use crate::text::Text;
use crate::throttle::{Attempt, PASSWORD, Source};
use crate::user::{Account, LoginName, MAX_LOGIN, User, UserId};

use super::{Admission, Amr, Logins, Method};

/// A password that was looked at, whatever came of it.
struct Judged {
    attempt: Attempt,
    account: Option<Account>,
    verdict: Verdict,
    /// Whether the account takes passwords at all: too many failures in a row close it.
    takes_passwords: bool,
}

/// What was shown before, and whether a factor that is missing can be waited for.
#[derive(Clone, Copy)]
pub(super) struct Way {
    pub(super) shown: Amr,
    pub(super) can_wait: bool,
}

impl Logins {
    pub(super) async fn check(
        &self,
        login: &str,
        password: &str,
        source: &Source,
        way: Way,
    ) -> (Option<Arc<User>>, Result<Admission, Error>) {
        let read = || Ok((read_login(login)?, Password::new(password)?));
        match read() {
            Ok((name, password)) => self.check_password(&name, None, &password, source, way).await,
            Err(error) => (None, Err(error)),
        }
    }

    /// The limits are asked first, by nothing but what was typed; then the same is done for every name, up to the hash run.
    pub(super) async fn check_password(
        &self,
        name: &LoginName,
        user: Option<&UserId>,
        password: &Password,
        source: &Source,
        way: Way,
    ) -> (Option<Arc<User>>, Result<Admission, Error>) {
        let judged = match self.judge(name, user, password, source).await {
            Ok(judged) => judged,
            Err(error) => return (None, Err(error)),
        };
        let found = judged.account.as_ref().map(|account| account.user.clone());
        if let Some(reason) = self.objection(&judged, true) {
            let refused = self.refused(reason, found.as_ref().map(|user| &user.id), Some(name));
            return (found, Err(refused));
        }
        let Judged { attempt, account, verdict, .. } = judged;
        let Some(account) = account else { return (found, Err(ErrorKind::InvalidCredentials.into())) };
        (found, self.let_in(attempt, account, verdict, (name, password), way).await)
    }

    /// Whether this is the password of an account, which is counted as at a login; nobody is let in by it.
    ///
    /// # Errors
    /// `InvalidCredentials`; `TooManyAttempts`; `Unavailable`; `InvalidRequest` for a password that nobody can have.
    pub(crate) async fn check_own(&self, user: &User, password: &str, source: &Source) -> Result<(), Error> {
        let (name, password) = (LoginName::parse(user.username()), Password::new(password)?);
        let judged = self.judge(&name, Some(&user.id), &password, source).await?;
        if let Some(reason) = self.objection(&judged, false) {
            return Err(self.refused(reason, Some(&user.id), Some(&name)));
        }
        self.throttle.succeeded(judged.attempt).await;
        Ok(())
    }

    /// Why nobody is let in by a password that was looked at; `None` where nothing speaks against it.
    fn objection(&self, judged: &Judged, wants_proven_email: bool) -> Option<Denial> {
        let Some(Account { user, .. }) = &judged.account else { return Some(Denial::UnknownUser) };
        match judged.verdict {
            _ if !judged.takes_passwords => Some(Denial::AccountLocked),
            _ if !user.is_active => Some(Denial::Disabled),
            Verdict::Invalid => Some(Denial::WrongPassword),
            _ if wants_proven_email && !self.is_open(user) => Some(Denial::UnprovenAddress),
            // Of a guest who has chosen a password, and not proven the address.
            _ if wants_proven_email && self.wants_proven_email && user.is_guest() => {
                Some(Denial::UnprovenAddress)
            }
            _ => None,
        }
    }

    /// Counts an attempt, and evaluates it; one that could not be evaluated is given back.
    async fn judge(
        &self,
        name: &LoginName,
        user: Option<&UserId>,
        password: &Password,
        source: &Source,
    ) -> Result<Judged, Error> {
        let reserved = self.throttle.reserve(PASSWORD, name, source).await;
        let mut attempt = reserved.map_err(|error| self.limited(name, error))?;
        match self.evaluate(&mut attempt, name, user, password).await {
            Ok((account, verdict, takes_passwords)) => {
                Ok(Judged { attempt, account, verdict, takes_passwords })
            }
            Err(error) => {
                self.throttle.abandoned(attempt).await;
                Err(self.limited(name, error))
            }
        }
    }

    /// Tells of a limit that was reached, by nothing but what was typed.
    fn limited(&self, name: &LoginName, error: Error) -> Error {
        if error.kind() != ErrorKind::TooManyAttempts {
            return error;
        }
        let login = self.events.pseudonym_of_login(name);
        let draft = EventDraft::of(EventKind::TooManyAttempts);
        self.events.too_many(draft.with(|details| details.login = Some(login)), error)
    }

    /// Looks the account up and runs the hash, once, whatever is known by then.
    async fn evaluate(
        &self,
        attempt: &mut Attempt,
        name: &LoginName,
        user: Option<&UserId>,
        password: &Password,
    ) -> Result<(Option<Account>, Verdict, bool), Error> {
        let account = match user {
            Some(user) => self.users.account(user).await?,
            None => self.users.find(name).await?,
        };
        let user = account.as_ref().map(|account| &*account.user);
        let is_open = self.throttle.count(PASSWORD, attempt, name, user).await?;
        if let (false, Some(account), Some(watch)) = (is_open, &account, self.locks.get()) {
            watch.locked(&account.user);
        }
        let stored = account.as_ref().and_then(|account| account.password.as_ref());
        let verdict = self.hasher.verify(password, stored).await?;
        Ok((account, if is_open { verdict } else { Verdict::Invalid }, is_open))
    }

    async fn let_in(
        &self,
        attempt: Attempt,
        account: Account,
        verdict: Verdict,
        (name, password): (&LoginName, &Password),
        way: Way,
    ) -> Result<Admission, Error> {
        let (missing, is_fit) = match self.lacked(&account.user, way).await {
            Ok(lacked) => lacked,
            Err(error) => {
                self.throttle.abandoned(attempt).await;
                return Err(error);
            }
        };
        if !is_fit {
            return Err(self.refused(Denial::FactorMissing, Some(&account.user.id), Some(name)));
        }
        self.throttle.succeeded(attempt).await;
        if let (Verdict::ValidOutdated, Some(old)) = (verdict, &account.password) {
            self.rehash(&account.user.id, old, password).await;
        }
        self.enter(account.user, Amr::PWD, missing).await
    }

    /// By what the factor can be shown that a login by the password lacks, and whether it can go on at all: where nothing can be waited
    /// for, not without the factor, nor without adding one that the account must have.
    async fn lacked(&self, user: &User, way: Way) -> Result<(Vec<Method>, bool), Error> {
        let missing = self.factors.missing(user, Amr::PWD.and(way.shown)).await?;
        let is_fit = way.can_wait || (missing.is_empty() && !self.factors.is_unfit(user).await?);
        Ok((missing, is_fit))
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
        return Err(Error::invalid(Text::LoginNameTooLong));
    }
    Ok(LoginName::parse(login))
}
