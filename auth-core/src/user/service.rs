//! Making and changing accounts from code.

use std::sync::{Arc, OnceLock};

use tokio::task::spawn_blocking;
use uuid::Builder;

use crate::clock::{Clock, Timestamp};
use crate::error::{Error, ErrorKind, StoreError};
use crate::outbound::Outbound;
use crate::password::{BreachCheck, Breaches, Password, PasswordHash, PasswordHasher, PasswordPolicy};
use crate::random::{Random, random_bytes};
use crate::secret::Secret;
use crate::short_lived::ShortLivedStore;

use super::canonical::without_padding;
use super::{
    Account, AccountChange, Applicant, Attachment, Email, EndedSessions, EventDraft, EventKind, HeldNames,
    Insertion, LoginName, NewUser, PersonName, QueuedLetter, Ruling, SignUpEvents, SignUpRules, SignUpWay,
    User, UserAdmin, UserId, UserStore, UserUpdate, Username,
};

/// Accounts, from code (Django's `UserManager`). Nothing here asks who is calling. What ends sessions beside a change, a new password
/// above all, is in [`account::Accounts`](crate::account::Accounts).
#[derive(Clone, Debug)]
#[doc(alias("UserManager", "sign_up", "create_user", "createsuperuser"))]
pub struct Users {
    store: Arc<dyn UserStore>,
    admin: Option<Arc<dyn UserAdmin>>,
    hasher: PasswordHasher,
    policy: PasswordPolicy,
    breaches: Breaches,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    rules: Option<Arc<dyn SignUpRules>>,
    /// The attributes that people choose themselves.
    chosen: Arc<[String]>,
    /// Names that nobody gets because somebody signed up under them.
    names: Option<HeldNames>,
    /// Set once there are sessions of which others are told that they end.
    ended: Arc<OnceLock<Arc<dyn EndedSessions>>>,
}

impl Users {
    /// Accounts without the rest of an [`Auth`](crate::Auth): for commands, which know no application secret.
    pub fn new(
        store: Arc<dyn UserAdmin>,
        hasher: PasswordHasher,
        policy: PasswordPolicy,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        let admin = Some(store.clone());
        Self {
            admin,
            store,
            hasher,
            policy,
            breaches: Breaches::default(),
            clock,
            random,
            rules: None,
            chosen: Arc::default(),
            names: None,
            ended: Arc::default(),
        }
    }

    /// From now on, whoever holds a copy of this tells when an account's sessions have ended.
    pub(crate) fn tell_ends_to(&self, sessions: Arc<dyn EndedSessions>) {
        // It is built once.
        let _ = self.ended.set(sessions);
    }

    /// All sessions of an account have ended, by a change that nothing takes back: where that cannot be told it stands in the log.
    pub(crate) async fn tell_of_end(&self, id: &UserId) {
        let Some(sessions) = self.ended.get() else { return };
        if let Err(error) = sessions.all_have_ended(id).await {
            tracing::warn!(?error, user = %id, "it could not be told that an account's sessions have ended");
        }
    }

    /// The same, where a new password is looked for among those of breaches too, on this way out.
    ///
    /// # Errors
    /// `Configuration` for a mirror that may not be called.
    pub fn with_breach_check(self, check: BreachCheck, outbound: &Outbound) -> Result<Self, Error> {
        Ok(self.asking(check.start(|| Ok(outbound.clone()))?))
    }

    pub(crate) fn asking(self, breaches: Breaches) -> Self {
        Self { breaches, ..self }
    }

    /// The accounts of a store that may be the application's own: then nothing here makes or changes them.
    pub(crate) fn of_store(
        store: Arc<dyn UserStore>,
        admin: Option<Arc<dyn UserAdmin>>,
        hasher: PasswordHasher,
        policy: PasswordPolicy,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self {
            store,
            admin,
            hasher,
            policy,
            breaches: Breaches::default(),
            clock,
            random,
            rules: None,
            chosen: Arc::default(),
            names: None,
            ended: Arc::default(),
        }
    }

    /// The same, where the application says who may have an account of their own.
    pub(crate) fn ruled_by(self, rules: Option<Arc<dyn SignUpRules>>) -> Self {
        Self { rules, ..self }
    }

    /// The same, where nobody gets a name under which somebody has signed up a short while ago, which is kept in this store: every
    /// [`Auth`](crate::Auth) does so.
    #[must_use]
    pub fn with_held_names(self, store: Arc<dyn ShortLivedStore>) -> Self {
        Self { names: Some(HeldNames::new(store, self.clock.clone())), ..self }
    }

