//! Admission.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, OnceLock};

use crate::clock::{Clock, Timestamp};
use crate::error::{Error, ErrorKind};
use crate::event::{Denial, EventDraft, EventKind, Events};
use crate::metric;
use crate::password::{Password, PasswordHasher};
use crate::throttle::{Source, Throttle};
use crate::user::{LoginName, User, UserId, UserStore};

use super::by_password::Way;
use super::{
    Admission, Admitted, Amr, Credentials, DeviceKey, FactorTimes, LockWatch, Method, PendingLogin,
    SecondFactors,
};

/// The one way in.
#[derive(Clone, Debug)]
pub(crate) struct Logins {
    pub(super) users: Arc<dyn UserStore>,
    pub(super) hasher: PasswordHasher,
    pub(super) throttle: Throttle,
    pub(super) factors: Arc<dyn SecondFactors>,
    clock: Arc<dyn Clock>,
    pub(super) events: Events,
    /// Whether an address has to be proven before.
    pub(super) wants_proven_email: bool,
    /// Who is told of accounts that take no more passwords: said once there is mail.
    pub(super) locks: Arc<OnceLock<Arc<dyn LockWatch>>>,
    /// Accounts whose hash is being renewed, so that parallel logins renew it once.
    pub(super) rehashing: Arc<Mutex<HashSet<UserId>>>,
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
    pub(super) fn is_open(&self, user: &User) -> bool {
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

    /// The same for somebody who has shown this second factor just now, in a session whose user proved who they are at `proven_at`. It is
    /// noted and told of as a login is.
    ///
    /// # Errors
    /// As [`readmit`](Self::readmit); `Unavailable`.
    pub(crate) async fn readmit_showing(
        &self,
        user: Arc<User>,
        shown: Amr,
        proven_at: Timestamp,
    ) -> Result<Admitted, Error> {
        let (now, amr) = (self.clock.now(), shown.and(Amr::MFA));
        let admitted = self.readmit(user, amr, proven_at)?;
        self.note(admitted.user(), now, amr).await?;
        metric::login(metric::ADMITTED);
        Ok(admitted.with_factor_times(FactorTimes::of_all(shown, now)))
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

    /// Nobody is let in, and it is told why. The same is done for every reason.
    pub(super) fn refused(&self, reason: Denial, user: Option<&UserId>, name: Option<&LoginName>) -> Error {
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

    /// A login that lacks nothing is noted in the store and in what was read of the account, so that nobody has to read it again.
    pub(super) async fn enter(
        &self,
        mut user: Arc<User>,
        amr: Amr,
        missing: Vec<Method>,
    ) -> Result<Admission, Error> {
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
}
