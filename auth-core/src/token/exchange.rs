//! A token that comes of another one (RFC 8693).

use crate::error::{Error, ErrorKind};
use crate::login::Amr;

use super::issue::{AccessDraft, IssuedAccess, LoginOf};
use super::service::Tokens;
use super::types::{Bearer, Client};
use super::{Actor, SessionHandle};

impl Tokens {
    /// A token for the user of another one, which says of their login what that one says: so it ends with it, and no later.
    ///
    /// # Errors
    /// `InvalidRequest` for a token of nobody; `Unavailable`.
    pub(crate) async fn exchange(
        &self,
        subject: &Bearer,
        client: Client<'_>,
        audience: Option<String>,
        scope: String,
        act: Option<Actor>,
    ) -> Result<IssuedAccess, Error> {
        let claims = &subject.claims;
        let handle = |name: &Option<String>| name.as_deref().and_then(SessionHandle::parse);
        let parts = (&subject.user, claims.auth_time, handle(&claims.sid), claims.auth_epoch);
        let (Some(user), Some(auth_time), Some(sid), Some(epoch)) = parts else {
            return Err(ErrorKind::InvalidRequest.into());
        };
        let amr = Amr::from_names(claims.amr.iter().map(String::as_str));
        let login = LoginOf { auth_time, amr, sid, family: handle(&claims.family), epoch };
        let subject = user.id.as_str();
        let ends_by = Some(claims.exp);
        self.issue(AccessDraft { subject, client, audience, scope, login: Some(login), act, ends_by }).await
    }
}
