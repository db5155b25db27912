//! What handlers do by hand: ask who calls, log in and out, keep values in the session.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::access::{Rejection, Requirement};
use crate::auth::Auth;
use crate::error::{Error, ErrorKind};
use crate::event::{EventDraft, EventKind};
use crate::http::{AuthRequest, RequestView, is_unsafe};
use crate::identity::Identity;
use crate::login::{Admission, Amr, Credentials};
use crate::secret::Secret;
use crate::session::{Goal, Reading, SessionKey, SessionRecord};
use crate::task::detached;
use crate::user::{User, UserId};

use super::AuthContext;
use super::observed::Observed;

impl AuthContext {
    /// Whether the caller meets the requirement, by hand in a handler.
    ///
    /// # Errors
    /// The reply to send instead.
    pub async fn require(&self, requirement: &Requirement) -> Result<Option<Arc<Identity>>, Rejection> {
        let request = self.state().observed.clone().map(|observed| observed.request);
        match request {
            Some(request) => self.guard(&*request, requirement).await,
            None => Err(Rejection::missing_layer("take the context by the adapter's extractor")),
        }
    }

    /// Who is calling, or nobody, by hand in a handler.
    ///
    /// # Errors
    /// The reply to send instead: the credential is bad, or a store cannot answer.
    #[doc(alias("current_user", "request.user"))]
    pub async fn identity(&self) -> Result<Option<Arc<Identity>>, Rejection> {
        self.require(&Requirement::anyone()).await
    }

    /// Remembers what [`login`](Self::login) needs to know of the request.
    pub(crate) fn observe<V: RequestView>(&self, view: &V) {
        let observed = self.observation(view);
        self.state().observed = Some(Box::new(observed));
    }

    fn observation<V: RequestView>(&self, view: &V) -> Observed {
        let config = self.0.auth.config();
        Observed {
            request: Arc::new(AuthRequest::snapshot(view)),
            visitor: self.visitor(view),
            outside: self.0.auth.outside_logins().and_then(|outside| outside.read(view)).map(Into::into),
            has_cookie: config.cookie.read(view).is_present(),
        }
    }

    /// Refuses a request of another site that could change something, by the rule of the login routes ([`http`](crate::http)):
    /// for a handler that acts on what anybody may send, such as a sign-up form. Call it before anything is changed.
    ///
    /// ```
    /// # use auth_core::{AuthContext, Error, user::NewUser};
    /// async fn sign_up(context: &AuthContext, new: NewUser, password: &str) -> Result<(), Error> {
    ///     context.check_origin()?;
    ///     let user = context.auth().users().create(new, password).await?;
    ///     context.login(&user.id).await?;
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    /// `CsrfFailed`.
    pub fn check_origin(&self) -> Result<(), Error> {
        self.observed_to_change().map(drop)
    }

    /// Whether a person sends a form of the application's own, by what came with it
    /// ([`AuthBuilder::human_check`](crate::AuthBuilder::human_check)). Nobody is asked where the application does not want to know.
    ///
    /// # Errors
    /// `HumanCheckRequired`; `CsrfFailed` for a request of another site; `TooManyAttempts` for a network that is asked too often;
    /// `Unavailable` where nobody can tell.
    #[doc(alias("captcha", "recaptcha"))]
    pub async fn check_human(&self, response: Option<&str>) -> Result<(), Error> {
        let (context, response) = (self.clone(), response.map(str::to_owned));
        self.detached(async move {
            let observed = context.observed_to_change()?;
            let network = context.0.auth.config().proxies.client(&*observed.request);
            context.0.auth.humans().check_own(response.as_deref(), network).await
        })
        .await
    }

    /// The configured system, for what a handler does by hand beside its request.
    pub fn auth(&self) -> &Auth {
        &self.0.auth
    }

    /// Checks a user name or e-mail address and a password (Django's `authenticate(request, ..)`), as the login route does:
    /// guesses count by the account and by the request's address. Nobody is logged in by that: give what is answered to
    /// [`login_admitted`](Self::login_admitted), or, where it is [admitted](Admission::admitted), to
    /// [`Tokens::grant`](crate::token::Tokens::grant).
    ///
    /// # Errors
    /// `InvalidCredentials`, `TooManyAttempts`, `InvalidRequest`; `CsrfFailed` for a request of another site; `Unavailable`.
    #[doc(alias("check_password", "verify_password"))]
    pub async fn authenticate(&self, login: &str, password: &str) -> Result<Admission, Error> {
        // Whatever the handler makes of it, a session or a token, is for nobody's cache.
        self.touch();
        let (context, login, password) = (self.clone(), login.to_owned(), Secret::new(password));
        self.detached(async move {
            let observed = context.observed_to_change()?;
            let credentials = Credentials::Password { login: &login, password: password.expose() };
            let auth = &context.0.auth;
            auth.logins().admit(credentials, &auth.source(&*observed.request)).await
        })
        .await
    }

