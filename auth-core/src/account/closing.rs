//! Closing an account, opening it again, and what is done when it ends.
//!
//! 1. A closed account is switched off in the write that closes it, with its sessions, tokens, waiting logins and mailed links. To
//!    whoever tries to log in it is an account that is switched off, and so one that is not there.
//! 2. Until its end its owner opens it again by the link that is mailed with the closing, and support by a command. Nothing else does:
//!    no login, reset or proof of an address.
//!    One that was switched off before it was closed, or while it was, is opened as it was: by the command, and switched off.
//! 3. From its end on it is erased by any server's housekeeping: the account, its further names, memberships, linked accounts,
//!    sessions, tokens, links and limits. Its name and its address are free then, and not before.
//! 4. Nobody who may do everything closes their own account: of two who did so at the same time, neither would see that they are the
//!    last one.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::{Clock, Timestamp};
use crate::error::{Error, ErrorKind};
use crate::identity::Identity;
use crate::link::{Purpose, forget_links};
use crate::session::{SessionStore, Sessions};
use crate::short_lived::ShortLivedStore;
use crate::text::Text;
use crate::throttle::Lockouts;
use crate::token::{RefreshStore, Tokens};
use crate::user::{AccountChange, Ending, EndingCause, HeldNames, User, UserId, UserUpdate, Users};

use super::letter::Letter;
use super::notices::attached;
use super::recovery::USE;
use super::signed_up;
use super::{Notices, OwnAccounts, Recovery};

/// How long a closed account can be opened again, by default.
pub(crate) const GRACE: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// How many accounts are looked at together that have come to their end.
const AT_ONCE: usize = 100;

/// When an account is looked at again that nobody has proven, and somebody is logged in to.
const LATER: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How often something else may change an account while it is being closed.
const TRIES: usize = 3;

/// Ends accounts, and takes back that they end.
#[derive(Clone)]
pub(super) struct Endings {
    pub(super) users: Users,
    pub(super) notices: Notices,
    pub(super) lockouts: Lockouts,
    pub(super) short_lived: Arc<dyn ShortLivedStore>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) grace: Duration,
    /// What somebody began, where it is known.
    pub(super) begun: Option<Begun>,
}

/// Sessions and refresh tokens.
#[derive(Clone)]
pub(super) enum Begun {
    /// Those of a server.
    Served(Box<(Sessions, Tokens)>),
    /// As they are stored: for commands.
    Stored(Arc<dyn SessionStore>, Arc<dyn RefreshStore>),
}

impl Begun {
    /// When anything of it that is alive was last used.
    async fn last_use(&self, user: &User, now: Timestamp) -> Result<Option<Timestamp>, Error> {
        let (sessions, families) = match self {
            Self::Served(services) => {
                let (sessions, tokens) = &**services;
                (sessions.list(user).await?, tokens.families(user).await?)
            }
            Self::Stored(sessions, families) => {
                let stands = |epoch, end| epoch == user.auth_epoch && now < end;
                let (mut sessions, families) =
                    (sessions.list(&user.id).await?, families.list(&user.id).await?);
                sessions.retain(|held| stands(held.epoch, held.expires_at));
                let families = families.into_iter().map(|(_, family)| family);
                (sessions, families.filter(|held| stands(held.epoch, held.expires_at)).collect())
            }
        };
        let uses = sessions.iter().map(|session| session.last_seen_at);
        Ok(uses.chain(families.iter().map(|family| family.rotation.rotated_at)).max())
    }

    async fn forget(&self, id: &UserId) -> Result<(), Error> {
        match self {
            Self::Served(services) => {
                let (sessions, tokens) = &**services;
                sessions.forget_others(id, None).await?;
                tokens.forget_families(id).await
            }
            Self::Stored(sessions, families) => {
                sessions.remove_by_user(id, None).await?;
                families.remove_by_user(id).await?;
                Ok(())
            }
        }
    }
}

