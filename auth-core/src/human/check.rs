//! Who says whether a person sends a form.

use std::fmt;
use std::net::IpAddr;

use async_trait::async_trait;

use crate::error::BoxError;

use super::HumanChallenge;

/// The field that every check takes, in forms and in JSON.
pub const HUMAN_RESPONSE: &str = "human_response";

/// Says whether a person sends a form.
///
/// # Contract
/// - What shows it counts once: whoever sends the same thing again is no person. A service sees to that by itself; a proof of work has to
///   remember what was used.
/// - It takes no longer than it has to: somebody waits. What is not there within the [time limit](super::Captcha::within) is not waited
///   for.
#[async_trait]
pub trait HumanCheck: fmt::Debug + Send + Sync {
    /// Whether a person sends this form. It is asked also where nothing was sent that shows it.
    ///
    /// # Errors
    /// Whatever kept it from telling; it is logged.
    ///
    /// # Security
    /// With [`Captcha::fail_open`](super::Captcha::fail_open) everybody is let through then. So an error is an outage of whoever tells, and
    /// nothing that what was sent could bring about: that is no person.
    async fn is_human(&self, request: &HumanRequest<'_>) -> Result<bool, BoxError>;

    /// What the page of a form shows, so that a person can show that they are one: made anew for each page. Nothing by default.
    fn challenge(&self, form: HumanForm) -> Option<HumanChallenge> {
        let _ = form;
        None
    }

    /// The field in which what the page shows sends its answer, beside [`HUMAN_RESPONSE`].
    fn field(&self) -> &str {
        HUMAN_RESPONSE
    }
}

/// The forms of the login routes that robots like.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum HumanForm {
    /// `POST /auth/email/resend`: the link to prove an address, once more.
    EmailResend,
    /// `POST /auth/login`, after failures.
    Login,
    /// `POST /auth/magic-link`: a link to log in by.
    MagicLink,
    /// One of the application's own, by [`AuthContext::check_human`](crate::AuthContext::check_human).
    Own,
    /// `POST /auth/password/forgot`.
    PasswordForgot,
    /// `POST /auth/register`.
    Register,
}

impl HumanForm {
    /// The action by which our pages name it to a service (`data-action` of Turnstile), and by which a page of the application's own does:
    /// what was shown for one form counts for no other. `None` for a form of the application's own, which may be called anything.
    pub const fn action(self) -> Option<&'static str> {
        match self {
            Self::EmailResend => Some("email_resend"),
            Self::Login => Some("login"),
            Self::MagicLink => Some("magic_link"),
            Self::Own => None,
            Self::PasswordForgot => Some("password_forgot"),
            Self::Register => Some("register"),
        }
    }
}

/// A form that was sent.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct HumanRequest<'a> {
    /// Which.
    pub form: HumanForm,
    /// From which address, as the listed proxies tell it.
    pub ip: Option<IpAddr>,
    /// What was sent to show it.
    pub response: Option<&'a str>,
}

impl<'a> HumanRequest<'a> {
    /// A form without anything that shows it: for tests of a check.
    pub fn new(form: HumanForm) -> Self {
        Self { form, ip: None, response: None }
    }

    /// The same with what was sent to show it.
    #[must_use]
    pub fn with_response(self, response: &'a str) -> Self {
        Self { response: Some(response), ..self }
    }
}

impl fmt::Debug for HumanRequest<'_> {
    /// What was sent counts once, for whoever has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let response = self.response.map(|_| "[redacted]");
        let Self { form, ip, .. } = self;
        f.debug_struct("HumanRequest")
            .field("form", form)
            .field("ip", ip)
            .field("response", &response)
            .finish()
    }
}