    /// Whether somebody signed up under a name, and nobody else gets it.
    pub(crate) async fn is_held(&self, name: &Username) -> Result<bool, Error> {
        match &self.names {
            Some(names) => names.is_held(name).await,
            None => Ok(false),
        }
    }

    /// The same, where people choose these attributes of theirs themselves.
    pub(crate) fn letting_choose(self, chosen: Arc<[String]>) -> Self {
        Self { chosen, ..self }
    }

    /// The address of an account as a proven one, for whoever proves it and need not have made the account. Of one that somebody merely
    /// signed up for goes what they chose of the profile; what the application gave stays.
    pub(crate) fn claimed(&self, user: &User) -> UserUpdate {
        let update = UserUpdate { email: Some((user.email.clone(), true)), ..UserUpdate::default() };
        if !user.is_unproven() {
            return update;
        }
        let mut attributes = user.attributes.clone();
        if let Some(held) = attributes.as_object_mut() {
            held.retain(|name, _| !self.chosen.contains(name));
        }
        UserUpdate {
            first_name: Some(PersonName::default()),
            last_name: Some(PersonName::default()),
            language: Some(None),
            attributes: (attributes != user.attributes).then_some(attributes),
            ..update
        }
    }

    /// A new account to fill in and give to [`create`](Self::create), with an id and the time of joining set. White space around the
    /// name, as it was typed, is no part of it.
    ///
    /// # Errors
    /// `InvalidRequest` when the name breaks the rules of [`Username`].
    pub fn new_user(&self, username: &str) -> Result<NewUser, Error> {
        let now = self.clock.now();
        Ok(NewUser::new(new_id(now, &*self.random), Username::new(without_padding(username))?, now))
    }

    /// Adds an account with this password, which the policy must accept.
    ///
    /// # Errors
    /// `WeakPassword`; as [`create_without_password`](Self::create_without_password) else.
    pub async fn create(&self, new: NewUser, password: &str) -> Result<Arc<User>, Error> {
        let hash = self.hashed_for(&new, password).await?;
        self.create_without_password(NewUser { password: Some(hash), ..new }).await
    }

    /// Adds an account as it is: without a password nobody can log in to it by one.
    ///
    /// # Errors
    /// `AlreadyExists`, also for a name under which somebody has signed up: whether that made an account is told to nobody; `Unavailable`; `Configuration` when the users' table is the application's own.
    pub async fn create_without_password(&self, new: NewUser) -> Result<Arc<User>, Error> {
        self.create_with(new, Vec::new()).await
    }

    /// Asks the application whether somebody may have an account of their own, and puts into it what it starts with.
    ///
    /// # Errors
    /// `RegistrationClosed`, with the application's sentence; what else it answers.
    pub(crate) async fn welcome(&self, new: &mut NewUser, way: SignUpWay<'_>) -> Result<(), Error> {
        let Some(rules) = &self.rules else { return Ok(()) };
        let applicant = Applicant { username: &new.username, email: new.email.as_ref(), way };
        match rules.rule(applicant).await? {
            Ruling::Refuse(sentence) => Err(Error::new(ErrorKind::RegistrationClosed).with_detail(sentence)),
            Ruling::Allow(first) => {
                new.groups.extend(first.groups);
                new.attributes = first.attributes.unwrap_or_else(|| std::mem::take(&mut new.attributes));
                Ok(())
            }
        }
    }

    /// A number that nobody guesses, as text.
    pub(crate) fn nonce(&self) -> String {
        format!("{:032x}", u128::from_be_bytes(random_bytes(&*self.random)))
    }

    /// A user name that nobody has, beginning so.
    pub(crate) fn spare_name(&self, beginning: &str) -> String {
        format!("{beginning}-{}", &self.nonce()[..16])
    }

    /// The hash of the password that a new account shall have, which the policy must accept.
    pub(crate) async fn hashed_for(&self, new: &NewUser, password: &str) -> Result<PasswordHash, Error> {
        self.weigh(password, new.username.as_str(), new.email.as_ref()).await?;
        self.hasher.hash(&Password::new(password)?).await
    }

    /// Whether accounts are made here, and not by the application alone.
    pub(crate) fn are_made_here(&self) -> bool {
        self.admin.is_some()
    }

    /// Whether letters can come with accounts and their changes.
    pub(crate) fn keep_letters(&self) -> bool {
        self.admin.as_ref().is_some_and(|admin| admin.keeps_letters())
    }

