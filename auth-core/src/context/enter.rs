//! Being let in: what comes with the request, and what goes out with the reply.

use std::sync::Arc;

use crate::circumstances::Circumstances;
use crate::error::Error;
use crate::http::{RequestView, SafeRedirect};
use crate::identity::Identity;
use crate::login::{Credentials, DeviceKey, PENDING_LIFE, PendingId};
use crate::session::{Begun, Entered, Goal, Origin, SessionKey, Visitor};
use crate::user::User;

use super::AuthContext;

impl AuthContext {
    /// Lets somebody in by these credentials. What they are handed goes out with the reply.
    ///
    /// # Errors
    /// As a login; `LoginPending` where a factor is missing, which is the reply.
    pub(crate) async fn log_in<V: RequestView>(
        &self,
        view: &V,
        credentials: Credentials<'_>,
        goal: Goal,
    ) -> Result<Arc<User>, Error> {
        self.hand_over(self.0.auth.entrance().log_in(credentials, goal, self.guessing(view)).await?)
    }

    /// Makes the caller's session fresh, by their password.
    ///
    /// # Errors
    /// As a login; `LoginPending` where a factor is missing, which is the reply.
    pub(crate) async fn confirm<V: RequestView>(
        &self,
        view: &V,
        caller: &Identity,
        password: &str,
        next: Option<SafeRedirect>,
    ) -> Result<Arc<User>, Error> {
        let own = self.0.auth.own_accounts();
        self.hand_over(own.reauthenticate(caller, password, next, self.guessing(view)).await?)
    }

    /// Changes the caller's password, from the current one to a new one.
    ///
    /// # Errors
    /// `WeakPassword`; as [`confirm`](Self::confirm) else.
    pub(crate) async fn change_own_password<V: RequestView>(
        &self,
        view: &V,
        caller: &Identity,
        passwords: (&str, &str),
        next: Option<SafeRedirect>,
    ) -> Result<Arc<User>, Error> {
        let style = self.style(view);
        let own = self.0.auth.own_accounts().in_language(style.asked_language());
        self.hand_over(own.change_password(caller, passwords, next, self.guessing(view)).await?)
    }

    /// Who sent the request, before anybody knows who that is.
    pub(crate) fn visitor<V: RequestView>(&self, view: &V) -> Visitor {
        Visitor::new(self.presented_key(view), self.origin(view)).on_device(self.device(view))
    }

    /// The same for somebody who could be guessing.
    fn guessing<V: RequestView>(&self, view: &V) -> Visitor {
        self.visitor(view).guessing_from(self.0.auth.source(view))
    }

    pub(super) fn origin<V: RequestView>(&self, view: &V) -> Origin {
        Origin::new(self.0.auth.config().proxies.client(view), view.header_text("user-agent"))
    }

    /// What events say of the request.
    pub(super) fn circumstances<V: RequestView>(&self, view: &V, route: &'static str) -> Arc<Circumstances> {
        Circumstances::new(self.0.auth.config().proxies.client(view), view.header_text("user-agent"), route)
    }

    /// The cookie of the login that the browser waits with.
    pub(super) fn pending<V: RequestView>(&self, view: &V) -> Option<PendingId> {
        self.0.auth.config().pending_cookie.read(view).into_id()
    }

    /// Under what it is known that somebody is spared the second factor in this browser.
    pub(crate) fn device<V: RequestView>(&self, view: &V) -> Option<DeviceKey> {
        let token = self.0.auth.config().device_cookie.read(view).into_id()?;
        self.0.auth.mfa().factors().device_key(&token)
    }

    fn presented_key<V: RequestView>(&self, view: &V) -> Option<SessionKey> {
        let presented = self.0.auth.config().cookie.read(view);
        presented.id().and_then(|id| self.0.auth.sessions().key(id))
    }

    /// Puts into the reply what somebody is handed who was let in, and answers who that is.
    ///
    /// # Errors
    /// `LoginPending` where a factor is missing: the cookie of the login that waits goes out then.
    pub(crate) fn hand_over(&self, entered: Entered) -> Result<Arc<User>, Error> {
        match entered {
            Entered::Session(user, begun) => {
                self.hand_out(user.clone(), &begun);
                Ok(user)
            }
            Entered::NoSession(user) => Ok(user),
            Entered::Waits(id, refusal) => {
                self.hand_out_pending(&id);
                Err(refusal)
            }
        }
    }

    pub(super) fn hand_out(&self, user: Arc<User>, begun: &Begun) -> Arc<Identity> {
        let record = Arc::new(begun.record().clone());
        let known = self.0.auth.known_cookie(&user);
        let caller = Arc::new(Identity::session(user, *begun.key(), record));
        self.touch();
        let mut state = self.state();
        state.cookies().known = Some(known);
        state.cookies().session = Some(self.0.auth.config().cookie.set(begun.id(), begun.max_age()));
        state.caller = Some(Some(caller.clone()));
        caller
    }

    pub(super) fn hand_out_pending(&self, id: &PendingId) {
        self.touch();
        let cookie = self.0.auth.config().pending_cookie.set(id, Some(PENDING_LIFE));
        self.state().cookies().pending = Some(cookie);
    }
}
