//! What an admission comes to: somebody is in, or something is missing.

use std::sync::Arc;

use crate::clock::Timestamp;
use crate::error::Error;
use crate::user::User;

use super::{Admitted, Amr, FactorTimes, Method};

/// When somebody proved who they are whose proof is not dated: so long ago that no guard takes it for recent.
pub(crate) const LONG_AGO: Timestamp = Timestamp::from_unix_seconds(0);

/// What an admission comes to. Who it is can be asked of an [`Admitted`] only, so nobody forgets that a factor may be missing:
///
/// ```compile_fail
/// # async fn wrong(auth: auth_core::Auth, right: auth_core::login::Credentials<'_>) -> Result<(), auth_core::Error> {
/// let user = auth.admit(right, None).await?.user(); // there is no such method: match, or ask for `admitted()`
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "somebody who was admitted is not logged in until a session or a token is made"]
#[expect(clippy::exhaustive_enums, reason = "a factor is missing, or none is")]
pub enum Admission {
    /// Everything was shown.
    Admitted(Admitted),
    /// The first factor was right, and another is missing.
    Pending(PendingLogin),
}

impl Admission {
    /// Who was let in, where nothing can be waited for.
    ///
    /// # Errors
    /// [`LoginPending`](crate::error::ErrorKind::LoginPending), with the [methods](Error::methods), when a factor is missing. Nothing is kept by
    /// that: [`AuthContext::login_admitted`](crate::AuthContext::login_admitted) keeps a login that waits.
    pub fn admitted(self) -> Result<Admitted, Error> {
        match self {
            Self::Admitted(admitted) => Ok(admitted),
            Self::Pending(pending) => Err(pending.refusal()),
        }
    }

    /// The same, with a proof that was given at `at`, where that is earlier.
    pub(crate) fn proven_at(self, at: Timestamp) -> Self {
        match self {
            Self::Admitted(admitted) => Self::Admitted(admitted.proven_at(at)),
            Self::Pending(pending) => {
                Self::Pending(PendingLogin { auth_time: pending.auth_time.min(at), ..pending })
            }
        }
    }
}

impl From<Admitted> for Admission {
    fn from(admitted: Admitted) -> Self {
        Self::Admitted(admitted)
    }
}

impl From<PendingLogin> for Admission {
    fn from(pending: PendingLogin) -> Self {
        Self::Pending(pending)
    }
}

/// A login whose first factor was right, on an account that wants another. No session and no token can be made from it:
///
/// ```compile_fail
/// # async fn wrong(auth: auth_core::Auth, pending: auth_core::login::PendingLogin) -> Result<(), auth_core::Error> {
/// auth.tokens().grant(pending, auth_core::token::Client::FIRST_PARTY, "").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a login that waits for a factor is over unless it is kept"]
pub struct PendingLogin {
    user: Arc<User>,
    auth_time: Timestamp,
    amr: Amr,
    methods: Vec<Method>,
}

impl PendingLogin {
    pub(super) fn new(user: Arc<User>, auth_time: Timestamp, amr: Amr, methods: Vec<Method>) -> Self {
        Self { user, auth_time, amr, methods }
    }

    /// By what the missing factor can be shown.
    pub fn methods(&self) -> &[Method] {
        &self.methods
    }

    /// What is answered in place of a session or a token.
    pub(crate) fn refusal(&self) -> Error {
        Method::pending(&self.methods)
    }

    pub(crate) fn user(&self) -> &User {
        &self.user
    }

    pub(super) fn auth_time(&self) -> Timestamp {
        self.auth_time
    }

    pub(super) fn amr(&self) -> Amr {
        self.amr
    }
}

impl PendingLogin {
    /// The login as it is, without the factor, which is spared in this browser.
    pub(super) fn spared(self) -> Admitted {
        Admitted::new(self.user, self.auth_time, self.amr)
    }

    /// The login, whole: the missing factor was shown in this way, at `at`. It is as old as its first proof.
    pub(crate) fn complete(self, shown: Amr, at: Timestamp) -> Admitted {
        let admitted = Admitted::new(self.user, self.auth_time, self.amr.and(shown).and(Amr::MFA));
        admitted.with_factor_times(FactorTimes::of_all(shown, at))
    }
}
