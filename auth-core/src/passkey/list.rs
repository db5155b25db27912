//! Looking at one's passkeys, calling them something else, and parting with one.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::{Error, ErrorKind};
use crate::identity::Identity;
use crate::login::{Amr, LONG_AGO};
use crate::mfa::{Factor, FactorId, FactorTold, Mfa};
use crate::session::{Entered, Visitor};
use crate::user::attachment::LinkedAccountId;
use crate::user::{User, UserId};

use super::kept::Passkey;
use super::register::read_name;
use super::service::{Held, Passkeys};
use super::ways::OtherWay;

/// All passkeys of a user, as browsers know them.
#[derive(Debug)]
pub(crate) struct Known<'a> {
    pub(crate) rp_id: &'a str,
    pub(crate) user_handle: String,
    pub(crate) credential_ids: Vec<String>,
}

impl Passkeys {
    /// The passkeys of a user, oldest first.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn list(&self, user: &UserId) -> Result<Vec<Passkey>, Error> {
        Ok(self.held(user).await?.iter().map(|held| Passkey::of(&held.factor, held.kept.as_ref())).collect())
    }

    /// A passkey as its owner is shown it.
    pub(crate) fn shown(&self, factor: &Factor) -> Passkey {
        Passkey::of(factor, self.0.open(factor).as_ref())
    }

    /// Whether a user has a passkey that is a proof by itself.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn has_one_alone(&self, user: &UserId) -> Result<bool, Error> {
        Ok(self.held(user).await?.iter().any(Held::works_alone))
    }

    /// By what authenticators know a user, and all their passkeys, as browsers have both (base64url): `None` for a user without passkeys,
    /// and where one of them cannot be opened, since browsers forget what is not named.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn known(&self, user: &UserId) -> Result<Option<Known<'_>>, Error> {
        let held = self.held(user).await?;
        let named: Option<Vec<_>> = held.iter().map(Held::named).collect();
        let Some([(id, first), rest @ ..]) = named.as_deref() else { return Ok(None) };
        let ids = [*id].into_iter().chain(rest.iter().map(|(id, _)| *id));
        Ok(Some(Known {
            rp_id: self.0.party.id(),
            user_handle: URL_SAFE_NO_PAD.encode(&first.user_handle),
            credential_ids: ids.map(|id| URL_SAFE_NO_PAD.encode(id)).collect(),
        }))
    }

    /// Calls a passkey something else; by nothing it is called what it is.
    ///
    /// # Errors
    /// `NotFound` where the user has none such; `InvalidField` for a name that nothing can be called by; `Unavailable`.
    pub(crate) async fn rename(&self, user: &UserId, id: &FactorId, name: &str) -> Result<Passkey, Error> {
        let name = read_name(name)?;
        let is_theirs = |held: &Held| held.factor.id == *id;
        let mut held = self.held(user).await?.into_iter().find(is_theirs).ok_or(ErrorKind::NotFound)?;
        if !self.0.store.rename(user, id, name.as_deref()).await? {
            return Err(ErrorKind::NotFound.into());
        }
        held.factor.name = name;
        Ok(Passkey::of(&held.factor, held.kept.as_ref()))
    }

    /// Parts with a passkey, unless nothing is left to log in by, and answers the caller's session under a new id. Its owner is told of it
    /// by its name, or by `unnamed` where it has none.
    ///
    /// # Errors
    /// `NotFound` where the user has none such; `LastLoginMethod`; `UserRequired` for a caller without a session; `Unavailable`; what
    /// [`Mfa::dismiss`] and [`Mfa::settle`] answer.
    pub(crate) async fn remove(
        &self,
        mfa: &Mfa,
        caller: &Identity,
        (id, unnamed): (&FactorId, &str),
        visitor: Visitor,
    ) -> Result<Entered, Error> {
        let user = caller.acting_user().ok_or(ErrorKind::UserRequired)?;
        let held = self.held(&user.id).await?;
        let meant = held.iter().find(|held| held.factor.id == *id).ok_or(ErrorKind::NotFound)?;
        let needed = if meant.works_alone() { self.needed_without(user, &held, id).await? } else { None };
        let name = Passkey::of(&meant.factor, meant.kept.as_ref()).name;
        let told = FactorTold::PasskeyRemoved(name.unwrap_or_else(|| unnamed.to_owned()));
        let changed = mfa.dismiss(user, |factor| factor.id == *id, needed, told).await?;
        let proven_at = caller.auth_time().unwrap_or(LONG_AGO);
        mfa.settle(caller, changed, (Amr::default(), proven_at), visitor).await
    }

    /// The accounts at providers one of which has to stay linked without this passkey, or its user could not log in any more; `None`
    /// where they can by another passkey, or a password. Two who remove one passkey each come one after the other: the first ends the
    /// other's session.
    ///
    /// # Errors
    /// `LastLoginMethod` where nothing is left; `Unavailable`.
    async fn needed_without(
        &self,
        user: &User,
        held: &[Held],
        id: &FactorId,
    ) -> Result<Option<Vec<LinkedAccountId>>, Error> {
        if held.iter().any(|other| other.works_alone() && other.factor.id != *id) {
            return Ok(None);
        }
        match self.0.other_ways.other_way(&user.id).await? {
            OtherWay::Password => Ok(None),
            OtherWay::Linked(accounts) if accounts.is_empty() => Err(ErrorKind::LastLoginMethod.into()),
            OtherWay::Linked(accounts) => Ok(Some(accounts)),
        }
    }
}
