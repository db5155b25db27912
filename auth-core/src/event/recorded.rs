//! Accounts, of whose changes it is told.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::clock::{Clock, Timestamp};
use crate::error::StoreError;
use crate::password::{HashingRules, PasswordHash};
use crate::random::Random;
use crate::user::{
    Account, AccountChange, Attachment, BackendId, Erasure, Event, EventDraft, EventKind, Group, Insertion,
    LoginName, NewUser, QueuedLetter, SignUpEvents, User, UserAdmin, UserId, UserStore,
};

use super::service::{EventParts, Events};
use super::store::AuditStore;

/// A store of users that tells of each change: in the same step, where the store can write an event with it, else a moment later. Nothing
/// is told of batches, which are imports.
pub(crate) struct RecordedUsers<S: ?Sized> {
    users: Arc<S>,
    events: Events,
}

impl<S: UserStore + ?Sized> RecordedUsers<S> {
    pub(crate) fn new(users: Arc<S>, events: Events) -> Self {
        Self { users, events }
    }
}

impl<S: fmt::Debug + ?Sized> fmt::Debug for RecordedUsers<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.users.fmt(f)
    }
}

impl<S: UserStore + ?Sized> RecordedUsers<S> {
    /// What is told of the account that loses its address by a change, as it is a moment before.
    async fn loss(&self, id: &UserId, change: &AccountChange) -> Result<Option<EventDraft>, StoreError> {
        let Some((Some(email), _)) = change.update.email.as_ref().filter(|_| change.takes_unproven_email)
        else {
            return Ok(None);
        };
        let holder = self.users.find(&LoginName::from(email)).await?.map(|account| account.user);
        let has_it = |user: &User| {
            user.email.as_ref().is_some_and(|held| held.canonical() == email.canonical())
                && !user.email_verified
        };
        Ok(holder.filter(|user| user.id != *id && has_it(user)).map(|user| {
            EventDraft::of(EventKind::AccountChanged)
                .to(&user.id)
                .with(|details| details.changed = vec!["email".to_owned()])
        }))
    }

    /// Makes a change, and tells of it in the same step.
    async fn changed(
        &self,
        admin: &dyn UserAdmin,
        id: &UserId,
        mut change: AccountChange,
        draft: EventDraft,
    ) -> Result<Option<u64>, StoreError> {
        let event = self.events.written(draft);
        change.attached = self.events.attached(&event);
        let changed = admin.change(id, change).await?;
        if changed.is_some() {
            self.events.happened(event);
        }
        Ok(changed.map(|user| user.auth_epoch))
    }
}

#[async_trait]
impl<S: UserStore + ?Sized> UserStore for RecordedUsers<S> {
    async fn get(&self, id: &UserId) -> Result<Option<Arc<User>>, StoreError> {
        self.users.get(id).await
    }

    async fn find(&self, login: &LoginName) -> Result<Option<Account>, StoreError> {
        self.users.find(login).await
    }

    async fn account(&self, id: &UserId) -> Result<Option<Account>, StoreError> {
        self.users.account(id).await
    }

