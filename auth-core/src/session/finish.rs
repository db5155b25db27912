//! The way on for a login that waited.

use std::sync::Arc;

use crate::error::{Error, ErrorKind};
use crate::http::SafeRedirect;
use crate::login::{Admitted, Amr, NotShown, PendingId};
use crate::user::User;

use super::outside::{EXCHANGED, USED_UP};
use super::{Entered, Entrance, Goal, OutsideLogins, Visitor};

impl Entrance {
    /// Lets somebody in whose login waits under this cookie, by what `verify` finds that they have shown
    /// ([`PendingLogins::finish`](crate::login::PendingLogins::finish)), and answers where they wanted to go. A session that was to be
    /// made fresh has to be this visitor's, and a cookie of another system that was to be exchanged one that they bring (`outside`) and
    /// that counts still: nothing waits here for anybody else.
    ///
    /// # Errors
    /// `ProviderError` when the login was ended where it came from; what `verify` answers; `Unavailable`.
    pub(crate) async fn finish<F>(
        &self,
        id: &PendingId,
        visitor: Visitor,
        outside: Option<(&OutsideLogins, &str)>,
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
        let entered = match (goal.outside().is_some(), outside) {
            (false, _) => self.enter(admitted.into(), goal, visitor).await.map(Some),
            (true, Some((logins, cookie))) => logins.resume(cookie, admitted, goal, visitor).await,
            (true, None) => Ok(None),
        };
        match entered {
            Ok(Some(entered)) => Ok(Ok((entered, next))),
            Ok(None) => Ok(Err(NotShown::NothingWaits)),
            Err(error) if error.kind() == ErrorKind::Unauthenticated => Ok(Err(NotShown::NothingWaits)),
            Err(error) => Err(error),
        }
    }
}

impl OutsideLogins {
    /// Exchanges a cookie whose login waited for a factor, as it would have been exchanged without: if it is the one that the login is
    /// of, nobody used it up meanwhile, and the other system still says that it is theirs.
    async fn resume(
        &self,
        cookie: &str,
        admitted: Admitted,
        goal: Goal,
        visitor: Visitor,
    ) -> Result<Option<Entered>, Error> {
        let (now, hashes) = (self.clock.now(), self.hashes(cookie));
        if !hashes.iter().any(|hash| goal.outside() == Some(hash)) {
            return Ok(None);
        }
        for what in [USED_UP, EXCHANGED] {
            if self.noted(what, &hashes, now).await?.is_some() {
                return Ok(None);
            }
        }
        if self.source.user_of(cookie, now).await?.as_ref() != Some(&admitted.user().id) {
            return Ok(None);
        }
        let entered = self.entrance.enter(admitted.into(), goal, visitor).await?;
        let stands = match &entered {
            Entered::Session(_, begun) => self.settle(&hashes, begun, now).await?,
            _ => true,
        };
        Ok(stands.then_some(entered))
    }
}