impl Endings {
    /// Closes an account; false when there is none. One that is closed already stays as it is.
    pub(super) async fn close(&self, id: &UserId) -> Result<bool, Error> {
        self.close_if(id, |_| Ok(())).await
    }

    /// The same, if nothing speaks against it: that is asked of the account each time it is read.
    async fn close_if(&self, id: &UserId, check: impl Fn(&User) -> Result<(), Error>) -> Result<bool, Error> {
        for _ in 0..TRIES {
            let Some(user) = self.users.get(id).await? else { return Ok(false) };
            check(&user)?;
            if user.is_closed() || self.close_as_read(user).await? {
                self.forget_begun(id).await?;
                return Ok(true);
            }
        }
        Err(Error::new(ErrorKind::Unavailable).with_source("the account is being changed by others"))
    }

    async fn close_as_read(&self, user: Arc<User>) -> Result<bool, Error> {
        // Who was switched off before is so again when it is opened, and is told nothing.
        let (cause, ends_sessions) = match user.is_active {
            true => (EndingCause::Closed, false),
            false => (EndingCause::ClosedInactive, true),
        };
        let ending = Ending { cause, at: self.clock.now() + self.grace };
        let update =
            UserUpdate { is_active: Some(false), ending: Some(Some(ending)), ..UserUpdate::default() };
        let mut closed = (*user).clone();
        update.clone().apply(&mut closed);
        let letter = Letter::account_closed(&closed, ending.at).filter(|_| user.is_active);
        let letter = letter.as_ref().map(|letter| self.notices.sealed(letter)).transpose()?.flatten();
        let id = user.id.clone();
        // Switching off ends those of an active one.
        let change =
            AccountChange { update, ends_sessions, attached: attached(letter), ..AccountChange::of(user) };
        let is_closed = self.users.change(&id, change).await?.is_some();
        self.notices.wake();
        if is_closed {
            self.users.tell_of_end(&id).await;
        }
        Ok(is_closed)
    }

    /// Opens a closed account again; false when there is none.
    pub(super) async fn reopen(&self, id: &UserId) -> Result<bool, Error> {
        let user = self.users.get(id).await?;
        let Some(user) = user.filter(|user| user.is_closed()) else { return Ok(false) };
        Ok(self.users.change(id, opened(user)).await?.is_some())
    }

    /// Erases an account at once; false when there was none.
    pub(super) async fn erase(&self, id: &UserId) -> Result<bool, Error> {
        let Some(user) = self.users.get(id).await? else { return Ok(false) };
        self.forget(&user).await?;
        let is_gone = self.users.remove(id).await?;
        self.forget_late(&user).await;
        Ok(is_gone)
    }

    /// Erases every account that has come to its end, and answers how many. One that cannot be erased keeps none of the others.
    pub(super) async fn erase_ended(&self) -> Result<u64, Error> {
        let (mut erased, now) = (0, self.clock.now());
        loop {
            let ended = self.users.ended(now, AT_ONCE).await?;
            let seen = ended.len();
            let mut settled = 0;
            for id in ended {
                match self.settle(&id, now, &mut erased).await {
                    Ok(is_settled) => settled += usize::from(is_settled),
                    Err(error) => {
                        tracing::warn!(?error, user = %id, "an account that has come to its end could not be erased");
                    }
                }
            }
            // Where none could be settled, the next hour tries again.
            if seen < AT_ONCE || settled == 0 {
                return Ok(erased);
            }
        }
    }

