//! The response half: what the layer does once the handler has answered.

use std::sync::atomic::Ordering;

use crate::access::Rejection;
use crate::http::{AuthResponse, RequestView, ResponseHead};

use super::AuthContext;

/// The replies that depend on the caller say so to caches.
const VARY: &str = "Cookie, Authorization";

impl AuthContext {
    /// The status with which a framework fails a guard that can tell it nothing else. No handler answers with it, so it says
    /// that the [kept](Self::keep) reply is meant.
    #[doc(hidden)]
    pub const KEPT: u16 = 599;

    /// Keeps the reply of a guard that its framework can only fail with a status ([`KEPT`](Self::KEPT));
    /// [`settle`](Self::settle) sends it.
    #[doc(hidden)]
    pub fn keep(&self, rejection: &Rejection) {
        self.state().kept = Some(Box::new(rejection.response().clone()));
    }

    /// Whether a reply of this status has to be looked at by [`settle`](Self::settle): false for nearly every one.
    #[doc(hidden)]
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
    #[doc(hidden)]
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
    #[doc(hidden)]
    pub fn commit(&self, head: &mut impl ResponseHead) {
        if !self.0.is_touched.load(Ordering::Relaxed) {
            return;
        }
        let (session, browser) = {
            let mut state = self.state();
            (state.cookie.take(), state.browser_cookie.take().map(String::from))
        };
        for cookie in [session, browser].into_iter().flatten() {
            head.append("set-cookie", cookie.into());
        }
        head.append("vary", VARY.into());
        if !head.contains("cache-control") {
            head.append("cache-control", "no-store".into());
        }
    }
}
