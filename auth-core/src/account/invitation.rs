//! Accounts by invitation.
//!
//! 1. An invitation is bound to an address. What opens it is a link that is mailed there: whoever uses it has proven the address.
//! 2. It makes one account, once: it is taken before the account is written, and put back where none is made. It is void when it was used, revoked or has expired, and when a newer one went to the same address.
//! 3. Where somebody has signed up under the address and not proven it, whoever was invited gets that account, without anything that
//!    was set up in it. One whose address is proven is nobody's to be given: its owner logs in.
//! 4. The groups are given when the account is made. Whoever accepts is logged in, by the one way in.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind};
use crate::http::SafeRedirect;
use crate::link::{Link, Purpose};
use crate::login::Amr;
use crate::session::{Entered, Goal, Visitor};
use crate::short_lived::ShortLivedStore;
use crate::text::Text;
use crate::user::{
    Account, AccountChange, Attachment, Email, LoginName, NewUser, SignUpWay, User, UserId, UserUpdate,
};

use super::letter::Letter;
use super::registration::name_taken;
use super::{Accounts, Registrations};

/// How long an invitation can be accepted, by default.
const LIFE: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The longest.
pub(super) const LONGEST: Duration = Purpose::AcceptInvitation.life();

/// An invitation to make an account.
///
/// ```
/// use std::time::Duration;
///
/// use auth_core::account::Invitation;
///
/// let invitation = Invitation::to("carol@example.com")?.group("writers").expires_in(Duration::from_secs(3 * 24 * 60 * 60));
/// # let _ = invitation;
/// # Ok::<(), auth_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Invitation {
    email: Email,
    groups: Vec<String>,
    life: Duration,
}

impl Invitation {
    /// To whoever has this address, for 7 days.
    ///
    /// # Errors
    /// `InvalidRequest` for an address that is none.
    pub fn to(email: &str) -> Result<Self, Error> {
        Ok(Self { email: Email::typed(email)?, groups: Vec::new(), life: LIFE })
    }

    /// Into this group; may be repeated.
    #[must_use]
    pub fn group(mut self, group: impl Into<String>) -> Self {
        self.groups.push(group.into());
        self
    }

    /// For so long, 90 days at most.
    #[must_use]
    pub fn expires_in(self, life: Duration) -> Self {
        Self { life, ..self }
    }
}

impl Accounts {
    /// Mails an invitation. A newer one to the same address voids those before.
    ///
    /// # Errors
    /// `AlreadyExists` where an account has proven the address; `Configuration` where no mail is sent, and for one that would be open
    /// for longer than 90 days; `Unavailable`.
    #[doc(alias("invitations"))]
    pub async fn invite(&self, invitation: &Invitation) -> Result<(), Error> {
        let Invitation { email, groups, life } = invitation;
        if life.is_zero() || *life > LONGEST {
            return Err(Error::configuration("an invitation can be accepted for 90 days at most"));
        }
        let holder = self.endings.users.account_of(&LoginName::from(email)).await?;
        if holder.is_some_and(|holder| !is_claimable(&holder.user, email)) {
            return Err(Error::new(ErrorKind::AlreadyExists).saying(Text::InvitationHasAccount));
        }
        let number = self.endings.users.nonce();
        let letter = Letter::invitation(email, groups, &number, *life);
        let letter = self.endings.notices.sealed(&letter)?.ok_or_else(|| {
            Error::configuration("invitations are mailed: call `.mailer(..)` on the builder")
        })?;
        let (store, now) = (&self.endings.short_lived, self.endings.clock.now());
        let open = Open { number, ends_at: now + *life };
        store.put(&open_to(email), open.written().as_bytes(), *life, now).await?;
        self.endings.notices.post_sealed(letter).await
    }

    /// Takes back the invitation of an address; false where none is open.
    ///
    /// # Errors
    /// `InvalidRequest` for an address that is none; `Unavailable`.
    pub async fn revoke_invitation(&self, email: &str) -> Result<bool, Error> {
        let (store, now) = (&self.endings.short_lived, self.endings.clock.now());
        Ok(store.take(&open_to(&Email::typed(email)?), now).await?.is_some())
    }
}

