//! Logging in by a passkey: what comes with the request, and what goes out with the reply.

use std::sync::Arc;

use serde_json::Value;

use crate::error::{Error, ErrorKind};
use crate::http::{RequestView, SafeRedirect};
use crate::identity::Identity;
use crate::passkey::Passkeys;
use crate::provider::BROWSER_LIFE;
use crate::session::Goal;
use crate::user::User;

use super::AuthContext;

impl AuthContext {
    /// Begins a login by a passkey, or, where a login waits for its factor, asks for that; and answers what to ask the browser, whose
    /// name goes out with the reply.
    pub(crate) async fn begin_passkey<V: RequestView>(
        &self,
        view: &V,
        passkeys: &Passkeys,
        name: Option<&str>,
    ) -> Result<Value, Error> {
        self.touch();
        let network = self.0.auth.config().proxies.client(view);
        // Who says a name logs in, whoever's login waits here.
        if let Some(pending) = self.pending(view).filter(|_| name.is_none()) {
            match self.waiting(view).await {
                Ok(waiting) => {
                    return passkeys.begin_second_factor(&pending, &waiting.user.id, network).await;
                }
                // What waited is over: whoever comes logs in anew.
                Err(error) if error.kind() == ErrorKind::LoginExpired => {}
                Err(error) => return Err(error),
            }
        }
        let config = self.0.auth.config();
        let browser = config.browser_cookie.read(view).into_id();
        let begun = passkeys.begin_login(browser, name, network).await?;
        self.state().cookies().browser = Some(config.browser_cookie.set(&begun.browser, Some(BROWSER_LIFE)));
        Ok(begun.options)
    }

    /// Lets somebody in by the passkey that their browser answered: for `goal`, or for what the login that waits was on the way to, which
    /// is answered then. The challenge in it says which of the two it is.
    pub(crate) async fn finish_passkey<V: RequestView>(
        &self,
        view: &V,
        passkeys: &Passkeys,
        credential: &Value,
        goal: Goal,
    ) -> Result<(Arc<User>, Option<SafeRedirect>), Error> {
        self.touch();
        let network = self.0.auth.config().proxies.client(view);
        let mut presented = passkeys.read(credential)?;
        if let Some(pending) = self.pending(view) {
            match passkeys.of_waiting(presented, &pending).await? {
                Ok(claimed) => {
                    let verify = |_| async move { Ok(passkeys.verify(claimed, network).await?.1) };
                    return self.complete_pending(view, verify).await;
                }
                Err(back) => presented = back,
            }
        }
        let browser = self.0.auth.config().browser_cookie.read(view).into_id();
        let claimed = passkeys.of_browser(presented, browser.as_ref()).await?;
        let (user, amr) = passkeys.verify(claimed, network).await?;
        let entrance = self.0.auth.entrance();
        let admission = entrance.logins().admit_known(user, amr).await?;
        let entered = entrance.enter(admission, goal, self.visitor(view)).await?;
        Ok((self.hand_over(entered)?, None))
    }

    /// Makes the caller's session fresh by a passkey of its user.
    pub(crate) async fn step_up_by_passkey<V: RequestView>(
        &self,
        view: &V,
        passkeys: &Passkeys,
        caller: &Identity,
        credential: &Value,
    ) -> Result<Arc<User>, Error> {
        self.touch();
        let session = caller.session_record().ok_or(ErrorKind::UserRequired)?;
        let claimed = passkeys.of_session(passkeys.read(credential)?, &session.handle).await?;
        let (user, amr) = passkeys.verify(claimed, self.0.auth.config().proxies.client(view)).await?;
        // What has ended the session meanwhile has ended it for good.
        if !user.stands_at(session.epoch) {
            return Err(ErrorKind::Unauthenticated.into());
        }
        let entrance = self.0.auth.entrance();
        let admission = entrance.logins().admit_known(user, amr).await?;
        let goal = Goal::reauthenticate(Some(&session.handle));
        let visitor = self.visitor(view).in_session(caller.session_key());
        self.hand_over(entrance.enter(admission, goal, visitor).await?)
    }
}
