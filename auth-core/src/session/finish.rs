//! The way on for a login that waited. The routes for second factors will ask for it; until there are some, tests do.

use std::sync::Arc;

use crate::error::{Error, ErrorKind};
use crate::http::SafeRedirect;
use crate::login::{Amr, NotShown, PendingId};
use crate::user::User;

use super::{Entered, Entrance, Goal, Visitor};

impl Entrance {
    /// Lets somebody in whose login waits under this cookie, by what `verify` finds that they have shown
    /// ([`PendingLogins::finish`](crate::login::PendingLogins::finish)), and answers where they wanted to go. A session that was to be
    /// made fresh has to be this visitor's: nothing waits here for anybody else.
    ///
    /// # Errors
    /// `ProviderError` when the login was ended where it came from; what `verify` answers; `Unavailable`.
    pub(crate) async fn finish<F>(
        &self,
        id: &PendingId,
        visitor: Visitor,
        verify: impl FnOnce(Arc<User>) -> F,
    ) -> Result<Result<(Entered, Option<SafeRedirect>), NotShown>, Error>
    where
        F: Future<Output = Result<Option<Amr>, Error>>,
    {
        let finished = self.pending_logins.finish::<Goal, _>(self.logins(), id, verify).await?;
        let (admitted, goal) = match finished {
            Ok(whole) => whole,
            Err(not_shown) => return Ok(Err(not_shown)),
        };
        let next = goal.next();
        match self.enter(admitted.into(), goal, visitor).await {
            Ok(entered) => Ok(Ok((entered, next))),
            Err(error) if error.kind() == ErrorKind::Unauthenticated => Ok(Err(NotShown::NothingWaits)),
            Err(error) => Err(error),
        }
    }
}
