//! Single-use links that are mailed, in the short-lived store.
//!
//! 1. The token of a link is 256 random bits, which the mail alone has. The store finds its record by a keyed hash, and the record is
//!    sealed: whom it is for, to which address it was sent, at which epoch of the account.
//! 2. A link is of one [`Purpose`]. A token of another one finds nothing.
//! 3. A newer link of a purpose voids the one before (but for notices: each is of another change), and so does whatever moves the account's epoch or its address: that is decided
//!    by whoever uses it, in the write that it leads to.
//! 4. Beside a link to log in by there is a code of 8 characters, for a mail that is read on another machine. It counts in the browser
//!    alone that asked for it, and after 5 wrong ones no more.
//! 5. A link has its effect once: by one write under the condition that it was not made before, which is there or not, whatever
//!    breaks; where the effect is a session, by being taken. What is asked before, so that bad input does not use it up, decides
//!    nothing.
//!
//! OWASP Forgot Password Cheat Sheet; NIST SP 800-63B-4 section 3.1.3.1 (at most ten minutes for a code that lets somebody in by mail
//! is asked there of authenticators; a link to a mailbox is none of these, and the lives here are those that people need).

mod code;
#[cfg(test)]
mod tests;

#[cfg(feature = "server")]
pub(crate) use self::code::{LEN as TYPED_LEN, read as read_typed, written as typed};

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::clock::{Clock, Timestamp};
use crate::error::{Error, ErrorKind};
use crate::http::SafeRedirect;
use crate::key::{ApplicationSecrets, KeyedHash, OpaqueToken, Sealer};
use crate::random::Random;
use crate::secret::Secret;
use crate::short_lived::ShortLivedStore;
use crate::user::{Email, User, UserId};

/// What a link is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Purpose {
    /// To prove that the address is the account's owner's.
    VerifyEmail,
    /// To set another password.
    ResetPassword,
    /// To log in.
    LogIn,
    /// To prove an address that the account does not have yet.
    ChangeEmail,
    /// To get the address back that the account had.
    UndoEmail,
    /// To open a closed account again.
    ReopenAccount,
    /// To make an account by invitation.
    AcceptInvitation,
    /// To lock everybody out, after a change that its owner did not make.
    SecureAccount,
    /// To let an account in again that failed attempts have locked.
    Unlock,
}

/// Every purpose.
const PURPOSES: [Purpose; 8] = [
    Purpose::VerifyEmail,
    Purpose::ResetPassword,
    Purpose::LogIn,
    Purpose::ChangeEmail,
    Purpose::UndoEmail,
    Purpose::ReopenAccount,
    Purpose::SecureAccount,
    Purpose::Unlock,
];

/// For how long a closed account can be opened again at most.
pub(crate) const LONGEST_GRACE: Duration = Duration::from_secs(365 * 24 * 60 * 60);

impl Purpose {
    fn name(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify-email",
            Self::ResetPassword => "reset-password",
            Self::LogIn => "log-in",
            Self::ChangeEmail => "change-email",
            Self::UndoEmail => "undo-email",
            Self::ReopenAccount => "reopen-account",
            Self::AcceptInvitation => "accept-invitation",
            Self::SecureAccount => "secure-account",
            Self::Unlock => "unlock",
        }
    }

    /// Whether a newer one voids those before. One that locks everybody out is of a change: whoever makes another one does not void it.
    const fn is_voided_by_newer(self) -> bool {
        !matches!(self, Self::SecureAccount)
    }

    /// How long it can be used.
    pub(crate) const fn life(self) -> Duration {
        match self {
            Self::VerifyEmail | Self::ChangeEmail => Duration::from_secs(3 * 24 * 60 * 60),
            Self::ResetPassword => Duration::from_secs(60 * 60),
            Self::LogIn => Duration::from_secs(15 * 60),
            Self::SecureAccount | Self::UndoEmail => Duration::from_secs(7 * 24 * 60 * 60),
            // How long it is open says the invitation itself.
            Self::AcceptInvitation => Duration::from_secs(90 * 24 * 60 * 60),
            // Until the account is erased, which is looked at when it is used, and takes the link with it.
            Self::ReopenAccount => LONGEST_GRACE,
            Self::Unlock => Duration::from_secs(24 * 60 * 60),
        }
    }
}

