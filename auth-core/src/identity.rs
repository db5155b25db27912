//! Who is calling, and how that was proven.

use std::sync::Arc;

use crate::clock::Timestamp;
use crate::login::Method;
use crate::resource::{OutsideBearer, OutsideToken};
use crate::session::{Amr, FRESH, SessionKey, SessionRecord};
use crate::token::{AccessClaims, Bearer, ScopeSet};
use crate::user::User;

/// The caller: a user, or a client without one.
///
/// Only this crate makes one, after every check of the credential it came with.
#[derive(Clone, Debug)]
pub struct Identity {
    user: Option<Arc<User>>,
    proof: Proof,
    is_first_party: bool,
}

/// The credential that named the caller.
#[derive(Clone, Debug)]
enum Proof {
    Session { key: SessionKey, record: Arc<SessionRecord> },
    AccessToken(Arc<AccessClaims>),
    Basic { at: Timestamp },
    OutsideToken(Arc<OutsideToken>),
}

/// The kind of credential that named the caller.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Via {
    /// A session cookie.
    Session,
    /// A bearer access token.
    AccessToken,
    /// User name and password with each request (HTTP Basic).
    Basic,
    /// A bearer access token of another issuer.
    OutsideToken,
}

impl Via {
    /// The word that `/auth/me` has for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::AccessToken => "access_token",
            Self::Basic => "basic",
            Self::OutsideToken => "outside_token",
        }
    }
}

impl Identity {
    pub(crate) fn session(user: Arc<User>, key: SessionKey, record: Arc<SessionRecord>) -> Self {
        Self { user: Some(user), proof: Proof::Session { key, record }, is_first_party: true }
    }

    pub(crate) fn basic(user: Arc<User>, at: Timestamp) -> Self {
        Self { user: Some(user), proof: Proof::Basic { at }, is_first_party: true }
    }

    pub(crate) fn of_bearer(bearer: Bearer) -> Self {
        let Bearer { user, claims, is_first_party } = bearer;
        Self { user, proof: Proof::AccessToken(claims), is_first_party }
    }

    pub(crate) fn of_outside(bearer: OutsideBearer) -> Self {
        let OutsideBearer { user, token } = bearer;
        Self { user, proof: Proof::OutsideToken(token), is_first_party: false }
    }

    /// The user, whoever acts for them. Absent for a client that acts for itself.
    pub fn user(&self) -> Option<&Arc<User>> {
        self.user.as_ref()
    }

    /// The user, if the caller *is* the user: by a session, by Basic, by a token of the application's own client, or by a token
    /// of another issuer that the application maps to them. A token of ours that another client holds stands for that client, and
    /// opens only what names a scope.
    pub fn acting_user(&self) -> Option<&Arc<User>> {
        let is_mapped = matches!(self.proof, Proof::OutsideToken(_));
        self.user.as_ref().filter(|_| self.is_first_party || is_mapped)
    }

    /// The OAuth client, if the caller came with a token.
    pub fn client_id(&self) -> Option<&str> {
        match &self.proof {
            Proof::AccessToken(claims) => Some(&claims.client_id),
            Proof::OutsideToken(token) => token.client_id(),
            _ => None,
        }
    }

    /// The token of another issuer, if the caller came with one.
    pub fn outside_token(&self) -> Option<&Arc<OutsideToken>> {
        match &self.proof {
            Proof::OutsideToken(token) => Some(token),
            _ => None,
        }
    }

    /// The claims of a token of ours, if the caller came with one.
    pub fn claims(&self) -> Option<&Arc<AccessClaims>> {
        match &self.proof {
            Proof::AccessToken(claims) => Some(claims),
            _ => None,
        }
    }

    /// Whether the caller is the application's own: no token of another client or another issuer.
    pub fn is_first_party(&self) -> bool {
        self.is_first_party
    }

    /// The kind of credential.
    pub fn via(&self) -> Via {
        match self.proof {
            Proof::Session { .. } => Via::Session,
            Proof::AccessToken(_) => Via::AccessToken,
            Proof::Basic { .. } => Via::Basic,
            Proof::OutsideToken(_) => Via::OutsideToken,
        }
    }

    /// When the user last proved who they are.
    pub fn auth_time(&self) -> Option<Timestamp> {
        match &self.proof {
            Proof::Session { record, .. } => Some(record.auth_time),
            Proof::AccessToken(claims) => claims.auth_time,
            Proof::Basic { at } => Some(*at),
            Proof::OutsideToken(token) => token.auth_time(),
        }
    }

    /// When they last showed this second factor; `None` where they did not, or it is not known when. A token says when its user last
    /// proved who they are, and by what all in all: where that is by more than one factor, it is not known by which one then.
    pub fn factor_time(&self, factor: Method) -> Option<Timestamp> {
        if !factor.is_among(self.amr()) {
            return None;
        }
        match &self.proof {
            Proof::Session { record, .. } => Some(record.factor_time(factor)),
            _ => self
                .auth_time()
                .filter(|_| Method::ALL.iter().all(|other| *other == factor || !other.is_among(self.amr()))),
        }
    }

    /// Whether that was a moment ago.
    pub(crate) fn is_fresh(&self, now: Timestamp) -> bool {
        self.auth_time().is_some_and(|at| at.is_within(FRESH, now))
    }

    /// How they proved it.
    pub fn amr(&self) -> Amr {
        match &self.proof {
            Proof::Session { record, .. } => record.amr,
            Proof::AccessToken(claims) => Amr::from_names(claims.amr.iter().map(String::as_str)),
            Proof::Basic { .. } => Amr::PWD,
            // Which factors were used is the other issuer's word: it is told as that, and as no factor of ours.
            Proof::OutsideToken(_) => Amr::FED,
        }
    }

    /// The scope of the token; empty for everything else.
    pub fn scope(&self) -> ScopeSet<'_> {
        match &self.proof {
            Proof::AccessToken(claims) => ScopeSet::of(&claims.scope),
            Proof::OutsideToken(token) => token.scope(),
            _ => ScopeSet::of(""),
        }
    }

    /// The session, if the caller came with its cookie.
    pub fn session_record(&self) -> Option<&Arc<SessionRecord>> {
        match &self.proof {
            Proof::Session { record, .. } => Some(record),
            _ => None,
        }
    }

    /// Under what that session is kept.
    pub(crate) fn session_key(&self) -> Option<SessionKey> {
        match &self.proof {
            Proof::Session { key, .. } => Some(*key),
            _ => None,
        }
    }
}
