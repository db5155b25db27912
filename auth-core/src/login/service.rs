//! Admission.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::clock::{Clock, Timestamp};
use crate::error::{Error, ErrorKind};
use crate::event::{Denial, EventDraft, EventKind, Events};
use crate::metric;
use crate::password::{Password, PasswordHash, PasswordHasher, Verdict};
use crate::text::Text;
use crate::throttle::{Attempt, PASSWORD, Source, Throttle};
use crate::user::{Account, LoginName, MAX_LOGIN, User, UserId, UserStore};

use super::{
    Admission, Admitted, Amr, Credentials, DeviceKey, LockWatch, Method, PendingLogin, SecondFactors,
};

/// The one way in.
#[derive(Clone, Debug)]
pub(crate) struct Logins {
    pub(super) users: Arc<dyn UserStore>,
    pub(super) hasher: PasswordHasher,
    pub(super) throttle: Throttle,
    factors: Arc<dyn SecondFactors>,
    clock: Arc<dyn Clock>,
    pub(super) events: Events,
    /// Whether an address has to be proven before.
    wants_proven_email: bool,
    /// Who is told of accounts that take no more passwords: said once there is mail.
    locks: Arc<OnceLock<Arc<dyn LockWatch>>>,
    /// Accounts whose hash is being renewed, so that parallel logins renew it once.
    rehashing: Arc<Mutex<HashSet<UserId>>>,
}

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
struct Way {
    shown: Amr,
    can_wait: bool,
}

impl Logins {
    pub(crate) fn new(
        users: Arc<dyn UserStore>,
        hasher: PasswordHasher,
        throttle: Throttle,
        factors: Arc<dyn SecondFactors>,
        clock: Arc<dyn Clock>,
        events: Events,
    ) -> Self {
        Self {
            users,
            hasher,
            throttle,
            factors,
            clock,
            events,
            wants_proven_email: false,
            locks: Arc::default(),
            rehashing: Arc::default(),
        }
    }

    pub(crate) fn users(&self) -> &dyn UserStore {
        &*self.users
    }

    /// Has this one told of accounts that take no more passwords, by every clone of this.
    pub(crate) fn tell_of_locks(&self, watch: Arc<dyn LockWatch>) {
        let _ = self.locks.set(watch);
    }

    /// The same, but nobody logs in whose address is not proven.
    pub(crate) fn wanting_proven_email(self, wants_proven_email: bool) -> Self {
        Self { wants_proven_email, ..self }
    }

    pub(crate) fn wants_proven_email(&self) -> bool {
        self.wants_proven_email
    }

    /// Who tells of logins.
    pub(crate) fn events(&self) -> &Events {
        &self.events
    }

    /// Whether the account may be logged in to at all. One without an address has none to prove.
    fn is_open(&self, user: &User) -> bool {
        let is_proven = user.email_verified || user.email.is_none();
        user.is_active && (is_proven || !self.wants_proven_email)
    }

    /// Checks credentials, account and limits, and whether a second factor is missing.
    ///
    /// # Errors
    /// `InvalidCredentials` for an unknown user, a wrong password and a disabled account alike; `TooManyAttempts`;
    /// `Unavailable`; `InvalidRequest` for a password that nobody can have.
    pub(crate) async fn admit(
        &self,
        credentials: Credentials<'_>,
        source: &Source,
    ) -> Result<Admission, Error> {
        self.admit_beside(Amr::default(), credentials, source).await
    }

    /// The same for somebody who has shown something a moment ago, which need not be shown again.
    pub(crate) async fn admit_beside(
        &self,
        shown: Amr,
        credentials: Credentials<'_>,
        source: &Source,
    ) -> Result<Admission, Error> {
        let admission = self.decide(shown, credentials, source).await;
        metric::login(metric::admission(&admission));
        admission
    }

    async fn decide(
        &self,
        shown: Amr,
        credentials: Credentials<'_>,
        source: &Source,
    ) -> Result<Admission, Error> {
        let way = Way { shown, can_wait: true };
        match credentials {
            Credentials::Password { login, password } => self.check(login, password, source, way).await.1,
            Credentials::PasswordOf { user, password } => {
                let name = LoginName::parse(user.username());
                self.check_password(&name, Some(&user.id), &Password::new(password)?, source, way).await.1
            }
            Credentials::Vouched { user, amr } => match self.users.get(user).await? {
                Some(user) => self.vouched(user, amr).await,
                None => Err(self.refused(Denial::UnknownUser, Some(user), None)),
            },
        }
    }

    /// Checks the account of somebody who is vouched for, which was read a moment ago.
    ///
    /// # Errors
    /// `InvalidCredentials` for a disabled account; `Unavailable`.
    pub(crate) async fn admit_known(&self, user: Arc<User>, amr: Amr) -> Result<Admission, Error> {
        let admission = self.vouched(user, amr).await;
        metric::login(metric::admission(&admission));
        admission
    }