/// The token of a link: 256 random bits.
type LinkToken = OpaqueToken<32>;

/// What a link was made for.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct LinkFacts {
    user: String,
    address: String,
    /// The address that the account had when the link was made.
    from: Option<String>,
    epoch: u64,
    /// A checked path.
    next: Option<String>,
    /// What whoever is invited joins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    groups: Vec<String>,
}

impl LinkFacts {
    /// For this account as it is now; `None` without an address.
    pub(crate) fn of(user: &User) -> Option<Self> {
        Some(Self::with_address(user, user.email.as_ref()?))
    }

    /// The same with another address: one that the account had, or is to have.
    pub(crate) fn with_address(user: &User, address: &Email) -> Self {
        let (id, address) = (user.id.as_str().to_owned(), address.as_str().to_owned());
        let from = user.email.as_ref().map(|email| email.as_str().to_owned());
        Self { user: id, address, from, epoch: user.auth_epoch, next: None, groups: Vec::new() }
    }

    /// For an invitation to this address: its number stands in the place of an account, which there is none of yet.
    pub(crate) fn of_invitation(number: &str, address: &Email, groups: Vec<String>) -> Self {
        let (user, address) = (number.to_owned(), address.as_str().to_owned());
        Self { user, address, from: None, epoch: 0, next: None, groups }
    }

    pub(crate) fn groups(&self) -> &[String] {
        &self.groups
    }

    /// The same, on the way to there.
    pub(crate) fn then(self, next: Option<String>) -> Self {
        Self { next, ..self }
    }

    pub(crate) fn user(&self) -> UserId {
        UserId::new(self.user.as_str())
    }

    /// The address that the link was sent to.
    pub(crate) fn address(&self) -> Option<Email> {
        Email::new(&self.address).ok()
    }

    /// Whether the account still is as it was when another address was asked for: active, at the same epoch, with the same address.
    pub(crate) fn are_from(&self, user: &User) -> bool {
        user.stands_at(self.epoch) && user.email.as_ref().map(Email::as_str) == self.from.as_deref()
    }

    pub(crate) fn epoch(&self) -> u64 {
        self.epoch
    }

    pub(crate) fn next(&self) -> Option<SafeRedirect> {
        SafeRedirect::parse(self.next.as_deref()?)
    }

    /// Whether the account still has the mailbox that the link was sent to, whatever else was changed of it.
    pub(crate) fn are_of_the_mailbox_of(&self, user: &User) -> bool {
        let is_mailbox = |email: &Email| self.address().is_some_and(|sent| sent.is_same_mailbox(email));
        user.is_active && user.email_verified && user.email.as_ref().is_some_and(is_mailbox)
    }

    /// Whether the account is still what the link was made for: active, at the same epoch, with the same mailbox.
    pub(crate) fn are_of(&self, user: &User) -> bool {
        let is_mailbox = |email: &Email| self.address().is_some_and(|sent| sent.is_same_mailbox(email));
        user.stands_at(self.epoch) && user.email.as_ref().is_some_and(is_mailbox)
    }
}

/// A link that can be used, and is not yet.
#[derive(Debug)]
pub(crate) struct Link {
    key: String,
    pub(crate) facts: LinkFacts,
}

/// The links that are out.
#[derive(Clone)]
pub(crate) struct Links {
    store: Arc<dyn ShortLivedStore>,
    hash: KeyedHash,
    sealer: Sealer,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

/// What links are sealed for, and their tokens hashed.
const PURPOSE: &str = "mailed link";

impl Links {
    pub(crate) fn new(
        store: Arc<dyn ShortLivedStore>,
        secrets: &ApplicationSecrets,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self { store, hash: secrets.keyed_hash(PURPOSE), sealer: secrets.sealer(PURPOSE), clock, random }
    }

    /// Makes a link, which voids the one before of the same purpose and account unless that is of a notice, and answers its token.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn make(&self, purpose: Purpose, facts: &LinkFacts) -> Result<Secret, Error> {
        Ok(self.make_kept(purpose, facts).await?.0)
    }

