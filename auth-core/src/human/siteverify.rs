//! The protocol of Turnstile, hCaptcha and reCAPTCHA: the secret, the answer and the address go out by POST, and JSON says whether it
//! counts. Each of them takes an answer once.

use std::fmt;
use std::net::IpAddr;

use async_trait::async_trait;
use serde::Deserialize;

use crate::error::BoxError;
use crate::outbound::{Method, Outbound, OutboundError, OutboundFault, OutboundRequest, OutboundUrl};
use crate::secret::Secret;

use super::{HumanChallenge, HumanCheck, HumanForm, HumanRequest, ScriptSource};

/// The longest answer that is passed on, in bytes: those of the three services are below half of it.
const MAX_RESPONSE: usize = 16 * 1024;

/// Of a reCAPTCHA of version 3, which lets everybody pass and says how sure it is, from 0 to 1 (the threshold that its documentation
/// begins with).
const LEAST_SCORE: f64 = 0.5;

/// A service: where it is asked, and what its widget needs.
#[derive(Clone, Debug)]
pub(super) struct Service {
    pub(super) url: String,
    pub(super) field: String,
    /// The class of the element in which the widget stands, and its script.
    pub(super) class: &'static str,
    pub(super) script: &'static str,
    pub(super) sources: &'static [&'static str],
    /// Whether an answer has a score that is better the higher it is.
    pub(super) has_score: bool,
    /// Whether the widget takes the name of the form that it stands in, which the answer then has.
    pub(super) has_action: bool,
}

pub(super) fn turnstile() -> Service {
    Service {
        url: "https://challenges.cloudflare.com/turnstile/v0/siteverify".to_owned(),
        field: "cf-turnstile-response".to_owned(),
        class: "cf-turnstile",
        script: "https://challenges.cloudflare.com/turnstile/v0/api.js",
        sources: &["https://challenges.cloudflare.com"],
        has_score: false,
        has_action: true,
    }
}

pub(super) fn hcaptcha() -> Service {
    Service {
        url: "https://api.hcaptcha.com/siteverify".to_owned(),
        field: "h-captcha-response".to_owned(),
        class: "h-captcha",
        script: "https://js.hcaptcha.com/1/api.js",
        sources: &["https://hcaptcha.com", "https://*.hcaptcha.com"],
        has_score: false,
        has_action: false,
    }
}

pub(super) fn recaptcha() -> Service {
    Service {
        url: "https://www.google.com/recaptcha/api/siteverify".to_owned(),
        field: "g-recaptcha-response".to_owned(),
        class: "g-recaptcha",
        script: "https://www.google.com/recaptcha/api.js",
        sources: &[
            "https://www.google.com/recaptcha/",
            "https://www.gstatic.com/recaptcha/",
            "https://recaptcha.google.com/recaptcha/",
        ],
        has_score: true,
        has_action: false,
    }
}

/// Asks a service.
#[derive(Debug)]
pub(super) struct SiteVerify {
    pub(super) service: Service,
    pub(super) site_key: String,
    pub(super) secret: Secret,
    pub(super) place: Place,
    pub(super) url: OutboundUrl,
    pub(super) outbound: Outbound,
}

/// Where the widget has to have been shown.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) host: Expected,
    /// Whether it has to have stood in the form that was sent, as far as the service says in which one.
    pub(super) is_for_its_form: bool,
}

/// What an answer has to say.
#[derive(Debug)]
pub(super) enum Expected {
    Anything,
    /// One of these, if it says anything.
    IfSaid(Vec<String>),
    This(String),
}

impl Expected {
    fn is_met(&self, host: Option<&str>) -> bool {
        match (self, host) {
            (Self::Anything, _) | (Self::IfSaid(_), None) => true,
            (Self::IfSaid(hosts), Some(host)) => hosts.iter().any(|one| one.eq_ignore_ascii_case(host)),
            (Self::This(expected), Some(host)) => expected.eq_ignore_ascii_case(host),
            (Self::This(_), None) => false,
        }
    }
}

/// What hCaptcha says for a host when it has much to do (its documentation of `siteverify`).
const NOT_PROVIDED: &str = "not-provided";

