//! The typed forms of requirements: what handlers take.
//!
//! Each adapter wraps these in one extractor of its framework. [`Guard::from_identity`] is only ever given a caller that
//! met [`Guard::requirement`].

use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use crate::identity::Identity;
use crate::resource::OutsideToken;
use crate::session::FRESH_SECONDS;
use crate::token::AccessClaims;
use crate::user::User;

use super::Requirement;
use super::requirement::{
    access_token_required, basic_required, fresh_login_required, login_required, oauth_required,
    require_oauth, scope_required,
};

/// Something a handler takes that guards it, through the adapter's `Guarded`. One of your own:
///
/// ```
/// use std::sync::Arc;
///
/// use auth_core::access::{Guard, Requirement, verified_email_required};
/// use auth_core::Identity;
///
/// /// Somebody to whom a receipt can be sent.
/// struct Customer(String);
///
/// impl Guard for Customer {
///     fn requirement() -> Requirement {
///         verified_email_required()
///     }
///
///     fn from_identity(identity: Option<Arc<Identity>>) -> Option<Self> {
///         Some(Self(identity?.acting_user()?.email.as_ref()?.to_string()))
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no guard",
    label = "demands nothing of who calls",
    note = "take one of the guards of `auth_axum`, `auth_actix` or `auth_rocket`: `CurrentUser`, `Require<P>` and their kin",
    note = "or write `impl Guard for {Self}` (`auth_core::access::Guard`)"
)]
pub trait Guard: Sized + Send + Sync + 'static {
    /// What it demands.
    fn requirement() -> Requirement;

    /// What the handler gets. `None` is a bug of the guard, and answered as one.
    fn from_identity(identity: Option<Arc<Identity>>) -> Option<Self>;
}

/// A demand with a name of its own, for [`Require`].
///
/// ```
/// use auth_core::access::{Policy, Requirement, permission_required, staff_required};
///
/// struct EditsReports;
///
/// impl Policy for EditsReports {
///     fn requirement() -> Requirement {
///         permission_required("reports.change_report").and(staff_required())
///     }
/// }
/// ```
#[doc(alias("dependency", "permission_classes", "policy"))]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no policy",
    label = "demands nothing of the user",
    note = "write `impl Policy for {Self} {{ fn requirement() -> Requirement {{ permission_required(\"app.verb_noun\") }} }}` \
            (`auth_core::access::Policy`)"
)]
pub trait Policy: Send + Sync + 'static {
    /// What it demands.
    fn requirement() -> Requirement;
}

/// A scope with a name of its own, for [`Scoped`] and [`OAuthToken`].
///
/// ```
/// use auth_core::access::ScopeName;
///
/// struct ReadReports;
///
/// impl ScopeName for ReadReports {
///     const SCOPE: &'static str = "reports:read";
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` names no scope",
    label = "is no scope",
    note = "write `impl ScopeName for {Self} {{ const SCOPE: &'static str = \"reports:read\"; }}` (`auth_core::access::ScopeName`)"
)]
pub trait ScopeName: Send + Sync + 'static {
    /// The scope's word.
    const SCOPE: &'static str;
}

/// The user who is logged in.
#[derive(Clone, Debug)]
#[doc(alias("current_user", "login_required", "before_action", "request.user"))]
pub struct CurrentUser {
    user: Arc<User>,
    identity: Arc<Identity>,
}

impl CurrentUser {
    fn of(identity: Arc<Identity>) -> Option<Self> {
        let user = identity.acting_user()?.clone();
        Some(Self { user, identity })
    }

    /// The user, to keep.
    pub fn user(&self) -> &Arc<User> {
        &self.user
    }

    /// How the user was recognised.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }
}

impl Deref for CurrentUser {
    type Target = User;
    fn deref(&self) -> &User {
        &self.user
    }
}

impl Guard for CurrentUser {
    fn requirement() -> Requirement {
        login_required()
    }

    fn from_identity(identity: Option<Arc<Identity>>) -> Option<Self> {
        identity.and_then(Self::of)
    }
}

/// The user who is logged in, or nobody. A store that cannot answer and a bad token are refused, not taken for nobody.
#[derive(Clone, Debug)]
pub struct MaybeUser(Option<CurrentUser>);

impl Deref for MaybeUser {
    type Target = Option<CurrentUser>;
    fn deref(&self) -> &Option<CurrentUser> {
        &self.0
    }
}

impl Guard for MaybeUser {
    fn requirement() -> Requirement {
        Requirement::anyone()
    }

    fn from_identity(identity: Option<Arc<Identity>>) -> Option<Self> {
        Some(Self(identity.and_then(CurrentUser::of)))
    }
}

/// A user who meets the policy `P`.
#[derive(Debug)]
pub struct Require<P: Policy>(CurrentUser, PhantomData<fn() -> P>);

