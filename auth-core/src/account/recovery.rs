//! Addresses that are proven, and passwords that were forgotten: what a mailed link is for.

use std::net::IpAddr;
use std::sync::Arc;

use crate::error::{Error, ErrorKind};
use crate::http::SafeRedirect;
use crate::identity::Identity;
use crate::link::{Link, LinkFacts, Links, Purpose};
use crate::mfa::{FactorChange, Factors};
use crate::secret::Secret;
use crate::session::Entrance;
use crate::throttle::{Source, Throttle};
use crate::token::Tokens;
use crate::user::{AccountChange, Attachment, Email, EventDraft, EventKind, User, UserUpdate, Users};

use super::letter::Letter;
use super::notices::{Notices, attached};
use super::signed_up::SignUpBrowsers;

/// The kind of turn that asking for a mail takes, and using what it brought.
pub(super) const ASK: &str = "ask for mail";
pub(super) const USE: &str = "use a link";

/// What people do with the links that they are mailed.
#[derive(Clone, Debug)]
pub(crate) struct Recovery {
    pub(crate) users: Users,
    pub(crate) links: Links,
    pub(crate) notices: Notices,
    pub(crate) throttle: Throttle,
    pub(crate) entrance: Entrance,
    pub(crate) tokens: Tokens,
    pub(crate) browsers: SignUpBrowsers,
    pub(crate) factors: Factors,
}

/// By what somebody who proves an address shows that the account is theirs, and not a squatter's.
#[derive(Clone, Copy)]
pub(crate) struct Claimant<'a> {
    /// Who is logged in, if anybody is.
    pub(crate) caller: Option<&'a Identity>,
    /// The account's password, where it was typed.
    pub(crate) password: Option<&'a str>,
    /// As what the browser is kept that brings the link.
    pub(crate) browser: Option<&'a str>,
    pub(crate) source: &'a Source,
}

/// An address that was proven.
#[derive(Debug)]
pub(crate) struct Proven {
    pub(crate) next: Option<SafeRedirect>,
    /// The account, where what had been set before was ended, the password too: its owner sets another one.
    pub(crate) lost_password: Option<Arc<User>>,
}

impl Recovery {
    /// The same, writing to people in the language of this tag; in the application's first one where nobody asked for any.
    pub(crate) fn in_language(&self, tag: Option<&str>) -> Self {
        Self { notices: self.notices.in_language(tag), ..self.clone() }
    }

    /// Mails a link to set another password, if an account has the address. Nothing is looked up here.
    ///
    /// # Errors
    /// `InvalidRequest` for an address that is none; `TooManyAttempts`; `Unavailable`.
    pub(crate) async fn forgot(&self, email: &str, source: &Source) -> Result<(), Error> {
        let email = Email::typed(email)?;
        let letter = Letter::password_forgotten(&email, source.known_as(&email));
        self.ask(letter, source.network()).await
    }

    /// Mails a link to prove the address, if an account has it that did not. Nothing is looked up here.
    ///
    /// # Errors
    /// As of [`forgot`](Self::forgot).
    pub(crate) async fn resend(&self, email: &str, network: Option<IpAddr>) -> Result<(), Error> {
        self.ask(Letter::prove_address(&Email::typed(email)?), network).await
    }

    pub(super) async fn ask(&self, letter: Letter, network: Option<IpAddr>) -> Result<(), Error> {
        self.take_turn(ASK, network).await?;
        self.notices.post(&letter).await
    }

    /// Takes a turn at asking for a mail, or at using what it brought.
    ///
    /// # Errors
    /// `TooManyAttempts`.
    pub(super) async fn take_turn(&self, kind: &'static str, network: Option<IpAddr>) -> Result<(), Error> {
        let taken = self.throttle.take_turn(kind, network).await;
        taken.map(drop).map_err(|error| self.refusing(None, error))
    }

    /// A link that is good for nothing, of this account where it is known whose it was.
    pub(super) fn spent(&self, user: Option<&User>) -> Error {
        self.refusing(user, ErrorKind::InvalidLink.into())
    }

    /// Tells of somebody whose link is refused, once.
    pub(super) fn refusing(&self, user: Option<&User>, error: Error) -> Error {
        let draft = EventDraft::of(EventKind::LinkRefused);
        let draft = match user {
            Some(user) => draft.to(&user.id),
            None => draft,
        };
        self.entrance.logins().events().telling(draft, error)
    }

