//! What the routes for second factors will ask for. Until there are some, tests do.

use crate::error::{Error, ErrorKind};
use crate::http::RequestView;
use crate::login::{Admitted, Amr};
use crate::session::{Begun, Goal, Purpose, SessionKey};

use super::AuthContext;

impl AuthContext {
    /// Takes one try of the login that the browser waits with; false when there is none, or none left.
    pub(crate) async fn try_pending<V: RequestView>(&self, view: &V) -> Result<bool, Error> {
        match self.0.auth.config().pending_cookie.read(view).id() {
            Some(id) => self.0.auth.pending_logins().take_try(self.0.auth.user_store(), id).await,
            None => Ok(false),
        }
    }

    /// Finishes the login that the browser waits with, by a factor that was shown: a new session, or the caller's made fresh. False
    /// when nothing waits there for this caller.
    pub(crate) async fn finish_pending<V: RequestView>(&self, view: &V, shown: Amr) -> Result<bool, Error> {
        let Some(id) = self.0.auth.config().pending_cookie.read(view).into_id() else { return Ok(false) };
        let (logins, users) = (self.0.auth.pending_logins(), self.0.auth.user_store());
        let Some((admitted, goal)) = logins.complete(users, &id, shown).await? else { return Ok(false) };
        let user = admitted.user().clone();
        let Some(begun) = self.reach(view, admitted, goal).await? else { return Ok(false) };
        self.hand_out(user, &begun);
        Ok(true)
    }

    async fn reach<V: RequestView>(
        &self,
        view: &V,
        admitted: Admitted,
        goal: Goal,
    ) -> Result<Option<Begun>, Error> {
        let sessions = self.0.auth.sessions();
        match goal.purpose {
            Purpose::Login { remember } => {
                let origin = self.origin(view).by_provider(goal.provider);
                let presented = self.presented_key(view);
                Ok(Some(sessions.begin(admitted, remember, origin, presented.as_ref()).await?))
            }
            Purpose::Reauthenticate { session } => {
                let Some(key) = self.key_of(view, &session).await? else { return Ok(None) };
                let renewed = sessions.renew(&key, &admitted, goal.provider.as_ref()).await?;
                renewed.map(Some).ok_or_else(|| ErrorKind::Unauthenticated.into())
            }
        }
    }

    /// The key of the session that the request came with, if it has this handle.
    async fn key_of<V: RequestView>(&self, view: &V, handle: &str) -> Result<Option<SessionKey>, Error> {
        let Some(key) = self.presented_key(view) else { return Ok(None) };
        let found = self.0.auth.sessions().find(&key, self.0.auth.now()).await?;
        Ok(found.filter(|found| found.handle.to_string() == handle).map(|_| key))
    }

    fn presented_key<V: RequestView>(&self, view: &V) -> Option<SessionKey> {
        let presented = self.0.auth.config().cookie.read(view);
        presented.id().and_then(|id| self.0.auth.sessions().key(id))
    }
}