    /// Checks the account of somebody who is in, and whose session is to go on with what they have shown by `at`. That is no login, and
    /// none is told of.
    ///
    /// # Errors
    /// `InvalidCredentials` for an account that is not to be logged in to.
    pub(crate) fn readmit(&self, user: Arc<User>, amr: Amr, at: Timestamp) -> Result<Admitted, Error> {
        self.check_open(&user)?;
        Ok(Admitted::new(user, self.clock.now().min(at), amr))
    }

    fn check_open(&self, user: &User) -> Result<(), Error> {
        if self.is_open(user) {
            return Ok(());
        }
        let reason = if user.is_active { Denial::UnprovenAddress } else { Denial::Disabled };
        Err(self.refused(reason, Some(&user.id), None))
    }

    async fn vouched(&self, user: Arc<User>, amr: Amr) -> Result<Admission, Error> {
        self.check_open(&user)?;
        let missing = self.factors.missing(&user, amr).await?;
        self.enter(user, amr, missing).await
    }

    /// Checks a name and a password where nothing can be asked for beside: an account that wants another factor is refused as by a
    /// wrong password, and counted so.
    ///
    /// # Errors
    /// As [`admit`](Self::admit).
    pub(crate) async fn admit_at_once(
        &self,
        login: &str,
        password: &str,
        source: &Source,
    ) -> Result<Admitted, Error> {
        self.check_at_once(login, password, source).await.1
    }

    /// The same, and whose name that is, where that was looked up.
    pub(super) async fn check_at_once(
        &self,
        login: &str,
        password: &str,
        source: &Source,
    ) -> (Option<Arc<User>>, Result<Admitted, Error>) {
        let way = Way { shown: Amr::default(), can_wait: false };
        let (found, admission) = self.check(login, password, source, way).await;
        metric::login(metric::admission(&admission));
        (found, admission.and_then(Admission::admitted))
    }

    async fn check(
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
    async fn check_password(
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

    /// Nobody is let in, and it is told why. The same is done for every reason.
    fn refused(&self, reason: Denial, user: Option<&UserId>, name: Option<&LoginName>) -> Error {
        let login = name.map(|name| self.events.pseudonym_of_login(name));
        let draft =
            EventDraft::of(EventKind::LoginFailed).because(reason).with(|details| details.login = login);
        let draft = match user {
            Some(user) => draft.to(user),
            None => draft,
        };
        if let (Denial::AccountLocked, Some(user)) = (reason, user) {
            self.events.account_is_locked(user);
        }
        self.events.refused(draft, ErrorKind::InvalidCredentials.into())
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

    /// A login that lacks nothing is noted in the store and in what was read of the account, so that nobody has to read it again.
    async fn enter(&self, mut user: Arc<User>, amr: Amr, missing: Vec<Method>) -> Result<Admission, Error> {
        let now = self.clock.now();
        if !missing.is_empty() {
            return Ok(PendingLogin::new(user, now, amr, missing).into());
        }
        self.note(&user, now, amr).await?;
        let noted = Arc::make_mut(&mut user);
        noted.last_login = noted.last_login.max(Some(now));
        Ok(Admitted::new(user, now, amr).into())
    }

    /// Has it told that an account takes no more codes of its second factor for now.
    pub(crate) fn tell_of_locked_codes(&self, user: &Arc<User>) {
        if let Some(watch) = self.locks.get() {
            watch.codes_locked(user);
        }
    }

    /// Lets somebody in without the factor that is missing, where this browser spares them that; else the login as it was.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn spare(
        &self,
        pending: PendingLogin,
        device: Option<&DeviceKey>,
    ) -> Result<Admission, Error> {
        match device {
            Some(device) if self.factors.is_spared(pending.user(), device).await? => {
                let admitted = pending.spared();
                self.note(admitted.user(), self.clock.now(), admitted.amr()).await?;
                metric::login(metric::ADMITTED);
                Ok(admitted.into())
            }
            _ => Ok(pending.into()),
        }
    }

    /// Whether a login of this user that proved nothing would lack no factor in this browser.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn lacks_nothing(&self, user: &User, device: Option<&DeviceKey>) -> Result<bool, Error> {
        if self.factors.missing(user, Amr::default()).await?.is_empty() {
            return Ok(true);
        }
        match device {
            Some(device) => self.factors.is_spared(user, device).await,
            None => Ok(false),
        }
    }

    /// By what the factor can be shown that a login lacks which was begun by this.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn missing(&self, user: &User, amr: Amr) -> Result<Vec<Method>, Error> {
        self.factors.missing(user, amr).await
    }

    /// Notes that somebody is in, and tells of it.
    pub(super) async fn note(&self, user: &User, at: Timestamp, amr: Amr) -> Result<(), Error> {
        let names = amr.names().map(str::to_owned).collect();
        let draft = EventDraft::of(EventKind::LoginSucceeded).with(|details| details.amr = names);
        self.events.record_login(&*self.users, &user.id, at, draft).await?;
        if amr.contains(Amr::MFA) {
            self.factors.was_shown(user, amr).await;
        }
        Ok(())
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
