//! The browser in which somebody signs up or asks for a mail.

use std::sync::Arc;

use crate::account::{Mailed, SIGN_UP_BROWSER_LIFE};
use crate::error::Error;
use crate::http::{RequestView, SafeRedirect};
use crate::user::User;

use super::AuthContext;

impl AuthContext {
    /// As what the browser is kept: by its cookie, or by a new one. It goes out with the reply, for as long as from now on.
    pub(crate) fn sign_up_browser<V: RequestView>(&self, view: &V) -> Result<String, Error> {
        let (auth, cookie) = (&self.0.auth, &self.0.auth.config().sign_up_cookie);
        let browsers = &auth.recovery()?.browsers;
        let known = cookie.read(view).into_id().and_then(|id| browsers.name(&id).map(|name| (id, name)));
        let (id, name) = match known {
            Some(known) => known,
            None => browsers.new_browser()?,
        };
        self.touch();
        self.state().cookies().sign_up = Some(cookie.set(&id, Some(SIGN_UP_BROWSER_LIFE)));
        Ok(name)
    }

    /// The same for a browser in which somebody has signed up, lately; `None` for any other.
    pub(crate) fn known_sign_up_browser<V: RequestView>(&self, view: &V) -> Option<String> {
        let id = self.0.auth.config().sign_up_cookie.read(view).into_id()?;
        self.0.auth.recovery().ok()?.browsers.name(&id)
    }

    /// Logs somebody in by what was mailed, and answers who that is and where they were on the way to.
    ///
    /// # Errors
    /// As [`Recovery::enter_by_mail`](crate::account::Recovery::enter_by_mail).
    pub(crate) async fn log_in_by_mail<V: RequestView>(
        &self,
        view: &V,
        mailed: Mailed<'_>,
    ) -> Result<(Arc<User>, Option<SafeRedirect>), Error> {
        let browser = self.known_sign_up_browser(view);
        let recovery = self.0.auth.recovery()?;
        let (entered, next) = recovery.enter_by_mail(mailed, browser.as_deref(), self.visitor(view)).await?;
        Ok((self.hand_over(entered)?, next))
    }
}
