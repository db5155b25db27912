//! The application's rule on second factors, at its guards.

use std::sync::Arc;

use crate::access::Refusal;
use crate::identity::Identity;
use crate::login::Amr;

use super::{AuthContext, Recognised};

impl AuthContext {
    /// Whether a caller may be one who has to add a second factor first. Without a rule nothing is looked at, and a login with a factor
    /// is none of those.
    pub(super) fn is_under_rule(&self, caller: Option<&Identity>) -> bool {
        let policy = self.0.auth.mfa().factors().policy();
        let (Some(policy), Some(caller)) = (policy, caller) else { return false };
        caller.user().is_some_and(|user| policy.demands_of(user)) && !caller.amr().contains(Amr::MFA)
    }

    /// A refusal for want of a factor, which says whether the caller has it at all: else it is no use to ask for it.
    pub(super) async fn knowing_what_is_held(&self, caller: Option<&Identity>, refusal: Refusal) -> Refusal {
        let (Refusal::MfaRequired { by, max_age, .. }, Some(user)) =
            (&refusal, caller.and_then(|caller| caller.user()))
        else {
            return refusal;
        };
        if by.is_empty() {
            return refusal;
        }
        match self.0.auth.mfa().held_of(user, by).await {
            Ok(held) => Refusal::MfaRequired { by: by.clone(), max_age: *max_age, has_none: held.is_empty() },
            Err(error) => self.refusal(&error),
        }
    }

    /// A caller who comes under the rule, as long as they have a factor or may go on without.
    pub(super) async fn within_rule(&self, caller: Option<Arc<Identity>>) -> Recognised {
        let Some(user) = caller.as_ref().and_then(|caller| caller.user()) else { return Ok(caller) };
        match self.0.auth.mfa().factors().due(user).await {
            Ok(Some(due)) if due.is_over => Err(Refusal::FactorDemanded),
            Ok(_) => Ok(caller),
            Err(error) => Err(self.refusal(&error)),
        }
    }
}
