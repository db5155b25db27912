//! One request as authentication sees it.
//!
//! An adapter's layer puts a [`Slot`](crate::adapter::Slot) with an [`AuthContext`] into each request. It costs one allocation until
//! somebody asks: only then are headers read and stores called, once per request, however many guards there are. What it collects on
//! the way (cookies, the reply of a refused guard) the layer's response half commits.

#[cfg(feature = "server")]
mod authorize;
mod by_hand;
mod code;
mod demands;
mod enter;
mod factor_rule;
mod finish;
mod observed;
mod passkeys;
mod providers;
mod response;
mod sign_up;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::Semaphore;

use crate::access::{Challenge, Refusal, Rejection, Requirement, Schemes, Unproven};
use crate::auth::Auth;
use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind};
use crate::http::{AuthResponse, RequestView, basic_credentials, is_unsafe, split_authorization};
use crate::identity::Identity;
use crate::metric::{self, Began};
use crate::page::ReplyStyle;
use crate::resource::OutsideTokens;
use crate::session::{Exchanged, Reading, SessionKey, Visitor};
use crate::user::User;

pub use self::response::{NO_STORE, VARY};

pub(crate) use self::code::CodeProof;

use self::demands::Demands;
use self::observed::Observed;

/// One request as authentication sees it: what a handler that does things by hand takes. Cheap to clone.
#[derive(Clone)]
pub struct AuthContext(Arc<Inner>);

struct Inner {
    auth: Auth,
    /// Whether anybody asked who is calling, or changed it.
    is_touched: AtomicBool,
    demands: Demands,
    /// Whose turn it is to find out who is calling.
    turn: Semaphore,
    by_session: OnceLock<Recognised>,
    /// The same for guards to which it matters what was changed a moment ago, where that makes a difference.
    by_session_anew: OnceLock<Recognised>,
    by_header: OnceLock<Recognised>,
    /// Apart from our own tokens, so that no guard ever sees the answer of another kind.
    by_outside_token: OnceLock<Recognised>,
    /// Whether anything is noted in `state`: most requests leave it alone, and need not lock it to learn that.
    is_noted: AtomicBool,
    state: Mutex<State>,
}

/// The cookies by which a request may be somebody's.
struct Presented<'a> {
    /// Under what the session is kept; `None` where the cookie is none that we could have made.
    key: Option<SessionKey>,
    /// Another system's.
    outside: Option<&'a str>,
}

/// Who a credential stands for, or why it is refused.
type Recognised = Result<Option<Arc<Identity>>, Refusal>;

/// What only some requests need is boxed: every guarded request makes one of these.
#[derive(Default)]
struct State {
    /// The reply of a refusal that no optional guard may swallow.
    refused: Option<Box<AuthResponse>>,
    cookies: Option<Box<Cookies>>,
    /// Whether the caller is nobody for want of a factor.
    is_pending: bool,
    /// Who is logged in since the handler logged somebody in or out.
    caller: Option<Option<Arc<Identity>>>,
    /// What logging in by hand needs to know of the request.
    observed: Option<Box<Observed>>,
}

/// The `Set-Cookie` values to send, in this order; of each kind the last one wins.
#[derive(Default)]
struct Cookies {
    session: Option<String>,
    /// Of a browser that goes to a provider.
    browser: Option<String>,
    /// By which the browser is known from a login.
    known: Option<String>,
    /// Of a login that waits for a factor.
    pending: Option<String>,
    /// Of a browser that is spared the second factor.
    device: Option<String>,
    /// Of a browser in which somebody signs up.
    sign_up: Option<String>,
}

impl State {
    /// The cookies to send, to add one to them.
    fn cookies(&mut self) -> &mut Cookies {
        self.cookies.get_or_insert_default()
    }
}

impl Auth {
    /// A request of which nothing is known yet.
    pub(crate) fn context(&self) -> AuthContext {
        AuthContext::new(self.clone())
    }
}

impl AuthContext {
    fn new(auth: Auth) -> Self {
        Self(Arc::new(Inner {
            auth,
            is_touched: AtomicBool::new(false),
            demands: Demands::default(),
            turn: Semaphore::const_new(1),
            by_session: OnceLock::new(),
            by_session_anew: OnceLock::new(),
            by_header: OnceLock::new(),
            by_outside_token: OnceLock::new(),
            is_noted: AtomicBool::new(false),
            state: Mutex::new(State::default()),
        }))
    }

