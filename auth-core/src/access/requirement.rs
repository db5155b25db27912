//! What a guard demands.

use std::borrow::Cow;
use std::time::Duration;

use crate::clock::Timestamp;
use crate::identity::{Identity, Via};
use crate::login::Method;
use crate::session::Amr;
use crate::user::User;

use super::{Challenge, Refusal};

/// What a guard demands of the caller. Made by the functions beside it ([`login_required`] and its kin), joined by
/// [`and`](Self::and), [`or`](Self::or) and [`any_of`].
#[derive(Clone, Debug)]
#[doc(alias("before_action", "decorator", "rbac"))]
#[must_use = "a requirement guards nothing until a guard is made of it"]
pub struct Requirement {
    schemes: Option<Schemes>,
    is_optional: bool,
    needs_user: bool,
    is_while_enrolling: bool,
    demands: Vec<Demand>,
}

/// The kinds of credential that a guard takes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Schemes {
    pub(crate) session: bool,
    /// Our own access tokens.
    pub(crate) bearer: bool,
    pub(crate) basic: bool,
    /// Access tokens of other issuers.
    pub(crate) outside: bool,
}

impl Schemes {
    const NONE: Self = Self { session: false, bearer: false, basic: false, outside: false };
    const DEFAULT: Self = Self { session: true, bearer: true, ..Self::NONE };
    const BEARER: Self = Self { bearer: true, ..Self::NONE };
    const BASIC: Self = Self { basic: true, ..Self::NONE };
    const OUTSIDE: Self = Self { outside: true, ..Self::NONE };
    const SESSION: Self = Self { session: true, ..Self::NONE };

    const fn and(self, other: Self) -> Self {
        Self {
            session: self.session && other.session,
            bearer: self.bearer && other.bearer,
            basic: self.basic && other.basic,
            outside: self.outside && other.outside,
        }
    }

    const fn or(self, other: Self) -> Self {
        Self {
            session: self.session || other.session,
            bearer: self.bearer || other.bearer,
            basic: self.basic || other.basic,
            outside: self.outside || other.outside,
        }
    }

    const fn takes(self, via: Via) -> bool {
        match via {
            Via::Session => self.session,
            Via::AccessToken => self.bearer,
            Via::Basic => self.basic,
            Via::OutsideToken => self.outside,
        }
    }
}

