//! Logins that lack a factor: kept, and told of.

use crate::error::Error;
use crate::http::RequestView;
use crate::login::{Admission, Admitted, PENDING_LIFE, PendingId, PendingKey, PendingLogin};
use crate::session::Goal;

use super::AuthContext;

impl AuthContext {
    /// Who was let in. A login that lacks a factor is kept on the way to its goal; its cookie goes out with the reply.
    ///
    /// # Errors
    /// `LoginPending` then, which is the reply; `Unavailable`.
    pub(crate) async fn let_in(&self, admission: Admission, goal: Goal) -> Result<Admitted, Error> {
        match admission {
            Admission::Admitted(admitted) => Ok(admitted),
            Admission::Pending(pending) => Err(self.put_off(&pending, &goal).await?),
        }
    }

    /// Keeps a login, and answers the error that says so.
    async fn put_off(&self, pending: &PendingLogin, goal: &Goal) -> Result<Error, Error> {
        let id = self.0.auth.pending_logins().keep(pending, goal).await?;
        self.hand_out_pending(&id);
        Ok(pending.refusal())
    }

    pub(super) fn hand_out_pending(&self, id: &PendingId) {
        self.touch();
        let cookie = self.0.auth.config().pending_cookie.set(id, Some(PENDING_LIFE));
        self.state().cookies().pending = Some(cookie);
    }

    /// Under what the login is kept that the browser waits with, if it brought the cookie of one.
    pub(super) fn pending_key<V: RequestView>(&self, view: &V) -> Option<PendingKey> {
        let presented = self.0.auth.config().pending_cookie.read(view);
        self.0.auth.pending_logins().key(presented.id()?)
    }

    /// Notes that the caller is nobody for want of a factor: a guard that lets nobody in says so.
    pub(super) fn note_pending(&self) {
        self.state().is_pending = true;
    }
}