    /// Sets another password, by a link that was mailed. Every session and token ends. The link proves the address: where it was not
    /// proven before, whoever had set the account up may have been somebody else: the accounts that they linked go too, and what they
    /// chose of the profile.
    ///
    /// # Errors
    /// `InvalidLink`; `WeakPassword`, by which the link is not used up; `TooManyAttempts`; `Unavailable`.
    pub(crate) async fn reset(&self, token: &str, new: &str, network: Option<IpAddr>) -> Result<(), Error> {
        self.take_turn(USE, network).await?;
        let (link, user) = self.linked(Purpose::ResetPassword, token).await?;
        let password = self.users.hashed(&user, new).await?;
        let update = match user.email_verified {
            true => proven(&user),
            false => self.users.claimed(&user),
        };
        let change = AccountChange {
            update,
            password: Some(Some(password)),
            ends_sessions: true,
            unlinks_all: !user.email_verified,
            removes_factors: !user.email_verified,
            attached: self.marked_as_mailed(&user),
            event: Some(EventDraft::of(EventKind::PasswordReset)),
            ..AccountChange::of(user.clone())
        };
        let notice = Letter::password_changed(&user);
        self.write(&user, change, notice).await?;
        self.links.spend(&link).await;
        if let Err(error) = self.throttle.lockouts().forget_row(&user.id).await {
            tracing::warn!(
                ?error,
                "an account has a new password, and may still be closed by failures of before"
            );
        }
        Ok(())
    }

    /// With a password that was set by mail comes a mark that it was: beside it a mailed code is no second factor. An account whose address
    /// was not proven keeps no factor, and needs none.
    fn marked_as_mailed(&self, user: &User) -> Vec<Attachment> {
        match user.email_verified {
            true => attached_factors(self.factors.password_set_by_mail(user)),
            false => Vec::new(),
        }
    }

    /// Proves the address of an account, by a link that was mailed. Whoever shows that they set the account up (they are logged in to
    /// it, bring the browser in which they signed up, or know the password) finds it as it was. To anybody else it is given as its
    /// address is theirs: without the password, the sessions and the linked accounts of whoever had taken the address before. A link to
    /// an address that the account does not have yet gives it that.
    ///
    /// # Errors
    /// `InvalidLink`; `InvalidCredentials` for a wrong password, by which the link is not used up; `TooManyAttempts`; `Unavailable`.
    pub(crate) async fn verify(&self, token: &str, claimant: Claimant<'_>) -> Result<Proven, Error> {
        self.take_turn(USE, claimant.source.network()).await?;
        let link = match self.links.find(Purpose::VerifyEmail, token).await {
            Err(error) if error.kind() == ErrorKind::InvalidLink => {
                return self.change_address(token, claimant).await;
            }
            found => found?,
        };
        let user = self.still(&link).await?;
        if user.email_verified {
            return Err(self.spent(Some(&*user)));
        }
        let is_theirs = self.is_whose_it_is(&user, claimant).await?
            || self.browsers.is_of(&user.id, claimant.browser).await?;
        let user = self.prove(&user, is_theirs).await?;
        self.links.spend(&link).await;
        Ok(Proven { next: link.facts.next(), lost_password: (!is_theirs).then_some(user) })
    }