/// Under what it is kept which invitation of an address is open.
pub(super) fn open_to(email: &Email) -> String {
    format!("invited:{}", email.canonical())
}

/// An invitation that can be accepted, as it is kept.
struct Open {
    number: String,
    ends_at: Timestamp,
}

impl Open {
    fn written(&self) -> String {
        format!("{}:{}", self.number, self.ends_at.unix_millis())
    }

    fn read(kept: &[u8]) -> Option<Self> {
        let (number, at) = std::str::from_utf8(kept).ok()?.split_once(':')?;
        Some(Self { number: number.to_owned(), ends_at: Timestamp::from_unix_millis(at.parse().ok()?) })
    }
}

/// Whether the invitation of an address is this one.
///
/// # Errors
/// `Unavailable`.
pub(super) async fn is_open(
    store: &dyn ShortLivedStore,
    email: &Email,
    number: &str,
    now: Timestamp,
) -> Result<bool, Error> {
    let kept = store.get(&open_to(email), now).await?;
    Ok(kept.and_then(|kept| Open::read(&kept)).is_some_and(|open| open.number == number))
}

/// Whether somebody may only have signed up under the address, who does not own it.
fn is_claimable(user: &User, email: &Email) -> bool {
    let has_it = user.email.as_ref().is_some_and(|held| held.is_same_mailbox(email));
    has_it && !user.email_verified && user.is_active && !user.is_staff && !user.is_superuser
}

/// What somebody types who accepts an invitation.
#[derive(Clone, Copy)]
pub(crate) struct Acceptance<'a> {
    pub(crate) token: &'a str,
    pub(crate) username: &'a str,
    pub(crate) password: &'a str,
}

/// By what somebody logs in from then on who accepts an invitation.
pub(super) enum Chosen<'a> {
    Password(&'a str),
    /// By a passkey of the account with this id, which comes with it.
    Passkey(UserId, Vec<Attachment>),
}

impl Registrations {
    /// The address that an invitation is for, while it can be accepted.
    ///
    /// # Errors
    /// `RegistrationClosed`; `InvalidLink`; `Unavailable`.
    pub(crate) async fn invited(&self, token: &str) -> Result<Email, Error> {
        Ok(self.invitation(token).await?.1)
    }

    async fn invitation(&self, token: &str) -> Result<(Link, Email), Error> {
        self.check_takes_invitations()?;
        let link = self.links.find(Purpose::AcceptInvitation, token).await?;
        let email = link.facts.address().ok_or(ErrorKind::InvalidLink)?;
        match is_open(&*self.short_lived, &email, link.facts.user().as_str(), self.clock.now()).await? {
            true => Ok((link, email)),
            false => Err(ErrorKind::InvalidLink.into()),
        }
    }

    /// Makes the account of somebody who was invited, and lets them in; `None` where it was made, and nobody can be let in now.
    ///
    /// # Errors
    /// `InvalidLink`, also for whoever comes second; `InvalidRequest` for a name that is none; `WeakPassword` and `AlreadyExists` (the
    /// name is taken), by which the invitation is not used up; what [`Entrance::enter`](crate::session::Entrance::enter) answers.
    pub(crate) async fn accept(
        &self,
        acceptance: Acceptance<'_>,
        next: Option<SafeRedirect>,
        visitor: Visitor,
    ) -> Result<Option<Entered>, Error> {
        self.take_turn(visitor.network()).await?;
        let chosen = Chosen::Password(acceptance.password);
        let user = self.invited_user(acceptance.token, acceptance.username, chosen).await;
        let user = user.map_err(|error| self.refusing(error))?;
        self.enter_made(&user.id, Amr::EMAIL, (Goal::login(false).then(next), visitor)).await
    }

    /// The account that an invitation comes to: a new one, or that of whoever claimed the address without proof.
    ///
    /// # Errors
    /// As [`invited`](Self::invited).
    pub(super) async fn account_of_invitation(&self, token: &str) -> Result<Option<UserId>, Error> {
        let (_, email) = self.invitation(token).await?;
        let holder = self.users.account_of(&LoginName::from(&email)).await?;
        Ok(holder.filter(|holder| is_claimable(&holder.user, &email)).map(|holder| holder.user.id.clone()))
    }

