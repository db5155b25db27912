//! What somebody goes to a provider for, and who may.

use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind};
use crate::identity::Identity;
use crate::session::SessionHandle;
use crate::user::UserId;

/// What somebody goes to a provider for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Errand {
    /// To log in.
    Login,
    /// To link the account there with theirs here.
    Link(Caller),
    /// To prove once more who they are.
    Reauthenticate(Caller),
}

/// Who went: the same user, in the same session, has to come back.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Caller {
    pub(super) user: UserId,
    pub(super) session: SessionHandle,
}

impl Errand {
    /// To link an account. It takes a fresh login, or a browser left alone would be enough to keep the account.
    ///
    /// # Errors
    /// `ReauthenticationRequired`; `Unauthenticated` without a session.
    pub(crate) fn link(identity: &Identity, now: Timestamp) -> Result<Self, Error> {
        let caller = Caller::of(identity)?;
        match identity.is_fresh(now) {
            true => Ok(Self::Link(caller)),
            false => Err(ErrorKind::ReauthenticationRequired.into()),
        }
    }

    /// To prove once more who they are. Whether a provider is good for that,
    /// [`Providers::check_errand`](super::Providers::check_errand) says.
    ///
    /// # Errors
    /// `Unauthenticated` without a session.
    pub(crate) fn reauthenticate(identity: &Identity) -> Result<Self, Error> {
        Ok(Self::Reauthenticate(Caller::of(identity)?))
    }

    /// Who has to come back, if anybody in particular.
    pub(super) fn caller(&self) -> Option<&Caller> {
        match self {
            Self::Login => None,
            Self::Link(caller) | Self::Reauthenticate(caller) => Some(caller),
        }
    }
}

impl Caller {
    fn of(identity: &Identity) -> Result<Self, Error> {
        let user = identity.acting_user().ok_or(ErrorKind::Unauthenticated)?.id.clone();
        let session = identity.session_record().ok_or(ErrorKind::Unauthenticated)?.handle;
        Ok(Self { user, session })
    }
}
