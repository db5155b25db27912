//! Proving once more who one is by a code of an authenticator app, for whom there is no password to begin with.

use std::sync::Arc;

use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind};
use crate::http::RequestView;
use crate::identity::Identity;
use crate::mfa::Shown;
use crate::session::Goal;
use crate::user::User;

use super::AuthContext;

/// What a code of an authenticator app proves of somebody who has no password.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum CodeProof {
    /// Who they are: nothing else could.
    Alone,
    /// That they have the app. A passkey or a provider proves who they are, and the session is as recent as it was.
    Factor,
}

impl CodeProof {
    /// When the user of a session proved who they are, once a code was shown.
    fn proven_at(self, before: Timestamp, now: Timestamp) -> Timestamp {
        match self {
            Self::Alone => now,
            Self::Factor => before,
        }
    }
}

impl AuthContext {
    /// What a code of their authenticator app proves of this user; `None` for one who has a password, which comes first, or no app.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn code_proof(&self, user: &User) -> Result<Option<CodeProof>, Error> {
        let auth = &self.0.auth;
        let ways = auth.providers().ways_to_confirm(&user.id).await?;
        if ways.has_password || auth.mfa().held(user).await?.totp.is_none() {
            return Ok(None);
        }
        let is_linked = !ways.by_new_proof.is_empty() || !ways.by_new_login.is_empty();
        let has_passkey = match auth.passkeys() {
            Some(passkeys) => passkeys.has_one_alone(&user.id).await?,
            None => false,
        };
        Ok(Some(if is_linked || has_passkey { CodeProof::Factor } else { CodeProof::Alone }))
    }

    /// Gives the caller's session a new id by a code of their authenticator app, which counts as at a login.
    ///
    /// # Errors
    /// `InvalidCode`; `TooManyAttempts`; `UserRequired` for a caller without a session; `Unauthenticated` for one whose session has ended;
    /// `Unavailable`.
    pub(crate) async fn confirm_by_code<V: RequestView>(
        &self,
        view: &V,
        caller: &Identity,
        code: &str,
        proof: CodeProof,
    ) -> Result<Arc<User>, Error> {
        self.touch();
        let (auth, shown) = (&self.0.auth, Shown::Code(code));
        let session = caller.session_record().ok_or(ErrorKind::UserRequired)?;
        let user = caller.acting_user().ok_or(ErrorKind::UserRequired)?;
        auth.mfa().check_form(user, shown).await?;
        let amr = auth.mfa().show(user, shown, &format!("reauthenticate:{}", session.handle)).await?;
        let proven_at = proof.proven_at(session.auth_time, auth.now());
        let entrance = auth.entrance();
        let admitted = entrance.logins().readmit_showing(user.clone(), amr, proven_at).await?;
        let goal = Goal::reauthenticate(Some(&session.handle));
        let visitor = self.visitor(view).in_session(caller.session_key());
        self.hand_over(entrance.enter(admitted.into(), goal, visitor).await?)
    }
}
