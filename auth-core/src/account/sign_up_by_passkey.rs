//! Making an account of one's own with a passkey in place of a password.
//!
//! 1. It is begun with a name and an address, or an invitation, as with a password: whether somebody may, the limits and what is told
//!    are the same. Then the browser makes the passkey, whose authenticator has to verify its user: it is all that they have.
//! 2. The account, its passkey and its recovery codes are made in one step. Where the address is another account's nothing is made, as
//!    much is written, and the answer is the same, with codes that are good for nothing.
//! 3. The address is proven by the link that is mailed, as of any account. Whoever proves it in another browser gets the account without
//!    the passkey: somebody else may have signed up under their address.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::error::Error;
use crate::http::SafeRedirect;
use crate::login::Amr;
use crate::mfa::{FactorChange, FactorId, Mfa};
use crate::passkey::{NewPasskeyOfNobody, Newcomer, Passkeys, is_somebodys};
use crate::secret::Secret;
use crate::session::{Entered, Goal, Visitor};
use crate::user::{Attachment, Email, LoginName, SignUpEvents, User, UserId};

use super::Registrations;
use super::invitation::Chosen;
use super::registration::{NewProof, address_taken, name_taken};

/// An account that was made with a passkey, or none: the two are not told apart.
#[derive(Debug)]
pub(crate) struct SignedUp {
    /// Its recovery codes, which nobody sees again.
    pub(crate) recovery_codes: Vec<Secret>,
    /// Whoever is logged in at once; `None` also where nobody can be let in now.
    pub(crate) entered: Option<Entered>,
    pub(crate) next: Option<SafeRedirect>,
}

/// A passkey that was made for somebody who signs up, and what keeps it.
pub(crate) struct MadePasskey<'a> {
    pub(crate) mfa: &'a Mfa,
    pub(crate) passkeys: &'a Passkeys,
    pub(crate) passkey: NewPasskeyOfNobody,
}

impl MadePasskey<'_> {
    /// The passkey and recovery codes of this user, as they come with the account.
    fn factors(&self, user: &UserId) -> Result<(Vec<Secret>, Vec<FactorChange>), Error> {
        let passkey = self.passkeys.factor_of(self.mfa, user, &self.passkey)?;
        let (codes, changes) = self.mfa.new_codes(user);
        Ok((codes, [FactorChange::Add(passkey)].into_iter().chain(changes).collect()))
    }
}

impl Registrations {
    /// Begins to make the passkey of somebody who signs up in this browser.
    ///
    /// # Errors
    /// As [`register`](Self::register), or [`invited`](Self::invited) with an invitation; nothing of passwords.
    pub(crate) async fn begin_by_passkey(
        &self,
        passkeys: &Passkeys,
        newcomer: Newcomer,
        browser: &str,
        visitor: &Visitor,
    ) -> Result<Value, Error> {
        let name = self.users.new_user(&newcomer.username)?.username;
        match (&newcomer.invitation, &newcomer.email) {
            (Some(token), _) => drop(self.invited(token).await?),
            (None, email) => {
                self.admit()?;
                Email::typed(email.as_deref().unwrap_or_default())?;
            }
        }
        self.take_turn(visitor.network()).await?;
        if self.names.is_held(&name).await? || self.users.account_of(&LoginName::from(&name)).await?.is_some()
        {
            return Err(name_taken());
        }
        passkeys.begin_signing_up(browser, newcomer).await
    }

    /// Makes the account of somebody who has made its passkey.
    ///
    /// # Errors
    /// As [`register`](Self::register), or [`accept`](Self::accept) with an invitation; `InvalidCredential` for a passkey that is
    /// somebody's.
    pub(crate) async fn finish_by_passkey(
        &self,
        made: MadePasskey<'_>,
        browser: String,
        visitor: Visitor,
    ) -> Result<SignedUp, Error> {
        let newcomer = made.passkey.newcomer.clone();
        let next = newcomer.next.as_deref().and_then(SafeRedirect::parse);
        let outcome = match &newcomer.invitation {
            Some(token) => self.accept_by_passkey(&made, token, &newcomer.username).await.map(
                |(user, recovery_codes)| {
                    (Some((user.id.clone(), Amr::EMAIL.and(made.passkey.shown()))), recovery_codes)
                },
            ),
            None => self.sign_up_by_passkey(&made, &newcomer, next.as_ref(), browser).await.map(
                |(user, recovery_codes)| (user.map(|user| (user, made.passkey.shown())), recovery_codes),
            ),
        };
        let (user, recovery_codes) = outcome.map_err(|error| self.refusing(error))?;
        let entered = match user {
            Some((user, amr)) => {
                self.enter_made(&user, amr, (Goal::login(false).then(next.clone()), visitor)).await?
            }
            None => None,
        };
        Ok(SignedUp { recovery_codes, entered, next })
    }

    async fn accept_by_passkey(
        &self,
        made: &MadePasskey<'_>,
        token: &str,
        username: &str,
    ) -> Result<(Arc<User>, Vec<Secret>), Error> {
        let whose = match self.account_of_invitation(token).await? {
            Some(claimed) => claimed,
            None => self.users.new_user(username)?.id,
        };
        let (codes, factors) = made.factors(&whose)?;
        let chosen = Chosen::Passkey(whose, attached(factors));
        Ok((self.invited_user(token, username, chosen).await?, codes))
    }

    /// The account where its owner is logged in at once.
    async fn sign_up_by_passkey(
        &self,
        made: &MadePasskey<'_>,
        newcomer: &Newcomer,
        next: Option<&SafeRedirect>,
        browser: String,
    ) -> Result<(Option<UserId>, Vec<Secret>), Error> {
        self.check_open()?;
        let email = Email::typed(newcomer.email.as_deref().unwrap_or_default())?;
        let new = self.users.new_user(&newcomer.username)?;
        self.hold(&made.passkey).await?;
        let (codes, factors) = made.factors(&new.id)?;
        // As much is written where no account is made: none of these is there.
        let nothing =
            factors.iter().map(|_| FactorChange::Remove { user: new.id.clone(), id: FactorId::new([0; 16]) });
        let beside = SignUpEvents::new(attached(factors.clone()), attached(nothing.collect()));
        let signed_up = self.sign_up_by(NewProof::Passkey(beside), (new, email), next, browser).await;
        // Where it is told that no account was made, nothing need hide it.
        if signed_up.as_ref().map_or(true, |made| made.is_none() && self.tells_who_exists()) {
            self.short_lived.take(&held_passkey(&made.passkey), self.clock.now()).await?;
        }
        match (signed_up?, self.tells_who_exists()) {
            (Some(id), true) => Ok((Some(id), codes)),
            (None, true) => Err(address_taken()),
            (_, false) => Ok((None, codes)),
        }
    }

    /// Holds a credential id, whether or not an account is made with it: else two sign-ups with one would tell whether the address of the
    /// first was taken.
    async fn hold(&self, passkey: &NewPasskeyOfNobody) -> Result<(), Error> {
        let key = held_passkey(passkey);
        match self.short_lived.insert_new(&key, self.unproven_life, self.clock.now()).await? {
            true => Ok(()),
            false => Err(is_somebodys()),
        }
    }
}

fn held_passkey(passkey: &NewPasskeyOfNobody) -> String {
    format!("signed-up-passkey:{}", URL_SAFE_NO_PAD.encode(Sha256::digest(passkey.id())))
}

fn attached(changes: Vec<FactorChange>) -> Vec<Attachment> {
    changes.into_iter().map(|change| Attachment::Factor(Box::new(change))).collect()
}
