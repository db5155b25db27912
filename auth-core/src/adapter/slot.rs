//! The slot of a request.

use std::sync::Arc;

use crate::access::{Rejection, Requirement};
use crate::auth::Auth;
use crate::context::AuthContext;
use crate::http::{AuthResponse, RequestView, ResponseHead};
use crate::identity::Identity;

/// The status with which a framework fails a guard that can tell it nothing else. No handler answers with it, so it says
/// that the [kept](Slot::keep) reply is meant.
pub const KEPT: u16 = 599;

/// One request as the layer, the guards and the extractors of an adapter share it; cheap to clone. It and the context that it
/// hands out are one allocation.
#[derive(Clone, Debug)]
pub struct Slot(AuthContext);

impl Slot {
    /// The slot that a layer puts into each request.
    pub fn new(auth: &Auth) -> Self {
        Self(auth.context())
    }

    /// What a handler gets that does things by hand: it knows of the request what [`login`](AuthContext::login) needs.
    pub fn context<V: RequestView>(&self, view: &V) -> AuthContext {
        self.0.observe(view);
        self.0.clone()
    }

    /// Notes that a guard exists on this route, before it is decided. Should the framework refuse the request for another
    /// reason first (a body that does not parse), the guard is decided before that reply leaves.
    pub fn register(&self, requirement: Requirement) {
        self.0.touch();
        self.0.demands().register(requirement);
    }

    /// Whether the caller meets the requirement: what a guard over a group of routes asks. `None` only where nobody is asked for.
    ///
    /// # Errors
    /// The reply to send instead.
    pub async fn guard<V: RequestView>(
        &self,
        view: &V,
        requirement: &Requirement,
    ) -> Result<Option<Arc<Identity>>, Rejection> {
        let decision = self.0.guard(view, requirement).await;
        self.0.demands().note_decision();
        decision
    }

    /// Keeps the reply of a guard that its framework can only fail with a status ([`KEPT`]); [`settle`](Self::settle) sends it.
    pub fn keep(&self, rejection: &Rejection) {
        self.0.demands().keep(rejection.response().clone());
    }

    /// The response half's first step: what to send instead of the handler's reply, if anything. A refusal that an optional
    /// guard swallowed, a guard that the framework could only fail with a status.
    pub fn settle(&self, status: u16) -> Option<AuthResponse> {
        self.0.refused().or_else(|| if status == KEPT { self.0.demands().kept() } else { None })
    }

    /// Whether a reply of this status leaves a guard undecided that was [registered](Self::register), so that
    /// [`settle_with`](Self::settle_with) is to be asked: false for nearly every one.
    pub fn is_undecided(&self, status: u16) -> bool {
        status >= 400 && self.0.demands().are_undecided()
    }

    /// As [`settle`](Self::settle), and decides the guards that the framework never came to.
    pub async fn settle_with<V: RequestView>(&self, view: &V, status: u16) -> Option<AuthResponse> {
        if let Some(reply) = self.settle(status) {
            return Some(reply);
        }
        for requirement in &self.0.demands().registered() {
            if let Err(rejection) = self.0.guard(view, requirement).await {
                return Some(rejection.into_response());
            }
        }
        None
    }

    /// Puts a page, or a redirect, in the place of the JSON by which an error that a handler passed on by `?` was answered, where the
    /// request prefers one: changes the head, and answers status and body. Other headers of the reply stay. Only where the handler took
    /// the context is the request known. It goes before [`commit`](Self::commit).
    pub fn page_for(&self, rejection: &Rejection, head: &mut impl ResponseHead) -> Option<(u16, Vec<u8>)> {
        self.0.page_for(rejection, head)
    }

    /// The response half's last step: writes cookies and caching headers onto whatever reply goes out.
    pub fn commit(&self, head: &mut impl ResponseHead) {
        self.0.commit(head);
    }
}
