//! Adding and removing factors, and what a person has of them.

use std::fmt;
use std::sync::Arc;

use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind};
use crate::event::{EventDraft, EventKind};
use crate::identity::Identity;
use crate::key::Sealer;
use crate::login::{Amr, Method};
use crate::random::random_bytes;
use crate::secret::Secret;
use crate::session::{Entered, Entrance, Goal, Visitor};
use crate::short_lived::ShortLivedStore;
use crate::text::Text;
use crate::token::Tokens;
use crate::user::attachment::LinkedAccountId;
use crate::user::{AccountChange, Attachment, User, UserId, UserStore, Users};

use super::factors::Factors;
use super::held::{Held, may_be_mailed};
use super::notices::{FactorNotices, FactorTold};
use super::{Factor, FactorChange, FactorId, FactorKind, recovery};

/// How often something else may change an account while its factors are.
const TRIES: usize = 5;

/// Second factors.
#[derive(Clone)]
pub(crate) struct Mfa {
    pub(crate) factors: Factors,
    pub(crate) users: Users,
    pub(crate) store: Arc<dyn UserStore>,
    pub(crate) short_lived: Arc<dyn ShortLivedStore>,
    /// What seals secrets that are offered.
    pub(crate) offers: Sealer,
    pub(crate) entrance: Entrance,
    pub(crate) tokens: Tokens,
    pub(crate) notices: Arc<dyn FactorNotices>,
    pub(crate) app_name: Arc<str>,
}

/// A change of somebody's factors, and what is told of it.
#[derive(Debug)]
pub(crate) struct Edit {
    pub(crate) changes: Vec<FactorChange>,
    /// Whether every session and token of before ends.
    pub(crate) ends_sessions: bool,
    /// The accounts at providers one of which has to be left, where nothing else is.
    pub(crate) needs_linked: Option<Vec<LinkedAccountId>>,
    pub(crate) event: EventDraft,
    pub(crate) told: FactorTold,
}

/// A factor that was added.
#[derive(Debug)]
pub(crate) struct Enrolled {
    /// The account, as it is now.
    pub(crate) user: Arc<User>,
    /// The recovery codes, where it is the first factor; nobody sees them again.
    pub(crate) codes: Vec<Secret>,
}

impl Mfa {
    /// The same, writing to people in the language of this tag; in the application's first one where nobody asked for any.
    pub(crate) fn in_language(&self, tag: Option<&str>) -> Self {
        Self { notices: self.notices.in_language(tag), ..self.clone() }
    }

    /// What a login asks of factors.
    pub(crate) fn factors(&self) -> &Factors {
        &self.factors
    }

    /// Whether this user may be mailed a code as a second factor.
    pub(crate) fn may_be_mailed(&self, user: &User) -> bool {
        may_be_mailed(&self.factors.config, user)
    }