    /// Erases an account, or notes that it stays, or stays for now: somebody uses what they once signed up for, or who does is known to
    /// servers alone.
    async fn settle(&self, id: &UserId, now: Timestamp, erased: &mut u64) -> Result<bool, Error> {
        let Some(user) = self.users.get(id).await? else { return Ok(false) };
        if user.ending.is_some_and(|ending| ending.cause == EndingCause::Unknown) {
            return Ok(false);
        }
        if user.ending.is_some_and(|ending| ending.is_due(&user, now)) {
            if user.is_unproven() {
                let Some(begun) = &self.begun else { return self.users.put_off(user, now + LATER).await };
                match begun.last_use(&user, now).await? {
                    Some(at) if user.is_come_back_to(at) => return self.users.keep(user).await,
                    Some(_) => return self.users.put_off(user, now + LATER).await,
                    None => {}
                }
            }
            // First: somebody may log in meanwhile, by which it stays, with all that is theirs.
            let is_gone = self.users.remove_ended(id, now).await?;
            if is_gone {
                *erased += 1;
                self.forget_late(&user).await;
            }
            return Ok(is_gone);
        }
        self.users.keep(user).await
    }

    /// Forgets what is kept about somebody whose account is gone: without it nothing of that opens anything, and it goes by itself.
    async fn forget_late(&self, user: &User) {
        if let Err(error) = self.forget(user).await {
            tracing::warn!(?error, user = %user.id, "what belonged to an account that was erased could not be forgotten");
        }
    }

    /// Forgets all that is kept about somebody elsewhere than in their account.
    async fn forget(&self, user: &User) -> Result<(), Error> {
        let (store, now) = (&*self.short_lived, self.clock.now());
        self.forget_begun(&user.id).await?;
        forget_links(store, &user.id, now).await?;
        self.lockouts.forget(user).await?;
        store.take(&signed_up::key(&user.id), now).await?;
        self.names().release(&user.username).await
    }

    pub(super) fn names(&self) -> HeldNames {
        HeldNames::new(self.short_lived.clone(), self.clock.clone())
    }

    /// Forgets what has ended with the account's epoch, where it is known here.
    pub(super) async fn forget_begun(&self, id: &UserId) -> Result<(), Error> {
        match &self.begun {
            Some(begun) => begun.forget(id).await,
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Endings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endings").finish_non_exhaustive()
    }
}

fn opened(user: Arc<User>) -> AccountChange {
    let update =
        UserUpdate { is_active: Some(user.opens_active()), ending: Some(None), ..UserUpdate::default() };
    AccountChange { update, ..AccountChange::of(user) }
}

impl OwnAccounts {
    /// Closes the caller's account.
    ///
    /// # Errors
    /// `UserRequired`; `Unauthenticated` for a caller whose session has ended; `PermissionDenied` for one who may do everything;
    /// `Unavailable`.
    pub(crate) async fn close(&self, caller: &Identity) -> Result<(), Error> {
        let user = caller.acting_user().ok_or(ErrorKind::UserRequired)?;
        self.check_session(caller).await?;
        let check = |read: &User| match read.stands_at(user.auth_epoch) {
            false => Err(ErrorKind::Unauthenticated.into()),
            true if read.is_superuser => {
                Err(Error::new(ErrorKind::PermissionDenied).saying(Text::CloseSuperuser))
            }
            true => Ok(()),
        };
        match self.accounts.endings.close_if(&user.id, check).await? {
            true => Ok(()),
            false => Err(ErrorKind::Unauthenticated.into()),
        }
    }
}

impl Recovery {
    /// Opens a closed account again, by the link that was mailed with the closing. Nobody is logged in by it.
    ///
    /// # Errors
    /// `InvalidLink`; `TooManyAttempts`; `Unavailable`.
    pub(crate) async fn reopen(&self, token: &str, network: Option<IpAddr>) -> Result<(), Error> {
        self.take_turn(USE, network).await?;
        let link = self.found(Purpose::ReopenAccount, token).await?;
        let now = self.links.now();
        let is_open_to = |user: &User| user.can_be_opened(now) && link.facts.epoch() == user.auth_epoch;
        let user = self.still_if(&link, is_open_to).await?;
        self.write(&user.clone(), opened(user), None).await?;
        self.links.spend(&link).await;
        Ok(())
    }
}
