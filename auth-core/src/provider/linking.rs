//! Linking an account at a provider, and unlinking it: what is done, what is told of it and the letter to the owner are there together,
//! or none of them is.

use std::sync::Arc;

use crate::error::{Error, ErrorKind};
use crate::event::{Event, EventDraft, EventKind};
use crate::text::Text;
use crate::user::{AccountChange, Attachment, Email, QueuedLetter, SignUpWay, User, UserId, UserUpdate};

use super::decision::Word;
use super::linked_accounts::{LinkedAccounts, Person, closed, word_on};
use super::notices::LinkChange;
use super::store::Unlinked;
use super::ways::Needed;
use super::{LinkedAccount, LinkedAccountId};

impl LinkedAccounts {
    /// Links the account of this person to a user who was read a moment ago, and answers whether it was not before. In our own tables
    /// nobody is linked to an account that is not as it was read any more: whoever proves its address meanwhile finds nothing of
    /// somebody else's in it.
    ///
    /// # Errors
    /// `AlreadyExists` when it is linked to somebody else; `StateMismatch` when the user was changed; `SignUpClosed`, and what the
    /// application's rules answer, for a guest; `Unavailable`.
    pub(super) async fn link(
        &self,
        user: &Arc<User>,
        person: Person<'_>,
    ) -> Result<(LinkedAccount, bool), Error> {
        let kept = self.kept(user, person).await?;
        let account = self.new_account(person, user.id.clone());
        let letter = self.notices.letter(user, person.provider.label(), LinkChange::Linked)?;
        let linked = match self.users.keep_letters() {
            true => self.link_by_change(user, kept, account.clone(), letter).await,
            false => self.link_beside(account.clone(), letter).await,
        };
        match linked {
            Ok(()) => {
                self.notices.wake();
                Ok((account, true))
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let held = self.find(person).await?.filter(|held| held.user == user.id);
                held.map(|held| (held, false)).ok_or_else(|| {
                    let provider = person.provider.label().to_owned();
                    error.saying(Text::ProviderAccountTaken { provider })
                })
            }
            Err(error) => Err(error),
        }
    }

    async fn link_by_change(
        &self,
        user: &Arc<User>,
        update: UserUpdate,
        account: LinkedAccount,
        letter: Option<QueuedLetter>,
    ) -> Result<(), Error> {
        let event = Some(draft(EventKind::ProviderLinked, &account));
        let attached = [Attachment::LinkedAccount(account)].into_iter().chain(posted(letter)).collect();
        let change = AccountChange { update, attached, event, ..AccountChange::of(user.clone()) };
        let changed = self.users.change(&user.id, change).await?;
        changed.map(drop).ok_or_else(|| ErrorKind::StateMismatch.into())
    }

    /// To a user of a table that takes nothing along with a change.
    async fn link_beside(&self, account: LinkedAccount, letter: Option<QueuedLetter>) -> Result<(), Error> {
        let (event, attached) = self.told(EventKind::ProviderLinked, &account, letter);
        self.store.link(account, attached).await?;
        self.events.happened(event);
        Ok(())
    }

    /// What becomes of the account of whoever links one: a guest who can log in again is none any more, and so has to be somebody who may
    /// sign up.
    ///
    /// # Errors
    /// `SignUpClosed`; what the application's rules answer.
    async fn kept(&self, user: &User, person: Person<'_>) -> Result<UserUpdate, Error> {
        if !user.is_guest() {
            return Ok(UserUpdate::default());
        }
        if !person.provider.is_sign_up_open() {
            return Err(ErrorKind::SignUpClosed.into());
        }
        let mut new = self.users.new_user(user.username())?;
        let email = person.profile.email.as_deref().and_then(|text| Email::new(text).ok());
        new.email = email.filter(|email| word_on(Some(email), person) == Word::Proof);
        let way = SignUpWay::Provider(person.provider.id().as_str());
        self.users.welcome(&mut new, way).await.map_err(closed)?;
        Ok(UserUpdate { ending: Some(None), ..user.begun_with(new.groups, new.attributes) })
    }

    /// The account of this user with this id, if there is one.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(super) async fn held(
        &self,
        user: &UserId,
        id: &LinkedAccountId,
    ) -> Result<Option<LinkedAccount>, Error> {
        Ok(self.list(user).await?.into_iter().find(|account| account.id == *id))
    }

    /// Unlinks an account, unless none is left of those that are `needed` to log in by: that the store looks up as it removes. `label` is
    /// what the owner is told that the provider is called.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(super) async fn unlink(
        &self,
        account: &LinkedAccount,
        label: &str,
        needed: Option<&Needed>,
    ) -> Result<Unlinked, Error> {
        let letter = match self.users.get(&account.user).await? {
            Some(user) => self.notices.letter(&user, label, LinkChange::Unlinked)?,
            None => None,
        };
        let unlinked = self.cut(account, needed, letter).await?;
        self.notices.wake();
        Ok(unlinked)
    }

    /// Removes an account that should not have been linked.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(super) async fn remove(&self, account: &LinkedAccount) -> Result<(), Error> {
        self.cut(account, None, None).await.map(drop)
    }

    async fn cut(
        &self,
        account: &LinkedAccount,
        needed: Option<&Needed>,
        letter: Option<QueuedLetter>,
    ) -> Result<Unlinked, Error> {
        let (event, attached) = self.told(EventKind::ProviderUnlinked, account, letter);
        let needed = needed.map(|needed| (&*needed.linked, &*needed.passkeys));
        let unlinked = self.store.unlink(&account.user, &account.id, needed, attached).await?;
        if unlinked == Unlinked::Removed {
            self.events.happened(event);
        }
        Ok(unlinked)
    }

    /// What is told of an account, and what is written with it.
    fn told(
        &self,
        kind: EventKind,
        account: &LinkedAccount,
        letter: Option<QueuedLetter>,
    ) -> (Event, Vec<Attachment>) {
        let event = self.events.written(draft(kind, account).to(&account.user));
        let attached = self.events.attached(&event).into_iter().chain(posted(letter)).collect();
        (event, attached)
    }
}

fn draft(kind: EventKind, account: &LinkedAccount) -> EventDraft {
    EventDraft::of(kind).with(|details| details.provider = Some(account.provider.clone()))
}

fn posted(letter: Option<QueuedLetter>) -> impl Iterator<Item = Attachment> {
    letter.into_iter().map(Attachment::Letter)
}
