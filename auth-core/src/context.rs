//! One request as authentication sees it.
//!
//! An adapter's layer puts an [`AuthContext`] into each request. It costs one allocation until somebody asks: only then are
//! headers read and stores called, once per request, however many guards there are. What it collects on the way (cookies,
//! the reply of a refused guard) the layer's response half commits.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::OnceCell;

use crate::access::{Challenge, Refusal, Rejection, Requirement, Schemes};
use crate::auth::Auth;
use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind};
use crate::http::{AuthRequest, AuthResponse, RequestView, ResponseHead, is_unsafe, split_authorization};
use crate::identity::{Identity, Proof};
use crate::login::{Admitted, Amr, Credentials};
use crate::session::{Begun, Origin, SessionKey};
use crate::task::detached;
use crate::user::{User, UserId};

/// The replies that depend on the caller say so to caches.
const VARY: &str = "Cookie, Authorization";

/// One request as authentication sees it; cheap to clone.
#[derive(Clone)]
pub struct AuthContext(Arc<Inner>);

struct Inner {
    auth: Auth,
    /// Whether anybody asked who is calling, or changed it.
    is_touched: AtomicBool,
    registered: AtomicU8,
    decided: AtomicU8,
    by_session: OnceCell<Recognised>,
    by_header: OnceCell<Recognised>,
    state: Mutex<State>,
}

/// Who a credential stands for, or why it is refused.
type Recognised = Result<Option<Arc<Identity>>, Refusal>;

/// What only some requests need is boxed: every guarded request makes one of these.
#[derive(Default)]
struct State {
    /// Requirements of guards that exist on this route, in order.
    registered: Vec<Requirement>,
    /// The reply of a refusal that no optional guard may swallow.
    refused: Option<Box<AuthResponse>>,
    /// The reply of a guard that its framework could only fail with a status.
    kept: Option<Box<AuthResponse>>,
    /// The `Set-Cookie` value to send; the last one wins.
    cookie: Option<String>,
    /// Who is logged in since the handler logged somebody in or out.
    caller: Option<Option<Arc<Identity>>>,
    /// What logging in by hand needs to know of the request.
    observed: Option<Box<Observed>>,
}

#[derive(Clone)]
struct Observed {
    request: Arc<AuthRequest>,
    origin: Origin,
    session: Option<SessionKey>,
    has_cookie: bool,
    /// Whether the origin rule forbids the request to change anything.
    is_forged: bool,
}

impl Auth {
    /// The slot that a layer puts into each request.
    pub fn context(&self) -> AuthContext {
        AuthContext::new(self.clone())
    }
}

impl AuthContext {
    fn new(auth: Auth) -> Self {
        Self(Arc::new(Inner {
            auth,
            is_touched: AtomicBool::new(false),
            registered: AtomicU8::new(0),
            decided: AtomicU8::new(0),
            by_session: OnceCell::new(),
            by_header: OnceCell::new(),
            state: Mutex::new(State::default()),
        }))
    }

    /// Notes that a guard exists on this route, before it is decided. Should the framework refuse the request for another
    /// reason first (a body that does not parse), the guard is decided before that reply leaves.
    pub fn register(&self, requirement: &Requirement) {
        self.touch();
        self.0.registered.fetch_add(1, Ordering::Relaxed);
        self.state().registered.push(requirement.clone());
    }

    /// Whether the caller meets the requirement: what every guard of an adapter asks. `None` only where nobody is asked for.
    ///
    /// # Errors
    /// The reply to send instead.
    pub async fn guard<V: RequestView>(
        &self,
        view: &V,
        requirement: &Requirement,
    ) -> Result<Option<Arc<Identity>>, Rejection> {
        let decision = self.decide(view, requirement).await;
        self.0.decided.fetch_add(1, Ordering::Relaxed);
        decision.map_err(|refusal| self.refuse(view, &refusal))
    }

    /// Whether the caller meets the requirement, by hand in a handler.
    ///
    /// # Errors
    /// The reply to send instead.
    pub async fn require(&self, requirement: &Requirement) -> Result<Option<Arc<Identity>>, Rejection> {
        let request = self.state().observed.clone().map(|observed| observed.request);
        match request {
            Some(request) => {
                self.decide(&*request, requirement).await.map_err(|refusal| self.refuse(&*request, &refusal))
            }
            None => Err(Rejection::missing_layer("take the context by the adapter's extractor")),
        }
    }