impl<P: Policy> Deref for Require<P> {
    type Target = CurrentUser;
    fn deref(&self) -> &CurrentUser {
        &self.0
    }
}

impl<P: Policy> Guard for Require<P> {
    /// The policy's demands on top of a logged-in user.
    fn requirement() -> Requirement {
        login_required().and(P::requirement())
    }

    fn from_identity(identity: Option<Arc<Identity>>) -> Option<Self> {
        Some(Self(CurrentUser::of(identity?)?, PhantomData))
    }
}

/// A user who proved who they are at most `SECONDS` ago.
#[derive(Clone, Debug)]
pub struct FreshUser<const SECONDS: u64 = FRESH_SECONDS>(CurrentUser);

impl<const SECONDS: u64> Deref for FreshUser<SECONDS> {
    type Target = CurrentUser;
    fn deref(&self) -> &CurrentUser {
        &self.0
    }
}

impl<const SECONDS: u64> Guard for FreshUser<SECONDS> {
    fn requirement() -> Requirement {
        fresh_login_required(Duration::from_secs(SECONDS))
    }

    fn from_identity(identity: Option<Arc<Identity>>) -> Option<Self> {
        Some(Self(CurrentUser::of(identity?)?))
    }
}

/// A user who came with an access token of the application's own client.
#[derive(Clone, Debug)]
#[doc(alias("jwt", "bearer"))]
pub struct AccessToken(CurrentUser);

impl Deref for AccessToken {
    type Target = CurrentUser;
    fn deref(&self) -> &CurrentUser {
        &self.0
    }
}

impl Guard for AccessToken {
    fn requirement() -> Requirement {
        access_token_required()
    }

    fn from_identity(identity: Option<Arc<Identity>>) -> Option<Self> {
        Some(Self(CurrentUser::of(identity?)?))
    }
}

/// A user who came with user name and password in the request itself.
#[derive(Clone, Debug)]
pub struct BasicUser(CurrentUser);

impl Deref for BasicUser {
    type Target = CurrentUser;
    fn deref(&self) -> &CurrentUser {
        &self.0
    }
}

impl Guard for BasicUser {
    fn requirement() -> Requirement {
        basic_required()
    }

    fn from_identity(identity: Option<Arc<Identity>>) -> Option<Self> {
        Some(Self(CurrentUser::of(identity?)?))
    }
}

/// A caller, user or client, whose access token carries the scope `S`.
#[derive(Debug)]
pub struct Scoped<S: ScopeName> {
    identity: Arc<Identity>,
    claims: Arc<AccessClaims>,
    scope: PhantomData<fn() -> S>,
}

impl<S: ScopeName> Scoped<S> {
    /// The user for whom the token was given, if there is one. The client that holds it need not be the application's own.
    pub fn user(&self) -> Option<&Arc<User>> {
        self.identity.user()
    }

    /// The token's claims.
    pub fn claims(&self) -> &AccessClaims {
        &self.claims
    }

    /// The caller.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }
}

impl<S: ScopeName> Guard for Scoped<S> {
    fn requirement() -> Requirement {
        scope_required(S::SCOPE)
    }

    fn from_identity(identity: Option<Arc<Identity>>) -> Option<Self> {
        let identity = identity?;
        let claims = identity.claims()?.clone();
        Some(Self { identity, claims, scope: PhantomData })
    }
}

/// No scope in particular, for [`OAuthToken`].
#[derive(Clone, Copy, Debug)]
pub enum AnyScope {}

impl ScopeName for AnyScope {
    /// No token carries it.
    const SCOPE: &'static str = "";
}

/// A caller with an access token of another issuer that carries the scope `S`; [`AnyScope`] for any. See
/// [`resource`](crate::resource).
#[derive(Debug)]
pub struct OAuthToken<S: ScopeName = AnyScope> {
    identity: Arc<Identity>,
    token: Arc<OutsideToken>,
    scope: PhantomData<fn() -> S>,
}

impl<S: ScopeName> OAuthToken<S> {
    /// The account here that the application maps the token to, if it does.
    pub fn user(&self) -> Option<&Arc<User>> {
        self.identity.user()
    }

    /// The caller.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }
}

impl<S: ScopeName> Deref for OAuthToken<S> {
    type Target = OutsideToken;
    fn deref(&self) -> &OutsideToken {
        &self.token
    }
}

impl<S: ScopeName> Guard for OAuthToken<S> {
    fn requirement() -> Requirement {
        if S::SCOPE.is_empty() { oauth_required() } else { require_oauth(S::SCOPE) }
    }

    fn from_identity(identity: Option<Arc<Identity>>) -> Option<Self> {
        let identity = identity?;
        let token = identity.outside_token()?.clone();
        Some(Self { identity, token, scope: PhantomData })
    }
}