    async fn rehash_password(
        &self,
        id: &UserId,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<bool, StoreError> {
        self.users.rehash_password(id, old, new).await
    }

    async fn set_password(
        &self,
        id: &UserId,
        old: Option<&PasswordHash>,
        new: &PasswordHash,
    ) -> Result<Option<u64>, StoreError> {
        let draft = EventDraft::of(EventKind::PasswordChanged).to(id);
        let Some(admin) = self.events.admin() else {
            let epoch = self.users.set_password(id, old, new).await?;
            if epoch.is_some() {
                self.events.note(draft).await;
            }
            return Ok(epoch);
        };
        let mut change = AccountChange {
            password: Some(Some(new.clone())),
            ends_sessions: true,
            ..AccountChange::default()
        };
        if old.is_some() {
            // Every change of the password moves the epoch, so that the account is as it was read or this changes nothing.
            let Some(account) = self.users.account(id).await? else { return Ok(None) };
            if account.password.as_ref() != old {
                return Ok(None);
            }
            change.as_read = Some(account.user);
        }
        self.changed(&**admin, id, change, draft).await
    }

    async fn raise_epoch(&self, id: &UserId) -> Result<Option<u64>, StoreError> {
        let draft = EventDraft::of(EventKind::SessionsEnded).to(id);
        if let Some(admin) = self.events.admin() {
            let change = AccountChange { ends_sessions: true, ..AccountChange::default() };
            return self.changed(&**admin, id, change, draft).await;
        }
        let epoch = self.users.raise_epoch(id).await?;
        if epoch.is_some() {
            self.events.note(draft).await;
        }
        Ok(epoch)
    }

    /// A login is told of by whoever lets somebody in.
    async fn record_login(&self, id: &UserId, at: Timestamp) -> Result<(), StoreError> {
        self.users.record_login(id, at).await
    }

    fn hashing(&self) -> HashingRules {
        self.users.hashing()
    }
}

#[async_trait]
impl<S: UserAdmin + ?Sized> UserAdmin for RecordedUsers<S> {
    async fn insert_with(
        &self,
        new: NewUser,
        mut attached: Vec<Attachment>,
    ) -> Result<Arc<User>, StoreError> {
        let provider = attached.iter().find_map(|attachment| match attachment {
            Attachment::LinkedAccount(account) => Some(account.provider.clone()),
            _ => None,
        });
        let draft = EventDraft::of(EventKind::AccountCreated).with(|details| details.provider = provider);
        if !self.events.come_with_changes() {
            // The id of the answer is what counts: some tables give their own.
            let user = self.users.insert_with(new, attached).await?;
            self.events.note(draft.to(&user.id)).await;
            return Ok(user);
        }
        let event = self.events.written(draft.to(&new.id));
        attached.extend(self.events.attached(&event));
        let user = self.users.insert_with(new, attached).await?;
        self.events.happened(event);
        Ok(user)
    }

    async fn insert_many(&self, new: Vec<NewUser>) -> Result<Vec<Insertion>, StoreError> {
        self.users.insert_many(new).await
    }

    async fn list(&self, after: Option<&UserId>, limit: usize) -> Result<Vec<Account>, StoreError> {
        self.users.list(after, limit).await
    }

    fn backend_id(&self) -> BackendId {
        self.users.backend_id()
    }

    fn keeps_letters(&self) -> bool {
        self.users.keeps_letters()
    }

    /// Both events are written down before it is known which of them is.
    async fn sign_up(
        &self,
        new: NewUser,
        letter: QueuedLetter,
        mut events: SignUpEvents,
    ) -> Result<Insertion, StoreError> {
        let refused =
            EventDraft::of(EventKind::RegistrationRefused).because(crate::user::Denial::AddressTaken);
        let added = self.events.written(EventDraft::of(EventKind::Registered).to(&new.id));
        let taken = Event { id: added.id, ..self.events.written(refused) };
        events.added.extend(self.events.attached_alike(&added, taken.kind));
        events.address_taken.extend(self.events.attached_alike(&taken, added.kind));
        let outcome = self.users.sign_up(new, letter, events).await?;
        match outcome {
            Insertion::Added => self.events.happened(added),
            Insertion::EmailTaken => self.events.happened(taken),
            _ => {}
        }
        Ok(outcome)
    }

    async fn change(&self, id: &UserId, mut change: AccountChange) -> Result<Option<Arc<User>>, StoreError> {
        let Some(draft) = told_of(&mut change) else { return self.users.change(id, change).await };
        let drafts = [Some(draft.to(id)), self.loss(id, &change).await?].into_iter().flatten();
        if !self.events.come_with_changes() {
            let changed = self.users.change(id, change).await?;
            for draft in drafts.filter(|_| changed.is_some()) {
                self.events.note(draft).await;
            }
            return Ok(changed);
        }
        let events: Vec<_> = drafts.map(|draft| self.events.written(draft)).collect();
        change.attached.extend(events.iter().flat_map(|event| self.events.attached(event)));
        let changed = self.users.change(id, change).await?;
        if changed.is_some() {
            events.into_iter().for_each(|event| self.events.happened(event));
        }
        Ok(changed)
    }

    async fn record_login_with(
        &self,
        id: &UserId,
        at: Timestamp,
        attached: Vec<Attachment>,
    ) -> Result<(), StoreError> {
        self.users.record_login_with(id, at, attached).await
    }

    async fn erase(&self, id: &UserId, erasure: Erasure) -> Result<bool, StoreError> {
        self.users.erase(id, erasure).await
    }

    async fn ended(&self, now: Timestamp, limit: usize) -> Result<Vec<UserId>, StoreError> {
        self.users.ended(now, limit).await
    }

