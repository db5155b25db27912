//! The browser in which somebody signs up or asks for a mail.

use std::sync::Arc;

use crate::account::{Acceptance, Mailed, SIGN_UP_BROWSER_LIFE, SignUpForm};
use crate::error::{Error, ErrorKind};
use crate::http::{RequestView, SafeRedirect};
use crate::identity::Identity;
use crate::task::detached;
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

    /// Makes the account of somebody who was invited, and logs them in; `None` where nobody can be logged in now.
    ///
    /// # Errors
    /// As [`Registrations::accept`](crate::account::Registrations::accept).
    pub(crate) async fn accept_invitation<V: RequestView>(
        &self,
        view: &V,
        acceptance: Acceptance<'_>,
        next: Option<SafeRedirect>,
    ) -> Result<Option<Arc<User>>, Error> {
        let registrations = self.0.auth.registrations()?;
        let entered = registrations.accept(acceptance, next, self.visitor(view)).await?;
        entered.map(|entered| self.hand_over(entered)).transpose()
    }

    /// Makes an account, and logs its owner in; `None` where nobody can be logged in now.
    ///
    /// # Errors
    /// As [`Registrations::register_and_enter`](crate::account::Registrations::register_and_enter).
    pub(crate) async fn register_and_enter<V: RequestView>(
        &self,
        view: &V,
        form: SignUpForm<'_>,
        next: Option<SafeRedirect>,
    ) -> Result<Option<Arc<User>>, Error> {
        let browser = self.sign_up_browser(view)?;
        let style = self.style(view);
        let registrations = self.0.auth.registrations()?.in_language(style.asked_language());
        let entered = registrations.register_and_enter(form, next, browser, self.visitor(view)).await?;
        entered.map(|entered| self.hand_over(entered)).transpose()
    }

    /// Makes a guest's account one of their own; `None` where nobody can be logged in now.
    ///
    /// # Errors
    /// As [`Registrations::keep_guest`](crate::account::Registrations::keep_guest).
    pub(crate) async fn keep_guest<V: RequestView>(
        &self,
        view: &V,
        guest: &Identity,
        form: SignUpForm<'_>,
    ) -> Result<Option<Arc<User>>, Error> {
        let style = self.style(view);
        let registrations = self.0.auth.registrations()?.in_language(style.asked_language());
        let entered = registrations.keep_guest(guest, form, self.visitor(view)).await?;
        entered.map(|entered| self.hand_over(entered)).transpose()
    }

    /// Logs a guest in, by hand in a handler: an account of which nothing is known yet, so that what the application keeps of somebody
    /// has an owner before they have said who they are. Whoever registers out of that session, or connects an account at a provider,
    /// keeps the account and its id. One that nobody kept is erased after
    /// [`AuthBuilder::guest_life`](crate::AuthBuilder::guest_life).
    ///
    /// A caller who is logged in stays so, and is answered. Every call for somebody else makes an account: let no robot call it. A network gets as many as it may log in
    /// without success ([`ThrottleConfig::network`](crate::throttle::ThrottleConfig::network)).
    ///
    /// ```
    /// # use auth_core::{AuthContext, Error};
    /// async fn fill_the_cart(context: &AuthContext) -> Result<(), Error> {
    ///     let user = context.login_guest().await?;
    ///     let _the_owner_of_the_cart = &user.id;
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    /// `CsrfFailed` for a request of another site; `Configuration` over users that are Django's or the application's own;
    /// `Unauthenticated` for a caller whose credential is refused; `TooManyAttempts` for a network that asks for too many; `Unavailable`.
    #[doc(alias("anonymous", "lazy signup"))]
    pub async fn login_guest(&self) -> Result<Arc<User>, Error> {
        let context = self.clone();
        detached(async move {
            let observed = context.observed_to_change()?;
            let caller = context.identity().await.map_err(|_| Error::from(ErrorKind::Unauthenticated))?;
            if let Some(user) = caller.and_then(|caller| caller.user().cloned()) {
                return Ok(user);
            }
            context.hand_over(context.0.auth.guests().enter(observed.visitor).await?)
        })
        .await
    }
}
