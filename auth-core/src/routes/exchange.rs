//! One request to a login route on its way through its endpoint.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use crate::access::{Rejection, Requirement, stale_login};
use crate::account::{Accounts, Recovery, Registrations};
use crate::auth::Auth;
use crate::circumstances::Circumstances;
use crate::clock::Timestamp;
use crate::context::AuthContext;
use crate::error::{Error, ErrorKind};
use crate::http::{AuthRequest, AuthResponse, Fields, RequestView as _, SafeRedirect, path};
use crate::human::HumanForm;
use crate::identity::Identity;
use crate::page::ReplyStyle;
use crate::session::FRESH;

use super::table::{Flag, Route};

/// One request to a login route, with everything its endpoint needs.
pub(crate) struct Exchange {
    pub(super) auth: Auth,
    pub(super) context: AuthContext,
    pub(super) request: AuthRequest,
    parameters: Parameters,
    style: OnceLock<ReplyStyle>,
    /// Whether its page can be opened once more.
    is_repeatable: bool,
    /// Whether it is for whoever has to add a second factor first, too.
    is_while_enrolling: bool,
}

/// The variable parts of a route's path, by name.
#[derive(Debug, Default)]
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// As the router found them.
    pub(super) fn new<'a>(parts: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        Self(parts.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }
}

impl Exchange {
    pub(super) fn new(auth: Auth, request: AuthRequest, parameters: Parameters, route: &Route) -> Self {
        Self {
            context: auth.context(),
            auth,
            request,
            parameters,
            style: OnceLock::new(),
            is_repeatable: !route.has(Flag::ChangesState),
            is_while_enrolling: route.is_for_ones_own_account(),
        }
    }

    /// How the one who sent the request is answered ([`AuthContext::style`]).
    pub(crate) fn style(&self) -> &ReplyStyle {
        self.style.get_or_init(|| {
            let style = self.context.style(&self.request);
            if self.is_repeatable { style } else { style.nowhere() }
        })
    }

    /// Where people make accounts of their own; they are written to in their language.
    ///
    /// # Errors
    /// `NotFound` for an application that sends no mail.
    pub(crate) fn registrations(&self) -> Result<Registrations, Error> {
        Ok(self.auth.registrations()?.in_language(self.style().asked_language()))
    }

    /// What people do with the links that they are mailed; they are written to in their language.
    ///
    /// # Errors
    /// As of [`registrations`](Self::registrations).
    pub(crate) fn recovery(&self) -> Result<Recovery, Error> {
        Ok(self.auth.recovery()?.in_language(self.style().asked_language()))
    }

    /// People's accounts; they are written to in their language.
    pub(crate) fn accounts(&self) -> Accounts {
        self.auth.accounts().in_language(self.style().asked_language())
    }

    /// The caller, who must meet the requirement.
    pub(crate) async fn require(&self, requirement: &Requirement) -> Result<Arc<Identity>, Failure> {
        self.guard(requirement.clone()).await?.ok_or_else(|| ErrorKind::Internal.into())
    }

    /// The caller, if there is one: for a route that is for everybody, and does more for some. A credential that is bad is refused.
    pub(crate) async fn caller(&self) -> Result<Option<Arc<Identity>>, Failure> {
        self.guard(Requirement::anyone()).await
    }

    async fn guard(&self, requirement: Requirement) -> Result<Option<Arc<Identity>>, Failure> {
        let requirement = if self.is_while_enrolling { requirement.while_enrolling() } else { requirement };
        self.context.guard(&self.request, &requirement).await.map_err(Failure::Rejected)
    }

    /// Whether a person sends this form, where the application wants to know. Before anything is looked up.
    ///
    /// # Errors
    /// As of [`Humans::check`](crate::human::Humans::check).
    pub(crate) async fn check_human(&self, form: HumanForm, fields: &Fields) -> Result<(), Error> {
        self.auth.humans().check(form, fields, self.client_ip()).await
    }

    /// The origin rule, whether or not the request brings a credential.
    pub(crate) fn check_origin(&self) -> Result<(), Failure> {
        Ok(self.auth.config().origins.enforce(&self.request)?)
    }

    /// What events say of the request: its route as the table has it, and never the path as it came.
    pub(super) fn circumstances(&self, method: &str, path: &str) -> Arc<Circumstances> {
        let user_agent = self.request.header_text("user-agent");
        Circumstances::new(self.client_ip(), user_agent, format!("{method} {path}"))
    }

    pub(crate) fn client_ip(&self) -> Option<IpAddr> {
        self.auth.config().proxies.client(&self.request)
    }

    /// Where a login ends: at `next` if that can be followed, else where the settings say.
    pub(crate) fn after_login(&self, next: Option<&str>) -> SafeRedirect {
        self.followed(next).unwrap_or_else(|| self.auth.config().login_redirect.clone())
    }

    /// Where anything else ends: at `next` if that can be followed, else at the front page.
    pub(crate) fn or_home(&self, next: Option<&str>) -> SafeRedirect {
        self.followed(next).unwrap_or_else(|| self.auth.home())
    }

    /// `next` if it is a path on this origin and asks for nothing that has just been done: login and logout are not gone to
    /// once more, and the page that asks for a recent login gives way to the one that it stands before.
    pub(crate) fn followed(&self, next: Option<&str>) -> Option<SafeRedirect> {
        let next = next.and_then(SafeRedirect::parse)?;
        let url = next.resolved()?;
        let leads_to = |route| url.path() == self.style().path(route);
        if leads_to(path::LOGIN) || leads_to(path::LOGOUT) {
            return None;
        }
        if leads_to(path::REAUTHENTICATE) {
            let behind = url.query_pairs().find(|(name, _)| name == "next");
            return self.followed(behind.map(|(_, value)| value).as_deref());
        }
        Some(next)
    }

    /// The path of this request as browsers know it.
    pub(crate) fn public_path(&self) -> String {
        self.style().place().public(self.request.path())
    }

    /// Adds what a 401 must name (RFC 9110 section 15.5.2): the form at this path is a way to authenticate too.
    pub(crate) fn challenge(&self, form: &str, error: &Error, response: AuthResponse) -> AuthResponse {
        let realm = self.style().realm();
        let challenge = match error.kind() {
            ErrorKind::InvalidCode | ErrorKind::InvalidCredentials | ErrorKind::LoginExpired => {
                format!("Form realm=\"{realm}\", action=\"{form}\"")
            }
            ErrorKind::ReauthenticationRequired => stale_login(realm, FRESH),
            _ => return response,
        };
        response.with_header("www-authenticate", challenge)
    }

    /// Notes in the log why this request could not be answered as it wished, where the reply alone leaves its operator without
    /// a clue: once for each reply.
    pub(crate) fn note(&self, error: &Error) {
        match error.kind() {
            ErrorKind::Internal | ErrorKind::Configuration | ErrorKind::Unavailable => {
                self.auth.note_failure(error, "a login route could not be answered");
            }
            ErrorKind::ProviderError | ErrorKind::StateMismatch => {
                let provider = self.parameter("provider");
                tracing::warn!(?error, provider, "a login with a provider failed");
            }
            _ => {}
        }
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