    pub(super) async fn invited_user(
        &self,
        token: &str,
        username: &str,
        chosen: Chosen<'_>,
    ) -> Result<Arc<User>, Error> {
        let (link, email) = self.invitation(token).await?;
        let mut new = self.users.new_user(username)?;
        (new.email, new.email_verified) = (Some(email.clone()), true);
        new.language = self.notices.language();
        self.users.welcome(&mut new, SignUpWay::Invitation).await?;
        new.groups.extend(link.facts.groups().iter().cloned());
        let by_passkey = match chosen {
            Chosen::Password(password) => {
                new.password = Some(self.users.hashed_for(&new, password).await?);
                None
            }
            Chosen::Passkey(user, factors) => Some((user, factors)),
        };
        let open = self.take_invitation(&email, link.facts.user().as_str()).await?;
        let user = match self.make_invited(new, &email, by_passkey).await {
            Ok(user) => user,
            Err(error) => {
                if error.kind() != ErrorKind::InvalidLink {
                    self.put_back(&email, &open).await?;
                }
                return Err(error);
            }
        };
        self.links.spend(&link).await;
        Ok(user)
    }

    /// Takes the invitation of an address: of all who accept it at the same time, one.
    async fn take_invitation(&self, email: &Email, number: &str) -> Result<Open, Error> {
        let kept = self.short_lived.take(&open_to(email), self.clock.now()).await?;
        let open = kept.and_then(|kept| Open::read(&kept)).ok_or(ErrorKind::InvalidLink)?;
        if open.number != number {
            // A newer one came a moment ago.
            self.put_back(email, &open).await?;
            return Err(ErrorKind::InvalidLink.into());
        }
        Ok(open)
    }

    /// Opens an invitation again that made no account, unless a newer one has come.
    async fn put_back(&self, email: &Email, open: &Open) -> Result<(), Error> {
        let (now, key) = (self.clock.now(), open_to(email));
        let left = open.ends_at.since(now);
        if left.is_zero() || self.short_lived.get(&key, now).await?.is_some() {
            return Ok(());
        }
        Ok(self.short_lived.put(&key, open.written().as_bytes(), left, now).await?)
    }

    /// The account, of which the address can only be made one: a new one, or that of whoever claimed the address without proof.
    async fn make_invited(
        &self,
        mut new: NewUser,
        email: &Email,
        by_passkey: Option<(UserId, Vec<Attachment>)>,
    ) -> Result<Arc<User>, Error> {
        let name = LoginName::from(&new.username);
        let holder = self.users.account_of(&LoginName::from(email)).await?;
        let is_theirs = holder.as_ref().is_some_and(|holder| holder.user.username == new.username);
        if !is_theirs && self.names.is_held(&new.username).await? {
            return Err(name_taken());
        }
        let (whose, attached) = by_passkey.unzip();
        let attached = attached.unwrap_or_default();
        let made = match holder {
            None => {
                new.id = whose.unwrap_or(new.id);
                self.users.create_with(new, attached).await.map(Some)
            }
            // A passkey is sealed for the account that was there when it was made.
            Some(Account { user, .. })
                if is_claimable(&user, email) && whose.is_none_or(|whose| whose == user.id) =>
            {
                let change = AccountChange { attached, ..claimed(user.clone(), new) };
                self.users.change(&user.id, change).await
            }
            Some(_) => Ok(None),
        };
        match made {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let is_the_name = self.users.account_of(&name).await?.is_some();
                Err(if is_the_name { name_taken() } else { ErrorKind::InvalidLink.into() })
            }
            made => made?.ok_or_else(|| ErrorKind::InvalidLink.into()),
        }
    }
}

/// What somebody had signed up for becomes the account of whoever was invited.
fn claimed(user: Arc<User>, new: NewUser) -> AccountChange {
    let update = UserUpdate {
        username: Some(new.username),
        email: Some((new.email, true)),
        groups: Some(new.groups),
        attributes: Some(new.attributes),
        first_name: Some(new.first_name),
        last_name: Some(new.last_name),
        language: Some(new.language),
        ..UserUpdate::default()
    };
    AccountChange {
        update,
        password: Some(new.password),
        ends_sessions: true,
        unlinks_all: true,
        removes_factors: true,
        ..AccountChange::of(user)
    }
}