    /// Whether it has to be shown whose account that is by the password: before a link to prove an address is used. A link that is
    /// none asks for nothing.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn asks_password(&self, token: &str, claimant: Claimant<'_>) -> Result<bool, Error> {
        for purpose in [Purpose::VerifyEmail, Purpose::ChangeEmail] {
            let link = match self.links.find(purpose, token).await {
                Err(error) if error.kind() == ErrorKind::InvalidLink => continue,
                found => found?,
            };
            let Some(user) = self.users.get(&link.facts.user()).await? else { return Ok(false) };
            let is_shown = is_caller(&user, claimant)
                || purpose == Purpose::VerifyEmail && self.browsers.is_of(&user.id, claimant.browser).await?;
            return Ok(!is_shown);
        }
        Ok(false)
    }

    /// Notes that the address of an account is proven, to whom it belongs or by whoever has a right to it.
    pub(super) async fn prove(&self, user: &Arc<User>, is_theirs: bool) -> Result<Arc<User>, Error> {
        let change = AccountChange {
            update: proven(user),
            event: Some(EventDraft::of(EventKind::EmailVerified)),
            ..AccountChange::of(user.clone())
        };
        let change = match is_theirs {
            true => change,
            false => AccountChange {
                update: self.users.claimed(user),
                password: Some(None),
                ends_sessions: true,
                unlinks_all: true,
                removes_factors: true,
                ..change
            },
        };
        self.write(user, change, None).await
    }

    /// The token of a link by which an account that has lost its password gets another one.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn reset_link(&self, user: &User) -> Result<Option<Secret>, Error> {
        match LinkFacts::of(user) {
            Some(facts) => Ok(Some(self.links.make(Purpose::ResetPassword, &facts).await?)),
            None => Ok(None),
        }
    }

    /// Whether somebody is logged in to the account, or knows its password.
    pub(super) async fn is_whose_it_is(
        &self,
        user: &Arc<User>,
        claimant: Claimant<'_>,
    ) -> Result<bool, Error> {
        match claimant.password {
            _ if is_caller(user, claimant) => Ok(true),
            Some(password) => {
                self.entrance.logins().check_own(user, password, claimant.source).await.map(|()| true)
            }
            None => Ok(false),
        }
    }

    /// What a token leads to, as it is now.
    pub(super) async fn linked(&self, purpose: Purpose, token: &str) -> Result<(Link, Arc<User>), Error> {
        let link = self.found(purpose, token).await?;
        let user = self.still(&link).await?;
        Ok((link, user))
    }

    /// The link of a token.
    pub(super) async fn found(&self, purpose: Purpose, token: &str) -> Result<Link, Error> {
        self.links.find(purpose, token).await.map_err(|error| self.refusing(None, error))
    }

    /// The account of a link, if it still is one for which that counts.
    pub(super) async fn still_if(
        &self,
        link: &Link,
        counts: impl FnOnce(&User) -> bool,
    ) -> Result<Arc<User>, Error> {
        match self.users.get(&link.facts.user()).await? {
            Some(user) if counts(&user) => Ok(user),
            user => Err(self.spent(user.as_deref())),
        }
    }

    /// The account of a link, if it is as it was when the link was made.
    pub(super) async fn still(&self, link: &Link) -> Result<Arc<User>, Error> {
        self.still_if(link, |user| link.facts.are_of(user)).await
    }

    /// Writes a change that was decided by a link: one that something else has overtaken is none any more.
    pub(super) async fn write(
        &self,
        user: &User,
        change: AccountChange,
        letter: Option<Letter>,
    ) -> Result<Arc<User>, Error> {
        let letter = letter.as_ref().map(|letter| self.notices.sealed(letter)).transpose()?.flatten();
        let has_ended = change.ends_sessions;
        let attached = change.attached.iter().cloned().chain(attached(letter)).collect();
        let change = AccountChange { attached, ..change };
        let changed = match self.users.change(&user.id, change).await {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => None,
            changed => changed?,
        };
        let changed = changed.ok_or_else(|| self.spent(Some(user)))?;
        self.notices.wake();
        if has_ended {
            self.forget_ended(user).await;
        }
        Ok(changed)
    }

    /// With what else somebody may have set up who is locked out go the factors that were added as long as such links count: the only
    /// ones, and those beside older ones, since a passkey may be a way in by itself. Older ones are the owner's, or a mailbox would be all
    /// that it takes to be rid of them.
    pub(super) fn without_young_factors(&self, user: &User, purpose: Purpose) -> Vec<Attachment> {
        let since = self.links.now() - purpose.life();
        attached_factors([FactorChange::RemoveSince { user: user.id.clone(), since }])
    }

    /// Forgets what is dead by the epoch: nothing depends on it but the size of the stores.
    async fn forget_ended(&self, user: &User) {
        let forgotten = async {
            self.entrance.sessions().forget_others(&user.id, None).await?;
            self.tokens.forget_families(&user.id).await
        };
        if let Err(error) = forgotten.await {
            tracing::warn!(?error, "sessions that have ended could not be forgotten");
        }
    }
}

fn attached_factors(changes: impl IntoIterator<Item = FactorChange>) -> Vec<Attachment> {
    changes.into_iter().map(|change| Attachment::Factor(Box::new(change))).collect()
}

fn is_caller(user: &User, claimant: Claimant<'_>) -> bool {
    claimant.caller.and_then(Identity::acting_user).is_some_and(|caller| caller.id == user.id)
}

/// The address that the account has, as a proven one.
fn proven(user: &User) -> UserUpdate {
    UserUpdate { email: Some((user.email.clone(), true)), ..UserUpdate::default() }
}