    /// Adds an account as it is, with what comes with it: all of it or nothing.
    pub(crate) async fn create_with(
        &self,
        new: NewUser,
        attached: Vec<Attachment>,
    ) -> Result<Arc<User>, Error> {
        let admin = self.admin()?;
        if let Some(names) = &self.names {
            names.check(Some(&new.username), &new.login_names, None).await?;
        }
        Ok(admin.insert_with(new, attached).await?)
    }

    /// Adds an account for somebody who signs up with this password, which the policy must accept, and posts the letter that tells its
    /// address so: that one alone where the address is taken.
    pub(crate) async fn sign_up(
        &self,
        new: NewUser,
        password: &str,
        letter: QueuedLetter,
    ) -> Result<Insertion, Error> {
        let hash = self.hashed_for(&new, password).await?;
        let new = NewUser { password: Some(hash), ..new };
        Ok(self.admin()?.sign_up(new, letter, SignUpEvents::default()).await?)
    }

    /// The same without a password, with what comes with the account, and as much where there is none.
    pub(crate) async fn sign_up_with(
        &self,
        new: NewUser,
        letter: QueuedLetter,
        beside: SignUpEvents,
    ) -> Result<Insertion, Error> {
        Ok(self.admin()?.sign_up(new, letter, beside).await?)
    }