    /// Who is calling, or nobody, by hand in a handler.
    ///
    /// # Errors
    /// The reply to send instead: the credential is bad, or a store cannot answer.
    pub async fn identity(&self) -> Result<Option<Arc<Identity>>, Rejection> {
        self.require(&Requirement::anyone()).await
    }

    async fn decide<V: RequestView>(&self, view: &V, requirement: &Requirement) -> Recognised {
        self.touch();
        let now = self.0.auth.now();
        let caller = self.recognise(view, requirement.schemes(), now).await?;
        requirement.check(caller.as_deref(), now)?;
        Ok(caller)
    }

    fn refuse<V: RequestView>(&self, view: &V, refusal: &Refusal) -> Rejection {
        let rejection = refusal.reject(self.0.auth.style(), view);
        if !rejection.is_nobody() {
            self.state().refused = Some(Box::new(rejection.response().clone()));
        }
        rejection
    }

    /// The caller by the credentials that the guard takes. An `Authorization` header of a scheme that it takes wins over
    /// the cookie, also when it is bad; one of another scheme is ignored.
    async fn recognise<V: RequestView>(&self, view: &V, schemes: Schemes, now: Timestamp) -> Recognised {
        let mut authorizations = view.header_texts("authorization");
        let authorization = authorizations.next();
        if authorizations.next().is_some() {
            return Err(Refusal::InvalidRequest);
        }
        let (scheme, credentials) = split_authorization(authorization.unwrap_or_default());
        if schemes.bearer && scheme.eq_ignore_ascii_case("Bearer") {
            return self.0.by_header.get_or_init(|| self.recognise_bearer(credentials, now)).await.clone();
        }
        if schemes.basic && scheme.eq_ignore_ascii_case("Basic") {
            // Boxed: the rarest way takes the most room, and every request would carry it about.
            let basic = || Box::pin(self.recognise_basic(view, credentials));
            return self.0.by_header.get_or_init(basic).await.clone();
        }
        if !schemes.session {
            return Ok(None);
        }
        if let Some(caller) = self.state().caller.clone() {
            return Ok(caller);
        }
        self.0.by_session.get_or_init(|| self.recognise_session(view, now)).await.clone()
    }

    async fn recognise_bearer(&self, token: &str, now: Timestamp) -> Recognised {
        match self.0.auth.tokens().recognise(token, now).await {
            Ok(bearer) => Ok(Some(Arc::new(Identity::of_bearer(bearer)))),
            Err(error) => Err(self.refusal(&error)),
        }
    }

    async fn recognise_basic<V: RequestView>(&self, view: &V, credentials: &str) -> Recognised {
        if is_unsafe(view) && !self.0.auth.config().origins.allow(view) {
            return Err(Refusal::CsrfFailed);
        }
        let Some((login, password)) = decode_basic(credentials) else {
            return Err(Refusal::Unauthenticated(Challenge::Basic));
        };
        let ip = self.0.auth.config().proxies.client(view);
        match self.0.auth.basic().recognise(&login, password.expose(), ip).await {
            Ok((user, at)) => Ok(Some(Arc::new(Identity::basic(user, at)))),
            Err(error) => Err(match error.kind() {
                ErrorKind::InvalidCredentials | ErrorKind::InvalidRequest => {
                    Refusal::Unauthenticated(Challenge::Basic)
                }
                _ => self.refusal(&error),
            }),
        }
    }

    async fn recognise_session<V: RequestView>(&self, view: &V, now: Timestamp) -> Recognised {
        let presented = self.0.auth.config().cookie.read(view);
        if !presented.is_present() {
            return Ok(None);
        }
        if is_unsafe(view) && !self.0.auth.config().origins.allow(view) {
            return Err(Refusal::CsrfFailed);
        }
        let Some(key) = presented.id().and_then(|id| self.0.auth.sessions().key(id)) else { return Ok(None) };
        match self.find_session(key, now).await {
            Ok(identity) => Ok(identity.map(Arc::new)),
            Err(error) => Err(self.refusal(&error)),
        }
    }

    async fn find_session(&self, key: SessionKey, now: Timestamp) -> Result<Option<Identity>, Error> {
        let auth = &self.0.auth;
        let Some(record) = auth.sessions().find(&key, now).await? else { return Ok(None) };
        let user = auth.user_store().get(&record.user).await?;
        let Some(user) = user.filter(|user| user.is_active && user.auth_epoch == record.epoch) else {
            return Ok(None);
        };
        auth.sessions().touch(&key, &record, now).await;
        Ok(Some(Identity::session(user, key, record)))
    }