    /// What a user has.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn held(&self, user: &User) -> Result<Held, Error> {
        let mut held = self.factors.of(&user.id).await?;
        held.devices.retain(|device| self.factors.is_trusted(device, user));
        Ok(held)
    }

    /// Which of these a user has.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn held_of(&self, user: &User, methods: &[Method]) -> Result<Vec<Method>, Error> {
        let held = self.factors.of(&user.id).await?;
        let is_held = |method: &Method| held.has(*method, &self.factors.config, user);
        Ok(methods.iter().copied().filter(is_held).collect())
    }

    /// Whether somebody may add a factor. Whose address is not proven may not, where its owner gets the account by proving it: they would
    /// not have the factor. A guest may not, to whom no way in leads back.
    ///
    /// # Errors
    /// `PermissionDenied` for a guest; `EmailUnverified`.
    pub(crate) fn check_enrolling(&self, user: &User) -> Result<(), Error> {
        let is_anothers = self.users.keep_letters() && user.email.is_some() && !user.email_verified;
        match is_anothers {
            _ if user.is_guest() => Err(ErrorKind::PermissionDenied.into()),
            true => Err(ErrorKind::EmailUnverified.into()),
            false => Ok(()),
        }
    }

    /// Adds a factor, in a session in which this was shown. With the first one of any kind come recovery codes, and whatever was begun by less ends: the sessions and tokens
    /// of before, the caller's among them, which [`settle`](Self::settle) makes whole again. What takes the place of one of its kind ends
    /// them too.
    ///
    /// # Errors
    /// `EmailUnverified`: whose address is not proven may not own the account; `AlreadyExists`; `Unauthenticated` where the account is
    /// not as it was read any more; `Unavailable`.
    pub(crate) async fn enrol(
        &self,
        (user, shown): (&Arc<User>, Amr),
        new: Factor,
        told: FactorTold,
    ) -> Result<Enrolled, Error> {
        self.check_enrolling(user)?;
        let held = self.factors.of(&user.id).await?;
        let (is_first, kind) = (!held.has_factor(), new.kind);
        let replaces = kind == FactorKind::Totp && held.totp.is_some();
        let mut changes = Vec::new();
        // Whoever adds one has shown it, beside the password if that was shown.
        if shown.contains(Amr::PWD) {
            changes.push(FactorChange::RemoveAll { user: user.id.clone(), kind: FactorKind::MailedPassword });
        }
        if replaces {
            changes.push(FactorChange::RemoveAll { user: user.id.clone(), kind });
        }
        changes.push(FactorChange::Add(new));
        let (codes, made) = if is_first { self.new_codes(&user.id) } else { Default::default() };
        changes.extend(made);
        let event = EventDraft::of(EventKind::FactorAdded)
            .with(|details| details.factor = Some(kind.name().to_owned()));
        let ends_sessions = is_first || replaces;
        let user = self.write(user, Edit { changes, ends_sessions, needs_linked: None, event, told }).await?;
        Ok(Enrolled { user, codes })
    }

    /// Removes a factor. With the last one go the recovery codes and the trusted devices: nothing asks for them any more. Every session
    /// and token of before ends, as by [`enrol`](Self::enrol). Where it is a way to log in, one of the accounts that are `needed` stays.
    ///
    /// # Errors
    /// `NotFound` where the user has none such; `LastLoginMethod` for the last one of somebody who must have one; else as [`enrol`](Self::enrol).
    pub(crate) async fn dismiss(
        &self,
        user: &Arc<User>,
        is_meant: impl Fn(&Factor) -> bool,
        needed: Option<Vec<LinkedAccountId>>,
        told: FactorTold,
    ) -> Result<Arc<User>, Error> {
        let held = self.factors.of(&user.id).await?;
        let all = || held.totp.iter().chain(&held.passkeys);
        let gone = all().find(|factor| is_meant(factor)).ok_or(ErrorKind::NotFound)?;
        let mut changes = vec![FactorChange::Remove { user: user.id.clone(), id: gone.id }];
        if all().all(|factor| factor.id == gone.id) {
            self.check_may_lack(user)?;
            let rest = [FactorKind::RecoveryCode, FactorKind::TrustedDevice];
            changes.extend(rest.map(|kind| FactorChange::RemoveAll { user: user.id.clone(), kind }));
        }
        let kind = gone.kind.name().to_owned();
        let event = EventDraft::of(EventKind::FactorRemoved).with(|details| details.factor = Some(kind));
        self.write(user, Edit { changes, ends_sessions: true, needs_linked: needed, event, told }).await
    }

    /// # Errors
    /// `LastLoginMethod`.
    fn check_may_lack(&self, user: &User) -> Result<(), Error> {
        match self.factors.is_demanded_of(user) {
            true => Err(Error::new(ErrorKind::LastLoginMethod).saying(Text::FactorsLastDemanded)),
            false => Ok(()),
        }
    }

    /// Makes other recovery codes; those of before are void.
    ///
    /// # Errors
    /// As [`enrol`](Self::enrol).
    pub(crate) async fn renew_codes(&self, user: &Arc<User>) -> Result<Vec<Secret>, Error> {
        let (codes, changes) = self.new_codes(&user.id);
        let event = EventDraft::of(EventKind::RecoveryCodesMade);
        let told = FactorTold::RecoveryCodesMade;
        self.write(user, Edit { changes, ends_sessions: false, needs_linked: None, event, told }).await?;
        Ok(codes)
    }

    /// Recovery codes of a user, and what keeps them in the place of those of before.
    pub(crate) fn new_codes(&self, user: &UserId) -> (Vec<Secret>, Vec<FactorChange>) {
        let codes = recovery::generate(&*self.factors.random);
        let kind = FactorKind::RecoveryCode;
        let key = recovery::new_key(&*self.factors.random);
        let keep = |code: &Secret| {
            let plain = recovery::read(code.expose()).unwrap_or_default();
            let new = self.new_factor(user, kind, recovery::handle(&*key, user, &plain));
            let data = self.factors.sealer.seal((&new.id, kind, user), &*key, &*self.factors.random);
            FactorChange::Add(Factor { data, ..new })
        };
        let voided = FactorChange::RemoveAll { user: user.clone(), kind };
        let changes = [voided].into_iter().chain(codes.iter().map(keep)).collect();
        (codes, changes)
    }

    /// A factor of this user's, as it is when it is added; the rest is for its feature to fill in.
    pub(crate) fn new_factor(&self, user: &UserId, kind: FactorKind, handle: Vec<u8>) -> Factor {
        let id = FactorId::new(random_bytes(&*self.factors.random));
        Factor::new(id, user.clone(), kind, handle, self.now())
    }

    pub(super) fn now(&self) -> Timestamp {
        self.factors.clock.now()
    }

    /// Writes a change: with the account, its event and its letter where those are of one store, else by itself, and then what ends.
    pub(crate) async fn write(&self, user: &Arc<User>, edit: Edit) -> Result<Arc<User>, Error> {
        let changed = match self.users.keep_letters() {
            true => self.write_with_account(user, &edit).await?,
            false => self.write_apart(user, &edit).await?,
        };
        if edit.ends_sessions
            && let Err(error) = self.tokens.forget_families(&changed.id).await
        {
            tracing::warn!(?error, "tokens that have ended could not be forgotten");
        }
        Ok(changed)
    }

    async fn write_with_account(&self, user: &Arc<User>, edit: &Edit) -> Result<Arc<User>, Error> {
        let letter = self.notices.letter(user, &edit.told)?.map(Attachment::Letter);
        let changes = edit.changes.iter().map(|change| Attachment::Factor(Box::new(change.clone())));
        let attached: Vec<_> = changes.chain(letter).collect();
        for _ in 0..TRIES {
            let read = self.users.get(&user.id).await?.filter(|read| read.stands_at(user.auth_epoch));
            let change = AccountChange {
                ends_sessions: edit.ends_sessions,
                needs_linked: edit.needs_linked.clone(),
                attached: attached.clone(),
                event: Some(edit.event.clone()),
                ..AccountChange::of(read.ok_or(ErrorKind::Unauthenticated)?)
            };
            if let Some(changed) = self.users.change(&user.id, change).await? {
                self.notices.wake();
                return Ok(changed);
            }
        }
        // The accounts that it counted on were unlinked beside it.
        if edit.needs_linked.is_some() {
            return Err(ErrorKind::LastLoginMethod.into());
        }
        Err(Error::new(ErrorKind::Unavailable).with_source("the account is being changed by others"))
    }

    /// Over accounts of another system, whose store is not that of the factors: what is done to an account in the moment between the
    /// look at it and the write is not seen. Should the second write fail, the factor is there, and what was begun before goes on:
    /// whoever tries again ends it.
    async fn write_apart(&self, user: &Arc<User>, edit: &Edit) -> Result<Arc<User>, Error> {
        let read = self.users.get(&user.id).await?;
        read.filter(|read| read.stands_at(user.auth_epoch)).ok_or(ErrorKind::Unauthenticated)?;
        self.factors.store.apply(edit.changes.clone()).await?;
        if edit.ends_sessions {
            self.store.raise_epoch(&user.id).await?;
        }
        self.factors.events.note(edit.event.clone().to(&user.id)).await;
        self.users.get(&user.id).await?.ok_or_else(|| ErrorKind::Unauthenticated.into())
    }

    /// Gives the caller's session a new id, at the epoch at which the account is after its factors were changed, with what they have just
    /// shown; where all others ended by that, they are forgotten. `proven_at` is when that was shown.
    ///
    /// # Errors
    /// `Unauthenticated` where it is over; `Unavailable`.
    pub(crate) async fn settle(
        &self,
        caller: &Identity,
        changed: Arc<User>,
        (shown, proven_at): (Amr, Timestamp),
        visitor: Visitor,
    ) -> Result<Entered, Error> {
        let record = caller.session_record().ok_or(ErrorKind::UserRequired)?;
        let (has_ended, user) = (record.epoch != changed.auth_epoch, changed.id.clone());
        // Whoever changes factors has shown one, or has just made their first.
        let admitted = self.entrance.logins().readmit(changed, shown.and(Amr::MFA), proven_at)?;
        let goal = Goal::reauthenticate(Some(&record.handle));
        let entered =
            self.entrance.enter(admitted.into(), goal, visitor.in_session(caller.session_key())).await?;
        if has_ended
            && let Err(error) = self.entrance.sessions().forget_others(&user, Some(&record.handle)).await
        {
            tracing::warn!(?error, "sessions that have ended could not be forgotten");
        }
        Ok(entered)
    }
}

impl fmt::Debug for Mfa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mfa").finish_non_exhaustive()
    }
}