    /// Whether the caller meets the requirement: what every guard asks. `None` only where nobody is asked for.
    pub(crate) async fn guard<V: RequestView>(
        &self,
        view: &V,
        requirement: &Requirement,
    ) -> Result<Option<Arc<Identity>>, Rejection> {
        let began = Began::now();
        let decided = self.decide(view, requirement).await;
        metric::guarded(decided.as_ref().err().map_or("passed", Refusal::code), began);
        decided.map_err(|refusal| self.refuse(view, &refusal))
    }

    async fn decide<V: RequestView>(&self, view: &V, requirement: &Requirement) -> Recognised {
        self.touch();
        let now = self.0.auth.now();
        let is_lag_refused = requirement.is_sensitive() && self.0.auth.sessions().may_lag();
        let reading = if is_lag_refused { Reading::Anew } else { Reading::Usual };
        let caller = self.recognise(view, requirement.schemes(), now, reading).await?;
        match requirement.check(caller.as_deref(), now) {
            Err(refusal) if self.noted().is_some_and(|state| state.is_pending) => {
                Err(refusal.for_want_of_a_factor())
            }
            // Boxed, as below: most guards ask for no factor by name.
            Err(refusal) => Err(Box::pin(self.knowing_what_is_held(caller.as_deref(), refusal)).await),
            Ok(()) if requirement.is_while_enrolling() || !self.is_under_rule(caller.as_deref()) => {
                Ok(caller)
            }
            // Boxed: without a rule nobody comes here.
            Ok(()) => Box::pin(self.within_rule(caller)).await,
        }
    }

    fn refuse<V: RequestView>(&self, view: &V, refusal: &Refusal) -> Rejection {
        let rejection = refusal.reject(&self.style(view), view);
        if let Some(page) = rejection.response().header("location") {
            self.0.auth.note_detour(page);
        }
        if !rejection.is_nobody() {
            self.state().refused = Some(Box::new(rejection.response().clone()));
        }
        rejection
    }

    /// How whoever sent the request is answered: in the language that was chosen in the browser, or else in the one of the account that a
    /// guard has recognised, or else in the one that the browser asks for.
    pub(crate) fn style<V: RequestView>(&self, view: &V) -> ReplyStyle {
        let style = self.0.auth.style().for_visitor(view);
        match self.known_user().and_then(|user| user.language.clone()) {
            Some(language) => style.unless_chosen(view, language.as_str()),
            None => style,
        }
    }

    /// The user whom a guard of this request has recognised before: nothing is read for it.
    pub(crate) fn known_user(&self) -> Option<Arc<User>> {
        let noted = self.noted().and_then(|state| state.caller.clone().flatten());
        let ways = [&self.0.by_header, &self.0.by_session, &self.0.by_session_anew];
        let mut known = ways.into_iter().filter_map(|way| way.get()?.as_ref().ok()?.clone());
        noted.or_else(|| known.next())?.user().cloned()
    }

    /// The caller by the credentials that the guard takes. An `Authorization` header of a scheme that it takes wins over
    /// the cookie, also when it is bad; one of another scheme is ignored.
    async fn recognise<V: RequestView>(
        &self,
        view: &V,
        schemes: Schemes,
        now: Timestamp,
        reading: Reading,
    ) -> Recognised {
        let mut authorizations = view.header_texts("authorization");
        let authorization = authorizations.next();
        if authorizations.next().is_some() {
            return Err(Refusal::InvalidRequest);
        }
        let (scheme, credentials) = authorization.map(split_authorization).unwrap_or_default();
        // The rarer ways are boxed: every guarded request would carry their room about.
        if schemes.outside {
            let outside = self.0.auth.outside_tokens().ok_or_else(missing_issuer)?;
            let is_own = || schemes.bearer && outside.is_own(credentials);
            if scheme.eq_ignore_ascii_case("Bearer") && !is_own() {
                let recognise = || Box::pin(self.recognise_outside(view, outside, credentials, now));
                return self.once(&self.0.by_outside_token, recognise).await;
            }
        }
        if schemes.bearer && scheme.eq_ignore_ascii_case("Bearer") {
            return self.once(&self.0.by_header, || self.recognise_bearer(credentials, now)).await;
        }
        if schemes.bearer && scheme.eq_ignore_ascii_case("DPoP") {
            let recognise = || Box::pin(self.recognise_bound(view, credentials, now));
            return self.once(&self.0.by_header, recognise).await;
        }
        if schemes.basic && scheme.eq_ignore_ascii_case("Basic") {
            return self.once(&self.0.by_header, || Box::pin(self.recognise_basic(view, credentials))).await;
        }
        if !schemes.session {
            return Ok(None);
        }
        if let Some(caller) = self.noted().and_then(|state| state.caller.clone()) {
            return Ok(caller);
        }
        let known = match reading {
            Reading::Anew => &self.0.by_session_anew,
            Reading::Usual => &self.0.by_session,
        };
        self.once(known, || self.recognise_session(view, now, reading)).await
    }