    /// The same, and under what it is kept.
    async fn make_kept(&self, purpose: Purpose, facts: &LinkFacts) -> Result<(Secret, String), Error> {
        let token = LinkToken::generate(self.hash.current_version(), &*self.random);
        let key = self.key(purpose, &token).ok_or(ErrorKind::Internal)?;
        let sealed = self.sealer.seal_record(facts, key.as_bytes(), &*self.random)?;
        let (life, now) = (purpose.life(), self.clock.now());
        self.store.put(&key, &sealed, life, now).await?;
        self.store.put(&latest(purpose, &facts.user()), key.as_bytes(), life, now).await?;
        Ok((token.expose().into(), key))
    }

    /// The link of a token, which is not used by that.
    ///
    /// # Errors
    /// `InvalidLink` where there is none that can be used; `Unavailable`.
    pub(crate) async fn find(&self, purpose: Purpose, token: &str) -> Result<Link, Error> {
        let key = LinkToken::parse(token).and_then(|token| self.key(purpose, &token));
        self.find_kept(purpose, key.ok_or(ErrorKind::InvalidLink)?).await
    }

    async fn find_kept(&self, purpose: Purpose, key: String) -> Result<Link, Error> {
        let now = self.clock.now();
        let sealed = self.store.get(&key, now).await?.ok_or(ErrorKind::InvalidLink)?;
        let facts = self.open(&key, &sealed).ok_or(ErrorKind::InvalidLink)?;
        if !purpose.is_voided_by_newer() {
            return Ok(Link { key, facts });
        }
        let newest = self.store.get(&latest(purpose, &facts.user()), now).await?;
        match newest.is_some_and(|newest| newest == key.as_bytes()) {
            true => Ok(Link { key, facts }),
            false => Err(ErrorKind::InvalidLink.into()),
        }
    }

    /// Takes a link whose effect is there: a write that was made under the condition that nobody had made it before. That one is lost
    /// with nothing; what is left behind opens nothing more.
    pub(crate) async fn spend(&self, link: &Link) {
        if let Err(error) = self.store.take(&link.key, self.clock.now()).await {
            tracing::warn!(?error, "a link that was used could not be removed");
        }
    }

    /// Whether a link of this purpose to another address of the account is out.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn is_out_elsewhere(
        &self,
        purpose: Purpose,
        user: &UserId,
        address: &Email,
    ) -> Result<bool, Error> {
        let now = self.clock.now();
        let Some(newest) = self.store.get(&latest(purpose, user), now).await? else { return Ok(false) };
        let Ok(key) = String::from_utf8(newest) else { return Ok(false) };
        let Some(sealed) = self.store.get(&key, now).await? else { return Ok(false) };
        let to = self.open(&key, &sealed).and_then(|facts| facts.address());
        Ok(to.is_some_and(|to| !to.is_same_mailbox(address)))
    }

    /// Takes a link: of all who found it, one. For an effect that nothing else keeps from coming twice.
    ///
    /// # Errors
    /// `InvalidLink` for the others; `Unavailable`.
    pub(crate) async fn take(&self, link: Link) -> Result<LinkFacts, Error> {
        let taken = self.store.take(&link.key, self.clock.now()).await?;
        let facts = taken.and_then(|sealed| self.open(&link.key, &sealed));
        facts.ok_or_else(|| ErrorKind::InvalidLink.into())
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn key(&self, purpose: Purpose, token: &LinkToken) -> Option<String> {
        let hash = self.hash.hash_token(token)?;
        Some(format!("link:{}:{}", purpose.name(), URL_SAFE_NO_PAD.encode(hash)))
    }

    fn open(&self, key: &str, sealed: &[u8]) -> Option<LinkFacts> {
        self.sealer.open_record(sealed, key.as_bytes())
    }
}

/// Under what it is kept which link of an account is the newest.
fn latest(purpose: Purpose, user: &UserId) -> String {
    format!("link:{}:of:{}", purpose.name(), user.as_str())
}

/// Forgets every link of an account.
///
/// # Errors
/// `Unavailable`.
pub(crate) async fn forget_links(
    store: &dyn ShortLivedStore,
    user: &UserId,
    now: Timestamp,
) -> Result<(), Error> {
    for purpose in PURPOSES {
        let newest = store.take(&latest(purpose, user), now).await?;
        if let Some(key) = newest.and_then(|key| String::from_utf8(key).ok()) {
            store.take(&key, now).await?;
        }
    }
    Ok(())
}

impl fmt::Debug for Links {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Links").finish_non_exhaustive()
    }
}