    fn refusal(&self, error: &Error) -> Refusal {
        if error.kind() == ErrorKind::Unavailable {
            tracing::error!(?error, "a guard could not be decided");
        }
        Refusal::of(error)
    }

    /// Remembers what [`login`](Self::login) needs to know of the request. Adapters call it when a handler takes the
    /// context.
    pub fn observe<V: RequestView>(&self, view: &V) {
        let observed = self.observation(view);
        self.state().observed = Some(Box::new(observed));
    }

    fn observation<V: RequestView>(&self, view: &V) -> Observed {
        let config = self.0.auth.config();
        let presented = config.cookie.read(view);
        Observed {
            request: Arc::new(AuthRequest::snapshot(view)),
            is_forged: is_unsafe(view) && !config.origins.allow(view),
            origin: Origin::new(config.proxies.client(view), view.header_text("user-agent")),
            session: presented.id().and_then(|id| self.0.auth.sessions().key(id)),
            has_cookie: presented.is_present(),
        }
    }

    /// Logs a user in whom the application has authenticated itself (Django's `login(request, user)`): a new session, whose
    /// cookie goes out with the reply. The account must be active.
    ///
    /// # Errors
    /// `InvalidCredentials` for an account that is not there or not active; `CsrfFailed` for a request of another site;
    /// `Unavailable`.
    pub async fn login(&self, user: &UserId) -> Result<Arc<User>, Error> {
        let (context, user) = (self.clone(), user.clone());
        detached(async move {
            let observed = context.observed_to_change()?;
            let credentials = Credentials::Vouched { user: &user, amr: Amr::default() };
            let admitted = context.0.auth.logins().admit(credentials, observed.origin.ip).await?;
            let user = admitted.user().clone();
            context.begin_observed(&observed, admitted, false).await?;
            Ok(user)
        })
        .await
    }