    /// Logs a user in whom the application has authenticated itself (Django's `login(request, user)`): a new session, whose
    /// cookie goes out with the reply. The account must be active. Where it has a second factor the login waits for that, and nobody
    /// is logged in: pass the error on by `?`, and the reply says so, or leads a browser on.
    ///
    /// # Errors
    /// `InvalidCredentials` for an account that is not there or not active; `LoginPending` where a factor is missing; `CsrfFailed` for
    /// a request of another site; `Unavailable`.
    #[doc(alias("login_user", "sign_in", "force_authenticate"))]
    pub async fn login(&self, user: &UserId) -> Result<Arc<User>, Error> {
        let (context, user) = (self.clone(), user.clone());
        self.detached(async move {
            let observed = context.observed_to_change()?;
            let credentials = Credentials::Vouched { user: &user, amr: Amr::default() };
            let entrance = context.0.auth.entrance();
            context.hand_over(entrance.log_in(credentials, Goal::login(false), observed.visitor).await?)
        })
        .await
    }

    /// Begins a session for somebody whom [`authenticate`](Self::authenticate) let in, and ends one that the request came
    /// with. With `remember` the cookie outlives the browser. A login that lacks a factor waits for it, as in [`login`](Self::login).
    ///
    /// # Errors
    /// `LoginPending` where a factor is missing; `CsrfFailed` for a request of another site; `Unavailable`.
    #[doc(alias("remember_me", "login_user"))]
    pub async fn login_admitted(&self, admission: impl Into<Admission>, remember: bool) -> Result<(), Error> {
        let (context, admission) = (self.clone(), admission.into());
        self.detached(async move {
            let observed = context.observed_to_change()?;
            let entrance = context.0.auth.entrance();
            context.hand_over(entrance.enter(admission, Goal::login(remember), observed.visitor).await?)?;
            Ok(())
        })
        .await
    }

    /// Makes the caller's session fresh, under a new id, for its user whom [`Auth::admit`](crate::Auth::admit) let in once more. Where
    /// a factor is missing the session stays as it was until that came.
    ///
    /// # Errors
    /// `Unauthenticated` without a session of that user; `LoginPending` where a factor is missing; `CsrfFailed` for a request of another site; `Unavailable`.
    pub async fn reauthenticate(&self, admission: impl Into<Admission>) -> Result<(), Error> {
        let (context, admission) = (self.clone(), admission.into());
        self.detached(async move {
            let observed = context.observed_to_change()?;
            // Whose epoch has just moved is not logged in, and comes with the proof of who they are.
            let key = context.presented_session().ok_or(ErrorKind::Unauthenticated)?;
            let session = context.0.auth.sessions().find(&key, context.0.auth.now()).await?;
            let goal = Goal::reauthenticate(Some(&session.ok_or(ErrorKind::Unauthenticated)?.handle));
            let visitor = observed.visitor.in_session(Some(key));
            context.hand_over(context.0.auth.entrance().enter(admission, goal, visitor).await?)?;
            Ok(())
        })
        .await
    }

    /// Changes the password of the caller, who shows the present one, as `POST /auth/password/change` does (Django's `set_password`
    /// with `update_session_auth_hash(request, user)`): the guess counts as at a login, every other session of theirs ends, and every
    /// token. The session that they are in gets a new id, whose cookie goes out with the reply. A second factor of the account is
    /// wanted too, unless the session has just shown it: then it is as fresh as it was.
    ///
    /// # Errors
    /// `WeakPassword` for one that the policy refuses; `InvalidCredentials` for a wrong one, `TooManyAttempts`, `InvalidRequest`;
    /// `UserRequired` for a caller who is no user; `Unauthenticated` for one whose session has ended; `LoginPending` where a factor is
    /// missing: nothing is changed then; `CsrfFailed` for a request of another site; `Unavailable`.
    #[doc(alias("set_password", "update_session_auth_hash"))]
    pub async fn change_password(&self, caller: &Identity, current: &str, new: &str) -> Result<(), Error> {
        let (context, caller) = (self.clone(), caller.clone());
        let (current, new) = (Secret::new(current), Secret::new(new));
        self.detached(async move {
            let observed = context.observed_to_change()?;
            let passwords = (current.expose(), new.expose());
            context.change_own_password(&*observed.request, &caller, passwords, None).await.map(drop)
        })
        .await
    }