    /// What one way of recognising the caller came to: done once per request, however many guards ask, one after the other or at once.
    async fn once<F>(&self, known: &OnceLock<Recognised>, recognise: impl FnOnce() -> F) -> Recognised
    where
        F: Future<Output = Recognised>,
    {
        if let Some(known) = known.get() {
            return known.clone();
        }
        // Taken at once by nearly every request; boxed, because nearly none has to wait.
        let _turn = match self.0.turn.try_acquire() {
            Ok(turn) => Some(turn),
            Err(_) => Box::pin(self.0.turn.acquire()).await.ok(),
        };
        match known.get() {
            Some(known) => known.clone(),
            None => {
                let recognised = recognise().await;
                known.get_or_init(|| recognised).clone()
            }
        }
    }

    async fn recognise_bearer(&self, token: &str, now: Timestamp) -> Recognised {
        match self.0.auth.tokens().recognise(token, now).await {
            Ok(bearer) => Ok(Some(Arc::new(Identity::of_bearer(bearer)))),
            Err(error) => Err(self.refusal(&error)),
        }
    }

    async fn recognise_bound<V: RequestView>(&self, view: &V, token: &str, now: Timestamp) -> Recognised {
        let tokens = self.0.auth.tokens();
        match tokens.recognise_bound(view, token, now).await {
            Ok(bearer) => Ok(Some(Arc::new(Identity::of_bearer(bearer)))),
            Err(error) => Err(match error.kind() {
                ErrorKind::InvalidToken => Refusal::Unproven(Unproven::Token),
                ErrorKind::InvalidDpopProof => Refusal::Unproven(Unproven::Proof),
                ErrorKind::UseDpopNonce => Refusal::Unproven(Unproven::Nonce(tokens.proofs().nonce())),
                _ => self.refusal(&error),
            }),
        }
    }

    async fn recognise_outside<V: RequestView>(
        &self,
        view: &V,
        outside: &OutsideTokens,
        token: &str,
        now: Timestamp,
    ) -> Recognised {
        let network = || self.0.auth.config().proxies.client(view);
        match outside.recognise(token, network, now).await {
            Ok(bearer) => Ok(Some(Arc::new(Identity::of_outside(bearer)))),
            Err(error) => Err(self.refusal(&error)),
        }
    }

    async fn recognise_basic<V: RequestView>(&self, view: &V, credentials: &str) -> Recognised {
        if is_unsafe(view) && self.0.auth.config().origins.enforce(view).is_err() {
            return Err(Refusal::CsrfFailed);
        }
        let Some((login, password)) = basic_credentials(credentials) else {
            return Err(Refusal::Unauthenticated(Challenge::Basic));
        };
        let auth = &self.0.auth;
        let asking = || (auth.source(view), self.circumstances(view, "basic"));
        match auth.basic().recognise(&login, password.expose(), asking).await {
            Ok((user, at)) => Ok(Some(Arc::new(Identity::basic(user, at)))),
            Err(error) => Err(match error.kind() {
                ErrorKind::InvalidCredentials | ErrorKind::InvalidRequest => {
                    Refusal::Unauthenticated(Challenge::Basic)
                }
                _ => self.refusal(&error),
            }),
        }
    }

    async fn recognise_session<V: RequestView>(
        &self,
        view: &V,
        now: Timestamp,
        reading: Reading,
    ) -> Recognised {
        let Some(Presented { key, outside }) = self.presented(view)? else { return Ok(None) };
        self.find_or_exchange(view, key, outside, (now, reading)).await.map_err(|error| self.refusal(&error))
    }