    async fn remove_ended(
        &self,
        id: &UserId,
        now: Timestamp,
        _: Option<Erasure>,
    ) -> Result<bool, StoreError> {
        let pseudonym = self.events.pseudonym_of_user(id);
        let event = self.events.written(EventDraft::of(EventKind::AccountErased).to(&pseudonym));
        let erasure = self
            .events
            .come_with_changes()
            .then(|| Erasure::new(pseudonym.clone(), self.events.attached(&event)));
        let comes_with_it = erasure.is_some();
        if !self.users.remove_ended(id, now, erasure).await? {
            return Ok(false);
        }
        if comes_with_it {
            self.events.happened(event);
        } else {
            self.events.forget(id, &pseudonym).await;
            self.events.note(EventDraft::of(EventKind::AccountErased).to(&pseudonym)).await;
        }
        Ok(true)
    }

    async fn remove(&self, id: &UserId) -> Result<bool, StoreError> {
        let pseudonym = self.events.pseudonym_of_user(id);
        let event = self.events.written(EventDraft::of(EventKind::AccountErased).to(&pseudonym));
        if self.events.come_with_changes() {
            let erasure = Erasure::new(pseudonym, self.events.attached(&event));
            let is_removed = self.users.erase(id, erasure).await?;
            if is_removed {
                self.events.happened(event);
            }
            return Ok(is_removed);
        }
        if !self.users.remove(id).await? {
            return Ok(false);
        }
        self.events.forget(id, &pseudonym).await;
        self.events.note(EventDraft::of(EventKind::AccountErased).to(&pseudonym)).await;
        Ok(true)
    }

    async fn login_names(&self, id: &UserId) -> Result<Vec<LoginName>, StoreError> {
        self.users.login_names(id).await
    }

    async fn groups(&self) -> Result<Vec<Group>, StoreError> {
        self.users.groups().await
    }

    async fn put_group(&self, group: &str, permissions: &[String]) -> Result<(), StoreError> {
        self.users.put_group(group, permissions).await
    }

    async fn add_group(&self, group: &str, permissions: &[String]) -> Result<bool, StoreError> {
        self.users.add_group(group, permissions).await
    }
}

/// Accounts, of whose changes a command tells in the audit: one that knows no application secret.
pub fn recorded_users(
    users: Arc<dyn UserAdmin>,
    audit: Arc<dyn AuditStore>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
) -> Arc<dyn UserAdmin> {
    let (admin, listeners) = (Some(users.clone()), Vec::new());
    let parts = EventParts {
        audit,
        keeps_rows: true,
        admin,
        secrets: None,
        clock,
        random,
        listeners,
        webhooks: None,
    };
    Arc::new(RecordedUsers::new(users, Events::new(parts)))
}

/// What is told of a change: what its use case says, or else what of the account it writes; nothing where it writes nothing.
fn told_of(change: &mut AccountChange) -> Option<EventDraft> {
    let changed = written_by(change);
    match change.event.take() {
        Some(draft) => Some(draft.with(|details| {
            if details.changed.is_empty() {
                details.changed = changed.into_iter().map(str::to_owned).collect();
            }
        })),
        None if changed.is_empty() => None,
        None if changed == ["sessions"] => Some(EventDraft::of(EventKind::SessionsEnded)),
        None => Some(EventDraft::of(EventKind::AccountChanged).with(|details| {
            details.changed = changed.into_iter().map(str::to_owned).collect();
        })),
    }
}

fn written_by(change: &AccountChange) -> Vec<&'static str> {
    let update = &change.update;
    let all = [
        (update.username.is_some(), "username"),
        (update.email.is_some(), "email"),
        (update.login_names.is_some(), "login_names"),
        (update.first_name.is_some(), "first_name"),
        (update.last_name.is_some(), "last_name"),
        (update.language.is_some(), "language"),
        (update.is_active.is_some(), "is_active"),
        (update.ending.is_some(), "ending"),
        (update.is_staff.is_some(), "is_staff"),
        (update.is_superuser.is_some(), "is_superuser"),
        (update.groups.is_some(), "groups"),
        (update.permissions.is_some(), "permissions"),
        (update.attributes.is_some(), "attributes"),
        (change.password.is_some(), "password"),
        (change.ends_sessions, "sessions"),
        (change.unlinks_all, "linked_accounts"),
        (changes_factors(change), "factors"),
    ];
    all.into_iter().filter(|(is_written, _)| *is_written).map(|(_, name)| name).collect()
}

fn changes_factors(change: &AccountChange) -> bool {
    change.removes_factors || change.attached.iter().any(|one| matches!(one, Attachment::Factor(_)))
}
