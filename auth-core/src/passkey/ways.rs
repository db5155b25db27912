//! Passkeys as ways to log in.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::error::Error;
use crate::key::ApplicationSecrets;
use crate::mfa::{FactorId, FactorKind, FactorSealer, FactorStore};
use crate::user::UserId;
use crate::user::attachment::LinkedAccountId;

use super::kept::{Kept, Role};

/// By what else than a passkey somebody can log in.
#[derive(Debug)]
pub(crate) enum OtherWay {
    /// By a password.
    Password,
    /// By one of these accounts at providers; by nothing where there are none.
    Linked(Vec<LinkedAccountId>),
}

/// Says by what else than a passkey somebody can log in.
#[async_trait]
pub(crate) trait OtherWays: fmt::Debug + Send + Sync {
    /// # Errors
    /// `Unauthenticated` where there is no such user; `Unavailable`.
    async fn other_way(&self, user: &UserId) -> Result<OtherWay, Error>;
}

/// Which passkeys somebody can log in by.
#[derive(Clone)]
pub(crate) struct PasskeyWays {
    store: Arc<dyn FactorStore>,
    sealer: FactorSealer,
}

impl PasskeyWays {
    pub(crate) fn new(store: Arc<dyn FactorStore>, secrets: &ApplicationSecrets) -> Self {
        Self { store, sealer: FactorSealer::new(secrets) }
    }

    /// Those that are a proof by themselves.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn of(&self, user: &UserId) -> Result<Vec<FactorId>, Error> {
        let factors = self.store.list(user).await?.into_iter();
        let passkeys = factors.filter(|factor| factor.kind == FactorKind::Passkey);
        let works_alone = |kept: Kept| kept.role == Role::Alone;
        let alone = passkeys.filter(|factor| Kept::open(&self.sealer, factor).is_some_and(works_alone));
        Ok(alone.map(|factor| factor.id).collect())
    }
}

impl fmt::Debug for PasskeyWays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasskeyWays").finish_non_exhaustive()
    }
}