    /// Logs the caller out (Django's `logout(request)`): the session is dead, and the reply clears the cookie.
    ///
    /// # Errors
    /// `Unavailable`: the session may still be alive then. `CsrfFailed` for a request of another site.
    #[doc(alias("logout_user", "sign_out"))]
    pub async fn logout(&self) -> Result<(), Error> {
        let context = self.clone();
        self.detached(async move {
            let observed = context.observed_to_change()?;
            context.end_observed(&observed).await?;
            Ok(())
        })
        .await
    }

    /// A value that the application keeps in the caller's session (Flask's `session[..]`); `None` without a session.
    ///
    /// # Errors
    /// `Unavailable`; `Internal` when what is stored does not fit `T`.
    pub async fn session_value<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Error> {
        let Some(key) = self.living_session().await? else { return Ok(None) };
        self.0.auth.sessions().value(&key, name).await
    }

    /// Keeps a value in the caller's session until that ends. Parallel requests lose none of each other's values.
    ///
    /// # Errors
    /// `Unauthenticated` without a session: an anonymous request has none. `InvalidRequest` when the session's values would
    /// take more than 4 KiB as JSON. `Unavailable`.
    pub async fn set_session_value(&self, name: &str, value: &impl Serialize) -> Result<(), Error> {
        self.observed_to_change()?;
        let value = serde_json::to_value(value)
            .map_err(|error| Error::new(ErrorKind::Internal).with_source(error))?;
        let key = self.living_session().await?.ok_or(ErrorKind::Unauthenticated)?;
        self.0.auth.sessions().set_value(&key, name, Some(value)).await
    }

    /// Forgets a value of the caller's session.
    ///
    /// # Errors
    /// As [`set_session_value`](Self::set_session_value).
    pub async fn remove_session_value(&self, name: &str) -> Result<(), Error> {
        self.observed_to_change()?;
        let key = self.living_session().await?.ok_or(ErrorKind::Unauthenticated)?;
        self.0.auth.sessions().set_value(&key, name, None).await
    }

    /// Does something for this request in a task of its own.
    async fn detached<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Error> {
        let observed = self.state().observed.clone();
        match observed {
            Some(observed) => {
                self.circumstances(&*observed.request, "handler").covering(detached(work)).await
            }
            None => detached(work).await,
        }
    }

    /// What was observed, for whatever changes something: the origin rule holds by hand too.
    pub(super) fn observed_to_change(&self) -> Result<Box<Observed>, Error> {
        let observed = self.state().observed.clone().ok_or_else(unobserved)?;
        if is_unsafe(&*observed.request) {
            self.0.auth.config().origins.enforce(&*observed.request)?;
        }
        Ok(observed)
    }

    /// The session that the request came with, or that the handler began, if its user may still be here.
    async fn living_session(&self) -> Result<Option<SessionKey>, Error> {
        self.touch();
        let Some(key) = self.presented_session() else { return Ok(None) };
        Ok(self.find_session(key, self.0.auth.now(), Reading::Usual).await?.map(|_| key))
    }

    /// The key of the session that the handler began, or else that the request came with.
    fn presented_session(&self) -> Option<SessionKey> {
        let state = self.state();
        match &state.caller {
            Some(caller) => caller.as_ref()?.session_key(),
            None => state.observed.as_ref()?.visitor.session().copied(),
        }
    }

    /// Ends the caller's session, and answers it.
    pub(crate) async fn end<V: RequestView>(&self, view: &V) -> Result<Option<Arc<SessionRecord>>, Error> {
        self.end_observed(&self.observation(view)).await
    }

    async fn end_observed(&self, observed: &Observed) -> Result<Option<Arc<SessionRecord>>, Error> {
        if let (Some(logins), Some(cookie)) = (self.0.auth.outside_logins(), &observed.outside) {
            logins.use_up(cookie).await?;
        }
        let presented = observed.visitor.session().copied();
        let key = self.state().caller.clone().flatten().map_or(presented, |caller| caller.session_key());
        let ended = match key {
            Some(key) => self.0.auth.sessions().end(&key).await?,
            None => None,
        };
        if let Some(record) = &ended {
            let draft = EventDraft::of(EventKind::Logout).to(&record.user);
            let session = record.handle.to_string();
            self.0.auth.events().note(draft.with(|details| details.session = Some(session))).await;
        }
        self.touch();
        let mut state = self.state();
        state.caller = Some(None);
        if observed.has_cookie || state.cookies.as_ref().is_some_and(|cookies| cookies.session.is_some()) {
            state.cookies().session = Some(self.0.auth.config().cookie.clear());
        }
        Ok(ended)
    }
}

fn unobserved() -> Error {
    Error::new(ErrorKind::Internal).with_source("the context was not taken by its extractor")
}
