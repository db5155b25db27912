//! Who may do what: requirements, permissions, groups, scopes, typed policies.
//!
//! A guard is a [`Requirement`]. It answers, in this order: is somebody there, is it a user, and does that caller meet every
//! demand. What it refuses with stands in the contract of the guards; nothing else decides.

mod guard;
mod rejection;
#[cfg(test)]
mod rejection_tests;
mod requirement;
#[cfg(test)]
mod tests;

pub use self::guard::{
    AccessToken, BasicUser, CurrentUser, FreshUser, Guard, MaybeUser, Policy, Require, ScopeName, Scoped,
};
pub use self::rejection::Rejection;
pub use self::requirement::{
    Requirement, access_token_required, basic_required, fresh_login_required, group_required, login_required,
    mfa_required, permission_required, scope_required, staff_required, superuser_required,
    verified_email_required,
};
pub use crate::token::{GrantNothing, ScopePolicy, ScopeRequest, ScopeSet};

pub(crate) use self::rejection::{Challenge, Refusal};
pub(crate) use self::requirement::Schemes;
