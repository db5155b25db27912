//! What the routes for second factors will ask for. Until there are some, tests do.

use std::sync::Arc;

use crate::error::Error;
use crate::http::{RequestView, SafeRedirect};
use crate::login::{Amr, NotShown};
use crate::user::User;

use super::AuthContext;

impl AuthContext {
    /// Finishes the login that the browser waits with, by what `verify` finds that was shown: a new session, or the caller's made
    /// fresh. Answers where they wanted to go.
    pub(crate) async fn finish_pending<V, F>(
        &self,
        view: &V,
        verify: impl FnOnce(Arc<User>) -> F,
    ) -> Result<Result<Option<SafeRedirect>, NotShown>, Error>
    where
        V: RequestView,
        F: Future<Output = Result<Option<Amr>, Error>>,
    {
        let Some(id) = self.pending(view) else { return Ok(Err(NotShown::NothingWaits)) };
        let outside = self.0.auth.outside_logins();
        let outside = outside.and_then(|logins| Some((&**logins, logins.read(view)?)));
        match self.0.auth.entrance().finish(&id, self.visitor(view), outside, verify).await? {
            Ok((entered, next)) => self.hand_over(entered).map(|_| Ok(next)),
            Err(not_shown) => Ok(Err(not_shown)),
        }
    }
}
