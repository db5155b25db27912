//! One request to a login route on its way through its endpoint.

use std::net::IpAddr;
use std::sync::Arc;

use crate::access::{Rejection, Requirement};
use crate::auth::Auth;
use crate::clock::Timestamp;
use crate::context::AuthContext;
use crate::error::{Error, ErrorKind};
use crate::http::{AuthRequest, SafeRedirect};
use crate::identity::Identity;

/// One request to a login route, with everything its endpoint needs.
pub(crate) struct Exchange {
    pub(crate) auth: Auth,
    pub(crate) context: AuthContext,
    pub(crate) request: AuthRequest,
    pub(crate) parameters: Parameters,
}

/// The variable parts of a route's path, by name.
#[derive(Debug, Default)]
pub(crate) struct Parameters(pub(crate) Vec<(String, String)>);

impl Exchange {
    /// The caller, who must meet the requirement.
    pub(crate) async fn require(&self, requirement: &Requirement) -> Result<Arc<Identity>, Failure> {
        let caller = self.context.guard(&self.request, requirement).await.map_err(Failure::Rejected)?;
        caller.ok_or_else(|| ErrorKind::Internal.into())
    }

    /// The origin rule for routes that act without an ambient credential too: logging somebody in as somebody else is an
    /// attack of its own (login CSRF, RFC 6749 section 10.12).
    pub(crate) fn check_origin(&self) -> Result<(), Failure> {
        if self.auth.config().origins.allow(&self.request) {
            Ok(())
        } else {
            Err(ErrorKind::CsrfFailed.into())
        }
    }

    pub(crate) fn client_ip(&self) -> Option<IpAddr> {
        self.auth.config().proxies.client(&self.request)
    }

    /// Where a login ends: at `next` if that is a path on this origin, else where the settings say.
    pub(crate) fn after_login(&self, next: Option<&str>) -> SafeRedirect {
        next.and_then(SafeRedirect::parse).unwrap_or_else(|| self.auth.config().login_redirect.clone())
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.auth.now()
    }

    /// The variable part of the path that has this name.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.0.iter().find(|(held, _)| held == name).map(|(_, value)| value.as_str())
    }
}

/// Why an endpoint has no good news.
pub(crate) enum Failure {
    Error(Error),
    Rejected(Rejection),
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}