    /// The account with this id.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn get(&self, id: &UserId) -> Result<Option<Arc<User>>, Error> {
        Ok(self.store.get(id).await?)
    }

    /// The further names by which a user may log in; none where the users' table is the application's own.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn login_names(&self, id: &UserId) -> Result<Vec<String>, Error> {
        let Some(admin) = &self.admin else { return Ok(Vec::new()) };
        Ok(admin.login_names(id).await?.iter().map(|name| name.as_str().to_owned()).collect())
    }

    /// The account with this user name or e-mail address.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn find(&self, login: &str) -> Result<Option<Arc<User>>, Error> {
        Ok(self.store.find(&LoginName::parse(login)).await?.map(|account| account.user))
    }

    /// The account of a name or an address, and its password.
    pub(crate) async fn account_of(&self, login: &LoginName) -> Result<Option<Account>, Error> {
        Ok(self.store.find(login).await?)
    }

    /// Changes an account; `None` when there is no such user.
    ///
    /// # Errors
    /// `AlreadyExists`, also for a name under which somebody else has signed up; `Unavailable`; `Configuration` when the users' table is the
    /// application's own.
    pub async fn update(&self, id: &UserId, update: UserUpdate) -> Result<Option<Arc<User>>, Error> {
        let admin = self.admin()?;
        self.check_names(id, &update).await?;
        let is_switched_off = update.is_active == Some(false);
        let updated = admin.update(id, update).await?;
        if is_switched_off {
            self.tell_of_end(id).await;
        }
        Ok(updated)
    }

    /// Whether an account may have these names: those that it has are its own, whoever signed up under them.
    async fn check_names(&self, id: &UserId, update: &UserUpdate) -> Result<(), Error> {
        let further = update.login_names.as_deref().unwrap_or_default();
        let Some(names) = self.names.as_ref().filter(|_| update.username.is_some() || !further.is_empty())
        else {
            return Ok(());
        };
        match self.store.get(id).await? {
            Some(user) => names.check(update.username.as_ref(), further, Some(&user.username)).await,
            None => Ok(()),
        }
    }

    /// Changes an account, with all that comes with the change; `None`, and nothing changed, when it is not as it was read any more.
    pub(crate) async fn change(
        &self,
        id: &UserId,
        change: AccountChange,
    ) -> Result<Option<Arc<User>>, Error> {
        Ok(self.admin()?.change(id, change).await?)
    }

    /// The account with this id, and its password.
    pub(crate) async fn account(&self, id: &UserId) -> Result<Option<Account>, Error> {
        Ok(self.store.account(id).await?)
    }

    /// Writes a password, which the policy must accept, over `old` (`None`: over whatever is there), and raises the epoch; with it comes
    /// a letter. Answers the new epoch, or `None` when the stored password had changed or the user is gone.
    pub(crate) async fn write_password(
        &self,
        user: &Arc<User>,
        old: Option<&PasswordHash>,
        new: &str,
        letter: Option<QueuedLetter>,
    ) -> Result<Option<u64>, Error> {
        let hash = self.hashed(user, new).await?;
        if !self.keep_letters() {
            return Ok(self.store.set_password(&user.id, old, &hash).await?);
        }
        let change = AccountChange {
            // Every change of the password moves the epoch.
            as_read: old.map(|_| user.clone()),
            password: Some(Some(hash)),
            ends_sessions: true,
            attached: letter.into_iter().map(Attachment::Letter).collect(),
            event: Some(EventDraft::of(EventKind::PasswordChanged)),
            ..AccountChange::default()
        };
        Ok(self.change(&user.id, change).await?.map(|changed| changed.auth_epoch))
    }

    /// The hash of a new password, which the policy must accept.
    pub(crate) async fn hashed(&self, user: &User, new: &str) -> Result<PasswordHash, Error> {
        self.check_password(user, new).await?;
        self.hasher.hash(&Password::new(new)?).await
    }

    /// Whether the policy lets this user have this password. It is weighed on a blocking thread: a long one takes
    /// milliseconds.
    ///
    /// # Errors
    /// `WeakPassword` with the broken rules.
    pub async fn check_password(&self, user: &User, password: &str) -> Result<(), Error> {
        self.weigh(password, user.username(), user.email.as_ref()).await
    }

    async fn weigh(&self, typed: &str, username: &str, email: Option<&Email>) -> Result<(), Error> {
        let (policy, password, username) = (self.policy.clone(), Secret::new(typed), username.to_owned());
        let email = email.map_or(String::new(), |email| email.as_str().to_owned());
        let weighed = spawn_blocking(move || policy.check(password.expose(), &[&username, &email])).await;
        weighed.map_err(|error| Error::new(ErrorKind::Internal).with_source(error))??;
        self.breaches.check(typed).await
    }

    /// Ends every session and token of the user ("log out everywhere"). False when there is no such user.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn end_all_sessions(&self, id: &UserId) -> Result<bool, Error> {
        let has_ended = match self.keep_letters() {
            false => self.store.raise_epoch(id).await?.is_some(),
            true => {
                let change = AccountChange { ends_sessions: true, ..AccountChange::default() };
                self.change(id, change).await?.is_some()
            }
        };
        self.tell_of_end(id).await;
        Ok(has_ended)
    }

    /// Removes an account; false when there was none.
    ///
    /// # Errors
    /// `Unavailable`; `Configuration` when the users' table is the application's own.
    pub async fn remove(&self, id: &UserId) -> Result<bool, Error> {
        let (admin, user) = (self.admin()?, self.store.get(id).await?);
        // First: in a database its sessions go with it, and nobody knows any more who is to be told.
        self.tell_of_end(id).await;
        let is_removed = admin.remove(id).await?;
        if let (Some(names), Some(user)) = (&self.names, user.filter(|_| is_removed)) {
            names.release(&user.username).await?;
        }
        Ok(is_removed)
    }

    /// Some of the accounts whose ending has come.
    pub(crate) async fn ended(&self, now: Timestamp, limit: usize) -> Result<Vec<UserId>, Error> {
        match &self.admin {
            Some(admin) => Ok(admin.ended(now, limit).await?),
            None => Ok(Vec::new()),
        }
    }

    /// Removes an account that is to go now; false when it stays.
    pub(crate) async fn remove_ended(&self, id: &UserId, now: Timestamp) -> Result<bool, Error> {
        Ok(self.admin()?.remove_ended(id, now, None).await?)
    }

    /// Makes the group if need be, and sets the permissions it gives to its members.
    ///
    /// # Errors
    /// `Unavailable`; `Configuration` when the users' table is the application's own.
    pub async fn put_group(&self, group: &str, permissions: &[&str]) -> Result<(), Error> {
        let permissions: Vec<String> = permissions.iter().map(|&permission| permission.to_owned()).collect();
        Ok(self.admin()?.put_group(group, &permissions).await?)
    }

    fn admin(&self) -> Result<&Arc<dyn UserAdmin>, StoreError> {
        self.admin.as_ref().ok_or_else(|| StoreError::unsupported("making and changing accounts"))
    }
}

/// A UUIDv7 (RFC 9562 section 5.7): sorted by time, 74 random bits.
fn new_id(now: Timestamp, random: &dyn Random) -> UserId {
    let millis = u64::try_from(now.unix_millis()).unwrap_or(0);
    let uuid = Builder::from_unix_timestamp_millis(millis, &random_bytes(random)).into_uuid();
    UserId::new(uuid.hyphenated().to_string())
}
