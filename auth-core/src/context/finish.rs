//! The way on for a login that lacks a factor.

use std::sync::{Arc, OnceLock};

use crate::error::{Error, ErrorKind};
use crate::http::{RequestView, SafeRedirect};
use crate::login::{Amr, NotShown, Waiting};
use crate::mfa::{DEVICE_LIFE, Shown};
use crate::user::User;

use super::AuthContext;

/// Who is in, and where they wanted to go.
type Finished = (Arc<User>, Option<SafeRedirect>);

impl AuthContext {
    /// The login that the browser waits with.
    ///
    /// # Errors
    /// `LoginExpired` where none waits; `Unavailable`.
    pub(crate) async fn waiting<V: RequestView>(&self, view: &V) -> Result<Waiting, Error> {
        let id = self.pending(view).ok_or(ErrorKind::LoginExpired)?;
        self.0.auth.entrance().waiting(&id).await
    }

    /// Finishes the login that the browser waits with, by the second factor that was shown. Where `is_trusted`, the browser is spared
    /// that for a while.
    ///
    /// # Errors
    /// As [`complete_pending`](Self::complete_pending).
    pub(crate) async fn show_factor<V: RequestView>(
        &self,
        view: &V,
        shown: Shown<'_>,
        is_trusted: bool,
    ) -> Result<Finished, Error> {
        let (mfa, Waiting { user, place, .. }) = (self.0.auth.mfa(), self.waiting(view).await?);
        mfa.check_form(&user, shown).await?;
        let shower = OnceLock::new();
        let verify = async |user: Arc<User>| {
            let amr = mfa.show(&user, shown, &place).await?;
            let _ = shower.set(user);
            Ok(amr)
        };
        let finished = self.complete_pending(view, verify).await?;
        if let Some(user) = shower.get().filter(|_| is_trusted) {
            self.trust(view, user).await;
        }
        Ok(finished)
    }

    /// Finishes the login that the browser waits with, by what `verify` finds that was shown: for every kind of factor. What it refuses as
    /// `InvalidCode` or `InvalidCredentials` takes one of the login's tries.
    ///
    /// # Errors
    /// What `verify` answers; `LoginExpired` where no login waits, or none that has a try left; `ProviderError` where it was ended where
    /// it came from; `Unavailable`.
    pub(crate) async fn complete_pending<V, F>(
        &self,
        view: &V,
        verify: impl FnOnce(Arc<User>) -> F,
    ) -> Result<Finished, Error>
    where
        V: RequestView,
        F: Future<Output = Result<Amr, Error>>,
    {
        let refusal = OnceLock::new();
        let verified = async |user| match verify(user).await {
            Ok(amr) => Ok(Some(amr)),
            Err(error) if is_wrong(&error) => {
                let _ = refusal.set(error);
                Ok(None)
            }
            Err(error) => Err(error),
        };
        match self.finish_pending(view, verified).await? {
            Ok(finished) => Ok(finished),
            Err(NotShown::Wrong) => {
                Err(refusal.into_inner().unwrap_or_else(|| ErrorKind::InvalidCode.into()))
            }
            Err(NotShown::Exhausted | NotShown::NothingWaits) => Err(ErrorKind::LoginExpired.into()),
        }
    }

    /// Finishes the login that the browser waits with, by what `verify` finds that was shown: a new session, or the caller's made
    /// fresh.
    pub(crate) async fn finish_pending<V, F>(
        &self,
        view: &V,
        verify: impl FnOnce(Arc<User>) -> F,
    ) -> Result<Result<Finished, NotShown>, Error>
    where
        V: RequestView,
        F: Future<Output = Result<Option<Amr>, Error>>,
    {
        let Some(id) = self.pending(view) else { return Ok(Err(NotShown::NothingWaits)) };
        let outside = self.0.auth.outside_logins();
        let outside = outside.and_then(|logins| Some((&**logins, logins.read(view)?)));
        match self.0.auth.entrance().finish(&id, self.visitor(view), outside, verify).await? {
            Ok((entered, next)) => self.hand_over(entered).map(|user| Ok((user, next))),
            Err(not_shown) => Ok(Err(not_shown)),
        }
    }

    /// Hands out the cookie of a browser that is spared the second factor. Where that cannot be kept, it is asked for again.
    async fn trust<V: RequestView>(&self, view: &V, user: &User) {
        match self.0.auth.mfa().trust(user, view.header_text("user-agent")).await {
            Ok(Some(token)) => {
                let cookie = self.0.auth.config().device_cookie.set(&token, Some(DEVICE_LIFE));
                self.state().cookies().device = Some(cookie);
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(?error, "a browser could not be noted as trusted"),
        }
    }
}

fn is_wrong(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::InvalidCode | ErrorKind::InvalidCredentials)
}