    /// The cookies of a login, ours or another system's; `None` where there are none.
    fn presented<'a, V: RequestView>(&self, view: &'a V) -> Result<Option<Presented<'a>>, Refusal> {
        let presented = self.0.auth.config().cookie.read(view);
        let outside = self.0.auth.outside_logins().and_then(|outside| outside.read(view));
        if !presented.is_present() && outside.is_none() {
            return Ok(None);
        }
        if is_unsafe(view) && self.0.auth.config().origins.enforce(view).is_err() {
            return Err(Refusal::CsrfFailed);
        }
        let key = presented.id().and_then(|id| self.0.auth.sessions().key(id));
        // A cookie of ours that nobody can read makes the request nobody's, whatever stands beside it.
        let outside = outside.filter(|_| presented.id().is_some() || !presented.is_present());
        Ok(Some(Presented { key, outside }))
    }

    /// The session of ours if it lives, else the one that another system's cookie is exchanged for.
    async fn find_or_exchange<V: RequestView>(
        &self,
        view: &V,
        key: Option<SessionKey>,
        outside: Option<&str>,
        (now, reading): (Timestamp, Reading),
    ) -> Result<Option<Arc<Identity>>, Error> {
        if let Some(key) = key
            && let Some(identity) = self.find_session(key, now, reading).await?
        {
            return Ok(Some(Arc::new(identity)));
        }
        if self.noted().is_some_and(|state| state.is_pending) {
            // A guard before this one, which read otherwise, has come as far as anybody comes without the factor.
            return Ok(None);
        }
        let (Some(logins), Some(cookie)) = (self.0.auth.outside_logins(), outside) else { return Ok(None) };
        // Boxed: few requests come to this, and every guarded one would carry the room of a whole login about.
        let visitor = || Visitor::new(None, self.origin(view)).on_device(self.device(view));
        let here = self.circumstances(view, "exchange");
        match Box::pin(here.covering(logins.exchange(cookie, visitor(), self.pending(view)))).await? {
            Exchanged::Begun(user, begun) => {
                // What the response half has to log about the cookie names the request.
                self.observe(view);
                Ok(Some(self.hand_out(user, &begun)))
            }
            Exchanged::Pending(id) => {
                // A guard that lets nobody in says so.
                self.state().is_pending = true;
                if let Some(id) = id {
                    self.observe(view);
                    self.hand_out_pending(&id);
                }
                Ok(None)
            }
            Exchanged::Before(key) => Ok(self.find_session(key, now, reading).await?.map(Arc::new)),
            Exchanged::Nothing => Ok(None),
        }
    }

    async fn find_session(
        &self,
        key: SessionKey,
        now: Timestamp,
        reading: Reading,
    ) -> Result<Option<Identity>, Error> {
        let recognised = self.0.auth.sessions().recognise(&key, now, reading).await?;
        Ok(recognised.map(|(record, user)| Identity::session(user, key, record)))
    }

    fn refusal(&self, error: &Error) -> Refusal {
        let refusal = Refusal::of(error);
        if matches!(refusal, Refusal::Unavailable { .. } | Refusal::Internal) {
            self.0.auth.note_failure(error, "a guard could not be decided");
        }
        refusal
    }

    /// What the guards demand, for the way out.
    pub(crate) fn demands(&self) -> &Demands {
        &self.0.demands
    }

    /// The reply of a refusal that no optional guard may swallow.
    pub(crate) fn refused(&self) -> Option<AuthResponse> {
        self.noted()?.refused.as_deref().cloned()
    }

    fn is_touched(&self) -> bool {
        self.0.is_touched.load(Ordering::Relaxed)
    }

    /// Notes that the reply depends on who is calling.
    pub(crate) fn touch(&self) {
        self.0.is_touched.store(true, Ordering::Relaxed);
    }

    /// What was noted so far, if anything was.
    fn noted(&self) -> Option<MutexGuard<'_, State>> {
        self.0.is_noted.load(Ordering::Acquire).then(|| self.lock())
    }

    /// What was noted so far, to note something.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.is_noted.store(true, Ordering::Release);
        self.lock()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for AuthContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthContext").finish_non_exhaustive()
    }
}

/// A guard takes tokens of other issuers, and there are none.
fn missing_issuer() -> Refusal {
    tracing::error!(
        "a guard takes access tokens of other issuers, and none is named: call `.outside_issuer(..)` on the builder"
    );
    Refusal::Internal
}