    /// Logs the caller out (Django's `logout(request)`): the session is dead, and the reply clears the cookie.
    ///
    /// # Errors
    /// `Unavailable`: the session may still be alive then. `CsrfFailed` for a request of another site.
    pub async fn logout(&self) -> Result<(), Error> {
        let context = self.clone();
        detached(async move {
            let observed = context.observed_to_change()?;
            context.end_observed(&observed).await
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

    /// What was observed, for whatever changes something: the origin rule holds by hand too.
    fn observed_to_change(&self) -> Result<Box<Observed>, Error> {
        let observed = self.state().observed.clone().ok_or_else(unobserved)?;
        if observed.is_forged { Err(ErrorKind::CsrfFailed.into()) } else { Ok(observed) }
    }

    /// The session that the request came with, or that the handler began.
    async fn living_session(&self) -> Result<Option<SessionKey>, Error> {
        let (caller, observed) = {
            let state = self.state();
            (state.caller.clone(), state.observed.clone())
        };
        if let Some(caller) = caller {
            return Ok(caller.as_ref().and_then(session_key));
        }
        let Some(key) = observed.ok_or_else(unobserved)?.session else { return Ok(None) };
        self.touch();
        Ok(self.find_session(key, self.0.auth.now()).await?.map(|_| key))
    }

    pub(crate) async fn begin<V: RequestView>(
        &self,
        view: &V,
        admitted: Admitted,
        remember: bool,
    ) -> Result<(), Error> {
        self.begin_observed(&self.observation(view), admitted, remember).await
    }

    async fn begin_observed(
        &self,
        observed: &Observed,
        admitted: Admitted,
        remember: bool,
    ) -> Result<(), Error> {
        let user = admitted.user().clone();
        let sessions = self.0.auth.sessions();
        let begun =
            sessions.begin(admitted, remember, observed.origin.clone(), observed.session.as_ref()).await?;
        self.hand_out(user, begun);
        Ok(())
    }

    /// Gives the caller's session a new id after the user proved who they are once more. A caller without a session has
    /// none to renew.
    pub(crate) async fn renew(&self, identity: &Identity, admitted: Admitted) -> Result<(), Error> {
        let Proof::Session { key, record } = identity.proof() else { return Ok(()) };
        let user = admitted.user().clone();
        let renewed = self.0.auth.sessions().renew(key, record, admitted).await?;
        self.hand_out(user, renewed.ok_or(ErrorKind::Unauthenticated)?);
        Ok(())
    }

    pub(crate) async fn end<V: RequestView>(&self, view: &V) -> Result<(), Error> {
        self.end_observed(&self.observation(view)).await
    }

    async fn end_observed(&self, observed: &Observed) -> Result<(), Error> {
        let key =
            self.state().caller.clone().flatten().map_or(observed.session, |caller| session_key(&caller));
        if let Some(key) = key {
            self.0.auth.sessions().end(&key).await?;
        }
        self.touch();
        let mut state = self.state();
        state.caller = Some(None);
        if observed.has_cookie || state.cookie.is_some() {
            state.cookie = Some(self.0.auth.config().cookie.clear());
        }
        Ok(())
    }

    fn hand_out(&self, user: Arc<User>, begun: Begun) {
        self.touch();
        let mut state = self.state();
        state.cookie = Some(self.0.auth.config().cookie.set(&begun.id, begun.max_age()));
        state.caller = Some(Some(Arc::new(Identity::session(user, begun.key, Arc::new(begun.record)))));
    }

    /// The status with which a framework fails a guard that can tell it nothing else. No handler answers with it, so it says
    /// that the [kept](Self::keep) reply is meant.
    pub const KEPT: u16 = 599;

    /// Keeps the reply of a guard that its framework can only fail with a status ([`KEPT`](Self::KEPT));
    /// [`settle`](Self::settle) sends it.
    pub fn keep(&self, rejection: &Rejection) {
        self.state().kept = Some(Box::new(rejection.response().clone()));
    }

    /// Whether a reply of this status has to be looked at by [`settle`](Self::settle): false for nearly every one.
    pub fn needs_settling(&self, status: u16) -> bool {
        if !self.0.is_touched.load(Ordering::Relaxed) {
            return false;
        }
        let is_undecided = self.0.decided.load(Ordering::Relaxed) < self.0.registered.load(Ordering::Relaxed);
        let state = self.state();
        state.refused.is_some()
            || (is_undecided && status >= 400)
            || (status == Self::KEPT && state.kept.is_some())
    }

    /// The response half's first step: what to send instead of the handler's reply, if anything. A refusal that an optional
    /// guard swallowed, a guard that the framework never came to, a guard that it could only fail with a status.
    pub async fn settle<V: RequestView>(&self, view: &V, status: u16) -> Option<AuthResponse> {
        if let Some(refused) = self.state().refused.clone() {
            return Some(*refused);
        }
        let registered = if status >= 400 { self.state().registered.clone() } else { Vec::new() };
        for requirement in &registered {
            if let Err(refusal) = self.decide(view, requirement).await {
                return Some(self.refuse(view, &refusal).into_response());
            }
        }
        self.state().kept.clone().filter(|_| status == Self::KEPT).map(|kept| *kept)
    }

    /// The response half's last step: writes cookies and caching headers onto whatever reply goes out.
    pub fn commit(&self, head: &mut impl ResponseHead) {
        if !self.0.is_touched.load(Ordering::Relaxed) {
            return;
        }
        if let Some(cookie) = self.state().cookie.take() {
            head.append("set-cookie", cookie.into());
        }
        head.append("vary", VARY.into());
        if !head.contains("cache-control") {
            head.append("cache-control", "no-store".into());
        }
    }

    fn touch(&self) {
        self.0.is_touched.store(true, Ordering::Relaxed);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for AuthContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthContext").finish_non_exhaustive()
    }
}

fn session_key(identity: &Arc<Identity>) -> Option<SessionKey> {
    match identity.proof() {
        Proof::Session { key, .. } => Some(*key),
        _ => None,
    }
}

fn unobserved() -> Error {
    Error::new(ErrorKind::Internal).with_source("the context was not taken by its extractor")
}

/// User name and password (RFC 7617 section 2), in UTF-8 as our challenge asks for.
fn decode_basic(credentials: &str) -> Option<(String, crate::secret::Secret)> {
    use base64::Engine as _;
    let bytes = zeroize::Zeroizing::new(base64::engine::general_purpose::STANDARD.decode(credentials).ok()?);
    let (login, password) = std::str::from_utf8(&bytes).ok()?.split_once(':')?;
    Some((login.to_owned(), password.into()))
}