/// A service that answers, and yet does not tell whether a person sent a form. That is no outage: it refuses us, or what was sent, and a
/// client may have brought it about.
#[derive(Debug)]
pub(super) struct NoOutage(BoxError);

impl fmt::Display for NoOutage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for NoOutage {}

/// What a service answers.
#[derive(Deserialize)]
struct Answer {
    success: bool,
    #[serde(default, rename = "error-codes")]
    error_codes: Vec<String>,
    hostname: Option<String>,
    action: Option<String>,
    score: Option<f64>,
}

/// What a service says of the way in which we ask, and not of whoever sent the form (the lists of the three agree on these).
const OURS: [&str; 4] =
    ["missing-input-secret", "invalid-input-secret", "bad-request", "sitekey-secret-mismatch"];

/// What a service says that is down itself (Turnstile).
const DOWN: &str = "internal-error";

#[async_trait]
impl HumanCheck for SiteVerify {
    async fn is_human(&self, request: &HumanRequest<'_>) -> Result<bool, BoxError> {
        let Some(response) = request.response.filter(|response| (1..=MAX_RESPONSE).contains(&response.len()))
        else {
            return Ok(false);
        };
        let asked = OutboundRequest::new(Method::Post, self.url.clone())
            .with_body("application/x-www-form-urlencoded", self.question(response, request.ip));
        let answer = self.outbound.send_for_json(asked).await;
        let answer: Answer = answer.map_err(|error| match is_outage(&error) {
            true => BoxError::from(error),
            false => NoOutage(error.into()).into(),
        })?;
        self.counts(&answer, request.form)
    }

    fn challenge(&self, form: HumanForm) -> Option<HumanChallenge> {
        let Service { class, script, sources, has_action, .. } = self.service;
        let action = form.action().filter(|_| has_action);
        let action = action.map(|action| format!(" data-action=\"{action}\"")).unwrap_or_default();
        let html = format!(
            "<div class=\"{class}\" data-sitekey=\"{}\"{action}></div>\n<script src=\"{script}\" async defer></script>",
            self.site_key
        );
        let sources = sources.iter().map(|source| ScriptSource::parse(source));
        let sources: Result<Vec<_>, _> = sources.collect();
        Some(sources.ok()?.into_iter().fold(HumanChallenge::new(html), HumanChallenge::from_source))
    }

    fn field(&self) -> &str {
        &self.service.field
    }
}

impl SiteVerify {
    fn question(&self, response: &str, ip: Option<IpAddr>) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("secret", self.secret.expose()).append_pair("response", response);
        form.append_pair("sitekey", &self.site_key);
        if let Some(ip) = ip {
            form.append_pair("remoteip", &ip.to_string());
        }
        form.finish()
    }

    fn counts(&self, answer: &Answer, form: HumanForm) -> Result<bool, BoxError> {
        let is_said = |code: &str| answer.error_codes.iter().any(|said| said == code);
        if let Some(code) = OURS.into_iter().find(|code| is_said(code)) {
            return Err(NoOutage(format!("it says `{code}`").into()).into());
        }
        if is_said(DOWN) {
            return Err(format!("it says `{DOWN}`").into());
        }
        let host = answer.hostname.as_deref().filter(|host| *host != NOT_PROVIDED);
        let is_sure = !self.service.has_score || answer.score.is_none_or(|score| score >= LEAST_SCORE);
        Ok(answer.success && self.place.host.is_met(host) && self.is_of(answer, form) && is_sure)
    }

    /// Whether the answer is of this form, as far as it says of which one.
    fn is_of(&self, answer: &Answer, form: HumanForm) -> bool {
        match (form.action().filter(|_| self.place.is_for_its_form), &answer.action) {
            (Some(action), Some(said)) => action == said,
            _ => true,
        }
    }
}

/// Whether the service is down: what it answers to whoever asks in a way that it does not like, or too often, is none.
fn is_outage(error: &OutboundError) -> bool {
    match error.fault() {
        OutboundFault::Connection | OutboundFault::Timeout => true,
        OutboundFault::Status => error.status().is_some_and(|status| status >= 500),
        _ => false,
    }
}