#[derive(Clone, Debug)]
enum Demand {
    AnyOf(Box<[Requirement]>),
    Factor { method: Method, max_age: Option<Duration> },
    FreshLogin(Duration),
    Group(Cow<'static, str>),
    Mfa,
    Permission(Cow<'static, str>),
    Scope(Cow<'static, str>),
    Staff,
    Superuser,
    Test(fn(&User) -> bool),
    VerifiedEmail,
}

impl Requirement {
    /// Demands nothing: whoever is there, or nobody. A credential that is there and bad is refused all the same.
    pub const fn anyone() -> Self {
        Self {
            schemes: None,
            is_optional: true,
            needs_user: true,
            is_while_enrolling: false,
            demands: Vec::new(),
        }
    }

    const fn user() -> Self {
        Self {
            schemes: None,
            is_optional: false,
            needs_user: true,
            is_while_enrolling: false,
            demands: Vec::new(),
        }
    }

    fn demanding(demand: Demand) -> Self {
        Self { demands: vec![demand], ..Self::user() }
    }

    /// Both. Where both say which credentials they take, only those that both take remain.
    pub fn and(mut self, other: Self) -> Self {
        self.schemes = match (self.schemes, other.schemes) {
            (Some(one), Some(two)) => Some(one.and(two)),
            (one, two) => one.or(two),
        };
        self.is_optional &= other.is_optional;
        self.needs_user |= other.needs_user;
        self.demands.extend(other.demands);
        self
    }

    /// Either of the two; see [`any_of`]. What was joined before is one side: `a.and(b).or(c)` is met by `a` and `b`, or by `c`.
    ///
    /// ```
    /// use auth_core::access::{group_required, superuser_required};
    ///
    /// let edits = group_required("editors").or(superuser_required());
    /// ```
    pub fn or(self, other: Self) -> Self {
        any_of([self, other])
    }

    /// Takes access tokens of our own beside those of other issuers: for an API that both kinds of client call. Write it last, but
    /// before [`or`](Self::or).
    ///
    /// ```
    /// use auth_core::access::require_oauth;
    ///
    /// let reads = require_oauth("reports:read").or_own_tokens();
    /// ```
    pub fn or_own_tokens(mut self) -> Self {
        self.schemes = Some(Schemes { bearer: true, ..self.schemes() });
        self
    }

    /// The same for whoever has to add a second factor first, too. Said of the whole, last.
    pub(crate) fn while_enrolling(self) -> Self {
        Self { is_while_enrolling: true, ..self }
    }

    pub(crate) fn is_while_enrolling(&self) -> bool {
        self.is_while_enrolling
    }

    pub(crate) fn schemes(&self) -> Schemes {
        self.schemes.unwrap_or(Schemes::DEFAULT)
    }

    /// Whether it asks for a recent proof or for a factor: what it guards is not for what was true a moment ago.
    pub(crate) fn is_sensitive(&self) -> bool {
        self.demands.iter().any(|demand| match demand {
            Demand::Factor { .. } | Demand::FreshLogin(_) | Demand::Mfa => true,
            Demand::AnyOf(requirements) => requirements.iter().any(Self::is_sensitive),
            _ => false,
        })
    }

    /// Whether the caller meets it; the first demand that is not met refuses.
    pub(crate) fn check(&self, caller: Option<&Identity>, now: Timestamp) -> Result<(), Refusal> {
        match caller.filter(|caller| self.schemes().takes(caller.via())) {
            Some(caller) => self.check_caller(caller, now),
            None if self.is_optional => Ok(()),
            None => Err(self.nobody()),
        }
    }

    /// The same for a caller whose credential the guard takes.
    fn check_caller(&self, caller: &Identity, now: Timestamp) -> Result<(), Refusal> {
        if self.needs_user && caller.acting_user().is_none() {
            return if self.is_optional { Ok(()) } else { Err(Refusal::UserRequired) };
        }
        self.demands.iter().try_for_each(|demand| demand.check(caller, now))
    }

    /// The same as one of several. Where none of them names its credentials, the guard that they stand in does.
    fn check_as_one(&self, caller: &Identity, now: Timestamp) -> Result<(), Refusal> {
        match self.schemes {
            Some(schemes) if !schemes.takes(caller.via()) => self.check(None, now),
            _ => self.check_caller(caller, now),
        }
    }

    /// The refusal for nobody: a challenge of the kinds that this guard takes. Not Basic beside sessions: browsers would ask for it
    /// in a window of their own.
    fn nobody(&self) -> Refusal {
        let Schemes { session, bearer, basic, outside } = self.schemes();
        Refusal::Unauthenticated(match (session, bearer || outside, basic) {
            (true, _, _) => Challenge::Login,
            (false, true, true) => Challenge::BearerOrBasic,
            (false, false, true) => Challenge::Basic,
            (false, _, false) => Challenge::Bearer,
        })
    }
}

impl Demand {
    fn check(&self, caller: &Identity, now: Timestamp) -> Result<(), Refusal> {
        let user = caller.user();
        let is = |holds: bool| if holds { Ok(()) } else { Err(Refusal::PermissionDenied) };
        match self {
            Self::AnyOf(requirements) => check_any(requirements, caller, now),
            Self::Factor { method, max_age } => match has_shown(caller, *method, *max_age, now) {
                true => Ok(()),
                false => Err(Refusal::mfa_required(vec![*method], *max_age)),
            },
            Self::FreshLogin(max_age) => match caller.auth_time() {
                Some(at) if at.is_within(*max_age, now) => Ok(()),
                _ => Err(Refusal::ReauthenticationRequired { max_age: *max_age }),
            },
            Self::Group(group) => is(user.is_some_and(|user| user.is_in_group(group))),
            Self::Mfa if caller.amr().contains(Amr::MFA) => Ok(()),
            Self::Mfa => Err(Refusal::mfa_required(Vec::new(), None)),
            Self::Permission(permission) => is(user.is_some_and(|user| user.has_permission(permission))),
            Self::Scope(scope) if caller.scope().contains(scope) => Ok(()),
            Self::Scope(scope) => Err(Refusal::InsufficientScope { scope: scope.clone() }),
            Self::Staff => is(user.is_some_and(|user| user.is_staff)),
            Self::Superuser => is(user.is_some_and(|user| user.is_superuser)),
            Self::Test(test) => is(user.is_some_and(|user| test(user))),
            Self::VerifiedEmail if user.is_some_and(|user| user.email.is_some() && user.email_verified) => {
                Ok(())
            }
            Self::VerifiedEmail => Err(Refusal::EmailUnverified),
        }
    }
}

/// Whether the caller has shown this factor, at most so long ago.
fn has_shown(caller: &Identity, factor: Method, max_age: Option<Duration>, now: Timestamp) -> bool {
    match max_age {
        Some(max_age) => caller.factor_time(factor).is_some_and(|at| at.is_within(max_age, now)),
        None => factor.is_among(caller.amr()),
    }
}

/// Whether the caller meets one of them. Where none is met, the refusal is told that is nearest to being mended, or else the
/// first; of several factors, all.
fn check_any(requirements: &[Requirement], caller: &Identity, now: Timestamp) -> Result<(), Refusal> {
    let mut nearest: Option<Refusal> = None;
    for requirement in requirements {
        let Err(refusal) = requirement.check_as_one(caller, now) else { return Ok(()) };
        nearest = Some(match nearest {
            Some(nearest) => nearest.or(refusal),
            None => refusal,
        });
    }
    Err(nearest.unwrap_or(Refusal::Internal))
}

/// One of the requirements is enough; Django would write a test for it (`user_passes_test`).
///
/// Each of them says by itself which credentials it takes, and the guard takes them all: an access token meets
/// `scope_required(..)`, a session does not, and `staff_required()` beside it takes both. A bad credential is refused, whatever
/// would be met without it.
///
/// When none is met, the caller is told what comes nearest to letting them in, in this order; of two alike, the first:
///
/// 1. a login that is too old, or that lacks the second factor: they may log in again;
/// 2. an address that is not proven;
/// 3. a scope that their token lacks;
/// 4. a permission, a group or a flag that they lack;
/// 5. a user, where they are only a client;
/// 6. another kind of credential.
///
/// Nobody is told of every way in, but by a Basic challenge only where no session is taken.
///
/// ```
/// use std::time::Duration;
///
/// use auth_core::access::{any_of, fresh_login_required, permission_required, superuser_required};
///
/// let closes_books = permission_required("books.close").and(fresh_login_required(Duration::from_secs(300)));
/// let any = any_of([closes_books, superuser_required(), permission_required("books.audit")]);
/// ```
///
/// None of none lets nobody in, so it does not compile:
///
/// ```compile_fail
/// let nobody = auth_core::access::any_of([]);
/// ```
pub fn any_of<const N: usize>(requirements: [Requirement; N]) -> Requirement {
    const { assert!(N > 0, "`any_of([])` would let nobody in") };
    let mut requirements: Box<[Requirement]> = requirements.into();
    let names_schemes = requirements.iter().any(|requirement| requirement.schemes.is_some());
    if names_schemes {
        // Beside one that names its credentials, the others keep to the usual ones.
        for requirement in &mut requirements {
            requirement.schemes = Some(requirement.schemes());
        }
    }
    Requirement {
        schemes: requirements.iter().filter_map(|requirement| requirement.schemes).reduce(Schemes::or),
        is_optional: requirements.iter().any(|requirement| requirement.is_optional),
        needs_user: requirements.iter().all(|requirement| requirement.needs_user),
        is_while_enrolling: false,
        demands: vec![Demand::AnyOf(requirements)],
    }
}

/// A user is logged in, by session or by a token of the application's own client (Django's `login_required`).
pub const fn login_required() -> Requirement {
    Requirement::user()
}

/// A user proved who they are at most `max_age` ago (Flask-Login's `fresh_login_required`).
pub fn fresh_login_required(max_age: Duration) -> Requirement {
    Requirement::demanding(Demand::FreshLogin(max_age))
}

/// The user holds the permission, `app.verb_noun` (Django's `permission_required`).
pub fn permission_required(permission: impl Into<Cow<'static, str>>) -> Requirement {
    Requirement::demanding(Demand::Permission(permission.into()))
}

/// The user is in the group.
#[doc(alias("role_required", "roles_required", "has_role"))]
pub fn group_required(group: impl Into<Cow<'static, str>>) -> Requirement {
    Requirement::demanding(Demand::Group(group.into()))
}

/// The user belongs to the staff (Django's `staff_member_required`).
#[doc(alias("staff_member_required", "admin_required"))]
pub fn staff_required() -> Requirement {
    Requirement::demanding(Demand::Staff)
}

/// The user is a superuser.
pub fn superuser_required() -> Requirement {
    Requirement::demanding(Demand::Superuser)
}

/// The user passes the test (Django's `user_passes_test`). A refusal is 403 `permission_denied`, as for a permission.
///
/// ```
/// use auth_core::access::user_passes_test;
///
/// let works_here = user_passes_test(|user| {
///     user.email_verified && user.email.as_ref().is_some_and(|email| email.as_str().ends_with("@example.com"))
/// });
/// ```
pub fn user_passes_test(test: fn(&User) -> bool) -> Requirement {
    Requirement::demanding(Demand::Test(test))
}

/// The caller's access token carries the scope, whoever holds it (FastAPI's `Security(..., scopes=[..])`). Takes access
/// tokens only; join it with [`login_required`] to keep other clients out.
pub fn scope_required(scope: impl Into<Cow<'static, str>>) -> Requirement {
    Requirement {
        schemes: Some(Schemes::BEARER),
        needs_user: false,
        ..Requirement::demanding(Demand::Scope(scope.into()))
    }
}

/// The caller came with a valid access token of another issuer, one of those that
/// [`AuthBuilder::outside_issuer`](crate::AuthBuilder::outside_issuer) names, that is meant for this API. Nothing else counts, our
/// own tokens least of all.
///
/// Joined with a demand about a user, it takes only tokens that the application maps to one
/// ([`AuthBuilder::map_outside_users`](crate::AuthBuilder::map_outside_users)).
pub fn oauth_required() -> Requirement {
    Requirement { schemes: Some(Schemes::OUTSIDE), needs_user: false, ..Requirement::user() }
}

/// As [`oauth_required`], and the token carries the scope (Authlib's `require_oauth("scope")`).
pub fn require_oauth(scope: impl Into<Cow<'static, str>>) -> Requirement {
    Requirement { demands: vec![Demand::Scope(scope.into())], ..oauth_required() }
}

/// A user came with an access token of the application's own client; a session does not count.
pub fn access_token_required() -> Requirement {
    Requirement { schemes: Some(Schemes::BEARER), ..Requirement::user() }
}

/// A user came with user name and password in the request itself (HTTP Basic, RFC 7617); nothing else counts.
pub fn basic_required() -> Requirement {
    Requirement { schemes: Some(Schemes::BASIC), ..Requirement::user() }
}

/// A user came with a session cookie: for what happens in a browser, which has nothing else.
pub(crate) fn session_required() -> Requirement {
    Requirement { schemes: Some(Schemes::SESSION), ..Requirement::user() }
}

/// The user logged in with a second factor.
///
/// One of [ours](crate::mfa), or one that the application checks itself: it vouches for the user by
/// [`Credentials::Vouched`](crate::login::Credentials::Vouched) with [`Amr::MFA`]. A login that was spared the factor on a trusted
/// device does not meet this. A browser that is refused is sent to `/auth/mfa`, which leads on: to the challenge, to a login with the
/// factor, or, where the account has none, to where one is added.
///
/// Joined with [`fresh_login_required`] it asks for a factor that was shown lately.
pub fn mfa_required() -> Requirement {
    Requirement::demanding(Demand::Mfa)
}

/// The user logged in with this second factor, whatever else they have shown. One of several is asked for by [`any_of`], all of them by
/// [`Requirement::and`]. A program that is refused reads in `acr_values` which one is missing, of alternatives each of them; where the
/// account has none such, `hint` is `not_set_up`. A browser that opens a page is sent to where it is shown, or set up.
///
/// A mailed code counts as one where it was the second factor, and a login that began by mail too.
///
/// ```
/// use auth_core::access::{any_of, factor_required, staff_required};
/// use auth_core::login::Method;
///
/// // Nothing that is copied from a screen or a paper.
/// let operates = staff_required().and(factor_required(Method::Passkey));
/// let signs = any_of([factor_required(Method::Passkey), factor_required(Method::Totp)]);
/// ```
pub fn factor_required(factor: Method) -> Requirement {
    Requirement::demanding(Demand::Factor { method: factor, max_age: None })
}

/// The user showed this second factor at most `max_age` ago. Each has a time of its own: a password and a code of an authenticator app
/// typed just now say nothing of a passkey that was used this morning. A token has the time of its login alone.
///
/// ```
/// use std::time::Duration;
///
/// use auth_core::access::{any_of, factor_required, fresh_factor_required};
/// use auth_core::login::Method;
///
/// let pays = fresh_factor_required(Method::Passkey, Duration::from_secs(60));
/// let deploys = any_of([fresh_factor_required(Method::Totp, Duration::from_secs(600)), factor_required(Method::Passkey)]);
/// ```
pub fn fresh_factor_required(factor: Method, max_age: Duration) -> Requirement {
    Requirement::demanding(Demand::Factor { method: factor, max_age: Some(max_age) })
}

/// The user's e-mail address is proven.
pub fn verified_email_required() -> Requirement {
    Requirement::demanding(Demand::VerifiedEmail)
}
